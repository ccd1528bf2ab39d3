//! What happens, told to every page that looks: Server-Sent Events (WHATWG HTML, section 9.2). A page that is slow gets what is newest
//! and holds up nobody.
//!
//! Runs on: supervisor (what is told), web.
use super::answer::{self, Answer};
use super::app::App;
use super::auth::Key;
use super::body::{Body, Bytes};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::{broadcast, mpsc, watch};
use tokio::time::{interval, timeout};

/// Pages that look at once; each costs some 40 KB and its share of 20 reports a second.
pub(super) const MOST_LIVE: usize = 8;
/// Events that wait for a slow page; of more the oldest are missed.
const MOST_EVENTS: usize = 64;
/// A comment goes out at a look when there was nothing else for so long: each 10 s at most.
const QUIET: Duration = Duration::from_secs(5);
/// Between two looks at whether the session is still good.
const LOOK: Duration = Duration::from_secs(5);
/// A page that takes nothing for so long is gone.
const PATIENCE: Duration = Duration::from_secs(30);

/// A value: only how it is now counts.
type Value = Option<Arc<str>>;

/// What is told, and how many listen.
pub(super) struct Live {
    state: watch::Sender<Value>,
    health: watch::Sender<Value>,
    meters: watch::Sender<Value>,
    events: broadcast::Sender<Arc<str>>,
    watchers: AtomicUsize,
}

impl Default for Live {
    fn default() -> Self {
        let value = || watch::Sender::new(None);
        Self {
            state: value(),
            health: value(),
            meters: value(),
            events: broadcast::Sender::new(MOST_EVENTS),
            watchers: AtomicUsize::new(0),
        }
    }
}

/// What it already was is not told again.
fn set(value: &watch::Sender<Value>, json: String) {
    value.send_if_modified(|now| {
        let new = now.as_deref() != Some(&json);
        if new {
            *now = Some(json.into());
        }
        new
    });
}

impl Live {
    pub fn watched(&self) -> bool {
        self.watchers.load(Ordering::Relaxed) > 0
    }

    pub fn state(&self, json: String) {
        set(&self.state, json);
    }

    pub fn health(&self, json: String) {
        set(&self.health, json);
    }

    /// Told each time: meters that stay as they are have moved on all the same.
    pub fn meters(&self, json: String) {
        self.meters.send_replace(Some(json.into()));
    }

    pub fn event(&self, json: String) {
        // An error says that nobody listens.
        let _ = self.events.send(json.into());
    }

    pub fn forget(&self) {
        for value in [&self.state, &self.health, &self.meters] {
            value.send_if_modified(|now| now.take().is_some());
        }
    }

    /// Takes a seat among those that look; none where all are taken.
    fn watch(&self) -> Option<usize> {
        let more = |count: usize| (count < MOST_LIVE).then_some(count + 1);
        self.watchers.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).ok()
    }
}

/// A page that looks; its drop gives the seat back.
struct Watcher {
    app: Arc<App>,
    state: watch::Receiver<Value>,
    health: watch::Receiver<Value>,
    meters: watch::Receiver<Value>,
    events: broadcast::Receiver<Arc<str>>,
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.app.shared.live.watchers.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Begins to tell.
pub(super) fn start(app: &Arc<App>, key: Key) -> Answer {
    let live = &app.shared.live;
    if live.watch().is_none() {
        return answer::refused(503, &format!("{MOST_LIVE} pages look already: close one"));
    }
    let mut watcher = Watcher {
        app: app.clone(),
        state: live.state.subscribe(),
        health: live.health.subscribe(),
        meters: live.meters.subscribe(),
        events: live.events.subscribe(),
    };
    // What is known is told at once.
    watcher.state.mark_changed();
    watcher.health.mark_changed();
    // One that waits and one that is made: a slow page is at most this far behind.
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move { watcher.tell(&sender, key).await });
    answer::with(
        200,
        &[("content-type", "text/event-stream"), ("cache-control", "no-store")],
        Body::endless(receiver),
    )
}

impl Watcher {
    async fn tell(&mut self, to: &mpsc::Sender<std::io::Result<Bytes>>, key: Key) {
        let mut look = interval(LOOK);
        let mut told = Instant::now();
        loop {
            let text = tokio::select! {
                biased;
                _ = look.tick() => match self.app.sessions().touch(&key, Instant::now()) {
                    false => return,
                    true if told.elapsed() < QUIET => continue,
                    true => ": quiet\n\n".to_owned(),
                },
                event = self.events.recv() => match event {
                    Ok(json) => said("event", &json),
                    Err(broadcast::error::RecvError::Lagged(missed)) => format!(": {missed} events were missed\n\n"),
                    Err(broadcast::error::RecvError::Closed) => return,
                },
                _ = self.state.changed() => news("state", &mut self.state),
                _ = self.health.changed() => news("health", &mut self.health),
                _ = self.meters.changed() => news("meters", &mut self.meters),
                () = to.closed() => return,
            };
            if text.is_empty() {
                continue;
            }
            told = Instant::now();
            if !matches!(timeout(PATIENCE, to.send(Ok(text.into()))).await, Ok(Ok(()))) {
                return;
            }
        }
    }
}

/// What is newest; nothing where it was forgotten.
fn news(name: &str, from: &mut watch::Receiver<Value>) -> String {
    from.borrow_and_update().as_deref().map(|json| said(name, json)).unwrap_or_default()
}

/// JSON has no line breaks of its own.
fn said(name: &str, json: &str) -> String {
    format!("event: {name}\ndata: {json}\n\n")
}
