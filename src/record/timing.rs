//! Which frame of a take was captured when, by the time of day: pairs of both, from the card's own position and the kernel's clock.
//! Takes of several boxes are laid against each other by them.
//!
//! Runs on: writer (pairs), main (what they come to).
use super::clock::{Bridge, Discipline, Source};
use serde::{Deserialize, Serialize};
use vestry_rt::block::Moment;

/// Most pairs of a take; of more every second one goes.
pub const MOST_PAIRS: usize = 64;
/// Most steps of the clock that are told apart.
pub const MOST_STEPS: usize = 32;
/// Pairs are so far apart at first, in seconds.
const SPACING_S: u64 = 10;
/// A smaller difference between two readings of the clock is no step, in ns.
const STEP_NS: u64 = 1_000_000;
/// A drift is told of so many seconds and more.
const LEAST_S: f64 = 5.0;

/// One frame and when it was captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair {
    /// The frame, counted from the take's first.
    pub position: i64,
    /// When it was captured, in ns since 1970 (UTC).
    pub unix_ns: i64,
    /// What that may be wrong by, in us; none while no time source kept the clock.
    pub uncertainty_us: Option<u64>,
}

/// The clock was set in mid-take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Pairs before this frame are by the clock as it was.
    pub position: i64,
    /// By how much it was set, in ns.
    pub step_ns: i64,
}

/// `timing` in `take.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timing {
    /// What kept the clock when the take began.
    pub source: Source,
    /// Whether it was kept then.
    pub synchronised: bool,
    /// What the time of the first frame may be wrong by, in us; none where the clock was not kept.
    pub uncertainty_us: Option<u64>,
    /// Frames and their times, the last one always the newest.
    pub pairs: Vec<Pair>,
    /// When the clock was set.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub steps: Vec<Step>,
    /// How often every second pair went.
    #[serde(skip)]
    thinned: u32,
    /// Between the time of day and the kernel's monotonic clock at first, and after each step, in ns.
    #[serde(skip)]
    offset_ns: i64,
}

/// What is known of the clock at one moment.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// From the kernel's monotonic clock to the time of day.
    pub bridge: Bridge,
    /// How well that is kept.
    pub discipline: Discipline,
}

impl Known {
    /// When the card had captured up to `moment`, for a take that begins at the absolute frame `start`.
    fn pair(&self, moment: Moment, start: u64) -> Pair {
        let wide = self.bridge.width_ns.div_ceil(1_000);
        Pair {
            position: moment.position.cast_signed().saturating_sub(start.cast_signed()),
            unix_ns: moment.ns.cast_signed().saturating_add(self.bridge.offset_ns),
            uncertainty_us: self.discipline.uncertainty_us.map(|us| us.saturating_add(wide)),
        }
    }
}

impl Timing {
    /// For a take that begins at the absolute frame `start`, near which a moment is known.
    pub fn begin(known: &Known, moment: Moment, start: u64) -> Self {
        let (Discipline { source, synchronised, .. }, pair) = (known.discipline, known.pair(moment, start));
        let offset_ns = known.bridge.offset_ns;
        let uncertainty_us = pair.uncertainty_us;
        Self {
            source,
            synchronised,
            uncertainty_us,
            pairs: vec![pair],
            steps: Vec::new(),
            thinned: 0,
            offset_ns,
        }
    }

    /// When the first frame was captured, in ns since 1970, going by the first pair and the nominal `rate`.
    pub fn start_ns(&self, rate: u32) -> Option<i64> {
        let first = self.pairs.first()?;
        let away = i128::from(first.position) * 1_000_000_000 / i128::from(rate.max(1));
        i64::try_from(i128::from(first.unix_ns) - away).ok()
    }

    /// Takes in what is known now; true if it is worth a new `take.json` before the take ends.
    pub fn note(&mut self, known: &Known, moment: Moment, start: u64, rate: u32) -> bool {
        let pair = known.pair(moment, start);
        if self.pairs.last().is_some_and(|last| pair.position <= last.position) {
            return false;
        }
        let stepped = self.note_step(&known.bridge, pair.position);
        let spacing = i64::from(rate).saturating_mul((SPACING_S << self.thinned.min(32)).cast_signed());
        let replaces = match self.pairs.as_slice() {
            [.., before, last] => !stepped && last.position.saturating_sub(before.position) < spacing,
            _ => false,
        };
        if replaces {
            self.pairs.pop();
        }
        self.pairs.push(pair);
        if self.pairs.len() < MOST_PAIRS {
            return stepped || self.pairs.len() == 2 && !replaces;
        }
        self.thin();
        true
    }

    /// Every second one goes, the newest stays.
    fn thin(&mut self) {
        let last = self.pairs.len() - 1;
        let mut at = 0;
        self.pairs.retain(|_| {
            at += 1;
            at % 2 == 1 || at - 1 == last
        });
        self.thinned += 1;
    }

    fn note_step(&mut self, bridge: &Bridge, position: i64) -> bool {
        let step_ns = bridge.offset_ns.saturating_sub(self.offset_ns);
        if step_ns.unsigned_abs() <= STEP_NS.saturating_add(bridge.width_ns) {
            return false;
        }
        self.offset_ns = bridge.offset_ns;
        let full = self.steps.len() == MOST_STEPS;
        let before = self.steps.pop_if(|_| full).map_or(0, |last| last.step_ns);
        self.steps.push(Step { position, step_ns: step_ns.saturating_add(before) });
        true
    }

    /// A line of the coding history.
    pub fn words(&self) -> String {
        let source = self.source.word();
        self.uncertainty_us
            .map_or_else(|| format!("clock {source}"), |us| format!("clock {source} +-{us} us"))
    }

    /// What all pairs come to at a nominal `rate`; none without any.
    pub fn fit(&self, rate: u32) -> Option<Fit> {
        let rate = f64::from(rate.max(1));
        let base = i128::from(self.pairs.first()?.unix_ns);
        let points: Vec<(f64, f64)> = self.pairs.iter().map(|pair| self.point(pair, base, rate)).collect();
        let line = Line::through(&points);
        let last = self.pairs.last()?;
        let span = points.last()?.0 - points.first()?.0;
        let told = span >= LEAST_S && last.uncertainty_us.is_some();
        let slope = if span >= LEAST_S { line.slope } else { 0.0 };
        let start = line.middle.1 - slope * line.middle.0;
        let bound = |us: u64| 1e6 * line.slope_error + 2.0 * us as f64 / span;
        Some(Fit {
            start_ns: base.saturating_add((start * 1e9).round() as i128),
            ppm: told.then(|| (1.0 / (1.0 + slope) - 1.0) * 1e6),
            ppm_uncertainty: last.uncertainty_us.filter(|_| told).map(bound),
            uncertainty_us: last.uncertainty_us.map(|us| us as f64),
        })
    }

    /// A pair as seconds of the card and what the time of day, as it is at the end, is ahead of them.
    fn point(&self, pair: &Pair, base: i128, rate: f64) -> (f64, f64) {
        let later = self.steps.iter().filter(|step| step.position > pair.position);
        let set: i128 = later.map(|step| i128::from(step.step_ns)).sum();
        let (card, day) = (pair.position as f64 / rate, i128::from(pair.unix_ns) + set - base);
        (card, day as f64 / 1e9 - card)
    }
}

/// What pairs come to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fit {
    /// When the take's first frame was captured, in ns since 1970.
    pub start_ns: i128,
    /// How much faster the card runs than its nominal rate, in ppm; none where nothing kept the clock, or not for long enough.
    pub ppm: Option<f64>,
    /// What that may be wrong by.
    pub ppm_uncertainty: Option<f64>,
    /// What the start may be wrong by, in us.
    pub uncertainty_us: Option<f64>,
}

/// The straight line of the least squares.
pub(super) struct Line {
    /// The middle of all points, which it goes through.
    pub middle: (f64, f64),
    pub slope: f64,
    /// The slope's standard error; 0 of fewer than three points.
    pub slope_error: f64,
    /// What points are off it, as root mean square.
    pub rms: f64,
}

impl Line {
    /// The line through `points`; level where they do not tell.
    pub fn through(points: &[(f64, f64)]) -> Self {
        let count = points.len().max(1) as f64;
        let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
        let middle = (mean(|point| point.0), mean(|point| point.1));
        let sum = |of: &dyn Fn(f64, f64) -> f64| -> f64 {
            points.iter().map(|(x, y)| of(x - middle.0, y - middle.1)).sum()
        };
        let across = sum(&|x, _| x * x);
        let slope = if across > 0.0 { sum(&|x, y| x * y) / across } else { 0.0 };
        let off = sum(&|x, y| (y - slope * x).powi(2));
        let free = points.len().saturating_sub(2).max(1) as f64;
        let slope_error = if points.len() > 2 && across > 0.0 { (off / free / across).sqrt() } else { 0.0 };
        Self { middle, slope, slope_error, rms: (off / count).sqrt() }
    }

    /// Its height at `x`.
    pub fn at(&self, x: f64) -> f64 {
        self.middle.1 + self.slope * (x - self.middle.0)
    }
}

#[cfg(test)]
#[path = "timing_tests.rs"]
mod tests;
