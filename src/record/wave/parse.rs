//! Reads what is left of a wave file. Never panics, never allocates by a size it read.
//!
//! Runs on: writer (repair), main (verify).
use super::{Format, Spec, bext::Bext, header::CHECKSUM_MARK};

/// What the beginning of a file says, as far as it can be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Info {
    /// Whether it begins with `RF64` instead of `RIFF`.
    pub large: bool,
    /// Length from the first byte, as `RIFF` or `ds64` has it.
    pub riff_end: u64,
    /// What the sound is; none where `fmt ` is missing, torn or not one of ours.
    pub spec: Option<Spec>,
    /// Where sound begins and how many bytes the header claims; none where no `data` was reached.
    pub data: Option<(u64, u64)>,
    /// The Broadcast extension.
    pub bext: Option<Bext>,
    /// Range of the iXML text in the file.
    pub ixml: Option<(u64, u64)>,
    /// The 64-bit sizes right after `RIFF`: whole file less 8, sound.
    pub sizes64: Option<(u64, u64)>,
    /// CRC-32 so far and the bytes of sound that it covers.
    pub checksum: Option<(u32, u64)>,
}

/// A chunk's place in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Its four letters.
    pub id: [u8; 4],
    /// Where its content begins.
    pub start: u64,
    /// Length of its content.
    pub size: u64,
}

/// Walks the chunks in `bytes`, the first of which stands at `offset` of the file. Ends at what is not a whole chunk
/// header.
pub fn chunks(bytes: &[u8], offset: u64) -> impl Iterator<Item = Chunk> {
    let mut at = 0u64;
    std::iter::from_fn(move || {
        let here = bytes.get(usize::try_from(at).ok()?..)?;
        let (id, rest) = here.split_first_chunk::<4>()?;
        let size = u64::from(u32::from_le_bytes(*rest.first_chunk::<4>()?));
        let chunk = Chunk { id: *id, start: offset.checked_add(at)?.checked_add(8)?, size };
        at = at.checked_add(8)?.checked_add(size + size % 2)?;
        Some(chunk)
    })
}

/// Reads the beginning of a file (as much of it as is at hand; 16 KiB hold all of ours). None where it is no wave file.
pub fn parse(prefix: &[u8]) -> Option<Info> {
    let large = match prefix.get(..4)? {
        b"RIFF" => false,
        b"RF64" => true,
        _ => return None,
    };
    if prefix.get(8..12)? != b"WAVE" {
        return None;
    }
    let riff = u64::from(word(prefix, 4)?);
    let mut info = Info { large, riff_end: riff.saturating_add(8), ..Info::default() };
    for chunk in chunks(prefix.get(12..)?, 12) {
        if chunk.id == *b"data" {
            let long = info.sizes64.filter(|_| large && chunk.size == u64::from(u32::MAX));
            info.data = Some((chunk.start, long.map_or(chunk.size, |(_, data)| data)));
            break;
        }
        info.take(prefix, chunk);
    }
    Some(info)
}

impl Info {
    fn take(&mut self, prefix: &[u8], chunk: Chunk) {
        let Some(content) = content(prefix, chunk) else { return };
        match &chunk.id {
            b"ds64" | b"JUNK" if chunk.start == 20 => {
                self.sizes64 = long(content, 0).zip(long(content, 8));
                if let (true, Some((riff, _))) = (self.large, self.sizes64) {
                    self.riff_end = riff.saturating_add(8);
                }
            }
            b"JUNK" if content.starts_with(CHECKSUM_MARK) => {
                self.checksum = word(content, 4).zip(long(content, 8));
            }
            b"fmt " => self.spec = format(content),
            b"bext" => self.bext = Bext::parse(content),
            b"iXML" => self.ixml = Some((chunk.start, chunk.size)),
            _ => {}
        }
    }
}

/// The content of a chunk, if all of it is at hand.
fn content(prefix: &[u8], chunk: Chunk) -> Option<&[u8]> {
    let start = usize::try_from(chunk.start).ok()?;
    prefix.get(start..start.checked_add(usize::try_from(chunk.size).ok()?)?)
}

fn format(content: &[u8]) -> Option<Spec> {
    let half = |at: usize| Some(u16::from_le_bytes(content.get(at..at + 2)?.try_into().ok()?));
    let tag = match half(0)? {
        0xFFFE => half(24)?,
        tag => tag,
    };
    let format = match (tag, half(14)?) {
        (1, 24) => Format::Pcm24,
        (3, 32) => Format::Float32,
        _ => return None,
    };
    let spec = Spec { format, channels: half(2)?, sample_rate: word(content, 4)? };
    let sound = spec.channels > 0 && spec.sample_rate > 0 && u64::from(half(12)?) == spec.frame_bytes();
    sound.then_some(spec)
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn long(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::super::header::{Sizes, whole};
    use super::super::{DATA_START, RIFF_LIMIT};
    use super::*;
    use proptest::prelude::*;

    fn file(spec: &Spec, sizes: Sizes, limit: u64) -> Vec<u8> {
        whole(spec, &Bext::default(), "<BWFXML/>", sizes, limit)
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(channels in 1u16..40, float: bool, frames in 0u64..1 << 40, tail in 0u64..500, crc: u32) {
            let format = if float { Format::Float32 } else { Format::Pcm24 };
            let spec = Spec { format, channels, sample_rate: 48_000 };
            let sizes = Sizes { data: frames * spec.frame_bytes(), tail, crc };
            let bytes = file(&spec, sizes, RIFF_LIMIT);
            let info = parse(&bytes).unwrap();
            prop_assert_eq!(bytes.len() as u64, DATA_START);
            prop_assert_eq!(info.spec, Some(spec));
            prop_assert_eq!(info.data, Some((DATA_START, sizes.data)));
            prop_assert_eq!(info.riff_end, DATA_START + sizes.data + tail);
            prop_assert_eq!(info.large, info.riff_end - 8 > RIFF_LIMIT);
            prop_assert_eq!(info.checksum, Some((crc, sizes.data)));
            prop_assert!(info.bext.is_some() && info.ixml.is_some());
        }

        #[test]
        fn no_bytes_make_it_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..600), valid: bool) {
            if valid {
                let head = file(&Spec { format: Format::Pcm24, channels: 3, sample_rate: 1 }, Sizes::default(), 9);
                bytes.iter_mut().zip(head).for_each(|(byte, head)| if *byte < 250 { *byte = head });
            }
            let _ = parse(&bytes);
            prop_assert!(chunks(&bytes, u64::MAX - 3).count() <= bytes.len());
        }
    }
}
