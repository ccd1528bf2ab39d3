//! Loudness range by EBU Tech 3342 (version of 2023), from a histogram of short-term loudness: its memory does not grow with the take.
//!
//! Runs on: loudness.
use super::window::{energy, loudness};

/// The absolute gate in LUFS: what is quieter does not count.
const ABSOLUTE_GATE: f64 = -70.0;
/// How far below the loudness of what has passed that gate the relative one lies, in LU: what is quieter does not count either.
const RELATIVE_GATE: f64 = 20.0;
/// Shares of the windows that are quieter than the range's lower and upper end.
const PERCENTILES: [f64; 2] = [0.10, 0.95];
/// Width of a step of the histogram, in LU.
const STEP: f64 = 0.1;
/// Steps of the histogram, from the absolute gate up.
const STEPS: usize = 1_000;
/// Where the histogram ends, in LUFS; what is louder counts as this.
const LOUDEST: f64 = 30.0;

/// Short-term loudness of windows that overlap by 2.9 s, as the text asks for.
#[derive(Debug)]
pub(super) struct Range {
    counts: Box<[u32]>,
    /// Sum of the mean squares of all that are counted.
    energy: f64,
    windows: u64,
}

impl Range {
    /// Of nothing yet.
    pub fn new() -> Self {
        Self { counts: vec![0; STEPS].into(), energy: 0.0, windows: 0 }
    }

    /// Counts a window by its mean square.
    pub fn add(&mut self, mean_square: f64) {
        let level = loudness(mean_square);
        // Nor does what is no number.
        if level.is_nan() || level < ABSOLUTE_GATE {
            return;
        }
        let level = level.min(LOUDEST);
        let step = (((level - ABSOLUTE_GATE) / STEP) as usize).min(STEPS - 1);
        if let Some(count) = self.counts.get_mut(step) {
            *count = count.saturating_add(1);
        }
        self.energy += energy(level);
        self.windows += 1;
    }

    /// The range in LU, to some 0.1; none where no window was louder than -70 LUFS.
    pub fn lu(&self) -> Option<f64> {
        if self.windows == 0 {
            return None;
        }
        let gate = loudness(self.energy / self.windows as f64) - RELATIVE_GATE;
        // The first step whose middle is no quieter than the gate.
        let first = ((gate - ABSOLUTE_GATE) / STEP - 0.5).ceil().max(0.0) as usize;
        let passed = self.counts.get(first..)?;
        let windows: u64 = passed.iter().map(|count| u64::from(*count)).sum();
        // As in the code that Tech 3342 gives: round((n - 1) * share), counted from the quietest.
        let [low, high] = PERCENTILES.map(|share| {
            let rank = (windows.saturating_sub(1) as f64 * share).round() as u64;
            step_of(passed, rank)
        });
        Some((high? - low?) as f64 * STEP)
    }
}

/// The step in which the window of this rank lies, the quietest being 0.
fn step_of(counts: &[u32], rank: u64) -> Option<usize> {
    let mut quieter = 0;
    counts.iter().position(|count| {
        quieter += u64::from(*count);
        quieter > rank
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(levels: &[f64]) -> Option<f64> {
        let mut range = Range::new();
        levels.iter().for_each(|level| range.add(energy(*level)));
        range.lu()
    }

    #[test]
    fn what_a_gate_holds_back_does_not_count() {
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[-70.1, f64::NEG_INFINITY, f64::NAN]), None, "all below the absolute gate");
        assert_eq!([&[-20.0][..], &[60.0], &[f64::INFINITY]].map(of), [Some(0.0); 3]);
        let near =
            |levels: &[f64], wanted: f64| assert!((of(levels).unwrap() - wanted).abs() < 0.11, "{levels:?}");
        near(&[-30.0, -20.0], 10.0);
        near(&[-42.5, -20.0], 22.5);
        near(&[-43.5, -20.0], 0.0);
        near(&[-69.9, -69.0, -120.0], 0.9);
        near(&[29.0, 60.0], 0.9);
    }

    /// The range by the method as the text has it, of the levels themselves: the inner value is none where nothing passes the
    /// gates, the outer one where the relative gate is so near a level that a histogram cannot tell.
    pub fn by_text(levels: &[f64]) -> Option<Option<f64>> {
        let mut loud: Vec<f64> = levels.iter().copied().filter(|level| *level >= ABSOLUTE_GATE).collect();
        let mean = loud.iter().map(|level| energy(*level)).sum::<f64>() / loud.len() as f64;
        let gate = loudness(mean) - RELATIVE_GATE;
        if loud.iter().any(|level| (level - gate).abs() <= STEP * 0.51) {
            return None;
        }
        loud.retain(|level| *level >= gate);
        loud.sort_by(f64::total_cmp);
        let at = |share: f64| loud.get(((loud.len().max(1) - 1) as f64 * share).round() as usize);
        Some(at(0.95).zip(at(0.1)).map(|(high, low)| high - low))
    }

    proptest! {
        #[test]
        fn it_is_the_distance_of_the_percentiles(levels in prop::collection::vec(-90.0..0.0_f64, 0..200)) {
            let wanted = by_text(&levels);
            prop_assume!(wanted.is_some());
            match (of(&levels), wanted.flatten()) {
                (Some(range), Some(wanted)) => prop_assert!((range - wanted).abs() <= STEP + 1e-9, "{range}, not {wanted}"),
                (range, wanted) => prop_assert_eq!(range, wanted),
            }
        }
    }
}
