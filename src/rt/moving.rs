//! Numbers of eight strips that move to new ones along a straight line: how coefficients change without a click.
use crate::lanes::{LANES, Lanes};

/// `N` numbers of each of eight strips on their way to others.
#[derive(Clone, Copy, Debug)]
pub struct Moving<const N: usize> {
    now: [Lanes; N],
    target: [Lanes; N],
    step: [Lanes; N],
    /// Steps to go.
    left: u32,
}

impl<const N: usize> Moving<N> {
    /// Settled, with the same numbers in each lane.
    pub fn at(values: [f32; N]) -> Self {
        let now = values.map(Lanes::all);
        Self { now, target: now, step: [Lanes::all(0.0); N], left: 0 }
    }

    /// Sets a lane at once: for one that is not heard.
    pub fn put(&mut self, lane: usize, values: [f32; N]) {
        for (((now, target), step), value) in
            self.now.iter_mut().zip(&mut self.target).zip(&mut self.step).zip(values)
        {
            now.set(lane, value);
            target.set(lane, value);
            step.set(lane, 0.0);
        }
    }

    /// Sends a lane to `values`, there in `steps` (at least 1). Lanes that are moving arrive together with it.
    pub fn to(&mut self, lane: usize, values: [f32; N], steps: u32) {
        self.left = steps.max(1);
        let share = Lanes::all(1.0 / self.left as f32);
        for (((now, target), step), value) in
            self.now.iter().zip(&mut self.target).zip(&mut self.step).zip(values)
        {
            target.set(lane, value);
            *step = (*target - *now) * share;
        }
    }

    /// Where a lane is heading; zeros for one that is not there.
    pub fn target(&self, lane: usize) -> [f32; N] {
        self.target.map(|lanes| lanes.0.get(lane % LANES).copied().unwrap_or_default())
    }

    /// Jumps to the targets.
    pub fn settle(&mut self) {
        (self.now, self.left) = (self.target, 0);
    }

    /// The numbers now.
    #[inline(always)]
    pub fn now(&self) -> &[Lanes; N] {
        &self.now
    }

    /// Steps to go; 0 when nothing moves.
    #[inline(always)]
    pub fn left(&self) -> u32 {
        self.left
    }

    /// One step; the last one arrives exactly.
    #[inline(always)]
    pub fn advance(&mut self) {
        match self.left {
            0 => {}
            1 => self.settle(),
            _ => {
                self.left -= 1;
                for (now, step) in self.now.iter_mut().zip(&self.step) {
                    *now = *now + *step;
                }
            }
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn it_arrives_exactly_by_even_steps_and_other_lanes_stay() {
        let mut moving = Moving::at([1.0, -1.0]);
        moving.to(2, [0.0, 0.3], 10);
        let mut last = 1.0;
        for _ in 0..10 {
            moving.advance();
            let now = moving.now()[0].0;
            assert!((last - now[2] - 0.1).abs() < 1e-6 && now[3] == 1.0);
            last = now[2];
        }
        assert_eq!((moving.left(), moving.now()[0].0[2], moving.now()[1].0[2]), (0, 0.0, 0.3));
        assert_eq!(moving.target(2), [0.0, 0.3]);
    }

    #[test]
    fn a_new_target_on_the_way_makes_no_jump() {
        let mut moving = Moving::at([0.0]);
        moving.to(0, [1.0], 100);
        let mut last = 0.0;
        for at in 0..200 {
            if at == 50 {
                moving.to(0, [-1.0], 100);
            }
            moving.advance();
            let now = moving.now()[0].0[0];
            assert!((now - last).abs() < 0.0151, "{now} after {last}");
            last = now;
        }
        assert_eq!(last, -1.0);
    }
}
