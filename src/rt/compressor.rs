//! Compressors of eight strips, each with its own key: a strip, a bus, or the sound itself.
//!
//! Feed-forward, in the logarithmic domain, with a soft knee and a smooth decoupled peak detector (Giannoulis, Massberg and
//! Reiss, "Digital Dynamic Range Compressor Design", JAES 60(6), 2012, equations 4 and 17). Levels are powers of two: a
//! doubling is 1.
use crate::follow::{Follower, GROUP, Key, Keys, Law};
use crate::lanes::{LANES, Lanes};
use crate::stage::Stage;

/// A level or a gain as a power of two: 0 is full scale or unity, 1 twice that (6.02 dB).
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Log2(pub f32);

/// Largest magnitude of a level: 24 bits, and as much again.
const MOST: f32 = 48.0;

/// A compressor as the engine runs it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Compressor {
    /// Level from which on it works.
    pub threshold: Log2,
    /// Whole width of the soft knee around it, from 0.
    pub knee: Log2,
    /// What is taken off each step beyond, 0..1: 1 - 1 / ratio.
    pub slope: f32,
    /// Gain after it.
    pub makeup: Log2,
    /// What is left of a difference after `GROUP` frames while the gain falls, 0..1.
    pub attack: f32,
    /// The same while it comes back.
    pub release: f32,
    /// What it goes by; `None`: the sound itself.
    pub key: Option<Key>,
}

impl Compressor {
    /// Finite and in range.
    pub fn is_sound(&self) -> bool {
        let levels = [self.threshold, self.knee, self.makeup];
        let shares = [self.slope, self.attack, self.release];
        levels.iter().all(|level| level.0.abs() <= MOST)
            && self.knee.0 >= 0.0
            && shares.iter().all(|share| (0.0..=1.0).contains(share))
            && self.key.is_none_or(|key| key.place().is_some())
    }

    /// Start and width of the knee, half of its inverse, slope, make-up, attack, release, and how much of it is heard.
    fn values(&self) -> [f32; 8] {
        let width = self.knee.0;
        let inverse = if width > 0.0 { 0.5 / width } else { 0.0 };
        let start = self.threshold.0 - 0.5 * width;
        [start, width, inverse, self.slope, self.makeup.0, self.attack, self.release, 1.0]
    }
}

/// A compressor for each of eight strips.
#[derive(Clone, Copy, Debug)]
pub struct CompressorBank {
    reduction: Reduction,
    follower: Follower,
}

/// How much is taken off.
#[derive(Clone, Copy, Debug)]
struct Reduction {
    stage: Stage<8>,
    /// What is to be taken off, at once as it rises.
    held: Lanes,
    /// The same, eased.
    eased: Lanes,
    /// Places of their keys.
    keys: [Option<u8>; LANES],
}

/// A reduction with the levels of its keys.
struct Keyed<'a> {
    reduction: &'a mut Reduction,
    peaks: &'a Keys,
    /// Whether any compressor has a key.
    foreign: bool,
}

impl Law for Keyed<'_> {
    #[inline(always)]
    fn gains(&mut self, peaks: &mut [Lanes], first: usize) {
        if self.foreign {
            self.look_up(peaks, first);
        }
        let Reduction { stage, held, eased, .. } = &mut *self.reduction;
        if stage.moves() {
            for peak in peaks {
                stage.values.advance();
                let values = stage.values.now();
                *peak = gain(values, ease(values, wanted(values, *peak), held, eased));
            }
            return;
        }
        // Step by step for all of them: only the second has to wait for the group before.
        let values = *stage.values.now();
        for peak in &mut *peaks {
            *peak = wanted(&values, *peak);
        }
        let mut state = (*held, *eased);
        for wanted in &mut *peaks {
            *wanted = ease(&values, *wanted, &mut state.0, &mut state.1);
        }
        (*held, *eased) = state;
        for eased in peaks {
            *eased = gain(&values, *eased);
        }
    }
}

impl Keyed<'_> {
    /// Puts the peaks of keys in place of those of the sound itself.
    #[inline(always)]
    fn look_up(&self, peaks: &mut [Lanes], first: usize) {
        for (at, peak) in peaks.iter_mut().enumerate() {
            for (peak, key) in peak.0.iter_mut().zip(&self.reduction.keys) {
                *peak = key.map_or(*peak, |key| self.peaks.peak(key, first + at));
            }
        }
    }
}

/// What is to be taken off at this level, by the curve.
#[inline(always)]
fn wanted([start, width, inverse, slope, ..]: &[Lanes; 8], peak: Lanes) -> Lanes {
    let over = peak.log2() - *start;
    let knee = over.larger(Lanes::all(0.0)).smaller(*width);
    let beyond = (over - *width).larger(Lanes::all(0.0));
    *slope * (knee * knee * *inverse + beyond)
}

/// The same over time.
#[inline(always)]
fn ease(values: &[Lanes; 8], wanted: Lanes, held: &mut Lanes, eased: &mut Lanes) -> Lanes {
    let [.., attack, release, _] = *values;
    *held = wanted.larger(wanted + release * (*held - wanted));
    *eased = *held + attack * (*eased - *held);
    *eased
}

#[inline(always)]
fn gain([.., makeup, _, _, heard]: &[Lanes; 8], eased: Lanes) -> Lanes {
    (*heard * (*makeup - eased)).exp2()
}

impl CompressorBank {
    /// None.
    pub fn new() -> Self {
        let unheard = |[start, width, inverse, slope, makeup, attack, release, _]: [f32; 8]| {
            [start, width, inverse, slope, makeup, attack, release, 0.0]
        };
        let (stage, none) = (Stage::new([0.0; 8], unheard), Lanes::all(0.0));
        let reduction = Reduction { stage, held: none, eased: none, keys: [None; LANES] };
        Self { reduction, follower: Follower::new() }
    }

    /// Sets a lane's compressor, or takes it out; there after `frames`.
    pub fn set(&mut self, lane: usize, compressor: Option<Compressor>, frames: u32) {
        let values = compressor.map(|compressor| compressor.values());
        self.reduction.stage.set(lane, values, frames.div_ceil(GROUP as u32));
        if let (Some(key), Some(compressor)) = (self.reduction.keys.get_mut(lane), compressor) {
            *key = compressor.key.and_then(Key::place);
        }
    }

    /// Ends all ramps.
    pub fn settle(&mut self) {
        self.reduction.stage.values.settle();
        self.retire();
    }

    /// Lanes that are heard.
    #[inline(always)]
    pub fn live(&self) -> u8 {
        self.reduction.stage.live()
    }

    /// Places of the keys that it goes by, as bits.
    pub fn keys(&self) -> u64 {
        self.reduction
            .keys
            .iter()
            .flatten()
            .fold(0, |keys, key| keys | 1_u64.checked_shl(u32::from(*key)).unwrap_or(0))
    }

    /// Whether silence, and nothing but the sound itself to go by, would leave it as it is.
    #[inline(always)]
    pub fn at_rest(&self) -> bool {
        let Reduction { stage, held, eased, keys } = &self.reduction;
        let silent = [*held, *eased] == [Lanes::all(0.0); 2];
        silent && !stage.moves() && keys.iter().all(Option::is_none) && self.follower.at_rest()
    }

    /// Compresses in place; `peaks` has the chunk's levels, `phase` is as of [`Follower::run`].
    #[inline(always)]
    pub fn run(&mut self, sound: &mut [Lanes], phase: usize, peaks: &Keys) {
        let reduction = &mut self.reduction;
        let foreign = reduction.keys.iter().any(Option::is_some);
        self.follower.run(sound, phase, &mut Keyed { reduction, peaks, foreign });
        self.reduction.held = self.reduction.held.without_dust();
        self.reduction.eased = self.reduction.eased.without_dust();
        self.retire();
    }

    /// Forgets the level of some lanes.
    pub fn forget(&mut self, lanes: u8) {
        self.follower.forget(lanes);
        self.reduction.held.set_all(lanes, 0.0);
        self.reduction.eased.set_all(lanes, 0.0);
    }

    #[inline(always)]
    fn retire(&mut self) {
        let gone = self.reduction.stage.retire();
        if gone != 0 {
            self.forget(gone);
            let keys = self.reduction.keys.iter_mut().enumerate().filter(|(lane, _)| gone >> lane & 1 == 1);
            keys.for_each(|(_, key)| *key = None);
        }
    }
}

impl Default for CompressorBank {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::vec::Vec;

    /// 4:1 above -6.02 dB with a knee of 12.04 dB.
    fn settings() -> Compressor {
        let (threshold, knee, makeup) = (Log2(-1.0), Log2(2.0), Log2(0.0));
        Compressor { threshold, knee, slope: 0.75, makeup, attack: 0.5, release: 0.9, key: None }
    }

    fn steady(bank: &mut CompressorBank, level: f32, keys: &Keys) -> Lanes {
        let mut last = Lanes::default();
        for _ in 0..200 {
            let mut sound = [Lanes::all(level); 16];
            bank.run(&mut sound, 0, keys);
            last = sound[15];
        }
        last.map(|sample| sample / level)
    }

    #[test]
    fn the_curve_is_that_of_the_paper_and_other_lanes_keep_every_bit() {
        for (level, reduction) in [(0.125, 0.0), (0.25, 0.0), (0.5, 0.1875), (1.0, 0.75), (2.0, 1.5)] {
            let mut bank = CompressorBank::new();
            bank.set(2, Some(settings()), 0);
            bank.settle();
            let gains = steady(&mut bank, level, &Keys::new());
            assert!((gains.0[2].log2() + reduction).abs() < 1e-4, "{level}: {gains:?}");
            assert_eq!((gains.0[1], gains.0[3]), (1.0, 1.0));
        }
    }

    #[test]
    fn a_key_rules_alone_and_goes_with_its_compressor() {
        let mut bank = CompressorBank::new();
        bank.set(0, Some(Compressor { key: Some(Key::Strip(9)), ..settings() }), 0);
        bank.settle();
        assert_eq!(bank.keys(), 1 << 9);
        let mut keys = Keys::new();
        assert_eq!(steady(&mut bank, 4.0, &keys).0[0], 1.0, "the key is silent");
        keys.measure(9, &[2.0; 16], 0);
        assert!((steady(&mut bank, 0.01, &keys).0[0].log2() + 1.5).abs() < 1e-4);
        bank.set(0, None, 80);
        let gains: Vec<f32> = (0..10)
            .map(|_| {
                let mut sound = [Lanes::all(1.0); 8];
                bank.run(&mut sound, 0, &keys);
                sound[7].0[0]
            })
            .collect();
        assert!(gains.windows(2).all(|pair| pair[1] >= pair[0] && pair[1] < pair[0] * 1.2), "{gains:?}");
        assert_eq!((bank.live(), bank.keys()), (0, 0));
    }
}
