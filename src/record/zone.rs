//! Local time where the box stands: from a day and a time of day to a moment, through every change to summer time and back.
//!
//! Runs on: supervisor, main (`Zone::named`).
use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, ToSpan};
use std::path::Path;

/// Where the system keeps the tz database.
const DATABASE: &str = "/usr/share/zoneinfo";
const DAY_S: u32 = 86_400;

/// A time zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone(TimeZone);

/// A day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(Date);

impl Day {
    /// So many days later, or earlier; at the ends of time the same.
    pub fn shifted(self, days: i32) -> Self {
        self.0.checked_add(days.days()).map_or(self, Self)
    }

    /// From 0, Monday, to 6.
    pub fn weekday(self) -> usize {
        usize::from(self.0.weekday().to_monday_zero_offset().unsigned_abs())
    }

    fn at(self, seconds: u32) -> DateTime {
        self.0.at(0, 0, 0, 0).checked_add(i64::from(seconds).seconds()).unwrap_or(DateTime::MAX)
    }
}

impl Zone {
    /// The system's; UTC where it has none.
    pub fn system() -> Self {
        Self(TimeZone::system())
    }

    /// The one that the tz database calls so.
    ///
    /// # Errors
    /// What would be right, if there is none.
    pub fn named(name: &str) -> Result<Self, String> {
        if name == "UTC" {
            return Ok(Self(TimeZone::UTC));
        }
        let right = || format!("must be a time zone of {DATABASE}, such as \"Europe/Berlin\"");
        let plain = |part: &str| !part.is_empty() && !part.starts_with('.');
        if !name.split('/').all(plain) {
            return Err(right());
        }
        let bytes = std::fs::read(Path::new(DATABASE).join(name)).map_err(|_| right())?;
        TimeZone::tzif(name, &bytes).map(Self).map_err(|_| right())
    }

    /// The day that a moment, in ms since 1970, is on.
    pub fn day(&self, ms: i64) -> Day {
        Day(self.0.to_datetime(timestamp(ms)).date())
    }

    /// The moments, in ms since 1970, from which on and until which clocks show a time between `start` and `end` on this day, or
    /// on the night after it where `end` is not later. Both count seconds from midnight.
    ///
    /// What clocks show twice belongs to it both times, and to one stretch. What they leave out begins and ends where they jump;
    /// where all of it is left out, it is so much later as they jump.
    pub fn stretch(&self, day: Day, start: u32, end: u32) -> (i64, i64) {
        let end = if end > start { end } else { end + DAY_S };
        let (first, last) = (day.at(start), day.at(end));
        let (from, to) = (self.bound(first, false), self.bound(last, true));
        if from < to {
            return (from, to);
        }
        let later = self.0.to_ambiguous_timestamp(first).compatible().map_or(from, Timestamp::as_millisecond);
        (later, later.saturating_add(i64::from(end - start) * 1_000))
    }

    /// When clocks come to `time`: the first time that they do so, or the last.
    fn bound(&self, time: DateTime, last: bool) -> i64 {
        let ambiguous = self.0.to_ambiguous_timestamp(time);
        let found = match ambiguous.offset() {
            AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(time),
            AmbiguousOffset::Fold { before, after } => if last { after } else { before }.to_timestamp(time),
            // As clocks before the jump would have it, it is after the jump, less than a second later if it is just there.
            AmbiguousOffset::Gap { before, .. } => before.to_timestamp(time).map(|late| {
                let just_after = late.checked_add(1.second()).unwrap_or(late);
                self.0.preceding(just_after).next().map_or(late, |jump| jump.timestamp())
            }),
        };
        found.map_or(if last { i64::MIN } else { i64::MAX }, Timestamp::as_millisecond)
    }

    /// A moment as RFC 3339 has it: `2026-11-29T09:45:00+01:00`.
    pub fn text(&self, ms: i64) -> String {
        timestamp(ms).to_zoned(self.0.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    }

    /// A moment of this week as people say it: `Sun 09:45`.
    pub fn short(&self, ms: i64) -> String {
        timestamp(ms).to_zoned(self.0.clone()).strftime("%a %H:%M").to_string()
    }
}

/// Beyond the ends of time it is their end.
fn timestamp(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(if ms < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

#[cfg(test)]
#[path = "zone_tests.rs"]
mod tests;
