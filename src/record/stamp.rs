//! When a take truly began, told once the clock is right. A box without a clock of its own starts in some other year, and the
//! network sets it in mid-take: names, numbers and the time references in files stay, `take.json` says what was true.
//!
//! Runs on: writer (the open take), repair (takes that are closed).
use super::clock::{Clock, WallTime};
use super::list;
use super::manifest::{Manifest, TakeState};
use super::storage::Storage;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::time::Duration;

/// A smaller difference is none: two readings may differ by half of it. Only steps show at all. A clock that a time source slews
/// takes the kernel's monotonic clock along, so that nothing can tell a correction from a quartz that is off.
const SMALL_MS: i64 = 100;
/// The time and the uptime are read within this, or once more: a difference between the two would look like a step.
const AT_ONCE: Duration = Duration::from_millis(SMALL_MS as u64 / 2);
const TRIES: usize = 20;

/// `clock` in `take.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockEntry {
    /// The start of the system that the take belongs to, as the kernel calls it.
    pub boot: String,
    /// From that start to the first frame, in ms: no setting of the clock moves it.
    pub uptime_ms: u64,
    /// Whether a time source had set the clock when this was written last.
    pub synced: bool,
    /// What has to be added to `started`, in ms; 0 where the clock was right, as far as is known.
    pub offset_ms: i64,
    /// The true local time of the first frame, where `offset_ms` is not 0.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub started_corrected: Option<String>,
}

/// The clock at one moment.
#[derive(Clone, Debug)]
pub struct Reading {
    now: WallTime,
    uptime_ms: u64,
    boot: String,
    synced: bool,
}

impl Reading {
    /// Reads `clock`; none where it cannot tell how long the system has been running.
    pub fn of(clock: &dyn Clock) -> Option<Self> {
        let boot = clock.boot()?;
        let mut uptime = clock.uptime()?;
        for _ in 0..TRIES {
            let now = clock.now();
            let before = std::mem::replace(&mut uptime, clock.uptime()?);
            if uptime.saturating_sub(before) <= AT_ONCE {
                let uptime_ms = uptime.as_millis() as u64;
                return Some(Self { now, uptime_ms, boot, synced: clock.synced() });
            }
        }
        None
    }

    /// When the system started, by the clock as it is now: it moves when the clock is set, and only then.
    fn base_ms(&self) -> i64 {
        self.now.millis().saturating_sub_unsigned(self.uptime_ms)
    }

    /// The time of day.
    pub fn now(&self) -> &WallTime {
        &self.now
    }

    /// Whether a time source vouches for the clock.
    pub fn synced(&self) -> bool {
        self.synced
    }

    /// For a take whose first frame was so many `frames` at `rate` Hz ago.
    pub fn entry(&self, frames: u64, rate: u32) -> ClockEntry {
        let ago = u128::from(frames) * 1_000 / u128::from(rate.max(1));
        let uptime_ms = self.uptime_ms.saturating_sub(u64::try_from(ago).unwrap_or(u64::MAX));
        let boot = self.boot.clone();
        ClockEntry { boot, uptime_ms, synced: self.synced, offset_ms: 0, started_corrected: None }
    }

    /// Notes in `manifest` what is known by now. True if that is news; false also for a take of another start of the system.
    pub fn correct(&self, manifest: &mut Manifest) -> bool {
        let Some(entry) = manifest.clock.as_mut().filter(|entry| entry.boot == self.boot) else {
            return false;
        };
        let Some(started) = WallTime::parse(&manifest.started) else { return false };
        let before = entry.clone();
        let truth = self.base_ms().saturating_add_unsigned(entry.uptime_ms);
        let offset = truth.saturating_sub(started.millis());
        let off = offset.saturating_abs() >= SMALL_MS;
        let corrected = || self.now.shifted(truth.saturating_sub(self.now.millis())).text();
        entry.offset_ms = if off { offset } else { 0 };
        entry.started_corrected = off.then(corrected);
        entry.synced = self.synced;
        *entry != before
    }
}

/// Sees when the clock is set.
#[derive(Debug, Default)]
pub struct Watch {
    last: Option<(i64, bool)>,
}

impl Watch {
    /// By how many ms the clock was set since the last look; none if it was not. A time source that begins to vouch for the
    /// clock counts too, even where it had been right.
    pub fn look(&mut self, reading: &Reading) -> Option<i64> {
        let now = (reading.base_ms(), reading.synced);
        let (base, synced) = *self.last.get_or_insert(now);
        let step = now.0.saturating_sub(base);
        if step.saturating_abs() < SMALL_MS && synced == now.1 {
            return None;
        }
        self.last = Some(now);
        Some(step)
    }
}

/// Corrects all takes in `dir` that are closed and of the same start of the system. Takes are in the order of their numbers, so
/// those of an earlier start end the search.
pub fn correct_closed(storage: &dyn Storage, dir: &Path, reading: &Reading) {
    for name in list::names(storage, dir).into_iter().rev() {
        let folder = dir.join(name);
        let Ok(mut manifest) = Manifest::read(storage, &folder) else { continue };
        let earlier = manifest.clock.as_ref().is_none_or(|entry| entry.boot != reading.boot);
        // A copy from another medium may be older than its number.
        if earlier && manifest.copied_from.is_none() {
            return;
        }
        if manifest.state != TakeState::Recording
            && reading.correct(&mut manifest)
            && let Err(error) = manifest.write(storage, &folder)
        {
            tracing::warn!("the true time of a take could not be noted: {error}");
        }
    }
}
