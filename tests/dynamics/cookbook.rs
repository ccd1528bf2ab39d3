//! The transfer functions of R. Bristow-Johnson, "Cookbook formulae for audio equalizer biquad filter coefficients", as they
//! stand there, in `f64`; and the response of what was heard.
use std::f64::consts::TAU;
use vestry::config::{BandKind, EqBand};

/// H(z) = (b0 + b1 z^-1 + b2 z^-2) / (a0 + a1 z^-1 + a2 z^-2).
pub struct Cookbook {
    b: [f64; 3],
    a: [f64; 3],
}

impl Cookbook {
    /// peakingEQ, lowShelf or highShelf at a frequency in parts of the sample rate.
    pub fn band(band: &EqBand, frequency: f64) -> Self {
        let (sin, cos) = (TAU * frequency).sin_cos();
        let gain = 10_f64.powf(f64::from(band.gain_db.0) / 40.0);
        let alpha = sin / (2.0 * f64::from(band.q));
        let root = 2.0 * gain.sqrt() * alpha;
        let (up, down) = (gain + 1.0, gain - 1.0);
        match band.kind {
            BandKind::Bell => Self {
                b: [1.0 + alpha * gain, -2.0 * cos, 1.0 - alpha * gain],
                a: [1.0 + alpha / gain, -2.0 * cos, 1.0 - alpha / gain],
            },
            BandKind::LowShelf => Self {
                b: [
                    gain * (up - down * cos + root),
                    2.0 * gain * (down - up * cos),
                    gain * (up - down * cos - root),
                ],
                a: [up + down * cos + root, -2.0 * (down + up * cos), up + down * cos - root],
            },
            BandKind::HighShelf => Self {
                b: [
                    gain * (up + down * cos + root),
                    -2.0 * gain * (down + up * cos),
                    gain * (up + down * cos - root),
                ],
                a: [up - down * cos + root, 2.0 * (down - up * cos), up - down * cos - root],
            },
        }
    }

    /// HPF with a Q of the square root of a half.
    pub fn high_pass(frequency: f64) -> Self {
        let (sin, cos) = (TAU * frequency).sin_cos();
        let alpha = sin / 2_f64.sqrt();
        Self {
            b: [(1.0 + cos) / 2.0, -1.0 - cos, (1.0 + cos) / 2.0],
            a: [1.0 + alpha, -2.0 * cos, 1.0 - alpha],
        }
    }

    /// Its gain at a frequency in parts of the sample rate.
    pub fn decibels(&self, frequency: f64) -> f64 {
        decibels(magnitude(&self.b, frequency) / magnitude(&self.a, frequency))
    }
}

/// The magnitude of a row of numbers' transform at a frequency in parts of the sample rate.
pub fn magnitude(numbers: &[f64], frequency: f64) -> f64 {
    let (mut x, mut y) = (0.0, 0.0);
    for (at, number) in numbers.iter().enumerate() {
        let (sin, cos) = (TAU * frequency * at as f64).sin_cos();
        (x, y) = (x + number * cos, y - number * sin);
    }
    f64::hypot(x, y)
}

pub fn decibels(factor: f64) -> f64 {
    20.0 * factor.abs().log10()
}
