//! The latency monitor's ring: how long the last periods took.
use crate::sync::{AtomicU32, Ordering};
use core::array;

/// Periods the ring remembers (11 s at 128 frames and 48 kHz).
pub const LATENCY_RING: usize = 4096;

/// Durations of the last periods in ns; written on the rt thread, read anywhere.
///
/// A reader may meet an entry that is newer than its neighbours, never one that was not measured.
#[derive(Debug)]
pub struct LatencyRing<const N: usize = LATENCY_RING> {
    durations: [AtomicU32; N],
    written: AtomicU32,
}

impl<const N: usize> LatencyRing<N> {
    /// Empty.
    pub fn new() -> Self {
        Self { durations: array::from_fn(|_| AtomicU32::new(0)), written: AtomicU32::new(0) }
    }

    /// Notes one period's duration in ns; on the rt thread.
    pub fn note(&self, duration_ns: u32) {
        let written = self.written.load(Ordering::Relaxed);
        if let Some(entry) = self.durations.get(written as usize % N) {
            entry.store(duration_ns.max(1), Ordering::Relaxed);
        }
        self.written.store(written.wrapping_add(1), Ordering::Release);
    }

    /// The durations measured so far, in no special order; at most `N`.
    pub fn durations_ns(&self) -> impl Iterator<Item = u32> + '_ {
        self.durations.iter().map(|entry| entry.load(Ordering::Relaxed)).filter(|duration| *duration > 0)
    }
}

impl<const N: usize> Default for LatencyRing<N> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::vec::Vec;

    #[test]
    fn the_last_are_remembered() {
        let ring = LatencyRing::<3>::new();
        assert_eq!(ring.durations_ns().count(), 0);
        (1..=5).for_each(|duration| ring.note(duration));
        let mut durations: Vec<u32> = ring.durations_ns().collect();
        durations.sort_unstable();
        assert_eq!(durations, [3, 4, 5]);
    }
}

#[cfg(all(test, loom))]
mod loom_tests {
    use super::*;

    /// In every interleaving what is read was measured, and in the end the last are there.
    #[test]
    fn loom_only_what_was_measured_is_read() {
        loom::model(|| {
            let ring = loom::sync::Arc::new(LatencyRing::<2>::new());
            let writing = loom::sync::Arc::clone(&ring);
            let thread = loom::thread::spawn(move || [10, 20, 30].map(|duration| writing.note(duration)));
            assert!(ring.durations_ns().all(|duration| [10, 20, 30].contains(&duration)));
            thread.join().expect("writer");
            assert_eq!(ring.durations_ns().sum::<u32>(), 50);
        });
    }
}
