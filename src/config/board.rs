//! The board that is built in: it needs no file, no card and no broker.
//!
//! Runs on: main.
use super::{Config, ConfigError, parse};

/// Name that faults call the built-in board.
pub const SIM_NAME: &str = "board/sim.toml";
/// Text of the built-in board.
pub const SIM: &str = include_str!("../../board/sim.toml");

/// The built-in board: six real recordings on the offline device.
///
/// # Errors
/// None that a test has not seen; the text is a file like any other.
pub fn sim() -> Result<Config, ConfigError> {
    parse(SIM_NAME, SIM)
}
