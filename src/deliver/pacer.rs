//! How long to wait so that no more than so many bytes go in a second. Pure.
//!
//! Runs on: delivery.
use std::time::Duration;

/// Keeps to a rate: what went makes the next wait. A pause is not made up for.
#[derive(Clone, Copy, Debug)]
pub struct Pacer {
    /// Bytes a second; none: as fast as it goes.
    limit: Option<u64>,
    /// When the next byte may go.
    due: Duration,
}

impl Pacer {
    /// For at most `limit` bytes a second.
    pub fn new(limit: Option<u64>) -> Self {
        Self { limit: limit.filter(|limit| *limit > 0), due: Duration::ZERO }
    }

    /// How many bytes to take at once: a quarter of a second of them.
    pub fn step(&self) -> usize {
        self.limit.map_or(usize::MAX, |limit| usize::try_from(limit / 4).unwrap_or(usize::MAX).max(1))
    }

    /// Takes note of `bytes` that are about to go at `now`; how long they have to wait.
    pub fn take(&mut self, now: Duration, bytes: u64) -> Duration {
        let Some(limit) = self.limit else { return Duration::ZERO };
        let start = self.due.max(now);
        self.due = start + Duration::from_secs_f64(bytes as f64 / limit as f64);
        // They go once their time is over, so that not even the first is too early.
        self.due.saturating_sub(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Whatever is sent when: by any moment no more has gone than the rate allows since the start.
        #[test]
        fn never_more_than_the_rate(limit in 1_u64..1_000_000, sent in prop::collection::vec((0_u64..100_000, 0_u64..5_000), 1..60)) {
            let (mut pacer, mut now, mut gone) = (Pacer::new(Some(limit)), Duration::ZERO, 0);
            for (bytes, pause) in sent {
                now += Duration::from_millis(pause);
                now += pacer.take(now, bytes);
                gone += bytes;
                let allowed = now.as_secs_f64() * limit as f64;
                prop_assert!(gone as f64 <= allowed * 1.000_001 + 1.0, "{gone} by {now:?}");
            }
        }

        /// Without a pause it keeps up with the rate, and without a limit it waits for nothing.
        #[test]
        fn no_slower_than_the_rate(limit in 1_u64..1_000_000, steps in 1_u64..50) {
            let (mut pacer, mut now) = (Pacer::new(Some(limit)), Duration::ZERO);
            for _ in 0..steps {
                now += pacer.take(now, limit);
            }
            prop_assert!((now.as_secs_f64() - steps as f64).abs() < 1e-3, "{now:?}");
            prop_assert_eq!(Pacer::new(None).take(now, u64::MAX), Duration::ZERO);
            prop_assert_eq!(Pacer::new(Some(0)).take(now, u64::MAX), Duration::ZERO);
        }
    }
}
