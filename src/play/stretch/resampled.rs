//! A source played faster or slower, as a tape is: both its pitch and its length change, exactly.
//!
//! By a windowed sinc four times as long as that of the voices, as it costs no time of theirs: 90 dB of rejection, flat to 0.43 of
//! the lower rate (20.6 kHz at 48 kHz). The window is Kaiser's ("Nonrecursive digital filter design using the I0-sinh window
//! function", 1974): 96 taps and 90 dB take a transition of 0.06 of the rate.
//!
//! Runs on: player.
use super::stretched::scaled;
use super::window::Window;
use crate::play::stream::source::{Source, SourceError};
use std::f64::consts::PI;

/// Half of the taps, at the lower of both rates.
const HALF: f64 = 48.0;
/// Places between two frames at which the response is kept, with straight lines between: -106 dB.
const PHASES: usize = 512;
/// Of half the lower rate.
const CUTOFF: f64 = 0.94;
/// Kaiser's beta of 90 dB: 0.1102 (90 - 8.7).
const BETA: f64 = 8.96;
/// Frames that are made at a time.
const PART: usize = 1_024;
/// Products that are summed up side by side.
const LANES: usize = 8;

/// The source.
pub struct Resampled {
    window: Window,
    /// Frames in for a frame out.
    step: f64,
    taps: usize,
    /// Each phase, and the first one again a frame later.
    rows: Vec<Vec<f32>>,
    row: Vec<f32>,
    input: Vec<Vec<f32>>,
    /// The frame that is read next.
    at: u64,
}

impl Resampled {
    /// `step` frames of `source` for each, above 0.
    ///
    /// # Errors
    /// See [`SourceError`].
    pub fn new(source: Box<dyn Source>, step: f64) -> Result<Self, SourceError> {
        let channels = source.channels();
        let taps = ((2.0 * HALF * step.max(1.0)) as usize).next_multiple_of(LANES);
        let rows = (0..=PHASES).map(|phase| response(phase, taps, CUTOFF / step.max(1.0))).collect();
        let (window, input) = (Window::new(source)?, vec![Vec::new(); channels]);
        Ok(Self { window, step, taps, rows, row: vec![0.0; taps], input, at: 0 })
    }

    /// The frame after the last, once the source has ended.
    fn end(&self) -> Option<u64> {
        self.window.end().map(|end| scaled(end, 1.0 / self.step))
    }

    /// The row of a place between two frames, 0..1.
    fn set_row(&mut self, between: f64) {
        let place = between * PHASES as f64;
        let (phase, share) = (place as usize, place.fract() as f32);
        let (Some(here), Some(next)) = (self.rows.get(phase), self.rows.get(phase + 1)) else { return };
        for ((tap, here), next) in self.row.iter_mut().zip(here).zip(next) {
            *tap = here + share * (next - here);
        }
    }
}

impl Source for Resampled {
    fn rate(&self) -> u32 {
        self.window.source().rate()
    }

    fn channels(&self) -> usize {
        self.input.len()
    }

    fn frames(&self) -> Option<u64> {
        self.end().or_else(|| self.window.source().frames().map(|frames| scaled(frames, 1.0 / self.step)))
    }

    fn read(&mut self, frames: usize, into: &mut [Vec<f32>]) -> Result<usize, SourceError> {
        let count = frames.min(PART);
        let before = self.taps as i64 / 2 - 1;
        let place = |frame: u64| frame as f64 * self.step;
        let from = place(self.at) as i64 - before;
        let through = place(self.at + count as u64) as i64 + self.taps as i64 - before;
        self.window.fetch(from, (through - from) as usize, &mut self.input)?;
        let left = self.end().map_or(u64::MAX, |end| end.saturating_sub(self.at));
        let count = count.min(usize::try_from(left).unwrap_or(usize::MAX));
        for frame in 0..count as u64 {
            let place = (self.at + frame) as f64 * self.step;
            self.set_row(place.fract());
            let first = (place as i64 - before - from) as usize;
            for (input, into) in self.input.iter().zip(into.iter_mut()) {
                into.push(input.get(first..first + self.taps).map_or(0.0, |input| sum(input, &self.row)));
            }
        }
        self.at += count as u64;
        Ok(count)
    }

    fn seek(&mut self, frame: u64) -> Result<(), SourceError> {
        self.at = frame;
        Ok(())
    }
}

/// Of products.
fn sum(input: &[f32], taps: &[f32]) -> f32 {
    let mut sums = [0.0_f32; LANES];
    for (input, taps) in input.as_chunks::<LANES>().0.iter().zip(taps.as_chunks::<LANES>().0) {
        sums.iter_mut().zip(input.iter().zip(taps)).for_each(|(sum, (input, tap))| *sum += input * tap);
    }
    sums.iter().sum()
}

/// The taps of a phase, oldest frame first. Their sum is 1: a constant stays what it is.
fn response(phase: usize, taps: usize, cutoff: f64) -> Vec<f32> {
    let half = taps as f64 / 2.0;
    let tap = |tap: usize| {
        let from_centre = tap as f64 + 1.0 - half - phase as f64 / PHASES as f64;
        let edge = (from_centre / half).clamp(-1.0, 1.0);
        sinc(cutoff * from_centre) * bessel(BETA * BETA * (1.0 - edge * edge))
    };
    let taps: Vec<f64> = (0..taps).map(tap).collect();
    let sum: f64 = taps.iter().sum();
    taps.iter().map(|tap| (tap / sum) as f32).collect()
}

fn sinc(x: f64) -> f64 {
    if x == 0.0 { 1.0 } else { (PI * x).sin() / (PI * x) }
}

/// The modified Bessel function I0 of the root of `square`, by its series.
fn bessel(square: f64) -> f64 {
    let term = |term: &mut f64, n: i32| {
        *term *= square / 4.0 / f64::from(n * n);
        Some(*term)
    };
    1.0 + (1..40).scan(1.0, term).sum::<f64>()
}
