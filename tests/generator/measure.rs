//! What a measuring instrument finds in a sound; in f64, and by formulas of its own.
use std::f64::consts::TAU;

/// The amplitude of the sine of exactly `hz` whose phase is 0 one frame before the first, and in dB below it all that is left
/// without it: harmonics, noise, drift of phase.
pub fn sine(heard: &[f64], from: u64, hz: f64, rate: f64) -> (f64, f64) {
    let angle = |at: usize| TAU * (hz * (from + at as u64 + 1) as f64 / rate).fract();
    let product: f64 = heard.iter().enumerate().map(|(at, sample)| sample * angle(at).sin()).sum();
    let square: f64 = (0..heard.len()).map(|at| angle(at).sin().powi(2)).sum();
    let amplitude = product / square;
    let rest = heard.iter().enumerate().map(|(at, sample)| (sample - amplitude * angle(at).sin()).powi(2));
    (amplitude, 10.0 * (rest.sum::<f64>() / (amplitude.powi(2) * square)).log10())
}

pub fn decibels(amplitude: f64) -> f64 {
    20.0 * amplitude.abs().log10()
}

pub fn rms(heard: &[f64]) -> f64 {
    (heard.iter().map(|sample| sample * sample).sum::<f64>() / heard.len() as f64).sqrt()
}

/// Power by bin, after Welch: Hann windows of 2^`log` frames that overlap by half.
pub fn spectrum(heard: &[f64], log: u32) -> Vec<f64> {
    let size = 1_usize << log;
    let mut power = vec![0.0; size / 2];
    for start in (0..=heard.len() - size).step_by(size / 2) {
        let window = |at: usize| (TAU * at as f64 / size as f64 / 2.0).sin().powi(2);
        let mut turned: Vec<_> = (0..size).map(|at| (heard[start + at] * window(at), 0.0)).collect();
        fourier(&mut turned);
        power.iter_mut().zip(&turned).for_each(|(sum, (x, y))| *sum += x * x + y * y);
    }
    power
}

/// The transform in place: Cooley and Tukey (1965), by halves.
fn fourier(samples: &mut [(f64, f64)]) {
    let size = samples.len();
    if size == 1 {
        return;
    }
    let mut halves: Vec<_> =
        samples.iter().step_by(2).chain(samples.iter().skip(1).step_by(2)).copied().collect();
    let (even, odd) = halves.split_at_mut(size / 2);
    fourier(even);
    fourier(odd);
    for at in 0..size / 2 {
        let (sin, cos) = (TAU * at as f64 / size as f64).sin_cos();
        let (x, y) = (odd[at].0 * cos + odd[at].1 * sin, odd[at].1 * cos - odd[at].0 * sin);
        samples[at] = (even[at].0 + x, even[at].1 + y);
        samples[at + size / 2] = (even[at].0 - x, even[at].1 - y);
    }
}

/// The first frame of each sound that `quiet` frames of silence or the start go before, with its last frame.
pub fn bursts(heard: &[f64], quiet: usize) -> Vec<(usize, usize)> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    for (at, _) in heard.iter().enumerate().filter(|(_, sample)| **sample != 0.0) {
        match found.last_mut() {
            Some((_, last)) if at - *last <= quiet => *last = at,
            _ => found.push((at, at)),
        }
    }
    found
}

/// How often a sound goes through zero.
pub fn crossings(heard: &[f64]) -> usize {
    let beside: Vec<f64> = heard.iter().copied().filter(|sample| *sample != 0.0).collect();
    beside.windows(2).filter(|pair| pair[0] * pair[1] < 0.0).count()
}
