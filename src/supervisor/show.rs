//! What is shown beside counters: meters in motion, the spectrum while somebody looks at it, faults and messages.
//!
//! Runs on: supervisor.
use super::policy::{Policy, Severity};
use super::status::{Heard, Status};
use crate::config::Config;
use crate::hal::log::LogSink;
use crate::panel::{Bridge, Check, Page, Spectrum, View};
use crate::record::clock::{Clock, SystemClock};
use std::collections::VecDeque;
use std::time::Instant;
use vestry_rt::message::Command;
use vestry_rt::meter::MeterFrame;

/// Bands of the spectrum: four columns of the display each.
const BANDS: usize = 32;
/// Faults that are remembered.
const FAULTS: usize = 50;

/// All of it.
pub struct Show<'a> {
    log: &'a LogSink,
    bridge: Bridge,
    moved: Instant,
    spectrum: Spectrum,
    bands: Vec<f32>,
    window: Vec<f32>,
    /// The input that the engine shows.
    looked_at: Option<u8>,
    /// The one that it was asked for just now.
    asked_for: Option<u8>,
    faults: VecDeque<String>,
}

impl<'a> Show<'a> {
    /// Nothing heard yet.
    pub fn new(config: &Config, log: &'a LogSink) -> Self {
        let spectrum = Spectrum::new(config.sample_rate, BANDS);
        Self {
            log,
            bridge: Bridge::default(),
            moved: Instant::now(),
            bands: Vec::new(),
            window: vec![0.0; spectrum.window()],
            spectrum,
            looked_at: None,
            asked_for: None,
            faults: VecDeque::new(),
        }
    }

    /// The meters.
    pub fn bridge(&self) -> &Bridge {
        &self.bridge
    }

    /// Forgets which inputs clipped.
    pub fn clear_clips(&mut self) {
        self.bridge.clear_clips();
    }

    /// Remembers what went wrong, with the time of day.
    pub fn said(&mut self, severity: Severity, text: String) {
        if severity != Severity::Info {
            self.faults.truncate(FAULTS - 1);
            self.faults.push_front(format!("{} {text}", SystemClock.now().time()));
        }
    }

    /// What the engine is to be told so that it shows the input which is looked at, if that is another one.
    pub fn looks_at(&mut self, policy: &Policy) -> Option<Command> {
        self.asked_for = (policy.page == Page::Spectrum).then_some(policy.desk.selected() as u8);
        (self.asked_for != self.looked_at).then_some(Command::Scope(self.asked_for))
    }

    /// Whether the engine took that.
    pub fn looked(&mut self, sent: bool) {
        if sent {
            self.looked_at = self.asked_for;
            self.bands.clear();
        }
    }

    /// The picture, with the meters moved on.
    pub fn view(&mut self, status: &Status<'_>, meters: &MeterFrame, self_test: Vec<Check>) -> View {
        if self.looked_at.is_some() && status.remote.scope.latest(&mut self.window) {
            self.bands.clear();
            self.bands.extend_from_slice(self.spectrum.bands(&self.window));
        }
        let heard = Heard {
            messages: self.log.lines(),
            spectrum: (&self.bands, self.spectrum.top_hz()),
            faults: &self.faults,
            self_test,
        };
        let view = status.view(meters, heard);
        let now = Instant::now();
        self.bridge.step(&view, now.duration_since(self.moved));
        self.moved = now;
        view
    }
}
