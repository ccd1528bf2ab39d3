//! Decibels and pan positions, and the linear factors they stand for.
//!
//! Runs on: main.
use serde::{Deserialize, Serialize};

/// A level in decibels; 0.0 leaves a signal as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Db(pub f32);

impl Db {
    /// The factor `10^(dB / 20)`: the level of a field quantity (ISO 80000-1:2009, annex C; IEC 60027-3).
    pub fn to_gain(self) -> f32 {
        10_f32.powf(self.0 / 20.0)
    }
}

/// A place between left (-1.0) and right (1.0); the default is the centre.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pan(pub f32);

impl Pan {
    /// The factors of left and right: constant power by the sine and cosine law, -3 dB in the centre.
    /// (Blumlein's law with equal summed power, as in Eargle, "Handbook of Recording Engineering", 4th ed., ch. 3.)
    pub fn to_gains(self) -> (f32, f32) {
        let angle = (self.0.clamp(-1.0, 1.0) + 1.0) * std::f32::consts::FRAC_PI_4;
        (angle.cos().max(0.0), angle.sin().max(0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decibels_are_those_of_a_field_quantity() {
        for (db, gain) in [(0.0, 1.0), (20.0, 10.0), (-20.0, 0.1), (-6.0206, 0.5), (-96.0, 1.584_893e-5)] {
            assert!((Db(db).to_gain() - gain).abs() < gain * 1e-5, "{db} dB");
        }
    }

    #[test]
    fn pan_keeps_the_power() {
        for step in -20_i8..=20 {
            let (left, right) = Pan(f32::from(step) / 20.0).to_gains();
            assert!((left * left + right * right - 1.0).abs() < 1e-6);
        }
        assert!((Pan(0.0).to_gains().0 - Db(-3.0103).to_gain()).abs() < 1e-5, "-3 dB in the centre");
        let (left, right) = Pan(-1.0).to_gains();
        assert!(left > 0.999_999 && right < 1e-6, "hard left");
    }
}
