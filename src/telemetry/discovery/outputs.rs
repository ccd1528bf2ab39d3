//! What Home Assistant shows of outputs, and of the sends and the main mix that they play.
//!
//! Runs on: main, supervisor.
use super::super::topics::Topics;
use super::entity::{Entity, Platform};
use vestry_rt::SENDS;

/// Of the output at `at`, from 0.
pub(super) fn entities(topics: &Topics, at: usize) -> Vec<Entity> {
    let number = at + 1;
    let entity = |platform, what: &str, words: &str| {
        Entity::new(platform, format!("output_{number}_{what}"), format!("Output {number} {words}")).config()
    };
    let state = || topics.of("state");
    let field = |what: &str| format!("value_json.outputs[{at}].{what}");
    let set = |what: &str| topics.of(&format!("set/output/{number}/{what}"));
    let level = |what: &str, words: &str, (low, high)| {
        let level = entity(Platform::Number, what, words).reads(state(), &field(&format!("{what}_db")));
        level.writes(set(what)).ranges(low, high, 0.1).with("unit_of_measurement", "dB")
    };
    let has = |what: &str, words: &str| {
        let switch = entity(Platform::Switch, &format!("has_{what}"), words);
        switch.switches_level(state(), &field(&format!("{what}_db")), set(what))
    };
    let mut entities = vec![
        level("gain", "gain", (-96.0, 24.0)),
        level("monitor", "level of the monitor", (-96.0, 12.0)),
        has("monitor", "plays the monitor"),
        level("limiter", "ceiling of the limiter", (-40.0, 0.0)),
        has("limiter", "has a limiter"),
        entity(Platform::Number, "delay", "delay")
            .reads(state(), &field("delay_ms"))
            .writes(set("delay"))
            .ranges(0.0, 340.0, 0.1)
            .with("unit_of_measurement", "ms"),
        entity(Platform::Switch, "split", "and the next are split")
            .reads_switch(state(), &field("split"))
            .writes(set("split"))
            .hidden(),
    ];
    entities.extend(
        [("mix_left", "left"), ("mix_right", "right")].map(|(what, side)| {
            level(what, &format!("level of the {side} of the mix"), (-96.0, 12.0)).hidden()
        }),
    );
    entities.extend((0..SENDS).map(|send| {
        let what = format!("send_{}", send + 1);
        entity(Platform::Number, &what, &format!("level of send {}", send + 1))
            .reads(state(), &field(&format!("sends_db[{send}]")))
            .writes(set(&what))
            .ranges(-96.0, 12.0, 0.1)
            .with("unit_of_measurement", "dB")
            .hidden()
    }));
    entities
}

/// How loud each send is.
pub(super) fn sends(topics: &Topics) -> Vec<Entity> {
    let send = |at: usize| {
        let number = at + 1;
        Entity::new(Platform::Number, format!("send_{number}_level"), format!("Send {number} level"))
            .reads(topics.of("state"), &format!("value_json.sends[{at}].level_db"))
            .writes(topics.of(&format!("set/send/{number}/level")))
            .ranges(-96.0, 12.0, 0.1)
            .with("unit_of_measurement", "dB")
            .config()
            .hidden()
    };
    (0..SENDS).map(send).collect()
}

/// How loud the main mix is.
pub(super) fn mix(topics: &Topics) -> Entity {
    Entity::new(Platform::Number, "mix_level", "Mix level")
        .reads(topics.of("state"), "value_json.mix.level_db")
        .writes(topics.of("set/mix/level"))
        .ranges(-96.0, 12.0, 0.1)
        .with("unit_of_measurement", "dB")
}
