//! Levels as telemetry tells them.
//!
//! Runs on: supervisor.

/// Nothing is told below this.
pub const FLOOR_DB: f32 = -120.0;

/// An amplitude, 1.0 being full scale, in dBFS: to 0.1 dB, no less than [`FLOOR_DB`], which no number gives too.
pub fn peak_db(amplitude: f32) -> f32 {
    rounded(20.0 * amplitude.abs().log10())
}

/// A mean square, 1.0 being that of full scale, in dBFS: to 0.1 dB, no less than [`FLOOR_DB`].
pub fn power_db(power: f32) -> f32 {
    rounded(10.0 * power.abs().log10())
}

fn rounded(db: f32) -> f32 {
    // `max` prefers a number to none.
    (db.max(FLOOR_DB) * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_levels() {
        assert_eq!(
            [1.0, 0.5, 0.1, 0.0, -1.0, f32::NAN].map(peak_db),
            [0.0, -6.0, -20.0, -120.0, 0.0, -120.0]
        );
        assert_eq!([1.0, 0.5, 0.01, 0.0].map(power_db), [0.0, -3.0, -20.0, -120.0]);
    }

    proptest! {
        #[test]
        fn as_a_wider_float_has_it(amplitude in 1e-5_f32..8.0) {
            let exact = 20.0 * f64::from(amplitude).log10();
            prop_assert!((f64::from(peak_db(amplitude)) - exact).abs() < 0.06);
            prop_assert!((f64::from(power_db(amplitude * amplitude)) - exact).abs() < 0.06);
        }
    }
}
