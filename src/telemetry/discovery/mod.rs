//! Home Assistant's device discovery: one retained message, and everything appears by itself.
//!
//! Runs on: main, supervisor.
mod delivery;
mod entity;
mod inputs;
mod inserts;
mod loudness;
mod media;
mod outputs;
mod player;
mod soundcheck;
mod sources;
mod whole;

use super::topics::Topics;
use crate::config::PadName;
use serde_json::{Map, Value, json};

/// Most inputs of a box whose equalisers are announced band by band: of more the message would be longer than 256 KiB, and
/// nobody wants a thousand things in a list.
const MOST_WITH_BANDS: usize = 6;

/// What there is on this box.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BoxFacts {
    /// The inputs' names, in order.
    pub inputs: Vec<String>,
    /// Number of outputs.
    pub outputs: usize,
    /// Whether meters are sent.
    pub meters: bool,
    /// Whether the loudness of the mix is measured.
    pub mix_loudness: bool,
    /// The media's names, in order, where there are several.
    pub media: Vec<String>,
    /// The scenes' names, in order.
    pub scenes: Vec<String>,
    /// Pads that the configuration names with what people call them; none where there is no player.
    pub pads: Option<Vec<(PadName, String)>>,
    /// Whether takes are delivered.
    pub delivery: bool,
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

impl About<'_> {
    /// The box among all devices of a house.
    fn unique(&self) -> String {
        if self.id.starts_with("vestry") { self.id.to_owned() } else { format!("vestry_{}", self.id) }
    }

    /// What a person reads.
    fn name(&self) -> String {
        if self.id == "vestry" { "Vestry".to_owned() } else { format!("Vestry {}", self.id) }
    }
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
    let mut entities = whole::entities(about.topics, facts);
    if facts.outputs > 0 {
        entities.extend(sources::entities(about.topics));
    }
    for (at, name) in facts.inputs.iter().enumerate() {
        entities.extend(inputs::entities(about.topics, at, name, facts));
        let bands = facts.inputs.len() <= MOST_WITH_BANDS;
        entities.extend(inserts::entities(about.topics, at, &facts.inputs, bands));
    }
    entities.extend(soundcheck::entities(about.topics));
    for (at, name) in facts.media.iter().enumerate() {
        entities.extend(media::entities(about.topics, at, name));
    }
    if facts.mix_loudness {
        entities.extend(loudness::entities(about.topics));
    }
    if facts.delivery {
        entities.extend(delivery::entities(about.topics));
    }
    if let Some(pads) = &facts.pads {
        entities.extend(player::entities(about.topics, pads));
    }
    let components: Map<_, _> = entities.into_iter().map(|entity| entity.component(about)).collect();
    json!({
        "device": {
            "identifiers": [about.unique()],
            "manufacturer": "Vestry",
            "model": "Multitrack recorder",
            "name": about.name(),
            "sw_version": about.version,
        },
        "origin": {"name": "Vestry", "sw_version": about.version},
        "availability_topic": about.topics.availability(),
        "qos": 1,
        "components": components,
    })
    .to_string()
}

/// The message `config` without what Home Assistant hides until it is wanted, for a broker that takes no large ones.
pub fn shown(config: &str) -> String {
    let Ok(mut message) = serde_json::from_str::<Value>(config) else { return config.to_owned() };
    if let Some(components) = message.get_mut("components").and_then(Value::as_object_mut) {
        components.retain(|_, component| component.get("enabled_by_default") != Some(&Value::Bool(false)));
    }
    message.to_string()
}

#[cfg(test)]
mod tests;
