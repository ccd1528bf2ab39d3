//! Sends: how loud inputs go into them, and how loud outputs play them.
//!
//! Runs on: supervisor.
use super::{Change, Desk, found, gain, level, within};
use crate::config::Db;
use crate::telemetry::SendReport;
use vestry_rt::SENDS;
use vestry_rt::message::{Bus, Command};

impl Desk {
    /// What sets up the sends of an engine that has nothing yet, but for what goes into them and what plays them.
    pub(super) fn send_levels(&self) -> impl Iterator<Item = Command> {
        (0..).zip(&self.sends).map(|(at, level)| Command::SendLevel(at, gain(*level)))
    }

    pub(super) fn send(&mut self, input: usize, send: usize, db: Option<f32>) -> Change {
        let (at, bus) = (self.find(input)?, find_send(send)?);
        let db = db.map(|db| within(db, -96.0, 12.0, "dB")).transpose()?.map(Db);
        self.inputs[at].lane.sends[bus] = db;
        Ok(vec![Command::Route(Bus::Send(bus as u8), at as u8, level(db))])
    }

    pub(super) fn send_level(&mut self, send: usize, db: f32) -> Change {
        let (bus, db) = (find_send(send)?, Db(within(db, -96.0, 12.0, "dB")?));
        self.sends[bus] = db;
        Ok(vec![Command::SendLevel(bus as u8, gain(db))])
    }

    pub(super) fn send_to(&mut self, send: usize, output: usize, db: Option<f32>) -> Change {
        let (bus, at) = (find_send(send)?, self.find_output(output)?);
        let db = db.map(|db| within(db, -96.0, 12.0, "dB")).transpose()?.map(Db);
        self.outputs[at].sends[bus] = db;
        Ok(vec![Command::SendTo(bus as u8, at as u8, level(db))])
    }

    /// Sends as telemetry tells them.
    pub fn send_reports(&self) -> Vec<SendReport> {
        self.sends.iter().map(|level| SendReport { level_db: level.0 }).collect()
    }
}

fn find_send(send: usize) -> Result<usize, String> {
    found(send, SENDS, "send")
}
