//! The last seconds of a sound as energies of short stretches: 2.4 kB where their samples would take 1.2 MB a channel.
//!
//! Runs on: loudness.

/// Loudness in LUFS of a mean square of 1.0 after the K-weighting (ITU-R BS.1770-4, annex 1, equation 2).
const OFFSET: f64 = -0.691;

/// Loudness in LUFS of a mean square; that of silence is minus infinity.
pub(super) fn loudness(energy: f64) -> f64 {
    OFFSET + 10.0 * energy.log10()
}

/// The mean square that has this loudness in LUFS.
pub(super) fn energy(loudness: f64) -> f64 {
    10_f64.powf((loudness - OFFSET) / 10.0)
}

/// Mean squares of the last stretches, all of the same length. What is older than the first one was silence.
#[derive(Debug)]
pub(super) struct Window {
    energies: Box<[f64]>,
    next: usize,
}

impl Window {
    /// Of so many stretches, at least 1.
    pub fn new(stretches: usize) -> Self {
        Self { energies: vec![0.0; stretches.max(1)].into(), next: 0 }
    }

    /// Adds the mean square of one more stretch; the oldest goes.
    pub fn push(&mut self, energy: f64) {
        if let Some(oldest) = self.energies.get_mut(self.next) {
            *oldest = energy;
        }
        self.next = (self.next + 1) % self.energies.len();
    }

    /// The mean square of them all.
    pub fn mean(&self) -> f64 {
        self.energies.iter().sum::<f64>() / self.energies.len() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_stretch_goes_and_what_was_before_the_first_is_silence() {
        let mut window = Window::new(4);
        assert_eq!((window.mean(), loudness(window.mean())), (0.0, f64::NEG_INFINITY));
        let means = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0].map(|energy| {
            window.push(energy);
            window.mean()
        });
        assert_eq!(means, [0.25, 0.75, 1.5, 2.5, 3.5, 4.5]);
    }

    #[test]
    fn energy_is_the_way_back_from_loudness() {
        for level in [-70.0, -23.0, -0.691, 3.0] {
            assert!((loudness(energy(level)) - level).abs() < 1e-9);
        }
        assert_eq!(energy(f64::NEG_INFINITY), 0.0);
        // A full-scale sine at 997 Hz is -3.01 LUFS: its mean square is 1/2, and the weighting gives it 0.691 dB.
        assert!((loudness(0.5 * energy(0.0)) + 3.01).abs() < 0.001);
    }
}
