//! What Home Assistant shows of one input.
//!
//! Runs on: main, supervisor.
use super::super::topics::Topics;
use super::BoxFacts;
use super::entity::{Entity, Platform};
use vestry_rt::SENDS;

/// Seconds after which a level that is told no more is unknown.
const EXPIRES_S: u32 = 10;

/// Of the input at `at`, from 0.
pub(super) fn entities(topics: &Topics, at: usize, name: &str, facts: &BoxFacts) -> Vec<Entity> {
    let number = at + 1;
    let entity = |platform, what: &str, words: &str| {
        Entity::new(platform, format!("input_{number}_{what}"), format!("{name} {words}"))
    };
    let field = |what: &str| format!("value_json.inputs[{at}].{what}");
    let set = |what: &str| topics.of(&format!("set/input/{number}/{what}"));
    let state = || topics.of("state");
    let switch = |what: &str, words: &str| {
        entity(Platform::Switch, what, words).reads_switch(state(), &field(what)).writes(set(what))
    };
    let level = |what: &str, words: &str| {
        let level = entity(Platform::Number, what, words).reads(state(), &field(&format!("{what}_db")));
        level.writes(set(what)).with("unit_of_measurement", "dB")
    };
    let player = facts.pads.as_ref().map(|_| "player");
    let sources: Vec<_> = ["card", "generator"].into_iter().chain(player).collect();
    let mut entities = vec![
        level("gain", "gain").ranges(-96.0, 24.0, 0.1),
        level("mix", "level in the mix").ranges(-96.0, 12.0, 0.1),
        level("monitor", "level in the monitor").ranges(-96.0, 12.0, 0.1),
        entity(Platform::Switch, "in_monitor", "in the monitor").switches_level(
            state(),
            &field("monitor_db"),
            set("monitor"),
        ),
        entity(Platform::Number, "pan", "pan")
            .reads(state(), &field("pan"))
            .writes(set("pan"))
            .ranges(-1.0, 1.0, 0.01),
        switch("mute", "mute"),
        switch("solo", "solo"),
        switch("invert", "polarity").config(),
        entity(Platform::Select, "source", "source")
            .reads(state(), &field("source"))
            .writes(set("source"))
            .with("options", sources)
            .config(),
        entity(Platform::Select, "tap", "recorded")
            .reads(state(), &field("tap"))
            .writes(set("tap"))
            .with("options", vec!["pre", "post"])
            .config(),
        entity(Platform::BinarySensor, "clip", "clipped")
            .reads_switch(state(), &field("clipped"))
            .with("device_class", "problem"),
    ];
    entities.extend(sends(topics, at, name));
    entities.extend(health(topics, at, name));
    if facts.meters {
        // Several times a second, for good: who wants that switches it on.
        entities.push(
            entity(Platform::Sensor, "peak", "peak")
                .reads(topics.of("meters"), &format!("value_json.peak_db[{at}]"))
                .with("unit_of_measurement", "dB")
                .with("state_class", "measurement")
                .with("expire_after", EXPIRES_S)
                .hidden()
                .diagnostic(),
        );
    }
    entities
}

/// What it sends.
fn sends(topics: &Topics, at: usize, name: &str) -> impl Iterator<Item = Entity> {
    let number = at + 1;
    (0..SENDS).map(move |send| {
        let (what, words) = (format!("send_{}", send + 1), format!("level in send {}", send + 1));
        Entity::new(Platform::Number, format!("input_{number}_{what}"), format!("{name} {words}"))
            .reads(topics.of("state"), &format!("value_json.inputs[{at}].sends_db[{send}]"))
            .writes(topics.of(&format!("set/input/{number}/{what}")))
            .ranges(-96.0, 12.0, 0.1)
            .with("unit_of_measurement", "dB")
            .config()
            .hidden()
    })
}

/// How the input does, and whether somebody has to look after it.
fn health(topics: &Topics, at: usize, name: &str) -> [Entity; 2] {
    let entity = |platform, what: &str| {
        Entity::new(platform, format!("input_{}_{what}", at + 1), format!("{name} {what}"))
    };
    let (topic, condition) = (|| topics.of("health"), format!("value_json.inputs[{at}]"));
    [
        entity(Platform::BinarySensor, "problem")
            .reads_switch(topic(), &format!("{condition} not in ['ok', 'unused']"))
            .with("device_class", "problem"),
        entity(Platform::Sensor, "condition")
            .reads(topic(), &condition)
            .with("device_class", "enum")
            .with("options", vec!["ok", "unused", "dead", "stuck", "clipping", "hum"])
            .diagnostic(),
    ]
}
