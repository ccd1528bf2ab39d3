//! Strips, buses and their commands: the state of the console, and one chunk of sound through it.
use crate::bank::Insert;
use crate::bus::MixBus;
use crate::compressor::Compressor;
use crate::delay::DelayRing;
use crate::follow::Key;
use crate::limiter::Limit;
use crate::main_mix::MainMix;
use crate::message::{Bus, Command, Gain, Side, SoloMode};
use crate::output::OutputBus;
use crate::sends::Sends;
use crate::strip::Strip;
use crate::strips::Strips;
use crate::{CHUNK, MAX_INPUTS, MAX_OUTPUTS, SENDS};

/// The whole console.
#[derive(Debug)]
pub struct Mixer {
    /// Strips by input.
    pub strips: Strips,
    /// Physical outputs.
    pub outputs: [OutputBus; MAX_OUTPUTS],
    /// The main mix.
    pub mix: MainMix,
    /// The monitor mix.
    pub monitor: MixBus,
    /// What is soloed before its strip: a part of the monitor mix that is taken as converted.
    pub pfl: MixBus,
    /// The sends.
    pub sends: Sends,
    monitor_levels: [f32; MAX_INPUTS],
    monitor_to: [f32; MAX_OUTPUTS],
    monitor_muted: bool,
    /// Bit i: input i is soloed.
    solo: u32,
    solo_mode: SoloMode,
    inputs: usize,
    output_count: usize,
    ramp_frames: u32,
}

impl Mixer {
    /// Unity strips, nothing routed. Changes take `ramp_frames` frames.
    pub fn new(inputs: usize, outputs: usize, ramp_frames: u32) -> Self {
        Self {
            strips: Strips::new(),
            outputs: [const { OutputBus::new() }; MAX_OUTPUTS],
            mix: MainMix::new(),
            monitor: MixBus::new(),
            pfl: MixBus::new(),
            sends: Sends::new(),
            monitor_levels: [0.0; MAX_INPUTS],
            monitor_to: [0.0; MAX_OUTPUTS],
            monitor_muted: false,
            solo: 0,
            solo_mode: SoloMode::Afl,
            inputs,
            output_count: outputs,
            ramp_frames,
        }
    }

    /// Gives outputs, from the first, what their delays need.
    pub fn lend(&mut self, rings: impl IntoIterator<Item = &'static mut DelayRing>) {
        self.outputs.iter_mut().zip(rings).for_each(|(output, ring)| output.delay.lend(ring));
    }

    /// Carries out one command; false if it names an input or output that is not there, or a level that is no number.
    pub fn apply(&mut self, command: Command) -> bool {
        let frames = self.ramp_frames;
        match command {
            Command::Gain(input, gain) => {
                is_level(gain) && self.strip(input, |strip| strip.set_gain(gain, frames))
            }
            Command::Mute(input, on) => self.strip(input, |strip| strip.set_mute(on, frames)),
            Command::Invert(input, on) => self.strip(input, |strip| strip.set_inverted(on, frames)),
            Command::Tap(input, tap) => self.strip(input, |strip| strip.tap = tap),
            Command::Insert(input, insert) => self.insert(usize::from(input), insert),
            Command::Solo(input, on) => self.set_solo(usize::from(input), on),
            Command::SoloMode(mode) => {
                self.solo_mode = mode;
                self.follow_monitor();
                true
            }
            Command::Route(bus, input, level) => {
                is_level(level) && self.route(bus, usize::from(input), level.0)
            }
            Command::Select(input) => self.select(usize::from(input)),
            Command::MuteMonitor(muted) => {
                self.monitor_muted = muted;
                self.follow_monitor_outputs();
                true
            }
            Command::MonitorTo(output, level) => {
                is_level(level) && self.set_monitor_to(usize::from(output), level.0)
            }
            Command::OutputGain(output, gain) => {
                is_level(gain) && self.output(output, |bus| bus.gain.to(gain.0, frames))
            }
            Command::Limiter(output, limit) => {
                limit.is_none_or(|limit: Limit| limit.is_sound())
                    && self.output(output, |bus| bus.limiter.set(limit, frames))
            }
            Command::Ramp(frames) => {
                self.set_ramp(frames);
                true
            }
            Command::Delay(output, late) => {
                let mut done = false;
                self.output(output, |bus| done = bus.delay.set(usize::from(late), frames)) && done
            }
            Command::SendLevel(send, level) => {
                is_level(level) && self.sends.set_master(send, level.0, frames)
            }
            Command::SendTo(send, output, level) => {
                is_level(level) && self.set_send_to(send, usize::from(output), level.0)
            }
            Command::MixLevel(level) => {
                if is_level(level) {
                    self.mix.set_master(level.0, frames);
                }
                is_level(level)
            }
            Command::MixTo(side, output, level) => {
                is_level(level) && self.set_mix_to(side, usize::from(output), level.0)
            }
            other => self.is_sound(other),
        }
    }

    /// Whether a command that is carried out elsewhere names what is there, and numbers that can be run.
    fn is_sound(&self, command: Command) -> bool {
        match command {
            Command::LatencyMonitor(_) | Command::Rotate(_) | Command::Group(_) => true,
            Command::Scope(input) => input.is_none_or(|input| usize::from(input) < self.inputs),
            Command::Source(input, _) | Command::SourceAt { strip: input, .. } => {
                usize::from(input) < self.inputs
            }
            Command::Tone(tone) => tone.is_none_or(|tone| {
                usize::from(tone.output) < self.output_count && (0.0..=1.0).contains(&tone.level)
            }),
            Command::Generator(generator) => {
                generator.is_none_or(|generator| generator.is_sound(self.output_count))
            }
            Command::Click(click) => click.is_none_or(|click| click.is_sound(self.output_count)),
            _ => false,
        }
    }

    /// From now on changes take so many frames; those that are on their way go on as they are.
    pub fn set_ramp(&mut self, frames: u32) {
        self.ramp_frames = frames;
    }

    /// Ends all ramps: for what is set before the first period.
    pub fn settle(&mut self) {
        self.strips.settle();
        self.mix.settle();
        self.monitor.settle();
        self.pfl.settle();
        self.sends.settle();
        self.outputs.iter_mut().for_each(OutputBus::settle);
    }

    /// Tells compressors the levels of the buses that they go by, but for the main mix; what is not heard is silence.
    #[cold]
    pub fn note_keys(&mut self, monitor: Option<&[f32; CHUNK]>, frames: usize) {
        const SILENCE: [f32; CHUNK] = [0.0; CHUNK];
        let mut note = |bus, sound: Option<&[f32; CHUNK]>| {
            self.strips.note(bus, sound.unwrap_or(&SILENCE).get(..frames).unwrap_or(&[]));
        };
        note(Bus::Monitor, monitor);
        (0..SENDS as u8).for_each(|send| note(Bus::Send(send), self.sends.sound(send)));
    }

    fn strip(&mut self, input: u8, change: impl FnOnce(&mut Strip)) -> bool {
        let strips = self.strips.each.get_mut(..self.inputs);
        let strip = strips.and_then(|strips| strips.get_mut(usize::from(input)));
        strip.map(change).is_some()
    }

    fn insert(&mut self, input: usize, insert: Insert) -> bool {
        let key = match insert {
            Insert::Compressor(Some(Compressor { key: Some(Key::Strip(key)), .. })) => usize::from(key),
            _ => 0,
        };
        input.max(key) < self.inputs && self.strips.set(input, insert, self.ramp_frames)
    }

    fn output(&mut self, output: u8, change: impl FnOnce(&mut OutputBus)) -> bool {
        let outputs = self.outputs.get_mut(..self.output_count);
        outputs.and_then(|outputs| outputs.get_mut(usize::from(output))).map(change).is_some()
    }

    fn route(&mut self, bus: Bus, input: usize, level: f32) -> bool {
        let frames = self.ramp_frames;
        if input >= self.inputs {
            return false;
        }
        match bus {
            Bus::MixLeft => self.mix.side(Side::Left).set_level(input, level, frames),
            Bus::MixRight => self.mix.side(Side::Right).set_level(input, level, frames),
            Bus::Output(output) => self.output(output, |bus| {
                bus.routes.set(input, level, frames);
            }),
            Bus::Send(send) => self.sends.set_level(send, input, level, frames),
            Bus::Monitor => {
                let Some(wanted) = self.monitor_levels.get_mut(input) else { return false };
                *wanted = level;
                self.follow_monitor();
                true
            }
        }
    }

    fn select(&mut self, input: usize) -> bool {
        if input >= self.inputs {
            return false;
        }
        for (at, level) in self.monitor_levels.iter_mut().enumerate() {
            *level = if at == input { 1.0 } else { 0.0 };
        }
        self.follow_monitor();
        true
    }

    fn set_solo(&mut self, input: usize, on: bool) -> bool {
        if input >= self.inputs {
            return false;
        }
        self.solo = if on { self.solo | 1 << input } else { self.solo & !(1 << input) };
        self.follow_monitor();
        true
    }

    /// While anything is soloed, the monitor mix is the soloed inputs, at unity where they have no level of their own; with
    /// PFL always so, and before their strips.
    fn follow_monitor(&mut self) {
        for (input, wanted) in self.monitor_levels.iter().enumerate().take(self.inputs) {
            let soloed = self.solo >> input & 1 == 1;
            let (after, before) = match self.solo_mode {
                _ if self.solo == 0 => (*wanted, 0.0),
                _ if !soloed => (0.0, 0.0),
                SoloMode::Pfl => (0.0, 1.0),
                SoloMode::Afl if *wanted == 0.0 => (1.0, 0.0),
                SoloMode::Afl => (*wanted, 0.0),
            };
            self.monitor.set(input, after, self.ramp_frames);
            self.pfl.set(input, before, self.ramp_frames);
        }
    }

    fn set_send_to(&mut self, send: u8, output: usize, level: f32) -> bool {
        output < self.output_count && self.sends.set_to(send, output, level, self.ramp_frames)
    }

    fn set_mix_to(&mut self, side: Side, output: usize, level: f32) -> bool {
        output < self.output_count && self.mix.side(side).set_to(output, level, self.ramp_frames)
    }

    fn set_monitor_to(&mut self, output: usize, level: f32) -> bool {
        let outputs = self.monitor_to.get_mut(..self.output_count);
        let Some(wanted) = outputs.and_then(|outputs| outputs.get_mut(output)) else { return false };
        *wanted = level;
        self.follow_monitor_outputs();
        true
    }

    fn follow_monitor_outputs(&mut self) {
        for (output, wanted) in self.outputs.iter_mut().zip(self.monitor_to) {
            output.monitor.to(if self.monitor_muted { 0.0 } else { wanted }, self.ramp_frames);
        }
    }
}

/// Finite, and no more than 60 dB of gain: what lies beyond is a mistake and would reach somebody's ears.
fn is_level(gain: Gain) -> bool {
    gain.0.abs() <= 1000.0
}
