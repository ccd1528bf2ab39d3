//! The console as it stands: what the configuration set and what people changed since. Pure: every change gives the
//! engine's commands for it.
//!
//! Runs on: supervisor.
mod split;

use super::coefficients::limit;
use super::inserts::Switched;
use super::sources::Sources;
use crate::config::{Config, Db, Lane, MOST_BANDS, Pan, RoutingMode, TapPoint};
use crate::telemetry::{Control, InputReport, OutputReport, RouteReport, TapName};
use std::collections::BTreeMap;
use vestry_rt::message::{Bus, Command, Gain, Tap};

/// One output.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Output {
    gain: Db,
    monitor: Option<Db>,
    limiter: Option<Db>,
    /// The left one of a split pair.
    split: bool,
}

/// One input; the lane is what the file would have to say for the same sound.
#[derive(Clone, Debug, PartialEq)]
struct Input {
    lane: Lane,
    solo: bool,
}

/// The whole console.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Desk {
    inputs: Vec<Input>,
    outputs: Vec<Output>,
    /// Level by input and output, both from 0.
    routes: BTreeMap<(usize, usize), f32>,
    selected: usize,
    monitor_muted: bool,
    latency_monitor: bool,
    sample_rate: u32,
    sources: Sources,
}

/// What a change comes to, or why it cannot be.
type Change = Result<Vec<Command>, String>;

impl Desk {
    /// As the configuration sets it.
    pub fn new(config: &Config) -> Self {
        let simple = config.routing_mode == RoutingMode::Simple;
        let output = |send: crate::config::OutputSend| Output {
            gain: send.gain,
            monitor: send.monitor,
            limiter: send.limiter,
            split: send.split,
        };
        let outputs = config.sends().into_iter().map(output);
        let route = |route: &crate::config::Route| ((route.input - 1, route.output - 1), route.level);
        let mut desk = Self {
            inputs: config.lanes().into_iter().map(|lane| Input { lane, solo: false }).collect(),
            outputs: outputs.collect(),
            routes: config.default_routes.iter().filter(|_| !simple).map(route).collect(),
            selected: config.selected_channel.saturating_sub(1),
            monitor_muted: false,
            latency_monitor: config.enable_latency_monitor,
            sample_rate: config.sample_rate,
            sources: Sources::new(config),
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
        for (at, output) in (0..).zip(&self.outputs) {
            commands.push(Command::OutputGain(at, gain(output.gain)));
            let monitor = self.monitor_at(at.into());
            commands.extend(monitor.map(|level| Command::MonitorTo(at, gain(level))));
            commands.extend(output.limiter.map(|ceiling| self.limiter_command(at, Some(ceiling))));
        }
        commands.push(Command::LatencyMonitor(self.latency_monitor));
        commands.extend(self.source_commands());
        commands
    }

    fn strip(&self, at: usize) -> Vec<Command> {
        let (Some(input), index) = (self.inputs.get(at), at as u8) else { return Vec::new() };
        let lane = &input.lane;
        let mut commands = vec![
            Command::Gain(index, gain(lane.gain)),
            Command::Mute(index, lane.mute),
            Command::Invert(index, lane.invert),
            Command::Tap(index, Tap::from(lane.tap)),
        ];
        let inserts = super::inserts::all(lane, self.sample_rate);
        commands.extend(inserts.into_iter().map(|insert| Command::Insert(index, insert)));
        commands.extend(mixed(at, lane));
        commands.extend(lane.monitor.map(|level| Command::Route(Bus::Monitor, index, gain(level))));
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

    /// Whether periods are measured.
    pub fn latency_monitor(&self) -> bool {
        self.latency_monitor
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
            Control::HighPass { .. }
            | Control::Eq { .. }
            | Control::Gate { .. }
            | Control::Compressor { .. } => self.insert(control),
            Control::Mix { input, db } => self.mix(*input, Some(*db), None),
            Control::Pan { input, pan } => self.mix(*input, None, Some(*pan)),
            Control::Monitor { input, db } => self.monitor(*input, *db),
            Control::Select { input } => self.find(*input).map(|at| self.listen_to(at)),
            Control::MonitorMute { on } => Ok(self.mute_monitor(*on)),
            Control::MonitorTo { output, db } => self.monitor_to(*output, *db),
            Control::OutputGain { output, db } => self.output_gain(*output, *db),
            Control::Limiter { output, db } => self.limiter(*output, *db),
            Control::Route { input, output, level } => self.route(*input, *output, *level),
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

    fn gain(&mut self, input: usize, db: f32) -> Change {
        let (at, level) = (self.find(input)?, within(db, -96.0, 24.0, "dB")?);
        self.inputs[at].lane.gain = Db(level);
        Ok(vec![Command::Gain(at as u8, gain(Db(level)))])
    }

    fn switch(
        &mut self,
        input: usize,
        on: bool,
        place: impl Fn(&mut Input) -> &mut bool,
        command: impl Fn(u8, bool) -> Command,
    ) -> Change {
        let at = self.find(input)?;
        *place(&mut self.inputs[at]) = on;
        Ok(vec![command(at as u8, on)])
    }

    fn tap(&mut self, input: usize, tap: TapName) -> Change {
        let at = self.find(input)?;
        let point = match tap {
            TapName::Pre => TapPoint::Pre,
            TapName::Post => TapPoint::Post,
        };
        self.inputs[at].lane.tap = point;
        Ok(vec![Command::Tap(at as u8, point.into())])
    }

    fn insert(&mut self, control: &Control) -> Change {
        let (at, insert) = match control {
            Control::HighPass { input, hz } => (self.find(*input)?, Switched::HighPass(*hz)),
            Control::Eq { input, band, settings } => {
                (self.find(*input)?, Switched::Band(found(*band, MOST_BANDS, "band")?, *settings))
            }
            Control::Gate { input, settings } => (self.find(*input)?, Switched::Gate(*settings)),
            Control::Compressor { input, settings } => {
                let key = settings.and_then(|settings| settings.key);
                key.map_or(Ok(0), |key| found(key, self.inputs.len(), "key"))?;
                (self.find(*input)?, Switched::Compressor(*settings))
            }
            other => return Err(format!("{other:?} is not of a strip")),
        };
        insert.check(self.sample_rate)?;
        insert.note(&mut self.inputs[at].lane);
        Ok(vec![Command::Insert(at as u8, insert.insert(self.sample_rate))])
    }

    fn mix(&mut self, input: usize, db: Option<f32>, pan: Option<f32>) -> Change {
        let at = self.find(input)?;
        let db = db.map(|db| within(db, -96.0, 12.0, "dB")).transpose()?;
        let pan = pan.map(|pan| within(pan, -1.0, 1.0, "left to right")).transpose()?;
        let lane = &mut self.inputs[at].lane;
        (lane.mix, lane.pan) = (db.map_or(lane.mix, Db), pan.map_or(lane.pan, Pan));
        let mut commands = Vec::from(mixed(at, lane));
        commands.extend(self.remixed(at));
        Ok(commands)
    }

    fn monitor(&mut self, input: usize, db: Option<f32>) -> Change {
        let at = self.find(input)?;
        let level = db.map(|db| within(db, -96.0, 12.0, "dB")).transpose()?.map(Db);
        self.inputs[at].lane.monitor = level;
        Ok(vec![Command::Route(Bus::Monitor, at as u8, level.map_or(Gain(0.0), gain))])
    }

    fn monitor_to(&mut self, output: usize, db: Option<f32>) -> Change {
        let at = self.find_output(output).and_then(|at| self.monitorable(at))?;
        let level = db.map(|db| within(db, -96.0, 12.0, "dB")).transpose()?.map(Db);
        self.outputs[at].monitor = level;
        Ok(vec![Command::MonitorTo(at as u8, level.map_or(Gain(0.0), gain))])
    }

    fn output_gain(&mut self, output: usize, db: f32) -> Change {
        let (at, level) = (self.find_output(output)?, within(db, -96.0, 24.0, "dB")?);
        self.outputs[at].gain = Db(level);
        Ok(vec![Command::OutputGain(at as u8, gain(Db(level)))])
    }

    fn limiter(&mut self, output: usize, db: Option<f32>) -> Change {
        let at = self.find_output(output)?;
        db.map_or(Ok(()), |db| crate::config::within("output.limiter_db", db))?;
        self.outputs[at].limiter = db.map(Db);
        Ok(vec![self.limiter_command(at as u8, db.map(Db))])
    }

    fn limiter_command(&self, output: u8, ceiling: Option<Db>) -> Command {
        Command::Limiter(output, ceiling.map(|ceiling| limit(ceiling, self.sample_rate)))
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

    /// Inputs as telemetry tells them; `clipped` by input from 0.
    pub fn input_reports(&self, clipped: impl Fn(usize) -> bool) -> Vec<InputReport> {
        let report = |(at, Input { lane, solo }): (usize, &Input)| InputReport {
            name: lane.name.clone(),
            gain_db: lane.gain.0,
            mute: lane.mute,
            invert: lane.invert,
            solo: *solo,
            tap: match lane.tap {
                TapPoint::Pre => TapName::Pre,
                TapPoint::Post => TapName::Post,
            },
            mix_db: lane.mix.0,
            pan: lane.pan.0,
            monitor_db: lane.monitor.map(|level| level.0),
            high_pass_hz: lane.high_pass_hz,
            eq: lane.eq,
            gate: lane.gate,
            compressor: lane.compressor,
            clipped: clipped(at),
        };
        self.inputs.iter().enumerate().map(report).collect()
    }

    /// Outputs as telemetry tells them.
    pub fn output_reports(&self) -> Vec<OutputReport> {
        let report = |(at, output): (usize, &Output)| OutputReport {
            gain_db: output.gain.0,
            monitor_db: self.monitor_at(at).map(|level| level.0),
            limiter_db: output.limiter.map(|ceiling| ceiling.0),
            split: output.split,
        };
        self.outputs.iter().enumerate().map(report).collect()
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

fn mixed(at: usize, lane: &Lane) -> [Command; 2] {
    let (left, right) = lane.pan.to_gains();
    let level = lane.mix.to_gain();
    [(Bus::MixLeft, left), (Bus::MixRight, right)]
        .map(|(bus, side)| Command::Route(bus, at as u8, Gain(level * side)))
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
