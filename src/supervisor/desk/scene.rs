//! The console as a scene, and back: what a recall changes, and nothing else.
//!
//! A scene has neither solo nor the monitor's mute, which are about who listens now, nor what feeds inputs and where they are
//! recorded from: a recall never changes what a take holds of them.
//!
//! Runs on: supervisor.
use super::super::inserts;
use super::outputs::Output;
use super::strips::{Input, mixed};
use super::{Change, Desk, gain, level};
use crate::config::{Lane, OutputLane, Route, Scene, ScenePads};
use vestry_rt::message::{Bus, Command};

impl Desk {
    /// As it stands.
    pub fn scene(&self) -> Scene {
        // Whatever is added to the console has to be thought of here.
        let Self { inputs, outputs, routes, sends, mix, selected, .. } = self;
        let Self { monitor_muted: _, solo_mode: _, latency_monitor: _, sample_rate: _, sources: _, .. } =
            self;
        let lane = |Input { lane, solo: _ }: &Input| lane.clone();
        let said = |(at, output): (usize, &Output)| OutputLane {
            monitor: self.monitor_at(at),
            mix: output.own_mix(),
            ..output.said()
        };
        let heard = routes.iter().filter(|((_, output), _)| self.routable(*output).is_ok());
        let route = |(&(input, output), &level): (&(usize, usize), &f32)| Route {
            input: input + 1,
            output: output + 1,
            level,
        };
        Scene {
            selected: selected + 1,
            lanes: inputs.iter().map(lane).collect(),
            sends: outputs.iter().enumerate().map(said).collect(),
            send_levels: sends.to_vec(),
            mix_level: Some(*mix),
            routes: heard.map(route).collect(),
            pads: ScenePads::default(),
        }
    }

    /// Makes it stand as `scene` says, which is one for this box; the commands for what that changes, to take effect together.
    ///
    /// # Errors
    /// It splits a pair where the click plays on the output that would have the mix; nothing is changed then.
    pub fn recall(&mut self, scene: &Scene) -> Change {
        let mut after = self.clone();
        after.stand(scene);
        let click = after.sources.follow(after.stage())?;
        let click = click.filter(|_| after.stage() != self.stage());
        let mut commands = self.changes(&after);
        commands.extend(click);
        *self = after;
        Ok(commands)
    }

    fn stand(&mut self, scene: &Scene) {
        for (input, lane) in self.inputs.iter_mut().zip(&scene.lanes) {
            let Lane { name, source, tap, unused, .. } = input.lane.clone();
            input.lane = Lane { name, source, tap, unused, ..lane.clone() };
        }
        for (output, send) in self.outputs.iter_mut().zip(&scene.sends) {
            *output = Output::new(*send);
        }
        for (level, said) in self.sends.iter_mut().zip(&scene.send_levels) {
            *level = *said;
        }
        self.mix = scene.mix_level.unwrap_or(self.mix);
        let crossing = |route: &Route| ((route.input - 1, route.output - 1), route.level);
        self.routes = scene.routes.iter().map(crossing).filter(|(_, level)| *level > 0.0).collect();
        self.selected = scene.selected - 1;
    }

    fn changes(&self, after: &Self) -> Vec<Command> {
        let inputs = (0..).zip(self.inputs.iter().zip(&after.inputs));
        let mut commands: Vec<_> =
            inputs.flat_map(|(at, (was, is))| self.strip_changes(at, &was.lane, &is.lane)).collect();
        for (at, (was, is)) in (0..).zip(self.outputs.iter().zip(&after.outputs)) {
            commands.extend(self.output_changes(at, was, is));
        }
        let sends = (0..).zip(self.sends.iter().zip(&after.sends)).filter(|(_, (was, is))| was != is);
        commands.extend(sends.map(|(at, (_, is))| Command::SendLevel(at, gain(*is))));
        commands.extend((self.mix != after.mix).then(|| after.mix_level_command()));
        commands.extend(self.differing(after, 0..self.outputs.len()));
        commands
    }

    fn strip_changes(&self, at: u8, was: &Lane, is: &Lane) -> Vec<Command> {
        // As in `scene`.
        let Lane {
            name: _,
            gain: trim,
            mute,
            invert,
            source: _,
            tap: _,
            monitor,
            mix,
            pan,
            unused: _,
            // These are what is heard of the strip.
            high_pass_hz: _,
            eq: _,
            gate: _,
            compressor: _,
            bypass: _,
            sends,
        } = is;
        let mut commands = Vec::new();
        commands.extend((was.gain != *trim).then(|| Command::Gain(at, gain(*trim))));
        commands.extend((was.mute != *mute).then_some(Command::Mute(at, *mute)));
        commands.extend((was.invert != *invert).then_some(Command::Invert(at, *invert)));
        commands.extend(inserts::changes(at, &inserts::heard(was), &inserts::heard(is), self.sample_rate));
        if (was.mix, was.pan) != (*mix, *pan) {
            commands.extend(mixed(usize::from(at), is));
        }
        let buses = [(Bus::Monitor, was.monitor, *monitor)].into_iter();
        let buses = buses
            .chain((0..).zip(was.sends.iter().zip(sends)).map(|(at, (was, is))| (Bus::Send(at), *was, *is)));
        let changed = buses.filter(|(_, was, is)| was != is);
        commands.extend(changed.map(|(bus, _, is)| Command::Route(bus, at, level(is))));
        commands
    }
}
