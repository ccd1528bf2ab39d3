//! Keys and screen of the terminal, signals, and where log lines go meanwhile.
//!
//! Runs on: supervisor.
pub mod log;
mod signals;
mod terminal;

pub use signals::Signals;
pub use terminal::{Key, Screen, ScreenError};
