//! One channel of a voice on its way to a strip.
use super::To;
use crate::ramp::Ramp;
use crate::{CHUNK, MAX_INPUTS};

/// A level that moves without a click, and the strip that it is heard on.
#[derive(Clone, Copy, Debug)]
pub struct Side {
    strip: Option<u8>,
    wanted: Option<To>,
    level: Ramp,
    gain: f32,
    ramp_frames: u32,
}

impl Side {
    /// On no strip.
    pub const fn new() -> Self {
        Self { strip: None, wanted: None, level: Ramp::at(0.0), gain: 1.0, ramp_frames: 0 }
    }

    /// On `to` at once, with the voice's gain.
    pub fn begin(to: Option<To>, gain: f32) -> Self {
        let level = Ramp::at(level(to, gain));
        Self { strip: to.map(|to| to.strip), wanted: to, level, gain, ramp_frames: 0 }
    }

    /// Heads for another place, there after `frames`.
    pub fn route(&mut self, to: Option<To>, frames: u32) {
        self.wanted = to;
        self.follow(frames);
    }

    /// Heads for another gain of the voice, there after `frames`.
    pub fn gain(&mut self, gain: f32, frames: u32) {
        self.gain = gain;
        self.follow(frames);
    }

    fn follow(&mut self, frames: u32) {
        self.ramp_frames = frames;
        let stays = self.strip == self.wanted.map(|to| to.strip);
        self.level.to(if stays { level(self.wanted, self.gain) } else { 0.0 }, frames);
        self.turn();
    }

    /// Goes on to another strip once it is silent on the old one.
    #[inline(always)]
    fn turn(&mut self) {
        let strip = self.wanted.map(|to| to.strip);
        if strip != self.strip && self.level.is_silent() {
            self.strip = strip;
            self.level.to(level(self.wanted, self.gain), self.ramp_frames);
        }
    }

    /// Adds samples, the first of which is the frame `offset`, to its strip, if that is one of `fed` (bit i: strip i).
    #[inline(always)]
    pub fn add(&mut self, samples: &[f32], offset: usize, fed: u32, inputs: &mut [[f32; CHUNK]; MAX_INPUTS]) {
        let strip = self.strip.map(usize::from).filter(|strip| fed >> strip & 1 == 1);
        let input = strip.and_then(|strip| inputs.get_mut(strip));
        match input.and_then(|input| input.get_mut(offset..offset + samples.len())) {
            Some(input) if !self.level.is_silent() => self.level.add(samples, input, false),
            // Nothing is heard, but what moves goes on.
            _ if self.level.settled().is_none() => {
                let mut unheard = [0.0; CHUNK];
                self.level.scale(unheard.get_mut(..samples.len()).unwrap_or_default());
            }
            _ => {}
        }
        self.turn();
    }
}

fn level(to: Option<To>, gain: f32) -> f32 {
    to.map_or(0.0, |to| to.gain.0 * gain)
}
