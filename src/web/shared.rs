//! What the handle and the thread share: locks that are held for microseconds.
//!
//! Runs on: supervisor, web.
use super::live::Live;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tokio::sync::{Notify, oneshot};

/// Requests that wait for the supervisor at most.
pub(super) const MOST_REQUESTS: usize = 32;

/// What the page asks for, as it came: JSON, if it is right.
#[derive(Debug)]
pub struct Request {
    /// The body of the request.
    pub payload: Vec<u8>,
    /// Who waits for the answer.
    pub reply: Reply,
}

/// Who waits for an answer.
#[derive(Debug)]
pub struct Reply(pub(super) oneshot::Sender<(bool, String)>);

impl Reply {
    /// Says whether it was done, and the answer as JSON. Nobody has to be there any more.
    pub fn say(self, done: bool, json: String) {
        let _ = self.0.send((done, json));
    }
}

#[derive(Default)]
pub(super) struct Shared {
    pub live: Live,
    requests: Mutex<VecDeque<Request>>,
    code: Mutex<Option<(String, Instant)>>,
    ended: Mutex<bool>,
    ending: Notify,
}

/// Nothing in here is left half done by a panic that could matter more than going on.
pub(super) fn lock<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    /// Hands a request on to the supervisor; false where too many wait.
    pub fn ask(&self, request: Request) -> bool {
        let mut requests = lock(&self.requests);
        // Who went away before it was looked at does not count.
        requests.retain(|request| !request.reply.0.is_closed());
        let room = requests.len() < MOST_REQUESTS;
        if room {
            requests.push_back(request);
        }
        room
    }

    pub fn next(&self) -> Option<Request> {
        lock(&self.requests).pop_front()
    }

    /// Has a code shown until then, or none.
    pub fn show_code(&self, code: Option<(String, Instant)>) {
        *lock(&self.code) = code;
    }

    /// The code that is to be shown now.
    pub fn code(&self) -> Option<String> {
        let code = lock(&self.code);
        let (digits, _) = code.as_ref().filter(|(_, until)| Instant::now() < *until)?;
        Some(spaced(digits))
    }

    pub fn end(&self) {
        *lock(&self.ended) = true;
        self.ending.notify_one();
    }

    /// Comes back when it is to end.
    pub async fn ended(&self) {
        while !*lock(&self.ended) {
            self.ending.notified().await;
        }
    }
}

/// Six digits in two groups, as people read them out.
pub(super) fn spaced(digits: &str) -> String {
    let (first, last) = digits.split_at_checked(3).unwrap_or((digits, ""));
    format!("{first} {last}")
}
