//! All strips: what each does by itself, and what they do eight at a time.
use crate::bank::{Bank, Insert};
use crate::follow::{GROUP, Keys};
use crate::lanes::{Interleaved, LANES, Lanes};
use crate::strip::Strip;
use crate::{CHUNK, MAX_INPUTS};

/// Strips in eights.
const BANKS: usize = MAX_INPUTS.div_ceil(LANES);

/// The strips of all inputs.
#[derive(Clone, Debug)]
pub struct Strips {
    /// Trim, polarity, mute and tap of each.
    pub each: [Strip; MAX_INPUTS],
    banks: [Bank; BANKS],
    keys: Keys,
    /// Bit i: strip i has something switched on.
    live: u32,
    /// Bit i: a compressor goes by strip i.
    keyed: u32,
    /// Frames that have gone by since a group began.
    phase: usize,
    /// Room for one bank at a time.
    sound: Interleaved,
}

impl Strips {
    /// Unity, nothing switched on.
    pub fn new() -> Self {
        Self {
            each: [const { Strip::new() }; MAX_INPUTS],
            banks: [Bank::new(); BANKS],
            keys: Keys::new(),
            live: 0,
            keyed: 0,
            phase: 0,
            sound: [Lanes::all(0.0); CHUNK],
        }
    }

    /// Sets what is switched on on a strip, there after `frames`; false if it cannot be run.
    pub fn set(&mut self, strip: usize, insert: Insert, frames: u32) -> bool {
        let bank = self.banks.get_mut(strip / LANES);
        let done = bank.is_some_and(|bank| bank.set(strip % LANES, insert, frames));
        self.look();
        done
    }

    /// Ends all ramps.
    pub fn settle(&mut self) {
        self.each.iter_mut().for_each(Strip::settle);
        self.banks.iter_mut().for_each(Bank::settle);
        self.look();
    }

    /// Strips on which anything is switched on, as bits.
    #[inline(always)]
    pub fn live(&self) -> u32 {
        self.live
    }

    /// Forgets all sound of one strip.
    pub fn forget(&mut self, strip: usize) {
        let bank = self.banks.get_mut(strip / LANES);
        bank.into_iter().for_each(|bank| bank.forget(1 << (strip % LANES)));
    }

    /// Processes a chunk of what is trimmed already, in place.
    #[inline(always)]
    pub fn run(&mut self, inputs: &mut [[f32; CHUNK]; MAX_INPUTS], frames: usize) {
        if self.live == 0 {
            return;
        }
        let mut keyed = self.keyed;
        while keyed != 0 {
            let strip = keyed.trailing_zeros() as usize;
            keyed &= keyed - 1;
            if let Some(samples) = inputs.get(strip).and_then(|samples| samples.get(..frames)) {
                self.keys.measure(strip, samples, self.phase);
            }
        }
        let groups = inputs.as_chunks_mut::<LANES>().0.iter_mut();
        for (bank, strips) in self.banks.iter_mut().zip(groups).filter(|(bank, _)| bank.live() != 0) {
            bank.run(strips, frames, (&self.keys, self.phase), &mut self.sound);
        }
        self.phase = (self.phase + frames) % GROUP;
        self.look();
    }

    /// Finds out what is in use.
    #[inline(always)]
    fn look(&mut self) {
        let banks = (0..).zip(&self.banks);
        self.live = banks.fold(0, |live, (at, bank)| live | u32::from(bank.live()) << (at * LANES));
        self.keyed = self.banks.iter().fold(0, |keyed, bank| keyed | bank.keys());
    }
}

impl Default for Strips {
    fn default() -> Self {
        Self::new()
    }
}
