//! One open file of a take.
//!
//! Runs on: writer.
use super::storage::StorageFile;
use super::wave::header::{Sizes, head};
use super::wave::pack::Packer;
use super::wave::{DATA_START, Spec};
use crc32fast::Hasher;
use std::io;

/// Bytes that are written at once: a card takes few large writes better than many small ones.
const CHUNK: usize = 64 * 1024;

/// A file that sound is appended to.
pub struct Part {
    file: Box<dyn StorageFile>,
    spec: Spec,
    limit: u64,
    packer: Packer,
    /// Packed and not yet written; whole frames.
    buffer: Vec<u8>,
    /// Bytes of sound in the file.
    written: u64,
    crc: Hasher,
}

impl Part {
    /// Writes `header` (`DATA_START` bytes) to a new file and makes it durable.
    pub fn begin(mut file: Box<dyn StorageFile>, spec: Spec, header: &[u8], limit: u64) -> io::Result<Self> {
        file.write_at(0, header)?;
        file.sync_data()?;
        let packer = Packer::new(spec.format, usize::from(spec.channels));
        Ok(Self { file, spec, limit, packer, buffer: Vec::new(), written: 0, crc: Hasher::new() })
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
    pub fn write(&mut self, lanes: &[&[f32]]) -> io::Result<()> {
        self.packer.pack(lanes, &mut self.buffer);
        if self.buffer.len() >= CHUNK { self.flush() } else { Ok(()) }
    }

    /// Appends silence: a hole, which costs neither time nor space.
    pub fn silence(&mut self, frames: u64) -> io::Result<()> {
        self.flush()?;
        let bytes = frames * self.spec.frame_bytes();
        self.file.set_len(DATA_START + self.written + bytes)?;
        self.written += bytes;
        self.crc.combine(&zeros(bytes));
        Ok(())
    }

    /// Writes what is buffered. After an error it is still buffered.
    pub fn flush(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        self.file.write_at(DATA_START + self.written, &self.buffer)?;
        self.crc.update(&self.buffer);
        self.written += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }

    /// Makes all sound durable, then states its length in the header.
    ///
    /// The header never claims more than is durable; it becomes durable itself with the next sync. So a power cut costs
    /// what came after the last sync, at most one interval: a repair goes by the file's length, which the sync made durable
    /// together with the sound. A reader that sees the file unrepaired sees at most two intervals less.
    pub fn sync(&mut self) -> io::Result<()> {
        self.flush()?;
        self.file.sync_data()?;
        self.state_sizes(self.sizes(0))
    }

    /// Gives up what could not be written, and pads with silence up to `frames`. Returns the frames that are sound.
    pub fn give_up(&mut self, frames: u64) -> io::Result<u64> {
        self.buffer.clear();
        let sound = self.frames();
        // A failed write may have left bytes that are not silence.
        self.file.set_len(DATA_START + self.written)?;
        if frames > sound {
            self.silence(frames - sound)?;
        }
        Ok(sound)
    }

    /// Length and checksum of the sound, everything written.
    pub fn sizes(&self, tail: u64) -> Sizes {
        Sizes { data: self.written, tail, crc: self.crc.clone().finalize() }
    }

    /// Closes the file with a new `header` and a `tail`. In this order, so that a power cut in between leaves either an open
    /// file or a closed one whose tail can be written again.
    pub fn finish(&mut self, header: &[u8], tail: &[u8]) -> io::Result<()> {
        let end = DATA_START + self.written;
        // A failed write may have left bytes beyond the sound.
        self.file.set_len(end)?;
        self.file.sync_data()?;
        self.file.write_at(0, header)?;
        self.file.sync_data()?;
        if !tail.is_empty() {
            self.file.write_at(end, tail)?;
            self.file.sync_data()?;
        }
        Ok(())
    }

    fn state_sizes(&mut self, sizes: Sizes) -> io::Result<()> {
        self.file.write_at(0, &head(&self.spec, sizes, self.limit))?;
        self.file.write_at(DATA_START - 4, &sizes.data_field(self.limit))
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
