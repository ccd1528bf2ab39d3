//! The terminal, if the box was started from one; else a status line a second, which the service manager has anyway.
//!
//! Runs on: supervisor.
use crate::hal::log::LogSink;
use crate::hal::{Screen, ScreenError};
use crate::panel::{Bridge, PanelAction, View, draw, of_key, status_line};

/// A terminal that may get lost.
pub struct Terminal(Option<Screen>);

impl Terminal {
    /// Takes the terminal over. Where a service manager asks for the status there is none.
    pub fn open(log: &LogSink, managed: bool) -> Result<Self, ScreenError> {
        Ok(Self(if managed { None } else { Some(Screen::open(log)?) }))
    }

    /// What the keys typed since the last call mean, on the page Pads or on another.
    pub fn typed(&mut self, pads: bool) -> Vec<PanelAction> {
        let mut meant = Vec::new();
        while let Some(screen) = &mut self.0 {
            match screen.key() {
                Ok(Some(key)) => meant.extend(of_key(key, pads)),
                Ok(None) => break,
                Err(error) => self.lose(&error),
            }
        }
        meant
    }

    /// Shows the picture.
    pub fn show(&mut self, view: &View, bridge: &Bridge) {
        let Some(screen) = &mut self.0 else { return };
        let shown = screen.show(|area, buffer| draw(buffer, area, view, bridge), || status_line(view));
        if let Err(error) = shown {
            self.lose(&error);
        }
    }

    /// A terminal that is gone must not end a recording.
    fn lose(&mut self, error: &ScreenError) {
        self.0 = None;
        tracing::warn!("going on without a screen: {error}");
    }
}
