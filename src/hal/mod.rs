//! Keys and screen of the terminal, the OLED, signals, and where log lines go meanwhile.
//!
//! Runs on: supervisor; the OLED on a thread of its own.
pub mod display;
pub mod log;
mod signals;
mod terminal;

pub use signals::Signals;
pub use terminal::{Key, Screen, ScreenError};
