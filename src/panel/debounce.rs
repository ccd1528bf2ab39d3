//! A contact that bounces: its first edge counts at once, what follows within the debounce time does not.
//!
//! The level that comes with an edge was read after it, so it may be that of a bounce already. An edge that seems to
//! change nothing is therefore not acted on, but the contact counts as moving since then: with the next edge that does
//! tell of a change, the change was there from the first one on.
//!
//! Runs on: supervisor.
use std::time::Duration;

/// A contact's state changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Change {
    /// Closed now.
    pub down: bool,
    /// When, on the clock of the edges.
    pub at: Duration,
}

/// One contact.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Contact {
    /// As last told.
    down: bool,
    /// The last edge.
    last: Change,
    /// While it moves.
    moving: Option<Move>,
}

/// What happens within one debounce time.
#[derive(Clone, Copy, Debug)]
struct Move {
    since: Duration,
    until: Duration,
    /// A change was told: more of them are bounces.
    told: bool,
}

impl Contact {
    /// A contact that is closed from the start.
    pub fn closed() -> Self {
        Self { down: true, last: Change { down: true, ..Change::default() }, moving: None }
    }

    /// Takes an edge; [`settle`](Self::settle) has been called for all that was due before.
    pub fn edge(&mut self, edge: Change, debounce: Duration) -> Option<Change> {
        self.last = edge;
        let fresh = Move { since: edge.at, until: edge.at + debounce, told: false };
        let moving = self.moving.get_or_insert(fresh);
        if moving.told || edge.down == self.down {
            return None;
        }
        moving.told = true;
        let at = moving.since;
        self.down = edge.down;
        Some(Change { at, ..edge })
    }

    /// Ends the debounce time that is [`due`](Self::due): the level seen last is the one that counts.
    pub fn settle(&mut self, debounce: Duration) -> Option<Change> {
        let moved = self.moving.take()?;
        if self.last.down == self.down {
            return None;
        }
        self.down = self.last.down;
        // It came in the middle of bouncing, so it may bounce on.
        self.moving = Some(Move { since: moved.until, until: moved.until + debounce, told: true });
        Some(self.last)
    }

    /// Since when it moves without having told of a change: if the next edge tells of one, this is when it was.
    pub fn in_doubt(&self) -> Option<Duration> {
        self.moving.filter(|moving| !moving.told).map(|moving| moving.since)
    }

    /// When [`settle`](Self::settle) is to be called.
    pub fn due(&self) -> Option<Duration> {
        self.moving.map(|moving| moving.until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEBOUNCE: Duration = Duration::from_millis(10);

    fn at(ms: u64, down: bool) -> Change {
        Change { down, at: Duration::from_millis(ms) }
    }

    #[test]
    fn the_first_edge_counts_at_once_and_its_bounces_do_not() {
        let mut contact = Contact::default();
        assert_eq!(contact.edge(at(100, true), DEBOUNCE), Some(at(100, true)));
        for (ms, down) in [(101, false), (103, true), (104, false), (109, true)] {
            assert_eq!(contact.edge(at(ms, down), DEBOUNCE), None);
        }
        assert_eq!(contact.due(), Some(Duration::from_millis(110)));
        assert_eq!(contact.settle(DEBOUNCE), None);
        assert_eq!(contact.edge(at(150, false), DEBOUNCE), Some(at(150, false)));
    }

    #[test]
    fn a_press_shorter_than_the_debounce_time_ends() {
        let mut contact = Contact::default();
        contact.edge(at(100, true), DEBOUNCE);
        contact.edge(at(105, false), DEBOUNCE);
        assert_eq!(contact.settle(DEBOUNCE), Some(at(105, false)));
        assert_eq!(contact.due(), Some(Duration::from_millis(120)));
        assert_eq!(contact.settle(DEBOUNCE), None);
        assert_eq!(contact.due(), None);
    }

    #[test]
    fn a_level_that_was_read_late_delays_a_change_but_not_its_time() {
        let mut contact = Contact::default();
        assert_eq!(contact.edge(at(100, false), DEBOUNCE), None, "opened, but it was open");
        assert_eq!(contact.edge(at(104, true), DEBOUNCE), Some(at(100, true)));
        assert_eq!(contact.settle(DEBOUNCE), None);
        assert_eq!(contact.edge(at(900, true), DEBOUNCE), None);
        assert_eq!(contact.edge(at(901, true), DEBOUNCE), None);
        assert_eq!(contact.edge(at(902, false), DEBOUNCE), Some(at(900, false)));
    }

    #[test]
    fn noise_and_a_lost_edge_change_nothing_and_leave_nothing_stuck() {
        let mut contact = Contact::default();
        assert_eq!(contact.edge(at(100, false), DEBOUNCE), None);
        assert_eq!(contact.settle(DEBOUNCE), None);
        contact.edge(at(200, true), DEBOUNCE);
        contact.settle(DEBOUNCE);
        // The opening was lost, and then this closing is none.
        assert_eq!(contact.edge(at(900, true), DEBOUNCE), None);
        assert_eq!(contact.settle(DEBOUNCE), None);
        assert_eq!(contact.edge(at(950, false), DEBOUNCE), Some(at(950, false)));
    }

    #[test]
    fn a_contact_closed_from_the_start_can_only_open() {
        let mut contact = Contact::closed();
        assert_eq!(contact.edge(at(5, false), DEBOUNCE), Some(at(5, false)));
        assert_eq!(contact.edge(at(6, true), DEBOUNCE), None);
        assert_eq!(contact.edge(at(7, false), DEBOUNCE), None);
        assert_eq!(contact.settle(DEBOUNCE), None);
    }
}
