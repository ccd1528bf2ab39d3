//! When the box records by itself, as it is told.
//!
//! Runs on: supervisor.
use crate::config::ServiceConfig;
use serde::{Deserialize, Serialize};

/// All of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ScheduleReport {
    /// Whether the calendar counts.
    pub enabled: bool,
    /// The calendar, as the configuration writes it.
    pub entries: Vec<ServiceConfig>,
    /// The service that begins next within a week; null: none, or it is not known what time it is.
    pub next: Option<NextService>,
    /// The service that is on.
    pub active: Option<ActiveService>,
    /// The level trigger.
    pub trigger: TriggerReport,
    /// Whether it is known what time it is; services wait for that.
    pub clock: ClockWord,
    /// What is wrong with it.
    pub fault: Option<String>,
}

/// A service that is to come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NextService {
    /// What people call it.
    pub name: String,
    /// When it begins, as RFC 3339 has it, in the local time of the box.
    pub start: String,
}

/// A service that is on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ActiveService {
    /// What people call it.
    pub name: String,
    /// When it ends, likewise.
    pub until: String,
}

/// The level trigger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TriggerReport {
    /// Sound starts takes by itself.
    pub on: bool,
    /// What it hears.
    pub state: TriggerWord,
}

/// What the level trigger hears; always idle while it is off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TriggerWord {
    /// No sound.
    #[default]
    Idle,
    /// The level is reached, not for long enough yet.
    Above,
    /// There is sound.
    Recording,
    /// There was sound a while ago.
    Holding,
}

/// Whether it is known what time it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ClockWord {
    /// It is.
    Set,
    /// It is not.
    #[default]
    Unset,
}

/// Another calendar in place of the one that is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarWish {
    /// All of it, as the configuration writes `[[service]]`; 50 at most.
    pub entries: Vec<ServiceConfig>,
}

/// Something is to be on or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SwitchWish {
    /// True: on.
    pub on: bool,
}

/// A service begins or ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ServiceTime {
    /// What people call it.
    pub service: String,
    /// When it began, as RFC 3339 has it, in the local time of the box.
    pub start: String,
    /// When it ends, likewise.
    pub end: String,
}
