//! The latency monitor's ring: how long the last periods took.
use crate::sync::{AtomicU32, Ordering};
use core::array;

/// Periods the ring remembers (11 s at 128 frames and 48 kHz).
pub const LATENCY_RING: usize = 4096;

/// Durations of the last periods in ns; written on the rt thread, read anywhere.
///
/// A reader may meet an entry that is newer than its neighbours, never one that was not measured.
#[derive(Debug)]
pub struct LatencyRing {
    durations: [AtomicU32; LATENCY_RING],
    written: AtomicU32,
}

impl LatencyRing {
    /// Empty.
    pub fn new() -> Self {
        Self { durations: array::from_fn(|_| AtomicU32::new(0)), written: AtomicU32::new(0) }
    }

    /// Notes one period's duration in ns; on the rt thread.
    pub fn note(&self, duration_ns: u32) {
        let written = self.written.load(Ordering::Relaxed);
        if let Some(entry) = self.durations.get(written as usize % LATENCY_RING) {
            entry.store(duration_ns.max(1), Ordering::Relaxed);
        }
        self.written.store(written.wrapping_add(1), Ordering::Release);
    }

    /// The durations measured so far, in no special order; at most `LATENCY_RING`.
    pub fn durations_ns(&self) -> impl Iterator<Item = u32> + '_ {
        self.durations.iter().map(|entry| entry.load(Ordering::Relaxed)).filter(|duration| *duration > 0)
    }
}

impl Default for LatencyRing {
    fn default() -> Self {
        Self::new()
    }
}
