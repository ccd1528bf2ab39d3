//! The console as it stands: what the configuration set and what people changed since. Pure: every change gives the
//! engine's commands for it.
//!
//! Runs on: supervisor.
mod inserts;
mod mix;
mod outputs;
mod scene;
mod sends;
mod sources;
mod split;
mod strips;

use super::sources::Sources;
use crate::config::{BankShape, Config, Db, RoutingMode, SoloMode};
use crate::telemetry::{Control, RouteReport};
use outputs::Output;
use std::collections::BTreeMap;
use strips::Input;
use vestry_rt::SENDS;
use vestry_rt::message::{Bus, Command, Gain};

/// The whole console.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Desk {
    inputs: Vec<Input>,
    outputs: Vec<Output>,
    /// Level by input and output, both from 0.
    routes: BTreeMap<(usize, usize), f32>,
    /// Level of each send.
    sends: [Db; SENDS],
    /// Level of the main mix.
    mix: Db,
    selected: usize,
    monitor_muted: bool,
    solo_mode: SoloMode,
    latency_monitor: bool,
    sample_rate: u32,
    sources: Sources,
    /// The player's pads; none, and there is no player.
    bank: Option<BankShape>,
}

/// What a change comes to, or why it cannot be.
type Change = Result<Vec<Command>, String>;

impl Desk {
    /// As the configuration sets it.
    pub fn new(config: &Config) -> Self {
        let simple = config.routing_mode == RoutingMode::Simple;
        let route = |route: &crate::config::Route| ((route.input - 1, route.output - 1), route.level);
        let mut desk = Self {
            inputs: config.lanes().into_iter().map(|lane| Input { lane, solo: false }).collect(),
            outputs: config.output_lanes().into_iter().map(Output::new).collect(),
            routes: config.default_routes.iter().filter(|_| !simple).map(route).collect(),
            sends: config.send_levels(),
            mix: config.mix.level_db,
            selected: config.selected_channel.saturating_sub(1),
            monitor_muted: false,
            solo_mode: config.solo_mode,
            latency_monitor: config.enable_latency_monitor,
            sample_rate: config.sample_rate,
            sources: Sources::new(config),
            bank: config.player.dir.is_some().then(|| config.player.shape()),
        };
        if simple {
            desk.listen_to(desk.selected);
        }
        desk
    }

    /// Everything, for an engine that has nothing yet.
    pub fn commands(&self) -> Vec<Command> {
        let mut commands: Vec<Command> = (0..self.inputs.len()).flat_map(|input| self.strip(input)).collect();
        commands.extend(self.crossings());
        commands.extend((0..self.outputs.len()).flat_map(|output| self.output(output)));
        commands.extend(self.send_levels());
        commands.push(self.mix_level_command());
        commands.push(Command::SoloMode(self.solo_mode.into()));
        commands.push(Command::LatencyMonitor(self.latency_monitor));
        commands.extend(self.source_commands());
        commands
    }

    /// The inputs' names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.inputs.iter().map(|input| input.lane.name.as_str())
    }

    /// The selected input, from 0.
    pub fn selected(&self) -> usize {
        self.selected
    }

    /// Whether the monitor is muted.
    pub fn monitor_muted(&self) -> bool {
        self.monitor_muted
    }

    /// What solos let hear.
    pub fn solo_mode(&self) -> SoloMode {
        self.solo_mode
    }

    /// Whether periods are measured.
    pub fn latency_monitor(&self) -> bool {
        self.latency_monitor
    }

    /// The player's pads; none where there is no player.
    pub fn bank(&self) -> Option<BankShape> {
        self.bank
    }

    /// Whether an input (from 0) is muted.
    pub fn muted(&self, input: usize) -> bool {
        self.inputs.get(input).is_some_and(|input| input.lane.mute)
    }

    /// Makes the monitor mix the input after the selected one.
    pub fn select_next(&mut self) -> Vec<Command> {
        self.listen_to((self.selected + 1) % self.inputs.len().max(1))
    }

    /// Mutes the monitor, or unmutes it.
    pub fn mute_monitor(&mut self, on: bool) -> Vec<Command> {
        self.monitor_muted = on;
        vec![Command::MuteMonitor(on)]
    }

    fn listen_to(&mut self, input: usize) -> Vec<Command> {
        self.selected = input;
        for (at, other) in self.inputs.iter_mut().enumerate() {
            other.lane.monitor = (at == input).then_some(Db(0.0));
        }
        vec![Command::Select(input as u8)]
    }

    /// Carries out what belongs to the console; none for what does not.
    ///
    /// # Errors
    /// An input or output that is not there, a value out of its range; nothing is changed then.
    pub fn apply(&mut self, control: &Control) -> Option<Change> {
        Some(match control {
            Control::Gain { input, db } => self.gain(*input, *db),
            Control::Mute { input, on } => {
                self.switch(*input, *on, |input| &mut input.lane.mute, Command::Mute)
            }
            Control::Invert { input, on } => {
                self.switch(*input, *on, |input| &mut input.lane.invert, Command::Invert)
            }
            Control::Solo { input, on } => self.switch(*input, *on, |input| &mut input.solo, Command::Solo),
            Control::Tap { input, tap } => self.tap(*input, *tap),
            Control::Source { input, source } => self.feed(*input, *source),
            Control::HighPass { .. }
            | Control::Eq { .. }
            | Control::EqAdjust { .. }
            | Control::Gate { .. }
            | Control::GateAdjust { .. }
            | Control::Compressor { .. }
            | Control::CompressorAdjust { .. }
            | Control::Bypass { .. } => self.insert(control),
            Control::Mix { input, db } => self.place(*input, Some(*db), None),
            Control::Pan { input, pan } => self.place(*input, None, Some(*pan)),
            Control::Monitor { input, db } => self.monitor(*input, *db),
            Control::Select { input } => self.find(*input).map(|at| self.listen_to(at)),
            Control::MonitorMute { on } => Ok(self.mute_monitor(*on)),
            Control::MonitorTo { output, db } => self.monitor_to(*output, *db),
            Control::OutputGain { output, db } => self.output_gain(*output, *db),
            Control::Limiter { output, db } => self.limiter(*output, *db),
            Control::Delay { output, ms } => self.delay(*output, *ms),
            Control::Route { input, output, level } => self.route(*input, *output, *level),
            Control::SoloMode { mode } => {
                self.solo_mode = *mode;
                Ok(vec![Command::SoloMode((*mode).into())])
            }
            Control::Send { input, send, db } => self.send(*input, *send, *db),
            Control::SendLevel { send, db } => self.send_level(*send, *db),
            Control::SendTo { send, output, db } => self.send_to(*send, *output, *db),
            Control::MixLevel { db } => self.mix_level(*db),
            Control::MixTo { side, output, db } => self.mix_to(*side, *output, *db),
            Control::LatencyMonitor { on } => {
                self.latency_monitor = *on;
                Ok(vec![Command::LatencyMonitor(*on)])
            }
            Control::Generator(change) => self.change_generator(change),
            Control::Click(change) => self.change_click(change),
            Control::SplitOutput { output, on } => self.split(*output, *on),
            _ => return None,
        })
    }

    fn route(&mut self, input: usize, output: usize, level: f32) -> Change {
        let (from, to) = (self.find(input)?, self.routable(self.find_output(output)?)?);
        let level = within(level, 0.0, 8.0, "linear")?;
        if level > 0.0 {
            self.routes.insert((from, to), level);
        } else {
            self.routes.remove(&(from, to));
        }
        Ok(vec![route(from, to, level)])
    }

    /// From counting from 1 to counting from 0.
    fn find(&self, input: usize) -> Result<usize, String> {
        found(input, self.inputs.len(), "input")
    }

    fn find_output(&self, output: usize) -> Result<usize, String> {
        found(output, self.outputs.len(), "output")
    }

    /// The matrix as telemetry tells it.
    pub fn route_reports(&self) -> Vec<RouteReport> {
        let report = |(&(input, output), &level): (&(usize, usize), &f32)| RouteReport {
            input: input + 1,
            output: output + 1,
            level,
        };
        self.routes.iter().map(report).collect()
    }
}

fn gain(level: Db) -> Gain {
    Gain(level.to_gain())
}

/// Silence for what is switched off.
fn level(level: Option<Db>) -> Gain {
    level.map_or(Gain(0.0), gain)
}

fn route(input: usize, output: usize, level: f32) -> Command {
    Command::Route(Bus::Output(output as u8), input as u8, Gain(level))
}

fn found(number: usize, count: usize, what: &str) -> Result<usize, String> {
    match number.checked_sub(1).filter(|at| *at < count) {
        Some(at) => Ok(at),
        None => Err(format!("{what} {number}: must be 1..{count}")),
    }
}

/// Not-a-number is in no range.
fn within(value: f32, low: f32, high: f32, unit: &str) -> Result<f32, String> {
    if (low..=high).contains(&value) {
        Ok(value)
    } else {
        Err(format!("{value}: must be {low}..{high} {unit}"))
    }
}

#[cfg(test)]
#[path = "desk_tests.rs"]
mod tests;
