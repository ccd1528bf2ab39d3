//! How often one may try: so often from an address, and so often from all of them. Bounded, however many addresses there are.
//!
//! Runs on: web.
use std::collections::VecDeque;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// How often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// From one address; of IPv6 from one network of 64 bits, which one machine may have all to itself.
    pub each: usize,
    /// From all.
    pub all: usize,
    /// In so long.
    pub within: Duration,
}

/// The tries of late; never more than `all` of them.
#[derive(Debug)]
pub struct Limit {
    rate: Rate,
    tries: VecDeque<(Instant, IpAddr)>,
}

impl Limit {
    /// Nobody has tried yet.
    pub fn new(rate: Rate) -> Self {
        Self { rate, tries: VecDeque::new() }
    }

    /// Counts a try.
    ///
    /// # Errors
    /// How long to wait; such a try does not count.
    pub fn count(&mut self, from: IpAddr, now: Instant) -> Result<(), Duration> {
        let from = network(from);
        let Rate { each, all, within } = self.rate;
        while self.tries.front().is_some_and(|(at, _)| now.saturating_duration_since(*at) >= within) {
            self.tries.pop_front();
        }
        let own: Vec<Instant> =
            self.tries.iter().filter(|(_, who)| *who == from).map(|(at, _)| *at).collect();
        // The oldest that counts against it has to be forgotten first.
        let full = (own.len() >= each).then(|| own.first().copied()).flatten();
        let full = full.or_else(|| self.tries.front().filter(|_| self.tries.len() >= all).map(|(at, _)| *at));
        if let Some(oldest) = full {
            return Err((oldest + within).saturating_duration_since(now));
        }
        self.tries.push_back((now, from));
        Ok(())
    }

    /// Who has shown that it may is forgiven its tries.
    pub fn forgive(&mut self, from: IpAddr) {
        let from = network(from);
        self.tries.retain(|(_, who)| *who != from);
    }
}

/// What counts as one address.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((u128::from(address) & (u128::MAX << 64)).into()),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RATE: Rate = Rate { each: 3, all: 5, within: Duration::from_secs(60) };

    fn address(last: u8) -> IpAddr {
        [10, 0, 0, last].into()
    }

    #[test]
    fn each_and_all_have_their_share() {
        let (mut limit, now) = (Limit::new(RATE), Instant::now());
        let at = |seconds| now + Duration::from_secs(seconds);
        (0..3).for_each(|second| limit.count(address(1), at(second)).unwrap());
        assert_eq!(limit.count(address(1), at(10)), Err(Duration::from_secs(50)));
        (0..2).for_each(|_| limit.count(address(2), at(20)).unwrap());
        assert_eq!(limit.count(address(3), at(30)), Err(Duration::from_secs(30)), "all have had theirs");
        limit.count(address(1), at(60)).unwrap();
        limit.forgive(address(1));
        (0..3).for_each(|_| limit.count(address(1), at(62)).unwrap());
    }

    #[test]
    fn a_network_of_ipv6_is_one_address() {
        let (mut limit, now) = (Limit::new(RATE), Instant::now());
        let from = |text: &str| text.parse::<IpAddr>().unwrap();
        (1..4).for_each(|last| limit.count(from(&format!("fd00::{last}")), now).unwrap());
        assert!(limit.count(from("fd00::9"), now).is_err());
        assert!(limit.count(from("fd00:0:0:1::9"), now).is_ok());
        assert!(limit.count(from("::ffff:10.0.0.1"), now).is_ok());
    }

    proptest! {
        #[test]
        fn nobody_gets_more_than_its_share(tries in prop::collection::vec((0..30_u64, 0..4_u8), 0..200)) {
            let (mut limit, mut now) = (Limit::new(RATE), Instant::now());
            let mut granted: Vec<(Instant, u8)> = Vec::new();
            for (pause, who) in tries {
                now += Duration::from_secs(pause);
                if limit.count(address(who), now).is_ok() {
                    granted.push((now, who));
                }
                let late = granted.iter().filter(|(at, _)| now.duration_since(*at) < RATE.within);
                let late: Vec<_> = late.collect();
                prop_assert!(late.len() <= RATE.all && limit.tries.len() <= RATE.all);
                prop_assert!(late.iter().filter(|(_, other)| *other == who).count() <= RATE.each);
            }
        }
    }
}
