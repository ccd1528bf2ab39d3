//! A medium that keeps no sound: each sample is checked as it is written and forgotten, so that days fit.
#[path = "contents.rs"]
mod contents;

use std::collections::BTreeMap;
use std::io::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use vestry::record::storage::{Entry, Storage, StorageFile};
use vestry::record::wave::DATA_START;

/// The byte that the sound of a file has to have at an offset; none of what is not known, such as a mix.
pub type Expected = Arc<dyn Fn(&str, u64, &mut [u8]) -> bool + Send + Sync>;

/// What is known of a file.
#[derive(Clone, Default)]
pub struct Content {
    /// What precedes the sound; of a file that is no wave file all of it.
    pub head: Vec<u8>,
    /// Bytes of the whole file.
    pub length: u64,
    /// Checksum of the sound.
    pub sum: crc32fast::Hasher,
    /// Bytes of sound that were found right.
    pub checked: u64,
}

type Files = Arc<Mutex<BTreeMap<PathBuf, Option<Arc<Mutex<Content>>>>>>;

/// The medium. Clones are the same one. A folder has no content.
#[derive(Clone)]
pub struct Sink {
    files: Files,
    expected: Expected,
}

impl Sink {
    pub fn new(expected: Expected) -> Self {
        Self { files: Files::default(), expected }
    }

    /// Files, by path.
    pub fn files(&self) -> BTreeMap<PathBuf, Content> {
        let files = self.files.lock().unwrap();
        let content = |file: &Arc<Mutex<Content>>| file.lock().unwrap().clone();
        files.iter().filter_map(|(path, file)| Some((path.clone(), content(file.as_ref()?)))).collect()
    }

    fn opened(&self, path: &Path) -> Result<Box<dyn StorageFile>> {
        let content = self.files.lock().unwrap().get(path).cloned().flatten();
        let content = content.ok_or_else(|| Error::from(ErrorKind::NotFound))?;
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let sound = name.ends_with(".wav");
        Ok(Box::new(Open { content, name, sound, expected: Arc::clone(&self.expected), right: Vec::new() }))
    }

    fn make(&self, path: &Path, content: Option<Arc<Mutex<Content>>>) -> Result<()> {
        match self.files.lock().unwrap().try_insert_new(path, content) {
            true => Ok(()),
            false => Err(ErrorKind::AlreadyExists.into()),
        }
    }

    fn take_away(&self, path: &Path) -> Result<Option<Arc<Mutex<Content>>>> {
        self.files.lock().unwrap().remove(path).ok_or_else(|| ErrorKind::NotFound.into())
    }
}

/// Inserts what is not there yet.
trait InsertNew<V> {
    fn try_insert_new(&mut self, path: &Path, value: V) -> bool;
}

impl<V> InsertNew<V> for BTreeMap<PathBuf, V> {
    fn try_insert_new(&mut self, path: &Path, value: V) -> bool {
        let new = !self.contains_key(path);
        if new {
            self.insert(path.into(), value);
        }
        new
    }
}

impl Storage for Sink {
    fn create_dir(&self, path: &Path) -> Result<()> {
        self.make(path, None)
    }
    fn create(&self, path: &Path) -> Result<Box<dyn StorageFile>> {
        self.make(path, Some(Arc::default()))?;
        self.opened(path)
    }
    fn open(&self, path: &Path) -> Result<Box<dyn StorageFile>> {
        self.opened(path)
    }
    fn edit(&self, path: &Path) -> Result<Box<dyn StorageFile>> {
        self.opened(path)
    }
    fn rename(&self, from: &Path, to: &Path) -> Result<()> {
        let content = self.take_away(from)?;
        self.files.lock().unwrap().insert(to.into(), content);
        Ok(())
    }
    fn remove(&self, path: &Path) -> Result<()> {
        self.take_away(path).map(drop)
    }
    fn remove_dir(&self, path: &Path) -> Result<()> {
        self.remove(path)
    }
    fn sync_dir(&self, _: &Path) -> Result<()> {
        Ok(())
    }
    fn free_bytes(&self, _: &Path) -> Result<u64> {
        Ok(u64::MAX)
    }
    fn medium(&self, _: &Path) -> Result<u64> {
        Ok(0)
    }
    fn list(&self, path: &Path) -> Result<Vec<Entry>> {
        let files = self.files.lock().unwrap();
        let length = |content: &Option<Arc<Mutex<Content>>>| Some(content.as_ref()?.lock().unwrap().length);
        Ok(contents::inside(&files, path, length))
    }
}

struct Open {
    content: Arc<Mutex<Content>>,
    name: String,
    sound: bool,
    expected: Expected,
    right: Vec<u8>,
}

impl StorageFile for Open {
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> Result<()> {
        let mut content = self.content.lock().unwrap();
        if !self.sound || offset < DATA_START {
            let end = offset as usize + bytes.len();
            let kept = content.head.len().max(end);
            content.head.resize(kept, 0);
            content.head[offset as usize..end].copy_from_slice(bytes);
            content.length = content.length.max(end as u64);
            return Ok(());
        }
        assert_eq!(offset, content.length, "{}: sound is appended, without a hole", self.name);
        self.right.resize(bytes.len(), 0);
        if (self.expected)(&self.name, offset - DATA_START, &mut self.right) {
            assert!(self.right == bytes, "{}: other sound than was played after {offset}", self.name);
            content.checked += bytes.len() as u64;
        }
        content.sum.update(bytes);
        content.length += bytes.len() as u64;
        Ok(())
    }
    fn read_at(&self, offset: u64, bytes: &mut [u8]) -> Result<usize> {
        let content = self.content.lock().unwrap();
        Ok(contents::read(&content.head, offset, bytes))
    }
    fn length(&self) -> Result<u64> {
        Ok(self.content.lock().unwrap().length)
    }
    fn set_len(&mut self, bytes: u64) -> Result<()> {
        let mut content = self.content.lock().unwrap();
        if self.sound {
            assert_eq!(bytes, content.length, "{}: nothing was lost", self.name);
        } else {
            content.length = bytes;
            content.head.resize(bytes as usize, 0);
        }
        Ok(())
    }
    fn start_sync(&mut self) {}
    fn sync_data(&mut self) -> Result<()> {
        Ok(())
    }
}
