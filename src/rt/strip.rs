//! What an input's strip does by itself: gain, polarity and mute as a single ramped factor. The rest is in `bank`.
use crate::message::{Gain, Tap};
use crate::meter::Level;
use crate::ramp::Ramp;

/// What is set on a strip, and the factor that follows it.
#[derive(Clone, Copy, Debug)]
pub struct Strip {
    gain: f32,
    muted: bool,
    inverted: bool,
    factor: Ramp,
    /// Where the input is recorded from.
    pub tap: Tap,
}

impl Strip {
    /// Unity gain, recorded before the strip.
    pub const fn new() -> Self {
        Self { gain: 1.0, muted: false, inverted: false, factor: Ramp::at(1.0), tap: Tap::Pre }
    }

    /// Sets the gain, reached after `frames`.
    pub fn set_gain(&mut self, gain: Gain, frames: u32) {
        self.gain = gain.0;
        self.follow(frames);
    }

    /// Mutes or unmutes, done after `frames`.
    pub fn set_mute(&mut self, muted: bool, frames: u32) {
        self.muted = muted;
        self.follow(frames);
    }

    /// Turns the polarity, done after `frames`; the factor passes through zero.
    pub fn set_inverted(&mut self, inverted: bool, frames: u32) {
        self.inverted = inverted;
        self.follow(frames);
    }

    /// Ends all ramps.
    pub fn settle(&mut self) {
        self.factor.settle();
    }

    /// Applies the strip in place to samples of level `pre` and tells their level after it.
    #[inline(always)]
    pub fn process(&mut self, samples: &mut [f32], pre: Level) -> Level {
        match self.factor.settled() {
            Some(1.0) => pre,
            Some(factor) => {
                samples.iter_mut().for_each(|sample| *sample *= factor);
                pre.scaled(factor)
            }
            None => {
                self.factor.scale(samples);
                Level::of(samples)
            }
        }
    }

    fn follow(&mut self, frames: u32) {
        let polarity = if self.inverted { -1.0 } else { 1.0 };
        self.factor.to(if self.muted { 0.0 } else { self.gain * polarity }, frames);
    }
}

impl Default for Strip {
    fn default() -> Self {
        Self::new()
    }
}
