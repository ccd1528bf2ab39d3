//! The configuration: one TOML file, a board base plus a small delta, every fault found in one run.
//!
//! [`load`] reads a file with what it includes, [`parse`] a text without; [`board::sim`] is what runs without a file.
//! Positions in keys (`input[2].gain_db`) count from 1, as inputs and outputs do everywhere in the file.
//!
//! Runs on: main.
pub mod board;
mod buses;
mod bypass;
mod check;
mod check_outside;
mod decode;
mod delivery;
mod device;
mod error;
mod file;
mod guard;
mod include;
mod key;
mod key_source;
mod lanes;
mod media;
mod outside;
mod pad;
mod pad_settings;
mod player;
mod player_strips;
mod profile;
mod range;
mod scene;
mod scene_pads;
mod schedule;
mod schedule_file;
mod sources;
mod strip;
mod time_of_day;
mod units;
mod web;

pub use buses::{MixConfig, SendConfig, SoloMode, delay_frames};
pub use bypass::{Bypass, InsertName};
pub use delivery::{DeliveryConfig, DeliveryTarget, DeliveryWhen};
pub use device::{Card, DeviceConfig, DeviceKind, FormatChoice, OfflineConfig, Source};
pub use error::{ConfigError, Fault};
pub use file::{
    Config, LogLevel, RealtimeConfig, RecordingConfig, Route, RoutingMode, TakeFormat, TakeLayout, TapPoint,
};
pub use guard::{GuardConfig, Loopback};
pub use key_source::KeySource;
pub use lanes::{InputConfig, Lane, OutputConfig, OutputLane};
pub use outside::{
    Active, Bias, ButtonConfig, DisplayConfig, DisplayKind, LampConfig, Line, MqttConfig, PanelConfig,
};
pub use pad::{BankShape, PadConfig, PadMode, PadName, Quantise};
pub use pad_settings::PadSettings;
pub use player::PlayerConfig;
pub use profile::{Figures, Profile, Profiles};
pub use range::{limits, within};
pub use scene::Scene;
pub use scene_pads::ScenePads;
pub use schedule::{ClockTrust, ScheduleConfig, ServiceConfig, TriggerConfig, Weekday, calendar_fault};
pub use schedule_file::ScheduleFile;
pub use sources::{ClickConfig, GeneratorConfig, GeneratorKind, InputSource};
pub use strip::{BandKind, CompressorConfig, EqBand, GateConfig, MOST_BANDS};
pub use time_of_day::TimeOfDay;
pub use units::{Db, Pan};
pub use web::{Listen, WebConfig};

use include::Layer;
use std::path::Path;

/// Reads `path` with everything it includes and checks it.
///
/// # Errors
/// Every fault of every file, each with its file, key, value and what is right.
pub fn load(path: &Path) -> Result<Config, ConfigError> {
    let (layers, faults) = include::layers(path);
    finish(path, &layers, faults)
}

/// Reads and checks `text`, which faults call `name`. An `include` is a fault here: a text has no folder.
///
/// # Errors
/// As [`load`].
pub fn parse(name: &str, text: &str) -> Result<Config, ConfigError> {
    let (layers, faults) = include::single(Path::new(name), text);
    finish(Path::new(name), &layers, faults)
}

/// Joins the layers, reads the result and checks it. `main` is the file that keys nobody wrote are charged to.
fn finish(main: &Path, layers: &[Layer], mut faults: Vec<Fault>) -> Result<Config, ConfigError> {
    let origins = include::Origins::new(main, layers);
    let mut tree = include::merged(layers);
    profile::fill_in(&mut tree);
    let read = decode::decode(tree, &origins);
    faults.extend(read.faults);
    if layers.is_empty() {
        return Err(ConfigError { faults });
    }
    faults.extend(check::check(&read.config, &read.refused, &origins));
    if faults.is_empty() { Ok(read.config) } else { Err(ConfigError { faults }) }
}
