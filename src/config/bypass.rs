//! What of a strip may be taken out of the sound while its settings stay.
//!
//! Runs on: main.
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Something between a strip's gain and its post tap, in the order of the sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InsertName {
    /// The high-pass.
    HighPass,
    /// The gate.
    Gate,
    /// The equaliser with all its bands.
    Eq,
    /// The compressor.
    Compressor,
}

/// What is taken out of the sound.
pub type Bypass = BTreeSet<InsertName>;
