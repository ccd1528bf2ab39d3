//! The signals of EBU Tech 3341 and Tech 3342 that their text describes in full, at 48 kHz.
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

/// What Tech 3341, table 1, wants of integrated loudness: number, signal, LUFS. 6 needs five channels, 7 and 8 are recordings.
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

/// What Tech 3341, table 1, wants of true peak: number, signal, dBTP. 20 to 23 are not described in full.
pub fn true_peak() -> [(u8, Vec<f32>, f64); 5] {
    [
        (15, at_fraction(4.0, 0.0, 0.5), -6.0),
        (16, at_fraction(4.0, 45.0, 0.5), -6.0),
        (17, at_fraction(6.0, 60.0, 0.5), -6.0),
        (18, at_fraction(8.0, 67.5, 0.5), -6.0),
        (19, at_fraction(4.0, 45.0, 1.41), 3.0),
    ]
}

/// A pulse without anything above a quarter of the sample rate, whose peak of 1.0 lies `offset` of a sample after one.
pub fn pulse(offset: f64) -> Vec<f32> {
    let middle = 500.0 + offset;
    let value = |at: usize| {
        let far = at as f64 - middle;
        let angle = std::f64::consts::FRAC_PI_2 * far;
        let sinc = if far.abs() < 1e-9 { 1.0 } else { angle.sin() / angle };
        sinc * (0.5 + 0.5 * (far.clamp(-300.0, 300.0) * std::f64::consts::PI / 300.0).cos())
    };
    (0..1_000).map(|at| value(at) as f32).collect()
}
