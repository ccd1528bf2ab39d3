//! Whether the writer keeps up with the sound: the light that the panel shows and the broker is told. Pure.
//!
//! Runs on: supervisor.
use crate::panel::Pace;
use std::time::Duration;

/// How long the light stays on after the last sign of trouble, so that it does not flicker.
const HOLD: Duration = Duration::from_secs(5);
/// So many parts of the pool filled are far behind, and so many are no longer.
const BEHIND: u32 = 3;
const CAUGHT_UP: u32 = 6;

/// How the writer does at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lag {
    /// A take is open or wanted.
    pub recording: bool,
    /// Sound that waits to be written.
    pub buffered: Duration,
    /// Syncs so far, and how long the last one took.
    pub syncs: u64,
    /// Length of the last of them.
    pub last_sync: Duration,
}

/// Remembers what the light showed.
#[derive(Clone, Copy, Debug)]
pub struct Pacer {
    pool: Duration,
    interval: Duration,
    /// What was held when the take began is pre-roll, not lag, until it is written.
    preroll: Duration,
    syncs: u64,
    troubled: Duration,
    pace: Pace,
}

impl Pacer {
    /// For a pool that holds `pool` of sound beside the pre-roll, and a sync every `interval`.
    pub fn new(pool: Duration, interval: Duration) -> Self {
        Self {
            pool,
            interval,
            preroll: Duration::MAX,
            syncs: 0,
            troubled: Duration::ZERO,
            pace: Pace::default(),
        }
    }

    /// What the light shows at `now`, which never goes back.
    pub fn step(&mut self, lag: Lag, now: Duration) -> Pace {
        let slow_sync = lag.syncs != self.syncs && lag.last_sync > self.interval;
        self.syncs = lag.syncs;
        if !lag.recording {
            (self.preroll, self.pace) = (Duration::MAX, Pace::Ok);
            return self.pace;
        }
        self.preroll = self.preroll.min(lag.buffered);
        let late = lag.buffered - self.preroll;
        let slow = self.interval.max(Duration::from_millis(500)).min(self.pool / CAUGHT_UP);
        let trouble = slow_sync || late > if self.pace == Pace::Ok { slow } else { slow / 2 };
        if trouble {
            self.troubled = now;
        }
        self.pace = match self.pace {
            _ if late >= self.pool / BEHIND => Pace::Behind,
            Pace::Behind if late > self.pool / CAUGHT_UP => Pace::Behind,
            Pace::Ok if !trouble => Pace::Ok,
            _ if now.saturating_sub(self.troubled) < HOLD => Pace::Slow,
            _ => Pace::Ok,
        };
        self.pace
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pacer() -> Pacer {
        Pacer::new(Duration::from_secs(30), Duration::from_secs(1))
    }

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn lag(buffered: u64) -> Lag {
        Lag { recording: true, buffered: ms(buffered), ..Lag::default() }
    }

    /// What a stall of `stall` ms looks like, looked at 20 times a second: each change of the light, and when.
    fn stalled(stall: u64) -> Vec<(u64, Pace)> {
        let mut pacer = pacer();
        let mut seen = vec![(0, pacer.step(lag(10), ms(0)))];
        for now in (50..60_000).step_by(50) {
            let (stalls, syncs) = ((5_000..5_000 + stall).contains(&now), now / 5_000);
            let buffered = if stalls { now - 5_000 } else { 10 };
            let last_sync = ms(if now >= 5_000 + stall && now < 5_000 + stall + 1_000 { stall } else { 20 });
            let pace = pacer.step(Lag { syncs, last_sync, ..lag(buffered) }, ms(now));
            if seen.last().is_some_and(|(_, last)| *last != pace) {
                seen.push((now, pace));
            }
        }
        seen
    }

    #[test]
    fn stalls_of_a_card() {
        use Pace::{Behind, Ok, Slow};
        assert_eq!(stalled(750), [(0, Ok)]);
        assert_eq!(stalled(2_000), [(0, Ok), (6_050, Slow), (11_950, Ok)]);
        assert_eq!(stalled(5_000), [(0, Ok), (6_050, Slow), (15_000, Ok)]);
        assert_eq!(stalled(20_000), [(0, Ok), (6_050, Slow), (15_000, Behind), (25_000, Slow), (30_000, Ok)]);
    }

    #[test]
    fn a_sync_that_took_too_long_is_seen_though_nothing_waits() {
        let mut pacer = pacer();
        let slow = Lag { syncs: 1, last_sync: ms(1_200), ..lag(5) };
        assert_eq!(pacer.step(slow, ms(0)), Pace::Slow);
        assert_eq!([4_950, 5_000].map(|now| pacer.step(slow, ms(now))), [Pace::Slow, Pace::Ok], "but once");
    }

    #[test]
    fn pre_roll_is_not_lag() {
        let mut pacer = pacer();
        assert_eq!(pacer.step(Lag { recording: false, ..lag(20_000) }, ms(0)), Pace::Ok);
        assert_eq!(pacer.step(lag(20_000), ms(50)), Pace::Ok);
        assert_eq!(pacer.step(lag(22_000), ms(2_050)), Pace::Slow, "two seconds more than there were");
        assert_eq!(pacer.step(lag(100), ms(2_100)), Pace::Slow, "held");
        assert_eq!(pacer.step(lag(10_200), ms(12_000)), Pace::Behind, "now it is written");
        assert_eq!(pacer.step(Lag::default(), ms(12_050)), Pace::Ok);
    }

    proptest! {
        /// The light is never better than the pool is full, and lasts: it does not go off and on within the hold.
        #[test]
        fn it_never_flatters_nor_flickers(steps in prop::collection::vec((0_u64..40_000, 1_u64..2_000), 1..200)) {
            let mut pacer = pacer();
            pacer.step(lag(0), ms(0));
            let (mut now, mut trouble) = (0, None);
            for (buffered, wait) in steps {
                now += wait;
                let pace = pacer.step(lag(buffered), ms(now));
                prop_assert_eq!(pace == Pace::Behind, buffered >= 10_000 || pace == Pace::Behind);
                prop_assert!(buffered <= 1_000 || pace != Pace::Ok);
                trouble = if buffered > 1_000 { Some(now) } else { trouble };
                let recent = trouble.is_some_and(|at| now - at < 5_000);
                prop_assert!(!recent || pace != Pace::Ok);
            }
        }
    }
}
