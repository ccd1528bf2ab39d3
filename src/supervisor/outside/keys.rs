//! The buttons on GPIO lines.
//!
//! Runs on: supervisor.
use super::super::RunError;
use crate::config::{Active, Bias, ButtonConfig, Line, PanelConfig};
use crate::hal::linux::{self, Buttons, LineId, LineSettings};
use crate::panel::{Button, Gesture, Gestures, PanelAction};
use std::os::fd::BorrowedFd;
use std::time::Duration;

/// The lines and what is meant by their edges.
pub struct Keys {
    lines: Buttons,
    gestures: Gestures,
}

impl Keys {
    /// Opens the lines that are configured; none if there are none.
    pub fn open(config: &PanelConfig) -> Result<Option<Self>, RunError> {
        let buttons = [
            (Button::Rec, "rec", &config.rec),
            (Button::Mark, "mark", &config.mark),
            (Button::Select, "select", &config.select),
            (Button::Page, "page", &config.page),
            (Button::Mute, "mute", &config.mute),
        ];
        let wanted: Vec<_> = buttons
            .into_iter()
            .filter_map(|(button, name, line)| Some((button as u8, name, settings(line.as_ref()?))))
            .collect();
        if wanted.is_empty() {
            return Ok(None);
        }
        let lines: Vec<_> = wanted.iter().map(|(id, _, line)| (*id, line.clone())).collect();
        let lines = Buttons::open(&lines).map_err(|error| {
            let name = wanted.iter().find(|(id, ..)| *id == error.id).map_or("", |(_, name, _)| name);
            RunError::Gpio { key: format!("panel.{name}.line"), error: error.error }
        })?;
        let mut gestures = Gestures::new(Duration::from_millis(u64::from(config.debounce_ms)));
        lines.down().filter_map(button).for_each(|button| gestures.already_down(button));
        Ok(Some(Self { lines, gestures }))
    }

    /// What people meant since the last call, and how long ago.
    pub fn pressed(&mut self, recording: bool, pads: bool) -> Vec<(PanelAction, Duration)> {
        self.gestures.set_recording(recording);
        self.gestures.set_pads(pads);
        let mut meant: Vec<Gesture> = Vec::new();
        for edge in self.lines.edges() {
            if let Some(button) = button(edge.id) {
                meant.extend(self.gestures.edge(button, edge.down, edge.at));
            }
        }
        let now = linux::now();
        // A button that has edges left to read may have been let go long ago.
        let known = self.lines.read_until().map_or(now, |until| until.min(now));
        meant.extend(self.gestures.tick(known));
        meant.into_iter().map(|gesture| (gesture.action, now.saturating_sub(gesture.at))).collect()
    }

    /// When to look again, if no edge comes before.
    pub fn next_due(&self) -> Option<Duration> {
        self.gestures.next_due()
    }

    /// Readable when an edge has come.
    pub fn fds(&self) -> Vec<BorrowedFd<'_>> {
        self.lines.fds()
    }
}

fn button(id: u8) -> Option<Button> {
    Button::ALL.into_iter().find(|button| *button as u8 == id)
}

/// A pressed button draws its line away from where the resistor holds it.
fn settings(button: &ButtonConfig) -> LineSettings {
    let active_low = button.active == Active::Low;
    let usual = if active_low { Bias::Up } else { Bias::Down };
    LineSettings { line: line(&button.line), active_low, bias: Some(bias(button.bias.unwrap_or(usual))) }
}

/// A line as the kernel is asked for it.
pub fn line(line: &Line) -> LineId {
    match line {
        Line::Named(name) => LineId::Named(name.clone()),
        Line::At(chip, offset) => LineId::At { chip: chip.clone(), offset: *offset },
    }
}

fn bias(bias: Bias) -> linux::Bias {
    match bias {
        Bias::Up => linux::Bias::Up,
        Bias::Down => linux::Bias::Down,
        Bias::None => linux::Bias::Off,
    }
}
