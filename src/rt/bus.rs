//! A row of the routing matrix: a level for each input.
use crate::ramp::Ramp;
use crate::{CHUNK, MAX_INPUTS};

/// Sums inputs at their levels.
#[derive(Clone, Debug)]
pub struct MixBus {
    levels: [Ramp; MAX_INPUTS],
    /// Bit i: input i is heard or still fading.
    live: u32,
}

impl MixBus {
    /// Silent.
    pub const fn new() -> Self {
        Self { levels: [Ramp::at(0.0); MAX_INPUTS], live: 0 }
    }

    /// Sets an input's level, reached after `frames`; false if there is no such input.
    pub fn set(&mut self, input: usize, level: f32, frames: u32) -> bool {
        let Some(ramp) = self.levels.get_mut(input) else { return false };
        ramp.to(level, frames);
        self.live |= 1 << input;
        true
    }

    /// Ends all ramps.
    pub fn settle(&mut self) {
        self.levels.iter_mut().for_each(Ramp::settle);
    }

    /// Writes the sum of `inputs` over `out`; false, and `out` untouched, if nothing is routed here.
    pub fn mix(&mut self, inputs: &[[f32; CHUNK]], frames: usize, out: &mut [f32; CHUNK]) -> bool {
        let mut first = true;
        let mut live = self.live;
        while live != 0 {
            let input = live.trailing_zeros();
            live &= live - 1;
            let index = input as usize;
            let (Some(level), Some(samples)) = (self.levels.get_mut(index), inputs.get(index)) else { break };
            if level.is_silent() {
                self.live &= !(1 << input);
                continue;
            }
            let (samples, out) = (samples.get(..frames), out.get_mut(..frames));
            if let (Some(samples), Some(out)) = (samples, out) {
                level.add(samples, out, first);
            }
            first = false;
        }
        !first
    }
}

impl Default for MixBus {
    fn default() -> Self {
        Self::new()
    }
}
