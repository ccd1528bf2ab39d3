//! A file for the decoder, which may read so much and no more: an endless search in it ends.
//!
//! Runs on: player.
use std::io::{self, Read, Seek, SeekFrom};
use symphonia::core::io::MediaSource;

/// How often the bytes of a file may be read: formats look for their tags at the end, and Ogg for its last page.
const ROUNDS: u64 = 4;
/// Read ahead and back at the start, however small the file is.
const AHEAD: u64 = 1 << 22;

/// The file and how much of it may still be read.
pub struct Bounded<S> {
    source: S,
    length: u64,
    left: u64,
    seeks: bool,
}

impl<S> Bounded<S> {
    /// A file of `length` bytes, which is read from start to end unless it `seeks`.
    pub fn new(source: S, length: u64, seeks: bool) -> Self {
        Self { source, length, left: length.saturating_mul(ROUNDS).saturating_add(AHEAD), seeks }
    }
}

impl<S: Read> Read for Bounded<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer)?;
        match self.left.checked_sub(read as u64) {
            Some(left) => self.left = left,
            None => return Err(io::Error::other("reading it finds no end")),
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
