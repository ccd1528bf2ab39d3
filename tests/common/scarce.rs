//! A medium that has no room for some of what it is asked for.
#![allow(dead_code)]
use std::io::{ErrorKind, Result};
use std::path::Path;
use std::sync::{Arc, Mutex};
use vestry::record::storage::{Entry, Storage, StorageFile};

/// Which operations find no room, counted from when it was told.
#[derive(Clone, Default)]
pub struct Room(Arc<Mutex<Plan>>);

#[derive(Default)]
struct Plan {
    /// Operations that still have room, then operations that have none.
    good: u64,
    bad: u64,
    quota: bool,
    refused: u64,
}

impl Room {
    /// `good` operations succeed, `bad` fail, then all succeed again.
    pub fn plan(&self, good: u64, bad: u64, quota: bool) {
        *self.0.lock().unwrap() = Plan { good, bad, quota, refused: 0 };
    }

    pub fn refused(&self) -> u64 {
        self.0.lock().unwrap().refused
    }

    pub fn on(&self, storage: impl Storage + 'static) -> Box<dyn Storage> {
        Box::new(Scarce(Box::new(storage), self.clone()))
    }

    fn pass(&self) -> Result<()> {
        let mut plan = self.0.lock().unwrap();
        if plan.good > 0 {
            plan.good -= 1;
        } else if plan.bad > 0 {
            plan.bad -= 1;
            plan.refused += 1;
            return Err(if plan.quota { ErrorKind::QuotaExceeded } else { ErrorKind::StorageFull }.into());
        }
        Ok(())
    }
}

struct Scarce(Box<dyn Storage>, Room);
struct ScarceFile(Box<dyn StorageFile>, Room);

impl Scarce {
    fn opened(&self, file: Box<dyn StorageFile>) -> Box<dyn StorageFile> {
        Box::new(ScarceFile(file, self.1.clone()))
    }
}

impl Storage for Scarce {
    fn create_dir(&self, path: &Path) -> Result<()> {
        self.1.pass()?;
        self.0.create_dir(path)
    }
    fn create(&self, path: &Path) -> Result<Box<dyn StorageFile>> {
        self.1.pass()?;
        self.0.create(path).map(|file| self.opened(file))
    }
    fn open(&self, path: &Path) -> Result<Box<dyn StorageFile>> {
        self.0.open(path)
    }
    fn edit(&self, path: &Path) -> Result<Box<dyn StorageFile>> {
        self.0.edit(path).map(|file| self.opened(file))
    }
    fn rename(&self, from: &Path, to: &Path) -> Result<()> {
        self.1.pass()?;
        self.0.rename(from, to)
    }
    fn remove(&self, path: &Path) -> Result<()> {
        self.0.remove(path)
    }
    fn remove_dir(&self, path: &Path) -> Result<()> {
        self.0.remove_dir(path)
    }
    fn sync_dir(&self, path: &Path) -> Result<()> {
        self.1.pass()?;
        self.0.sync_dir(path)
    }
    fn free_bytes(&self, path: &Path) -> Result<u64> {
        self.0.free_bytes(path)
    }
    fn medium(&self, path: &Path) -> Result<u64> {
        self.0.medium(path)
    }
    fn list(&self, path: &Path) -> Result<Vec<Entry>> {
        self.0.list(path)
    }
}

impl StorageFile for ScarceFile {
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> Result<()> {
        self.1.pass()?;
        self.0.write_at(offset, bytes)
    }
    fn read_at(&self, offset: u64, bytes: &mut [u8]) -> Result<usize> {
        self.0.read_at(offset, bytes)
    }
    fn length(&self) -> Result<u64> {
        self.0.length()
    }
    fn set_len(&mut self, bytes: u64) -> Result<()> {
        self.1.pass()?;
        self.0.set_len(bytes)
    }
    fn reserve(&mut self, from: u64, bytes: u64) -> Result<()> {
        self.1.pass()?;
        self.0.reserve(from, bytes)
    }
    fn start_sync(&mut self) {
        self.0.start_sync();
    }
    fn sync_data(&mut self) -> Result<()> {
        self.1.pass()?;
        self.0.sync_data()
    }
}
