//! The main mix: how loud all of it is, and how loud outputs play its sides.
//!
//! Runs on: supervisor.
use super::{Change, Desk, gain, level, within};
use crate::config::Db;
use crate::telemetry::{MixReport, SideName};
use vestry_rt::message::{Command, Gain, Side};

/// The sides in the order of the levels of an output.
const SIDES: [Side; 2] = [Side::Left, Side::Right];

/// What the left output of a split pair plays of each side: mono, which never clips where the mix does not.
const MONO: [Gain; 2] = [Gain(0.5); 2];

impl Desk {
    pub(super) fn mix_level(&mut self, db: f32) -> Change {
        self.mix = Db(within(db, -96.0, 12.0, "dB")?);
        Ok(vec![self.mix_level_command()])
    }

    pub(super) fn mix_to(&mut self, side: SideName, output: usize, db: Option<f32>) -> Change {
        let at = self.find_output(output).and_then(|at| self.apart_from_the_mix(at))?;
        let db = db.map(|db| within(db, -96.0, 12.0, "dB")).transpose()?.map(Db);
        let side = Side::from(side);
        self.outputs[at].mix[side as usize] = db;
        Ok(vec![Command::MixTo(side, at as u8, level(db))])
    }

    /// How loud all of it is.
    pub(super) fn mix_level_command(&self) -> Command {
        Command::MixLevel(gain(self.mix))
    }

    /// What sets up the main mix on an output (from 0) of an engine that has nothing yet.
    pub(super) fn mix_on(&self, output: usize) -> impl Iterator<Item = Command> {
        let heard = SIDES.into_iter().zip(self.mix_at(output)).filter(|(_, level)| level.0 != 0.0);
        heard.map(move |(side, level)| Command::MixTo(side, output as u8, level))
    }

    /// What the engine has to be told of the main mix on an output (from 0) to play it as `after` says.
    pub(super) fn mix_changes(&self, after: &Self, output: usize) -> impl Iterator<Item = Command> {
        let sides = SIDES.into_iter().zip(self.mix_at(output).into_iter().zip(after.mix_at(output)));
        let changed = sides.filter(|(_, (was, is))| was != is);
        changed.map(move |(side, (_, is))| Command::MixTo(side, output as u8, is))
    }

    /// The main mix as telemetry tells it.
    pub fn mix_report(&self) -> MixReport {
        MixReport { level_db: self.mix.0 }
    }

    fn mix_at(&self, output: usize) -> [Gain; 2] {
        match self.outputs.get(output) {
            Some(output) if output.split => MONO,
            Some(output) => output.own_mix().map(level),
            None => [Gain(0.0); 2],
        }
    }
}

impl From<SideName> for Side {
    fn from(name: SideName) -> Self {
        match name {
            SideName::Left => Self::Left,
            SideName::Right => Self::Right,
        }
    }
}
