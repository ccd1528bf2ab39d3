//! One open file of a take.
//!
//! Runs on: writer.
use super::durable::Syncing;
use super::error::{Context, RecordError};
use super::storage::StorageFile;
use super::wave::header::{Sizes, head};
use super::wave::pack::Packer;
use super::wave::{DATA_START, Spec};
use crc32fast::Hasher;
use std::path::PathBuf;

/// Bytes that are written at once: a card takes few large writes better than many small ones.
const CHUNK: usize = 64 * 1024;
/// Space that is set aside behind the sound, so that a file can be closed on a full medium: for markers, for gaps, and for
/// what one file may be ahead of another.
const TAIL: u64 = 192 * 1024;
/// Space that is set aside at a time for sound to come, as long as there is room for that.
const AHEAD: u64 = 512 * 1024;

/// A file that sound is appended to. Nothing of it is durable until [`Part::syncing`] has been synced.
pub struct Part {
    file: Box<dyn StorageFile>,
    path: PathBuf,
    spec: Spec,
    limit: u64,
    packer: Packer,
    /// Packed and not yet written; whole frames.
    buffer: Vec<u8>,
    /// Bytes of sound in the file.
    written: u64,
    crc: Hasher,
    /// Bytes of the file that have their space.
    reserved: u64,
    /// Bytes behind the sound that must have theirs.
    tail: u64,
}

impl Part {
    /// A new file that holds `header` (`DATA_START` bytes).
    pub fn begin(
        file: Box<dyn StorageFile>,
        path: PathBuf,
        spec: Spec,
        header: &[u8],
        limit: u64,
    ) -> Result<Self, RecordError> {
        let packer = Packer::new(spec.format, usize::from(spec.channels));
        let (buffer, crc) = (Vec::new(), Hasher::new());
        let mut part =
            Self { file, path, spec, limit, packer, buffer, written: 0, crc, reserved: 0, tail: TAIL };
        part.reserve((0, DATA_START), 0)?;
        part.write_at(0, header)?;
        Ok(part)
    }

    /// Frames appended, buffered ones included.
    pub fn frames(&self) -> u64 {
        (self.written + self.buffer.len() as u64) / self.spec.frame_bytes()
    }

    /// Bytes of one frame.
    pub fn frame_bytes(&self) -> u64 {
        self.spec.frame_bytes()
    }

    /// Appends sound, one lane a channel.
    pub fn write(&mut self, lanes: &[&[f32]]) -> Result<(), RecordError> {
        self.packer.pack(lanes, &mut self.buffer);
        if self.buffer.len() >= CHUNK { self.flush() } else { Ok(()) }
    }

    /// Appends silence: a hole, which costs neither time nor space.
    pub fn silence(&mut self, frames: u64) -> Result<(), RecordError> {
        self.flush()?;
        let end = DATA_START + self.written + frames * self.spec.frame_bytes();
        self.reserve((end, end), AHEAD)?;
        self.pad(frames)
    }

    /// Silence behind which nothing is set aside.
    fn pad(&mut self, frames: u64) -> Result<(), RecordError> {
        let bytes = frames * self.spec.frame_bytes();
        self.set_len(DATA_START + self.written + bytes)?;
        self.written += bytes;
        self.crc.combine(&zeros(bytes));
        Ok(())
    }

    /// Sets so many more bytes aside for the end of the file, from the next write on.
    pub fn keep(&mut self, bytes: u64) {
        self.tail += bytes;
    }

    /// Sets space aside for what is written from byte `from` to byte `end`, for what has to follow it, and for `ahead` more if
    /// there is room.
    fn reserve(&mut self, (from, end): (u64, u64), ahead: u64) -> Result<(), RecordError> {
        let (from, need) = (from.max(self.reserved), end + self.tail);
        if need > self.reserved {
            let mut reserve = |to: u64| self.file.reserve(from, to - from).map(|()| to);
            let reserved = reserve(need + ahead).or_else(|_| reserve(need));
            self.reserved = reserved.at("set space aside in", &self.path)?;
        }
        Ok(())
    }

    /// Writes what is buffered. After an error it is still buffered.
    pub fn flush(&mut self) -> Result<(), RecordError> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let from = DATA_START + self.written;
        self.reserve((from, from + self.buffer.len() as u64), AHEAD)?;
        self.file.write_at(from, &self.buffer).at("write", &self.path)?;
        self.crc.update(&self.buffer);
        self.written += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }

    /// For [`sync_together`](super::durable::sync_together), after [`Part::flush`].
    pub fn syncing(&mut self) -> Syncing<'_> {
        (&self.path, &mut *self.file)
    }

    /// States the length of the sound in the header, which must be durable by now.
    ///
    /// The header never claims more than is durable; it becomes durable itself with the next sync. So a power cut costs
    /// what came after the last sync, at most one interval: a repair goes by the file's length, which the sync made durable
    /// together with the sound. A reader that sees the file unrepaired sees at most two intervals less.
    pub fn state_sizes(&mut self) -> Result<(), RecordError> {
        let sizes = self.sizes(0);
        self.write_at(0, &head(&self.spec, sizes, self.limit))?;
        self.write_at(DATA_START - 4, &sizes.data_field(self.limit))
    }

    /// Gives up what could not be written.
    pub fn give_up(&mut self) {
        self.buffer.clear();
    }

    /// Cuts off what a failed write may have left, and pads with silence up to `frames`. May be tried again.
    pub fn pad_to(&mut self, frames: u64) -> Result<(), RecordError> {
        self.cut()?;
        let missing = frames.saturating_sub(self.frames());
        if missing > 0 { self.pad(missing) } else { Ok(()) }
    }

    /// Length and checksum of the sound, everything written.
    pub fn sizes(&self, tail: u64) -> Sizes {
        Sizes { data: self.written, tail, crc: self.crc.clone().finalize() }
    }

    /// Cuts off what a failed write may have left beyond the sound.
    ///
    /// A file is closed by this, a sync, [`Part::write_header`], a sync, [`Part::write_tail`] and a sync: a power cut in
    /// between leaves either an open file or a closed one whose tail can be written again.
    pub fn cut(&mut self) -> Result<(), RecordError> {
        let end = DATA_START + self.written;
        if self.file.length().at("read", &self.path)? > end {
            self.set_len(end)?;
            // The cut gave back what was set aside. Where that cannot be had again, writing the tail says so.
            let _ = self.file.reserve(end, self.tail);
        }
        Ok(())
    }

    /// Replaces the header by one that may say that the file is closed.
    pub fn write_header(&mut self, header: &[u8]) -> Result<(), RecordError> {
        self.write_at(0, header)
    }

    /// Writes what follows the sound, and gives back what was set aside.
    pub fn write_tail(&mut self, tail: &[u8]) -> Result<(), RecordError> {
        let end = DATA_START + self.written;
        if !tail.is_empty() {
            self.write_at(end, tail)?;
        }
        self.reserved = 0;
        self.set_len(end + tail.len() as u64)
    }

    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> Result<(), RecordError> {
        self.file.write_at(offset, bytes).at("write", &self.path)
    }

    fn set_len(&mut self, bytes: u64) -> Result<(), RecordError> {
        self.file.set_len(bytes).at("write", &self.path)
    }
}

/// The checksum state of so many zero bytes, in as many steps as their number has bits.
fn zeros(bytes: u64) -> Hasher {
    let mut sum = Hasher::new();
    let mut power = Hasher::new();
    power.update(&[0]);
    let mut rest = bytes;
    while rest > 0 {
        if rest & 1 == 1 {
            sum.combine(&power);
        }
        rest >>= 1;
        if rest > 0 {
            power.combine(&power.clone());
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_are_summed_without_reading_them() {
        for bytes in [0usize, 1, 3, 1000, 65_537] {
            assert_eq!(zeros(bytes as u64).finalize(), crc32fast::hash(&vec![0; bytes]));
        }
    }
}
