//! Generator and click track as they stand: checked against the ranges of the file, written down, told to the engine. Pure.
//!
//! Runs on: supervisor.
use super::inserts::all_within;
use super::synthesis;
use crate::config::{ClickConfig, Config, GeneratorConfig, GeneratorKind};
use crate::telemetry::{ClickChange, GeneratorChange};
use vestry_rt::message::Command;

/// What they play on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stage {
    /// Frames a second.
    pub sample_rate: u32,
    /// How many outputs there are.
    pub outputs: usize,
    /// Bit i: output i, from 0, is the left one of a split pair: the mix, which no click belongs to.
    pub lefts: u32,
    /// The generator feeds a strip.
    pub fed: bool,
}

impl Stage {
    /// All outputs.
    fn all(&self) -> u32 {
        1_u32.checked_shl(self.outputs as u32).unwrap_or(0).wrapping_sub(1)
    }

    /// Outputs that count from 1 as bits.
    fn bits(&self, outputs: &[usize]) -> Result<u32, String> {
        let bit = |output: &usize| match output.checked_sub(1).filter(|at| *at < self.outputs) {
            Some(at) => Ok(1 << at),
            None => Err(format!("output {output}: must be 1..{}", self.outputs)),
        };
        outputs.iter().try_fold(0, |mask, output| Ok(mask | bit(output)?))
    }

    /// The same; `usual` if there are none.
    fn mask(&self, outputs: &[usize], usual: u32) -> Result<u32, String> {
        match (self.bits(outputs)?, usual) {
            (0, 0) => Err("there is no output to play it on".into()),
            (0, usual) => Ok(usual),
            (mask, _) => Ok(mask),
        }
    }

    /// Outputs of the generator beside strips: those that are named; with none, all where it feeds no strip.
    fn generator(&self, generator: &GeneratorConfig) -> Result<u32, String> {
        match generator.kind {
            GeneratorKind::Off => self.bits(&generator.outputs),
            GeneratorKind::Identify => self.mask(&generator.outputs, self.all()),
            _ if self.fed => self.bits(&generator.outputs),
            _ => self.mask(&generator.outputs, self.all()),
        }
    }

    fn click(&self, click: &ClickConfig) -> Result<u32, String> {
        let usual = if self.lefts == 0 { self.all() } else { self.lefts << 1 };
        let mask = self.mask(&click.outputs, usual)?;
        match (mask & self.lefts).trailing_zeros() {
            32 => Ok(mask),
            at => Err(format!("output {}: plays the mix of a split pair, where no click belongs", at + 1)),
        }
    }
}

/// Both of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sources {
    generator: GeneratorConfig,
    click: ClickConfig,
    /// Number of the last sweep.
    sweep: u8,
}

impl Sources {
    /// As the configuration sets them.
    pub fn new(config: &Config) -> Self {
        Self { generator: config.generator.clone(), click: config.click.clone(), sweep: 0 }
    }

    /// Everything, for an engine that has nothing yet.
    pub fn commands(&self, stage: Stage) -> Vec<Command> {
        let generator = (self.generator.kind != GeneratorKind::Off).then(|| self.generator_command(stage));
        let click = self.click.on.then(|| self.click_command(stage));
        // What is not right here was refused with the file.
        generator.into_iter().chain(click).flatten().collect()
    }

    /// Changes the generator.
    ///
    /// # Errors
    /// What is out of its range or not there; nothing is changed then.
    pub fn change_generator(&mut self, change: &GeneratorChange, stage: Stage) -> Result<Command, String> {
        let generator = change.over(&self.generator);
        let (hz, from_hz, to_hz) = (generator.hz, generator.from_hz, generator.to_hz);
        let numbers = [
            ("level_db", generator.level_db.0),
            ("hz", hz),
            ("from_hz", from_hz),
            ("to_hz", to_hz),
            ("seconds", generator.seconds),
        ];
        all_within("generator", &numbers)?;
        let half = stage.sample_rate as f32 / 2.0;
        let highest = match generator.kind {
            GeneratorKind::Sine => hz,
            GeneratorKind::Sweep => from_hz.max(to_hz),
            _ => 0.0,
        };
        if highest >= half {
            return Err(format!("{highest}: must be below half the sample_rate, {half} Hz"));
        }
        let sweep = self.sweep.wrapping_add(u8::from(change.kind == Some(GeneratorKind::Sweep)));
        let after = Self { generator, sweep, click: self.click.clone() };
        let command = after.generator_command(stage)?;
        *self = after;
        Ok(command)
    }

    /// Changes the click track.
    ///
    /// # Errors
    /// What is out of its range or not there; nothing is changed then.
    pub fn change_click(&mut self, change: &ClickChange, stage: Stage) -> Result<Command, String> {
        let click = change.over(&self.click);
        let numbers = [("bpm", click.bpm), ("beats", f32::from(click.beats)), ("level_db", click.level_db.0)];
        all_within("click", &numbers)?;
        let after = Self { click, ..self.clone() };
        let command = after.click_command(stage)?;
        *self = after;
        Ok(command)
    }

    /// The click where outputs have become a split pair, or are one no more.
    ///
    /// # Errors
    /// It was asked for on the output that would play the mix.
    pub fn follow(&self, stage: Stage) -> Result<Option<Command>, String> {
        let command = self.click_command(stage)?;
        Ok(self.click.on.then_some(command))
    }

    /// The generator where the first strip is fed by it, or the last one no more: that may change on which outputs it plays.
    pub fn follow_strips(&self, before: Stage, after: Stage) -> Option<Command> {
        let outputs = |stage: Stage| stage.generator(&self.generator).unwrap_or(0);
        let command = || self.on_outputs(outputs(after), after);
        (self.generator.kind != GeneratorKind::Off && outputs(before) != outputs(after)).then(command)
    }

    /// The engine has played sweep `number` to its end.
    pub fn swept(&mut self, number: u8) {
        if self.generator.kind == GeneratorKind::Sweep && self.sweep == number {
            self.generator.kind = GeneratorKind::Off;
        }
    }

    /// The generator as telemetry tells it.
    pub fn generator(&self) -> &GeneratorConfig {
        &self.generator
    }

    /// The click track as telemetry tells it.
    pub fn click(&self) -> &ClickConfig {
        &self.click
    }

    fn generator_command(&self, stage: Stage) -> Result<Command, String> {
        Ok(self.on_outputs(stage.generator(&self.generator)?, stage))
    }

    fn on_outputs(&self, outputs: u32, stage: Stage) -> Command {
        Command::Generator(synthesis::generator(&self.generator, outputs, stage.sample_rate, self.sweep))
    }

    fn click_command(&self, stage: Stage) -> Result<Command, String> {
        Ok(Command::Click(synthesis::click(&self.click, stage.click(&self.click)?, stage.sample_rate)))
    }
}
