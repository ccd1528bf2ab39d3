//! A file for the decoder, which may read so much and no more: an endless search in it ends.
//!
//! Runs on: player.
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use symphonia::core::io::MediaSource;

/// How often the bytes of a file may be read: formats look for their tags at the end, and Ogg for its last page.
const ROUNDS: u64 = 4;
/// Read ahead and back at the start, however small the file is.
const AHEAD: u64 = 1 << 22;

/// The file and how much of it may still be read.
pub struct Bounded<S> {
    source: S,
    length: u64,
    allowance: Allowance,
    seeks: bool,
}

/// Bytes that may still be read.
#[derive(Clone)]
pub struct Allowance {
    left: Arc<AtomicU64>,
    all: u64,
}

impl Allowance {
    fn of(length: u64) -> Self {
        let all = length.saturating_mul(ROUNDS).saturating_add(AHEAD);
        Self { left: Arc::new(AtomicU64::new(all)), all }
    }

    /// As at the start: what was read has brought something.
    pub fn renew(&self) {
        self.left.store(self.all, Ordering::Relaxed);
    }

    fn spend(&self, bytes: u64) -> bool {
        let left = self.left.load(Ordering::Relaxed).checked_sub(bytes);
        left.inspect(|left| self.left.store(*left, Ordering::Relaxed)).is_some()
    }
}

impl<S> Bounded<S> {
    /// A file of `length` bytes, which is read from start to end unless it `seeks`.
    pub fn new(source: S, length: u64, seeks: bool) -> Self {
        Self { source, length, allowance: Allowance::of(length), seeks }
    }

    /// What it may still read, to be renewed.
    pub fn allowance(&self) -> Allowance {
        self.allowance.clone()
    }
}

impl<S: Read> Read for Bounded<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer)?;
        if !self.allowance.spend(read as u64) {
            return Err(io::Error::other("reading it finds no end"));
        }
        Ok(read)
    }
}

impl<S: Seek> Seek for Bounded<S> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.source.seek(to)
    }
}

impl<S: Read + Seek + Send + Sync> MediaSource for Bounded<S> {
    fn is_seekable(&self) -> bool {
        self.seeks
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    #[test]
    fn reading_ends_whatever_is_asked() {
        let mut bounded = Bounded::new(Cursor::new(vec![0; 1_000_000]), 1_000_000, true);
        let mut rounds = 0;
        while bounded.read_to_end(&mut Vec::new()).is_ok() && rounds < 100 {
            bounded.rewind().unwrap();
            rounds += 1;
        }
        assert_eq!(rounds, 8, "4 rounds of 1,000,000 and 4,194,304 bytes more");
    }
}
