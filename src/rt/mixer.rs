//! Strips, buses and their commands: the state of the console, and one chunk of sound through it.
use crate::bank::Insert;
use crate::bus::MixBus;
use crate::compressor::Compressor;
use crate::limiter::{Limit, Limiter};
use crate::message::{Bus, Command, Gain};
use crate::ramp::Ramp;
use crate::strip::Strip;
use crate::strips::Strips;
use crate::{CHUNK, MAX_INPUTS, MAX_OUTPUTS};

/// A physical output: its own routes, the monitor mix at a level, a gain over both, and a limiter after all.
#[derive(Clone, Debug)]
pub struct OutputBus {
    routes: MixBus,
    monitor: Ramp,
    gain: Ramp,
    /// For what is played, whatever it is.
    pub limiter: Limiter,
}

impl OutputBus {
    const fn new() -> Self {
        Self { routes: MixBus::new(), monitor: Ramp::at(0.0), gain: Ramp::at(1.0), limiter: Limiter::new() }
    }

    /// Mixes this output into `out`; `monitor` is the monitor mix where there is one. False, and `out` untouched, if silent.
    #[inline(always)]
    pub fn mix(
        &mut self,
        inputs: &[[f32; CHUNK]],
        frames: usize,
        monitor: Option<&[f32; CHUNK]>,
        out: &mut [f32; CHUNK],
    ) -> bool {
        let routed = self.routes.mix(inputs, frames, out);
        let Some(out) = out.get_mut(..frames) else { return false };
        let monitor = monitor.and_then(|mix| mix.get(..frames)).filter(|_| !self.monitor.is_silent());
        match monitor {
            Some(mix) => self.monitor.add(mix, out, !routed),
            None if !routed => return false,
            None => {}
        }
        if self.gain.settled() != Some(1.0) {
            self.gain.scale(out);
        }
        true
    }
}

/// The whole console.
#[derive(Clone, Debug)]
pub struct Mixer {
    /// Strips by input.
    pub strips: Strips,
    /// Physical outputs.
    pub outputs: [OutputBus; MAX_OUTPUTS],
    /// Left and right of the recorded mix.
    pub mix: [MixBus; 2],
    /// The monitor mix.
    pub monitor: MixBus,
    monitor_levels: [f32; MAX_INPUTS],
    monitor_to: [f32; MAX_OUTPUTS],
    monitor_muted: bool,
    /// Bit i: input i is soloed.
    solo: u32,
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
            mix: [const { MixBus::new() }; 2],
            monitor: MixBus::new(),
            monitor_levels: [0.0; MAX_INPUTS],
            monitor_to: [0.0; MAX_OUTPUTS],
            monitor_muted: false,
            solo: 0,
            inputs,
            output_count: outputs,
            ramp_frames,
        }
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
            Command::LatencyMonitor(_) | Command::Rotate(_) => true,
            Command::Scope(input) => input.is_none_or(|input| usize::from(input) < self.inputs),
            Command::Tone(tone) => tone.is_none_or(|tone| {
                usize::from(tone.output) < self.output_count && (0.0..=1.0).contains(&tone.level)
            }),
            Command::Generator(generator) => {
                generator.is_none_or(|generator| generator.is_sound(self.output_count))
            }
            Command::Click(click) => click.is_none_or(|click| click.is_sound(self.output_count)),
        }
    }

    /// Ends all ramps: for what is set before the first period.
    pub fn settle(&mut self) {
        self.strips.settle();
        self.mix.iter_mut().for_each(MixBus::settle);
        self.monitor.settle();
        for output in &mut self.outputs {
            output.routes.settle();
            output.monitor.settle();
            output.gain.settle();
            output.limiter.settle();
        }
    }

    fn strip(&mut self, input: u8, change: impl FnOnce(&mut Strip)) -> bool {
        let strips = self.strips.each.get_mut(..self.inputs);
        let strip = strips.and_then(|strips| strips.get_mut(usize::from(input)));
        strip.map(change).is_some()
    }

    fn insert(&mut self, input: usize, insert: Insert) -> bool {
        let key = match insert {
            Insert::Compressor(Some(Compressor { key: Some(key), .. })) => usize::from(key),
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
        let [left, right] = &mut self.mix;
        match bus {
            Bus::MixLeft => left.set(input, level, frames),
            Bus::MixRight => right.set(input, level, frames),
            Bus::Output(output) => self.output(output, |bus| {
                bus.routes.set(input, level, frames);
            }),
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

    /// While anything is soloed, the monitor mix is the soloed inputs, at unity where they have no level of their own.
    fn follow_monitor(&mut self) {
        for (input, wanted) in self.monitor_levels.iter().enumerate().take(self.inputs) {
            let level = match (self.solo, self.solo >> input & 1) {
                (0, _) => *wanted,
                (_, 0) => 0.0,
                _ if *wanted == 0.0 => 1.0,
                _ => *wanted,
            };
            self.monitor.set(input, level, self.ramp_frames);
        }
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
