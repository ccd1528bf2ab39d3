//! How long syncs of a medium take: a small histogram of fixed size, in total and over the last minutes.
//!
//! Runs on: writer.
use super::status::{SyncFigures, SyncTimes};
use std::time::{Duration, Instant};

/// Steps of an octave: a percentile is at most 19 % too long, never too short.
const STEPS: f64 = 4.0;
/// From 1 ms to 2^17 ms, over two minutes; the last bin holds what is longer.
const BINS: usize = 17 * STEPS as usize + 2;
/// How far back [`SyncTimes::recent`] looks, in slots of [`SLOT`].
const SLOTS: usize = 10;
const SLOT: Duration = Duration::from_secs(60);

/// Durations by length.
#[derive(Clone, Copy, Debug)]
struct Histogram {
    bins: [u32; BINS],
    max_ms: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { bins: [0; BINS], max_ms: 0 }
    }
}

impl Histogram {
    fn add(&mut self, taken: Duration) {
        let ms = taken.as_secs_f64() * 1_000.0;
        let bin = (ms.max(1.0).log2() * STEPS).ceil() as usize;
        if let Some(count) = self.bins.get_mut(bin.min(BINS - 1)) {
            *count = count.saturating_add(1);
        }
        self.max_ms =
            self.max_ms.max(u64::try_from(taken.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX));
    }

    fn join(&mut self, other: &Self) {
        for (count, more) in self.bins.iter_mut().zip(other.bins) {
            *count = count.saturating_add(more);
        }
        self.max_ms = self.max_ms.max(other.max_ms);
    }

    fn figures(&self) -> SyncFigures {
        let count: u64 = self.bins.iter().map(|count| u64::from(*count)).sum();
        let percentile = |percent: u64| {
            let rank = (count * percent).div_ceil(100);
            let mut below = 0;
            let bin = self.bins.iter().position(|count| {
                below += u64::from(*count);
                below >= rank && below > 0
            });
            // The upper end of the bin; the longest of all bounds it, and is all that is known of the last one.
            let end = |bin: usize| (bin as f64 / STEPS).exp2().ceil() as u64;
            match bin {
                Some(bin) if bin < BINS - 1 => end(bin).min(self.max_ms),
                _ => self.max_ms,
            }
        };
        SyncFigures {
            count,
            p50_ms: percentile(50),
            p95_ms: percentile(95),
            p99_ms: percentile(99),
            max_ms: self.max_ms,
        }
    }
}

/// All syncs of one medium.
pub struct SyncMeter {
    total: Histogram,
    slots: [Histogram; SLOTS],
    begun: Instant,
    /// Slots begun so far.
    slot: u64,
}

impl SyncMeter {
    /// Nothing measured; minutes count from `begun`.
    pub fn new(begun: Instant) -> Self {
        Self { total: Histogram::default(), slots: [Histogram::default(); SLOTS], begun, slot: 0 }
    }

    /// Takes in a sync of length `taken` that ended at `now`, and what they all come to.
    pub fn add(&mut self, now: Instant, taken: Duration) -> SyncTimes {
        let due = (now.saturating_duration_since(self.begun).as_secs_f64() / SLOT.as_secs_f64()) as u64;
        for slot in (self.slot + 1..=due).rev().take(SLOTS) {
            if let Some(old) = self.slots.get_mut(slot as usize % SLOTS) {
                *old = Histogram::default();
            }
        }
        self.slot = self.slot.max(due);
        self.total.add(taken);
        if let Some(slot) = self.slots.get_mut(self.slot as usize % SLOTS) {
            slot.add(taken);
        }
        let mut recent = Histogram::default();
        self.slots.iter().for_each(|slot| recent.join(slot));
        SyncTimes { recent: recent.figures(), total: self.total.figures() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_older_than_ten_minutes_counts_in_total_alone() {
        let begun = Instant::now();
        let at = |seconds| begun + Duration::from_secs(seconds);
        let mut meter = SyncMeter::new(begun);
        meter.add(at(3), Duration::from_secs(20));
        let times = meter.add(at(599), Duration::from_millis(8));
        assert_eq!((times.recent.count, times.recent.max_ms, times.recent.p50_ms), (2, 20_000, 8));
        let times = meter.add(at(601), Duration::from_millis(8));
        assert_eq!((times.recent.count, times.recent.max_ms), (2, 8));
        assert_eq!((times.total.count, times.total.max_ms, times.total.p99_ms), (3, 20_000, 20_000));
        let times = meter.add(at(100_000), Duration::from_millis(1));
        assert_eq!((times.recent.count, times.total.count), (1, 4));
    }

    proptest! {
        /// Against the sorted lengths themselves: no percentile is too short, none over a fifth too long.
        #[test]
        fn percentiles_are_those_of_the_lengths(mut lengths in prop::collection::vec(1_u64..200_000, 1..400)) {
            let begun = Instant::now();
            let mut meter = SyncMeter::new(begun);
            let times = lengths.iter().map(|ms| meter.add(begun, Duration::from_millis(*ms))).last().unwrap();
            lengths.sort_unstable();
            let exact = |percent: usize| lengths[(lengths.len() * percent).div_ceil(100) - 1];
            let found = times.total;
            prop_assert_eq!(times.recent, found);
            prop_assert_eq!((found.count, found.max_ms), (lengths.len() as u64, exact(100)));
            for (found, exact) in [(found.p50_ms, exact(50)), (found.p95_ms, exact(95)), (found.p99_ms, exact(99))] {
                let close = found as f64 <= exact as f64 * 1.19 + 1.0 || exact > 131_072;
                prop_assert!(found >= exact && close && found <= times.total.max_ms, "{} for {}", found, exact);
            }
        }
    }
}
