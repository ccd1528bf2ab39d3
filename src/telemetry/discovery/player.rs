//! What Home Assistant shows of the player.
//!
//! Runs on: main, supervisor.
use super::super::topics::Topics;
use super::entity::{Entity, Platform};
use crate::config::PadName;

/// Most pads that get a button: of more the message would be too long for the broker of a service.
const MOST_PADS: usize = 64;

/// For a box that has a player; `pads` are those of the configuration with what people call them.
pub(super) fn entities(topics: &Topics, pads: &[(PadName, String)]) -> Vec<Entity> {
    let mut entities = vec![
        Entity::new(Platform::Button, "stop_clips", "Stop clips").writes(topics.of("set/pads/stop")),
        Entity::new(Platform::Sensor, "clips_playing", "Clips playing")
            .reads(topics.of("state"), "value_json.player.playing | length"),
    ];
    entities.extend(pads.iter().take(MOST_PADS).map(|(at, name)| {
        let PadName { bank, row, column } = at;
        Entity::new(Platform::Button, format!("pad_{bank}_{row}_{column}"), name.as_str())
            .writes(topics.of(&format!("set/pad/{at}")))
            .with("payload_press", "press")
    }));
    entities
}
