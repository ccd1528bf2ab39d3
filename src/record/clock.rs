//! The wall clock, as takes and services need it.
//!
//! Runs on: writer, repair, supervisor.
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};
use nix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::time::Duration;

/// What systemd-timesyncd makes once it has the time from the network.
const SYNCED: &str = "/run/systemd/timesync/synchronized";
/// What the kernel calls this start of the system.
const BOOT: &str = "/proc/sys/kernel/random/boot_id";
/// The clocks that the kernel knows; `hctosys` of one says whether it set the system's at the start.
const CLOCKS: &str = "/sys/class/rtc";
/// 2026-01-01, before which no box of this version ran: a clock whose battery was empty begins in 1970 or 2000.
const EARLIEST_MS: i64 = 1_767_225_600_000;
const FORM: &str = "%Y-%m-%dT%H:%M:%S%.f%:z";

/// How often the two clocks are read for a bridge; the closest readings count.
const READINGS: usize = 8;

/// What keeps the clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// IEEE 1588, by linuxptp.
    Ptp,
    /// Any other time source; NTP as a rule.
    Ntp,
    /// Nothing.
    #[default]
    Free,
}

impl Source {
    /// As in the file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ptp => "ptp",
            Self::Ntp => "ntp",
            Self::Free => "free",
        }
    }
}

/// How well the clock is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Discipline {
    /// By what.
    pub source: Source,
    /// Whether it is.
    pub synchronised: bool,
    /// The most that it can be wrong by, in us, as the kernel has it; none while nothing keeps it.
    pub uncertainty_us: Option<u64>,
}

/// From the kernel's monotonic clock to the time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bridge {
    /// What has to be added to CLOCK_MONOTONIC for ns since 1970 (UTC).
    pub offset_ns: i64,
    /// What that may be wrong by, in ns.
    pub width_ns: u64,
}

/// Where takes get their date and TimeReference from.
pub trait Clock: Send + Sync {
    /// Now, in local time.
    fn now(&self) -> WallTime;

    /// Time since the system started, which no setting of the clock moves; none where there is no telling.
    fn uptime(&self) -> Option<Duration> {
        None
    }

    /// A name for this start of the system; none where there is no telling.
    fn boot(&self) -> Option<String> {
        None
    }

    /// How well it is kept; none where there is no telling.
    fn discipline(&self) -> Option<Discipline> {
        None
    }

    /// From the kernel's monotonic clock to this one; none where there is no telling.
    fn bridge(&self) -> Option<Bridge> {
        None
    }

    /// Whether a time source is known to have set the clock since the system started.
    fn synced(&self) -> bool {
        false
    }

    /// Whether the time of day is known: a time source has set the clock, or the kernel took it from one that ran on.
    fn is_set(&self) -> bool {
        self.synced()
    }
}

/// The system's clock in the system's time zone.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> WallTime {
        WallTime(Zoned::now())
    }

    fn uptime(&self) -> Option<Duration> {
        clock_gettime(ClockId::CLOCK_BOOTTIME).ok().map(Duration::from)
    }

    fn boot(&self) -> Option<String> {
        Some(std::fs::read_to_string(BOOT).ok()?.trim().to_owned())
    }

    fn bridge(&self) -> Option<Bridge> {
        let read = |clock| {
            let time = clock_gettime(clock).ok().map(Duration::from)?;
            i64::try_from(time.as_nanos()).ok()
        };
        let bridge = |_| {
            let before = read(ClockId::CLOCK_MONOTONIC)?;
            let day = read(ClockId::CLOCK_REALTIME)?;
            let between = read(ClockId::CLOCK_MONOTONIC)?.saturating_sub(before);
            let offset_ns = day.saturating_sub(before).saturating_sub(between / 2);
            Some(Bridge { offset_ns, width_ns: between.unsigned_abs().div_ceil(2) })
        };
        (0..READINGS).filter_map(bridge).min_by_key(|bridge| bridge.width_ns)
    }

    fn synced(&self) -> bool {
        Path::new(SYNCED).exists()
    }

    fn is_set(&self) -> bool {
        self.synced() || ran_on(Path::new(CLOCKS), self.now().millis())
    }
}

/// Whether the kernel took the time from a clock on a battery that was not empty. A time that was kept in a file, as systemd does
/// where there is no such clock, is that of the last shutdown.
fn ran_on(clocks: &Path, now_ms: i64) -> bool {
    let taken = |clock: std::fs::DirEntry| {
        std::fs::read_to_string(clock.path().join("hctosys")).is_ok_and(|text| text.trim() == "1")
    };
    let clocks = std::fs::read_dir(clocks).into_iter().flatten();
    now_ms >= EARLIEST_MS && clocks.flatten().any(taken)
}

/// A moment in local time.
#[derive(Clone, Debug)]
pub struct WallTime(Zoned);

impl WallTime {
    /// Reads `2025-05-01T10:00:00.5+02:00`, as `text` writes it; none if it is not that.
    ///
    /// With the offset alone, so that a machine without a time zone database reads it too.
    pub fn parse(text: &str) -> Option<Self> {
        Zoned::strptime(FORM, text).ok().map(Self)
    }

    /// The moment so many ns since 1970 (UTC), in the system's zone.
    pub fn from_unix_ns(ns: i64) -> Option<Self> {
        let time = Timestamp::from_nanosecond(ns.into()).ok()?;
        Some(Self(time.to_zoned(TimeZone::system())))
    }

    /// Nanoseconds since 1970 (UTC).
    pub fn unix_ns(&self) -> i128 {
        self.0.timestamp().as_nanosecond()
    }

    /// A date `YYYY-MM-DD` and a time `HH:MM:SS` in the system's zone; none if they are not that.
    pub fn from_parts(date: &str, time: &str) -> Option<Self> {
        let civil: jiff::civil::DateTime = format!("{date}T{time}").parse().ok()?;
        civil.to_zoned(TimeZone::system()).ok().map(Self)
    }

    /// The moment `frames` at `rate` Hz earlier.
    pub fn before(&self, frames: u64, rate: u32) -> Self {
        let nanos = u128::from(frames) * 1_000_000_000 / u128::from(rate.max(1));
        let back = SignedDuration::from_nanos(i64::try_from(nanos).unwrap_or(i64::MAX));
        self.0.checked_sub(back).map_or_else(|_| self.clone(), Self)
    }

    /// The moment `frames` at `rate` Hz later.
    pub fn after(&self, frames: u64, rate: u32) -> Self {
        let nanos = u128::from(frames) * 1_000_000_000 / u128::from(rate.max(1));
        let on = SignedDuration::from_nanos(i64::try_from(nanos).unwrap_or(i64::MAX));
        self.0.checked_add(on).map_or_else(|_| self.clone(), Self)
    }

    /// Milliseconds since 1970 (UTC).
    pub fn millis(&self) -> i64 {
        self.0.timestamp().as_millisecond()
    }

    /// The moment so many milliseconds later, or earlier.
    pub fn shifted(&self, millis: i64) -> Self {
        self.0.checked_add(SignedDuration::from_millis(millis)).map_or_else(|_| self.clone(), Self)
    }

    /// Frames at `rate` Hz from local midnight, to the nearest.
    pub fn frames_since_midnight(&self, rate: u32) -> u64 {
        let (time, half) = (self.0.time(), 500_000_000);
        let seconds = time.hour() as u64 * 3600 + time.minute() as u64 * 60 + time.second() as u64;
        let part = (time.subsec_nanosecond() as u64 * u64::from(rate) + half) / 1_000_000_000;
        seconds * u64::from(rate) + part
    }

    /// `YYYY-MM-DD`.
    pub fn date(&self) -> String {
        self.0.strftime("%Y-%m-%d").to_string()
    }

    /// `HHMMSS`.
    pub fn compact_time(&self) -> String {
        self.0.strftime("%H%M%S").to_string()
    }

    /// `HH:MM:SS`.
    pub fn time(&self) -> String {
        self.0.strftime("%H:%M:%S").to_string()
    }

    /// RFC 3339 with a fraction where there is one.
    pub fn text(&self) -> String {
        self.0.strftime(FORM).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_counts_that_the_kernel_was_set_by_and_whose_battery_was_not_empty() {
        let dir = tempfile::tempdir().unwrap();
        let now = WallTime::parse("2026-11-29T09:45:00+01:00").unwrap().millis();
        assert!(!ran_on(&dir.path().join("none"), now) && !ran_on(dir.path(), now));
        let hctosys = |clock: &str, text: &str| {
            std::fs::create_dir_all(dir.path().join(clock)).unwrap();
            std::fs::write(dir.path().join(clock).join("hctosys"), text).unwrap();
        };
        hctosys("rtc0", "0\n");
        assert!(!ran_on(dir.path(), now));
        hctosys("rtc1", "1\n");
        assert!(ran_on(dir.path(), now));
        let empty = WallTime::parse("2025-12-31T23:59:59+00:00").unwrap().millis();
        assert!(!ran_on(dir.path(), empty) && ran_on(dir.path(), empty + 1_000));
    }

    #[test]
    fn going_back_crosses_midnight_to_the_sample() {
        let noon = WallTime::parse("2025-05-01T00:00:01+00:00").unwrap();
        assert_eq!(noon.frames_since_midnight(48_000), 48_000);
        let before = noon.before(48_000 * 2, 48_000);
        assert_eq!((before.date().as_str(), before.compact_time().as_str()), ("2025-04-30", "235959"));
        assert_eq!(noon.before(123, 44_100).after(123, 44_100).frames_since_midnight(44_100), 44_100);
    }
}
