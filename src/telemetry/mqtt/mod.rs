//! The broker: a thread of its own that connects, sends, listens and comes back; a handle that never waits for it.
//!
//! Runs on: supervisor (the handle), mqtt (everything below).
mod connection;
mod letters;
mod reason;
mod settings;
mod shared;
mod thread;
mod tls;

pub use super::discovery::BoxFacts;
pub use settings::{MqttError, MqttSettings, TlsSettings};
pub use shared::{Link, Reply, Request};

use super::buffer::Outbox;
use super::discovery;
use super::topics::Topics;
use super::{EventReport, Health, Located, MetersReport, StateReport};
use serde::Serialize;
use shared::{End, Shared};
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Duration;

/// How long [`Mqtt::stop`] waits for the broker.
const GOODBYE: Duration = Duration::from_millis(500);

/// The box's id and the version of its firmware.
type Named = (String, String);

/// The handle. Every call returns at once, broker or no broker. Dropped without [`Mqtt::stop`] the connection ends as
/// if the power were gone, and the broker says "offline" for us.
pub struct Mqtt {
    shared: Arc<Shared>,
    /// What Home Assistant is told; none where it is told nothing.
    discovery: Option<(BoxFacts, Named)>,
    /// Closed when the thread has ended.
    ended: Receiver<()>,
}

impl Mqtt {
    /// Reads the files that `settings` name and starts the thread, which connects by itself.
    ///
    /// # Errors
    ///
    /// A file that is missing or does not hold what it should, or no thread; never a broker that is away.
    pub fn spawn(settings: MqttSettings, facts: BoxFacts) -> Result<Self, MqttError> {
        let topics = Topics::new(&settings.id);
        let options = settings::options(&settings, &topics)?;
        let prefix = settings.discovery_prefix.as_deref();
        let about = discovery::About { id: &settings.id, version: &settings.version, topics: &topics };
        let outbox = Outbox::new(prefix.map(|_| discovery::config(&about, &facts)));
        let home = prefix.map(|prefix| discovery::Home::new(prefix, &settings.id));
        let shared = Arc::new(Shared::new(topics, facts.inputs.clone(), outbox));
        let discovery = prefix.map(|_| (facts, (settings.id.clone(), settings.version.clone())));
        let broker = format!("{}:{}", settings.host, settings.port);
        let ended = thread::spawn(thread::Job { shared: shared.clone(), options, home, broker })?;
        Ok(Self { shared, discovery, ended })
    }

    /// Tells Home Assistant which scenes there are, if it is not what it was.
    pub fn scenes<'a>(&mut self, names: impl Iterator<Item = &'a str> + Clone) {
        let Some((facts, (id, version))) = &mut self.discovery else { return };
        if facts.scenes.iter().map(String::as_str).eq(names.clone()) {
            return;
        }
        facts.scenes = names.map(str::to_owned).collect();
        let about = discovery::About { id, version, topics: &self.shared.topics };
        let text = discovery::config(&about, facts);
        self.shared.put(|inner| inner.outbox.discovery(&text));
    }

    /// Tells the state, if it is not what it was. Retained.
    pub fn state(&self, report: &StateReport) {
        let text = json(report);
        self.shared.put(|inner| inner.outbox.state(&text));
    }

    /// Tells the health. Retained.
    pub fn health(&self, health: &Health) {
        let text = json(health);
        self.shared.put(|inner| inner.outbox.health(&text));
    }

    /// Tells the meters, if anybody could hear it.
    pub fn meters(&self, report: &MetersReport) {
        if self.shared.lock().link.connected {
            let text = json(report);
            self.shared.put(|inner| inner.outbox.meters(&text));
        }
    }

    /// Tells an event, now or when the broker is back; of more than 512 that wait the oldest are dropped and counted.
    pub fn event(&self, report: &EventReport) {
        let text = json(report);
        self.shared.put(|inner| inner.outbox.event(&text));
    }

    /// The next request. Each has to be answered with [`Mqtt::answer`].
    pub fn request(&mut self) -> Option<Request> {
        self.shared.lock().requests.pop_front()
    }

    /// Says what became of a request: all of it done, with the takes that it named, or why nothing of it. A refusal is counted.
    pub fn answer(&self, reply: Reply, outcome: Result<Vec<Located>, String>) {
        self.shared.answer(reply, outcome);
    }

    /// How the connection is.
    pub fn link(&self) -> Link {
        let inner = self.shared.lock();
        Link { events_dropped: inner.outbox.dropped(), ..inner.link.clone() }
    }

    /// Sends what waits, says "offline" and ends; waits 500 ms for that at most.
    pub fn stop(self) {
        self.shared.end(End::Politely);
        // An error says that the thread is gone, or that it takes too long: then it ends by the drop.
        let _ = self.ended.recv_timeout(GOODBYE);
    }
}

impl Drop for Mqtt {
    fn drop(&mut self) {
        self.shared.end(End::AtOnce);
    }
}

/// A report as its topic carries it.
pub fn json(report: &impl Serialize) -> String {
    // Nothing in here can fail to become JSON; should it ever, the line says so instead of ending the box.
    serde_json::to_string(report).unwrap_or_else(|error| format!("{{\"error\":\"{error}\"}}"))
}
