//! What waits for the broker: bounded, whatever the broker does.
//!
//! Values are kept as they are last; of meters nothing is kept while nobody listens; events and answers all arrive, in
//! order, as long as there is room, and leave only when the broker has acknowledged them.
//!
//! Runs on: supervisor, mqtt; they share it under a lock that is held for microseconds.
use std::collections::VecDeque;
use std::sync::Arc;

/// Events that wait at most; beyond that the oldest is dropped.
pub const MOST_EVENTS: usize = 512;
/// Answers that wait at most; beyond that the oldest is dropped.
pub const MOST_ANSWERS: usize = 64;
/// Letters that may be sent without an acknowledgement yet; fewer than any broker allows by default.
pub const WINDOW: usize = 16;

/// Where a letter goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum To {
    /// "online" or "offline", retained.
    Availability,
    /// Home Assistant, retained.
    Discovery,
    /// Retained.
    State,
    /// Retained.
    Health,
    /// Not acknowledged.
    Meters,
    /// To all who listen.
    Event,
    /// To who asked.
    Answer {
        /// Topic.
        topic: String,
        /// What the request wants back.
        correlation: Option<Vec<u8>>,
    },
}

/// One message that is to be sent now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Where to.
    pub to: To,
    /// What.
    pub payload: Arc<str>,
    /// To be handed to [`Outbox::acknowledged`]; none where nothing hangs on it.
    pub ticket: Option<u64>,
}

/// A value: only how it is now counts.
#[derive(Clone, Debug, Default)]
struct Slot {
    now: Option<Arc<str>>,
    due: bool,
}

impl Slot {
    /// What it already was is not sent again.
    fn set(&mut self, payload: &str) {
        if self.now.as_deref() != Some(payload) {
            *self = Self { now: Some(payload.into()), due: true };
        }
    }

    fn take(&mut self, to: To) -> Option<Letter> {
        let payload = self.now.clone().filter(|_| self.due)?;
        self.due = false;
        Some(Letter { to, payload, ticket: None })
    }
}

/// Everything that waits.
#[derive(Clone, Debug, Default)]
pub struct Outbox {
    online: bool,
    availability: Slot,
    discovery: Slot,
    state: Slot,
    health: Slot,
    meters: Option<Arc<str>>,
    answers: VecDeque<Letter>,
    events: VecDeque<Letter>,
    unacknowledged: VecDeque<Letter>,
    next_ticket: u64,
    dropped: u64,
}

impl Outbox {
    /// Empty. `discovery` is what Home Assistant is told at each connection, if it is.
    pub fn new(discovery: Option<String>) -> Self {
        let now = |text: Option<&str>| Slot { now: text.map(Into::into), due: false };
        Self { availability: now(Some("online")), discovery: now(discovery.as_deref()), ..Self::default() }
    }

    /// What Home Assistant is told from now on.
    pub fn discovery(&mut self, payload: &str) {
        self.discovery.set(payload);
    }

    /// The state as it is now.
    pub fn state(&mut self, payload: &str) {
        self.state.set(payload);
    }

    /// The health as it is now.
    pub fn health(&mut self, payload: &str) {
        self.health.set(payload);
    }

    /// The meters as they are now; forgotten while there is no connection.
    pub fn meters(&mut self, payload: &str) {
        self.meters = self.online.then(|| payload.into());
    }

    /// An event. Drops and counts the oldest that waits if there is no room.
    pub fn event(&mut self, payload: &str) {
        let letter = self.letter(To::Event, payload);
        self.events.push_back(letter);
        self.trim();
    }

    /// An answer. Drops the oldest that waits if there is no room.
    pub fn answer(&mut self, topic: String, correlation: Option<Vec<u8>>, payload: &str) {
        let letter = self.letter(To::Answer { topic, correlation }, payload);
        self.answers.push_back(letter);
        self.trim();
    }

    /// The broker is there, and may have forgotten everything: all values are sent anew.
    pub fn connected(&mut self) {
        self.online = true;
        for slot in [&mut self.availability, &mut self.discovery, &mut self.state, &mut self.health] {
            slot.due = true;
        }
    }

    /// The broker is gone: what it has not acknowledged waits again, before all that came later.
    pub fn disconnected(&mut self) {
        self.online = false;
        self.meters = None;
        for letter in std::mem::take(&mut self.unacknowledged).into_iter().rev() {
            match letter.to {
                To::Event => self.events.push_front(letter),
                _ => self.answers.push_front(letter),
            }
        }
        self.trim();
    }

    /// Home Assistant has started.
    pub fn announce(&mut self) {
        self.discovery.due = true;
    }

    /// The next letter to send; none while there is no connection or enough is under way.
    pub fn pop(&mut self) -> Option<Letter> {
        if !self.online {
            return None;
        }
        // Who sees "online" sees all that came with it.
        let value = self.discovery.take(To::Discovery).or_else(|| self.state.take(To::State));
        let value = value.or_else(|| self.health.take(To::Health));
        let value = value.or_else(|| self.availability.take(To::Availability));
        value
            .or_else(|| self.queued())
            .or_else(|| self.meters.take().map(|payload| Letter { to: To::Meters, payload, ticket: None }))
    }

    /// The broker has the letter with this ticket.
    pub fn acknowledged(&mut self, ticket: u64) {
        self.unacknowledged.retain(|letter| letter.ticket != Some(ticket));
    }

    /// Whether nothing waits, for room or for an acknowledgement.
    pub fn is_done(&self) -> bool {
        let due =
            [&self.discovery, &self.state, &self.health].iter().any(|slot| slot.due && slot.now.is_some());
        !due && self.answers.is_empty() && self.events.is_empty() && self.unacknowledged.is_empty()
    }

    /// Events dropped for want of room.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    fn letter(&mut self, to: To, payload: &str) -> Letter {
        self.next_ticket += 1;
        Letter { to, payload: payload.into(), ticket: Some(self.next_ticket) }
    }

    fn queued(&mut self) -> Option<Letter> {
        if self.unacknowledged.len() >= WINDOW {
            return None;
        }
        let letter = self.answers.pop_front().or_else(|| self.events.pop_front())?;
        self.unacknowledged.push_back(letter.clone());
        Some(letter)
    }

    fn trim(&mut self) {
        while self.events.len() > MOST_EVENTS {
            self.events.pop_front();
            self.dropped += 1;
        }
        while self.answers.len() > MOST_ANSWERS {
            self.answers.pop_front();
        }
    }
}

#[cfg(test)]
mod tests;
