//! A stretch of all channels of the card, and what can be told of each.
//!
//! Runs on: supervisor.
use std::f64::consts::TAU;
use vestry_rt::snapshot::{Extent, Snapshot};

/// Full scale of samples that are left-justified in 32 bits.
const FULL_SCALE: f64 = 2_147_483_648.0;

/// Samples of every channel from one position on, none lost between them.
#[derive(Clone, Debug)]
pub struct Look {
    /// Absolute position of the first frame.
    pub position: u64,
    /// Frames.
    pub frames: usize,
    /// Channels of the card.
    pub channels: usize,
    /// Frame by frame, channel by channel; left-justified in 32 bits.
    samples: Vec<i32>,
}

impl Look {
    /// Of interleaved samples; a frame that is not whole is left out.
    pub fn new(position: u64, channels: usize, samples: Vec<i32>) -> Self {
        let channels = channels.max(1);
        Self { position, frames: samples.len() / channels, channels, samples }
    }

    /// The snapshot that is ready, if one is.
    pub fn take(snapshot: &Snapshot) -> Option<Self> {
        let mut samples = Vec::new();
        let Extent { position, frames, channels } = snapshot.take(|sample| samples.push(sample))?;
        Some(Self { position, frames, channels, samples })
    }

    /// Absolute position after the last frame.
    pub fn end(&self) -> u64 {
        self.position + self.frames as u64
    }

    /// One channel, from 0; nothing where there is none.
    pub fn channel(&self, channel: usize) -> impl Iterator<Item = i32> + '_ {
        let there = if channel < self.channels { self.frames } else { 0 };
        self.samples.iter().skip(channel).step_by(self.channels).take(there).copied()
    }

    /// The value that every sample of a channel has; none where they differ or there are none.
    pub fn constant(&self, channel: usize) -> Option<i32> {
        let mut samples = self.channel(channel);
        let first = samples.next()?;
        samples.all(|sample| sample == first).then_some(first)
    }

    /// RMS of a channel about its mean, full scale being 1.0: a converter's offset is no sound.
    pub fn rms(&self, channel: usize) -> f64 {
        let count = self.frames.max(1) as f64;
        let mean = self.channel(channel).map(f64::from).sum::<f64>() / count;
        let power: f64 = self.channel(channel).map(|sample| (f64::from(sample) - mean).powi(2)).sum();
        (power / count).sqrt() / FULL_SCALE
    }

    /// Mean square of the part of a channel that is a tone of `step` turns a frame, full scale being 1.0 (Goertzel, 1958,
    /// behind a Hann window: twice the bandwidth, and what is further away does not count).
    pub fn tone_power(&self, channel: usize, step: f64) -> f64 {
        let count = self.frames.max(1) as f64;
        let factor = 2.0 * (TAU * step).cos();
        let (mut last, mut before, mut weight) = (0.0, 0.0, 0.0);
        for (at, sample) in self.channel(channel).enumerate() {
            let window = 0.5 - 0.5 * (TAU * at as f64 / count).cos();
            let now = f64::from(sample) / FULL_SCALE * window + factor * last - before;
            (before, last) = (last, now);
            weight += window;
        }
        let power = last * last + before * before - factor * last * before;
        2.0 * power / (weight * weight).max(f64::MIN_POSITIVE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(sound: impl Fn(usize, usize) -> f64) -> Look {
        let samples = (0..8_192).flat_map(|frame| [sound(0, frame), sound(1, frame)]);
        Look::new(5, 2, samples.map(|sample| (sample * FULL_SCALE) as i32).collect())
    }

    #[test]
    fn an_offset_is_no_sound_and_a_tone_has_its_power() {
        let sine = |hz: f64, frame: usize| (TAU * hz / 48_000.0 * frame as f64).sin();
        let look = look(|channel, frame| if channel == 0 { 0.25 } else { 0.1 * sine(50.0, frame) + 0.1 });
        assert_eq!((look.position, look.frames, look.end()), (5, 8_192, 8_197));
        assert!(look.rms(0) < 1e-9 && look.constant(0).is_some() && look.constant(1).is_none());
        assert!((look.rms(1) - 0.1 / 2_f64.sqrt()).abs() < 2e-3, "{}", look.rms(1));
        let power = |hz: f64| look.tone_power(1, hz / 48_000.0);
        assert!((power(50.0) - 0.005).abs() < 5e-4, "{}", power(50.0));
        assert!(power(100.0) < 1e-5 && power(1_000.0) < 1e-8, "{} {}", power(100.0), power(1_000.0));
        assert_eq!((look.channel(2).count(), look.rms(2), look.constant(2)), (0, 0.0, None));
    }
}
