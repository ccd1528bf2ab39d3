//! The console as a scene, and back: what a recall changes, and nothing else.
//!
//! A scene has neither solo nor the monitor's mute, which are about who listens now, nor where inputs are recorded from: a
//! recall never changes what a take holds of them.
//!
//! Runs on: supervisor.
use super::super::inserts::Switched;
use super::{Desk, Input, Output, gain, mixed, route};
use crate::config::{Lane, OutputSend, Route, Scene};
use vestry_rt::message::{Bus, Command, Gain};

impl Desk {
    /// As it stands.
    pub fn scene(&self) -> Scene {
        let route = |(&(input, output), &level): (&(usize, usize), &f32)| Route {
            input: input + 1,
            output: output + 1,
            level,
        };
        let send = |output: &Output| {
            let Output { gain, monitor, limiter, .. } = *output;
            OutputSend { gain, monitor, limiter }
        };
        Scene {
            selected: self.selected + 1,
            lanes: self.inputs.iter().map(|input| input.lane.clone()).collect(),
            sends: self.outputs.iter().map(send).collect(),
            routes: self.routes.iter().map(route).collect(),
        }
    }

    /// Makes it stand as `scene` says, which is one for this box; the commands for what that changes, to take effect together.
    pub fn recall(&mut self, scene: &Scene) -> Vec<Command> {
        let before = self.clone();
        for (input, lane) in self.inputs.iter_mut().zip(&scene.lanes) {
            let Lane { name, tap, unused, .. } = input.lane.clone();
            input.lane = Lane { name, tap, unused, ..lane.clone() };
        }
        for (output, send) in self.outputs.iter_mut().zip(&scene.sends) {
            (output.gain, output.monitor, output.limiter) = (send.gain, send.monitor, send.limiter);
        }
        let crossing = |route: &Route| ((route.input - 1, route.output - 1), route.level);
        self.routes = scene.routes.iter().map(crossing).filter(|(_, level)| *level > 0.0).collect();
        self.selected = scene.selected - 1;
        self.changes(&before)
    }

    fn changes(&self, before: &Self) -> Vec<Command> {
        let inputs = (0..).zip(before.inputs.iter().zip(&self.inputs));
        let mut commands: Vec<_> =
            inputs.flat_map(|(at, (was, is))| self.strip_changes(at, was, is)).collect();
        for (at, (was, is)) in (0..).zip(before.outputs.iter().zip(&self.outputs)) {
            commands.extend((was.gain != is.gain).then(|| Command::OutputGain(at, gain(is.gain))));
            let level = || Command::MonitorTo(at, is.monitor.map_or(Gain(0.0), gain));
            commands.extend((was.monitor != is.monitor).then(level));
            commands.extend((was.limiter != is.limiter).then(|| self.limiter_command(at, is.limiter)));
        }
        let gone = before.routes.keys().filter(|crossing| !self.routes.contains_key(crossing));
        commands.extend(gone.map(|(input, output)| route(*input, *output, 0.0)));
        let new = self.routes.iter().filter(|(crossing, level)| before.routes.get(crossing) != Some(level));
        commands.extend(new.map(|((input, output), level)| route(*input, *output, *level)));
        commands
    }

    fn strip_changes(
        &self,
        at: u8,
        Input { lane: was, .. }: &Input,
        Input { lane: is, .. }: &Input,
    ) -> Vec<Command> {
        let mut commands = Vec::new();
        commands.extend((was.gain != is.gain).then(|| Command::Gain(at, gain(is.gain))));
        commands.extend((was.mute != is.mute).then_some(Command::Mute(at, is.mute)));
        commands.extend((was.invert != is.invert).then_some(Command::Invert(at, is.invert)));
        let mut inserts = Vec::new();
        inserts.extend((was.high_pass_hz != is.high_pass_hz).then_some(Switched::HighPass(is.high_pass_hz)));
        let bands = was.eq.iter().zip(&is.eq).enumerate().filter(|(_, (was, is))| was != is);
        inserts.extend(bands.map(|(band, (_, is))| Switched::Band(band, *is)));
        inserts.extend((was.gate != is.gate).then_some(Switched::Gate(is.gate)));
        inserts.extend((was.compressor != is.compressor).then_some(Switched::Compressor(is.compressor)));
        commands
            .extend(inserts.into_iter().map(|insert| Command::Insert(at, insert.insert(self.sample_rate))));
        if (was.mix, was.pan) != (is.mix, is.pan) {
            commands.extend(mixed(usize::from(at), is));
        }
        let level = || Command::Route(Bus::Monitor, at, is.monitor.map_or(Gain(0.0), gain));
        commands.extend((was.monitor != is.monitor).then(level));
        commands
    }
}
