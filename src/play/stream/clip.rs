//! A clip that is too long for memory: its first parts, which are there when it is pressed, and how to read the rest.
//!
//! Runs on: player; opened again on streams.
use super::cutter::Cutter;
use super::repeat::Repeated;
use super::source::{Source, SourceError};
use super::thread::Opening;
use crate::play::decode::file::FileSource;
use crate::play::stretch::{Change, changed};
use std::fs::{self, File, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::Arc;
use vestry_rt::clip;
use vestry_rt::voice::{FASTEST, Loop};

/// Frames of a part at speed 1 and the console's rate: a third of a second at 48 kHz.
const PART: usize = 16_384;
/// Parts at its start that are in memory: for as long as it takes to open the file and read on.
pub const HEAD: usize = 2;

/// Which file it is, as it was when it was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FileId {
    path: PathBuf,
    length: u64,
    /// Seconds and nanoseconds of its last change.
    changed: (i64, i64),
}

impl FileId {
    /// Of a file with these properties.
    pub fn of(path: PathBuf, about: &Metadata) -> Self {
        Self { path, length: about.len(), changed: (about.mtime(), about.mtime_nsec()) }
    }

    /// Opens it.
    ///
    /// # Errors
    /// It cannot be read, or is another by now.
    fn open(&self) -> Result<File, String> {
        let name = self.path.display();
        let file = File::open(&self.path).map_err(|error| format!("{name} cannot be read: {error}"))?;
        let about = fs::metadata(&self.path).map_err(|error| format!("{name} cannot be read: {error}"))?;
        let same = *self == Self::of(self.path.clone(), &about);
        same.then_some(file).ok_or_else(|| format!("{name} has changed since it was loaded; rescan the pads"))
    }
}

/// How a clip is read.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// From what file.
    pub file: FileId,
    /// What is repeated.
    pub repeat: Option<Loop>,
    /// What is made of it.
    pub change: Option<Change>,
    /// Frames of a part.
    pub part: usize,
}

impl Reading {
    /// Frames of a part for a clip that is played at so many of its frames a frame of the console.
    pub fn part(step: f64) -> usize {
        (PART as f64 * step.clamp(1.0, FASTEST)) as usize
    }

    fn source(&self) -> Result<FileSource, String> {
        let told = |error| format!("{} {error}", self.file.path.display());
        FileSource::new(self.file.open()?).map_err(told)
    }

    /// Opens it at a frame of what is heard of it.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub fn open(&self, frame: u64) -> Result<Cutter, String> {
        let told = |error| format!("{} {error}", self.file.path.display());
        let mut source = repeated(Box::new(self.source()?), self.repeat).map_err(told)?;
        if let Some(change) = self.change {
            source = changed(source, change).map_err(told)?;
        }
        if frame > 0 {
            source.seek(frame).map_err(told)?;
        }
        let channels = source.channels();
        Ok(Cutter::new(source, std::iter::once(0..channels).collect(), self.part))
    }
}

fn repeated(source: Box<dyn Source>, repeat: Option<Loop>) -> Result<Box<dyn Source>, SourceError> {
    match repeat {
        Some(repeat) => Ok(Box::new(Repeated::new(source, repeat)?)),
        None => Ok(source),
    }
}

/// One clip.
#[derive(Debug)]
pub struct Streamed {
    reading: Reading,
    head: Vec<Arc<clip::Clip>>,
}

impl Streamed {
    /// Reads the first parts of a clip.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub fn new(reading: Reading) -> Result<Self, String> {
        let mut cutter = reading.open(0)?;
        let head: Vec<_> = (0..HEAD).filter_map(|_| cutter.next_parts()?.clips.pop()).collect();
        match cutter.take_fault() {
            Some(fault) => Err(fault.to_string()),
            None if head.is_empty() => Err("has no sound".into()),
            None => Ok(Self { reading, head }),
        }
    }

    /// Whether it is read from this file.
    pub fn is_from(&self, file: &FileId) -> bool {
        self.reading.file == *file
    }

    /// Its first parts, at least one.
    pub fn head(&self) -> &[Arc<clip::Clip>] {
        &self.head
    }

    /// The file as it is, without its loop.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub fn source(&self) -> Result<FileSource, String> {
        self.reading.source()
    }

    /// Bytes of its head.
    pub fn head_bytes(&self) -> usize {
        self.head.iter().map(|part| part.bytes()).sum()
    }

    /// Bytes of one part.
    pub fn part_bytes(&self) -> usize {
        self.head.first().map_or(0, |part| part.bytes())
    }

    /// How it is read from a frame of what is heard of it.
    pub fn opening(&self, frame: u64) -> Opening {
        let reading = self.reading.clone();
        Box::new(move || reading.open(frame))
    }

    /// Whether it goes round and round.
    pub fn repeats(&self) -> bool {
        self.reading.repeat.is_some()
    }
}
