//! The signals of EBU Tech 3341 and Tech 3342 (table 1 of each) but for those that are recordings, at 48 kHz.
//!
//! Levels are peaks of a sine in dBFS; a stereo signal has the same in both channels.

pub const RATE: u32 = 48_000;

/// A stretch of a 1000 Hz sine: its level in dBFS, or silence, and its length in seconds.
pub type Stretch = (Option<f64>, f64);

/// A stretch of tone.
pub fn tone(dbfs: f64, seconds: f64) -> Stretch {
    (Some(dbfs), seconds)
}

/// A stretch of silence.
pub fn silence(seconds: f64) -> Stretch {
    (None, seconds)
}

/// Samples of one channel, one stretch after the other.
pub fn sine(stretches: &[Stretch]) -> Vec<f32> {
    let mut samples = Vec::new();
    for (dbfs, seconds) in stretches {
        let amplitude = dbfs.map_or(0.0, |level| 10_f64.powf(level / 20.0));
        let end = samples.len() + (seconds * f64::from(RATE)).round() as usize;
        let turn = std::f64::consts::TAU * 1_000.0 / f64::from(RATE);
        samples.extend((samples.len()..end).map(|at| (amplitude * (turn * at as f64).sin()) as f32));
    }
    samples
}

/// A sine of `1 / divisor` of the sample rate with a phase in degrees and an amplitude, for two seconds.
pub fn at_fraction(divisor: f64, degrees: f64, amplitude: f64) -> Vec<f32> {
    let (turn, phase) = (std::f64::consts::TAU / divisor, degrees.to_radians());
    let fade = |at: usize| (at.min(2 * RATE as usize - 1 - at) as f64 / 480.0).min(1.0);
    (0..2 * RATE as usize)
        .map(|at| (fade(at) * amplitude * (turn * at as f64 + phase).sin()) as f32)
        .collect()
}

/// What Tech 3341, table 1, wants of integrated loudness: number, signal, LUFS. 6 has five channels, 7 and 8 are recordings.
pub fn integrated() -> Vec<(u8, Vec<Stretch>, f64)> {
    let (low, right, least) = (tone(-36.0, 10.0), tone(-23.0, 60.0), tone(-72.0, 10.0));
    vec![
        (1, vec![tone(-23.0, 20.0)], -23.0),
        (2, vec![tone(-33.0, 20.0)], -33.0),
        (3, vec![low, right, low], -23.0),
        (4, vec![least, low, right, low, least], -23.0),
        (5, vec![tone(-26.0, 20.0), tone(-20.0, 20.1), tone(-26.0, 20.0)], -23.0),
    ]
}

/// 6 of Tech 3341: left, right, centre, left and right surround. It reads -23 LUFS.
pub fn surround() -> [Vec<f32>; 5] {
    [-28.0, -28.0, -24.0, -30.0, -30.0].map(|level| sine(&[tone(level, 20.0)]))
}

/// What Tech 3342, table 1, wants of loudness range: number, signal, LU. 5 and 6 are recordings.
pub fn range() -> Vec<(u8, Vec<Stretch>, f64)> {
    let steps = |levels: &[f64]| levels.iter().map(|level| tone(*level, 20.0)).collect();
    vec![
        (1, steps(&[-20.0, -30.0]), 10.0),
        (2, steps(&[-20.0, -15.0]), 5.0),
        (3, steps(&[-40.0, -20.0]), 20.0),
        (4, steps(&[-50.0, -35.0, -20.0, -35.0, -50.0]), 15.0),
    ]
}

/// What Tech 3341, table 1, wants of true peak: number, signal, dBTP.
pub fn true_peak() -> [(u8, Vec<f32>, f64); 9] {
    [
        (15, at_fraction(4.0, 0.0, 0.5), -6.0),
        (16, at_fraction(4.0, 45.0, 0.5), -6.0),
        (17, at_fraction(6.0, 60.0, 0.5), -6.0),
        (18, at_fraction(8.0, 67.5, 0.5), -6.0),
        (19, at_fraction(4.0, 45.0, 1.41), 3.0),
        (20, between_samples(0), 0.0),
        (21, between_samples(1), 0.0),
        (22, between_samples(2), 0.0),
        (23, between_samples(3), 0.0),
    ]
}

/// How many times the sample rate 20 to 23 are made at.
const OVER: usize = 4;

/// 20 to 23: a sine of a sixth of the rate and amplitude 0.5 with a single period of a quarter of the rate and amplitude 1.0 in
/// it; then a low-pass, and every fourth sample from the one at `offset` on. Phase goes on on both sides of that period; that
/// the amplitude does too wants it where the sine crosses zero, which the text leaves open, as it does the low-pass.
fn between_samples(offset: usize) -> Vec<f32> {
    let sine = |amplitude: f64, divisor: usize, periods: usize| {
        let turn = std::f64::consts::TAU / (OVER * divisor) as f64;
        (0..OVER * divisor * periods).map(move |at| amplitude * (turn * at as f64).sin())
    };
    let mut signal: Vec<f64> = sine(0.5, 6, 400).chain(sine(1.0, 4, 1)).chain(sine(0.5, 6, 400)).collect();
    let last = signal.len() - 1;
    for (at, sample) in signal.iter_mut().enumerate() {
        // Silence as long as the filter, then a fade.
        *sample *= ((at.min(last - at) as f64 - 256.0) / 1_920.0).clamp(0.0, 1.0);
    }
    let filter = low_pass();
    // The middle of a window is 127 samples after its first: with one more it lies on a fourth sample.
    let windows = signal.windows(filter.len()).skip(1 + offset).step_by(OVER);
    let filtered = |window: &[f64]| window.iter().zip(&filter).map(|(sample, tap)| sample * tap).sum::<f64>();
    windows.map(|window| filtered(window) as f32).collect()
}

/// A sinc under a Blackman window, 6 dB down at 0.45 of the sample rate.
fn low_pass() -> Vec<f64> {
    const HALF: i32 = 127;
    let tap = |at: i32| {
        let (angle, turn) =
            (std::f64::consts::PI * 0.9 / OVER as f64, std::f64::consts::PI / f64::from(HALF));
        let sinc = if at == 0 { 1.0 } else { (angle * f64::from(at)).sin() / (angle * f64::from(at)) };
        let window = 0.42 + 0.5 * (turn * f64::from(at)).cos() + 0.08 * (2.0 * turn * f64::from(at)).cos();
        sinc * window
    };
    let taps: Vec<f64> = (-HALF..=HALF).map(tap).collect();
    let sum: f64 = taps.iter().sum();
    taps.into_iter().map(|tap| tap / sum).collect()
}
