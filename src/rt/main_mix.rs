//! The main mix: the strips in stereo, with one gain over both sides, recorded and played.
//!
//! It is mixed once a chunk for all who want it, and not at all where nobody does. Its gain is in what is mixed: recording,
//! outputs and compressors that go by it have the very same samples, and nobody applies it again.
use crate::CHUNK;
use crate::master::MasterBus;
use crate::message::Side;

/// Left and right.
#[derive(Clone, Debug)]
pub struct MainMix {
    sides: [MasterBus; 2],
    /// Whether any of them sounds on an output in this chunk.
    sounding: bool,
}

impl MainMix {
    /// Nothing feeds it and nothing plays it; at unity.
    pub const fn new() -> Self {
        Self { sides: [const { MasterBus::new() }; 2], sounding: false }
    }

    /// Left or right by itself.
    pub fn side(&mut self, side: Side) -> &mut MasterBus {
        let [left, right] = &mut self.sides;
        match side {
            Side::Left => left,
            Side::Right => right,
        }
    }

    /// Sets how loud all of it is.
    pub fn set_master(&mut self, level: f32, frames: u32) {
        self.sides.iter_mut().for_each(|side| side.set_master(level, frames));
    }

    /// Ends all ramps.
    pub fn settle(&mut self) {
        self.sides.iter_mut().for_each(MasterBus::settle);
    }

    /// Whether any output plays any of it.
    #[inline(always)]
    pub fn is_played(&self) -> bool {
        let [left, right] = &self.sides;
        left.is_played() || right.is_played()
    }

    /// Lets a chunk go by that nobody wants.
    #[inline(always)]
    pub fn rest(&mut self) {
        self.sounding = false;
        for side in &mut self.sides {
            side.rest();
        }
    }

    /// Mixes the next chunk. (No `for_each`: that may stay a call, without the vector unit.)
    #[inline(always)]
    pub fn mix(&mut self, inputs: &[[f32; CHUNK]], frames: usize) {
        let mut sounds = false;
        for side in &mut self.sides {
            side.mix(inputs, frames);
            sounds |= side.sounds();
        }
        self.sounding = sounds && self.is_played();
    }

    /// Adds it to what an output plays, which is nothing unless `sounding`; true if that sounds afterwards.
    #[inline(always)]
    pub fn add(&mut self, output: usize, out: &mut [f32], mut sounding: bool) -> bool {
        if self.sounding {
            for side in &mut self.sides {
                if side.sounds() {
                    sounding = side.add(output, out, sounding);
                }
            }
        }
        sounding
    }
}

impl Default for MainMix {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn each_side_plays_at_its_level_and_the_gain_is_over_both_once() {
        let inputs = std::boxed::Box::new([[0.5; CHUNK], [0.25; CHUNK]]);
        let mut mix = MainMix::new();
        assert!(mix.side(Side::Left).set_level(0, 1.0, 0) && mix.side(Side::Right).set_level(1, 2.0, 0));
        mix.set_master(0.5, 0);
        let mut out = [7.0; 100];
        mix.mix(&inputs[..], 100);
        assert!(!mix.is_played() && !mix.add(0, &mut out, false), "nothing plays it");
        assert!(mix.side(Side::Left).set_to(0, 0.1, 0) && mix.side(Side::Right).set_to(1, 0.1, 0));
        assert!(mix.is_played() && !mix.side(Side::Left).set_to(crate::MAX_OUTPUTS, 1.0, 0));
        mix.mix(&inputs[..], 100);
        assert!(mix.add(0, &mut out, false) && out.iter().all(|sample| (sample - 0.025).abs() < 1e-8));
        assert!(mix.add(1, &mut out, true) && out.iter().all(|sample| (sample - 0.05).abs() < 1e-8));
        assert!(mix.side(Side::Left).finish(100).0.iter().all(|sample| *sample == 0.25), "what is recorded");
        mix.rest();
        assert!(!mix.add(0, &mut out, false));
    }
}
