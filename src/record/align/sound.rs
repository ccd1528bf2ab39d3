//! By sound: where the same is heard in both takes, found by cross-correlation whose every frequency weighs the same (GCC-PHAT: Knapp
//! and Carter 1976). So it finds what both rooms have in common in time, not in colour.
//!
//! Runs on: main.
use super::line::through_most;
use crate::record::timing::Line;
use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};
use serde::Serialize;

/// Places that are listened to, from the first that both takes have to the last.
const PLACES: usize = 5;
/// Longest stretch of A that is looked for in B as a whole, in frames.
const LONG: usize = 1 << 17;
/// Shortest one.
const SHORT: usize = 1 << 13;
/// Pieces of a stretch that are looked for on their own, for the drift; and their most frames.
const PIECES: usize = 8;
const PIECE: usize = 1 << 14;
/// How far to either side a piece is looked for: what a stretch may have been off by its drift.
const NEAR: usize = 96;
/// A peak has to be so many times the root mean square of all else: what has nothing in common comes to 5.5 at most.
const CLEAR: f64 = 8.0;
/// And so many times the next best one, which is higher for what repeats itself.
const ALONE: f64 = 1.4;
/// Echoes of a room come so close behind, in frames.
const ECHO: usize = 2_400;
/// Pieces lie so close to a line, in frames.
const WIDTH: f64 = 2.0;
/// What a card may drift between two places, beside which sound is looked for in a narrow stretch.
const DRIFT: f64 = 0.000_5;
const MARGIN: f64 = 4_096.0;

/// One channel of sound. Frames that it has not are silence.
pub trait Samples {
    /// Its length.
    fn frames(&self) -> i64;

    /// Reads `frames` from the frame `from` on.
    ///
    /// # Errors
    /// The medium failed.
    fn read(&self, from: i64, frames: usize) -> std::io::Result<Vec<f32>>;
}

/// Why sound tells nothing.
#[derive(Debug, thiserror::Error)]
pub enum NoSound {
    /// Frames are no measure of both.
    #[error("A has {0} frames a second and B {1}: only clocks are compared")]
    Rates(u32, u32),
    /// By the clocks, or at all.
    #[error("the takes do not overlap by {SHORT} frames")]
    Apart,
    /// There is sound, and nothing of it is in both.
    #[error(
        "they have no sound in common: {found} of {PLACES} places are alike, at least {least} must be and fit together"
    )]
    Nothing {
        /// Places where something alike was found.
        found: usize,
        /// As many are needed.
        least: usize,
    },
    /// The medium failed.
    #[error("cannot be read: {0}")]
    Read(#[from] std::io::Error),
}

/// What was found at one place.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Place {
    /// The frame of A.
    pub frame: i64,
    /// By how many frames A's frame is later than B's of the same sound.
    pub offset_frames: f64,
    /// How many times higher the peak is than the next best.
    pub confidence: f64,
}

/// What sound says.
#[derive(Clone, Debug, Serialize)]
pub struct BySound {
    /// The frame of A at which B begins.
    pub offset_frames: f64,
    /// The same in ms; 0 until [`BySound::at_rate`].
    pub offset_ms: f64,
    /// What the offset may be wrong by, in frames: twice its standard error, and half a frame.
    pub uncertainty_frames: f64,
    /// How much faster B's card runs, in ppm; none of a take that is too short for it.
    pub drift_ppm: Option<f64>,
    /// What that may be wrong by: twice its standard error.
    pub drift_uncertainty_ppm: Option<f64>,
    /// Where it was found.
    pub places: Vec<Place>,
}

/// A stretch of A, and what is expected of it in B.
#[derive(Clone, Copy)]
struct Search {
    /// First frame of A.
    from: i64,
    frames: usize,
    /// B's frame less A's.
    expected: i64,
    /// How far to either side.
    range: usize,
}

/// What a search found.
struct Peak {
    /// B's frame less A's.
    lag: f64,
    /// Over the root mean square, and over the next best.
    height: f64,
    alone: f64,
}

/// Listens for B in A, `search` frames to either side of where A's frame `expected` is B's first.
///
/// # Errors
/// Sound tells nothing.
pub fn by_sound(a: &dyn Samples, b: &dyn Samples, expected: f64, search: f64) -> Result<BySound, NoSound> {
    let (first, last) = (expected.max(0.0), (a.frames() as f64).min(expected + b.frames() as f64));
    let both = (last - first).max(0.0) as usize;
    if both < SHORT {
        return Err(NoSound::Apart);
    }
    let frames =
        if both >= 2 * LONG { LONG } else { (both / 2).next_power_of_two().clamp(SHORT, LONG).min(both) };
    let step = (both - frames) / (PLACES - 1);
    let mut ears = Ears::default();
    let mut heard = Heard::default();
    for place in 0..PLACES {
        let from = first as i64 + (place * step) as i64;
        let (expected, range) = heard.around(from, -expected, search);
        let stretch =
            Search { from, frames, expected: expected.round() as i64, range: range.ceil() as usize };
        heard.listen(&mut ears, (a, b), stretch)?;
    }
    let least = if step > 0 { 2 } else { 1 };
    heard.conclude(least).ok_or(NoSound::Nothing { found: heard.places.len(), least })
}

impl BySound {
    /// With times at `rate` frames a second.
    pub fn at_rate(self, rate: f64) -> Self {
        Self { offset_ms: self.offset_frames * 1_000.0 / rate, ..self }
    }
}

/// What was heard so far.
#[derive(Default)]
struct Heard {
    places: Vec<Place>,
    /// Middle of each piece in A, and its lag.
    points: Vec<(f64, f64)>,
}

impl Heard {
    /// Which lag is expected of A's frame `from`, and how far to either side: close to what was heard, if anything was.
    fn around(&self, from: i64, expected: f64, search: f64) -> (f64, f64) {
        match self.places.last() {
            Some(last) => {
                let away = (from - last.frame).abs() as f64 * DRIFT + MARGIN;
                if away < search { (-last.offset_frames, away) } else { (expected, search) }
            }
            None => (expected, search),
        }
    }

    /// Looks for a stretch, and where it is found for its pieces.
    fn listen(
        &mut self,
        ears: &mut Ears,
        (a, b): (&dyn Samples, &dyn Samples),
        stretch: Search,
    ) -> std::io::Result<()> {
        let found = ears.find(a, b, stretch)?;
        let Some(peak) = found.filter(|peak| peak.height >= CLEAR && peak.alone >= ALONE) else {
            return Ok(());
        };
        self.places.push(Place { frame: stretch.from, offset_frames: -peak.lag, confidence: peak.alone });
        let frames = PIECE.min(stretch.frames / 2);
        let step = (stretch.frames - frames) / (PIECES - 1);
        for piece in 0..PIECES {
            let from = stretch.from + (piece * step) as i64;
            let piece = Search { from, frames, expected: peak.lag.round() as i64, range: NEAR };
            if let Some(peak) = ears.find(a, b, piece)?.filter(|peak| peak.height >= CLEAR) {
                self.points.push((from as f64 + frames as f64 / 2.0, peak.lag));
            }
        }
        Ok(())
    }

    /// The line through all pieces; none where they lie on none.
    fn conclude(&self, least: usize) -> Option<BySound> {
        let (line, inside) = through_most(&self.points, WIDTH)?;
        let on_it = |place: &&Place| (line.at(place.frame as f64) + place.offset_frames).abs() <= NEAR as f64;
        let places: Vec<_> = self.places.iter().filter(on_it).copied().collect();
        let kept: Vec<f64> = self
            .points
            .iter()
            .zip(&inside)
            .filter(|(_, inside)| **inside)
            .map(|(point, _)| point.0)
            .collect();
        if places.len() < least || kept.len() < PIECES / 2 {
            return None;
        }
        Some(self.answer(&line, &kept, places))
    }

    fn answer(&self, line: &Line, kept: &[f64], places: Vec<Place>) -> BySound {
        // B's frame 0 is where A's frame and the lag come to nothing.
        let offset_frames = -line.at(0.0) / (1.0 + line.slope);
        let away = (offset_frames - line.middle.0).abs();
        let count = (kept.len() as f64).sqrt();
        let uncertainty_frames = 0.5 + 2.0 * (line.rms / count + line.slope_error * away);
        let told = kept.len() > 2 && line.slope_error > 0.0;
        BySound {
            offset_frames,
            offset_ms: 0.0,
            uncertainty_frames,
            drift_ppm: told.then_some(line.slope * 1e6),
            drift_uncertainty_ppm: told.then_some(2.0 * line.slope_error * 1e6),
            places,
        }
    }
}

/// What correlates.
struct Ears {
    planner: RealFftPlanner<f32>,
}

impl Default for Ears {
    fn default() -> Self {
        Self { planner: RealFftPlanner::new() }
    }
}

impl Ears {
    /// Where a stretch of A is in B; none where either is silent.
    fn find(&mut self, a: &dyn Samples, b: &dyn Samples, search: Search) -> std::io::Result<Option<Peak>> {
        let Search { from, frames, expected, range } = search;
        let one = a.read(from, frames)?;
        let other = b.read(from + expected - range as i64, frames + 2 * range)?;
        let size = (frames + 2 * range).next_power_of_two();
        let forward = self.planner.plan_fft_forward(size);
        let (Some(one), Some(other)) = (spectrum(&*forward, one, size), spectrum(&*forward, other, size))
        else {
            return Ok(None);
        };
        let mut cross: Vec<Complex<f32>> =
            one.iter().zip(&other).map(|(one, other)| one.conj() * other).collect();
        whiten(&mut cross);
        let mut lags = vec![0.0; size];
        if self.planner.plan_fft_inverse(size).process(&mut cross, &mut lags).is_err() {
            return Ok(None);
        }
        Ok(peak(&lags, 2 * range)
            .map(|peak| Peak { lag: peak.lag + (expected - range as i64) as f64, ..peak }))
    }
}

/// The spectrum of sound that is followed by silence; none of silence alone.
fn spectrum(forward: &dyn RealToComplex<f32>, mut sound: Vec<f32>, size: usize) -> Option<Vec<Complex<f32>>> {
    if sound.iter().all(|sample| sample.abs() < 1e-6) {
        return None;
    }
    // A step at either end would be in both.
    let edge = sound.len() / 16;
    let fade = |at: usize| 0.5 - 0.5 * (std::f32::consts::PI * (at as f32 + 0.5) / edge as f32).cos();
    sound.iter_mut().take(edge).enumerate().for_each(|(at, sample)| *sample *= fade(at));
    sound.iter_mut().rev().take(edge).enumerate().for_each(|(at, sample)| *sample *= fade(at));
    sound.resize(size, 0.0);
    let mut spectrum = forward.make_output_vec();
    forward.process(&mut sound, &mut spectrum).ok()?;
    Some(spectrum)
}

/// Every frequency weighs the same, but for those that have next to nothing; neither DC nor the band's end counts.
fn whiten(cross: &mut [Complex<f32>]) {
    let mean = cross.iter().map(|bin| bin.norm()).sum::<f32>() / cross.len().max(1) as f32;
    cross.iter_mut().for_each(|bin| *bin /= bin.norm() + 1e-3 * mean + f32::MIN_POSITIVE);
    for end in [0, cross.len().saturating_sub(1)] {
        if let Some(bin) = cross.get_mut(end) {
            *bin = Complex::default();
        }
    }
}

/// The highest of the lags up to `most`, between its neighbours by a parabola.
fn peak(lags: &[f32], most: usize) -> Option<Peak> {
    let wanted = lags.get(..=most)?;
    let (at, height) = wanted.iter().copied().enumerate().max_by(|one, other| one.1.total_cmp(&other.1))?;
    let all: f64 = lags.iter().map(|lag| f64::from(*lag).powi(2)).sum();
    let near: f64 =
        lags.iter().skip(at.saturating_sub(ECHO)).take(2 * ECHO).map(|lag| f64::from(*lag).powi(2)).sum();
    let others = lags.len().saturating_sub(2 * ECHO).max(1) as f64;
    let rms = if lags.len() > 4 * ECHO {
        ((all - near).max(0.0) / others).sqrt()
    } else {
        (all / lags.len() as f64).sqrt()
    };
    let far = wanted.iter().enumerate().filter(|(other, _)| other.abs_diff(at) > ECHO).map(|(_, lag)| *lag);
    let next = f64::from(far.fold(0.0, f32::max)).max(rms);
    let side = |at: Option<usize>| at.and_then(|at| wanted.get(at)).copied().unwrap_or(height);
    let (before, after) = (f64::from(side(at.checked_sub(1))), f64::from(side(Some(at + 1))));
    let bend = before - 2.0 * f64::from(height) + after;
    let shift = if bend < 0.0 { (0.5 * (before - after) / bend).clamp(-0.5, 0.5) } else { 0.0 };
    let above = |rest: f64| f64::from(height) / rest.max(f64::MIN_POSITIVE);
    Some(Peak { lag: at as f64 + shift, height: above(rms), alone: above(next) })
}
