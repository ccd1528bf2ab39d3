//! Voices with their queues, and strips that hear them. For tests.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may panic")]
use super::*;
use crate::clip::Clip;
use crate::message::Gain;
use crate::voice::{Route, To, VoiceSettings};
use alloc::sync::Arc;
use heapless::spsc::Queue;
use std::sync::OnceLock;
use std::vec::Vec;

pub const RAMP: u32 = 480;
const QUEUE: usize = 641;

pub struct Rig {
    pub voices: Voices,
    pub orders: Producer<'static, VoiceOrder>,
    pub reports: Consumer<'static, VoiceReport>,
    pub counters: &'static Counters,
    pub position: u64,
    /// Strips that are fed, as bits: the first two.
    pub fed: u32,
    inputs: [[f32; CHUNK]; MAX_INPUTS],
}

fn leak<T>(value: T) -> &'static mut T {
    std::boxed::Box::leak(std::boxed::Box::new(value))
}

/// The one table of all tests.
pub fn table() -> &'static SincTable {
    static TABLE: OnceLock<SincTable> = OnceLock::new();
    TABLE.get_or_init(SincTable::new)
}

impl Rig {
    pub fn new() -> Self {
        let (give, orders) = leak(Queue::<VoiceOrder, QUEUE>::new()).split();
        let (reports, take) = leak(Queue::<VoiceReport, QUEUE>::new()).split();
        let counters: &'static Counters = leak(Counters::default());
        let voices = Voices::new(VoiceLinks { orders, reports, table: table() }, counters, RAMP);
        let inputs = [[0.5; CHUNK]; MAX_INPUTS];
        Self { voices, orders: give, reports: take, counters, position: 1_000, fed: 3, inputs }
    }

    pub fn start(&mut self, voice: u8, clip: &Arc<Clip>, settings: VoiceSettings, at: u64) {
        let clip = clip.clone();
        assert!(self.orders.enqueue(VoiceOrder::Start { voice, clip, settings, at }).is_ok());
    }

    pub fn set(&mut self, voice: u8, change: VoiceChange) {
        assert!(self.orders.enqueue(VoiceOrder::Set { voice, change }).is_ok());
    }

    pub fn stop(&mut self, voice: u8, fade: u32) {
        self.stop_at(voice, 0, fade);
    }

    pub fn stop_at(&mut self, voice: u8, at: u64, fade: u32) {
        assert!(self.orders.enqueue(VoiceOrder::Stop { voice, at, fade }).is_ok());
    }

    /// What the first two strips hear in the next frames, in periods of `period`.
    pub fn hear(&mut self, frames: usize, period: usize) -> [Vec<f32>; 2] {
        let mut heard = [Vec::new(), Vec::new()];
        while heard[0].len() < frames {
            self.voices.take_in();
            let count = period.min(frames - heard[0].len()).min(CHUNK);
            self.inputs.iter_mut().for_each(|input| input.fill(0.5));
            self.voices.run(self.position, count, self.fed, &mut self.inputs);
            assert_eq!(self.inputs[2], [0.5; CHUNK], "no strip that is not fed is touched");
            self.position += count as u64;
            heard.iter_mut().zip(&self.inputs).for_each(|(heard, input)| heard.extend(&input[..count]));
        }
        heard
    }

    /// Ended and refused voices whose clips came back.
    pub fn back(&mut self) -> (Vec<u8>, Vec<u8>) {
        let (mut ended, mut refused) = (Vec::new(), Vec::new());
        while let Some(report) = self.reports.dequeue() {
            match report {
                VoiceReport::Ended { voice, .. } => ended.push(voice),
                VoiceReport::Refused { voice, .. } => refused.push(voice),
                VoiceReport::Late { .. } | VoiceReport::Spent { .. } => {}
            }
        }
        (ended, refused)
    }
}

/// Samples of -0.5..0.5.
pub fn noise(seed: u32, frames: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(1);
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / 16_777_216.0 - 0.5
    };
    (0..frames).map(|_| next()).collect()
}

/// A sine of amplitude 1 at so many turns a frame.
pub fn sine(turns: f64, frames: usize) -> Vec<f32> {
    (0..frames).map(|at| (core::f64::consts::TAU * turns * at as f64).sin() as f32).collect()
}

pub fn mono(sound: &[f32]) -> Arc<Clip> {
    Clip::new(48_000, &[sound]).unwrap()
}

/// To the first two strips, as they are.
pub fn both(gain: f32) -> Route {
    [0, 1].map(|strip| Some(To { strip, gain: Gain(gain) }))
}

pub fn heard_on_both() -> VoiceSettings {
    VoiceSettings { route: both(1.0), ..VoiceSettings::default() }
}
