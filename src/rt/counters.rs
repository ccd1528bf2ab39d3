//! What is counted on the rt thread and read anywhere. Only rt writes, so relaxed loads and stores are enough.
use crate::MEDIA;
use crate::sync::{AtomicU64, Ordering};

/// One number that only the rt thread changes.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// The number now.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Adds; on the rt thread.
    pub fn add(&self, more: u64) {
        self.set(self.get().wrapping_add(more));
    }

    /// Keeps the larger; on the rt thread.
    pub fn at_least(&self, value: u64) {
        self.set(self.get().max(value));
    }

    /// Keeps the smaller; on the rt thread.
    pub fn at_most(&self, value: u64) {
        self.set(self.get().min(value));
    }

    /// Replaces; on the rt thread.
    pub fn set(&self, value: u64) {
        self.0.store(value, Ordering::Release);
    }
}

/// What rt counts of one medium's pool.
#[derive(Debug, Default)]
pub struct MediumCounters {
    /// Blocks dropped because the pool had none free.
    pub dropped_blocks: Counter,
    /// Frames that were captured and found no free block.
    pub dropped_frames: Counter,
    /// Fewest free blocks there ever were.
    pub free_blocks_low: Counter,
    /// Free blocks now.
    pub free_blocks: Counter,
}

/// All that rt counts since it started.
#[derive(Debug, Default)]
pub struct Counters {
    /// Periods gone through the engine.
    pub periods: Counter,
    /// Times that the loop came round, with sound or without: it lives.
    pub turns: Counter,
    /// Absolute position: frames captured and lost.
    pub position: Counter,
    /// Times the card's ring overran or the driver stopped.
    pub xruns: Counter,
    /// Frames that never came, which no medium has.
    pub lost_frames: Counter,
    /// Times the card went away.
    pub device_losses: Counter,
    /// Periods that took more than 80 % of their time; counts while the latency monitor is on.
    pub late_periods: Counter,
    /// Longest period in ns; counts while the latency monitor is on.
    pub worst_period_ns: Counter,
    /// Each medium's pool, in their order.
    pub media: [MediumCounters; MEDIA],
    /// Samples of inputs that were no finite number, and were silenced.
    pub silenced_samples: Counter,
    /// Commands that named an input or output that is not there.
    pub refused_commands: Counter,
    /// Events that found their queue full. What they told is in the counters and in the blocks all the same.
    pub lost_events: Counter,
    /// Voices that play now, or wait for their start.
    pub voices: Counter,
    /// Starts of voices that were refused.
    pub refused_starts: Counter,
    /// Starts of voices that came after their time.
    pub late_starts: Counter,
    /// Times that a voice had to fade out, as the next part of its stream was not there.
    pub late_reads: Counter,
    /// Periods in which a start waited, as there was no room to hand its clip back.
    pub held_starts: Counter,
}
