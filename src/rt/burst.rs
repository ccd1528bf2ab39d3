//! A short tone with soft ends: a beep, a click.
use crate::tone::{Oscillator, Step};

/// How a burst sounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BurstShape {
    /// Its pitch.
    pub step: Step,
    /// Frames in which it comes, at least 1.
    pub rise: u32,
    /// Frames in which it goes, at least 1.
    pub fall: u32,
    /// All its frames, at least `rise` and `fall` together.
    pub length: u32,
}

impl BurstShape {
    pub(crate) fn is_sound(&self) -> bool {
        let ends = self.rise.checked_add(self.fall);
        let fits = ends.is_some_and(|ends| ends <= self.length);
        self.step.is_sound() && self.rise > 0 && self.fall > 0 && fits && self.length < 1 << 24
    }
}

/// One burst after another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Burst {
    oscillator: Oscillator,
    level: f32,
    /// Shares of a frame in coming and going.
    rise: f32,
    fall: f32,
    at: u32,
    length: u32,
}

impl Burst {
    /// Nothing.
    pub const fn new() -> Self {
        Self { oscillator: Oscillator::new(Step(0)), level: 0.0, rise: 0.0, fall: 0.0, at: 0, length: 0 }
    }

    /// Begins one of amplitude `level` with the next frame.
    pub fn begin(&mut self, shape: &BurstShape, level: f32) {
        *self = Self {
            oscillator: Oscillator::new(shape.step),
            level,
            rise: 1.0 / shape.rise as f32,
            fall: 1.0 / shape.fall as f32,
            at: 0,
            length: shape.length,
        };
    }

    /// Frames to come.
    pub fn left(&self) -> u32 {
        self.length - self.at
    }

    /// Adds what is to come to `samples`.
    pub fn add(&mut self, samples: &mut [f32]) {
        for sample in samples.iter_mut().take(self.left() as usize) {
            let (coming, going) = ((self.at + 1) as f32 * self.rise, self.left() as f32 * self.fall);
            *sample += self.oscillator.next() * self.level * coming.min(going).min(1.0);
            self.at += 1;
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn it_begins_and_ends_softly_and_is_as_long_as_said() {
        let shape = BurstShape { step: Step::of(0.02), rise: 48, fall: 480, length: 1_000 };
        assert!(shape.is_sound() && !BurstShape { length: 500, ..shape }.is_sound());
        let (mut burst, mut samples) = (Burst::new(), [0.0; 1_200]);
        burst.begin(&shape, 0.5);
        let (first, second) = samples.split_at_mut(333);
        burst.add(first);
        burst.add(second);
        assert_eq!(burst.left(), 0);
        assert!(
            samples[0] != 0.0 && samples[998] != 0.0 && samples[1_000..].iter().all(|sample| *sample == 0.0)
        );
        assert!(samples.windows(2).all(|pair| (pair[1] - pair[0]).abs() < 0.5 * 0.15), "no step");
        let largest = samples.iter().fold(0.0_f32, |most, sample| most.max(sample.abs()));
        assert!((largest - 0.5).abs() < 1e-3, "{largest}");
    }
}
