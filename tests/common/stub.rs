//! A medium that stalls, fails or is taken out when told to.
#![allow(dead_code)]
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex};
use vestry::record::storage::{Disk, Entry, Storage, StorageFile};

#[derive(Default)]
pub struct Mood {
    /// Nothing is written or synced while this is set.
    pub stalled: bool,
    /// Bytes that may still be written; no limit without.
    pub room: Option<u64>,
    /// What the medium says is free.
    pub free: Option<u64>,
    /// How many operations wait.
    pub waiting: usize,
    /// Everything fails, what is open too.
    pub out: bool,
    /// How often it was put in again: what was open before leads nowhere any more.
    pub put_in: u64,
    /// Bytes that a file can have at most; no limit without.
    pub largest: Option<u64>,
    /// Which file system it says it is.
    pub medium: u64,
}

/// The remote control of a stub.
#[derive(Clone, Default)]
pub struct Control(Arc<(Mutex<Mood>, Condvar)>);

impl Control {
    pub fn set(&self, change: impl FnOnce(&mut Mood)) {
        change(&mut self.0.0.lock().unwrap());
        self.0.1.notify_all();
    }

    pub fn waiting(&self) -> usize {
        self.0.0.lock().unwrap().waiting
    }

    pub fn storage(&self) -> Box<dyn Storage> {
        Box::new(Stub(self.clone(), None))
    }

    /// A medium that says of `other` that it is on file system 0.
    pub fn storage_beside(&self, other: &Path) -> Box<dyn Storage> {
        Box::new(Stub(self.clone(), Some(other.into())))
    }

    /// Puts the medium back after it was out.
    pub fn put_in(&self) {
        self.set(|mood| (mood.out, mood.put_in) = (false, mood.put_in + 1));
    }

    /// An error while the medium is out, and for what was opened when it was put in for another time.
    fn there(&self, since: Option<u64>) -> io::Result<u64> {
        let mood = self.0.0.lock().unwrap();
        let there = !mood.out && since.is_none_or(|since| since == mood.put_in);
        if there { Ok(mood.put_in) } else { Err(io::Error::from_raw_os_error(5)) }
    }

    fn wrap(&self, file: Box<dyn StorageFile>) -> io::Result<Box<dyn StorageFile>> {
        Ok(Box::new(StubFile(file, self.clone(), self.there(None)?)))
    }

    fn largest(&self) -> u64 {
        self.0.0.lock().unwrap().largest.unwrap_or(u64::MAX)
    }

    /// An error for a file of so many bytes, where none can be so large.
    fn fits(&self, bytes: u64) -> io::Result<()> {
        if bytes > self.largest() { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(()) }
    }

    /// Waits out a stall, then takes the bytes out of what is free.
    fn pass(&self, bytes: u64) -> io::Result<()> {
        let mut mood = self.0.0.lock().unwrap();
        mood.waiting += 1;
        mood = self.0.1.wait_while(mood, |mood| mood.stalled).unwrap();
        mood.waiting -= 1;
        if let Some(room) = &mut mood.room {
            *room = room.checked_sub(bytes).ok_or_else(|| io::Error::from(io::ErrorKind::StorageFull))?;
        }
        Ok(())
    }
}

struct Stub(Control, Option<PathBuf>);
struct StubFile(Box<dyn StorageFile>, Control, u64);

impl Storage for Stub {
    fn create_dir(&self, path: &Path) -> io::Result<()> {
        self.0.there(None)?;
        Disk.create_dir(path)
    }
    fn create(&self, path: &Path) -> io::Result<Box<dyn StorageFile>> {
        self.0.pass(0)?;
        self.0.there(None)?;
        self.0.wrap(Disk.create(path)?)
    }
    fn open(&self, path: &Path) -> io::Result<Box<dyn StorageFile>> {
        self.0.there(None)?;
        self.0.wrap(Disk.open(path)?)
    }
    fn edit(&self, path: &Path) -> io::Result<Box<dyn StorageFile>> {
        self.0.there(None)?;
        self.0.wrap(Disk.edit(path)?)
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.0.there(None)?;
        Disk.rename(from, to)
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        self.0.there(None)?;
        Disk.remove(path)
    }
    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        self.0.there(None)?;
        Disk.remove_dir(path)
    }
    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.0.pass(0)?;
        self.0.there(None)?;
        Disk.sync_dir(path)
    }
    fn free_bytes(&self, path: &Path) -> io::Result<u64> {
        self.0.there(None)?;
        let free = self.0.0.0.lock().unwrap().free;
        free.map_or_else(|| Disk.free_bytes(path), Ok)
    }
    fn medium(&self, path: &Path) -> io::Result<u64> {
        self.0.there(None)?;
        let medium = self.0.0.0.lock().unwrap().medium;
        Disk.medium(path).map(|_| if self.1.as_deref() == Some(path) { 0 } else { medium })
    }
    fn largest_file(&self, _: &Path) -> io::Result<u64> {
        self.0.there(None)?;
        Ok(self.0.largest())
    }
    fn list(&self, path: &Path) -> io::Result<Vec<Entry>> {
        self.0.there(None)?;
        Disk.list(path)
    }
}

impl StorageFile for StubFile {
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.1.fits(offset + bytes.len() as u64)?;
        let new = (offset + bytes.len() as u64).saturating_sub(self.0.length()?);
        self.1.pass(new)?;
        self.1.there(Some(self.2))?;
        self.0.write_at(offset, bytes)
    }
    fn read_at(&self, offset: u64, bytes: &mut [u8]) -> io::Result<usize> {
        self.1.there(Some(self.2))?;
        self.0.read_at(offset, bytes)
    }
    fn length(&self) -> io::Result<u64> {
        self.0.length()
    }
    fn set_len(&mut self, bytes: u64) -> io::Result<()> {
        self.1.there(Some(self.2))?;
        self.1.fits(bytes)?;
        self.0.set_len(bytes)
    }
    fn start_sync(&mut self) {
        self.0.start_sync();
    }
    fn sync_data(&mut self) -> io::Result<()> {
        self.1.pass(0)?;
        self.1.there(Some(self.2))?;
        self.0.sync_data()
    }
}
