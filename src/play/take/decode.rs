//! From bytes of PCM to samples. Pure.
//!
//! Runs on: streams.

/// How a sample lies in its bytes, little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pcm {
    /// Signed 16 bit.
    Int16,
    /// Signed 24 bit.
    Int24,
    /// Signed 32 bit; as a sample it is rounded to 24.
    Int32,
    /// 32-bit float.
    Float32,
}

impl Pcm {
    /// Of samples of so many bytes; `None` for what cannot be played.
    pub fn of(bytes: u16, float: bool) -> Option<Self> {
        match (bytes, float) {
            (2, false) => Some(Self::Int16),
            (3, false) => Some(Self::Int24),
            (4, false) => Some(Self::Int32),
            (4, true) => Some(Self::Float32),
            _ => None,
        }
    }

    /// Bytes of a sample: 2, 3 or 4.
    pub fn bytes(self) -> usize {
        match self {
            Self::Int16 => 2,
            Self::Int24 => 3,
            Self::Int32 | Self::Float32 => 4,
        }
    }

    /// Puts a channel of interleaved frames over `samples`, as far as there are frames. 1.0 is full scale; a float that is no number is
    /// silence.
    pub fn channel(self, bytes: &[u8], (channel, channels): (usize, usize), samples: &mut [f32]) {
        let width = self.bytes();
        let frames = bytes.chunks_exact(width * channels.max(1));
        let here = channel * width..(channel + 1) * width;
        for (sample, frame) in samples.iter_mut().zip(frames) {
            *sample = frame.get(here.clone()).map_or(0.0, |bytes| self.sample(bytes));
        }
    }

    fn sample(self, bytes: &[u8]) -> f32 {
        match (self, bytes) {
            (Self::Int16, &[a, b]) => f32::from(i16::from_le_bytes([a, b])) / 32_768.0,
            (Self::Int24, &[a, b, c]) => (i32::from_le_bytes([0, a, b, c]) >> 8) as f32 / 8_388_608.0,
            (Self::Int32, &[a, b, c, d]) => i32::from_le_bytes([a, b, c, d]) as f32 / 2_147_483_648.0,
            (Self::Float32, &[a, b, c, d]) => {
                let sample = f32::from_le_bytes([a, b, c, d]);
                if sample.is_finite() { sample } else { 0.0 }
            }
            _ => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_number_is_the_sample_that_it_stands_for(numbers in prop::collection::vec(-(1_i32 << 23)..(1 << 23), 1..40), channels in 1usize..4) {
            let mut bytes = Vec::new();
            for number in &numbers {
                for channel in 0..channels as i32 {
                    bytes.extend(&(number / (channel + 1)).to_le_bytes()[..3]);
                }
            }
            for channel in 0..channels {
                let mut samples = vec![9.0; numbers.len() + 1];
                Pcm::Int24.channel(&bytes, (channel, channels), &mut samples);
                let told = numbers.iter().map(|number| (number / (channel as i32 + 1)) as f32 / 8_388_608.0);
                prop_assert!(told.zip(&samples).all(|(told, sample)| told == *sample));
                prop_assert_eq!(samples.last(), Some(&9.0));
            }
        }
    }

    #[test]
    fn other_kinds_have_the_same_full_scale() {
        let one = |pcm: Pcm, bytes: &[u8]| {
            let mut samples = [9.0];
            pcm.channel(bytes, (0, 1), &mut samples);
            samples[0]
        };
        assert_eq!(one(Pcm::Int16, &i16::MIN.to_le_bytes()), -1.0);
        assert_eq!(one(Pcm::Int32, &(1_i32 << 30).to_le_bytes()), 0.5);
        assert_eq!(one(Pcm::Float32, &(-1.5_f32).to_le_bytes()), -1.5);
        assert_eq!(one(Pcm::Float32, &f32::NAN.to_le_bytes()), 0.0);
    }
}
