//! Whether the service manager's watchdog is to be fed: only while the period loop and the writers get on. Pure.
//!
//! Runs on: supervisor.
use super::media::Medium;
use crate::record::Phase;
use std::time::Duration;

/// How long the period loop may stand still: it comes round with every period, and several times a second without a card.
const LOOP_PATIENCE: Duration = Duration::from_secs(5);

/// How far a writer has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WriterProgress {
    /// Blocks that it is done with.
    pub blocks: u64,
    /// Whether blocks wait for it.
    pub waiting: bool,
    /// Whether its medium takes what it writes.
    pub well: bool,
}

impl WriterProgress {
    /// Of a medium's writer.
    pub fn of(medium: &Medium) -> Self {
        let record = &medium.record;
        let well = record.fault.is_none() && matches!(record.phase, Phase::Idle | Phase::Recording);
        Self { blocks: record.blocks_done, waiting: record.waiting > 0, well }
    }
}

/// How far all have come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Times that the period loop came round.
    pub turns: u64,
    /// Every medium's writer, in their order.
    pub writers: Vec<WriterProgress>,
    /// Whether every writer's thread is there.
    pub all_there: bool,
}

/// Remembers when each last got on.
#[derive(Clone, Debug)]
pub struct Watchdog {
    /// How long a writer may stand still: a medium that stalls costs nothing as long as the pool holds, and a restart
    /// would throw away what is in it.
    patience: Duration,
    last: Progress,
    turned: Duration,
    wrote: Vec<Duration>,
}

impl Watchdog {
    /// For pools that hold `pool` of sound; times count from when this is made.
    pub fn new(pool: Duration) -> Self {
        let (last, wrote) = (Progress::default(), Vec::new());
        Self { patience: pool + LOOP_PATIENCE, last, turned: Duration::ZERO, wrote }
    }

    /// Whether all is well at `now`. A writer that stands still because its medium does is worth no restart while another
    /// one records: that would cost its take a piece, and the medium may hang all the same.
    pub fn is_fed(&mut self, progress: Progress, now: Duration) -> bool {
        if progress.turns != self.last.turns {
            self.turned = now;
        }
        self.wrote.resize(progress.writers.len(), now);
        for (at, (writer, wrote)) in progress.writers.iter().zip(&mut self.wrote).enumerate() {
            if self.last.writers.get(at).is_none_or(|last| last.blocks != writer.blocks) || !writer.waiting {
                *wrote = now;
            }
        }
        self.last = progress;
        let gets_on = |wrote: &Duration| now.saturating_sub(*wrote) <= self.patience;
        let mut writers = self.last.writers.iter().zip(&self.wrote);
        let written =
            self.wrote.iter().all(gets_on) || writers.any(|(writer, wrote)| writer.well && gets_on(wrote));
        now.saturating_sub(self.turned) <= LOOP_PATIENCE && written && self.last.all_there
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POOL: Duration = Duration::from_secs(30);

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn progress(turns: u64, writers: &[(u64, bool, bool)]) -> Progress {
        let writer = |&(blocks, waiting, well)| WriterProgress { blocks, waiting, well };
        Progress { turns, writers: writers.iter().map(writer).collect(), all_there: true }
    }

    #[test]
    fn a_loop_that_stands_still_starves_it() {
        let mut watchdog = Watchdog::new(POOL);
        for now in 1..100 {
            assert!(watchdog.is_fed(progress(now, &[(0, false, true)]), seconds(now)));
        }
        let stuck = || progress(99, &[(0, false, true)]);
        assert!(watchdog.is_fed(stuck(), seconds(104)) && !watchdog.is_fed(stuck(), seconds(105)));
    }

    #[test]
    fn a_stalled_medium_may_take_as_long_as_the_pool_holds() {
        let mut watchdog = Watchdog::new(POOL);
        let stalled = |now: u64| progress(now, &[(7, true, true)]);
        assert!((1..=36).all(|now| watchdog.is_fed(stalled(now), seconds(now))));
        assert!(!watchdog.is_fed(stalled(37), seconds(37)));
        assert!(watchdog.is_fed(progress(38, &[(8, true, true)]), seconds(38)), "and it may get well");
    }

    #[test]
    fn a_medium_that_hangs_is_no_reason_while_another_one_records() {
        let mut watchdog = Watchdog::new(POOL);
        let hangs = |now: u64| progress(now, &[(7, true, true), (now, true, true)]);
        assert!((1..=1000).all(|now| watchdog.is_fed(hangs(now), seconds(now))));
        // The other one only lets its blocks go: nothing is recorded any more.
        let dead = progress(1001, &[(7, true, true), (1001, true, false)]);
        assert!(!watchdog.is_fed(dead, seconds(1001)));
    }

    #[test]
    fn a_dead_medium_whose_writer_turns_is_no_reason_and_a_writer_that_is_gone_is_one() {
        let mut watchdog = Watchdog::new(POOL);
        let dead = |now: u64| progress(now, &[(now, true, false), (now, true, false)]);
        assert!((1..=1000).all(|now| watchdog.is_fed(dead(now), seconds(now))));
        let gone = Progress { all_there: false, ..progress(1001, &[(1001, true, true), (1, true, true)]) };
        assert!(!watchdog.is_fed(gone, seconds(1001)));
    }
}
