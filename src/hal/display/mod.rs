//! A monochrome OLED on an I2C bus: the picture, what the controller is told, and the thread that tells it.
//!
//! Only what changed goes over the bus ([`Panel`]); whatever the display does, nobody waits for it ([`Display`]).
//!
//! Runs on: display, a thread of its own; [`Display::show`] is called by the supervisor.
mod commands;
mod frame;
#[cfg(test)]
mod model;
mod panel;
mod route;
mod worker;

pub use frame::{Frame, PAGES, WIDTH};
pub use panel::Panel;
pub use worker::{Display, DisplayStatus};

use std::path::PathBuf;

/// The display's controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Controller {
    /// SSD1306: 128 columns.
    Ssd1306,
    /// SH1106, also SSD1303: 132 columns, of which the panel shows 128 from the third on.
    Sh1106,
}

/// How a display is wired and mounted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisplaySettings {
    /// The bus, such as `/dev/i2c-1`.
    pub bus: PathBuf,
    /// Its 7-bit address, 8..119; mostly 0x3c.
    pub address: u8,
    /// Its controller.
    pub controller: Controller,
    /// Rows, 32 or 64.
    pub height: u32,
    /// Mounted upside down.
    pub flip: bool,
    /// Contrast, 0..255.
    pub contrast: u8,
}
