//! Whether there is sound: a level that is reached for long enough, until it is not for longer. Pure.
//!
//! Runs on: supervisor.
use crate::telemetry::TriggerWord;
use std::time::Duration;

/// Pauses shorter than this are not told as such: the state changes with what people do, not with every breath.
const PAUSE: Duration = Duration::from_secs(2);

/// What it goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// How long the level has to be reached.
    pub above: Duration,
    /// How long it must not be before there is silence.
    pub hold: Duration,
    /// How long sound lasts at least.
    pub least: Duration,
}

/// Who listens. Times are since some start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ear {
    patience: Patience,
    /// Since when the level is reached without a break.
    above: Option<Duration>,
    /// When the level was reached last, or listening began.
    heard: Duration,
    /// Since when there is sound.
    sound: Option<Duration>,
}

impl Ear {
    /// Nothing heard yet.
    pub fn new(patience: Patience) -> Self {
        Self { patience, above: None, heard: Duration::ZERO, sound: None }
    }

    /// At `now`, whether the level was reached since the last time.
    pub fn hear(&mut self, now: Duration, reached: bool) {
        if reached {
            let since = *self.above.get_or_insert(now);
            self.heard = now;
            if now.saturating_sub(since) >= self.patience.above {
                self.sound.get_or_insert(now);
            }
            return;
        }
        self.above = None;
        let lasted = |since: Duration| now.saturating_sub(since) >= self.patience.least;
        if self.silent(now) && self.sound.is_some_and(lasted) {
            self.sound = None;
        }
    }

    /// Whether there is sound.
    pub fn sound(&self) -> bool {
        self.sound.is_some()
    }

    /// Whether the level was not reached for as long as silence takes.
    pub fn silent(&self, now: Duration) -> bool {
        self.above.is_none() && now.saturating_sub(self.heard) >= self.patience.hold
    }

    /// The word for it at `now`.
    pub fn word(&self, now: Duration) -> TriggerWord {
        match (self.sound(), self.above.is_some()) {
            (false, false) => TriggerWord::Idle,
            (false, true) => TriggerWord::Above,
            (true, _) if now.saturating_sub(self.heard) < PAUSE => TriggerWord::Recording,
            (true, _) => TriggerWord::Holding,
        }
    }
}
