//! Which take goes next, and when it is tried again. Pure.
//!
//! Runs on: delivery.
use super::failure::Failure;
use super::status::{DeliveryEvent, DeliveryStatus, Failed, TakeDelivery, TakeState};
pub use crate::config::DeliveryWhen as When;
use std::time::Duration;

/// Pause after the first try that failed; it doubles with each one.
pub const FIRST_PAUSE: Duration = Duration::from_secs(5);
/// Longest pause.
pub const LONGEST_PAUSE: Duration = Duration::from_secs(600);
/// So often a take is sent again of which something else arrived.
pub const MOST_WRONG: u32 = 3;

/// One take.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Item {
    take: String,
    state: TakeState,
    reason: Option<String>,
    /// Somebody wants it: it goes before others, and whatever is being recorded.
    asked: bool,
    wrong: u32,
}

/// All takes of the medium.
#[derive(Clone, Debug)]
pub struct Queue {
    when: When,
    /// The oldest first.
    items: Vec<Item>,
    retry_at: Duration,
    tries: u32,
    fault: Option<String>,
}

/// What is remembered of a take from an earlier run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remembered {
    /// How it stood.
    pub state: TakeState,
    /// Why it failed.
    pub reason: Option<String>,
    /// Somebody asked for it.
    pub asked: bool,
}

impl Queue {
    /// Empty.
    pub fn new(when: When) -> Self {
        Self { when, items: Vec::new(), retry_at: Duration::ZERO, tries: 0, fault: None }
    }

    /// Whether the take is known.
    pub fn has(&self, take: &str) -> bool {
        self.items.iter().any(|item| item.take == take)
    }

    /// Takes in what complete takes there are, the oldest first; `remembered` is asked of new ones. Those that are gone.
    pub fn see(
        &mut self,
        takes: &[String],
        mut remembered: impl FnMut(&str) -> Option<Remembered>,
    ) -> Vec<String> {
        let mut before = std::mem::take(&mut self.items);
        for take in takes {
            let known = before.iter().position(|item| item.take == *take).map(|at| before.remove(at));
            let item = known.or_else(|| {
                let Remembered { state, reason, asked } = match (remembered(take), self.when) {
                    (Some(known), _) => known,
                    (None, When::Asked) => return None,
                    (None, _) => Remembered::default(),
                };
                // What was under way when the power went waits.
                let state = if state == TakeState::Sending { TakeState::Waiting } else { state };
                Some(Item { take: take.clone(), state, reason, asked, wrong: 0 })
            });
            self.items.extend(item);
        }
        before.into_iter().map(|item| item.take).collect()
    }

    /// Somebody wants the take now, delivered or not; no pause is waited for.
    pub fn ask(&mut self, take: &str) {
        let wanted =
            Item { take: take.into(), state: TakeState::Waiting, reason: None, asked: true, wrong: 0 };
        match self.items.iter_mut().find(|item| item.take == take) {
            Some(item) => *item = wanted,
            None => self.items.push(wanted),
        }
        (self.retry_at, self.tries) = (Duration::ZERO, 0);
    }

    /// The take to send at `now`, while something is being recorded or not; one that was asked for first, then the oldest.
    pub fn next(&mut self, now: Duration, recording: bool) -> Option<String> {
        if now < self.retry_at {
            return None;
        }
        let idle = self.when != When::Idle || !recording;
        let waits = |item: &&mut Item| item.state == TakeState::Waiting && (item.asked || idle);
        let asked = self.items.iter().any(|item| item.state == TakeState::Waiting && item.asked);
        let item = self.items.iter_mut().filter(waits).find(|item| item.asked || !asked)?;
        item.state = TakeState::Sending;
        Some(item.take.clone())
    }

    /// Whether somebody asked for the take.
    pub fn is_asked(&self, take: &str) -> bool {
        self.items.iter().any(|item| item.take == take && item.asked)
    }

    /// How the sending of `take` ended at `now`; what is to be told of it.
    pub fn ended(&mut self, take: &str, outcome: Result<(), Failure>, now: Duration) -> Vec<DeliveryEvent> {
        let Some(item) = self.items.iter_mut().find(|item| item.take == take) else { return Vec::new() };
        let failed = |item: &mut Item, reason: String| {
            (item.state, item.reason, item.asked) = (TakeState::Failed, Some(reason.clone()), false);
            vec![DeliveryEvent::Failed { take: take.into(), reason }]
        };
        let (told, reached) = match outcome {
            Ok(()) => {
                (item.state, item.asked) = (TakeState::Done, false);
                (vec![DeliveryEvent::Delivered { take: take.into() }], true)
            }
            Err(Failure::Stopped) => {
                item.state = TakeState::Waiting;
                return Vec::new();
            }
            Err(Failure::Bad(reason)) => (failed(item, reason), false),
            Err(Failure::Wrong(reason)) => {
                item.wrong += 1;
                item.state = TakeState::Waiting;
                let last = item.wrong >= MOST_WRONG;
                (if last { failed(item, reason) } else { Vec::new() }, true)
            }
            Err(Failure::Later(reason)) => {
                item.state = TakeState::Waiting;
                return self.pause(reason, now);
            }
        };
        if !reached {
            return told;
        }
        (self.retry_at, self.tries) = (Duration::ZERO, 0);
        let better = self.fault.take().map(|_| DeliveryEvent::Recovered);
        better.into_iter().chain(told).collect()
    }

    /// Nothing can go for some time: twice as long as the time before.
    fn pause(&mut self, reason: String, now: Duration) -> Vec<DeliveryEvent> {
        let pause = FIRST_PAUSE.saturating_mul(1 << self.tries.min(16)).min(LONGEST_PAUSE);
        (self.retry_at, self.tries) = (now + pause, self.tries.saturating_add(1));
        let new = self.fault.as_ref() != Some(&reason);
        self.fault = Some(reason.clone());
        if new { vec![DeliveryEvent::Fault { reason }] } else { Vec::new() }
    }

    /// Nobody wants what waits any more: it fails with `reason`. Their names.
    pub fn stop(&mut self, reason: &str) -> Vec<String> {
        let waiting = self
            .items
            .iter_mut()
            .filter(|item| matches!(item.state, TakeState::Waiting | TakeState::Sending));
        let stop = |item: &mut Item| {
            (item.state, item.reason, item.asked) = (TakeState::Failed, Some(reason.into()), false);
            item.take.clone()
        };
        waiting.map(stop).collect()
    }

    /// What is to be remembered of the take.
    pub fn remember(&self, take: &str) -> Option<Remembered> {
        let item = self.items.iter().find(|item| item.take == take)?;
        Some(Remembered { state: item.state, reason: item.reason.clone(), asked: item.asked })
    }

    /// How it all stands; `progress` is that of the take that goes.
    pub fn status(&self, progress: f32) -> DeliveryStatus {
        let mut status = DeliveryStatus { fault: self.fault.clone(), ..DeliveryStatus::default() };
        for item in &self.items {
            let take = item.take.clone();
            let mut one = TakeDelivery { state: item.state, reason: item.reason.clone(), progress: 0.0 };
            match item.state {
                TakeState::Waiting => status.waiting += 1,
                TakeState::Sending => {
                    one.progress = progress;
                    status.sending = Some(super::status::Sending { take: take.clone(), progress });
                }
                TakeState::Done => {
                    one.progress = 1.0;
                    status.done += 1;
                }
                TakeState::Failed => {
                    let reason = item.reason.clone().unwrap_or_default();
                    status.failed.push(Failed { take: take.clone(), reason });
                }
            }
            status.takes.insert(take, one);
        }
        status
    }
}

#[cfg(test)]
#[path = "queue_tests.rs"]
mod tests;
