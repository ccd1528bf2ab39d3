//! A medium that stalls or fails when told to.
#![allow(dead_code)]
use std::io;
use std::path::Path;
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
        Box::new(Stub(self.clone()))
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

struct Stub(Control);
struct StubFile(Box<dyn StorageFile>, Control);

impl Storage for Stub {
    fn create_dir(&self, path: &Path) -> io::Result<()> {
        Disk.create_dir(path)
    }
    fn create(&self, path: &Path) -> io::Result<Box<dyn StorageFile>> {
        self.0.pass(0)?;
        Ok(Box::new(StubFile(Disk.create(path)?, self.0.clone())))
    }
    fn open(&self, path: &Path) -> io::Result<Box<dyn StorageFile>> {
        Disk.open(path)
    }
    fn edit(&self, path: &Path) -> io::Result<Box<dyn StorageFile>> {
        Ok(Box::new(StubFile(Disk.edit(path)?, self.0.clone())))
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        Disk.rename(from, to)
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        Disk.remove(path)
    }
    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        Disk.remove_dir(path)
    }
    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.0.pass(0)?;
        Disk.sync_dir(path)
    }
    fn free_bytes(&self, path: &Path) -> io::Result<u64> {
        let free = self.0.0.0.lock().unwrap().free;
        free.map_or_else(|| Disk.free_bytes(path), Ok)
    }
    fn list(&self, path: &Path) -> io::Result<Vec<Entry>> {
        Disk.list(path)
    }
}

impl StorageFile for StubFile {
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let new = (offset + bytes.len() as u64).saturating_sub(self.0.length()?);
        self.1.pass(new)?;
        self.0.write_at(offset, bytes)
    }
    fn read_at(&self, offset: u64, bytes: &mut [u8]) -> io::Result<usize> {
        self.0.read_at(offset, bytes)
    }
    fn length(&self) -> io::Result<u64> {
        self.0.length()
    }
    fn set_len(&mut self, bytes: u64) -> io::Result<()> {
        self.0.set_len(bytes)
    }
    fn start_sync(&mut self) {
        self.0.start_sync();
    }
    fn sync_data(&mut self) -> io::Result<()> {
        self.1.pass(0)?;
        self.0.sync_data()
    }
}
