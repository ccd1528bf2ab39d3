//! All strips: what each does by itself, and what they do eight at a time.
use crate::bank::{Bank, Insert};
use crate::counters::Counters;
use crate::follow::{GROUP, Keys};
use crate::lag::{KEY_BUSES, KeyBus, Lag};
use crate::lanes::{Interleaved, LANES, Lanes};
use crate::message::Bus;
use crate::meter::Level;
use crate::strip::Strip;
use crate::{CHUNK, MAX_INPUTS, SENDS};

/// Strips in eights.
const BANKS: usize = MAX_INPUTS.div_ceil(LANES);

/// The strips of all inputs.
#[derive(Clone, Debug)]
pub struct Strips {
    /// Trim, polarity, mute and tap of each.
    pub each: [Strip; MAX_INPUTS],
    banks: [Bank; BANKS],
    keys: Keys,
    lag: Lag,
    /// Bit i: strip i has something switched on.
    live: u32,
    /// Bit i: a compressor goes by strip i.
    keyed: u32,
    /// Bit i: a compressor goes by the bus at place i.
    buses: u8,
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
            lag: Lag::new(),
            live: 0,
            keyed: 0,
            buses: 0,
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

    /// Processes a chunk of what is trimmed already, in place. Bit i of `sounding`: strip i is not silent.
    #[inline(always)]
    pub fn run(&mut self, inputs: &mut [[f32; CHUNK]; MAX_INPUTS], frames: usize, sounding: u32) {
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
        let mut buses = self.buses;
        while buses != 0 {
            let bus = buses.trailing_zeros() as usize;
            buses &= buses - 1;
            self.keys.recall(bus, self.lag.recall(bus));
        }
        let groups = inputs.as_chunks_mut::<LANES>().0.iter_mut();
        for (at, (bank, strips)) in self.banks.iter_mut().zip(groups).enumerate() {
            let silent = sounding >> (at * LANES) as u32 & u32::from(bank.live()) == 0;
            if bank.live() == 0 || silent && bank.rests() {
                continue;
            }
            bank.run(strips, frames, (&self.keys, self.phase), &mut self.sound);
            if silent {
                bank.rest();
            }
        }
        self.look();
    }

    /// Whether compressors go by any bus.
    #[inline(always)]
    pub fn go_by_buses(&self) -> bool {
        self.buses != 0
    }

    /// Whether compressors go by this bus.
    #[inline(always)]
    pub fn go_by(&self, bus: KeyBus) -> bool {
        self.buses != 0 && bus.place().is_some_and(|place| self.buses >> place & 1 == 1)
    }

    /// Sends that compressors go by, as bits.
    #[inline(always)]
    pub fn sends(&self) -> u8 {
        self.buses >> (KEY_BUSES - SENDS)
    }

    /// Takes in what a bus plays in the chunk that was run last.
    pub fn note(&mut self, bus: Bus, samples: &[f32]) {
        self.lag.note(bus, samples, self.phase);
    }

    /// Ends a chunk.
    #[inline(always)]
    pub fn advance(&mut self, frames: usize) {
        if self.live == 0 {
            return;
        }
        self.lag.advance((self.phase + frames) / GROUP);
        self.phase = (self.phase + frames) % GROUP;
    }

    /// Finds out what is in use.
    #[inline(always)]
    fn look(&mut self) {
        let mut keys = 0;
        self.live = 0;
        for (at, bank) in self.banks.iter().enumerate() {
            self.live |= u32::from(bank.live()) << (at * LANES);
            keys |= bank.keys();
        }
        let buses = (keys >> MAX_INPUTS) as u8;
        let mut new = buses & !self.buses;
        while new != 0 {
            self.lag.forget(new.trailing_zeros() as usize);
            new &= new - 1;
        }
        (self.keyed, self.buses) = (keys as u32, buses);
    }
}

impl Default for Strips {
    fn default() -> Self {
        Self::new()
    }
}

/// Sound of level `pre` as it may go into a filter, and its level: what is no finite number would stay there for good.
#[inline(always)]
pub(crate) fn cleaned(samples: &mut [f32], pre: Level, counters: &Counters) -> Level {
    if pre.energy < f32::INFINITY { pre } else { silenced(samples, counters) }
}

/// Silences what is no finite number, and counts it. A sound card's integers never lead here.
#[cold]
#[inline(never)]
fn silenced(samples: &mut [f32], counters: &Counters) -> Level {
    let wrong = samples.iter_mut().filter(|sample| !sample.is_finite());
    counters.silenced_samples.add(wrong.map(|sample| *sample = 0.0).count() as u64);
    Level::of(samples)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::compressor::{Compressor, Log2};
    use crate::gate::Gate;
    use crate::section::Section;

    fn strips_with_a_band_on_each() -> Strips {
        let section = Section { keep: 0.5, couple: 0.5, lift: 0.2, direct: 1.0, first: 0.5, second: 1.0 };
        let mut strips = Strips::new();
        for strip in 0..MAX_INPUTS {
            assert!(strips.set(strip, Insert::Band(3, Some(section)), 10));
        }
        assert!(!strips.set(MAX_INPUTS, Insert::Band(3, Some(section)), 10), "there is no such strip");
        strips.settle();
        strips
    }

    #[test]
    fn what_is_no_number_is_silenced_counted_and_spreads_nowhere() {
        let (mut strips, counters) = (strips_with_a_band_on_each(), Counters::default());
        for wrong in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let mut inputs = std::boxed::Box::new([[0.25; CHUNK]; MAX_INPUTS]);
            inputs[5][17] = wrong;
            for samples in inputs.iter_mut() {
                let pre = Level::of(samples);
                assert!(cleaned(samples, pre, &counters).energy <= 8.0);
            }
            strips.run(&mut inputs, CHUNK, u32::MAX);
            assert!(inputs.iter().flatten().all(|sample| sample.is_finite()));
            assert_eq!(inputs[4], inputs[6], "the neighbours are as ever");
        }
        assert_eq!(counters.silenced_samples.get(), 3);
    }

    /// Banks that rest in silence make the same sound as others that go on with it.
    #[test]
    fn rest_is_not_heard() {
        let gate = Gate { open: 0.1, close: 0.05, floor: 0.01, hold: 10.0, attack: 0.1, release: 0.9 };
        let (threshold, knee, makeup) = (Log2(-4.0), Log2(1.0), Log2(1.0));
        let compressor =
            Compressor { threshold, knee, slope: 0.5, makeup, attack: 0.5, release: 0.9, key: None };
        let mut strips = strips_with_a_band_on_each();
        for insert in [Insert::Gate(Some(gate)), Insert::Compressor(Some(compressor))] {
            (0..12).for_each(|strip| assert!(strips.set(strip, insert, 10)));
        }
        let (mut awake, mut rested) = (strips.clone(), 0);
        for chunk in 0..900_u32 {
            let sound = chunk % 300 < 20;
            let sample = |at: usize| if sound { (at * 37 % 101) as f32 / 101.0 - 0.5 } else { 0.0 };
            let mut inputs = std::boxed::Box::new([core::array::from_fn(sample); MAX_INPUTS]);
            let mut others = inputs.clone();
            strips.run(&mut inputs, 100, if sound { u32::MAX } else { 0 });
            awake.run(&mut others, 100, u32::MAX);
            assert!(inputs == others, "chunk {chunk}");
            rested += strips.banks.iter().filter(|bank| bank.rests()).count();
        }
        assert!(rested > 1_000, "{rested}");
    }

    #[test]
    fn a_strip_with_nothing_on_it_is_not_touched() {
        let mut strips = strips_with_a_band_on_each();
        (8..16).for_each(|strip| assert!(strips.set(strip, Insert::Band(3, None), 1)));
        strips.settle();
        assert_eq!(strips.live(), 0xFFFF_00FF);
        let mut inputs = std::boxed::Box::new([[0.3; CHUNK]; MAX_INPUTS]);
        strips.run(&mut inputs, CHUNK, u32::MAX);
        assert!(inputs[8..16].iter().flatten().all(|sample| *sample == 0.3));
        assert!(inputs[7][5] != 0.3 && inputs[16][5] != 0.3);
    }
}
