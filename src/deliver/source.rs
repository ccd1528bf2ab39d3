//! A file of a take, read in small steps and forgotten at once: what is sent takes no room in memory from what is recorded.
//!
//! Runs on: delivery.
use super::brake::{Brake, as_io};
use crate::hal::linux::forget;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// Most bytes that are read at once.
pub const STEP: usize = 64 * 1024;

/// An open file. It stays the same one though another is put in its place meanwhile.
pub struct Source {
    file: File,
    /// Where it is.
    pub path: PathBuf,
    /// Its length in bytes.
    pub length: u64,
}

impl Source {
    /// Opens it.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        Ok(Self { file, path: path.to_owned(), length })
    }

    /// Reads up to `bytes.len()` bytes from `offset` on.
    pub fn read_at(&self, offset: u64, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(bytes, offset)?;
        forget(&self.file, offset, read as u64);
        Ok(read)
    }
}

/// A stretch of a file on its way out, at the pace of the brake.
pub struct Outgoing<'a> {
    source: &'a Source,
    brake: &'a mut Brake,
    at: u64,
    end: u64,
    /// Told how many bytes went.
    sent: &'a mut dyn FnMut(u64),
}

impl<'a> Outgoing<'a> {
    /// The bytes `from..end`.
    pub fn new(
        source: &'a Source,
        (from, end): (u64, u64),
        brake: &'a mut Brake,
        sent: &'a mut dyn FnMut(u64),
    ) -> Self {
        Self { source, brake, at: from, end: end.min(source.length), sent }
    }
}

impl Read for Outgoing<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let most = left.min(bytes.len()).min(STEP).min(self.brake.step());
        let Some(room) = bytes.get_mut(..most).filter(|room| !room.is_empty()) else { return Ok(0) };
        let read = self.source.read_at(self.at, room)?;
        if read == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the file has become shorter"));
        }
        self.brake.pass(read as u64).map_err(as_io)?;
        self.at += read as u64;
        (self.sent)(read as u64);
        Ok(read)
    }
}
