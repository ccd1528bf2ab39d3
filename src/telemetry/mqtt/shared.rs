//! What the handle and the thread share: a lock that is held for microseconds, and two bells.
//!
//! Runs on: supervisor, mqtt.
use super::super::answer::{self, Located};
use super::super::buffer::Outbox;
use super::super::control::Control;
use super::super::request::{Message, Reason, Refusal, parse};
use super::super::topics::Topics;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// Requests that wait for the supervisor at most.
const MOST_REQUESTS: usize = 64;
/// Longest correlation data that is given back, in bytes.
const MAX_CORRELATION: usize = 256;

/// How the connection is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// Whether the broker is there.
    pub connected: bool,
    /// Connections after the first.
    pub reconnects: u64,
    /// Requests that were refused, here or by the supervisor.
    pub refused: u64,
    /// Events that found no room while the broker was away.
    pub events_dropped: u64,
    /// Messages sent.
    pub sent: u64,
    /// Why the broker is not there, or the last thing that it refused.
    pub last_error: Option<String>,
}

/// Controls to be applied together, and where to say what became of them.
#[derive(Debug)]
pub struct Request {
    /// What is asked for, at least one.
    pub controls: Vec<Control>,
    /// To be handed back with the outcome.
    pub reply: Reply,
}

/// Who waits for an answer.
#[derive(Debug)]
pub struct Reply {
    topic: String,
    correlation: Option<Vec<u8>>,
    id: Option<String>,
    controls: Vec<Control>,
}

/// How the thread is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Once everything is sent and we have said goodbye.
    Politely,
    /// Now, as if the power were gone: the broker publishes the last will.
    AtOnce,
}

/// What is under the lock.
pub(super) struct Inner {
    pub outbox: Outbox,
    pub requests: VecDeque<Request>,
    pub link: Link,
    pub end: Option<End>,
    /// Whether there ever was a connection.
    pub was_connected: bool,
}

pub(super) struct Shared {
    pub topics: Topics,
    inputs: Vec<String>,
    inner: Mutex<Inner>,
    /// There is something to send.
    pub work: Notify,
    /// It is to end.
    pub ending: Notify,
}

/// A message as it came from the broker.
pub(super) struct Incoming<'a> {
    pub message: Message<'a>,
    pub response_topic: Option<&'a str>,
    pub correlation: Option<&'a [u8]>,
}

impl Shared {
    pub fn new(topics: Topics, inputs: Vec<String>, outbox: Outbox) -> Self {
        let (requests, link) = (VecDeque::new(), Link::default());
        let inner = Inner { outbox, requests, link, end: None, was_connected: false };
        Self { topics, inputs, inner: Mutex::new(inner), work: Notify::new(), ending: Notify::new() }
    }

    pub fn lock(&self) -> MutexGuard<'_, Inner> {
        // Nothing in here is left half done by a panic that could matter more than going on.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes what waits, and wakes the thread.
    pub fn put(&self, change: impl FnOnce(&mut Inner)) {
        change(&mut self.lock());
        self.work.notify_one();
    }

    pub fn end(&self, how: End) {
        self.put(|inner| inner.end = Some(how));
        self.ending.notify_one();
    }

    /// Hands a request on to the supervisor, or refuses it.
    pub fn take(&self, incoming: Incoming<'_>) {
        let wish = parse(incoming.message, &self.inputs);
        let room = self.lock().requests.len();
        let wish = match wish {
            Ok(wish) if room >= MOST_REQUESTS => Err(Refusal { id: wish.id, reason: Reason::Busy(room) }),
            wish => wish,
        };
        let topic = self.topics.answer(incoming.response_topic);
        let correlation = incoming.correlation.map(<[u8]>::to_vec);
        match wish {
            _ if correlation.as_ref().is_some_and(|data| data.len() > MAX_CORRELATION) => {
                let reason = format!("correlation data: {MAX_CORRELATION} bytes at most");
                self.refuse(&incoming, topic, None, &reason);
            }
            Ok(wish) => {
                let reply = Reply { topic, correlation, id: wish.id, controls: wish.controls.clone() };
                self.lock().requests.push_back(Request { controls: wish.controls, reply });
            }
            Err(refusal) => self.refuse(&incoming, topic, refusal.id.as_deref(), &refusal.reason.to_string()),
        }
    }

    fn refuse(&self, incoming: &Incoming<'_>, topic: String, id: Option<&str>, reason: &str) {
        tracing::debug!("mqtt: {}: refused: {reason}", incoming.message.topic);
        let text = answer::to_nonsense(id, incoming.message.topic, reason);
        let data = incoming.correlation.filter(|data| data.len() <= MAX_CORRELATION).map(<[u8]>::to_vec);
        self.put(|inner| {
            inner.link.refused += 1;
            inner.outbox.answer(topic, data, &text);
        });
    }

    /// What became of a request.
    pub fn answer(&self, reply: Reply, outcome: Result<Vec<Located>, String>) {
        let told = outcome.as_deref().map_err(String::as_str);
        let text = answer::to_controls(reply.id.as_deref(), &reply.controls, told);
        self.put(|inner| {
            inner.link.refused += u64::from(outcome.is_err());
            inner.outbox.answer(reply.topic, reply.correlation, &text);
        });
    }
}
