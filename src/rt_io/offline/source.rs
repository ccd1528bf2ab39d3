//! What an offline input plays: every sample is a function of its position, so lost frames shift nothing.
//!
//! Runs on: main (opening), rt (filling).
use std::f64::consts::TAU;
use std::path::{Path, PathBuf};

/// Full scale of the left-justified 32-bit samples that sources make.
const FULL_SCALE: f64 = 2_147_483_648.0;

/// Why a clip cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// Not there, not readable or not a wave file.
    #[error("{}: {error}; a WAV file with 16 or 24 bits is wanted", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the reader said.
        error: hound::Error,
    },
    /// Another rate than the box runs at.
    #[error("{}: {found} Hz, but sample_rate is {wanted}; convert the file or change sample_rate", file.display())]
    Rate {
        /// The file.
        file: PathBuf,
        /// Its rate in Hz.
        found: u32,
        /// The configured rate in Hz.
        wanted: u32,
    },
    /// Not a single sample.
    #[error("{}: no sound in it; a WAV file of at least one frame is wanted", file.display())]
    Empty {
        /// The file.
        file: PathBuf,
    },
}

/// One input's sound.
#[derive(Clone, Debug)]
pub enum Source {
    /// A clip and a pause, over and over.
    Clip {
        /// Samples, left-justified in 32 bits.
        samples: Vec<i32>,
        /// Pause after each round, in frames.
        gap: usize,
    },
    /// A sine wave.
    Tone {
        /// Phase per frame, in turns.
        step: f64,
        /// Amplitude; full scale is 1.0.
        level: f64,
    },
    /// White noise of 24-bit samples; the same seed gives the same noise.
    Noise {
        /// Any number.
        seed: u64,
        /// Amplitude; full scale, 1.0, leaves each sample of `noise_sample` as it is.
        level: f64,
    },
    /// Digital silence.
    Silence,
}

impl Source {
    /// Reads the first channel of a WAV file of `rate` Hz; `gap_s` seconds of pause and a linear `gain` go with it.
    pub fn clip(file: &Path, rate: u32, gap_s: f64, gain: f64) -> Result<Self, SourceError> {
        let unreadable = |error| SourceError::Unreadable { file: file.into(), error };
        let mut reader = hound::WavReader::open(file).map_err(unreadable)?;
        let spec = reader.spec();
        if spec.sample_rate != rate {
            return Err(SourceError::Rate { file: file.into(), found: spec.sample_rate, wanted: rate });
        }
        if spec.sample_format != hound::SampleFormat::Int {
            return Err(unreadable(hound::Error::Unsupported));
        }
        let scale = gain * f64::from(1_u32 << (32 - u32::from(spec.bits_per_sample)));
        let channels = reader.samples::<i32>().step_by(usize::from(spec.channels));
        let samples = channels.map(|sample| sample.map(|sample| to_24_bit(f64::from(sample) * scale)));
        let samples: Vec<i32> = samples.collect::<Result<_, _>>().map_err(unreadable)?;
        if samples.is_empty() {
            return Err(SourceError::Empty { file: file.into() });
        }
        Ok(Self::Clip { samples, gap: (gap_s.max(0.0) * f64::from(rate)) as usize })
    }

    /// A sine of `hertz` at a linear `level`.
    pub fn tone(hertz: f64, level: f64, rate: u32) -> Self {
        Self::Tone { step: hertz / f64::from(rate), level }
    }

    /// The sample at an absolute position, left-justified in 32 bits.
    pub fn sample(&self, position: u64) -> i32 {
        match self {
            Self::Clip { samples, gap } => {
                let round = (samples.len() + gap).max(1) as u64;
                samples.get((position % round) as usize).copied().unwrap_or(0)
            }
            Self::Tone { step, level } => {
                to_24_bit((TAU * (position as f64 * step).fract()).sin() * level * FULL_SCALE)
            }
            Self::Noise { seed, level } if *level == 1.0 => noise_sample(*seed, position) << 8,
            Self::Noise { seed, level } => to_24_bit(f64::from(noise_sample(*seed, position) << 8) * level),
            Self::Silence => 0,
        }
    }
}

/// The 24-bit noise sample of `seed` at `position` (splitmix64, Steele, Lea and Flood 2014).
pub fn noise_sample(seed: u64, position: u64) -> i32 {
    let mut state =
        seed.wrapping_mul(0xA076_1D64_78BD_642F).wrapping_add(position).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    state = (state ^ state >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    state = (state ^ state >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    (state >> 40) as i32 - 0x80_0000
}

fn to_24_bit(value: f64) -> i32 {
    ((value / 256.0).round().clamp(-8_388_608.0, 8_388_607.0) as i32) << 8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clip_comes_round_after_its_pause() {
        let clip = Source::Clip { samples: vec![256, 512], gap: 3 };
        let round: Vec<i32> = (0..7).map(|position| clip.sample(position)).collect();
        assert_eq!(round, [256, 512, 0, 0, 0, 256, 512]);
    }

    #[test]
    fn noise_covers_24_bits_and_differs_by_seed() {
        let samples: Vec<i32> = (0..10_000).map(|position| noise_sample(1, position)).collect();
        assert!(
            samples.iter().any(|sample| *sample > 8_380_000)
                && samples.iter().any(|sample| *sample < -8_380_000)
        );
        let same = (0..10_000).filter(|position| noise_sample(2, *position) == samples[*position as usize]);
        assert!(same.count() < 5);
    }

    #[test]
    fn a_clip_of_another_rate_names_both() {
        let file = tempfile::Builder::new().suffix(".wav").tempfile().unwrap();
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: 44_100,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut writer = hound::WavWriter::create(file.path(), spec).unwrap();
        writer.write_sample(5_i16).unwrap();
        writer.finalize().unwrap();
        let error = Source::clip(file.path(), 48_000, 0.0, 1.0).unwrap_err().to_string();
        assert!(error.contains("44100") && error.contains("48000"), "{error}");
        assert_eq!(Source::clip(file.path(), 44_100, 0.0, 1.0).unwrap().sample(0), 5 << 16);
    }
}
