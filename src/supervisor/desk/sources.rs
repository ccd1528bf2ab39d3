//! Generator and click, which play beside the console, and what they have to know of its outputs.
//!
//! Runs on: supervisor.
use super::{Change, Desk};
use crate::config::{ClickConfig, GeneratorConfig, InputSource};
use crate::supervisor::sources::Stage;
use crate::telemetry::{ClickChange, GeneratorChange};
use vestry_rt::message::Command;

impl Desk {
    pub(super) fn change_generator(&mut self, change: &GeneratorChange) -> Change {
        let stage = self.stage();
        Ok(vec![self.sources.change_generator(change, stage)?])
    }

    pub(super) fn change_click(&mut self, change: &ClickChange) -> Change {
        let stage = self.stage();
        Ok(vec![self.sources.change_click(change, stage)?])
    }

    /// The generator as telemetry tells it.
    pub fn generator(&self) -> &GeneratorConfig {
        self.sources.generator()
    }

    /// The click track as telemetry tells it.
    pub fn click(&self) -> &ClickConfig {
        self.sources.click()
    }

    /// The engine has played sweep `number` to its end.
    pub fn swept(&mut self, number: u8) {
        self.sources.swept(number);
    }

    /// Generator and click, for an engine that has nothing yet.
    pub(super) fn source_commands(&self) -> Vec<Command> {
        self.sources.commands(self.stage())
    }

    pub(super) fn stage(&self) -> Stage {
        let lefts = (0..self.outputs.len()).filter(|output| self.is_left(*output));
        Stage {
            sample_rate: self.sample_rate,
            outputs: self.outputs.len(),
            lefts: lefts.fold(0, |lefts, output| lefts | 1 << output),
            fed: self.fed().any(|(_, source)| source == InputSource::Generator),
        }
    }
}
