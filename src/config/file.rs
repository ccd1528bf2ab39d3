//! The keys of the file with their defaults; `board/reference.toml` is their manual.
//!
//! Runs on: main.
use super::buses::{MixConfig, SendConfig, SoloMode};
use super::delivery::DeliveryConfig;
use super::device::DeviceConfig;
use super::guard::GuardConfig;
use super::lanes::{InputConfig, OutputConfig};
use super::outside::{DisplayConfig, MqttConfig, PanelConfig};
use super::pad::PadConfig;
use super::player::PlayerConfig;
use super::profile::{Profile, Profiles};
use super::schedule::{ScheduleConfig, ServiceConfig, TriggerConfig};
use super::sources::{ClickConfig, GeneratorConfig};
use super::web::WebConfig;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use vestry_rt::message::Tap;

/// The whole configuration. Values are in range and fit one another when it comes from [`load`](super::load).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Frames a second, 8000..192000 Hz; 48000.
    pub sample_rate: u32,
    /// Sets `frames_per_period` and `periods` where these are not given; none.
    pub profile: Option<Profile>,
    /// What each profile stands for.
    pub profiles: Profiles,
    /// Frames of one period, 16..4096; 128.
    pub frames_per_period: usize,
    /// Periods of the card's ring, 2..32; 4.
    pub periods: usize,
    /// Inputs, 1..32; 6.
    pub inputs: usize,
    /// Outputs, 0..32; 2.
    pub outputs: usize,
    /// Records from the first period, where neither services nor the level trigger say when to; true.
    pub record: bool,
    /// Where takes go; `/var/lib/vestry/takes`. A relative one starts at the working folder.
    pub recordings_dir: PathBuf,
    /// What people call the medium of `recordings_dir`, 1..16 printable characters; "SD card".
    pub recordings_name: String,
    /// Where takes go too, on a medium of its own; none. Its parent has to be there.
    pub second_recordings_dir: Option<PathBuf>,
    /// That medium may be out; false.
    pub second_recordings_optional: bool,
    /// What people call that medium, another name; "USB stick".
    pub second_recordings_name: String,
    /// Where scenes go; `scenes` in `recordings_dir`. The folder is made, never its parent.
    pub scenes_dir: Option<PathBuf>,
    /// Sound that the pool between the card and the medium holds, 1..120 s; 30.
    pub record_pool_seconds: u32,
    /// Records inputs that do not say otherwise after their gain; false.
    pub record_post_gain: bool,
    /// The input that the monitor plays in simple mode, 1..`inputs`; 1.
    pub selected_channel: usize,
    /// What the outputs play; simple.
    pub routing_mode: RoutingMode,
    /// The routes of matrix mode; none.
    pub default_routes: Vec<Route>,
    /// Plays the monitor mix on the outputs; true.
    pub enable_input_monitoring: bool,
    /// What a solo lets hear; afl.
    pub solo_mode: SoloMode,
    /// Measures every period from the start; false.
    pub enable_latency_monitor: bool,
    /// Measures loudness and true peak by EBU R 128; true.
    pub loudness: bool,
    /// The least severe message that is shown; info.
    pub log_level: LogLevel,
    /// Where sound comes from and goes to.
    pub device: DeviceConfig,
    /// One entry an input, from the first; those without have defaults. [`Config::lanes`] has all of them.
    pub input: Vec<InputConfig>,
    /// One entry an output, from the first; those without have defaults. [`Config::output_lanes`] has all of them.
    pub output: Vec<OutputConfig>,
    /// One entry a send, from the first, 2 at most; those without have defaults. [`Config::send_levels`] has all of them.
    pub send: Vec<SendConfig>,
    /// The main mix.
    pub mix: MixConfig,
    /// The signal for measuring and finding outputs.
    pub generator: GeneratorConfig,
    /// The click track.
    pub click: ClickConfig,
    /// The player of clips.
    pub player: PlayerConfig,
    /// One entry a pad; none: the files of `player.dir` by name, each with defaults.
    pub pad: Vec<PadConfig>,
    /// How takes are written.
    pub recording: RecordingConfig,
    /// The calendar; none.
    pub service: Vec<ServiceConfig>,
    /// What goes for all services.
    pub schedule: ScheduleConfig,
    /// The level that starts takes.
    pub trigger: TriggerConfig,
    /// What the channel-order guard goes by.
    pub guard: GuardConfig,
    /// What the rt thread asks of the system.
    pub realtime: RealtimeConfig,
    /// Buttons and lamps.
    pub panel: PanelConfig,
    /// The display.
    pub display: DisplayConfig,
    /// The broker.
    pub mqtt: MqttConfig,
    /// The page.
    pub web: WebConfig,
    /// Where takes are delivered to.
    pub delivery: DeliveryConfig,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            sample_rate: 48_000,
            profile: None,
            profiles: Profiles::default(),
            frames_per_period: 128,
            periods: 4,
            inputs: 6,
            outputs: 2,
            record: true,
            recordings_dir: "/var/lib/vestry/takes".into(),
            recordings_name: "SD card".into(),
            second_recordings_dir: None,
            second_recordings_optional: false,
            second_recordings_name: "USB stick".into(),
            scenes_dir: None,
            record_pool_seconds: 30,
            record_post_gain: false,
            selected_channel: 1,
            routing_mode: RoutingMode::Simple,
            default_routes: Vec::new(),
            enable_input_monitoring: true,
            solo_mode: SoloMode::Afl,
            enable_latency_monitor: false,
            loudness: true,
            log_level: LogLevel::Info,
            device: DeviceConfig::default(),
            input: Vec::new(),
            output: Vec::new(),
            send: Vec::new(),
            mix: MixConfig::default(),
            generator: GeneratorConfig::default(),
            click: ClickConfig::default(),
            player: PlayerConfig::default(),
            pad: Vec::new(),
            recording: RecordingConfig::default(),
            service: Vec::new(),
            schedule: ScheduleConfig::default(),
            trigger: TriggerConfig::default(),
            guard: GuardConfig::default(),
            realtime: RealtimeConfig::default(),
            panel: PanelConfig::default(),
            display: DisplayConfig::default(),
            mqtt: MqttConfig::default(),
            web: WebConfig::default(),
            delivery: DeliveryConfig::default(),
        }
    }
}

/// What the outputs play.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RoutingMode {
    /// The selected input is the monitor mix, and every output plays that.
    #[default]
    Simple,
    /// `default_routes`.
    Matrix,
}

/// One crossing of the matrix.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Route {
    /// 1..`inputs`; has to be given.
    pub input: usize,
    /// 1..`outputs`; has to be given.
    pub output: usize,
    /// Linear, 0..8; 1.
    pub level: f32,
}

impl Default for Route {
    fn default() -> Self {
        Self { input: 0, output: 0, level: 1.0 }
    }
}

/// The least severe message that is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// What stops the box from doing its job.
    Error,
    /// What it does less well.
    Warn,
    /// What it does.
    #[default]
    Info,
    /// What helps to find a fault.
    Debug,
    /// Everything.
    Trace,
}

/// Where an input is recorded from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TapPoint {
    /// As converted, bit for bit.
    Pre,
    /// After the whole strip.
    Post,
}

impl From<TapPoint> for Tap {
    fn from(point: TapPoint) -> Self {
        match point {
            TapPoint::Pre => Self::Pre,
            TapPoint::Post => Self::Post,
        }
    }
}

/// Sample format of takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TakeFormat {
    /// 24-bit integer, bit-exact from the converter.
    #[default]
    Pcm24,
    /// 32-bit float, for a post tap that may go over full scale.
    Float32,
}

/// Files of a take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TakeLayout {
    /// One file an input.
    #[default]
    Mono,
    /// One file for all.
    Polyphonic,
}

/// How takes are written.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RecordingConfig {
    /// Sample format; pcm24.
    pub format: TakeFormat,
    /// Files of a take; mono.
    pub layout: TakeLayout,
    /// Records the stereo mix too; true.
    pub mix: bool,
    /// Sound from before the start of a take, 0..60 s; 0.
    pub preroll_s: f64,
    /// Minutes after which a take goes on in new files, 0 (never)..10080; 0.
    pub split_minutes: u32,
    /// Size at which a take goes on in new files, 0 (never)..1000000 MB; 0.
    pub split_mb: u32,
    /// Time between two syncs of headers and data, 0.2..60 s; 1. A power cut costs at most this.
    pub sync_interval_s: f64,
    /// Free space below which no take starts and a running one ends, 0..1000000 MB; 64.
    pub min_free_mb: u32,
    /// Hours of recording that are kept free by deleting the oldest takes, 0 (nothing is ever deleted)..1000; 0.
    pub retention_hours: f64,
}

impl Default for RecordingConfig {
    fn default() -> Self {
        Self {
            format: TakeFormat::Pcm24,
            layout: TakeLayout::Mono,
            mix: true,
            preroll_s: 0.0,
            split_minutes: 0,
            split_mb: 0,
            sync_interval_s: 1.0,
            min_free_mb: 64,
            retention_hours: 0.0,
        }
    }
}

/// What the rt thread asks of the system before the loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RealtimeConfig {
    /// Processor core that the thread is pinned to, 0..1023; not pinned.
    pub core: Option<usize>,
    /// SCHED_FIFO priority, 1..98; 80.
    pub priority: u8,
    /// Keeps all memory from being paged out; true.
    pub lock_memory: bool,
    /// Ends the start where the system refuses any of it; false: warns and goes on.
    pub required: bool,
}

impl Default for RealtimeConfig {
    fn default() -> Self {
        Self { core: None, priority: 80, lock_memory: true, required: false }
    }
}

impl From<LogLevel> for tracing::Level {
    fn from(level: LogLevel) -> Self {
        match level {
            LogLevel::Error => Self::ERROR,
            LogLevel::Warn => Self::WARN,
            LogLevel::Info => Self::INFO,
            LogLevel::Debug => Self::DEBUG,
            LogLevel::Trace => Self::TRACE,
        }
    }
}
