//! Keys and screen of the terminal, and where log lines go meanwhile.
//!
//! Runs on: supervisor.
pub mod log;
mod terminal;

pub use terminal::{Key, Screen, ScreenError};
