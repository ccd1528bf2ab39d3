//! The broker: what is told when, and what is asked for.
//!
//! Runs on: supervisor.
use super::super::RunError;
use super::super::levels::Levels;
use super::super::loudness;
use super::super::sentry::Channels;
use super::super::status::Status;
use crate::config::{Config, MqttConfig};
use crate::guard::InputHealth;
use crate::panel::Bridge;
use crate::telemetry::mqtt::{Link, Mqtt, MqttSettings, Reply, Request, TlsSettings};
use crate::telemetry::{
    BoxFacts, EventReport, Located, MetersReport, Occurrence, SelfTestReport, StateReport,
};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use vestry_rt::meter::MeterFrame;

/// Ports that the Internet Assigned Numbers Authority gave MQTT without and with TLS.
const PORTS: [u16; 2] = [1_883, 8_883];

/// The connection and what is due.
pub struct Broker {
    mqtt: Mqtt,
    levels: Levels,
    /// Between two messages of meters; none are wanted without.
    meters_every: Option<Duration>,
    health_every: Duration,
    meters_due: Instant,
    health_due: Instant,
    begun: Instant,
    found: Found,
}

/// What makes a report of health due.
#[derive(Clone, Debug, Default, PartialEq)]
struct Found {
    channels: Channels,
    inputs: Vec<InputHealth>,
    /// When the last self-test ended.
    tested: Option<f64>,
}

impl Broker {
    /// Starts the connection; none if no broker is configured.
    pub fn open(mqtt: &MqttConfig, config: &Config) -> Result<Option<Self>, RunError> {
        let Some(settings) = settings(mqtt) else { return Ok(None) };
        let facts = BoxFacts {
            inputs: config.lanes().into_iter().map(|lane| lane.name).collect(),
            outputs: config.outputs,
            meters: mqtt.meters_hz > 0.0,
            mix_loudness: config.loudness && config.recording.mix,
            media: Some(config.media())
                .filter(|media| media.len() > 1)
                .map_or_else(Vec::new, |media| media.into_iter().map(|(name, _)| name).collect()),
            scenes: Vec::new(),
            pads: config.player.dir.is_some().then(|| config.pads_called()),
            delivery: config.delivery.target.is_some(),
        };
        let now = Instant::now();
        Ok(Some(Self {
            mqtt: Mqtt::spawn(settings, facts)?,
            levels: Levels::new(config.inputs),
            meters_every: (mqtt.meters_hz > 0.0).then(|| Duration::from_secs_f64(1.0 / mqtt.meters_hz)),
            health_every: Duration::from_secs(u64::from(mqtt.health_s)),
            meters_due: now,
            health_due: now,
            begun: now,
            found: Found::default(),
        }))
    }

    /// The next request.
    pub fn asked(&mut self) -> Option<Request> {
        self.mqtt.request()
    }

    /// Says what became of it.
    pub fn answer(&self, reply: Reply, outcome: Result<Vec<Located>, String>) {
        self.mqtt.answer(reply, outcome);
    }

    /// Tells of something that happened.
    pub fn tell(&self, event: &EventReport) {
        self.mqtt.event(event);
    }

    /// Adds what the meters showed since the last look.
    pub fn meters(&mut self, meters: &MeterFrame) {
        self.levels.add(meters);
    }

    /// How the connection is.
    pub fn link(&self) -> Link {
        self.mqtt.link()
    }

    /// Tells what is due.
    pub fn report(&mut self, status: &Status<'_>, bridge: &Bridge, self_test: &SelfTestReport) {
        self.mqtt.scenes(status.policy.scenes.names());
        self.mqtt.state(&status.state_report(bridge));
        let now = Instant::now();
        if let Some(every) = self.meters_every
            && now >= self.meters_due
        {
            self.meters_due = next(self.meters_due, every, now);
            if let Some(report) = meters(&mut self.levels, status) {
                self.mqtt.meters(&report);
            }
        }
        // What is found out is told at once.
        let found = Found {
            channels: status.policy.channels.clone(),
            inputs: status.policy.inputs.clone(),
            tested: self_test.time,
        };
        if now >= self.health_due || found != self.found {
            self.found = found;
            self.health_due = next(self.health_due, self.health_every, now);
            self.mqtt.health(&status.health(self.begun.elapsed(), self_test));
        }
    }

    /// Says goodbye; `last` is what the broker is to remember.
    pub fn close(self, last: &StateReport) {
        self.mqtt.state(last);
        self.mqtt.stop();
    }
}

/// Something that happened just now, to one of several media if one is named.
pub fn event(medium: Option<String>, what: Occurrence) -> EventReport {
    let time = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64());
    EventReport { time, medium, what }
}

/// The meters since the last report; none if no sound has come since.
pub fn meters(levels: &mut Levels, status: &Status<'_>) -> Option<MetersReport> {
    let report = levels.report()?;
    let loudness = status.loudness.as_ref().map(loudness::live);
    let pads = status.player.map(|player| player.times.clone()).unwrap_or_default();
    Some(MetersReport { loudness, pads, ..report })
}

/// Keeps the pace; after a pause it begins anew instead of making up for it.
fn next(due: Instant, every: Duration, now: Instant) -> Instant {
    if now < due + every { due + every } else { now + every }
}

fn settings(mqtt: &MqttConfig) -> Option<MqttSettings> {
    let client = mqtt.client_cert_file.clone().zip(mqtt.client_key_file.clone());
    Some(MqttSettings {
        host: mqtt.host.clone()?,
        port: mqtt.port.unwrap_or(PORTS[usize::from(mqtt.tls)]),
        id: mqtt.id.clone(),
        tls: mqtt.tls.then(|| TlsSettings { ca_file: mqtt.ca_file.clone(), client }),
        credentials_file: mqtt.credentials_file.clone(),
        discovery_prefix: mqtt.discovery.then(|| mqtt.discovery_prefix.clone()),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    })
}
