//! Integer sample formats of sound cards and their exact way to `f32` and back.
//!
//! An `f32` holds 25 bits of a signed integer exactly, so 24-bit samples survive unchanged, left-justified in 32 bits too.
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
const SCALE_24: f32 = 8_388_608.0;
const SCALE_32: f32 = 2_147_483_648.0;

/// Reads `out.len()` frames of one channel from frame `first` on; full scale is 1.0. What the area lacks stays as it was.
pub fn decode(area: &CaptureArea<'_>, channel: usize, first: usize, out: &mut [f32]) {
    let (bytes, from) = (area.bytes, Stride::new(area.format, area.channels, channel, first));
    match area.format {
        SampleFormat::S16 => from.read(bytes, out, |sample| f32::from(i16::from_le_bytes(sample)) / SCALE_16),
        SampleFormat::S24_3 => from.read(bytes, out, |[low, middle, high]| {
            i32::from_le_bytes([0, low, middle, high]) as f32 * (1.0 / SCALE_32)
        }),
        SampleFormat::S32 => {
            from.read(bytes, out, |sample| i32::from_le_bytes(sample) as f32 * (1.0 / SCALE_32));
        }
    }
}

/// Writes frames of one channel from frame `first` on, rounded to nearest and limited to full scale; NaN is silence.
pub fn encode(samples: &[f32], area: &mut PlaybackArea<'_>, channel: usize, first: usize) {
    let to = Stride::new(area.format, area.channels, channel, first);
    match area.format {
        SampleFormat::S16 => {
            to.write(samples, area.bytes, |sample| (round(sample * SCALE_16) as i16).to_le_bytes());
        }
        SampleFormat::S24_3 => to.write(samples, area.bytes, |sample| {
            let limited = round(sample * SCALE_24).clamp(-SCALE_24, SCALE_24 - 1.0) as i32;
            let [low, middle, high, _] = limited.to_le_bytes();
            [low, middle, high]
        }),
        SampleFormat::S32 => {
            to.write(samples, area.bytes, |sample| ((sample * SCALE_32) as i32).to_le_bytes());
        }
    }
}

/// Half away from zero; the cast that follows cuts the rest off.
fn round(value: f32) -> f32 {
    value + 0.5_f32.copysign(value)
}

/// Where one channel's samples lie in interleaved bytes.
struct Stride {
    start: usize,
    step: usize,
}

impl Stride {
    fn new(format: SampleFormat, channels: usize, channel: usize, first: usize) -> Self {
        let step = channels.max(1) * format.bytes();
        // A channel that is not there starts past the end of everything.
        let start = if channel < channels { first * step + channel * format.bytes() } else { usize::MAX };
        Self { start, step }
    }

    fn read<const B: usize>(&self, bytes: &[u8], out: &mut [f32], convert: impl Fn([u8; B]) -> f32) {
        let bytes = bytes.get(self.start..).unwrap_or(&[]);
        for (sample, frame) in out.iter_mut().zip(bytes.chunks(self.step)) {
            if let Some(raw) = frame.first_chunk() {
                *sample = convert(*raw);
            }
        }
    }

    fn write<const B: usize>(&self, samples: &[f32], bytes: &mut [u8], convert: impl Fn(f32) -> [u8; B]) {
        let bytes = bytes.get_mut(self.start..).unwrap_or(&mut []);
        for (sample, frame) in samples.iter().zip(bytes.chunks_mut(self.step)) {
            if let Some(raw) = frame.first_chunk_mut() {
                *raw = convert(*sample);
            }
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::vec;

    fn round_trip(format: SampleFormat, bytes: &[u8], channels: usize) -> vec::Vec<u8> {
        let area = CaptureArea { bytes, format, channels };
        let mut back = vec![0xAA; bytes.len()];
        for channel in 0..channels {
            let mut samples = vec![0.0; area.frames()];
            decode(&area, channel, 0, &mut samples);
            encode(&samples, &mut PlaybackArea { bytes: &mut back, format, channels }, channel, 0);
        }
        back
    }

    proptest! {
        #[test]
        fn any_16_and_24_bit_sample_comes_back(bytes in prop::collection::vec(any::<u8>(), 6 * 5), channels in 1..5_usize) {
            let whole = |size: usize| bytes.len() / (size * channels) * size * channels;
            for format in [SampleFormat::S16, SampleFormat::S24_3] {
                let bytes = &bytes[..whole(format.bytes())];
                prop_assert_eq!(&round_trip(format, bytes, channels), bytes);
            }
        }

        #[test]
        fn any_24_bit_sample_comes_back_from_32(values in prop::collection::vec(-8_388_608..8_388_608_i32, 6)) {
            let bytes: vec::Vec<u8> = values.iter().flat_map(|value| (value << 8).to_le_bytes()).collect();
            prop_assert_eq!(round_trip(SampleFormat::S32, &bytes, 2), bytes);
        }

        #[test]
        fn any_float_stays_in_range(bits in any::<u32>()) {
            for format in [SampleFormat::S16, SampleFormat::S24_3, SampleFormat::S32] {
                let mut bytes = vec![0; format.bytes()];
                encode(&[f32::from_bits(bits)], &mut PlaybackArea { bytes: &mut bytes, format, channels: 1 }, 0, 0);
                let mut back = [9.0];
                decode(&CaptureArea { bytes: &bytes, format, channels: 1 }, 0, 0, &mut back);
                let wanted = f32::from_bits(bits);
                let wanted = if wanted.is_nan() { 0.0 } else { wanted.clamp(-1.0, 1.0) };
                prop_assert!((back[0] - wanted).abs() <= 1.0 / SCALE_16, "{} became {}", wanted, back[0]);
            }
        }
    }

    #[test]
    fn a_channel_that_is_not_there_is_left_alone() {
        let mut out = [7.0];
        decode(&CaptureArea { bytes: &[0; 8], format: SampleFormat::S32, channels: 2 }, 2, 0, &mut out);
        assert_eq!(out, [7.0]);
    }
}
