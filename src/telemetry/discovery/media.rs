//! What Home Assistant shows of one of several media.
//!
//! Runs on: main, supervisor.
use super::super::topics::Topics;
use super::entity::{Entity, Platform};

/// Of the medium at `at`, from 0.
pub(super) fn entities(topics: &Topics, at: usize, name: &str) -> Vec<Entity> {
    let sensor = |what: &str, words: &str, field: &str| {
        let key = format!("medium_{}_{what}", at + 1);
        let entity = Entity::new(Platform::Sensor, key, format!("{name}{words}"));
        entity.reads(topics.of("health"), &format!("value_json.media[{at}].{field}"))
    };
    vec![
        sensor("state", "", "state")
            .with("device_class", "enum")
            .with("options", vec!["REC", "NOT REC", "FAULT"]),
        sensor("free_hours", " free recording time", "free_hours")
            .with("device_class", "duration")
            .with("unit_of_measurement", "h")
            .with("state_class", "measurement")
            .with("suggested_display_precision", 1),
        sensor("lost_frames", " lost frames", "frames_lost").diagnostic(),
    ]
}
