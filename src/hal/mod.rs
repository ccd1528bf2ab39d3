//! Keys and screen of the terminal, the OLED, signals, where log lines go meanwhile, and what a Linux box has around it.
//!
//! Runs on: supervisor; the OLED on a thread of its own.
pub mod display;
pub mod linux;
pub mod log;
mod signals;
mod terminal;

pub use signals::Signals;
pub use terminal::{Key, Screen, ScreenError};
