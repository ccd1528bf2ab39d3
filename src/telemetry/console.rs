//! The retained state: what the box is doing and how its console stands. It changes when somebody or something changes
//! it, never with the sound; counters and times are in [`Health`](super::Health).
//!
//! Runs on: supervisor.
use super::control::TapName;
use super::delivery::DeliveryReport;
use super::loudness::LiveReport;
use super::player::{PadTime, PlayerReport};
use super::schedule::ScheduleReport;
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
