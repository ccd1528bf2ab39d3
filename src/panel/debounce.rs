//! A contact that bounces: its first edge counts at once, what follows within the debounce time does not.
//!
//! Runs on: supervisor.
use std::time::Duration;

/// A contact's state changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// The last edge: it may differ from `down` while edges are ignored.
    last: Change,
    /// End of the time in which edges are ignored.
    ignores_until: Option<Duration>,
}

impl Default for Change {
    fn default() -> Self {
        Self { down: false, at: Duration::ZERO }
    }
}

impl Contact {
    /// A contact that is closed from the start.
    pub fn closed() -> Self {
        Self { down: true, last: Change { down: true, ..Change::default() }, ignores_until: None }
    }

    /// Takes an edge; [`settle`](Self::settle) has been called for all that was due before. It may bring two changes: a
    /// second closing says that the opening between them was lost.
    pub fn edge(&mut self, edge: Change, debounce: Duration) -> Vec<Change> {
        self.last = edge;
        if self.ignores_until.is_some() {
            return Vec::new();
        }
        let mut changes = Vec::new();
        // A second opening is noise: no press may come of it.
        if self.down && edge.down {
            changes.push(Change { down: false, ..edge });
        }
        if self.down || edge.down {
            changes.push(edge);
            self.ignores_until = Some(edge.at + debounce);
        }
        self.down = edge.down;
        changes
    }

    /// Ends the debounce time that is [`due`](Self::due): the level seen last is the one that counts.
    pub fn settle(&mut self, debounce: Duration) -> Option<Change> {
        let end = self.ignores_until.take()?;
        if self.last.down == self.down {
            return None;
        }
        self.down = self.last.down;
        // It came in the middle of bouncing, so it may bounce on.
        self.ignores_until = Some(end + debounce);
        Some(self.last)
    }

    /// When [`settle`](Self::settle) is to be called.
    pub fn due(&self) -> Option<Duration> {
        self.ignores_until
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
        assert_eq!(contact.edge(at(100, true), DEBOUNCE), [at(100, true)]);
        for (ms, down) in [(101, false), (103, true), (104, false), (109, true)] {
            assert_eq!(contact.edge(at(ms, down), DEBOUNCE), []);
        }
        assert_eq!(contact.due(), Some(Duration::from_millis(110)));
        assert_eq!(contact.settle(DEBOUNCE), None);
        assert_eq!(contact.edge(at(150, false), DEBOUNCE), [at(150, false)]);
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
    fn a_lost_edge_leaves_nothing_stuck() {
        let mut contact = Contact::default();
        contact.edge(at(100, true), DEBOUNCE);
        contact.settle(DEBOUNCE);
        assert_eq!(contact.edge(at(900, true), DEBOUNCE), [at(900, false), at(900, true)]);
        contact.settle(DEBOUNCE);
        assert_eq!(contact.edge(at(950, false), DEBOUNCE), [at(950, false)]);
        contact.settle(DEBOUNCE);
        assert_eq!(contact.edge(at(990, false), DEBOUNCE), []);
        assert_eq!(contact.edge(at(991, true), DEBOUNCE), [at(991, true)]);
    }

    #[test]
    fn a_contact_closed_from_the_start_can_only_open() {
        let mut contact = Contact::closed();
        assert_eq!(contact.edge(at(5, false), DEBOUNCE), [at(5, false)]);
        assert_eq!(contact.edge(at(6, true), DEBOUNCE), []);
        assert_eq!(contact.edge(at(7, false), DEBOUNCE), []);
        assert_eq!(contact.settle(DEBOUNCE), None);
    }
}
