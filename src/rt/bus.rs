//! A row of the routing matrix: a level for each input.
use crate::meter::Level;
use crate::ramp::Ramp;
use crate::{CHUNK, MAX_INPUTS};
use heapless::Vec;

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

    /// Whether anything is heard, or has not been found silent yet.
    #[inline(always)]
    pub fn is_live(&self) -> bool {
        self.live != 0
    }

    /// Ends all ramps.
    pub fn settle(&mut self) {
        self.levels.iter_mut().for_each(Ramp::settle);
    }

    /// Writes the sum of `inputs` over `out`; false, and `out` untouched, if nothing is routed here.
    ///
    /// Past `frames`, up to the next multiple of 16, `out` holds nothing of meaning.
    #[inline(always)]
    pub fn mix(&mut self, inputs: &[[f32; CHUNK]], frames: usize, out: &mut [f32; CHUNK]) -> bool {
        let (mut settled, mut moving) = (Vec::<_, MAX_INPUTS>::new(), 0_u32);
        let mut live = self.live;
        while live != 0 {
            let input = live.trailing_zeros() as usize;
            live &= live - 1;
            let (Some(level), Some(samples)) = (self.levels.get(input), inputs.get(input)) else { break };
            match level.settled() {
                Some(0.0) => self.live &= !(1 << input),
                Some(factor) => {
                    let _one_place_an_input = settled.push((factor, samples));
                }
                None => moving |= 1 << input,
            }
        }
        if self.live == 0 {
            return false;
        }
        sum(&settled, frames, out);
        self.add_moving(moving, inputs, frames, out);
        true
    }

    fn add_moving(
        &mut self,
        mut moving: u32,
        inputs: &[[f32; CHUNK]],
        frames: usize,
        out: &mut [f32; CHUNK],
    ) {
        while moving != 0 {
            let input = moving.trailing_zeros() as usize;
            moving &= moving - 1;
            let (Some(level), Some(samples)) = (self.levels.get_mut(input), inputs.get(input)) else { break };
            if let (Some(samples), Some(out)) = (samples.get(..frames), out.get_mut(..frames)) {
                level.add(samples, out, false);
            }
        }
    }
}

/// Inputs at constant levels, sixteen frames at a time, each sum in registers until it is whole.
#[inline(always)]
fn sum(inputs: &[(f32, &[f32; CHUNK])], frames: usize, out: &mut [f32; CHUNK]) {
    for (at, group) in out.as_chunks_mut::<16>().0.iter_mut().enumerate().take(frames.div_ceil(16)) {
        let mut sums = [0.0; 16];
        for (factor, samples) in inputs {
            let Some(samples) = samples.as_chunks::<16>().0.get(at) else { continue };
            sums.iter_mut().zip(samples).for_each(|(sum, sample)| *sum += sample * factor);
        }
        *group = sums;
    }
}

/// Adds sound to a bus, which is nothing unless `sounding`.
#[inline(always)]
pub fn join(out: &mut [f32; CHUNK], sound: &[f32; CHUNK], frames: usize, sounding: bool) -> bool {
    for (out, sample) in out.iter_mut().zip(sound).take(frames) {
        *out = if sounding { *out + sample } else { *sample };
    }
    true
}

/// Silences a bus that nothing was mixed to, and measures it.
#[inline(always)]
pub fn finish_bus(out: &mut [f32; CHUNK], frames: usize, sounding: bool) -> f32 {
    let Some(samples) = out.get_mut(..frames) else { return 0.0 };
    if sounding {
        return Level::of(samples).peak;
    }
    samples.fill(0.0);
    0.0
}

impl Default for MixBus {
    fn default() -> Self {
        Self::new()
    }
}
