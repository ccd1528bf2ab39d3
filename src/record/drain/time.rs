//! When the sound of a take was captured.
//!
//! Runs on: writer.
use super::Worker;
use crate::record::clock::WallTime;
use crate::record::take::Take;
use crate::record::timing::{Known, Timing};

impl Worker {
    /// When the frame `at` was captured, how many frames ago that is at the time `now`, and what tells it: the moment that the card
    /// tells nearest to it. Without any, sound that has just arrived counts as captured now.
    pub(super) fn began(&self, at: u64, now: &WallTime) -> (WallTime, u64, Option<Timing>) {
        let rate = self.settings.sample_rate;
        let told = self.known().zip(self.timeline.moment_near(at));
        let timing = told.map(|(known, moment)| Timing::begin(&known, moment, at));
        let start = timing.as_ref().and_then(|timing| timing.start_ns(rate)).and_then(WallTime::from_unix_ns);
        match start {
            Some(start) => {
                let ago = u128::try_from(now.unix_ns() - start.unix_ns()).unwrap_or(0) * u128::from(rate);
                (start, u64::try_from(ago / 1_000_000_000).unwrap_or(u64::MAX), timing)
            }
            None => {
                let ago = self.machine.seen().saturating_sub(at);
                (now.before(ago, rate), ago, None)
            }
        }
    }

    /// Notes in a take what is known by now.
    pub(super) fn note_time(&self, take: &mut Take) {
        if let Some((known, moment)) = self.known().zip(self.timeline.moment()) {
            take.note_time(&known, moment);
        }
    }

    fn known(&self) -> Option<Known> {
        let bridge = self.clock.bridge()?;
        Some(Known { bridge, discipline: self.clock.discipline().unwrap_or_default() })
    }
}
