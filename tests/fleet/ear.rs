//! Who listens on a broker as some user: mosquitto's own client, so that what is heard is not what we make of it.
use super::site::{DEADLINE, Site};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

/// As it was heard.
#[derive(Clone, Debug)]
pub struct Message {
    pub topic: String,
    pub payload: String,
    pub retained: bool,
}

impl Message {
    fn of(line: &str) -> Self {
        let message: Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| message[name].as_str().unwrap_or_default().to_owned();
        Self { topic: text("topic"), payload: text("payload"), retained: message["retain"] == 1 }
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.payload).unwrap()
    }
}

pub struct Ear {
    child: Child,
    messages: Receiver<Message>,
    pub heard: Vec<Message>,
}

impl Ear {
    /// Subscribes to `filters` as `user`; what is retained comes first.
    pub fn new(site: &Site, user: &str, filters: &[&str]) -> Self {
        let mut client = site.client("mosquitto_sub", user);
        filters.iter().for_each(|filter| {
            client.args(["-t", filter]);
        });
        client.args(["-F", "%j"]).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = client.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (tell, messages) = channel();
        std::thread::spawn(move || {
            lines.map_while(Result::ok).for_each(|line| drop(tell.send(Message::of(&line))));
        });
        Self { child, messages, heard: Vec::new() }
    }

    /// The next message; none if there has been none for `patience`.
    fn next(&mut self, until: Instant) -> Option<Message> {
        let message = self.messages.recv_timeout(until.saturating_duration_since(Instant::now())).ok()?;
        self.heard.push(message.clone());
        Some(message)
    }

    /// Listens until `done` with what is heard.
    pub fn until(&mut self, what: &str, mut done: impl FnMut(&Message) -> bool) -> Message {
        let end = Instant::now() + DEADLINE;
        loop {
            let Some(message) = self.next(end) else {
                let last: Vec<_> = self.heard.iter().rev().take(20).collect();
                panic!("never heard {what}; the last were {last:#?}");
            };
            if done(&message) {
                return message;
            }
        }
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
