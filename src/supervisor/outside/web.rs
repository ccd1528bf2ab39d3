//! The page: what is told when, and what is asked for. Nothing is made for it while nobody looks.
//!
//! Runs on: supervisor.
use super::super::RunError;
use super::super::delivery::Told;
use super::super::levels::Levels;
use super::super::status::Status;
use super::super::takes_for_web::TakesForWeb;
use super::asked::Asked;
use super::broker;
use crate::config::Config;
use crate::panel::Bridge;
use crate::rt_io::sched;
use crate::telemetry::request::{Message, parse};
use crate::telemetry::{SelfTestReport, StateReport, json, to_nonsense};
use crate::web::{Reply, Request, Web, WebSettings};
use std::sync::Arc;
use std::time::{Duration, Instant};
use vestry_rt::meter::MeterFrame;

/// Between two reports of health while somebody looks.
const HEALTH_EVERY: Duration = Duration::from_secs(2);

/// The page and what is due.
pub struct Page {
    web: Web,
    levels: Levels,
    health_due: Instant,
    begun: Instant,
    watched: bool,
}

impl Page {
    /// Starts the server; none if no address is configured.
    pub fn open(config: &Config, delivered: Option<Told>) -> Result<Option<Self>, RunError> {
        let Some(settings) = settings(config) else { return Ok(None) };
        let takes = Arc::new(TakesForWeb::new(config.media(), delivered));
        let now = Instant::now();
        Ok(Some(Self {
            web: Web::spawn(settings, takes, sched::stand_back)?,
            levels: Levels::new(config.inputs),
            health_due: now,
            begun: now,
            watched: false,
        }))
    }

    /// The next request that makes sense; what makes none is answered here.
    pub fn asked(&mut self) -> Option<Asked> {
        while let Some(Request { payload, reply }) = self.web.request() {
            match parse(Message { topic: "command", payload: &payload, retained: false }, &[]) {
                Ok(wish) => return Some(Asked::by_page(wish, reply)),
                Err(refusal) => refuse(reply, refusal.id.as_deref(), &refusal.reason.to_string()),
            }
        }
        None
    }

    /// Tells of something that happened.
    pub fn tell(&self, event: String) {
        self.web.event(event);
    }

    /// Adds what the meters showed since the last look.
    pub fn meters(&mut self, meters: &MeterFrame) {
        if self.watched {
            self.levels.add(meters);
        }
    }

    /// The code for a new password, while one counts.
    pub fn code(&self) -> Option<String> {
        self.web.code()
    }

    /// Takes it off the display.
    pub fn hide_code(&self) {
        self.web.hide_code();
    }

    /// Tells what is due: the meters each time, as somebody looks at them.
    pub fn report(&mut self, status: &Status<'_>, bridge: &Bridge, self_test: &SelfTestReport) {
        let watched = self.web.watched();
        if watched != self.watched {
            self.watched = watched;
            self.health_due = Instant::now();
            self.web.unwatched();
        }
        if !watched {
            return;
        }
        self.web.state(json(&status.state_report(bridge)));
        if let Some(report) = broker::meters(&mut self.levels, status) {
            self.web.meters(json(&report));
        }
        let now = Instant::now();
        if now >= self.health_due {
            self.health_due = now + HEALTH_EVERY;
            self.web.health(json(&status.health(self.begun.elapsed(), self_test)));
        }
    }

    /// Ends it; `last` is what those who look see last.
    pub fn close(self, last: &StateReport) {
        self.web.state(json(last));
        self.web.stop();
    }
}

fn refuse(reply: Reply, id: Option<&str>, reason: &str) {
    tracing::debug!("web: refused: {reason}");
    reply.say(false, to_nonsense(id, "command", reason));
}

fn settings(config: &Config) -> Option<WebSettings> {
    let web = &config.web;
    Some(WebSettings {
        listen: web.listen?.0,
        password_file: config.web_password(),
        tls: web.tls_cert.clone().zip(web.tls_key.clone()),
        names: web.names.clone(),
        id: config.mqtt.id.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    })
}
