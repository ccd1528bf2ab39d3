//! From a file of any kind to samples: WAV, AIFF, FLAC, MP3 and Ogg Vorbis, told by their content.
//!
//! What a file says of itself is not believed: memory grows with what was decoded, up to a limit, and the work is bounded by
//! the file's size. What is cut off or damaged plays as far as it goes, with a note that says so.
//!
//! Runs on: player.
mod collect;
pub mod file;
mod ogg;
mod packets;
mod reader;

use super::sound::Sound;
use collect::Collect;
use packets::{Packets, Trim};
use reader::Bounded;
use std::io::{self, Read, Seek};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Frames a second that a clip may have.
pub const RATES: std::ops::RangeInclusive<u32> = 8_000..=192_000;

/// A decoded file.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoded {
    /// What it sounds like.
    pub sound: Sound,
    /// What is not as it should be: where it is cut off, say.
    pub note: Option<String>,
}

/// Why a file gives no sound; reads on from the file's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// It has no bytes.
    #[error("is empty (0 bytes)")]
    Empty,
    /// It is something else.
    #[error("is no WAV, AIFF, FLAC, MP3 or Ogg Vorbis file that can be read ({0})")]
    Unknown(String),
    /// It has too many channels.
    #[error("has {0} channels; must have 1 or 2")]
    Channels(usize),
    /// It is too slow or too fast.
    #[error("has {0} frames a second; must have {low}..{high} Hz", low = RATES.start(), high = RATES.end())]
    Rate(u32),
    /// It is too long.
    #[error("is longer than the {0} bytes of samples that are left for it")]
    TooLong(usize),
    /// There is nothing in it, or nothing that can be decoded.
    #[error("has no sound ({0})")]
    NoSound(String),
    /// The decoder has a fault of its own.
    #[error("cannot be decoded: the decoder failed on it")]
    Decoder,
    /// The medium failed.
    #[error("cannot be read: {0}")]
    Read(String),
    /// Nobody wants it any more.
    #[error("was not read to its end")]
    Cancelled,
}

/// Decodes a whole file into at most `most` bytes of samples. `goes_on` is asked between packets.
///
/// MP3 loses the delay and padding that its LAME header names (its encoder's delay and 529 frames of the decoder's own), Ogg
/// Vorbis those of its granule positions; an MP3 without such a header keeps all of its frames. One channel stays one channel.
///
/// # Errors
/// See [`DecodeError`].
pub fn decode<S>(source: S, most: usize, goes_on: &dyn Fn() -> bool) -> Result<Decoded, DecodeError>
where
    S: Read + Seek + Send + Sync,
{
    // The decoder has been known to panic on files made for that (its issues 112, 299, 439, 485), each mended since; the
    // player has to outlive the next one. Nothing that it leaves behind is used afterwards.
    catch_unwind(AssertUnwindSafe(|| decode_all(source, most, goes_on))).unwrap_or(Err(DecodeError::Decoder))
}

fn decode_all<S>(mut source: S, most: usize, goes_on: &dyn Fn() -> bool) -> Result<Decoded, DecodeError>
where
    S: Read + Seek + Send + Sync,
{
    let read = |error: io::Error| DecodeError::Read(error.to_string());
    let length = source.seek(io::SeekFrom::End(0)).map_err(read)?;
    if length == 0 {
        return Err(DecodeError::Empty);
    }
    let ends = ogg::ends(&mut source, length).map_err(read)?;
    let mut work = Work { length, ends, most, goes_on, trim: Trim::AsNamed, seeks: true };
    let mut first = work.collect(&mut source);
    // An AIFF that is cut off is opened only where nothing behind its sound is looked for.
    if let Err(DecodeError::Unknown(_)) = first {
        work.seeks = false;
        first = work.collect(&mut source).or(first);
    }
    let mut collect = first?;
    // Old Ogg files have pages without a granule position, and a header can lie: all of a packet would be padding then.
    if collect.trimmed() > MOST_TRIMMED {
        work.trim = Trim::Start;
        collect = work.collect(&mut source)?;
    }
    collect.finish()
}

/// Encoders' delay and padding are shorter, in frames: Vorbis has 8,192 at each end, LAME 4,095 and a packet.
const MOST_TRIMMED: u64 = 1 << 15;

/// What there is to do with a file.
struct Work<'a> {
    length: u64,
    ends: ogg::Ends,
    most: usize,
    goes_on: &'a dyn Fn() -> bool,
    trim: Trim,
    /// The decoder may look for things at the file's end.
    seeks: bool,
}

impl Work<'_> {
    fn collect<S>(&self, source: &mut S) -> Result<Collect, DecodeError>
    where
        S: Read + Seek + Send + Sync,
    {
        source.rewind().map_err(|error| DecodeError::Read(error.to_string()))?;
        let source = Bounded::new(source, self.length, self.seeks);
        let mut packets = Packets::open(source, self.trim, self.ends)?;
        let mut collect = Collect::new(self.most, packets.expected());
        collect.reserve(packets.channels(), self.length);
        // A file has not more packets than bytes.
        for _ in 0..self.length {
            if !(self.goes_on)() {
                return Err(DecodeError::Cancelled);
            }
            if !packets.next(&mut collect)? {
                break;
            }
        }
        Ok(collect)
    }
}

#[cfg(test)]
mod tests;
