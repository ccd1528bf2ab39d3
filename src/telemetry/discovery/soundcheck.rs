//! What Home Assistant shows of a virtual soundcheck.
//!
//! Runs on: main, supervisor.
use super::super::topics::Topics;
use super::entity::{Entity, Platform};

/// Buttons for the last take, and how it stands.
pub(super) fn entities(topics: &Topics) -> Vec<Entity> {
    let button = |action: &str, name: &str| {
        Entity::new(Platform::Button, format!("soundcheck_{action}"), name)
            .writes(topics.of("set/soundcheck"))
            .with("payload_press", action)
    };
    vec![
        button("play", "Soundcheck: play last take"),
        button("pause", "Soundcheck: pause"),
        button("stop", "Soundcheck: stop"),
        Entity::new(Platform::Sensor, "soundcheck", "Soundcheck")
            .reads(topics.of("state"), "value_json.soundcheck.state"),
    ]
}
