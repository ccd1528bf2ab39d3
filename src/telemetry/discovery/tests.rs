//! The discovery as Home Assistant reads it: what each platform asks for and which units go with a class is written
//! down here once more, from homeassistant/components/mqtt/*.py and homeassistant/components/sensor/const.py of
//! home-assistant/core.
//!
//! Runs on: test.
use super::*;
use crate::config::{CompressorConfig, EqBand, GateConfig, InputSource, MOST_BANDS, PadName};
use crate::telemetry::request::{Message, parse};
use crate::telemetry::{
    DeliveryReport, Health, InputReport, LoudnessReport, MediumReport, MetersReport, OutputReport,
    PlayerReport, ProgrammeLoudness, SendReport, Snapshot, StateReport, TapName,
};
use serde_json::Value;
use std::collections::BTreeSet;

/// Platform, what it has to have, what else it may have.
const PLATFORMS: &[(&str, &[&str], &[&str])] = &[
    (
        "binary_sensor",
        &["state_topic"],
        &["value_template", "device_class", "json_attributes_topic", "json_attributes_template"],
    ),
    ("button", &["command_topic"], &["payload_press", "device_class"]),
    ("event", &["state_topic", "event_types"], &["value_template", "device_class"]),
    (
        "number",
        &["command_topic"],
        &[
            "state_topic",
            "value_template",
            "min",
            "max",
            "step",
            "mode",
            "unit_of_measurement",
            "device_class",
        ],
    ),
    ("select", &["command_topic", "options"], &["state_topic", "value_template"]),
    (
        "sensor",
        &["state_topic"],
        &[
            "value_template",
            "device_class",
            "unit_of_measurement",
            "state_class",
            "options",
            "expire_after",
            "suggested_display_precision",
        ],
    ),
    (
        "switch",
        &["command_topic"],
        &[
            "state_topic",
            "value_template",
            "device_class",
            "payload_on",
            "payload_off",
            "state_on",
            "state_off",
        ],
    ),
];
const ALWAYS: &[&str] = &["platform", "unique_id", "name", "default_entity_id"];
const SOMETIMES: &[&str] = &["entity_category", "enabled_by_default", "icon"];
/// Class of a sensor and the units it takes.
const UNITS: &[(&str, &[&str])] = &[
    ("data_size", &["bit", "kbit", "Mbit", "Gbit", "B", "kB", "MB", "GB", "TB", "KiB", "MiB", "GiB", "TiB"]),
    ("duration", &["d", "h", "min", "s", "ms", "\u{3bc}s"]),
    ("temperature", &["K", "°C", "°F"]),
];
const BINARY_CLASSES: &[&str] = &["problem", "running", "connectivity"];

fn facts() -> BoxFacts {
    let names = |names: [&str; 2]| names.map(String::from).into();
    let (inputs, media) = (names(["Pulpit", "Choir"]), names(["SD card", "USB stick"]));
    let scenes = vec!["Sunday".into(), "Größe".into()];
    let pads = Some(vec![(PadName { bank: 1, row: 2, column: 3 }, "Walk-in".into())]);
    BoxFacts { inputs, outputs: 2, meters: true, mix_loudness: true, media, scenes, pads, delivery: true }
}

fn discovered(id: &str, facts: &BoxFacts) -> Value {
    let topics = Topics::new(id);
    serde_json::from_str(&config(&About { id, version: "1.2.3", topics: &topics }, facts)).unwrap()
}

fn components(discovery: &Value) -> Vec<(&str, &Value)> {
    discovery["components"].as_object().unwrap().iter().map(|(key, value)| (key.as_str(), value)).collect()
}

#[test]
fn the_device_and_where_it_comes_from() {
    let found = discovered("hall", &facts());
    assert_eq!(found["device"]["identifiers"], serde_json::json!(["vestry_hall"]));
    assert_eq!(found["device"]["sw_version"], "1.2.3");
    assert_eq!(found["origin"]["name"], "Vestry");
    assert_eq!(found["availability_topic"], "vestry/hall/availability");
    let known = ["availability_topic", "components", "device", "origin", "qos"];
    assert!(found.as_object().unwrap().keys().eq(known), "{found}");
    assert_eq!(Home::new("ha", "hall").config, "ha/device/hall/config");
    assert_eq!(Home::new("ha", "hall").status, "ha/status");
}

#[test]
fn every_component_has_what_its_platform_asks_for_and_nothing_unknown() {
    let found = discovered("hall-2", &facts());
    let mut unique = BTreeSet::new();
    for (key, component) in components(&found) {
        let platform = component["platform"].as_str().unwrap();
        let (_, needed, allowed) = PLATFORMS.iter().find(|(name, ..)| *name == platform).unwrap();
        let has = |field: &&str| component.get(field).is_some_and(|value| !value.is_null());
        assert!(needed.iter().chain(ALWAYS).all(has), "{key}: {component}");
        let known = |field: &String| {
            [needed, allowed, ALWAYS, SOMETIMES].iter().any(|list| list.contains(&field.as_str()))
        };
        assert!(component.as_object().unwrap().keys().all(known), "{key}: {component}");
        assert!(unique.insert(component["unique_id"].as_str().unwrap()), "{key}");
        let entity_id = component["default_entity_id"].as_str().unwrap();
        let slug = entity_id.strip_prefix(&format!("{platform}.")).unwrap();
        assert!(slug.chars().all(|c| matches!(c, 'a'..='z' | '0'..='9' | '_')), "{entity_id}");
        assert_eq!(slug, format!("vestry_hall_2_{key}"));
    }
}

#[test]
fn classes_units_and_categories_go_together() {
    for (key, component) in components(&discovered("hall", &facts())) {
        let class = component.get("device_class").and_then(Value::as_str);
        let unit = component.get("unit_of_measurement").and_then(Value::as_str);
        match (component["platform"].as_str().unwrap(), class) {
            ("sensor", Some("enum")) => assert!(unit.is_none() && component["options"].is_array(), "{key}"),
            ("sensor", Some("timestamp")) => assert_eq!(unit, None, "{key}"),
            ("sensor", Some(class)) => {
                let (_, units) = UNITS.iter().find(|(name, _)| *name == class).unwrap();
                assert!(units.contains(&unit.unwrap()), "{key}: {unit:?}");
            }
            ("number", None) => assert!(matches!(unit, None | Some("dB" | "Hz" | "ms")), "{key}: {unit:?}"),
            ("sensor", None) => {
                assert!(matches!(unit, None | Some("dB" | "LUFS" | "LU" | "dBTP")), "{key}: {unit:?}")
            }
            ("binary_sensor", class) => assert!(BINARY_CLASSES.contains(&class.unwrap()), "{key}"),
            (_, class) => assert_eq!(class, None, "{key}"),
        }
        let category = component.get("entity_category").and_then(Value::as_str);
        let reads_only = ["sensor", "binary_sensor"].contains(&component["platform"].as_str().unwrap());
        assert!(
            matches!(
                (category, reads_only),
                (None | Some("diagnostic"), true) | (None | Some("config"), false)
            ),
            "{key}: {category:?}"
        );
        let long_term = component.get("state_class").is_some();
        let counts = ["xruns", "lost_frames", "delivery_waiting"].contains(&key);
        assert!(!long_term || unit.is_some() || counts, "{key}");
    }
}

fn state() -> StateReport {
    let input = InputReport {
        name: "Pulpit".into(),
        gain_db: 0.0,
        mute: false,
        invert: false,
        solo: false,
        source: InputSource::Card,
        tap: TapName::Pre,
        mix_db: 0.0,
        pan: 0.0,
        monitor_db: None,
        high_pass_hz: None,
        eq: [Some(EqBand::default()); MOST_BANDS],
        gate: Some(GateConfig::default()),
        compressor: Some(CompressorConfig::default()),
        bypass: Default::default(),
        sends_db: [None; 2],
        clipped: false,
    };
    let output = OutputReport { gain_db: 0.0, ..OutputReport::default() };
    let (inputs, outputs) = (vec![input; 2], vec![output; 2]);
    let sends = vec![SendReport { level_db: 0.0 }; 2];
    let (player, delivery) = (Some(PlayerReport::default()), Some(DeliveryReport::default()));
    StateReport { selected: 1, inputs, outputs, sends, player, delivery, ..StateReport::default() }
}

const SELECTED: &str = "value_json.inputs[value_json.selected - 1].name";

/// Whether a path such as `value_json.inputs[0].name` is there, null or not.
fn there(message: &Value, path: &str) -> bool {
    let pointer = path.replace("[value_json.selected - 1]", "[0]").replace('[', ".").replace(']', "");
    let pointer = pointer.trim_start_matches("value_json").replace('.', "/");
    message.pointer(&pointer).is_some()
}

#[test]
fn every_template_finds_its_value() {
    let peaks = MetersReport { peak_db: vec![0.0; 2], ..MetersReport::default() };
    let media = vec![MediumReport::default(); 2];
    let (snapshot, inputs) = (Snapshot { media, ..Snapshot::default() }, vec!["ok".into(); 2]);
    let mix = Some(ProgrammeLoudness::default());
    let loudness = Some(LoudnessReport { mix, ..LoudnessReport::default() });
    let health = Health { snapshot, inputs, loudness, ..Health::default() };
    let messages = [
        ("vestry/hall/state", serde_json::to_value(state()).unwrap()),
        ("vestry/hall/health", serde_json::to_value(health).unwrap()),
        ("vestry/hall/meters", serde_json::to_value(peaks).unwrap()),
    ];
    let mut read = 0;
    for (key, component) in components(&discovered("hall", &facts())) {
        let Some(template) = component.get("value_template").and_then(Value::as_str) else { continue };
        let (_, message) = messages.iter().find(|(topic, _)| component["state_topic"] == *topic).unwrap();
        let expression = template.trim_start_matches("{{ ").trim_end_matches(" }}");
        let expression = expression.trim_start_matches("'ON' if ").trim_end_matches(" else 'OFF'");
        let path = expression.split([' ', '|']).next().unwrap();
        let path = if expression.starts_with(SELECTED) { SELECTED } else { path };
        assert!(there(message, path), "{key}: {path} in {message}");
        assert!(!there(message, &format!("{path}x")), "{key}");
        read += 1;
    }
    assert!(read > 30, "{read}");
}

#[test]
fn what_home_assistant_sends_is_understood() {
    let facts = facts();
    for (key, component) in components(&discovered("hall", &facts)) {
        let Some(topic) = component.get("command_topic").and_then(Value::as_str) else { continue };
        let texts: Vec<String> = match component["platform"].as_str().unwrap() {
            "switch" => [("payload_on", "ON"), ("payload_off", "OFF")]
                .map(|(field, usual)| {
                    component.get(field).and_then(Value::as_str).unwrap_or(usual).to_owned()
                })
                .into(),
            "number" => ["min", "max"].map(|end| component[end].to_string()).into(),
            "select" => serde_json::from_value(component["options"].clone()).unwrap(),
            _ => vec![component.get("payload_press").and_then(Value::as_str).unwrap_or("PRESS").into()],
        };
        for text in texts {
            let topics = Topics::new("hall");
            let wish = topics.wish(topic).unwrap_or_else(|| panic!("{key}: {topic}"));
            let message = Message { topic: wish, payload: text.as_bytes(), retained: false };
            assert!(parse(message, &facts.inputs).is_ok(), "{key}: {text}");
        }
    }
}

#[test]
fn a_matrix_appears_crossing_by_crossing_unless_it_is_large() {
    let crossings = |inputs: usize, outputs| {
        let facts = BoxFacts { inputs: vec![String::new(); inputs], outputs, ..BoxFacts::default() };
        let found = discovered("hall", &facts);
        components(&found).iter().filter(|(key, _)| key.starts_with("route_")).count()
    };
    assert_eq!([crossings(6, 2), crossings(8, 8), crossings(9, 8), crossings(6, 0)], [12, 64, 0, 0]);
}

#[test]
fn levels_are_off_until_wanted_and_absent_where_none_are_sent() {
    let found = discovered("hall", &facts());
    assert_eq!(found["components"]["input_2_peak"]["enabled_by_default"], false);
    let found = discovered("hall", &BoxFacts { meters: false, ..facts() });
    assert!(found["components"].get("input_2_peak").is_none());
}

#[test]
fn inputs_that_have_no_name_of_their_own_are_selected_by_number() {
    for names in [["Same", "Same"], ["", "x"], ["2", "1"], [" a", "b"]] {
        let facts = BoxFacts { inputs: names.map(String::from).into(), ..BoxFacts::default() };
        let found = discovered("hall", &facts);
        assert_eq!(found["components"]["select"]["options"], serde_json::json!(["1", "2"]), "{names:?}");
    }
    let found = discovered("hall", &facts());
    assert_eq!(found["components"]["select"]["options"], serde_json::json!(["Pulpit", "Choir"]));
}

/// A pad that the configuration names is a button; of a large bank the first ones are, and where there is no player nothing is.
#[test]
fn the_player_appears_with_its_pads_where_there_is_one() {
    let found = discovered("hall", &facts());
    let pad = &found["components"]["pad_1_2_3"];
    assert_eq!((&pad["platform"], &pad["name"]), (&"button".into(), &"Walk-in".into()));
    assert_eq!(pad["command_topic"], "vestry/hall/set/pad/1.2.3");
    assert_eq!(
        found["components"]["input_2_source"]["options"],
        serde_json::json!(["card", "generator", "player"])
    );
    let found = discovered("hall", &BoxFacts { pads: None, ..facts() });
    let known = ["pad_1_2_3", "stop_clips", "clips_playing"];
    assert!(known.iter().all(|key| found["components"].get(key).is_none()), "{found}");
    assert_eq!(found["components"]["input_2_source"]["options"], serde_json::json!(["card", "generator"]));
    let found = discovered("hall", &BoxFacts { pads: Some(bank()), ..facts() });
    assert_eq!(components(&found).iter().filter(|(key, _)| key.starts_with("pad_")).count(), 64);
}

/// More pads than are announced.
fn bank() -> Vec<(PadName, String)> {
    let pad = |bank, row, column| (PadName { bank, row, column }, format!("Clip of {row} and {column}"));
    (1..=2)
        .flat_map(|bank| (1..=6).flat_map(move |row| (1..=6).map(move |column| pad(bank, row, column))))
        .collect()
}

/// Of what an input has switched on the switch and the main numbers appear at once, the rest when somebody wants it; of a large
/// box not each band of each equaliser.
#[test]
fn all_that_an_input_has_switched_on_can_be_set() {
    let found = discovered("hall", &facts());
    let component = |what: &str| &found["components"][format!("input_2_{what}")];
    for (what, range, unit) in [
        ("high_pass", (10.0, 2_000.0), "Hz"),
        ("gate_threshold", (-96.0, 0.0), "dB"),
        ("compressor_threshold", (-60.0, 0.0), "dB"),
        ("compressor_release", (5.0, 5_000.0), "ms"),
        ("eq_8_gain", (-24.0, 24.0), "dB"),
    ] {
        let number = component(what);
        assert_eq!((number["min"].as_f64().unwrap(), number["max"].as_f64().unwrap()), range, "{what}");
        assert_eq!(number["unit_of_measurement"], unit, "{what}");
    }
    assert!(component("compressor_ratio").get("unit_of_measurement").is_none());
    assert!(component("gate_threshold").get("enabled_by_default").is_none());
    assert_eq!(component("gate_release")["enabled_by_default"], false);
    let keys = serde_json::json!(["own", "1", "2", "monitor", "mix", "send_1", "send_2"]);
    assert_eq!(component("compressor_key")["options"], keys);
    let large = BoxFacts { inputs: vec!["x".into(); 7], ..facts() };
    let large = discovered("hall", &large);
    assert!(large["components"].get("input_7_eq_1_gain").is_none());
    assert!(large["components"].get("input_7_eq_on").is_some());
}

/// Mosquitto takes any size; the one of a service may take 128 kB, for which there is the short one.
#[test]
fn the_message_is_of_a_size_that_brokers_take() {
    let of = |inputs: usize, outputs| {
        let facts = BoxFacts {
            inputs: (1..=inputs).map(|number| format!("Microphone number {number:02}")).collect(),
            outputs,
            pads: Some(bank()),
            ..facts()
        };
        config(
            &About { id: "vestry-in-the-hall", version: "1.2.3", topics: &Topics::new("vestry-in-the-hall") },
            &facts,
        )
    };
    let (usual, large) = (of(6, 2), of(32, 32));
    assert!(usual.len() < 256 * 1024 && shown(&usual).len() < 96 * 1024, "{}", usual.len());
    assert!(large.len() < 1024 * 1024, "{}", large.len());
    let hidden = |text: &str| text.matches("\"enabled_by_default\":false").count();
    assert!(hidden(&usual) > 0 && hidden(&shown(&usual)) == 0);
}
