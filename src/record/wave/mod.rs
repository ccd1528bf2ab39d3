//! Broadcast Wave, to the byte. Pure: no file is touched here.
//!
//! Runs on: writer, main.
//!
//! A file of ours always looks like this, so that a torn one can be put right from its length alone:
//!
//! | offset | chunk | |
//! |---|---|---|
//! | 0 | `RIFF` or `RF64` | |
//! | 12 | `JUNK` or `ds64`, 28 bytes | 64-bit sizes, kept up to date in both cases |
//! | 48 | `fmt `, `fact` (float) | |
//! | | `JUNK`, 16 bytes | checksum so far |
//! | | `bext`, `iXML` | padded up to the sound |
//! | 16,384 | sound | |
//! | after it | `cue `, `LIST` | markers and gaps |
pub mod any;
pub mod bext;
pub mod cue;
pub mod header;
pub mod ixml;
mod ixml_read;
pub mod pack;
pub mod parse;

use serde::{Deserialize, Serialize};

/// Highest rate that is believed of a file: more than any converter has.
pub const MAX_RATE: u32 = 768_000;
/// Where sound begins in every file: a multiple of every page and flash block that matters.
pub const DATA_START: u64 = 16_384;
/// The last size that `RIFF` can say; a longer file becomes `RF64`.
pub const RIFF_LIMIT: u64 = u32::MAX as u64;

/// How a sample is stored. Both are little-endian.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// 24-bit signed, as converters deliver.
    #[default]
    Pcm24,
    /// 32-bit float; 1.0 is full scale.
    Float32,
}

impl Format {
    /// Bytes of one sample: 3 or 4.
    pub const fn bytes(self) -> usize {
        match self {
            Self::Pcm24 => 3,
            Self::Float32 => 4,
        }
    }
}

/// What the sound in a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spec {
    /// How a sample is stored.
    pub format: Format,
    /// Channels, 1 or more.
    pub channels: u16,
    /// Frames per second.
    pub sample_rate: u32,
}

impl Spec {
    /// Bytes of one frame, at least 3.
    pub fn frame_bytes(&self) -> u64 {
        self.format.bytes() as u64 * u64::from(self.channels.max(1))
    }
}
