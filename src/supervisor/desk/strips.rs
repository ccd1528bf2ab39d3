//! Inputs: their strips, and their levels in the buses.
//!
//! Runs on: supervisor.
use super::super::inserts;
use super::super::player_ask::NO_PLAYER;
use super::{Change, Desk, gain, within};
use crate::config::{Db, InputSource, Lane, Pan, TapPoint};
use crate::telemetry::{InputReport, TapName};
use vestry_rt::feed::StripSource;
use vestry_rt::message::{Bus, Command, Gain, Tap};

/// One input; the lane is what the file would have to say for the same sound.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Input {
    pub lane: Lane,
    pub solo: bool,
}

impl Desk {
    /// What sets up one strip (from 0) of an engine that has nothing yet.
    pub(super) fn strip(&self, at: usize) -> Vec<Command> {
        let (Some(input), index) = (self.inputs.get(at), at as u8) else { return Vec::new() };
        let lane = &input.lane;
        let mut commands = vec![
            Command::Gain(index, gain(lane.gain)),
            Command::Mute(index, lane.mute),
            Command::Invert(index, lane.invert),
            Command::Tap(index, Tap::from(lane.tap)),
        ];
        let fed = lane.source != InputSource::Card;
        commands.extend(fed.then(|| Command::Source(index, lane.source.into())));
        commands.extend(inserts::all(index, lane, self.sample_rate));
        commands.extend(mixed(at, lane));
        commands.extend(lane.monitor.map(|level| Command::Route(Bus::Monitor, index, gain(level))));
        let sends = (0..).zip(lane.sends);
        commands
            .extend(sends.filter_map(|(send, db)| Some(Command::Route(Bus::Send(send), index, gain(db?)))));
        commands
    }

    pub(super) fn gain(&mut self, input: usize, db: f32) -> Change {
        let (at, level) = (self.find(input)?, within(db, -96.0, 24.0, "dB")?);
        self.inputs[at].lane.gain = Db(level);
        Ok(vec![Command::Gain(at as u8, gain(Db(level)))])
    }

    pub(super) fn switch(
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

    pub(super) fn tap(&mut self, input: usize, tap: TapName) -> Change {
        let at = self.find(input)?;
        let point = match tap {
            TapName::Pre => TapPoint::Pre,
            TapName::Post => TapPoint::Post,
        };
        self.inputs[at].lane.tap = point;
        Ok(vec![Command::Tap(at as u8, point.into())])
    }

    /// Inputs, from 1, that something else than the card feeds.
    pub fn fed(&self) -> impl Iterator<Item = (usize, InputSource)> {
        let sources = (1..).zip(self.inputs.iter().map(|input| input.lane.source));
        sources.filter(|(_, source)| *source != InputSource::Card)
    }

    /// What feeds each strip by the console.
    pub fn strip_sources(&self) -> Vec<StripSource> {
        self.inputs.iter().map(|input| input.lane.source.into()).collect()
    }

    /// Feeds a strip so. Where the generator plays depends on whether it feeds any.
    pub(super) fn feed(&mut self, input: usize, source: InputSource) -> Change {
        let (at, before) = (self.find(input)?, self.stage());
        if source == InputSource::Player && self.bank.is_none() {
            return Err(NO_PLAYER.into());
        }
        self.inputs[at].lane.source = source;
        let mut commands = vec![Command::Source(at as u8, source.into())];
        commands.extend(self.sources.follow_strips(before, self.stage()));
        Ok(commands)
    }

    pub(super) fn place(&mut self, input: usize, db: Option<f32>, pan: Option<f32>) -> Change {
        let at = self.find(input)?;
        let db = db.map(|db| within(db, -96.0, 12.0, "dB")).transpose()?;
        let pan = pan.map(|pan| within(pan, -1.0, 1.0, "left to right")).transpose()?;
        let lane = &mut self.inputs[at].lane;
        (lane.mix, lane.pan) = (db.map_or(lane.mix, Db), pan.map_or(lane.pan, Pan));
        Ok(mixed(at, lane).into())
    }

    pub(super) fn monitor(&mut self, input: usize, db: Option<f32>) -> Change {
        let at = self.find(input)?;
        let level = db.map(|db| within(db, -96.0, 12.0, "dB")).transpose()?.map(Db);
        self.inputs[at].lane.monitor = level;
        Ok(vec![Command::Route(Bus::Monitor, at as u8, level.map_or(Gain(0.0), gain))])
    }

    /// Inputs as telemetry tells them; `clipped` by input from 0.
    pub fn input_reports(&self, clipped: impl Fn(usize) -> bool) -> Vec<InputReport> {
        let report = |(at, Input { lane, solo }): (usize, &Input)| InputReport {
            name: lane.name.clone(),
            gain_db: lane.gain.0,
            mute: lane.mute,
            invert: lane.invert,
            solo: *solo,
            source: lane.source,
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
            bypass: lane.bypass.clone(),
            sends_db: lane.sends.map(|level| level.map(|level| level.0)),
            clipped: clipped(at),
        };
        self.inputs.iter().enumerate().map(report).collect()
    }
}

pub(super) fn mixed(at: usize, lane: &Lane) -> [Command; 2] {
    let (left, right) = lane.pan.to_gains();
    let level = lane.mix.to_gain();
    [(Bus::MixLeft, left), (Bus::MixRight, right)]
        .map(|(bus, side)| Command::Route(bus, at as u8, Gain(level * side)))
}
