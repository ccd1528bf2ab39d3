//! When the box records by itself: the calendar of services, and a level that starts it.
//!
//! Runs on: main (the file), mqtt and supervisor (a calendar that is sent).
use super::check::Check;
use super::key::Key;
use super::time_of_day::TimeOfDay;
use super::units::Db;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Most entries of a calendar.
pub const MOST_SERVICES: usize = 50;
/// Longest name of an entry, in characters.
const LONGEST_NAME: usize = 40;

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Weekday {
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}

/// An entry of the calendar, `[[service]]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceConfig {
    /// What people call it, 1..40 printable characters.
    pub name: String,
    /// The days on which it begins, each once, at least one.
    pub days: Vec<Weekday>,
    /// When it begins, in the local time of the box.
    pub start: TimeOfDay,
    /// When it ends, another time; one that is before `start` is of the next day.
    pub end: TimeOfDay,
    /// Whether it counts; true.
    #[serde(default = "yes")]
    pub enabled: bool,
}

fn yes() -> bool {
    true
}

impl ServiceConfig {
    /// The key that is wrong, and what would be right.
    pub fn fault(&self) -> Option<(&'static str, String)> {
        let printable = (1..=LONGEST_NAME).contains(&self.name.trim().chars().count())
            && !self.name.contains(char::is_control);
        let twice =
            (1..).zip(&self.days).any(|(next, day)| self.days.iter().skip(next).any(|other| other == day));
        match () {
            () if !printable => Some(("name", format!("must be 1..{LONGEST_NAME} printable characters"))),
            () if self.days.is_empty() || twice => {
                Some(("days", "must be some of mon, tue, wed, thu, fri, sat and sun, each once".into()))
            }
            () if self.start == self.end => Some(("end", "must be another time than start".into())),
            () => None,
        }
    }
}

/// What is wrong with a calendar that was sent or kept, and what would be right.
pub fn calendar_fault(entries: &[ServiceConfig]) -> Option<String> {
    if entries.len() > MOST_SERVICES {
        return Some(format!("{} entries: a calendar has {MOST_SERVICES} at most", entries.len()));
    }
    let wrong = |(number, entry): (usize, &ServiceConfig)| {
        entry.fault().map(|(key, right)| format!("entry {number}: {key}: {right}"))
    };
    (1..).zip(entries).find_map(wrong)
}

/// Whose word on the time counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClockTrust {
    /// A time source that the system knows of, or a clock that runs on a battery.
    #[default]
    Checked,
    /// Whatever the clock says.
    Trusted,
}

/// `[schedule]`: what goes for all services.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ScheduleConfig {
    /// Time zone of the calendar, as the tz database calls it; that of the system.
    pub timezone: Option<String>,
    /// Whose word on the time counts; checked.
    pub clock: ClockTrust,
    /// Minutes after the end of a service in which sound is recorded still, 0..240; 15.
    pub overrun_min: u32,
    /// Where a calendar is kept that was changed; `schedule` in `recordings_dir`. The folder is made, never its parent.
    pub dir: Option<PathBuf>,
}

impl Default for ScheduleConfig {
    fn default() -> Self {
        Self { timezone: None, clock: ClockTrust::Checked, overrun_min: 15, dir: None }
    }
}

/// `[trigger]`: the level that starts a take and the silence that ends it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TriggerConfig {
    /// Sound starts takes by itself; false.
    pub on: bool,
    /// Inputs that are listened to, 1..`inputs`; all that are not `unused`.
    pub inputs: Vec<usize>,
    /// Peak level that counts as sound, -90..0 dBFS; -40.
    pub threshold_db: Db,
    /// How long it has to be reached without a break, 0..10000 ms; 200.
    pub above_ms: u32,
    /// How long it is silent before the take ends, 1..3600 s; 30.
    pub hold_s: f64,
    /// Length that a take has at least, 0..3600 s; 10.
    pub min_length_s: f64,
}

impl Default for TriggerConfig {
    fn default() -> Self {
        Self {
            on: false,
            inputs: Vec::new(),
            threshold_db: Db(-40.0),
            above_ms: 200,
            hold_s: 30.0,
            min_length_s: 10.0,
        }
    }
}

impl Check<'_> {
    /// The calendar and the trigger.
    pub(super) fn schedule(&mut self) {
        let config = self.config;
        let most = Key::dotted("service").item(MOST_SERVICES);
        self.rule(&most, "", config.service.len() <= MOST_SERVICES, || {
            format!("is one entry too many, a calendar has {MOST_SERVICES} at most")
        });
        for (index, entry) in config.service.iter().enumerate() {
            let Some((key, right)) = entry.fault() else { continue };
            self.rule(&Key::dotted("service").item(index).name(key), "", false, || right);
        }
        let folder = config.schedule.dir.as_ref().is_none_or(|dir| !dir.as_os_str().is_empty());
        self.rule(&Key::dotted("schedule.dir"), "", folder, || "must name a folder, or be left out".into());
        for (index, input) in config.trigger.inputs.iter().enumerate() {
            let key = Key::dotted("trigger.inputs").item(index);
            self.rule(&key, "inputs", *input <= config.inputs, || {
                format!("must be 1..{} (`inputs`)", config.inputs)
            });
        }
    }
}
