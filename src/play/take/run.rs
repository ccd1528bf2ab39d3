//! One run of a take: where it is at which frame of the console. Pure.
//!
//! Runs on: supervisor.

/// A part of a take: its first frame and the one after its last.
pub type Span = [u64; 2];

/// Sound that plays, or is going to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Run {
    /// The take's frame that it begins with.
    pub from: u64,
    /// The part that it comes round to, if it begins before the end of that.
    pub repeat: Option<Span>,
    /// The absolute frame of the console on which it begins.
    pub at: u64,
    /// Frames of the take a frame of the console.
    pub step: f64,
}

impl Run {
    /// The take's frame that is heard at an absolute frame.
    pub fn position(&self, at: u64) -> u64 {
        let position = self.from.saturating_add((self.gone(at) + NEAR) as u64);
        match self.repeat {
            Some([start, end]) if position >= end && start < end => {
                start + (position - start) % (end - start)
            }
            _ => position,
        }
    }

    /// The first absolute frame from `at` on at which it is at a whole frame of the take, near enough that nothing is heard of the
    /// rest, and that frame. Where rates are the same that is `at`.
    pub fn whole(&self, at: u64) -> (u64, u64) {
        let near = |at: &u64| (self.gone(*at) + NEAR).fract() < 2.0 * NEAR;
        // A second of any two rates has one.
        let found = (at..at + MOST_RATE).find(near).unwrap_or(at);
        (found, self.position(found))
    }

    /// Frames of the take since it began.
    fn gone(&self, at: u64) -> f64 {
        at.saturating_sub(self.at) as f64 * self.step
    }

    /// The first absolute frame in `from..to` on which it comes into a part or out of it, also by a jump.
    pub fn changes(&self, part: Span, from: u64, to: u64) -> Option<u64> {
        let within = |at: u64| (part[0]..part[1]).contains(&self.position(at));
        let mut at = from;
        while at < to {
            at = self.comes_to(part, at)?;
            if at < to && within(at) != within(from) {
                return Some(at);
            }
        }
        None
    }

    /// The absolute frame after `at` on which it comes to an end of the part next, or comes round; `None` if never.
    fn comes_to(&self, part: Span, at: u64) -> Option<u64> {
        let here = self.position(at);
        let round = self.repeat.map(|[_, end]| end);
        let ends = part.into_iter().chain(round).filter(|end| *end > here);
        let next = ends.min()?;
        let sure = ((next - here) as f64 / self.step) as u64;
        let first = at.max(self.at) + sure.saturating_sub(2);
        // It may come round to where it is.
        let is_there =
            |frame: &u64| self.position(*frame) >= next || self.position(*frame) < self.position(frame - 1);
        (first.max(at + 1)..).find(is_there)
    }
}

/// What a frame may be off by to be a whole one: less than any two rates come to, more than a day is off by rounding.
const NEAR: f64 = 1e-4;
/// Console frames of a second, at most.
const MOST_RATE: u64 = 192_000;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_position_counts_on_and_comes_round(from in 0u64..5_000, start in 0u64..4_000, length in 100u64..3_000, console in 0usize..3) {
            let step = [1.0, 44_100.0 / 48_000.0, 2.0][console];
            let run = Run { from, repeat: (from < start + length).then_some([start, start + length]), at: 1_000, step };
            prop_assert_eq!((run.position(0), run.position(1_000)), (from, from));
            let mut told = from as f64;
            for at in 1_001..9_000 {
                told += step;
                if run.repeat.is_some() && told + 1e-6 >= (start + length) as f64 {
                    told -= length as f64;
                }
                prop_assert!((run.position(at) as f64 - told).abs() <= 1.0 + 1e-6 || run.position(at) == start);
            }
        }

        #[test]
        fn a_whole_frame_is_found_within_a_second(from in 0u64..1_000_000, at in 0u64..10_000_000, console in 0usize..4) {
            let (take, console) = [(48_000, 48_000), (44_100, 48_000), (96_000, 48_000), (44_100, 96_000)][console];
            let run = Run { from, repeat: None, at: 500, step: f64::from(take) / f64::from(console) };
            let (found, position) = run.whole(at);
            prop_assert!(found >= at && found - at.max(500) < u64::from(console as u32) || at < 500);
            let exact = u128::from(found.saturating_sub(500)) * take as u128;
            prop_assert_eq!(exact % console as u128, 0);
            prop_assert_eq!(u128::from(position - from), exact / console as u128);
        }

        #[test]
        fn a_change_is_on_the_frame_on_which_it_is(start in 0u64..3_000, length in 200u64..3_000, from in 0u64..4_000) {
            let run = Run { from: 0, repeat: Some([1_000, 6_500]), at: 0, step: 1.0 };
            let part = [start, start + length];
            let within = |at| (part[0]..part[1]).contains(&run.position(at));
            match run.changes(part, from, from + 9_000) {
                Some(at) => {
                    prop_assert!(within(at) != within(at - 1));
                    prop_assert!((from + 1..at).all(|frame| within(frame) == within(frame - 1)));
                }
                None => prop_assert!((from + 1..from + 9_000).all(|frame| within(frame) == within(frame - 1))),
            }
        }
    }
}
