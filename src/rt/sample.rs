//! Integer sample formats of sound cards and their exact way to `f32` and back.
//!
//! An `f32` holds 25 bits of a signed integer exactly, so 24-bit samples survive unchanged, left-justified in 32 bits too.
use crate::CHUNK;
use crate::area::{CaptureArea, PlaybackArea};

/// How a card lays one sample out in memory. All are little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SampleFormat {
    /// 16-bit signed.
    S16,
    /// 24-bit signed in three bytes.
    S24_3,
    /// 32-bit signed; 24-bit converters use the upper three bytes.
    S32,
}

impl SampleFormat {
    /// Bytes of one sample: 2, 3 or 4.
    pub const fn bytes(self) -> usize {
        match self {
            Self::S16 => 2,
            Self::S24_3 => 3,
            Self::S32 => 4,
        }
    }
}

const SCALE_16: f32 = 32_768.0;
const SCALE_32: f32 = 2_147_483_648.0;

/// Reads frames `first` to `first + frames` of the channels in `map` (from 0), one into each buffer; full scale is 1.0.
///
/// Four neighbouring channels are read four frames at a time, which is a transposition that a vector unit does whole;
/// any others sample by sample. What the area lacks leaves its buffer as it was.
#[inline(always)]
pub fn decode(area: &CaptureArea<'_>, map: &[u8], first: usize, frames: usize, out: &mut [[f32; CHUNK]]) {
    let from = Frames { bytes: area.bytes, channels: area.channels, first, count: frames.min(CHUNK) };
    match area.format {
        SampleFormat::S16 => from.read(map, out, |raw| f32::from(i16::from_le_bytes(raw)) * (1.0 / SCALE_16)),
        SampleFormat::S24_3 => from.read(map, out, |[low, middle, high]| {
            i32::from_le_bytes([0, low, middle, high]) as f32 * (1.0 / SCALE_32)
        }),
        SampleFormat::S32 => from.read(map, out, |raw| i32::from_le_bytes(raw) as f32 * (1.0 / SCALE_32)),
    }
}

/// Writes frames of one channel from frame `first` on, rounded to nearest and limited to full scale; NaN is silence.
#[inline(always)]
pub fn encode(samples: &[f32], area: &mut PlaybackArea<'_>, channel: usize, first: usize) {
    let mut integers = [0; CHUNK];
    match area.format {
        SampleFormat::S16 => to_left_justified::<16>(samples, &mut integers),
        SampleFormat::S24_3 => to_left_justified::<24>(samples, &mut integers),
        SampleFormat::S32 => to_left_justified::<32>(samples, &mut integers),
    }
    if channel >= area.channels {
        return;
    }
    let integers = integers.iter().take(samples.len());
    let (channels, bytes) = (area.channels, &mut *area.bytes);
    match area.format {
        SampleFormat::S16 => {
            write(
                bytes,
                (channels, channel),
                first,
                integers.map(|value| ((value >> 16) as i16).to_le_bytes()),
            );
        }
        SampleFormat::S24_3 => {
            let raw = integers.map(|value| {
                let [_, low, middle, high] = value.to_le_bytes();
                [low, middle, high]
            });
            write(bytes, (channels, channel), first, raw);
        }
        SampleFormat::S32 => {
            write(bytes, (channels, channel), first, integers.map(|value| value.to_le_bytes()));
        }
    }
}

/// Writes one sample into each frame of `channels`, at `channel`, from frame `first` on.
#[inline(always)]
fn write<const B: usize>(
    bytes: &mut [u8],
    (channels, channel): (usize, usize),
    first: usize,
    samples: impl Iterator<Item = [u8; B]>,
) {
    let bytes = bytes.get_mut(first * channels * B..).unwrap_or(&mut []);
    match channels {
        2 => write_all::<B, 2>(bytes, channel, samples),
        6 => write_all::<B, 6>(bytes, channel, samples),
        8 => write_all::<B, 8>(bytes, channel, samples),
        _ => {
            for (frame, sample) in bytes.chunks_exact_mut((channels * B).max(1)).zip(samples) {
                if let Some(raw) = frame.as_chunks_mut::<B>().0.get_mut(channel) {
                    *raw = sample;
                }
            }
        }
    }
}

#[inline(always)]
fn write_all<const B: usize, const C: usize>(
    bytes: &mut [u8],
    channel: usize,
    samples: impl Iterator<Item = [u8; B]>,
) {
    let frames = bytes.as_chunks_mut::<B>().0.as_chunks_mut::<C>().0;
    for (frame, sample) in frames.iter_mut().zip(samples) {
        if let Some(raw) = frame.get_mut(channel) {
            *raw = sample;
        }
    }
}

/// The nearest integers of `BITS` bits, left-justified in 32.
///
/// Adding 1.5 * 2^52 leaves a rounded integer in the low bits of an `f64` (the "magic number" of Hecker, 1996). Unlike a
/// saturating cast, that stays in vector registers.
#[inline(always)]
fn to_left_justified<const BITS: u32>(samples: &[f32], integers: &mut [i32; CHUNK]) {
    const MAGIC: f64 = 6_755_399_441_055_744.0;
    let scale = f64::from(1_u32 << (BITS - 1));
    // The largest number that does not round to one too many.
    let most = if BITS == 32 { 1.0 - f32::EPSILON / 2.0 } else { 1.0 - 1.0 / scale as f32 };
    for (integer, sample) in integers.iter_mut().zip(samples) {
        let sample = if sample.is_nan() { 0.0 } else { *sample };
        let sample = if sample > most { most } else { sample };
        let sample = if sample < -1.0 { -1.0 } else { sample };
        *integer = ((f64::from(sample) * scale + MAGIC).to_bits() as u32 as i32) << (32 - BITS);
    }
}

/// Interleaved frames to be taken apart.
struct Frames<'a> {
    bytes: &'a [u8],
    channels: usize,
    first: usize,
    count: usize,
}

impl Frames<'_> {
    #[inline(always)]
    fn read<const B: usize>(
        &self,
        map: &[u8],
        out: &mut [[f32; CHUNK]],
        convert: impl Fn([u8; B]) -> f32 + Copy,
    ) {
        let count = map.len().min(out.len());
        let mut input = 0;
        while input < count {
            // The last three or fewer go with those before them, which are read twice.
            let quad = if count >= 4 { input.min(count - 4) } else { input };
            let neighbours = map.get(quad..quad + 4).and_then(first_of_neighbours);
            let buffers = out.get_mut(quad..).and_then(|out| out.first_chunk_mut::<4>());
            let fits = self.count.is_multiple_of(4);
            if let (Some(channel), Some(buffers), true) = (neighbours, buffers, fits) {
                self.read_four(channel, buffers, convert);
                input = quad + 4;
                continue;
            }
            if let (Some(channel), Some(buffer)) = (map.get(input), out.get_mut(input)) {
                self.read_one(usize::from(*channel), buffer, convert);
            }
            input += 1;
        }
    }

    #[inline(always)]
    fn read_one<const B: usize>(
        &self,
        channel: usize,
        out: &mut [f32; CHUNK],
        convert: impl Fn([u8; B]) -> f32,
    ) {
        if channel >= self.channels {
            return;
        }
        let samples = self.bytes.as_chunks::<B>().0.iter();
        let samples = samples.skip(self.first * self.channels + channel).step_by(self.channels);
        for (out, raw) in out.iter_mut().zip(samples.take(self.count)) {
            *out = convert(*raw);
        }
    }

    #[inline(always)]
    fn read_four<const B: usize>(
        &self,
        channel: usize,
        out: &mut [[f32; CHUNK]; 4],
        convert: impl Fn([u8; B]) -> f32,
    ) {
        let step = self.channels * B;
        let bytes = self.bytes.get(self.first * step..).unwrap_or(&[]);
        let [a, b, c, d] = out.each_mut().map(|out| out.as_chunks_mut::<4>().0.iter_mut());
        let groups = bytes.chunks_exact((step * 4).max(1)).take(self.count / 4);
        for ((((frames, a), b), c), d) in groups.zip(a).zip(b).zip(c).zip(d) {
            let rows = [0, 1, 2, 3].map(|frame| {
                let raw = frames.get(frame * step + channel * B..frame * step + (channel + 4) * B);
                let raw = raw.and_then(|raw| raw.as_chunks::<B>().0.first_chunk::<4>());
                raw.map_or([0.0; 4], |raw| raw.map(&convert))
            });
            let column = |at: usize| rows.map(|row| row.into_iter().nth(at).unwrap_or(0.0));
            (*a, *b, *c, *d) = (column(0), column(1), column(2), column(3));
        }
    }
}

/// The first of four channels that lie side by side.
fn first_of_neighbours(channels: &[u8]) -> Option<usize> {
    let first = channels.first().copied()?;
    channels.iter().zip(first..).all(|(channel, wanted)| *channel == wanted).then_some(usize::from(first))
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    const SCALE_24: f32 = 8_388_608.0;
    use proptest::prelude::*;
    use std::vec;

    fn round_trip(format: SampleFormat, bytes: &[u8], channels: usize) -> vec::Vec<u8> {
        let area = CaptureArea { bytes, format, channels };
        let mut back = vec![0xAA; bytes.len()];
        let mut samples = vec![[0.0; CHUNK]; channels];
        let map: vec::Vec<u8> = (0..channels as u8).collect();
        decode(&area, &map, 0, area.frames(), &mut samples);
        for (channel, samples) in samples.iter().enumerate() {
            let mut back = PlaybackArea { bytes: &mut back, format, channels };
            encode(samples.split_at(area.frames()).0, &mut back, channel, 0);
        }
        back
    }

    proptest! {
        #[test]
        fn any_16_and_24_bit_sample_comes_back(bytes in prop::collection::vec(any::<u8>(), 240), channels in 1..10_usize) {
            let whole = |size: usize| bytes.len() / (size * channels) * size * channels;
            for format in [SampleFormat::S16, SampleFormat::S24_3] {
                let bytes = bytes.split_at(whole(format.bytes())).0;
                prop_assert_eq!(&round_trip(format, bytes, channels), bytes);
            }
        }

        #[test]
        fn any_24_bit_sample_comes_back_from_32(values in prop::collection::vec(-8_388_608..8_388_608_i32, 48), channels in 1..8_usize) {
            let values = values.split_at(values.len() / channels * channels).0;
            let bytes: vec::Vec<u8> = values.iter().flat_map(|value| (value << 8).to_le_bytes()).collect();
            prop_assert_eq!(round_trip(SampleFormat::S32, &bytes, channels), bytes);
        }

        #[test]
        fn any_float_stays_in_range(bits in any::<u32>()) {
            for format in [SampleFormat::S16, SampleFormat::S24_3, SampleFormat::S32] {
                let mut bytes = vec![0; format.bytes()];
                encode(&[f32::from_bits(bits)], &mut PlaybackArea { bytes: &mut bytes, format, channels: 1 }, 0, 0);
                let mut back = [[9.0; CHUNK]];
                decode(&CaptureArea { bytes: &bytes, format, channels: 1 }, &[0], 0, 1, &mut back);
                let wanted = f32::from_bits(bits);
                let wanted = if wanted.is_nan() { 0.0 } else { wanted.clamp(-1.0, 1.0) };
                prop_assert!((back[0][0] - wanted).abs() <= 1.0 / SCALE_16, "{} became {}", wanted, back[0][0]);
            }
        }
    }

    #[test]
    fn a_map_picks_and_swaps_and_a_channel_that_is_not_there_is_left_alone() {
        let values = |frame: i32| [0, 1, 2, 3, 4, 5, 6, 7].map(|channel| (frame * 8 + channel) << 8);
        let bytes: vec::Vec<u8> = (0..12).flat_map(values).flat_map(i32::to_le_bytes).collect();
        let area = CaptureArea { bytes: &bytes, format: SampleFormat::S32, channels: 8 };
        let mut out = [[7.0; CHUNK]; 7];
        decode(&area, &[5, 4, 0, 1, 2, 3, 8], 4, 8, &mut out);
        for (buffer, channel) in out.iter().zip([5.0, 4.0, 0.0, 1.0, 2.0, 3.0]) {
            for (at, sample) in buffer[..8].iter().enumerate() {
                assert_eq!(sample * SCALE_24, (4.0 + at as f32) * 8.0 + channel);
            }
            assert_eq!(buffer[8], 7.0, "not asked for");
        }
        assert_eq!(out[6], [7.0; CHUNK]);
    }
}
