//! A scene: how the console once stood, as a file in the keys of the configuration, so that parts of it can be copied there.
//!
//! Runs on: scenes (reading), supervisor (the rest).
use super::buses::{MixConfig, SendConfig};
use super::error::{ConfigError, Fault};
use super::file::{Config, Route, RoutingMode};
use super::lanes::{InputConfig, Lane, OutputConfig, OutputLane};
use super::scene_pads::{PAD, START, STOP, ScenePads};
use super::sources::InputSource;
use super::strip::EqBand;
use super::units::Db;
use super::{DeviceConfig, DeviceKind, finish, include};
use serde::Serialize;
use std::path::Path;
use toml::{Table, Value};

/// The keys of a scene.
const KEYS: [&str; 10] = [
    "routing_mode",
    "selected_channel",
    "default_routes",
    "input",
    "output",
    "send",
    "mix",
    PAD,
    START,
    STOP,
];

/// How the console stood.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    /// The selected input, from 1.
    pub selected: usize,
    /// Inputs from the first; those beyond are left as they are. Of name, source, tap and `unused` nothing is set.
    pub lanes: Vec<Lane>,
    /// Outputs from the first; those beyond are left as they are.
    pub sends: Vec<OutputLane>,
    /// The whole matrix.
    pub routes: Vec<Route>,
    /// The level of each send from the first; those beyond are left as they are.
    pub send_levels: Vec<Db>,
    /// The level of the main mix; left as it is where there is none.
    pub mix_level: Option<Db>,
    /// What it has of the player.
    pub pads: ScenePads,
}

/// As the file has it. Only in matrix mode it says everything: in simple mode monitor levels are not its own.
#[derive(Serialize)]
struct Keys {
    routing_mode: RoutingMode,
    selected_channel: usize,
    default_routes: Vec<Route>,
    input: Vec<InputConfig>,
    output: Vec<OutputConfig>,
    send: Vec<SendConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mix: Option<MixConfig>,
}

impl Scene {
    /// The file's text. A place of the equaliser without a band, before one that has one, is the default band: a bell of 0 dB.
    pub fn text(&self) -> String {
        let keys = Keys {
            routing_mode: RoutingMode::Matrix,
            selected_channel: self.selected,
            default_routes: self.routes.clone(),
            input: self.lanes.iter().map(input).collect(),
            output: self.sends.iter().map(output).collect(),
            send: self.send_levels.iter().map(|level| SendConfig { level_db: *level }).collect(),
            mix: self.mix_level.map(|level_db| MixConfig { level_db }),
        };
        // Nothing in here can fail to become TOML; should it ever, reading it says so.
        let mut tree = Value::try_from(keys).unwrap_or(Value::Table(Table::new()));
        tidy(&mut tree);
        if let Value::Table(file) = &mut tree {
            self.pads.write(file);
        }
        toml::to_string(&tree).unwrap_or_default()
    }

    /// Reads a file's `text` for a box that is configured so; `path` is named in faults.
    ///
    /// # Errors
    /// Every fault, as of a configuration: more inputs or outputs than there are, a value out of its range, a key that is not of
    /// a scene.
    pub fn parse(path: &Path, text: &str, config: &Config) -> Result<Self, ConfigError> {
        let (mut layers, mut faults) = include::single(path, text);
        let strange = layers.iter().flat_map(|layer| layer.names()).filter(|name| !KEYS.contains(name));
        faults.extend(strange.map(|name| Fault {
            file: path.to_owned(),
            key: name.to_owned(),
            value: String::new(),
            right: format!("is not of a scene; here may stand: {}", KEYS.join(", ")),
        }));
        let mut pads = ScenePads::default();
        for layer in &mut layers {
            pads = ScenePads::take(layer, config, &mut faults);
        }
        if !faults.is_empty() {
            return Err(ConfigError { faults });
        }
        let mixes = layers.iter().flat_map(|layer| layer.names()).any(|name| name == "mix");
        layers.insert(0, include::Layer::of(path, ground(config)));
        let read = finish(path, &layers, faults)?;
        let mut lanes = read.lanes();
        lanes.truncate(read.input.len());
        let holes = lanes.iter_mut().flat_map(|lane| &mut lane.eq);
        holes.for_each(|band| *band = band.filter(|band| *band != EqBand::default()));
        let mut sends = read.output_lanes();
        sends.truncate(read.output.len());
        let send_levels = read.send_levels().into_iter().take(read.send.len()).collect();
        let (selected, routes) = (read.selected_channel, read.default_routes);
        let mix_level = mixes.then_some(read.mix.level_db);
        Ok(Self { selected, lanes, sends, routes, send_levels, mix_level, pads })
    }
}

/// What a scene is read over: what the box has, and defaults.
fn ground(config: &Config) -> Value {
    let Config { inputs, outputs, sample_rate, .. } = *config;
    let device = DeviceConfig { kind: DeviceKind::Offline, ..DeviceConfig::default() };
    let routing_mode = RoutingMode::Matrix;
    let ground = Config { inputs, outputs, sample_rate, device, routing_mode, ..Config::default() };
    Value::try_from(ground).unwrap_or(Value::Table(Table::new()))
}

fn input(lane: &Lane) -> InputConfig {
    let bands = lane.eq.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
    InputConfig {
        name: Some(lane.name.clone()),
        gain_db: lane.gain,
        mute: lane.mute,
        invert: lane.invert,
        source: InputSource::Card,
        tap: None,
        monitor_db: lane.monitor,
        mix_db: lane.mix,
        pan: lane.pan,
        unused: false,
        high_pass_hz: lane.high_pass_hz,
        eq: lane.eq.iter().take(bands).map(|band| band.unwrap_or_default()).collect(),
        gate: lane.gate,
        compressor: lane.compressor,
        bypass: lane.bypass.clone(),
        send_1_db: lane.sends[0],
        send_2_db: lane.sends[1],
    }
}

fn output(send: &OutputLane) -> OutputConfig {
    OutputConfig {
        gain_db: send.gain,
        monitor_db: send.monitor,
        limiter_db: send.limiter,
        delay_ms: send.delay_ms,
        send_1_db: send.sends[0],
        send_2_db: send.sends[1],
        mix_left_db: send.mix[0],
        mix_right_db: send.mix[1],
        split: send.split,
    }
}

/// Writes numbers as people do (0.7, not 0.699999988079071), and leaves out what a scene does not set.
pub(super) fn tidy(value: &mut Value) {
    match value {
        Value::Float(number) => *number = (*number as f32).to_string().parse().unwrap_or(*number),
        Value::Array(items) => items.iter_mut().for_each(tidy),
        Value::Table(table) => {
            table.remove("unused");
            table.remove("source");
            table.iter_mut().for_each(|(_, value)| tidy(value));
        }
        _ => {}
    }
}

#[cfg(test)]
#[path = "scene_tests.rs"]
mod tests;
