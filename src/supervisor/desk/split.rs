//! Split pairs of outputs.
//!
//! The left output of a split pair plays the main mix as mono, half of left and half of right: the mean, since it never clips
//! where the mix does not. The right one plays the monitor mix, at its level there, and the click; so what is soloed is heard
//! there, and never in the hall.
//!
//! Runs on: supervisor.
use super::{Change, Desk, found, gain, route};
use crate::config::Db;
use vestry_rt::message::{Command, Gain};

impl Desk {
    /// Splits an output and the one after it, or makes them ordinary outputs again.
    pub(super) fn split(&mut self, output: usize, on: bool) -> Change {
        let at = found(output, self.outputs.len(), "output")?;
        if on && at + 1 == self.outputs.len() {
            return Err(format!("output {output}: there is none after it for click and cues"));
        }
        if on && (self.is_right(at) || self.is_left(at + 1)) {
            return Err(format!("output {output}: one of the two is in another split pair"));
        }
        let mut after = self.clone();
        after.outputs[at].split = on;
        let click = after.sources.follow(after.stage());
        let mut commands: Vec<_> = self.differing(&after, at..at + 2).collect();
        commands.extend(click?);
        *self = after;
        Ok(commands)
    }

    /// What the engine has to be told of inputs, monitor and main mix on outputs to play as `after` says.
    pub(super) fn differing(
        &self,
        after: &Self,
        outputs: impl Iterator<Item = usize> + Clone,
    ) -> impl Iterator<Item = Command> {
        let routes = outputs.clone().flat_map(move |output| {
            let inputs = 0..self.inputs.len();
            inputs.map(move |input| {
                (self.crossing(input, output), route(input, output, after.crossing(input, output)))
            })
        });
        let routes = routes
            .filter(|(before, command)| !matches!(command, Command::Route(.., now) if now.0 == *before));
        let mixes = outputs.clone().flat_map(|output| self.mix_changes(after, output));
        let monitors = outputs.filter(|output| self.monitor_at(*output) != after.monitor_at(*output));
        let monitors = monitors
            .map(|output| Command::MonitorTo(output as u8, after.monitor_at(output).map_or(Gain(0.0), gain)));
        routes.map(|(_, command)| command).chain(monitors).chain(mixes)
    }

    /// Every crossing that the engine has to know, with its level.
    pub(super) fn crossings(&self) -> impl Iterator<Item = Command> {
        let all = (0..self.inputs.len())
            .flat_map(|input| (0..self.outputs.len()).map(move |output| (input, output)));
        let levels = all.map(|(input, output)| (input, output, self.crossing(input, output)));
        levels.filter(|(.., level)| *level != 0.0).map(|(input, output, level)| route(input, output, level))
    }

    /// An output (from 0) that routes of its own may lead to.
    pub(super) fn routable(&self, output: usize) -> Result<usize, String> {
        if self.is_left(output) || self.is_right(output) {
            return Err(format!("output {}: is split, and has no routes of its own", output + 1));
        }
        Ok(output)
    }

    /// An output (from 0) that does not play the main mix as one of a split pair, and so may play it, or the monitor mix, at a
    /// level of its own.
    pub(super) fn apart_from_the_mix(&self, output: usize) -> Result<usize, String> {
        if self.is_left(output) {
            return Err(format!("output {}: is split, and plays the mix", output + 1));
        }
        Ok(output)
    }

    /// Level of the monitor mix on an output.
    pub(super) fn monitor_at(&self, output: usize) -> Option<Db> {
        self.outputs.get(output).filter(|output| !output.split).and_then(|output| output.monitor)
    }

    fn crossing(&self, input: usize, output: usize) -> f32 {
        let split = self.is_left(output) || self.is_right(output);
        self.routes.get(&(input, output)).filter(|_| !split).copied().unwrap_or(0.0)
    }

    pub(super) fn is_left(&self, output: usize) -> bool {
        self.outputs.get(output).is_some_and(|output| output.split)
    }

    fn is_right(&self, output: usize) -> bool {
        output.checked_sub(1).is_some_and(|left| self.is_left(left))
    }
}
