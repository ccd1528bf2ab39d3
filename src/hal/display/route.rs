//! Which columns of a page to send so that the fewest bytes bring it up to date.
//!
//! A transfer costs its address byte, two bytes for each part of the memory address that has to be set, one byte before
//! the data and the data. So it can be cheaper to send unchanged columns between two runs than to begin a new one.
//!
//! Runs on: display.
use super::frame::WIDTH;
use std::ops::Range;

/// Bus address, low half of the column, announcement of data: in every transfer.
const TRANSFER: u32 = 1 + 2 + 1;
/// The page, or the high half of the column.
const PART: u32 = 2;
const NEVER: u32 = u32::MAX / 2;

/// Columns to send in one transfer, and which parts of the address it has to set beside the column's low half.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Columns of the panel, from 0.
    pub columns: Range<usize>,
    /// The page has to be set.
    pub page: bool,
    /// The high half of the column has to be set.
    pub high: bool,
}

/// Which high half of the column the controller is sure to hold. It counts up while data arrives, and controllers differ
/// in whether a new low half then joins the counter's or the earlier high half: sure is only where both are the same.
pub type High = Option<usize>;

/// Where a walk over the columns can stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// Nothing of this page sent yet.
    Before,
    /// In a run whose high half is the one it began with.
    Within,
    /// In a run that has counted over into another high half.
    Beyond,
    /// Between runs; the high half is still sure.
    Sure,
    /// Between runs; it is not.
    Unsure,
}

const ALL: [At; 5] = [At::Before, At::Within, At::Beyond, At::Sure, At::Unsure];

impl At {
    fn sends(self) -> bool {
        matches!(self, Self::Within | Self::Beyond)
    }

    /// The same, one column on, where that column begins a new high half.
    fn over(self) -> Self {
        match self {
            Self::Within => Self::Beyond,
            Self::Sure => Self::Unsure,
            other => other,
        }
    }
}

/// Cheapest ways over the columns so far, by where each ends.
type Costs = [u32; ALL.len()];
/// Where each of the cheapest ways came from.
type Origins = [usize; ALL.len()];

/// The runs that cover all `changed` columns of a page for the fewest bytes, and what the controller is sure to hold
/// after them. `first` is the memory column of the panel's column 0, `high` what it is sure to hold now.
pub fn runs(changed: &[bool; WIDTH], first: usize, high: High) -> (Vec<Run>, High) {
    let mut costs: Costs = [0, NEVER, NEVER, NEVER, NEVER];
    let mut origins = [Origins::default(); WIDTH];
    for ((column, changed), origins) in changed.iter().enumerate().zip(&mut origins) {
        let place =
            Place { high: (first + column) / 16, begins: (first + column).is_multiple_of(16), held: high };
        costs = step(costs, &place, *changed, origins);
    }
    let end = (0..ALL.len()).min_by_key(|at| costs.get(*at).copied().unwrap_or(NEVER)).unwrap_or_default();
    collect(&walk_back(&origins, end), first, high)
}

/// One column of the walk.
struct Place {
    high: usize,
    /// The first column with this high half.
    begins: bool,
    held: High,
}

impl Place {
    /// Bytes for this column when it is passed in state `to` after state `from`; none if that cannot be.
    fn cost(&self, from: At, to: At) -> Option<u32> {
        let here = if self.begins { from.over() } else { from };
        if from.sends() && to == here {
            return Some(1);
        }
        let skipped = match here {
            At::Within => At::Sure,
            At::Beyond => At::Unsure,
            other => other,
        };
        let known = match here {
            At::Before => self.held == Some(self.high),
            At::Sure => true,
            _ => false,
        };
        let address = TRANSFER + if known { 0 } else { PART } + if from == At::Before { PART } else { 0 };
        match to {
            At::Within if !from.sends() => Some(address + 1),
            _ if to == skipped => Some(0),
            _ => None,
        }
    }
}

fn step(costs: Costs, place: &Place, changed: bool, origins: &mut Origins) -> Costs {
    let mut next = [NEVER; ALL.len()];
    for ((to, next), origin) in ALL.into_iter().zip(&mut next).zip(origins) {
        if changed && !to.sends() {
            continue;
        }
        for (at, (from, cost)) in ALL.into_iter().zip(costs).enumerate() {
            let Some(own) = place.cost(from, to) else { continue };
            if cost + own < *next {
                (*next, *origin) = (cost + own, at);
            }
        }
    }
    next
}

/// For each column whether it is sent and whether a run begins there.
fn walk_back(origins: &[Origins; WIDTH], end: usize) -> [(bool, bool); WIDTH] {
    let state = |at: usize| ALL.get(at).copied().unwrap_or(At::Before);
    let (mut at, mut sent) = (end, [(false, false); WIDTH]);
    for (origins, sent) in origins.iter().zip(&mut sent).rev() {
        let from = origins.get(at).copied().unwrap_or_default();
        *sent = (state(at).sends(), state(at).sends() && !state(from).sends());
        at = from;
    }
    sent
}

fn collect(sent: &[(bool, bool); WIDTH], first: usize, mut high: High) -> (Vec<Run>, High) {
    let mut runs: Vec<Run> = Vec::new();
    for (column, (_, begins)) in sent.iter().enumerate().filter(|(_, (sends, _))| *sends) {
        if *begins {
            let own = (first + column) / 16;
            runs.push(Run { columns: column..column, page: runs.is_empty(), high: high != Some(own) });
        }
        if let Some(run) = runs.last_mut() {
            run.columns.end = column + 1;
            let (start, next) = ((first + run.columns.start) / 16, first + column + 1);
            // Behind the last column some count on, some begin anew.
            high = (next / 16 == start && column + 1 < WIDTH).then_some(start);
        }
    }
    (runs, high)
}

/// Bytes on the bus for a run.
#[cfg(test)]
pub fn bytes(run: &Run) -> usize {
    let parts = usize::from(run.page) + usize::from(run.high);
    TRANSFER as usize + PART as usize * parts + run.columns.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// All ways to send `wide` columns from `from`, by brute force.
    fn cheapest(changed: &[bool; WIDTH], from: usize, wide: usize, first: usize, held: High) -> usize {
        let ways = 0..1_u32 << wide;
        let covers = |way: &u32| (0..wide).all(|at| way >> at & 1 == 1 || !changed[from + at]);
        let price = |way: u32| {
            let sent = std::array::from_fn(|at| {
                let bit = |at: usize| (from..from + wide).contains(&at) && way >> (at - from) & 1 == 1;
                (bit(at), bit(at) && (at == 0 || !bit(at - 1)))
            });
            collect(&sent, first, held).0.iter().map(bytes).sum::<usize>()
        };
        ways.filter(covers).map(price).min().unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn no_other_way_is_cheaper(
            from in 0..=WIDTH - 14,
            bits in 0..1_u16 << 13,
            sh1106 in any::<bool>(),
            held in prop::option::of(0..9_usize),
        ) {
            let changed: [bool; WIDTH] =
                std::array::from_fn(|at| (from + 1..from + 14).contains(&at) && bits >> (at - from - 1) & 1 == 1);
            let first = if sh1106 { 2 } else { 0 };
            let (runs, _) = runs(&changed, first, held);
            for (column, changed) in changed.iter().enumerate() {
                prop_assert!(!changed || runs.iter().any(|run| run.columns.contains(&column)));
            }
            let cost: usize = runs.iter().map(bytes).sum();
            prop_assert_eq!(cost, cheapest(&changed, from, 14, first, held));
        }
    }

    #[test]
    fn a_short_gap_is_sent_and_a_long_one_skipped() {
        let with = |columns: &[usize]| {
            let (runs, _) = runs(&std::array::from_fn(|at| columns.contains(&at)), 0, None);
            runs.into_iter().map(|run| (run.columns.start, run.columns.end)).collect::<Vec<_>>()
        };
        assert_eq!(with(&[2, 6]), [(2, 7)]);
        assert_eq!(with(&[2, 8]), [(2, 3), (8, 9)]);
        assert_eq!(with(&[2, 20]), [(2, 3), (20, 21)]);
        assert_eq!(with(&[]), []);
    }
}
