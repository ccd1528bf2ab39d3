//! What Home Assistant shows of delivery.
//!
//! Runs on: main, supervisor.
use super::super::topics::Topics;
use super::entity::{Entity, Platform};

/// How many takes wait, whether anything is wrong, and buttons.
pub(super) fn entities(topics: &Topics) -> Vec<Entity> {
    let state = || topics.of("state");
    let problem = "value_json.delivery.fault != None or value_json.delivery.failed | length > 0";
    vec![
        Entity::new(Platform::Sensor, "delivery_waiting", "Takes to deliver")
            .reads(state(), "value_json.delivery.waiting + (1 if value_json.delivery.sending else 0)")
            .with("state_class", "measurement"),
        Entity::new(Platform::BinarySensor, "delivery_problem", "Delivery failed")
            .reads_switch(state(), problem)
            .with("device_class", "problem")
            .with("json_attributes_topic", state())
            .with("json_attributes_template", "{{ value_json.delivery | tojson }}"),
        Entity::new(Platform::Button, "deliver", "Deliver last take")
            .writes(topics.of("set/deliver"))
            .with("payload_press", "last"),
        Entity::new(Platform::Button, "deliver_stop", "Stop delivery").writes(topics.of("set/deliver_stop")),
    ]
}
