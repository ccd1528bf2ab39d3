//! One kind of processing for eight strips: which of them have it, and the numbers that it goes by.
use crate::lanes::LANES;
use crate::moving::Moving;

/// Numbers of each lane, and whether it is heard. What comes or goes is faded, what changes moves.
#[derive(Clone, Copy, Debug)]
pub struct Stage<const N: usize> {
    /// What it goes by now.
    pub values: Moving<N>,
    /// Numbers that do nothing.
    nothing: [f32; N],
    /// Makes of numbers those that run unheard.
    unheard: fn([f32; N]) -> [f32; N],
    /// Bit i: lane i is switched on.
    wanted: u8,
    /// Switched on, or still on its way out.
    live: u8,
}

impl<const N: usize> Stage<N> {
    /// Switched off. `nothing` are numbers that do nothing, `unheard` makes of others those that run and are not heard.
    pub fn new(nothing: [f32; N], unheard: fn([f32; N]) -> [f32; N]) -> Self {
        Self { values: Moving::at(nothing), nothing, unheard, wanted: 0, live: 0 }
    }

    /// Switches a lane on with these numbers, or off; there after `steps`.
    pub fn set(&mut self, lane: usize, values: Option<[f32; N]>, steps: u32) {
        let bit = 1_u8.checked_shl(lane as u32).unwrap_or(0);
        let there = self.live & bit != 0;
        match values {
            Some(values) => {
                if !there {
                    self.values.put(lane, (self.unheard)(values));
                }
                self.values.to(lane, values, steps);
                (self.wanted, self.live) = (self.wanted | bit, self.live | bit);
            }
            None if there => {
                self.values.to(lane, (self.unheard)(self.values.target(lane)), steps);
                self.wanted &= !bit;
            }
            None => {}
        }
    }

    /// Switches a lane on or off at once, without a step of any other: for one that is silent.
    pub fn put(&mut self, lane: usize, values: Option<[f32; N]>) {
        let bit = 1_u8.checked_shl(lane as u32).unwrap_or(0);
        self.values.put(lane, values.unwrap_or(self.nothing));
        let on = if values.is_some() { bit } else { 0 };
        (self.wanted, self.live) = (self.wanted & !bit | on, self.live & !bit | on);
    }

    /// Lanes that are heard.
    #[inline(always)]
    pub fn live(&self) -> u8 {
        self.live
    }

    /// Whether numbers are on their way.
    #[inline(always)]
    pub fn moves(&self) -> bool {
        self.values.left() > 0
    }

    /// Lanes that have faded out, which are no more from here on: what they remember is to be forgotten.
    #[inline(always)]
    pub fn retire(&mut self) -> u8 {
        if self.live == self.wanted || self.moves() { 0 } else { self.drop_faded() }
    }

    fn drop_faded(&mut self) -> u8 {
        let gone = self.live & !self.wanted;
        (0..LANES).filter(|lane| gone >> lane & 1 == 1).for_each(|lane| self.values.put(lane, self.nothing));
        self.live = self.wanted;
        gone
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn what_comes_begins_unheard_and_what_goes_ends_so() {
        let mut stage = Stage::new([0.0, 0.0], |[value, _]| [value, 0.0]);
        stage.set(9, Some([1.0, 1.0]), 2);
        stage.set(1, Some([5.0, 1.0]), 2);
        assert_eq!((stage.live(), stage.moves(), stage.retire()), (0b10, true, 0));
        assert_eq!((stage.values.now()[0].0[1], stage.values.now()[1].0[1]), (5.0, 0.0));
        stage.values.settle();
        stage.set(1, None, 2);
        stage.values.advance();
        assert_eq!((stage.values.now()[1].0[1], stage.live(), stage.retire()), (0.5, 0b10, 0));
        stage.values.advance();
        assert_eq!((stage.retire(), stage.live(), stage.values.target(1)), (0b10, 0, [0.0, 0.0]));
    }
}
