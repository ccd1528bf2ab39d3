//! What Home Assistant shows of generator and click track.
//!
//! Runs on: main, supervisor.
use super::super::topics::Topics;
use super::entity::{Entity, Platform};

/// What the generator can play, as [`GeneratorKind`](crate::config::GeneratorKind) names it.
const KINDS: [&str; 5] = ["off", "sine", "pink", "sweep", "identify"];

/// For a box that has outputs.
pub(super) fn entities(topics: &Topics) -> Vec<Entity> {
    let entity = |platform, key: &str, name: &str, field: &str, set: &str| {
        Entity::new(platform, key, name)
            .reads(topics.of("state"), &format!("value_json.{field}"))
            .writes(topics.of(&format!("set/{set}")))
            .config()
    };
    let number =
        |key: &str, name: &str, field: &str, set: &str| entity(Platform::Number, key, name, field, set);
    let level = |key: &str, name: &str, field: &str, set: &str| {
        number(key, name, field, set).ranges(-96.0, 0.0, 0.1).with("unit_of_measurement", "dB")
    };
    vec![
        entity(Platform::Select, "generator", "Generator", "generator.kind", "generator")
            .with("options", KINDS.to_vec()),
        level("generator_level", "Generator level", "generator.level_db", "generator/level"),
        number("generator_hz", "Generator pitch in Hz", "generator.hz", "generator/hz")
            .ranges(20.0, 20_000.0, 1.0),
        Entity::new(Platform::Switch, "click", "Click")
            .reads_switch(topics.of("state"), "value_json.click.on")
            .writes(topics.of("set/click")),
        number("click_bpm", "Click tempo", "click.bpm", "click/bpm").ranges(20.0, 300.0, 0.1),
        number("click_beats", "Click beats a bar", "click.beats", "click/beats").ranges(1.0, 16.0, 1.0),
        level("click_level", "Click level", "click.level_db", "click/level"),
    ]
}
