//! Logarithm and power of two, near enough for levels, without branches, so that eight go at once.

/// Bits of the square root of a half, rounded down: mantissas are taken from there to the square root of two.
const ROOT_HALF: i32 = 0x3F35_04F3;
const MANTISSA: i32 = 0x007F_FFFF;
/// Adding it leaves a number rounded to an integer in the low bits (Hecker, 1996).
const MAGIC: f32 = 12_582_912.0;

/// The logarithm to base 2 of a positive number, to 1e-5; of 0 some -127.
///
/// The exponent is read off; of the mantissa m it is the series 2 artanh((m - 1) / (m + 1)) / ln 2 (Abramowitz and Stegun,
/// 4.1.27), whose first term left out is below 2e-6.
#[inline(always)]
pub fn log2(value: f32) -> f32 {
    const TWICE_LOG2_E: f32 = 2.0 * core::f32::consts::LOG2_E;
    let bits = value.to_bits().cast_signed().wrapping_sub(ROOT_HALF);
    let mantissa = f32::from_bits((bits & MANTISSA).wrapping_add(ROOT_HALF).cast_unsigned());
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let square = s * s;
    let series = 1.0 + square * (1.0 / 3.0 + square * (1.0 / 5.0));
    (bits >> 23) as f32 + TWICE_LOG2_E * (s * series)
}

/// Two to the power of a number from -125 to 125 (what lies beyond is taken for that), to 4e-6 of it; exactly 1 of 0.
///
/// The integer part becomes the exponent; the rest, a half at most, goes into the exponential series.
#[inline(always)]
pub fn exp2(power: f32) -> f32 {
    use core::f32::consts::LN_2;
    let power = if power > 125.0 { 125.0 } else { power };
    let power = if power < -125.0 { -125.0 } else { power };
    let rounded = power + MAGIC;
    let x = (power - (rounded - MAGIC)) * LN_2;
    let series = 1.0 + x * (1.0 + x * (1.0 / 2.0 + x * (1.0 / 6.0 + x * (1.0 / 24.0 + x * (1.0 / 120.0)))));
    f32::from_bits(series.to_bits().wrapping_add(rounded.to_bits() << 23))
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn they_are_what_they_say(power in -120.0..120.0_f32) {
            let exact = f64::from(power).exp2();
            prop_assert!((f64::from(exp2(power)) / exact - 1.0).abs() < 4e-6);
            prop_assert!((f64::from(log2(exact as f32)) - f64::from(power)).abs() < 1e-5);
        }
    }

    #[test]
    fn the_ends_are_no_surprise() {
        assert_eq!((exp2(0.0), exp2(1.0), log2(1.0), log2(8.0)), (1.0, 2.0, 0.0, 3.0));
        assert!(log2(0.0) < -120.0 && exp2(f32::INFINITY) > 1e37 && exp2(-1e9) > 0.0);
    }
}
