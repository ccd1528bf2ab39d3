//! What the buses between inputs and outputs are set to.
//!
//! Runs on: main.
use super::units::Db;
use serde::{Deserialize, Serialize};

/// `[[send]]`: one send.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SendConfig {
    /// Level of all of it, -96..12 dB; 0.
    pub level_db: Db,
}
