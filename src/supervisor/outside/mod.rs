//! The box's outside: terminal, buttons, lamps, display, broker, page and service manager. Any of them may be missing or
//! fail while the box runs; none of them can hold up another.
//!
//! Runs on: supervisor.
mod asked;
mod broker;
mod keys;
mod lamps;
mod oled;
mod service;
mod terminal;
mod web;

use super::RunError;
use super::delivery::Told;
use super::status::{Status, Surroundings};
use crate::config::Config;
use crate::hal::linux::{self, ServiceManager};
use crate::hal::log::LogSink;
use crate::panel::{BoxState, Bridge, PanelAction, View};
use crate::telemetry::{Located, Occurrence, SelfTestReport, StateReport, json};
use asked::Reply;
use broker::Broker;
use keys::Keys;
use lamps::Lamps;
use oled::Oled;
use service::Service;
use std::time::{Duration, Instant};
use terminal::Terminal;
use web::Page;

pub use asked::Asked;

/// Between two looks at what changes slowly.
const SLOWLY: Duration = Duration::from_secs(2);

/// All of it.
pub struct Outside {
    terminal: Terminal,
    keys: Option<Keys>,
    lamps: Lamps,
    oled: Option<Oled>,
    broker: Option<Broker>,
    page: Option<Page>,
    service: Service,
    cpu_celsius: Option<f32>,
    address: Option<String>,
    looked: Option<Instant>,
}

impl Outside {
    /// Opens what the configuration names. The terminal comes last: until then errors have to be seen.
    ///
    /// # Errors
    /// A line, file or terminal that is not as the configuration says. A display or broker that is away is no error.
    pub fn open(config: &Config, log: &LogSink, delivered: Option<Told>) -> Result<Self, RunError> {
        let manager = ServiceManager::from_env();
        let managed = manager.is_there();
        Ok(Self {
            keys: Keys::open(&config.panel)?,
            lamps: Lamps::open(&config.panel)?,
            oled: Oled::open(config)?,
            broker: Broker::open(&config.mqtt, config)?,
            page: Page::open(config, delivered)?,
            service: Service::new(manager, Duration::from_secs(u64::from(config.record_pool_seconds))),
            terminal: Terminal::open(log, managed)?,
            cpu_celsius: None,
            address: None,
            looked: None,
        })
    }

    /// What people pressed since the last call, and how long ago; `pads` is whether the page Pads is shown.
    pub fn pressed(&mut self, recording: bool, pads: bool) -> Vec<(PanelAction, Duration)> {
        let typed = self.terminal.typed(pads).into_iter().map(|action| (action, Duration::ZERO));
        let mut pressed: Vec<_> = typed.collect();
        if let Some(keys) = &mut self.keys {
            pressed.extend(keys.pressed(recording, pads));
        }
        // Who asks for codes must not take the display from who works with it.
        if let Some(page) = self.page.as_ref().filter(|_| !pressed.is_empty()) {
            page.hide_code();
        }
        pressed
    }

    /// The next request, from the broker or from the page.
    pub fn asked(&mut self) -> Option<Asked> {
        let from_broker = self.broker.as_mut().and_then(Broker::asked).map(Asked::from);
        from_broker.or_else(|| self.page.as_mut()?.asked())
    }

    /// Says what became of a request.
    pub fn answer(&self, asked: Asked, outcome: Result<Vec<Located>, String>) {
        match (asked.reply, &self.broker) {
            (Reply::Broker(reply), Some(broker)) => broker.answer(reply, outcome),
            (Reply::Broker(_), None) => {}
            (Reply::Page(reply), _) => reply.say(&asked.controls, outcome),
        }
    }

    /// Tells the technician of something, that befell one of several media if one is named.
    pub fn tell(&self, medium: Option<String>, what: Occurrence) {
        let event = broker::event(medium, what);
        if let Some(broker) = &self.broker {
            broker.tell(&event);
        }
        if let Some(page) = &self.page {
            page.tell(json(&event));
        }
    }

    /// What the outside knows for everybody.
    pub fn surroundings(&mut self) -> Surroundings {
        if self.looked.is_none_or(|looked| looked.elapsed() >= SLOWLY) {
            self.looked = Some(Instant::now());
            (self.cpu_celsius, self.address) = (linux::cpu_celsius(), linux::address());
        }
        Surroundings {
            cpu_celsius: self.cpu_celsius,
            address: self.address.clone(),
            broker: self.broker.as_ref().map(Broker::link),
            display: self.oled.as_ref().map(Oled::answers),
            web_code: self.page.as_ref().and_then(Page::code),
        }
    }

    /// Shows the picture everywhere.
    pub fn show(&mut self, view: &View, bridge: &Bridge, recording: bool) {
        self.terminal.show(view, bridge);
        self.lamps.show(recording, matches!(view.state, BoxState::Fault(_)));
        if let Some(oled) = &self.oled {
            oled.show(view, bridge);
        }
    }

    /// Reports to broker, page and service manager what is due.
    pub fn report(&mut self, status: &Status<'_>, bridge: &Bridge, self_test: &SelfTestReport) {
        if let Some(broker) = &mut self.broker {
            broker.report(status, bridge, self_test);
        }
        if let Some(page) = &mut self.page {
            page.report(status, bridge, self_test);
        }
        self.service.report(status);
    }

    /// Takes in what the meters showed since the last look.
    pub fn meters(&mut self, meters: &vestry_rt::meter::MeterFrame) {
        if let Some(broker) = &mut self.broker {
            broker.meters(meters);
        }
        if let Some(page) = &mut self.page {
            page.meters(meters);
        }
    }

    /// Waits until `until`, or shorter: a button wakes it.
    pub fn wait(&self, until: Instant) {
        let mut timeout = until.saturating_duration_since(Instant::now());
        match &self.keys {
            Some(keys) => {
                if let Some(due) = keys.next_due() {
                    timeout = timeout.min(due.saturating_sub(linux::now()));
                }
                linux::wait(&keys.fds(), timeout);
            }
            None => linux::wait(&[], timeout),
        }
    }

    /// Says that the end has begun.
    pub fn stopping(&mut self) {
        self.service.stopping();
    }

    /// Darkens the display and says goodbye to the broker, with the state that it is to remember. The terminal is given
    /// back.
    pub fn close(self, last: &StateReport) {
        if let Some(broker) = self.broker {
            broker.close(last);
        }
        if let Some(page) = self.page {
            page.close(last);
        }
        if let Some(oled) = self.oled {
            oled.close();
        }
    }
}

/// Shows on the display, if there is one, why the box did not start; the picture stays there.
pub fn show_failure(config: &Config, reason: &str) {
    oled::show_failure(config, reason);
}
