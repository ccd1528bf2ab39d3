//! A bus with a master: a mono mix of strips with a gain over all of it, at a level of its own on every output.
use crate::bus::{MixBus, finish_bus};
use crate::ramp::Ramp;
use crate::{CHUNK, MAX_OUTPUTS};

/// One such bus: a send, or a side of the main mix.
#[derive(Clone, Debug)]
pub struct MasterBus {
    /// How loud each strip goes into it.
    levels: MixBus,
    /// How loud all of it is.
    master: Ramp,
    /// How loud each output plays it.
    to: [Ramp; MAX_OUTPUTS],
    /// Bit i: output i plays it, or is still fading.
    played: u32,
    /// Nobody wanted the last chunk.
    resting: bool,
    /// Its chunk, if `sounds`.
    sound: [f32; CHUNK],
    sounds: bool,
}

impl MasterBus {
    /// Nothing feeds it and nothing plays it; at unity.
    pub const fn new() -> Self {
        Self {
            levels: MixBus::new(),
            master: Ramp::at(1.0),
            to: [Ramp::at(0.0); MAX_OUTPUTS],
            played: 0,
            resting: true,
            sound: [0.0; CHUNK],
            sounds: false,
        }
    }

    /// Sets how loud an input goes into it; false if there is no such input.
    pub fn set_level(&mut self, input: usize, level: f32, frames: u32) -> bool {
        self.levels.set(input, level, frames)
    }

    /// Sets how loud all of it is.
    pub fn set_master(&mut self, level: f32, frames: u32) {
        self.master.to(level, frames);
    }

    /// Sets how loud it plays on an output; false if there is no such output.
    pub fn set_to(&mut self, output: usize, level: f32, frames: u32) -> bool {
        let Some(to) = self.to.get_mut(output) else { return false };
        to.to(level, frames);
        self.played |= 1 << output;
        true
    }

    /// Ends all ramps.
    pub fn settle(&mut self) {
        self.levels.settle();
        self.master.settle();
        self.to.iter_mut().for_each(Ramp::settle);
    }

    /// Whether any output plays it, or has not been found silent yet.
    #[inline(always)]
    pub fn is_played(&self) -> bool {
        self.played != 0
    }

    /// Lets a chunk go by that nobody wants.
    #[inline(always)]
    pub fn rest(&mut self) {
        (self.sounds, self.resting) = (false, true);
    }

    /// Mixes the next chunk.
    #[inline(always)]
    pub fn mix(&mut self, inputs: &[[f32; CHUNK]], frames: usize) {
        if self.resting {
            // Nobody hears what stood still on its way.
            self.levels.settle();
            self.master.settle();
            self.resting = false;
        }
        self.sounds = !self.master.is_silent() && self.levels.mix(inputs, frames, &mut self.sound);
        if self.master.settled() == Some(1.0) {
            return;
        }
        if self.sounds {
            self.master.scale(self.sound.get_mut(..frames).unwrap_or(&mut []));
        } else {
            self.master.settle();
        }
    }

    /// Whether the chunk is anything but silence.
    #[inline(always)]
    pub fn sounds(&self) -> bool {
        self.sounds
    }

    /// The chunk; none where that is silence.
    #[inline(always)]
    pub fn sound(&self) -> Option<&[f32; CHUNK]> {
        self.sounds.then_some(&self.sound)
    }

    /// The chunk, written out where it is silence, and its peak.
    #[inline(always)]
    pub fn finish(&mut self, frames: usize) -> (&[f32], f32) {
        let peak = finish_bus(&mut self.sound, frames, self.sounds);
        (self.sound.get(..frames).unwrap_or(&[]), peak)
    }

    /// Adds it to what an output plays, which is nothing unless `sounding`; true if that sounds afterwards.
    #[inline(always)]
    pub fn add(&mut self, output: usize, out: &mut [f32], sounding: bool) -> bool {
        let Some(level) = self.to.get_mut(output).filter(|_| self.played >> output & 1 == 1) else {
            return sounding;
        };
        if level.is_silent() {
            self.played &= !(1 << output);
            return sounding;
        }
        level.add(self.sound.get(..out.len()).unwrap_or(&[]), out, !sounding);
        true
    }
}

impl Default for MasterBus {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn what_was_changed_while_nobody_listened_is_there_when_somebody_does() {
        let inputs = std::boxed::Box::new([[1.0; CHUNK]; 1]);
        let mut bus = MasterBus::new();
        assert!(bus.set_level(0, 0.5, 0));
        bus.mix(&inputs[..], CHUNK);
        bus.rest();
        bus.set_master(0.5, 10_000);
        bus.mix(&inputs[..], CHUNK);
        assert_eq!(bus.sound(), Some(&[0.25; CHUNK]));
    }

    #[test]
    fn while_somebody_listens_nothing_of_it_jumps() {
        let inputs = std::boxed::Box::new([[1.0; CHUNK]; 1]);
        let (mut bus, mut heard) = (MasterBus::new(), std::vec::Vec::new());
        assert!(bus.set_level(0, 0.5, 0));
        for turn in 0..20_u8 {
            bus.set_master(if turn % 2 == 0 { 0.5 } else { 0.0 }, 500);
            // An output that begins to play it changes nothing for who has it already.
            assert!(bus.set_to(0, f32::from(turn), 0));
            for _ in 0..3 {
                bus.mix(&inputs[..], CHUNK);
                heard.extend_from_slice(bus.finish(CHUNK).0);
            }
        }
        let steps = heard.windows(2).map(|pair| (pair[1] - pair[0]).abs());
        let step = steps.fold(0.0, f32::max);
        assert!(step < 0.002, "{step}");
    }

    #[test]
    fn silence_is_written_out_only_for_who_asks() {
        let mut bus = MasterBus::new();
        bus.mix(&[[1.0; CHUNK]], CHUNK);
        assert_eq!(bus.sound(), None);
        assert_eq!(bus.finish(100), (&[0.0; 100][..], 0.0));
    }
}
