//! Home Assistant's device discovery: one retained message, and everything appears by itself.
//!
//! Runs on: main, supervisor.
use super::topics::Topics;
use serde_json::json;

/// What there is on this box.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BoxFacts {
    /// The inputs' names, in order.
    pub inputs: Vec<String>,
    /// Number of outputs.
    pub outputs: usize,
    /// Whether meters are sent.
    pub meters: bool,
}

/// Whose discovery it is.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// What the box is called in topics.
    pub id: &'a str,
    /// Version of the firmware.
    pub version: &'a str,
    /// Where it speaks and listens.
    pub topics: &'a Topics,
}

/// Where Home Assistant looks and speaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    /// Topic of the discovery.
    pub config: String,
    /// Topic on which it says that it has started.
    pub status: String,
}

impl Home {
    /// Below `prefix`, for the box `id`.
    pub fn new(prefix: &str, id: &str) -> Self {
        Self { config: format!("{prefix}/device/{id}/config"), status: format!("{prefix}/status") }
    }
}

/// The message.
pub fn config(about: &About<'_>, facts: &BoxFacts) -> String {
    json!({"device": {"identifiers": [about.id]}, "inputs": facts.inputs}).to_string()
}
