//! The service manager: it is told when the box is ready and how it does, and that it is alive only while it is.
//!
//! Runs on: supervisor.
use super::super::status::Status;
use super::super::watchdog::{Progress, Watchdog, WriterProgress};
use crate::hal::linux::ServiceManager;
use std::time::{Duration, Instant};

/// Between two status texts.
const STATUS_EVERY: Duration = Duration::from_secs(1);

/// What is due to it.
pub struct Service {
    manager: ServiceManager,
    watchdog: Watchdog,
    begun: Instant,
    /// Half of what it waits for a sign of life, so that one may come late.
    feed_every: Option<Duration>,
    fed: Option<Instant>,
    starving: bool,
    told: Option<Instant>,
    ready: bool,
}

impl Service {
    /// For a pool that holds `pool` of sound.
    pub fn new(manager: ServiceManager, pool: Duration) -> Self {
        Self {
            feed_every: manager.interval().map(|interval| interval / 2),
            manager,
            watchdog: Watchdog::new(pool),
            begun: Instant::now(),
            fed: None,
            starving: false,
            told: None,
            ready: false,
        }
    }

    /// Tells what is due: ready with the first period, a status once a second, signs of life.
    pub fn report(&mut self, status: &Status<'_>) {
        let now = Instant::now();
        let counters = status.remote.counters;
        if !self.ready && counters.periods.get() > 0 {
            self.ready = true;
            self.manager.ready();
        }
        if self.told.is_none_or(|told| now.duration_since(told) >= STATUS_EVERY) {
            self.told = Some(now);
            self.manager.status(&status.line());
        }
        let progress = Progress {
            turns: counters.turns.get(),
            writers: status.media.iter().map(WriterProgress::of).collect(),
            all_there: status.writers_running,
        };
        let alive = self.watchdog.is_fed(progress, now.duration_since(self.begun));
        self.feed(alive, now);
    }

    fn feed(&mut self, alive: bool, now: Instant) {
        if !alive && !self.starving {
            tracing::error!("the period loop or a writer stands still; the watchdog is fed no more");
        }
        self.starving = !alive;
        let Some(every) = self.feed_every else { return };
        if alive && self.fed.is_none_or(|fed| now.duration_since(fed) >= every) {
            self.fed = Some(now);
            self.manager.feed();
        }
    }

    /// Says that the end has begun.
    pub fn stopping(&mut self) {
        self.manager.stopping();
    }
}
