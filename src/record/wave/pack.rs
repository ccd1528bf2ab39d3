//! Samples to bytes: the writer's only inner loop.
//!
//! Runs on: writer.
//!
//! A cast from float to integer with its saturation and NaN rule, three one-byte stores a sample: that is what the
//! plain loop costs. Here the conversion is integer arithmetic on a tile, which the compiler turns into vector code, and
//! four samples leave as three words.
use super::Format;

/// Frames converted at a time: a tile of 34 channels stays in the first-level cache.
const TILE: usize = 128;
const FULL_SCALE: f32 = 8_388_608.0;

/// Packs lanes of one file. Holds one tile, so that packing allocates only to make `out` longer.
pub struct Packer {
    format: Format,
    tile: Vec<u32>,
}

impl Packer {
    /// A packer for files of `channels` channels in `format`.
    pub fn new(format: Format, channels: usize) -> Self {
        Self { format, tile: vec![0; TILE * channels.max(1)] }
    }

    /// Appends the frames of `lanes`, interleaved, to `out`. All lanes are as long as the shortest.
    ///
    /// A 24-bit sample held in a float comes out exact; others go to the nearest, even on a tie; beyond full scale they
    /// stay at it (24-bit) or as they are (float); NaN becomes 0.
    pub fn pack(&mut self, lanes: &[&[f32]], out: &mut Vec<u8>) {
        let frames = lanes.iter().map(|lane| lane.len()).min().unwrap_or(0);
        out.reserve(frames * lanes.len() * self.format.bytes());
        let mut from = 0;
        while from < frames {
            let to = (from + TILE).min(frames);
            self.tile_of(lanes, from, to);
            let tile = self.tile.get(..(to - from) * lanes.len()).unwrap_or(&[]);
            match self.format {
                Format::Pcm24 => append_24(tile, out),
                Format::Float32 => append_32(tile, out),
            }
            from = to;
        }
    }

    /// Converts and interleaves one tile.
    fn tile_of(&mut self, lanes: &[&[f32]], from: usize, to: usize) {
        let convert = match self.format {
            Format::Pcm24 => convert_24,
            Format::Float32 => convert_32,
        };
        let mut converted = [0u32; TILE];
        for (channel, lane) in lanes.iter().enumerate() {
            let source = lane.get(from..to).unwrap_or(&[]);
            if lanes.len() == 1 {
                convert(source, &mut self.tile);
                return;
            }
            convert(source, &mut converted);
            let slots = self.tile.iter_mut().skip(channel).step_by(lanes.len());
            slots.zip(converted.iter().take(source.len())).for_each(|(slot, word)| *slot = *word);
        }
    }
}

/// One sample as a 24-bit two's complement number; the upper byte is of no meaning.
#[inline(always)]
fn to_24(sample: f32) -> u32 {
    let bits = sample.to_bits();
    let magnitude = bits & 0x7FFF_FFFF;
    // Without its sign a float orders like an integer: NaN lies above infinity, all else over 1.0 is clipped.
    let magnitude = if magnitude > 0x7F80_0000 { 0 } else { magnitude };
    let magnitude = if magnitude > 0x3F80_0000 { 0x3F80_0000 } else { magnitude };
    // Between 2^23 and 2^24 a float's lowest bit is worth 1: the addition rounds, the bits are the number.
    let number =
        (f32::from_bits(magnitude) * FULL_SCALE + FULL_SCALE).to_bits().wrapping_sub(FULL_SCALE.to_bits());
    let negative = ((bits as i32) >> 31) as u32;
    let highest = 0x7F_FFFF_u32.wrapping_sub(negative);
    let number = if number > highest { highest } else { number };
    (number ^ negative).wrapping_sub(negative)
}

fn convert_24(source: &[f32], to: &mut [u32]) {
    for (word, sample) in to.iter_mut().zip(source) {
        *word = to_24(*sample);
    }
}

fn convert_32(source: &[f32], to: &mut [u32]) {
    for (word, sample) in to.iter_mut().zip(source) {
        let bits = sample.to_bits();
        *word = if bits & 0x7FFF_FFFF > 0x7F80_0000 { 0 } else { bits };
    }
}

/// Four numbers in three words.
fn append_24(tile: &[u32], out: &mut Vec<u8>) {
    let start = out.len();
    out.resize(start + tile.len() * 3, 0);
    let Some(room) = out.get_mut(start..) else { return };
    let (fours, rest) = tile.as_chunks::<4>();
    let (twelves, end) = room.as_chunks_mut::<12>();
    for ([a, b, c, d], bytes) in fours.iter().zip(twelves) {
        let low = u64::from(a & 0xFF_FFFF) | u64::from(b & 0xFF_FFFF) << 24 | u64::from(*c) << 48;
        let high = (c >> 16) & 0xFF | d << 8;
        let (eight, four) = bytes.split_at_mut(8);
        eight.copy_from_slice(&low.to_le_bytes());
        four.copy_from_slice(&high.to_le_bytes());
    }
    for (number, bytes) in rest.iter().zip(end.as_chunks_mut::<3>().0) {
        let [a, b, c, _] = number.to_le_bytes();
        *bytes = [a, b, c];
    }
}

fn append_32(tile: &[u32], out: &mut Vec<u8>) {
    let start = out.len();
    out.resize(start + tile.len() * 4, 0);
    let room = out.get_mut(start..).unwrap_or(&mut []);
    for (word, bytes) in tile.iter().zip(room.as_chunks_mut::<4>().0) {
        *bytes = word.to_le_bytes();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition, sample by sample, in wider arithmetic.
    fn plain(sample: f32) -> [u8; 3] {
        let scaled = if sample.is_nan() { 0.0 } else { f64::from(sample) * 8_388_608.0 };
        let number = scaled.round_ties_even().clamp(-8_388_608.0, 8_388_607.0) as i32;
        let [a, b, c, _] = number.to_le_bytes();
        [a, b, c]
    }

    #[test]
    fn every_24_bit_number_comes_out_exact() {
        let mut packer = Packer::new(Format::Pcm24, 1);
        for first in (-8_388_608i32..8_388_608).step_by(65_536) {
            let numbers: Vec<i32> = (first..first + 65_536).collect();
            let samples: Vec<f32> = numbers.iter().map(|number| *number as f32 / FULL_SCALE).collect();
            let mut out = Vec::new();
            packer.pack(&[&samples], &mut out);
            let right = numbers.iter().flat_map(|number| number.to_le_bytes()[..3].to_vec());
            assert!(out.into_iter().eq(right));
        }
    }

    proptest! {
        #[test]
        fn any_bits_pack_as_the_definition_says(bits in proptest::collection::vec(any::<u32>(), 1..700), channels in 1usize..8) {
            let samples: Vec<f32> = bits.iter().map(|bits| f32::from_bits(*bits)).collect();
            let frames = samples.len() / channels;
            let lanes: Vec<&[f32]> = (0..channels).map(|lane| &samples[lane * frames..(lane + 1) * frames]).collect();
            let mut out = Vec::new();
            Packer::new(Format::Pcm24, channels).pack(&lanes, &mut out);
            let order = (0..frames).flat_map(|frame| lanes.iter().map(move |lane| lane[frame]));
            prop_assert_eq!(out, order.flat_map(plain).collect::<Vec<u8>>());
        }

        #[test]
        fn samples_around_full_scale_saturate(samples in proptest::collection::vec(-1.1f32..1.1, 1..300)) {
            let mut out = Vec::new();
            Packer::new(Format::Pcm24, 1).pack(&[&samples], &mut out);
            prop_assert_eq!(out, samples.iter().copied().flat_map(plain).collect::<Vec<u8>>());
        }
    }

    #[test]
    fn floats_pass_but_for_nan() {
        let mut out = Vec::new();
        Packer::new(Format::Float32, 1).pack(&[&[1.5, f32::NAN, -0.0]], &mut out);
        assert_eq!(
            out,
            [1.5f32, 0.0, -0.0].iter().flat_map(|sample| sample.to_le_bytes()).collect::<Vec<u8>>()
        );
    }
}
