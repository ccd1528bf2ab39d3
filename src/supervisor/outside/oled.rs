//! The display.
//!
//! Runs on: supervisor.
use super::super::RunError;
use crate::config::{Config, DisplayConfig, DisplayKind};
use crate::hal::display::{Controller, Display, DisplaySettings, Frame};
use crate::panel::{BoxState, Bridge, Page, View, oled};
use std::time::{Duration, Instant};

/// How long a failure to start waits for a display that does not answer.
const PATIENCE: Duration = Duration::from_secs(1);

/// The display and its height.
pub struct Oled {
    display: Display,
    height: u32,
}

impl Oled {
    /// Starts the display's thread; none if no display is configured.
    pub fn open(config: &Config) -> Result<Option<Self>, RunError> {
        let Some(settings) = settings(&config.display) else { return Ok(None) };
        let height = settings.height;
        Ok(Some(Self { display: Display::spawn(settings).map_err(RunError::Display)?, height }))
    }

    /// Shows the picture as soon as the bus has time for it.
    pub fn show(&self, view: &View, bridge: &Bridge) {
        let mut frame = Frame::new(self.height);
        let Ok(()) = oled::draw(&mut frame, view, bridge);
        self.display.show(frame);
    }

    /// Whether it is there.
    pub fn answers(&self) -> bool {
        self.display.status().answers
    }

    /// Darkens it.
    pub fn close(self) {
        self.display.stop();
    }
}

fn settings(config: &DisplayConfig) -> Option<DisplaySettings> {
    let controller = match config.kind {
        DisplayKind::None => return None,
        DisplayKind::Ssd1306 => Controller::Ssd1306,
        DisplayKind::Sh1106 => Controller::Sh1106,
    };
    Some(DisplaySettings {
        bus: config.bus.clone(),
        address: config.address,
        controller,
        height: config.height,
        flip: config.flip,
        contrast: config.contrast,
    })
}

/// Shows why the box did not start, and leaves it there.
pub fn show_failure(config: &Config, reason: &str) {
    let Ok(Some(oled)) = Oled::open(config) else { return };
    let view = View {
        state: BoxState::Fault(reason.to_owned()),
        faults: vec![reason.to_owned()],
        page: Page::Faults,
        ..View::default()
    };
    oled.show(&view, &Bridge::default());
    let begun = Instant::now();
    while oled.display.status().frames == 0 && begun.elapsed() < PATIENCE {
        std::thread::sleep(Duration::from_millis(10));
    }
    // Dropped, it would be dark.
    std::mem::forget(oled.display);
}
