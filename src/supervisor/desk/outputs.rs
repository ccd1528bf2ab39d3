//! Outputs: what plays on them, how loud, and what stands after it.
//!
//! Runs on: supervisor.
use super::super::coefficients::limit;
use super::{Change, Desk, gain, level, within};
use crate::config::{Db, OutputLane, delay_frames};
use crate::telemetry::OutputReport;
use vestry_rt::SENDS;
use vestry_rt::message::Command;

/// One output.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Output {
    gain: Db,
    pub monitor: Option<Db>,
    limiter: Option<Db>,
    /// In ms.
    delay: f32,
    pub sends: [Option<Db>; SENDS],
    /// Left and right of the main mix.
    pub mix: [Option<Db>; 2],
    /// The left one of a split pair.
    pub split: bool,
}

impl Output {
    /// As the configuration sets it.
    pub fn new(said: OutputLane) -> Self {
        Self {
            gain: said.gain,
            monitor: said.monitor,
            limiter: said.limiter,
            delay: said.delay_ms,
            sends: said.sends,
            mix: said.mix,
            split: said.split,
        }
    }

    /// Levels of the main mix; none where it plays that as one of a split pair.
    pub fn own_mix(&self) -> [Option<Db>; 2] {
        self.mix.map(|level| level.filter(|_| !self.split))
    }

    /// What a configuration would have to say for it.
    pub fn said(&self) -> OutputLane {
        let &Self { gain, monitor, limiter, delay: delay_ms, sends, mix, split } = self;
        OutputLane { gain, monitor, limiter, delay_ms, sends, mix, split }
    }
}

impl Desk {
    /// What sets up one output (from 0) of an engine that has nothing yet.
    pub(super) fn output(&self, at: usize) -> Vec<Command> {
        let (Some(output), index) = (self.outputs.get(at), at as u8) else { return Vec::new() };
        let mut commands = vec![Command::OutputGain(index, gain(output.gain))];
        commands.extend(self.monitor_at(at).map(|level| Command::MonitorTo(index, gain(level))));
        commands.extend(output.limiter.map(|ceiling| self.limiter_command(index, Some(ceiling))));
        commands
            .extend(delay_frames(output.delay, self.sample_rate).map(|frames| Command::Delay(index, frames)));
        let sends = (0..).zip(output.sends);
        commands.extend(sends.filter_map(|(send, db)| Some(Command::SendTo(send, index, gain(db?)))));
        commands.extend(self.mix_on(at));
        commands
    }

    pub(super) fn monitor_to(&mut self, output: usize, db: Option<f32>) -> Change {
        let at = self.find_output(output).and_then(|at| self.apart_from_the_mix(at))?;
        let db = db.map(|db| within(db, -96.0, 12.0, "dB")).transpose()?.map(Db);
        self.outputs[at].monitor = db;
        Ok(vec![Command::MonitorTo(at as u8, level(db))])
    }

    pub(super) fn output_gain(&mut self, output: usize, db: f32) -> Change {
        let (at, level) = (self.find_output(output)?, within(db, -96.0, 24.0, "dB")?);
        self.outputs[at].gain = Db(level);
        Ok(vec![Command::OutputGain(at as u8, gain(Db(level)))])
    }

    pub(super) fn limiter(&mut self, output: usize, db: Option<f32>) -> Change {
        let at = self.find_output(output)?;
        db.map_or(Ok(()), |db| crate::config::within("output.limiter_db", db))?;
        self.outputs[at].limiter = db.map(Db);
        Ok(vec![self.limiter_command(at as u8, db.map(Db))])
    }

    pub(super) fn delay(&mut self, output: usize, ms: f32) -> Change {
        let at = self.find_output(output)?;
        crate::config::within("output.delay_ms", ms)?;
        let frames = delay_frames(ms, self.sample_rate).map_err(|right| format!("{ms}: {right}"))?;
        self.outputs[at].delay = ms;
        Ok(vec![Command::Delay(at as u8, frames)])
    }

    /// What makes of an output that was otherwise the one that it is, but for what plays on it.
    pub(super) fn output_changes(&self, at: u8, was: &Output, is: &Output) -> Vec<Command> {
        let &Output { gain: trim, monitor: _, limiter, delay, sends, mix: _, split: _ } = is;
        let mut commands = Vec::new();
        commands.extend((was.gain != trim).then(|| Command::OutputGain(at, gain(trim))));
        commands.extend((was.limiter != limiter).then(|| self.limiter_command(at, limiter)));
        let frames = delay_frames(delay, self.sample_rate).ok().filter(|_| was.delay != delay);
        commands.extend(frames.map(|frames| Command::Delay(at, frames)));
        let sends = (0..).zip(was.sends.iter().zip(sends)).filter(|(_, (was, is))| *was != is);
        commands.extend(sends.map(|(send, (_, is))| Command::SendTo(send, at, level(is))));
        commands
    }

    fn limiter_command(&self, output: u8, ceiling: Option<Db>) -> Command {
        Command::Limiter(output, ceiling.map(|ceiling| limit(ceiling, self.sample_rate)))
    }

    /// Outputs as telemetry tells them.
    pub fn output_reports(&self) -> Vec<OutputReport> {
        let report = |(at, output): (usize, &Output)| OutputReport {
            gain_db: output.gain.0,
            monitor_db: self.monitor_at(at).map(|level| level.0),
            limiter_db: output.limiter.map(|ceiling| ceiling.0),
            delay_ms: output.delay,
            sends_db: output.sends.map(|level| level.map(|level| level.0)),
            mix_left_db: output.own_mix()[0].map(|level| level.0),
            mix_right_db: output.own_mix()[1].map(|level| level.0),
            split: output.split,
        };
        self.outputs.iter().enumerate().map(report).collect()
    }
}
