//! Sound that is looked for in other sound.
//!
//! Runs on: tests.
use super::sound::{BySound, NoSound, Samples, by_sound};
use proptest::prelude::*;

struct Sound(Vec<f32>);

impl Samples for Sound {
    fn frames(&self) -> i64 {
        self.0.len() as i64
    }

    fn read(&self, from: i64, frames: usize) -> std::io::Result<Vec<f32>> {
        let at = |at: i64| usize::try_from(at).ok().and_then(|at| self.0.get(at)).copied().unwrap_or(0.0);
        Ok((from..from + frames as i64).map(at).collect())
    }
}

/// Noise of a generator of its own: every seed is another.
fn noise(seed: u64, frames: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / 8_388_608.0 - 1.0
    };
    let raw: Vec<f32> = (0..frames + 2).map(|_| next()).collect();
    // Without what lies near half the rate, which no resampler keeps.
    raw.windows(3).map(|part| (part[0] + 2.0 * part[1] + part[2]) / 8.0).collect()
}

/// What a card hears that runs `ppm` faster and begins at frame `offset` of the other: the sample at a place between two, by a
/// windowed sinc of 32 points.
fn recorded(of: &[f32], offset: f64, ppm: f64, frames: usize) -> Vec<f32> {
    let sample = |frame: usize| {
        let place = offset + frame as f64 / (1.0 + ppm / 1e6);
        let (whole, part) = (place.floor() as i64, place.fract());
        let tap = |tap: i64| {
            let (x, at) = (tap as f64 - part, whole + tap);
            let sinc = if x.abs() < 1e-9 {
                1.0
            } else {
                (std::f64::consts::PI * x).sin() / (std::f64::consts::PI * x)
            };
            let window = (std::f64::consts::PI * x / 34.0).cos().powi(2);
            let sample = usize::try_from(at).ok().and_then(|at| of.get(at)).copied().unwrap_or(0.0);
            f64::from(sample) * sinc * window
        };
        (-15..=16).map(tap).sum::<f64>() as f32
    };
    (0..frames).map(sample).collect()
}

fn heard(a: Vec<f32>, b: Vec<f32>, expected: f64, search: f64) -> Result<BySound, NoSound> {
    by_sound(&Sound(a), &Sound(b), expected, search)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, failure_persistence: None, ..ProptestConfig::default() })]
    /// Whatever else each of them hears, and whatever its level.
    #[test]
    fn offset_and_drift_are_found(
        seed in 1_u64..1 << 40, offset in -30_000.0..30_000.0_f64, ppm in -120.0..120.0_f64, own in 0.0..0.5_f32,
    ) {
        let hall = noise(seed, 700_000);
        let a: Vec<f32> = hall.iter().zip(noise(seed + 1, 700_000)).map(|(hall, more)| hall + own * more).collect();
        let a = a[40_000..640_000].to_vec();
        let b = recorded(&hall, 40_000.0 + offset, ppm, 600_000);
        let b = b.iter().zip(noise(seed + 2, 600_000)).map(|(hall, more)| 0.1 * (hall + own * more)).collect();
        let found = heard(a, b, 0.0, 40_000.0).unwrap();
        prop_assert!((found.offset_frames - offset).abs() <= 1.0, "{offset}: {found:?}");
        prop_assert!((found.offset_frames - offset).abs() <= found.uncertainty_frames, "{offset}: {found:?}");
        prop_assert!((found.drift_ppm.unwrap() - ppm).abs() <= 1.0, "{ppm}: {found:?}");
        prop_assert!(found.places.len() >= 3);
    }

    #[test]
    fn what_has_nothing_in_common_is_told(seed in 1_u64..1 << 40) {
        let found = heard(noise(seed, 400_000), noise(seed + 7, 400_000), 0.0, 60_000.0);
        prop_assert!(matches!(found, Err(NoSound::Nothing { .. })), "{found:?}");
    }
}

#[test]
fn what_repeats_itself_tells_no_offset() {
    let loops: Vec<f32> = noise(5, 9_600).into_iter().cycle().take(400_000).collect();
    let found = heard(loops.clone(), loops, 0.0, 60_000.0);
    assert!(matches!(found, Err(NoSound::Nothing { found: 0, .. })), "{found:?}");
}

#[test]
fn silence_and_takes_that_do_not_meet_tell_nothing() {
    let found = heard(vec![0.0; 400_000], noise(5, 400_000), 0.0, 60_000.0);
    assert!(matches!(found, Err(NoSound::Nothing { found: 0, .. })), "{found:?}");
    let found = heard(noise(5, 400_000), noise(5, 400_000), 400_000.0, 60_000.0);
    assert!(matches!(found, Err(NoSound::Apart)), "{found:?}");
}

/// Sound that begins late, and is there in the middle alone: silence before and after harms nothing.
#[test]
fn pauses_harm_nothing() {
    let mut hall = noise(11, 700_000);
    hall[..200_000].fill(0.0);
    hall[420_000..].fill(0.0);
    let b = recorded(&hall, 1_234.25, 0.0, 690_000);
    let found = heard(hall, b, 0.0, 20_000.0).unwrap();
    assert!((found.offset_frames - 1_234.25).abs() <= 0.5, "{found:?}");
}
