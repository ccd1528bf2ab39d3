//! What Home Assistant shows of the box as a whole.
//!
//! Runs on: main, supervisor.
use super::super::event::EVENT_TYPES;
use super::super::topics::Topics;
use super::BoxFacts;
use super::entity::{Entity, Platform};
use super::outputs;

/// What the panel can show, as [`Control::Page`](super::super::Control::Page) names it.
const PAGES: [&str; 6] = ["levels", "pads", "spectrum", "system", "takes", "faults"];

/// Most crossings of inputs and outputs that are announced.
const CROSSINGS: usize = 64;

/// Of every box.
pub(super) fn entities(topics: &Topics, facts: &BoxFacts) -> Vec<Entity> {
    let mut entities = state(topics);
    entities.extend(switches(topics));
    entities.extend(selects(topics, &facts.inputs, facts.pads.is_some()));
    entities.push(
        Entity::new(Platform::Select, "scene", "Scene")
            .reads(topics.of("state"), "value_json.scene")
            .writes(topics.of("set/scene"))
            .with("options", facts.scenes.clone()),
    );
    entities.extend(buttons(topics));
    entities.extend(health(topics));
    entities.extend((0..facts.outputs).flat_map(|at| outputs::entities(topics, at)));
    entities.extend(outputs::sends(topics));
    entities.push(outputs::mix(topics));
    entities.extend(crossings(topics, facts));
    entities
}

fn state(topics: &Topics) -> Vec<Entity> {
    let topic = || topics.of("state");
    vec![
        Entity::new(Platform::Sensor, "state", "State")
            .reads(topic(), "value_json.state")
            .with("device_class", "enum")
            .with("options", vec!["REC", "NOT REC", "FAULT"]),
        Entity::new(Platform::BinarySensor, "fault", "Fault")
            .reads_switch(topic(), "value_json.state == 'FAULT'")
            .with("device_class", "problem")
            .with("json_attributes_topic", topic())
            .with("json_attributes_template", "{{ {'reason': value_json.reason} | tojson }}"),
        Entity::new(Platform::BinarySensor, "recording", "Recording")
            .reads_switch(topic(), "value_json.recording")
            .with("device_class", "running"),
        Entity::new(Platform::BinarySensor, "self_test_result", "Self-test failed")
            .reads_switch(topics.of("health"), "value_json.self_test.passed == false")
            .with("device_class", "problem")
            .with("json_attributes_topic", topics.of("health"))
            .with("json_attributes_template", "{{ {'checks': value_json.self_test.checks} | tojson }}")
            .diagnostic(),
        Entity::new(Platform::Sensor, "channel_order", "Channel order")
            .reads(topics.of("health"), "value_json.channels.order")
            .with("device_class", "enum")
            .with("options", vec!["unchecked", "unknown", "right", "realigning", "wrong"])
            .diagnostic(),
        Entity::new(Platform::Sensor, "take", "Take").reads(topic(), "value_json.take"),
        Entity::new(Platform::Sensor, "next_service", "Next service")
            .reads(topic(), "value_json.schedule.next and value_json.schedule.next.start")
            .with("device_class", "timestamp"),
        Entity::new(Platform::Sensor, "writer", "Writer")
            .reads(topic(), "value_json.writer")
            .with("device_class", "enum")
            .with("options", vec!["ok", "slow", "behind"]),
        Entity::new(Platform::Event, "event", "Event")
            .with("state_topic", topics.of("event"))
            .with("event_types", EVENT_TYPES.to_vec()),
    ]
}

fn switches(topics: &Topics) -> Vec<Entity> {
    let switch = |key: &str, name: &str, field: &str| {
        let entity = Entity::new(Platform::Switch, key, name);
        entity.reads_switch(topics.of("state"), field).writes(topics.of(&format!("set/{key}")))
    };
    vec![
        switch("record", "Record", "value_json.recording"),
        switch("schedule", "Schedule", "value_json.schedule.enabled"),
        switch("trigger", "Level trigger", "value_json.schedule.trigger.on"),
        switch("monitor_mute", "Monitor mute", "value_json.monitor_mute"),
        switch("lock", "Panel lock", "value_json.locked").config(),
        switch("latency_monitor", "Latency monitor", "value_json.latency_monitor").config(),
    ]
}

fn selects(topics: &Topics, inputs: &[String], pads: bool) -> Vec<Entity> {
    let select = |key: &str, name: &str, expression: &str, command: &str| {
        let entity = Entity::new(Platform::Select, key, name);
        entity.reads(topics.of("state"), expression).writes(topics.of(command))
    };
    let pages: Vec<_> = PAGES.into_iter().filter(|page| pads || *page != "pads").collect();
    let numbers = || (1..=inputs.len()).map(|number| number.to_string()).collect();
    let (options, selected): (Vec<String>, _) = match by_name(inputs) {
        true => (inputs.into(), "value_json.inputs[value_json.selected - 1].name"),
        false => (numbers(), "value_json.selected"),
    };
    vec![
        select("select", "Monitor input", selected, "set/select").with("options", options),
        select("solo_mode", "Solo", "value_json.solo_mode", "set/solo_mode")
            .with("options", vec!["afl", "pfl"])
            .config(),
        select("page", "Page", "value_json.page", "set/page").with("options", pages).config(),
    ]
}

/// Whether each input can be told from the others by its name, and its name from a number.
fn by_name(inputs: &[String]) -> bool {
    let plain = |name: &String| !name.is_empty() && name.trim() == name && name.parse::<usize>().is_err();
    let distinct: std::collections::BTreeSet<_> = inputs.iter().collect();
    distinct.len() == inputs.len() && inputs.iter().all(plain)
}

fn buttons(topics: &Topics) -> Vec<Entity> {
    let button = |key: &str, name: &str| {
        Entity::new(Platform::Button, key, name).writes(topics.of(&format!("set/{key}")))
    };
    vec![
        // On `set/marker` what is sent would become the label.
        Entity::new(Platform::Button, "marker", "Marker")
            .writes(topics.of("command"))
            .with("payload_press", r#"{"command": "marker"}"#),
        // With a payload of its own for the same reason.
        Entity::new(Platform::Button, "protect", "Protect take")
            .writes(topics.of("command"))
            .with("payload_press", r#"{"command": "protect"}"#),
        button("split", "Split"),
        button("clear_clips", "Clear clips"),
        button("self_test", "Self-test"),
    ]
}

fn health(topics: &Topics) -> Vec<Entity> {
    let sensor = |key: &str, name: &str, field: &str| {
        Entity::new(Platform::Sensor, key, name).reads(topics.of("health"), &format!("value_json.{field}"))
    };
    let measured = |entity: Entity, class: &str, unit: &str| {
        entity
            .with("device_class", class)
            .with("unit_of_measurement", unit)
            .with("state_class", "measurement")
    };
    let counted = |entity: Entity| entity.with("state_class", "total_increasing").diagnostic();
    vec![
        measured(sensor("take_length", "Take length", "take_s"), "duration", "s")
            .with("suggested_display_precision", 0),
        measured(sensor("free_hours", "Free recording time", "free_hours"), "duration", "h")
            .with("suggested_display_precision", 1),
        measured(sensor("free_space", "Free space", "free_bytes"), "data_size", "B").diagnostic(),
        measured(sensor("cpu_temperature", "Processor temperature", "cpu_celsius"), "temperature", "°C")
            .diagnostic(),
        // Home Assistant wants the Greek letter, not the micro sign that looks the same.
        measured(sensor("worst_period", "Longest period", "worst_period_us"), "duration", "\u{3bc}s")
            .diagnostic(),
        measured(sensor("buffered", "Sound waiting for the medium", "writer.buffered_s"), "duration", "s")
            .diagnostic(),
        measured(sensor("sync_p99", "Sync, 99th percentile", "writer.sync_recent.p99_ms"), "duration", "ms")
            .diagnostic(),
        measured(sensor("sync_max", "Longest sync", "writer.sync_recent.max_ms"), "duration", "ms")
            .diagnostic(),
        counted(sensor("xruns", "Overruns", "lost.xruns")),
        counted(sensor("lost_frames", "Lost frames", "lost.frames")),
        sensor("address", "Address", "address").diagnostic(),
    ]
}

/// The matrix; of a large one nobody wants each crossing to appear.
fn crossings(topics: &Topics, facts: &BoxFacts) -> Vec<Entity> {
    let (inputs, outputs) = (facts.inputs.len(), facts.outputs);
    let all = (1..=inputs).flat_map(|input| (1..=outputs).map(move |output| (input, output)));
    all.take(if inputs * outputs <= CROSSINGS { CROSSINGS } else { 0 })
        .map(|(input, output)| crossing(topics, facts, (input, output)))
        .collect()
}

fn crossing(topics: &Topics, facts: &BoxFacts, (input, output): (usize, usize)) -> Entity {
    let name = facts.inputs.get(input - 1).map_or("", String::as_str);
    let level = format!(
        "value_json.routes | selectattr('input', 'eq', {input}) | selectattr('output', 'eq', {output}) \
         | map(attribute='level') | list | first | default(0)"
    );
    Entity::new(Platform::Number, format!("route_{input}_{output}"), format!("{name} to output {output}"))
        .reads(topics.of("state"), &level)
        .writes(topics.of(&format!("set/route/{input}/{output}")))
        .ranges(0.0, 8.0, 0.01)
        .config()
        .hidden()
}
