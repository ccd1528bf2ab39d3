//! Everything before the sound.
//!
//! Runs on: writer.
use super::{DATA_START, Format, Spec, bext::Bext};

/// Length of the fixed beginning that a sync rewrites. It fits the first sector, so that it is never torn.
pub const HEAD_MAX: usize = 160;

/// How long things are. The beginning of a file states all of it, so a repair needs nothing else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sizes {
    /// Bytes of sound.
    pub data: u64,
    /// Bytes after the sound, padding included. Not 0 only in a file that is being closed or is closed: then `data`
    /// is final, whatever the file's length says.
    pub tail: u64,
    /// CRC-32 of the `data` bytes.
    pub crc: u32,
}

impl Sizes {
    /// What `RIFF` has to say: everything but its first 8 bytes.
    pub fn riff(&self) -> u64 {
        DATA_START + self.data + self.tail - 8
    }

    /// What the 32-bit size of the data chunk says: all ones where `ds64` has the true one.
    pub fn data_field(&self, limit: u64) -> [u8; 4] {
        let size = if self.riff() > limit { u32::MAX } else { narrow(self.data) };
        size.to_le_bytes()
    }
}

/// The first chunks, from `RIFF` to the checksum: at most `HEAD_MAX` bytes, always as many for the same `spec`.
///
/// A file whose `RIFF` size would be over `limit` is an `RF64` one.
pub fn head(spec: &Spec, sizes: Sizes, limit: u64) -> Vec<u8> {
    let large = sizes.riff() > limit;
    let mut out = Vec::with_capacity(HEAD_MAX);
    out.extend(if large { b"RF64" } else { b"RIFF" });
    out.extend(if large { u32::MAX } else { narrow(sizes.riff()) }.to_le_bytes());
    out.extend(b"WAVE");
    out.extend(if large { b"ds64" } else { b"JUNK" });
    out.extend(28u32.to_le_bytes());
    // Written in a JUNK too, where no reader looks: one sector then tells a repair the whole truth.
    for size in [sizes.riff(), sizes.data, sizes.data / spec.frame_bytes()] {
        out.extend(size.to_le_bytes());
    }
    out.extend(0u32.to_le_bytes());
    format_chunk(spec, &mut out);
    if spec.format == Format::Float32 || extensible(spec) {
        out.extend(b"fact\x04\0\0\0");
        let frames = sizes.data / spec.frame_bytes();
        out.extend(if large { u32::MAX } else { narrow(frames) }.to_le_bytes());
    }
    checksum_chunk(sizes, &mut out);
    out
}

/// The whole of the `DATA_START` bytes before the sound. `ixml` is cut to nothing where it does not fit.
pub fn whole(spec: &Spec, bext: &Bext, ixml: &str, sizes: Sizes, limit: u64) -> Vec<u8> {
    let mut out = head(spec, sizes, limit);
    bext.chunk(&mut out);
    let room = ixml_room(out.len());
    out.extend(b"iXML");
    out.extend((room as u32).to_le_bytes());
    let text = if ixml.len() <= room { ixml } else { "" };
    out.extend(text.as_bytes());
    out.resize(DATA_START as usize - 8, b' ');
    out.extend(b"data");
    out.extend(sizes.data_field(limit));
    out
}

/// Bytes that iXML text may take when `before` bytes stand before its chunk.
pub fn ixml_room(before: usize) -> usize {
    (DATA_START as usize).saturating_sub(before + 8 + 8)
}

/// Only 24-bit files of more than two channels: for float the plain tag says it all, and sox stumbles over the other.
fn extensible(spec: &Spec) -> bool {
    spec.channels > 2 && spec.format == Format::Pcm24
}

fn format_chunk(spec: &Spec, out: &mut Vec<u8>) {
    let (tag, bits) = match spec.format {
        Format::Pcm24 => (1u16, 24u16),
        Format::Float32 => (3, 32),
    };
    let extensible = extensible(spec);
    let size: u32 = if extensible { 40 } else { 16 + if tag == 3 { 2 } else { 0 } };
    let frame = spec.frame_bytes() as u32;
    out.extend(b"fmt ");
    out.extend(size.to_le_bytes());
    out.extend(if extensible { 0xFFFEu16 } else { tag }.to_le_bytes());
    out.extend(spec.channels.to_le_bytes());
    out.extend(spec.sample_rate.to_le_bytes());
    out.extend(spec.sample_rate.saturating_mul(frame).to_le_bytes());
    out.extend((frame as u16).to_le_bytes());
    out.extend(bits.to_le_bytes());
    if extensible {
        out.extend(22u16.to_le_bytes());
        out.extend(bits.to_le_bytes());
        // A mask of 0: these are tracks, not loudspeakers.
        out.extend(0u32.to_le_bytes());
        out.extend(tag.to_le_bytes());
        out.extend(b"\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71");
    } else if tag == 3 {
        out.extend(0u16.to_le_bytes());
    }
}

/// Marks the checksum chunk among other `JUNK`.
pub const CHECKSUM_MARK: &[u8; 4] = b"vcrc";

/// The checksum of the sound so far, so that a repair has to read only what came after it, not hours of sound.
fn checksum_chunk(sizes: Sizes, out: &mut Vec<u8>) {
    out.extend(b"JUNK\x10\0\0\0");
    out.extend(CHECKSUM_MARK);
    out.extend(sizes.crc.to_le_bytes());
    out.extend(sizes.data.to_le_bytes());
}

fn narrow(size: u64) -> u32 {
    u32::try_from(size).unwrap_or(u32::MAX)
}
