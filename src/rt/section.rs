//! Second-order filter sections of eight strips: the high-pass and the bands of the equaliser.
//!
//! The form is the state variable filter by trapezoidal integration (A. Simper, "Solving the continuous SVF equations using
//! trapezoidal integration and equivalent currents", Cytomic 2013). It has the very transfer functions of the bilinear
//! transform, but at 20 Hz its coefficients do not crowd around 1 as those of a direct form do, so `f32` is enough.
//!
//! Its state never grows by itself, however coefficients move: of a filter with damping the matrix of the state is a
//! contraction, and so is whatever lies on a straight line between two of them.
use crate::lanes::Lanes;
use crate::stage::Stage;

/// Largest magnitude of an output coefficient: 24 dB of a shelf is 16, and what lies far beyond is a mistake.
const MOST: f32 = 100.0;

/// One section as the engine runs it, from sample x to y with states s and t:
///
/// v = x - t; y = `direct` v + `first` s + `second` t; s' = `keep` s + `couple` v; t' = t + `couple` s + `lift` v.
///
/// With g = tan(pi f / rate), damping k and a = 1 / (1 + g (g + k)): keep = 2 a - 1, couple = 2 g a, lift = 2 g^2 a.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Section {
    /// -1..1.
    pub keep: f32,
    /// 0..1.
    pub couple: f32,
    /// 0..2.
    pub lift: f32,
    /// What of v is heard, as are `first` of s and `second` of t; each -100..100.
    pub direct: f32,
    /// Of s.
    pub first: f32,
    /// Of t.
    pub second: f32,
}

impl Section {
    /// Finite and never growing.
    pub fn is_sound(&self) -> bool {
        let heard = [self.direct, self.first, self.second];
        (-1.0..=1.0).contains(&self.keep)
            && (0.0..=1.0).contains(&self.couple)
            && (0.0..=2.0).contains(&self.lift)
            && heard.iter().all(|value| value.abs() <= MOST)
    }

    fn values(self) -> [f32; 6] {
        [self.keep, self.couple, self.lift, self.direct, self.first, self.second]
    }
}

/// Does nothing, to the bit.
const NOTHING: [f32; 6] = [0.0, 0.0, 0.0, 1.0, 0.0, 1.0];

type Coefficients = [Lanes; 6];
type State = [Lanes; 2];

/// One section of each of eight strips.
#[derive(Clone, Copy, Debug)]
pub struct SectionBank {
    stage: Stage<6>,
    state: State,
}

impl SectionBank {
    /// None.
    pub fn new() -> Self {
        let past = |[keep, couple, lift, ..]: [f32; 6]| [keep, couple, lift, 1.0, 0.0, 1.0];
        Self { stage: Stage::new(NOTHING, past), state: [Lanes::all(0.0); 2] }
    }

    /// Sets a lane's section, or takes it out; there after `frames`.
    pub fn set(&mut self, lane: usize, section: Option<Section>, frames: u32) {
        self.stage.set(lane, section.map(Section::values), frames);
    }

    /// Sets a lane's section, or takes it out, at once and with no sound in it: for a lane that is silent.
    pub fn put(&mut self, lane: usize, section: Option<Section>) {
        self.stage.put(lane, section.map(Section::values));
        self.forget(1_u8.checked_shl(lane as u32).unwrap_or(0));
    }

    /// Ends all ramps.
    pub fn settle(&mut self) {
        self.stage.values.settle();
        self.retire();
    }

    /// Lanes that are heard.
    #[inline(always)]
    pub fn live(&self) -> u8 {
        self.stage.live()
    }

    /// Whether coefficients are on their way.
    #[inline(always)]
    pub fn moves(&self) -> bool {
        self.stage.moves()
    }

    /// Whether silence would come out of silence.
    #[inline(always)]
    pub fn at_rest(&self) -> bool {
        !self.moves() && self.state == [Lanes::all(0.0); 2]
    }

    /// Forgets the sound of some lanes.
    pub fn forget(&mut self, lanes: u8) {
        self.state.iter_mut().for_each(|state| state.set_all(lanes, 0.0));
    }

    /// As [`run`] of this one, with a step of all coefficients at each frame.
    #[inline(always)]
    pub fn run_moving(&mut self, sound: &mut [Lanes]) {
        for frame in sound {
            self.stage.values.advance();
            *frame = step(self.stage.values.now(), &mut self.state, *frame);
        }
        self.state = dusted(self.state);
        self.retire();
    }

    fn retire(&mut self) {
        let gone = self.stage.retire();
        self.forget(gone);
    }
}

impl Default for SectionBank {
    fn default() -> Self {
        Self::new()
    }
}

/// Takes sound through `N` settled sections, one after another in each frame, so that their steps overlap.
#[inline(always)]
pub fn run<const N: usize>(mut banks: [&mut SectionBank; N], sound: &mut [Lanes]) {
    let coefficients = banks.each_ref().map(|bank| *bank.stage.values.now());
    let mut states = banks.each_ref().map(|bank| bank.state);
    for frame in sound {
        for (coefficients, state) in coefficients.iter().zip(&mut states) {
            *frame = step(coefficients, state, *frame);
        }
    }
    for (bank, state) in banks.iter_mut().zip(states) {
        bank.state = dusted(state);
    }
}

/// Without what is far too small to be heard. (No `map` of the array: that may stay a call, without the vector unit.)
#[inline(always)]
fn dusted([first, second]: State) -> State {
    [first.without_dust(), second.without_dust()]
}

#[inline(always)]
fn step(coefficients: &Coefficients, state: &mut State, x: Lanes) -> Lanes {
    let ([keep, couple, lift, direct, first, second], [s, t]) = (*coefficients, *state);
    let v = x - t;
    *state = [keep * s + couple * v, t + (couple * s + lift * v)];
    direct * v + (first * s + second * t)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::vec::Vec;

    /// A low-pass at a tenth of the rate with k = 1.
    fn low_pass() -> Section {
        let (g, k) = ((core::f64::consts::PI * 0.1).tan(), 1.0);
        let a = 1.0 / (1.0 + g * (g + k));
        let values = [2.0 * a - 1.0, 2.0 * g * a, 2.0 * g * g * a, g * g * a, g * a, 1.0];
        let [keep, couple, lift, direct, first, second] = values.map(|value| value as f32);
        Section { keep, couple, lift, direct, first, second }
    }

    fn noise(frames: u32) -> Vec<Lanes> {
        let sample = |at: u32| (at.wrapping_mul(2_654_435_761) >> 8) as f32 / 16_777_216.0 - 0.5;
        (0..frames).map(|at| Lanes::all(sample(at))).collect()
    }

    #[test]
    fn lanes_without_a_section_keep_every_bit() {
        let mut bank = SectionBank::new();
        bank.set(3, Some(low_pass()), 1);
        bank.settle();
        let before = noise(500);
        let mut sound = before.clone();
        run([&mut bank], &mut sound);
        for (before, after) in before.iter().zip(&sound) {
            assert!(before.0[0] == after.0[0] && before.0[7] == after.0[7]);
        }
        assert!(before.iter().zip(&sound).any(|(before, after)| before.0[3] != after.0[3]));
    }

    #[test]
    fn what_comes_goes_and_is_gone() {
        let mut bank = SectionBank::new();
        let frames = |bank: &mut SectionBank, count: usize| {
            let mut sound = std::vec![Lanes::all(1.0); count];
            bank.run_moving(&mut sound);
            sound.iter().map(|frame| frame.0[1]).collect::<Vec<_>>()
        };
        bank.set(1, Some(low_pass()), 100);
        assert_eq!((bank.live(), bank.moves()), (0b10, true));
        let coming = frames(&mut bank, 100);
        assert!(coming.windows(2).all(|pair| (pair[1] - pair[0]).abs() < 0.1), "{coming:?}");
        bank.set(1, None, 100);
        assert_eq!(bank.live(), 0b10, "still on its way out");
        frames(&mut bank, 100);
        assert_eq!((bank.live(), bank.moves(), bank.state), (0, false, [Lanes::all(0.0); 2]));
    }

    #[test]
    fn a_tail_becomes_silence_without_a_denormal() {
        let mut bank = SectionBank::new();
        bank.set(0, Some(low_pass()), 1);
        bank.settle();
        run([&mut bank], &mut noise(128));
        for _ in 0..100 {
            let mut silence = [Lanes::all(0.0); 128];
            run([&mut bank], &mut silence);
            assert!(silence.iter().all(|frame| !frame.0[0].is_subnormal()));
        }
        assert_eq!(bank.state, [Lanes::all(0.0); 2]);
    }

    #[test]
    fn what_could_grow_is_unsound() {
        let good = low_pass();
        assert!(good.is_sound());
        for bad in [
            Section { keep: 1.1, ..good },
            Section { couple: f32::NAN, ..good },
            Section { lift: -0.1, ..good },
            Section { second: f32::INFINITY, ..good },
        ] {
            assert!(!bad.is_sound(), "{bad:?}");
        }
    }
}
