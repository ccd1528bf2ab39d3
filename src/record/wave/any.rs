//! What sound a wave file of any maker has: RIFF, RF64 (EBU Tech 3306) or BW64 (ITU-R BS.2088), its chunks in any order. Walked from
//! chunk to chunk, so that neither length nor order matters; nothing is allocated by a size that was read.
//!
//! Runs on: soundcheck.
use super::super::storage::StorageFile;
use super::bext::Bext;
use super::ixml_read;

/// Most channels of a file: as many as there are strips.
pub const MOST_CHANNELS: u16 = vestry_rt::MAX_INPUTS as u16;
/// Rates that are played, in Hz.
pub const RATES: std::ops::RangeInclusive<u32> = 8_000..=192_000;
/// More chunks than any recorder writes.
const MOST_CHUNKS: usize = 4_096;
/// Longest text of iXML that is read, in bytes.
const LONGEST: u64 = 1 << 20;

/// How samples lie in a file: little-endian, channel by channel, frame by frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coding {
    /// Bytes of a sample: 2, 3 or 4.
    pub bytes: u16,
    /// Whether it is a float; 1.0 is full scale.
    pub float: bool,
}

/// The sound of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnySound {
    /// How samples lie.
    pub coding: Coding,
    /// 1..=[`MOST_CHANNELS`].
    pub channels: u16,
    /// Frames a second, in [`RATES`].
    pub sample_rate: u32,
    /// The byte with which sound begins.
    pub start: u64,
    /// Whole frames that are there.
    pub frames: u64,
    /// Frames that the header claims beyond those.
    pub missing: u64,
    /// Frames from midnight to the first one, where `bext` tells.
    pub time_reference: Option<u64>,
    /// Names of channels by iXML, from the first on; empty where it tells none.
    pub names: Vec<String>,
}

/// Why a file has no sound that can be played; reads on from its name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnyFault {
    /// The medium failed.
    #[error("cannot be read: {0}")]
    Read(String),
    /// It has no bytes.
    #[error("is empty (0 bytes)")]
    Empty,
    /// It does not begin as wave files do.
    #[error("is no wave file: it must begin with RIFF, RF64 or BW64, and WAVE")]
    NotWave,
    /// It ends before its sound, or has none.
    #[error("has no sound: its {0} chunk is missing or cut off")]
    Missing(&'static str),
    /// Samples of another kind.
    #[error(
        "has samples of format {tag} with {bits} bits; must be 16, 24 or 32-bit integers or 32-bit floats"
    )]
    Coding {
        /// As in `fmt `: 1 is PCM, 3 float.
        tag: u16,
        /// As in `fmt `.
        bits: u16,
    },
    /// None, or too many.
    #[error("has {0} channels; must have 1..{MOST_CHANNELS}")]
    Channels(u16),
    /// Out of range.
    #[error("has {0} frames a second; must have {min}..{max}", min = RATES.start(), max = RATES.end())]
    Rate(u32),
}

/// What was found on the way.
#[derive(Default)]
struct Found {
    large: bool,
    data64: Option<u64>,
    format: Option<[u8; 40]>,
    /// Start and claimed length.
    data: Option<(u64, u64)>,
    time_reference: Option<u64>,
    names: Vec<String>,
}

/// Reads what a file says of its sound.
///
/// # Errors
/// There is none that can be played.
pub fn read(file: &dyn StorageFile) -> Result<AnySound, AnyFault> {
    let length = file.length().map_err(fault)?;
    if length == 0 {
        return Err(AnyFault::Empty);
    }
    let head = bytes::<12>(file, 0)?.ok_or(AnyFault::NotWave)?;
    let (form, kind) = (head.first_chunk::<4>(), head.last_chunk::<4>());
    if !matches!(form, Some(b"RIFF" | b"RF64" | b"BW64")) || kind != Some(b"WAVE") {
        return Err(AnyFault::NotWave);
    }
    let mut found = Found { large: form != Some(b"RIFF"), ..Found::default() };
    walk(file, length, &mut found)?;
    found.sound(length)
}

/// From chunk to chunk, to the end or to what is none.
fn walk(file: &dyn StorageFile, length: u64, found: &mut Found) -> Result<(), AnyFault> {
    let mut at = 12_u64;
    for _ in 0..MOST_CHUNKS {
        let Some(header) = bytes::<8>(file, at)? else { break };
        let [i, d, e, n, size @ ..] = header;
        let (id, start) = ([i, d, e, n], at + 8);
        let mut size = u64::from(u32::from_le_bytes(size));
        if &id == b"data" && found.data.is_none() {
            size = data_size(file, (start, size, length), found)?;
            found.data = Some((start, size));
        } else {
            found.take(file, &id, (start, size))?;
        }
        let next = size.checked_add(size % 2).and_then(|size| start.checked_add(size));
        match next.filter(|next| *next < length) {
            Some(next) => at = next,
            None => break,
        }
    }
    Ok(())
}

/// How long the sound is by its header. One that is said to have no length, or one of all ones without a `ds64`, was never closed: it
/// goes to the end of the file.
fn data_size(
    file: &dyn StorageFile,
    (start, size, length): (u64, u64, u64),
    found: &Found,
) -> Result<u64, AnyFault> {
    let all_ones = size == u64::from(u32::MAX);
    if let (true, true, Some(long)) = (found.large, all_ones, found.data64) {
        return Ok(long);
    }
    let rest = length.saturating_sub(start);
    // An empty chunk of sound with others after it is what it says.
    let closed = match bytes::<4>(file, start)? {
        Some(id) => size > 0 || matches!(&id, b"LIST" | b"bext" | b"iXML" | b"cue " | b"id3 " | b"_PMX"),
        None => true,
    };
    Ok(if closed && !all_ones { size } else { rest })
}

impl Found {
    fn take(
        &mut self,
        file: &dyn StorageFile,
        id: &[u8; 4],
        (start, size): (u64, u64),
    ) -> Result<(), AnyFault> {
        match id {
            b"ds64" if size >= 24 => {
                self.data64 = bytes::<8>(file, start + 8)?.map(u64::from_le_bytes);
            }
            b"fmt " if size >= 16 && self.format.is_none() => {
                let mut format = [0; 40];
                let most = usize::try_from(size).unwrap_or(40).min(40);
                let read = file.read_at(start, format.get_mut(..most).unwrap_or(&mut [])).map_err(fault)?;
                self.format = (read >= 16).then_some(format);
            }
            b"bext" => {
                let content = bytes::<602>(file, start)?.filter(|_| size >= 602);
                let bext = content.and_then(|content| Bext::parse(&content));
                self.time_reference = bext.map(|bext| bext.time_reference);
            }
            b"iXML" if size <= LONGEST => {
                let mut text = vec![0; size as usize];
                let read = file.read_at(start, &mut text).map_err(fault)?;
                text.truncate(read);
                self.names = ixml_read::names(&String::from_utf8_lossy(&text), MOST_CHANNELS.into());
            }
            _ => {}
        }
        Ok(())
    }

    fn sound(self, length: u64) -> Result<AnySound, AnyFault> {
        let format = self.format.ok_or(AnyFault::Missing("fmt"))?;
        let half = |at: usize| match format.get(at..at + 2) {
            Some([low, high]) => u16::from_le_bytes([*low, *high]),
            _ => 0,
        };
        let (channels, sample_rate) = (half(2), u32::from(half(4)) | u32::from(half(6)) << 16);
        if !(1..=MOST_CHANNELS).contains(&channels) {
            return Err(AnyFault::Channels(channels));
        }
        // WAVE_FORMAT_EXTENSIBLE: the kind of samples begins a GUID.
        let tag = if half(0) == 0xFFFE { half(24) } else { half(0) };
        let coding = Coding { bytes: half(12) / channels, float: tag == 3 };
        let known = matches!((tag, coding.bytes), (1, 2..=4) | (3, 4));
        // Bits that are not whole bytes lie at the upper end of them.
        let whole = half(12).is_multiple_of(channels) && half(14).div_ceil(8) == coding.bytes;
        if !known || !whole {
            return Err(AnyFault::Coding { tag, bits: half(14) });
        }
        if !RATES.contains(&sample_rate) {
            return Err(AnyFault::Rate(sample_rate));
        }
        let (start, claimed) = self.data.ok_or(AnyFault::Missing("data"))?;
        let frame = u64::from(half(12));
        let frames = claimed.min(length.saturating_sub(start)) / frame;
        let missing = (claimed / frame).saturating_sub(frames);
        let Self { time_reference, names, .. } = self;
        Ok(AnySound { coding, channels, sample_rate, start, frames, missing, time_reference, names })
    }
}

/// So many bytes; none where the file has less.
fn bytes<const N: usize>(file: &dyn StorageFile, at: u64) -> Result<Option<[u8; N]>, AnyFault> {
    let mut bytes = [0; N];
    let read = file.read_at(at, &mut bytes).map_err(fault)?;
    Ok((read == N).then_some(bytes))
}

fn fault(error: std::io::Error) -> AnyFault {
    AnyFault::Read(error.to_string())
}

#[cfg(test)]
#[path = "any_tests.rs"]
mod tests;
