//! The latency monitor's figures.
//!
//! Runs on: supervisor.
use serde::Serialize;
use std::fmt;

/// How much of the period's time is used up, at the 99th percentile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Colour {
    /// Below 50 %.
    Green,
    /// Below 80 %.
    Orange,
    /// 80 % and more.
    Red,
}

impl Colour {
    /// Of a share of the budget, 1.0 being all of it.
    pub fn of(share: f64) -> Self {
        match share {
            share if share < 0.5 => Self::Green,
            share if share < 0.8 => Self::Orange,
            _ => Self::Red,
        }
    }
}

/// What the durations of the last periods come to. Times are in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LatencySummary {
    /// Shortest.
    pub min_us: f64,
    /// Mean.
    pub mean_us: f64,
    /// 99 of 100 were no longer.
    pub p99_us: f64,
    /// Longest.
    pub max_us: f64,
    /// `p99_us` as a share of the period's time, 1.0 being all of it.
    pub share: f64,
    /// Colour of `share`.
    pub colour: Colour,
    /// Periods since the start that took more than 80 % of their time.
    pub late: u64,
}

/// Sums up durations in ns against a period of `period_ns`; none if nothing was measured.
pub fn summarise(
    durations_ns: impl Iterator<Item = u32>,
    period_ns: u32,
    late: u64,
) -> Option<LatencySummary> {
    let mut sorted: Vec<u32> = durations_ns.collect();
    sorted.sort_unstable();
    let us = |ns: f64| ns / 1000.0;
    let (min, max) = (f64::from(*sorted.first()?), f64::from(*sorted.last()?));
    let rank = (sorted.len() * 99).div_ceil(100).saturating_sub(1);
    let p99 = f64::from(*sorted.get(rank)?);
    let mean = sorted.iter().map(|ns| f64::from(*ns)).sum::<f64>() / sorted.len() as f64;
    let share = p99 / f64::from(period_ns.max(1));
    Some(LatencySummary {
        min_us: us(min),
        mean_us: us(mean),
        p99_us: us(p99),
        max_us: us(max),
        share,
        colour: Colour::of(share),
        late,
    })
}

impl fmt::Display for LatencySummary {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let colour = match self.colour {
            Colour::Green => "green",
            Colour::Orange => "orange",
            Colour::Red => "RED",
        };
        let share = self.share * 100.0;
        let Self { min_us, mean_us, p99_us, max_us, late, .. } = self;
        write!(
            out,
            "{colour} {share:.1} %, min {min_us:.1} mean {mean_us:.1} p99 {p99_us:.1} max {max_us:.1} us, late {late}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_known_durations() {
        let summary = summarise((1..=100).rev().map(|us| us * 1000), 200_000, 3).unwrap();
        assert_eq!(
            (summary.min_us, summary.mean_us, summary.p99_us, summary.max_us),
            (1.0, 50.5, 99.0, 100.0)
        );
        assert_eq!((summary.share, summary.colour, summary.late), (0.495, Colour::Green, 3));
        assert_eq!(summary.to_string(), "green 49.5 %, min 1.0 mean 50.5 p99 99.0 max 100.0 us, late 3");
        assert!(summarise(std::iter::empty(), 1, 0).is_none());
    }

    #[test]
    fn colours_change_at_half_and_four_fifths() {
        assert_eq!(
            [0.49, 0.5, 0.79, 0.8].map(Colour::of),
            [Colour::Green, Colour::Orange, Colour::Orange, Colour::Red]
        );
    }
}
