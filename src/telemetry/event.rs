//! What happens: told once, and kept while the broker is away.
//!
//! Runs on: supervisor.
use super::delivery::DeliveryTold;
use super::report::FindingReport;
use super::schedule::ServiceTime;
use serde::Serialize;

/// Something that happened, at an absolute frame where that is known.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event_type", rename_all = "snake_case")]
pub enum Occurrence {
    /// A take is open.
    TakeStarted {
        /// Its folder.
        take: String,
        /// Its first frame.
        at: u64,
    },
    /// A take is closed, and valid.
    TakeClosed {
        /// Its folder.
        take: String,
        /// Its length in frames.
        frames: u64,
        /// Its gaps.
        gaps: u64,
        /// Why, in a few words.
        reason: String,
    },
    /// The take goes on in new files.
    Split {
        /// Their first frame.
        at: u64,
        /// Their part number, from 2.
        part: u32,
    },
    /// A marker was set.
    Marker {
        /// Where.
        at: u64,
        /// What it says.
        label: String,
    },
    /// Frames were lost.
    Gap {
        /// First missing frame.
        at: u64,
        /// How many.
        frames: u64,
        /// Why.
        cause: String,
    },
    /// The medium was slow.
    SlowSync {
        /// How far the take had come.
        at: u64,
        /// How long the sync took.
        ms: u64,
    },
    /// The state became FAULT.
    Fault {
        /// Why, in one line.
        reason: String,
    },
    /// The state is FAULT no more.
    Recovered {
        /// What it is now.
        state: String,
    },
    /// What is known of the order of the card's channels has changed.
    ChannelOrder {
        /// Where.
        at: u64,
        /// "unchecked", "unknown", "right", "realigning", "realigned" or "wrong".
        order: String,
        /// First frame that is concerned.
        since: u64,
        /// How many channels further on inputs are read.
        rotation: usize,
        /// What is wrong.
        reason: Option<String>,
    },
    /// An input is ill, or well again.
    InputHealth {
        /// From 1.
        input: usize,
        /// As configured.
        name: String,
        /// "ok", "dead", "stuck", "clipping" or "hum".
        health: String,
    },
    /// A self-test has ended.
    SelfTest {
        /// Everything is as it should be.
        passed: bool,
        /// One for each subject.
        checks: Vec<FindingReport>,
    },
    /// An orphaned take was repaired, or could not be.
    Repair {
        /// Its folder.
        take: String,
        /// Whether it is valid now.
        repaired: bool,
        /// What was done, or why not.
        note: String,
    },
    /// Retention has deleted a take.
    TakeDeleted {
        /// Its folder.
        take: String,
        /// Length of its files together.
        bytes: u64,
    },
    /// Retention cannot make the room that was asked for.
    RetentionFailed {
        /// Why, in one line.
        reason: String,
    },
    /// A take is protected from retention, or no longer, or that could not be changed.
    Protection {
        /// Its folder.
        take: String,
        /// Whether it is; null: as before.
        protected: Option<bool>,
        /// Why it could not be changed.
        note: Option<String>,
    },
    /// The clock was set, or a time source begins to vouch for it.
    ClockSet {
        /// By how many seconds.
        step_s: f64,
        /// Whether a time source vouches for it.
        synced: bool,
    },
    /// A service of the calendar is on.
    ServiceStarted(ServiceTime),
    /// It is over.
    ServiceEnded(ServiceTime),
    /// A take was delivered, or could not be.
    Delivery(DeliveryTold),
}

/// What an [`Occurrence`] is called in "event_type".
pub const EVENT_TYPES: [&str; 19] = [
    "take_started",
    "take_closed",
    "split",
    "marker",
    "gap",
    "slow_sync",
    "fault",
    "recovered",
    "repair",
    "take_deleted",
    "retention_failed",
    "protection",
    "clock_set",
    "channel_order",
    "input_health",
    "self_test",
    "service_started",
    "service_ended",
    "delivery",
];

/// An occurrence and its time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EventReport {
    /// Seconds since 1970 (UTC) by the box's clock.
    pub time: f64,
    /// The medium that it happened to, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub medium: Option<String>,
    /// What happened.
    #[serde(flatten)]
    pub what: Occurrence,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The position in `EVENT_TYPES`; a new occurrence does not compile without one.
    fn at(what: &Occurrence) -> usize {
        match what {
            Occurrence::TakeStarted { .. } => 0,
            Occurrence::TakeClosed { .. } => 1,
            Occurrence::Split { .. } => 2,
            Occurrence::Marker { .. } => 3,
            Occurrence::Gap { .. } => 4,
            Occurrence::SlowSync { .. } => 5,
            Occurrence::Fault { .. } => 6,
            Occurrence::Recovered { .. } => 7,
            Occurrence::Repair { .. } => 8,
            Occurrence::TakeDeleted { .. } => 9,
            Occurrence::RetentionFailed { .. } => 10,
            Occurrence::Protection { .. } => 11,
            Occurrence::ClockSet { .. } => 12,
            Occurrence::ChannelOrder { .. } => 13,
            Occurrence::InputHealth { .. } => 14,
            Occurrence::SelfTest { .. } => 15,
            Occurrence::ServiceStarted(_) => 16,
            Occurrence::ServiceEnded(_) => 17,
            Occurrence::Delivery(_) => 18,
        }
    }

    #[test]
    fn every_occurrence_goes_out_by_its_name() {
        let text = || "x".to_owned();
        let all = [
            Occurrence::TakeStarted { take: text(), at: 1 },
            Occurrence::TakeClosed { take: text(), frames: 0, gaps: 0, reason: text() },
            Occurrence::Split { at: 1, part: 2 },
            Occurrence::Marker { at: 1, label: text() },
            Occurrence::Gap { at: 1, frames: 2, cause: text() },
            Occurrence::SlowSync { at: 1, ms: 2 },
            Occurrence::Fault { reason: text() },
            Occurrence::Recovered { state: text() },
            Occurrence::Repair { take: text(), repaired: true, note: text() },
            Occurrence::TakeDeleted { take: text(), bytes: 1 },
            Occurrence::RetentionFailed { reason: text() },
            Occurrence::Protection { take: text(), protected: Some(true), note: None },
            Occurrence::ClockSet { step_s: -1.5, synced: true },
            Occurrence::ChannelOrder { at: 1, order: text(), since: 0, rotation: 2, reason: None },
            Occurrence::InputHealth { input: 1, name: text(), health: text() },
            Occurrence::SelfTest { passed: false, checks: Vec::new() },
            Occurrence::ServiceStarted(ServiceTime { service: text(), start: text(), end: text() }),
            Occurrence::ServiceEnded(ServiceTime { service: text(), start: text(), end: text() }),
            Occurrence::Delivery(DeliveryTold { take: text(), delivered: true, reason: None }),
        ];
        assert_eq!(all.len(), EVENT_TYPES.len());
        for what in all {
            let expected = EVENT_TYPES[at(&what)];
            let event = serde_json::to_value(EventReport { time: 1.5, medium: None, what }).unwrap();
            assert_eq!((&event["event_type"], &event["time"]), (&expected.into(), &1.5.into()), "{event}");
        }
    }
}
