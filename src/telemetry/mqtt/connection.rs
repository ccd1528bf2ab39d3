//! One connection, from the first packet to the last.
//!
//! Runs on: mqtt.
use super::super::buffer::{Letter, To};
use super::super::discovery;
use super::super::request::Message;
use super::letters;
use super::reason;
use super::settings::KEEP_ALIVE;
use super::shared::{End, Incoming, Shared};
use super::thread::{Job, ended};
use rumqttc::Outgoing;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{ConnAck, Filter, Packet, PubAck, Publish};
use rumqttc::v5::{AsyncClient, Event, EventLoop};
use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

/// Messages between the outbox and the wire; few, so that what is newest overtakes what waits.
const ON_THE_WAY: usize = 4;
/// Longest try to connect: name, TCP, TLS and MQTT.
const CONNECT: Duration = Duration::from_secs(10);

/// Why a connection ended, and since when it had been one.
pub(super) struct Fault {
    pub reason: String,
    pub since: Option<Instant>,
}

/// What a message on its way means to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tag {
    /// A letter; with a ticket if it has to be acknowledged.
    Letter(Option<u64>),
    /// "offline".
    Farewell,
}

/// Which messages are on their way to the wire, in order, and which wait for the broker.
#[derive(Default)]
struct Way {
    submitted: VecDeque<Tag>,
    unacknowledged: HashMap<u16, Tag>,
    /// Largest packet that the broker takes.
    largest: Option<usize>,
}

struct Connection<'a> {
    job: &'a Job,
    client: AsyncClient,
    way: RefCell<Way>,
}

/// Connects and stays connected as long as it lasts.
pub(super) async fn run(job: &Job) -> Fault {
    let (client, mut events) = AsyncClient::new(job.options.clone(), ON_THE_WAY);
    let connection = Connection { job, client, way: RefCell::default() };
    let mut since = None;
    let reason = tokio::select! {
        reason = connection.listen(&mut events, &mut since) => reason,
        reason = connection.send() => reason,
        () = ended(&job.shared) => "ended".into(),
    };
    Fault { reason, since }
}

impl Connection<'_> {
    fn shared(&self) -> &Shared {
        &self.job.shared
    }

    /// Drives the protocol. Never left in the middle but to end the connection.
    async fn listen(&self, events: &mut EventLoop, since: &mut Option<Instant>) -> String {
        let mut quiet = CONNECT;
        loop {
            let event = match tokio::time::timeout(quiet, events.poll()).await {
                Ok(Ok(event)) => event,
                Ok(Err(error)) => return reason::of_connection(&error),
                Err(_) => return "no answer".into(),
            };
            if let Event::Incoming(Packet::ConnAck(connack)) = &event {
                *since = Some(Instant::now());
                // A broker may ask for fewer signs of life, and has its way once; we still want to notice soon that it
                // is gone.
                quiet = events.options.keep_alive() + 2 * KEEP_ALIVE;
                if !(1..=KEEP_ALIVE.as_secs()).contains(&events.options.keep_alive().as_secs()) {
                    events.options.set_keep_alive(KEEP_ALIVE);
                }
                if let Err(error) = self.begin(connack) {
                    return error;
                }
            }
            if let Err(reason) = self.heard(event) {
                return reason;
            }
        }
    }

    /// Subscribes, then lets the letters go.
    fn begin(&self, connack: &ConnAck) -> Result<(), String> {
        let largest = connack.properties.as_ref().and_then(|properties| properties.max_packet_size);
        self.way.borrow_mut().largest = largest.map(|bytes| bytes as usize);
        let mut filters: Vec<_> =
            self.shared().topics.commands().map(|topic| Filter::new(topic, QoS::AtLeastOnce)).into();
        filters.extend(self.job.home.iter().map(|home| Filter::new(home.status.clone(), QoS::AtMostOnce)));
        for filter in &mut filters {
            // Whoever sets the retain flag is told that this is wrong, even if we were there to hear it.
            filter.preserve_retain = true;
        }
        self.client.try_subscribe_many(filters).map_err(|error| error.to_string())?;
        self.shared().put(|inner| {
            inner.link.reconnects += u64::from(inner.was_connected);
            inner.was_connected = true;
            inner.link.connected = true;
            inner.link.last_error = None;
            inner.outbox.connected();
        });
        tracing::info!("mqtt: {}: connected", self.job.broker);
        Ok(())
    }

    fn heard(&self, event: Event) -> Result<(), String> {
        match event {
            Event::Outgoing(Outgoing::Publish(id)) => self.sent(id),
            // The broker acknowledges others but not this one for long: it has lost it.
            Event::Outgoing(Outgoing::AwaitAck(_)) => return Err("an acknowledgement is missing".into()),
            Event::Outgoing(Outgoing::Disconnect) => return Err("ended".into()),
            Event::Incoming(Packet::PubAck(puback)) => return self.acknowledged(&puback),
            Event::Incoming(Packet::Publish(publish)) => self.received(&publish),
            Event::Incoming(Packet::SubAck(suback)) => {
                if let Some(reason) = reason::of_subscription(&suback) {
                    self.complain(reason);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn sent(&self, id: u16) {
        let mut way = self.way.borrow_mut();
        let tag = way.submitted.pop_front();
        // 0 is a message that is never acknowledged.
        if let Some(tag) = tag.filter(|_| id != 0) {
            way.unacknowledged.insert(id, tag);
        }
        self.shared().lock().link.sent += 1;
    }

    fn acknowledged(&self, puback: &PubAck) -> Result<(), String> {
        if let Some(reason) = reason::of_publication(puback) {
            self.complain(reason);
        }
        match self.way.borrow_mut().unacknowledged.remove(&puback.pkid) {
            Some(Tag::Letter(Some(ticket))) => self.shared().put(|inner| inner.outbox.acknowledged(ticket)),
            Some(Tag::Farewell) => self.client.try_disconnect().map_err(|error| error.to_string())?,
            _ => {}
        }
        Ok(())
    }

    /// What the broker does not let us do costs no connection.
    fn complain(&self, reason: String) {
        let mut inner = self.shared().lock();
        if inner.link.last_error.as_ref() != Some(&reason) {
            tracing::warn!("mqtt: {}: {reason}", self.job.broker);
        }
        inner.link.last_error = Some(reason);
    }

    fn received(&self, publish: &Publish) {
        let topic = String::from_utf8_lossy(&publish.topic);
        let home = self.job.home.as_ref().filter(|home| home.status == topic);
        if home.is_some() {
            // A retained one is old: everything has been announced since.
            if publish.payload == "online" && !publish.retain {
                self.shared().put(|inner| inner.outbox.announce());
            }
        } else if let Some(wish) = self.shared().topics.wish(&topic) {
            let properties = publish.properties.as_ref();
            self.shared().take(Incoming {
                message: Message { topic: wish, payload: &publish.payload, retained: publish.retain },
                response_topic: properties.and_then(|properties| properties.response_topic.as_deref()),
                correlation: properties.and_then(|properties| properties.correlation_data.as_deref()),
            });
        }
    }

    /// Hands over what waits, as fast as it is taken.
    async fn send(&self) -> String {
        loop {
            let (letter, done) = {
                let mut inner = self.shared().lock();
                (inner.outbox.pop(), inner.end == Some(End::Politely) && inner.outbox.is_done())
            };
            let (publish, tag) = match letter {
                Some(letter) => (self.message(&letter), Tag::Letter(letter.ticket)),
                None if done && self.shared().lock().link.connected => (Some(self.farewell()), Tag::Farewell),
                None => {
                    self.shared().work.notified().await;
                    continue;
                }
            };
            if let Some(publish) = publish.filter(|publish| self.fits(publish, tag))
                && let Err(reason) = self.hand_over(publish, tag).await
            {
                return reason;
            }
            if tag == Tag::Farewell {
                // The broker's acknowledgement ends the connection.
                std::future::pending::<()>().await;
            }
        }
    }

    /// A letter as it goes out. Home Assistant's is shortened where the broker does not take the whole.
    fn message(&self, letter: &Letter) -> Option<Publish> {
        let mut publish = letters::publish(letter, &self.shared().topics, self.job.home.as_ref())?;
        let largest = self.way.borrow().largest.unwrap_or(usize::MAX);
        if letter.to == To::Discovery && letters::size(&publish) > largest {
            let whole = publish.payload.len();
            publish.payload = discovery::shown(&letter.payload).into();
            self.complain(format!(
                "discovery: {whole} bytes, the broker takes {largest}: sent without what is disabled at first"
            ));
        }
        Some(publish)
    }

    fn farewell(&self) -> Publish {
        let mut publish =
            Publish::new(self.shared().topics.availability(), QoS::AtLeastOnce, "offline", None);
        publish.retain = true;
        publish
    }

    /// What is too large for the broker would end the connection, again and again.
    fn fits(&self, publish: &Publish, tag: Tag) -> bool {
        let largest = self.way.borrow().largest.unwrap_or(usize::MAX);
        let fits = letters::size(publish) <= largest;
        if !fits {
            let topic = String::from_utf8_lossy(&publish.topic);
            self.complain(format!("{topic}: {} bytes, the broker takes {largest}", publish.payload.len()));
            if let Tag::Letter(Some(ticket)) = tag {
                self.shared().lock().outbox.acknowledged(ticket);
            }
        }
        fits
    }

    async fn hand_over(&self, publish: Publish, tag: Tag) -> Result<(), String> {
        self.way.borrow_mut().submitted.push_back(tag);
        let Publish { topic, qos, retain, payload, properties, .. } = publish;
        let topic = String::from_utf8_lossy(&topic).into_owned();
        let sent = match properties {
            Some(properties) => {
                self.client.publish_with_properties(topic, qos, retain, payload, properties).await
            }
            None => self.client.publish(topic, qos, retain, payload).await,
        };
        sent.map_err(|error| error.to_string())
    }
}
