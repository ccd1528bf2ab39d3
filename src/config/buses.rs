//! What the buses between inputs and outputs are set to.
//!
//! Runs on: main.
use super::units::Db;
use serde::{Deserialize, Serialize};
use vestry_rt::message;

/// `[[send]]`: one send.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SendConfig {
    /// Level of all of it, -96..12 dB; 0.
    pub level_db: Db,
}

/// What a solo lets hear.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SoloMode {
    /// After the strip.
    #[default]
    Afl,
    /// Before the strip, muted or not.
    Pfl,
}

impl From<SoloMode> for message::SoloMode {
    fn from(mode: SoloMode) -> Self {
        match mode {
            SoloMode::Afl => Self::Afl,
            SoloMode::Pfl => Self::Pfl,
        }
    }
}
