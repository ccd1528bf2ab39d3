//! Whether the service manager's watchdog is to be fed: only while the period loop and the writer get on. Pure.
//!
//! Runs on: supervisor.
use std::time::Duration;

/// How long the period loop may stand still: it comes round with every period, and several times a second without a card.
const LOOP_PATIENCE: Duration = Duration::from_secs(5);

/// How far both have come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Times that the period loop came round.
    pub turns: u64,
    /// Blocks that the writer is done with.
    pub blocks: u64,
    /// Whether blocks wait for the writer.
    pub waiting: bool,
}

/// Remembers when each last got on.
#[derive(Clone, Copy, Debug)]
pub struct Watchdog {
    /// How long the writer may stand still: a medium that stalls costs nothing as long as the pool holds, and a restart
    /// would throw away what is in it.
    patience: Duration,
    last: Progress,
    turned: Duration,
    wrote: Duration,
}

impl Watchdog {
    /// For a pool that holds `pool` of sound; times count from when this is made.
    pub fn new(pool: Duration) -> Self {
        Self {
            patience: pool + LOOP_PATIENCE,
            last: Progress::default(),
            turned: Duration::ZERO,
            wrote: Duration::ZERO,
        }
    }

    /// Whether all is well at `now`.
    pub fn is_fed(&mut self, progress: Progress, now: Duration) -> bool {
        if progress.turns != self.last.turns {
            self.turned = now;
        }
        if progress.blocks != self.last.blocks || !progress.waiting {
            self.wrote = now;
        }
        self.last = progress;
        now.saturating_sub(self.turned) <= LOOP_PATIENCE && now.saturating_sub(self.wrote) <= self.patience
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POOL: Duration = Duration::from_secs(30);

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_loop_that_stands_still_starves_it() {
        let mut watchdog = Watchdog::new(POOL);
        for now in 1..100 {
            assert!(watchdog.is_fed(Progress { turns: now, blocks: 0, waiting: false }, seconds(now)));
        }
        let stuck = Progress { turns: 99, blocks: 0, waiting: false };
        assert!(watchdog.is_fed(stuck, seconds(104)) && !watchdog.is_fed(stuck, seconds(105)));
    }

    #[test]
    fn a_stalled_medium_may_take_as_long_as_the_pool_holds() {
        let mut watchdog = Watchdog::new(POOL);
        let stalled = |now: u64| Progress { turns: now, blocks: 7, waiting: true };
        assert!((1..=36).all(|now| watchdog.is_fed(stalled(now), seconds(now))));
        assert!(!watchdog.is_fed(stalled(37), seconds(37)));
        assert!(watchdog.is_fed(Progress { blocks: 8, ..stalled(38) }, seconds(38)), "and it may get well");
    }
}
