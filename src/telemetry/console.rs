//! The retained state: what the box is doing and how its console stands. It changes when somebody or something changes
//! it, never with the sound; counters and times are in [`Health`](super::Health).
//!
//! Runs on: supervisor.
use super::control::TapName;
use super::delivery::{DeliveryReport, DeliveryTold};
use super::loudness::LiveReport;
use super::player::{PadTime, PlayerReport};
use super::report::FindingReport;
use super::schedule::{ScheduleReport, ServiceTime};
use super::soundcheck::SoundcheckReport;
use crate::config::{
    Bypass, ClickConfig, CompressorConfig, EqBand, GateConfig, GeneratorConfig, InputSource, MOST_BANDS,
    SoloMode,
};
use serde::Serialize;
use vestry_rt::SENDS;

/// One input as it stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InputReport {
    /// As configured.
    pub name: String,
    /// Gain of the strip.
    pub gain_db: f32,
    /// Silent.
    pub mute: bool,
    /// Turned polarity.
    pub invert: bool,
    /// Heard alone in the monitor mix.
    pub solo: bool,
    /// What feeds its strip.
    pub source: InputSource,
    /// Where it is recorded from.
    pub tap: TapName,
    /// Level in the main mix.
    pub mix_db: f32,
    /// Place in the main mix, -1..1.
    pub pan: f32,
    /// Level in the monitor mix; null: not in it.
    pub monitor_db: Option<f32>,
    /// Frequency of the high-pass; null: none.
    pub high_pass_hz: Option<f32>,
    /// The equaliser, band by band; null where there is none.
    pub eq: [Option<EqBand>; MOST_BANDS],
    /// The gate; null: none.
    pub gate: Option<GateConfig>,
    /// The compressor; null: none.
    pub compressor: Option<CompressorConfig>,
    /// What of these four is set but not heard, by name.
    pub bypass: Bypass,
    /// Level in each send; null: not in it.
    pub sends_db: [Option<f32>; SENDS],
    /// Reached full scale since it was last cleared.
    pub clipped: bool,
}

/// One output as it stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct OutputReport {
    /// Gain of the output.
    pub gain_db: f32,
    /// Level of the monitor mix here; null: it does not play here.
    pub monitor_db: Option<f32>,
    /// Ceiling of the limiter; null: none.
    pub limiter_db: Option<f32>,
    /// How much later it plays, in ms.
    pub delay_ms: f32,
    /// Level of each send here; null: it does not play here.
    pub sends_db: [Option<f32>; SENDS],
    /// Level of the left side of the main mix here; null: it does not play here.
    pub mix_left_db: Option<f32>,
    /// Level of its right side here; null: it does not play here.
    pub mix_right_db: Option<f32>,
    /// Plays the mix as mono, and the output after it click and cues.
    pub split: bool,
}

/// One send as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SendReport {
    /// Level of all of it.
    pub level_db: f32,
}

/// The main mix as it stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct MixReport {
    /// Level of all of it, wherever it goes.
    pub level_db: f32,
}

/// One crossing of the matrix; both count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct RouteReport {
    /// From 1.
    pub input: usize,
    /// From 1.
    pub output: usize,
    /// Linear.
    pub level: f32,
}

/// The whole retained state.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct StateReport {
    /// REC, NOT REC or FAULT.
    pub state: String,
    /// Whether a take is being written, FAULT or not.
    pub recording: bool,
    /// What a FAULT is about.
    pub reason: Option<String>,
    /// Folder of the take at hand, or of the last one.
    pub take: Option<String>,
    /// The writer's light: ok, slow or behind.
    pub writer: String,
    /// The selected input, from 1.
    pub selected: usize,
    /// The monitor mix is silent.
    pub monitor_mute: bool,
    /// What solos let hear.
    pub solo_mode: SoloMode,
    /// Buttons do nothing.
    pub locked: bool,
    /// What the panel shows.
    pub page: String,
    /// Periods are measured.
    pub latency_monitor: bool,
    /// Every input, in order.
    pub inputs: Vec<InputReport>,
    /// Every output, in order.
    pub outputs: Vec<OutputReport>,
    /// Every crossing of the matrix that is not 0.
    pub routes: Vec<RouteReport>,
    /// The scenes' names, in order.
    pub scenes: Vec<String>,
    /// The scene that was recalled last since the start; null: none, or it is deleted.
    pub scene: Option<String>,
    /// Every send, in order.
    pub sends: Vec<SendReport>,
    /// The main mix.
    pub mix: MixReport,
    /// The generator, as the configuration writes it.
    pub generator: GeneratorConfig,
    /// The click track, as the configuration writes it.
    pub click: ClickConfig,
    /// The player; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub player: Option<PlayerReport>,
    /// The virtual soundcheck.
    pub soundcheck: SoundcheckReport,
    /// When the box records by itself.
    pub schedule: ScheduleReport,
    /// Delivery of takes; null where none is configured.
    pub delivery: Option<DeliveryReport>,
}

/// Levels since the message before, in dBFS, no less than -120; one entry an input, in order.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct MetersReport {
    /// Largest sample before the strip.
    pub peak_db: Vec<f32>,
    /// RMS before the strip.
    pub rms_db: Vec<f32>,
    /// Largest sample of the main mix, left and right.
    pub mix_peak_db: [f32; 2],
    /// Loudness; null where nothing measures it.
    pub loudness: Option<LiveReport>,
    /// Pads that play; absent where none does.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pads: Vec<PadTime>,
}

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
