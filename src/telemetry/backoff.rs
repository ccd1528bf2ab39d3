//! How long to wait before the next try to reach the broker.
//!
//! Runs on: mqtt.
use std::time::Duration;

/// Longest wait.
pub const LONGEST: Duration = Duration::from_secs(60);
/// A connection that held this long was a good one: after it the waits begin anew.
pub const HELD: Duration = Duration::from_secs(10);

/// 1 to 2 s, doubled at each failure up to 30 to 60 s, evenly spread, so that boxes that lost the same broker do not come
/// back at the same moment.
#[derive(Clone, Debug)]
pub struct Backoff {
    failures: u32,
    random: u64,
}

impl Backoff {
    /// Another box, another `seed`.
    pub fn new(seed: u64) -> Self {
        Self { failures: 0, random: seed }
    }

    /// The wait after a try that was connected for `held`; zero if it never was.
    pub fn after(&mut self, held: Duration) -> Duration {
        if held >= HELD {
            self.failures = 0;
        }
        let whole = Duration::from_secs(2 << self.failures.min(5)).min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        whole / 2 + (whole / 2).mul_f64(self.share())
    }

    /// 0..1, evenly spread (splitmix64).
    fn share(&mut self) -> f64 {
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.random ^ (self.random >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn doubles_to_a_minute_between_half_and_whole(seed: u64) {
            let mut backoff = Backoff::new(seed);
            for whole in [2, 4, 8, 16, 32, 60, 60, 60] {
                let wait = backoff.after(Duration::ZERO).as_secs_f64();
                prop_assert!((f64::from(whole) / 2.0..=f64::from(whole)).contains(&wait), "{wait} of {whole}");
            }
            prop_assert!(backoff.after(HELD - Duration::from_millis(1)) > Duration::from_secs(29));
            prop_assert!(backoff.after(HELD) <= Duration::from_secs(2));
            prop_assert!(backoff.after(Duration::ZERO) <= Duration::from_secs(4));
        }
    }

    #[test]
    fn the_waits_fill_the_half() {
        let waits: Vec<_> =
            (0..1000).map(|seed| Backoff::new(seed).after(Duration::ZERO).as_millis()).collect();
        assert!(waits.iter().min().is_some_and(|wait| *wait < 1_040));
        assert!(waits.iter().max().is_some_and(|wait| *wait > 1_960));
    }
}
