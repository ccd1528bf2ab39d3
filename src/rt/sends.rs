//! Sends: mono mixes of strips, each at a level of its own to every output, say for a stage, a hearing loop or a stream.
//!
//! A send that nothing feeds, or that nothing plays, is not mixed.
use crate::master::MasterBus;
use crate::{CHUNK, SENDS};

/// All sends.
#[derive(Clone, Debug)]
pub struct Sends {
    each: [MasterBus; SENDS],
    /// Whether any sounds in this chunk.
    sounding: bool,
}

impl Sends {
    /// Nothing feeds them and nothing plays them.
    pub const fn new() -> Self {
        Self { each: [const { MasterBus::new() }; SENDS], sounding: false }
    }

    /// Sets how loud an input goes into a send; false if there is no such send.
    pub fn set_level(&mut self, send: u8, input: usize, level: f32, frames: u32) -> bool {
        self.change(send, |send| send.set_level(input, level, frames))
    }

    /// Sets how loud all of a send is; false if there is no such send.
    pub fn set_master(&mut self, send: u8, level: f32, frames: u32) -> bool {
        self.change(send, |send| {
            send.set_master(level, frames);
            true
        })
    }

    /// Sets how loud a send plays on an output; false if there is no such send or output.
    pub fn set_to(&mut self, send: u8, output: usize, level: f32, frames: u32) -> bool {
        self.change(send, |send| send.set_to(output, level, frames))
    }

    fn change(&mut self, send: u8, change: impl FnOnce(&mut MasterBus) -> bool) -> bool {
        self.each.get_mut(usize::from(send)).is_some_and(change)
    }

    /// Ends all ramps.
    pub fn settle(&mut self) {
        self.each.iter_mut().for_each(MasterBus::settle);
    }

    /// Mixes those sends that are played or `wanted` (bit i: send i).
    #[inline(always)]
    pub fn mix(&mut self, inputs: &[[f32; CHUNK]], frames: usize, wanted: u8) {
        self.sounding = false;
        for (at, send) in self.each.iter_mut().enumerate() {
            if send.is_played() || wanted >> at & 1 == 1 {
                send.mix(inputs, frames);
                self.sounding |= send.sounds();
            } else {
                send.rest();
            }
        }
    }

    /// What a send plays in this chunk; none where that is nothing.
    pub fn sound(&self, send: u8) -> Option<&[f32; CHUNK]> {
        self.each.get(usize::from(send)).and_then(MasterBus::sound)
    }

    /// Adds the sends to what an output plays, which is nothing unless `sounding`; true if it sounds afterwards.
    #[inline(always)]
    pub fn add(&mut self, output: usize, out: &mut [f32], mut sounding: bool) -> bool {
        if self.sounding {
            for send in &mut self.each {
                if send.sounds() {
                    sounding = send.add(output, out, sounding);
                }
            }
        }
        sounding
    }
}

impl Default for Sends {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::boxed::Box;

    fn inputs() -> Box<[[f32; CHUNK]; 2]> {
        Box::new([[0.5; CHUNK], [0.25; CHUNK]])
    }

    #[test]
    fn a_send_is_the_sum_of_its_strips_times_its_levels() {
        let mut sends = Sends::new();
        assert!(sends.set_level(1, 0, 0.5, 0) && sends.set_level(1, 1, 2.0, 0));
        assert!(sends.set_master(1, 0.5, 0) && sends.set_to(1, 3, 0.1, 0));
        sends.mix(&inputs()[..], 100, 0);
        let mut out = [7.0; 100];
        assert!(!sends.add(2, &mut out, false), "not on another output");
        assert!(sends.add(3, &mut out, false) && out.iter().all(|sample| (sample - 0.0375).abs() < 1e-9));
        assert!(sends.add(3, &mut out, true) && out.iter().all(|sample| (sample - 0.075).abs() < 1e-8));
    }

    #[test]
    fn what_nothing_feeds_or_plays_is_not_mixed() {
        let (inputs, mut out) = (inputs(), [0.0; CHUNK]);
        let mut sends = Sends::new();
        assert!(sends.set_level(0, 0, 1.0, 0));
        sends.mix(&inputs[..], CHUNK, 0);
        assert!(!sends.sounding, "nothing plays it");
        sends.mix(&inputs[..], CHUNK, 1);
        assert_eq!(sends.sound(0), Some(&[0.5; CHUNK]), "somebody wants it");
        assert!(sends.set_to(0, 0, 1.0, 0) && sends.set_to(1, 0, 1.0, 0));
        sends.mix(&inputs[..], CHUNK, 0);
        assert!(sends.add(0, &mut out, false) && !sends.each[1].sounds(), "nothing feeds the other");
        assert!(sends.set_to(0, 0, 0.0, 0));
        sends.mix(&inputs[..], CHUNK, 0);
        assert!(!sends.add(0, &mut out, false) && !sends.each[0].is_played(), "forgotten once it is silent");
    }

    #[test]
    fn what_is_not_there_is_refused() {
        let mut sends = Sends::new();
        assert!(!sends.set_level(SENDS as u8, 0, 1.0, 0) && !sends.set_master(9, 1.0, 0));
        assert!(!sends.set_level(0, 32, 1.0, 0) && !sends.set_to(0, crate::MAX_OUTPUTS, 1.0, 0));
    }
}
