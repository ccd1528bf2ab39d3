//! Gates of eight strips: what is quieter than a threshold is turned down.
//!
//! A gate opens at once when a group's peak reaches the threshold, closes below a second, lower one, and not before `hold` is
//! over, so that it does not flutter. Its gain follows with a time for either way.
use crate::follow::{Follower, GROUP, Law};
use crate::lanes::Lanes;
use crate::stage::Stage;

/// A gate as the engine runs it. Levels are linear.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gate {
    /// Peak that opens it, from 0.
    pub open: f32,
    /// Peak below which it closes, 0..`open`.
    pub close: f32,
    /// Gain while it is closed, 1e-5..1: none would end in denormals.
    pub floor: f32,
    /// Groups of `GROUP` frames that it stays open for after the last one loud enough.
    pub hold: f32,
    /// What is left of a difference after `GROUP` frames while it opens, 0..1.
    pub attack: f32,
    /// The same while it closes.
    pub release: f32,
}

impl Gate {
    /// Finite and in range.
    pub fn is_sound(&self) -> bool {
        let shares = [self.attack, self.release];
        (0.0..=1000.0).contains(&self.open)
            && (0.0..=self.open).contains(&self.close)
            && (1e-5..=1.0).contains(&self.floor)
            && (0.0..=1e6).contains(&self.hold)
            && shares.iter().all(|share| (0.0..=1.0).contains(share))
    }

    /// As above, and how much of it is heard.
    fn values(self) -> [f32; 7] {
        [self.open, self.close, self.floor, self.hold, self.attack, self.release, 1.0]
    }
}

/// A gate for each of eight strips.
#[derive(Clone, Copy, Debug)]
pub struct GateBank {
    doors: Doors,
    follower: Follower,
}

/// Which gates are open.
#[derive(Clone, Copy, Debug)]
struct Doors {
    stage: Stage<7>,
    /// 1.0 where it is open.
    open: Lanes,
    /// Groups until it may close.
    left: Lanes,
    gain: Lanes,
}

impl Law for Doors {
    #[inline(always)]
    fn gains(&mut self, peaks: &mut [Lanes], _first: usize) {
        for peak in peaks {
            *peak = self.gain(*peak);
        }
    }
}

impl Doors {
    #[inline(always)]
    fn gain(&mut self, peak: Lanes) -> Lanes {
        let (none, one) = (Lanes::all(0.0), Lanes::all(1.0));
        self.stage.values.advance();
        let [threshold, close, floor, hold, attack, release, heard] = *self.stage.values.now();
        let loud = peak.at_least(self.open.choose(close, threshold));
        self.left = loud.choose(hold, (self.left - one).larger(none));
        self.open = loud.larger(self.left.at_least(one));
        let wanted = self.open.choose(one, floor);
        self.gain = wanted + self.open.choose(attack, release) * (self.gain - wanted);
        one + heard * (self.gain - one)
    }
}

impl GateBank {
    /// None.
    pub fn new() -> Self {
        let unheard = |[open, close, floor, hold, attack, release, _]: [f32; 7]| {
            [open, close, floor, hold, attack, release, 0.0]
        };
        let none = Lanes::all(0.0);
        let doors =
            Doors { stage: Stage::new([0.0; 7], unheard), open: none, left: none, gain: Lanes::all(1.0) };
        Self { doors, follower: Follower::new() }
    }

    /// Sets a lane's gate, or takes it out; there after `frames`. One that comes is open.
    pub fn set(&mut self, lane: usize, gate: Option<Gate>, frames: u32) {
        self.doors.stage.set(lane, gate.map(Gate::values), frames.div_ceil(GROUP as u32));
    }

    /// Ends all ramps.
    pub fn settle(&mut self) {
        self.doors.stage.values.settle();
        self.retire();
    }

    /// Lanes that are heard.
    #[inline(always)]
    pub fn live(&self) -> u8 {
        self.doors.stage.live()
    }

    /// Whether silence would leave it as it is.
    #[inline(always)]
    pub fn at_rest(&self) -> bool {
        !self.doors.stage.moves() && self.doors.left == Lanes::all(0.0) && self.follower.at_rest()
    }

    /// Gates in place; `phase` is as of [`Follower::run`].
    #[inline(always)]
    pub fn run(&mut self, sound: &mut [Lanes], phase: usize) {
        self.follower.run(sound, phase, &mut self.doors);
        self.retire();
    }

    /// Forgets the level of some lanes.
    pub fn forget(&mut self, lanes: u8) {
        self.follower.forget(lanes);
        self.doors.open.set_all(lanes, 0.0);
        self.doors.left.set_all(lanes, 0.0);
        self.doors.gain.set_all(lanes, 1.0);
    }

    #[inline(always)]
    fn retire(&mut self) {
        let gone = self.doors.stage.retire();
        if gone != 0 {
            self.forget(gone);
        }
    }
}

impl Default for GateBank {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    /// The gain that lane 5 has after `groups` of a level.
    fn after(bank: &mut GateBank, level: f32, groups: usize) -> f32 {
        let mut sound = [Lanes::all(level); GROUP];
        for _ in 0..groups {
            sound = [Lanes::all(level); GROUP];
            bank.run(&mut sound, 0);
        }
        assert_eq!(sound[GROUP - 1].0[4], level, "a lane without one keeps every bit");
        sound[GROUP - 1].0[5] / level
    }

    #[test]
    fn it_opens_holds_and_closes_between_two_thresholds() {
        let gate = Gate { open: 0.1, close: 0.05, floor: 0.01, hold: 10.0, attack: 0.1, release: 0.5 };
        assert!(gate.is_sound());
        let mut bank = GateBank::new();
        bank.set(5, Some(gate), 0);
        bank.settle();
        assert!((after(&mut bank, 0.09, 50) - 0.01).abs() < 1e-4, "not loud enough");
        assert!(after(&mut bank, 0.1, 6) > 0.999, "open");
        assert!(after(&mut bank, 0.05, 100) > 0.999, "above the lower threshold");
        assert!(after(&mut bank, 0.04, 10) > 0.999, "held");
        assert!((after(&mut bank, 0.04, 50) - 0.01).abs() < 1e-4, "closed");
        bank.set(5, None, 80);
        assert!((after(&mut bank, 0.04, 12) - 1.0).abs() < 1e-6);
        assert_eq!(bank.live(), 0);
    }
}
