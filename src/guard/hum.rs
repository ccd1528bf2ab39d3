//! Mains hum: whether 50 or 60 Hz and their harmonics are most of what a channel carries.
//!
//! A bass note may lie within the resolution of a look. What tells it from the mains is its frequency to half a hertz, from
//! how far the phase of the strongest harmonic is off between the two halves of a look.
//!
//! Runs on: supervisor.
use super::look::Look;
use std::f64::consts::{PI, TAU};

/// Mains in Hz.
const MAINS: [f64; 2] = [50.0, 60.0];
/// Harmonics that count, the fundamental among them.
const HARMONICS: u8 = 6;
/// Share of all power from which it dominates.
const SHARE: f64 = 0.8;
/// Least RMS that anybody minds: -60 dBFS.
const LEAST: f64 = 0.001;
/// A mains grid is no further off, in Hz.
const OFF_HZ: f64 = 0.5;
/// Shorter looks cannot tell 50 from 60 Hz, in seconds.
const SHORTEST_S: f64 = 0.12;
/// Rate after averaging neighbours, in Hz: the highest harmonic is far below half of it.
const REDUCED_HZ: f64 = 2_000.0;

/// Whether hum dominates a channel (from 0) at `rate` Hz; none where the look is too short to tell.
pub fn hums(look: &Look, channel: usize, rate: u32) -> Option<bool> {
    if (look.frames as f64) < SHORTEST_S * f64::from(rate) {
        return None;
    }
    let rms = look.rms(channel);
    if rms < LEAST {
        return Some(false);
    }
    let reduced = Reduced::of(look, channel, f64::from(rate));
    Some(MAINS.into_iter().any(|mains| reduced.is_dominated(mains, rms * rms)))
}

/// One channel at a lower rate.
struct Reduced {
    samples: Vec<f64>,
    rate: f64,
}

impl Reduced {
    fn of(look: &Look, channel: usize, rate: f64) -> Self {
        let by = ((rate / REDUCED_HZ) as usize).max(1);
        let all: Vec<f64> = look.channel(channel).map(|sample| f64::from(sample) / 2_147_483_648.0).collect();
        let mean = all.iter().sum::<f64>() / all.len().max(1) as f64;
        let average = |group: &[f64]| group.iter().sum::<f64>() / by as f64 - mean;
        Self { samples: all.chunks_exact(by).map(average).collect(), rate: rate / by as f64 }
    }

    fn is_dominated(&self, mains: f64, power: f64) -> bool {
        let count = self.samples.len();
        let harmonics = (1..=HARMONICS).map(|harmonic| {
            let hertz = mains * f64::from(harmonic);
            (harmonic, self.part(0..count, hertz).power())
        });
        let found: Vec<(u8, f64)> = harmonics.collect();
        let sum: f64 = found.iter().map(|(_, power)| power).sum();
        let Some((strongest, _)) = found.into_iter().max_by(|a, b| a.1.total_cmp(&b.1)) else { return false };
        sum >= SHARE * power
            && self.off_by(mains * f64::from(strongest)).abs() <= OFF_HZ * f64::from(strongest)
    }

    /// How far, in Hz, a tone near `hertz` is off it.
    fn off_by(&self, hertz: f64) -> f64 {
        let half = self.samples.len() / 2;
        let turned = self.part(half..2 * half, hertz).phase() - self.part(0..half, hertz).phase();
        ((turned + PI).rem_euclid(TAU) - PI) / TAU * self.rate / half.max(1) as f64
    }

    /// What of `range` is a tone of `hertz`, behind a Hann window.
    fn part(&self, range: std::ops::Range<usize>, hertz: f64) -> Part {
        let count = range.len().max(1) as f64;
        let (mut real, mut imaginary, mut weight) = (0.0, 0.0, 0.0);
        for (at, frame) in range.enumerate() {
            let window = 0.5 - 0.5 * (TAU * at as f64 / count).cos();
            let angle = TAU * hertz / self.rate * frame as f64;
            let sample = self.samples.get(frame).copied().unwrap_or_default() * window;
            real += sample * angle.cos();
            imaginary -= sample * angle.sin();
            weight += window;
        }
        Part {
            real: real / weight.max(f64::MIN_POSITIVE),
            imaginary: imaginary / weight.max(f64::MIN_POSITIVE),
        }
    }
}

/// A tone as a pointer.
struct Part {
    real: f64,
    imaginary: f64,
}

impl Part {
    /// Mean square.
    fn power(&self) -> f64 {
        2.0 * (self.real * self.real + self.imaginary * self.imaginary)
    }

    fn phase(&self) -> f64 {
        self.imaginary.atan2(self.real)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn look(rate: u32, sound: impl Fn(f64) -> f64) -> Look {
        let frames = (f64::from(rate) * 0.17) as u32;
        let samples =
            (0..frames).map(|frame| (sound(f64::from(frame) / f64::from(rate)) * 2_147_483_647.0) as i32);
        Look::new(0, 1, samples.collect())
    }

    proptest! {
        #[test]
        fn the_mains_are_told_from_the_notes_beside_them(
            mains in prop::sample::select(vec![50.0, 60.0]),
            drift in -0.3..0.3_f64,
            phase in 0.0..TAU,
            level in 0.004..0.4_f64,
            rate in prop::sample::select(vec![44_100_u32, 48_000, 96_000]),
        ) {
            let hum = |hertz: f64| look(rate, move |time| {
                let partial = |number: f64, share: f64| share * (TAU * hertz * number * time + phase * number).sin();
                level * (partial(1.0, 0.6) + partial(2.0, 0.25) + partial(3.0, 0.15)) + 0.02
            });
            prop_assert_eq!(hums(&hum(mains + drift), 0, rate), Some(true));
            // G1, A1 and B1 of an organ.
            for note in [49.0, 55.0, 61.74] {
                prop_assert_eq!(hums(&hum(note), 0, rate), Some(false), "{}", note);
            }
        }
    }

    #[test]
    fn what_is_quiet_or_short_or_something_else_does_not_hum() {
        let sine = |time: f64| (TAU * 50.0 * time).sin();
        assert_eq!(hums(&look(48_000, |time| 0.001 * sine(time)), 0, 48_000), Some(false), "-63 dBFS");
        assert_eq!(
            hums(&look(48_000, |time| 0.1 * sine(time) + 0.07 * (TAU * 700.0 * time).sin()), 0, 48_000),
            Some(false)
        );
        assert_eq!(hums(&look(8_000, |time| 0.1 * sine(time)), 0, 48_000), None);
    }
}
