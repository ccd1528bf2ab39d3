//! A medium in memory that remembers every operation, and what a power cut may leave of them.
#![allow(dead_code)]
#[path = "contents.rs"]
mod contents;

use proptest::prelude::Rng;
use std::collections::BTreeMap;
use std::io::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use vestry::record::storage::{Entry, Storage, StorageFile};

/// What a medium writes as a whole or not at all.
const SECTOR: usize = 512;

/// What the file system was asked for. Files are numbers: names come and go.
#[derive(Clone, Debug)]
pub enum Op {
    Write { file: usize, at: usize, bytes: Arc<[u8]> },
    Length { file: usize, bytes: usize },
    Sync { file: usize },
    Name { path: PathBuf, what: What },
    Rename { from: PathBuf, to: PathBuf, what: What },
    Remove { path: PathBuf },
    SyncDir { path: PathBuf },
}

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum What {
    Folder,
    File(usize),
}

/// Names and contents at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Image {
    pub names: BTreeMap<PathBuf, What>,
    files: Vec<Arc<Vec<u8>>>,
}

impl Image {
    pub fn content(&self, path: &Path) -> Option<&Arc<Vec<u8>>> {
        match self.names.get(path)? {
            What::File(file) => self.files.get(*file),
            What::Folder => None,
        }
    }

    /// Names and contents, whatever the files' numbers are.
    pub fn all(&self) -> BTreeMap<&Path, Option<&Vec<u8>>> {
        self.names.keys().map(|path| (path.as_path(), self.content(path).map(Arc::as_ref))).collect()
    }

    fn file(&mut self, file: usize) -> &mut Vec<u8> {
        if self.files.len() <= file {
            self.files.resize(file + 1, Arc::default());
        }
        Arc::make_mut(&mut self.files[file])
    }

    fn write(&mut self, file: usize, at: usize, bytes: &[u8]) {
        let content = self.file(file);
        content.resize(content.len().max(at + bytes.len()), 0);
        content[at..at + bytes.len()].copy_from_slice(bytes);
    }

    /// Does what was asked for; a sync changes nothing that can be seen.
    fn apply(&mut self, op: &Op) {
        match op {
            Op::Write { file, at, bytes } => self.write(*file, *at, bytes),
            Op::Length { file, bytes } => self.file(*file).resize(*bytes, 0),
            Op::Name { path, what } => {
                if let What::File(file) = what {
                    self.file(*file);
                }
                self.names.insert(path.clone(), *what);
            }
            Op::Rename { from, to, what } => {
                self.names.remove(from);
                self.names.insert(to.clone(), *what);
                let inside: Vec<_> =
                    self.names.keys().filter(|path| path.starts_with(from)).cloned().collect();
                for path in inside {
                    let moved = path.strip_prefix(from).map(|rest| to.join(rest));
                    if let (Ok(moved), Some(what)) = (moved, self.names.remove(&path)) {
                        self.names.insert(moved, what);
                    }
                }
            }
            Op::Remove { path } => drop(self.names.remove(path)),
            Op::Sync { .. } | Op::SyncDir { .. } => {}
        }
    }

    /// A write of which each sector may be missing.
    fn tear(&mut self, (file, at, bytes): (usize, usize, &[u8]), chance: &mut impl Rng) {
        let (mut from, end) = (at, at + bytes.len());
        while from < end {
            let to = (from / SECTOR + 1) * SECTOR;
            let to = to.min(end);
            if chance.next_u32().is_multiple_of(2) {
                self.write(file, from, &bytes[from - at..to - at]);
            }
            from = to;
        }
    }
}

/// What one sync is for: a file's content or a folder's names.
type Place<'a> = (Option<usize>, Option<&'a Path>);

/// What a power cut finds: what was synced, and the operations that were not.
pub struct Cut<'a> {
    synced: Image,
    waiting: Vec<&'a Op>,
}

/// The power goes after the operations `log`.
///
/// Names and contents are made durable apart, each by its own sync and by nothing else: less than any file system promises.
pub fn cut<'a>(before: &Image, log: &'a [Op]) -> Cut<'a> {
    let (mut synced, mut waiting) = (before.clone(), Vec::new());
    for op in log {
        match op {
            Op::Sync { file } => settle(&mut synced, &mut waiting, |op| of_file(op) == Some(*file)),
            Op::SyncDir { path } => settle(&mut synced, &mut waiting, |op| of_folder(op) == Some(path)),
            _ => waiting.push(op),
        }
    }
    Cut { synced, waiting }
}

impl Cut<'_> {
    /// One of the states that may be left: everything that was synced, and of the rest what chance says.
    pub fn state(&self, chance: &mut impl Rng) -> Image {
        left(self.synced.clone(), &self.waiting, chance)
    }
}

fn left(mut image: Image, waiting: &[&Op], chance: &mut impl Rng) -> Image {
    // Of each file and folder nothing, all, what came first, or anything.
    let mut moods: BTreeMap<Place<'_>, (u32, u32)> = BTreeMap::new();
    for &op in waiting {
        let (mood, left) = moods
            .entry((of_file(op), of_folder(op)))
            .or_insert_with(|| (chance.next_u32() % 5, chance.next_u32() % 6));
        let take = match *mood {
            0 => false,
            1 => true,
            2 => std::mem::replace(left, left.saturating_sub(1)) > 0,
            _ => chance.next_u32().is_multiple_of(2),
        };
        match op {
            // Longer, but not written.
            Op::Write { file, at, bytes } if *mood == 4 && !take => {
                let content = image.file(*file);
                content.resize(content.len().max(at + bytes.len()), 0);
            }
            Op::Write { file, at, bytes } if *mood > 2 => image.tear((*file, *at, bytes), chance),
            _ if take => image.apply(op),
            _ => {}
        }
    }
    // Without its folder nothing can be reached.
    let names = image.names.clone();
    image.names.retain(|path, _| {
        path.ancestors().skip(1).all(|folder| folder == Path::new("/") || names.contains_key(folder))
    });
    image
}

fn settle(image: &mut Image, waiting: &mut Vec<&Op>, synced: impl Fn(&Op) -> bool) {
    waiting.retain(|op| {
        let durable = synced(op);
        if durable {
            image.apply(op);
        }
        !durable
    });
}

fn of_file(op: &Op) -> Option<usize> {
    match op {
        Op::Write { file, .. } | Op::Length { file, .. } => Some(*file),
        _ => None,
    }
}

fn of_folder(op: &Op) -> Option<&Path> {
    match op {
        Op::Name { path, .. } | Op::Remove { path } | Op::Rename { to: path, .. } => path.parent(),
        _ => None,
    }
}

/// The medium. Clones are the same one.
#[derive(Clone, Default)]
pub struct Memory(Arc<Mutex<(Image, Vec<Op>)>>);

impl Memory {
    /// One that holds `image`; `/` is always there.
    pub fn with(image: Image) -> Self {
        Self(Arc::new(Mutex::new((image, Vec::new()))))
    }

    pub fn image(&self) -> Image {
        self.0.lock().unwrap().0.clone()
    }

    pub fn log(&self) -> Vec<Op> {
        self.0.lock().unwrap().1.clone()
    }

    /// Operations so far.
    pub fn count(&self) -> usize {
        self.0.lock().unwrap().1.len()
    }

    fn does(&self, op: Op) {
        let (image, log) = &mut *self.0.lock().unwrap();
        image.apply(&op);
        log.push(op);
    }

    fn named(&self, path: &Path) -> Result<What> {
        self.0.lock().unwrap().0.names.get(path).copied().ok_or_else(|| ErrorKind::NotFound.into())
    }

    fn opened(&self, path: &Path) -> Result<Box<dyn StorageFile>> {
        match self.named(path)? {
            What::File(file) => Ok(Box::new(MemoryFile(self.clone(), file))),
            What::Folder => Err(ErrorKind::IsADirectory.into()),
        }
    }

    fn make(&self, path: &Path, what: What) -> Result<()> {
        match self.named(path) {
            Ok(_) => Err(ErrorKind::AlreadyExists.into()),
            Err(_) => {
                self.does(Op::Name { path: path.into(), what });
                Ok(())
            }
        }
    }
}

struct MemoryFile(Memory, usize);

impl Storage for Memory {
    fn create_dir(&self, path: &Path) -> Result<()> {
        self.make(path, What::Folder)
    }
    fn create(&self, path: &Path) -> Result<Box<dyn StorageFile>> {
        let file = self.0.lock().unwrap().0.files.len();
        self.make(path, What::File(file))?;
        self.opened(path)
    }
    fn open(&self, path: &Path) -> Result<Box<dyn StorageFile>> {
        self.opened(path)
    }
    fn edit(&self, path: &Path) -> Result<Box<dyn StorageFile>> {
        self.opened(path)
    }
    fn rename(&self, from: &Path, to: &Path) -> Result<()> {
        let what = self.named(from)?;
        if what == What::Folder && !self.list(to)?.is_empty() {
            return Err(ErrorKind::DirectoryNotEmpty.into());
        }
        self.does(Op::Rename { from: from.into(), to: to.into(), what });
        Ok(())
    }
    fn remove(&self, path: &Path) -> Result<()> {
        self.named(path)?;
        self.does(Op::Remove { path: path.into() });
        Ok(())
    }
    fn remove_dir(&self, path: &Path) -> Result<()> {
        self.remove(path)
    }
    fn sync_dir(&self, path: &Path) -> Result<()> {
        self.does(Op::SyncDir { path: path.into() });
        Ok(())
    }
    fn free_bytes(&self, _: &Path) -> Result<u64> {
        Ok(u64::MAX)
    }
    fn medium(&self, _: &Path) -> Result<u64> {
        Ok(0)
    }
    fn list(&self, path: &Path) -> Result<Vec<Entry>> {
        let (image, _) = &*self.0.lock().unwrap();
        let length = |what: &What| match what {
            What::File(file) => Some(image.files[*file].len() as u64),
            What::Folder => None,
        };
        Ok(contents::inside(&image.names, path, length))
    }
}

impl StorageFile for MemoryFile {
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> Result<()> {
        self.0.does(Op::Write { file: self.1, at: offset as usize, bytes: bytes.into() });
        Ok(())
    }
    fn read_at(&self, offset: u64, bytes: &mut [u8]) -> Result<usize> {
        let (image, _) = &*self.0.0.lock().unwrap();
        Ok(contents::read(&image.files[self.1], offset, bytes))
    }
    fn length(&self) -> Result<u64> {
        Ok(self.0.0.lock().unwrap().0.files[self.1].len() as u64)
    }
    fn set_len(&mut self, bytes: u64) -> Result<()> {
        let bytes = usize::try_from(bytes).map_err(|_| Error::from(ErrorKind::FileTooLarge))?;
        self.0.does(Op::Length { file: self.1, bytes });
        Ok(())
    }
    fn start_sync(&mut self) {}
    fn sync_data(&mut self) -> Result<()> {
        self.0.does(Op::Sync { file: self.1 });
        Ok(())
    }
}
