//! Messages as remotes send them, right and wrong.
//!
//! Runs on: test.
use super::super::control::{PadAction, SideName, TapName};
use super::every::EVERY;
use super::*;
use crate::config::{BandKind, GeneratorKind, InputSource, InsertName, KeySource, PadName, SoloMode};
use crate::telemetry::wishes::{click, generator};
use crate::telemetry::{BandChange, CompressorChange, GateChange, SwitchWish};
use proptest::prelude::*;
use vestry_rt::lag::KeyBus;

fn inputs() -> Vec<String> {
    ["Pulpit", "Choir", "2"].map(String::from).into()
}

fn asked(topic: &str, payload: &str) -> Result<Vec<Control>, String> {
    let message = Message { topic, payload: payload.as_bytes(), retained: false };
    parse(message, &inputs()).map(|wish| wish.controls).map_err(|refusal| refusal.to_string())
}

/// What is left out stays; what is unknown is refused here as everywhere.
#[test]
fn generator_and_click_take_any_of_their_members() {
    let wanted = generator(|change| {
        (change.kind, change.outputs) = (Some(GeneratorKind::Sweep), Some(vec![2, 3]));
    });
    let text = r#"{"command": "generator", "kind": "sweep", "outputs": [2, 3]}"#;
    assert_eq!(asked("command", text), Ok(vec![wanted]));
    assert_eq!(asked("command", r#"{"command": "click"}"#), Ok(vec![click(|_| {})]));
    for (text, word) in [
        (r#"{"command": "generator", "volume": 1}"#, "volume"),
        (r#"{"command": "generator", "kind": "loud"}"#, "loud"),
        (r#"{"command": "click", "bpm": 1e39}"#, "too large"),
    ] {
        let refused = asked("command", text).unwrap_err();
        assert!(refused.contains(word), "{refused}");
    }
}

fn bypass(insert: InsertName, on: bool) -> Control {
    Control::Bypass { input: 2, insert, on }
}

fn pad(action: PadAction) -> Control {
    Control::Pad { pad: PadName { bank: 1, row: 2, column: 3 }, action }
}

fn keyed(key: Option<KeySource>) -> Control {
    Control::CompressorAdjust {
        input: 2,
        settings: CompressorChange { key: Some(key), ..CompressorChange::default() },
    }
}

/// Null is the compressor's own sound, nothing is what it was; what is unknown is refused here as everywhere.
#[test]
fn of_an_insert_any_setting_is_changed_alone() {
    let text = r#"{"command": "compressor_adjust", "input": 2, "settings": {"key": null}}"#;
    assert_eq!(asked("command", text), Ok(vec![keyed(None)]));
    let text = r#"{"command": "compressor_adjust", "input": 2, "settings": {}}"#;
    let nothing = Control::CompressorAdjust { input: 2, settings: CompressorChange::default() };
    assert_eq!(asked("command", text), Ok(vec![nothing]));
    for (text, word) in [
        (r#"{"command": "gate_adjust", "input": 2, "settings": {"ratio": 2}}"#, "ratio"),
        (r#"{"command": "gate_adjust", "input": 2}"#, "settings"),
        (r#"{"command": "bypass", "input": 2, "insert": "reverb", "on": true}"#, "reverb"),
    ] {
        let refused = asked("command", text).unwrap_err();
        assert!(refused.contains(word), "{refused}");
    }
}

fn understood(right: &[(&str, &str, Control)]) {
    for (topic, payload, control) in right {
        assert_eq!(asked(topic, payload), Ok(vec![control.clone()]), "{topic} {payload}");
    }
}

#[test]
fn plain_payloads_of_inputs() {
    let right = [
        ("set/record", "ON", Control::Record { on: true }),
        ("set/record", "off\n", Control::Record { on: false }),
        ("set/input/1/gain", "-3.0", Control::Gain { input: 1, db: -3.0 }),
        ("set/input/12/mute", "ON", Control::Mute { input: 12, on: true }),
        ("set/input/2/solo", "OFF", Control::Solo { input: 2, on: false }),
        ("set/input/2/invert", "ON", Control::Invert { input: 2, on: true }),
        ("set/input/2/tap", "pre", Control::Tap { input: 2, tap: TapName::Pre }),
        ("set/input/2/source", "generator", Control::Source { input: 2, source: InputSource::Generator }),
        ("set/input/2/source", "player", Control::Source { input: 2, source: InputSource::Player }),
        ("set/pad/1.2.3", "press", pad(PadAction::Press)),
        ("set/pad/1.2.3", "PRESS", pad(PadAction::Press)),
        ("set/pad/1.2.3", "release", pad(PadAction::Release)),
        ("set/pad/1.2.3", "STOP", pad(PadAction::Stop)),
        ("set/pad/1.2.3", "finish", pad(PadAction::Finish)),
        ("set/pads/stop", "PRESS", Control::StopPads {}),
        ("set/pads/rescan", "", Control::RescanPads {}),
        ("set/input/2/mix", "6", Control::Mix { input: 2, db: 6.0 }),
        ("set/input/2/pan", "-1", Control::Pan { input: 2, pan: -1.0 }),
        ("set/input/2/high_pass", "80", Control::HighPass { input: 2, hz: Some(80.0) }),
        ("set/input/2/high_pass", "off", Control::HighPass { input: 2, hz: None }),
        ("set/input/2/high_pass/on", "OFF", bypass(InsertName::HighPass, true)),
        ("set/input/2/gate/on", "ON", bypass(InsertName::Gate, false)),
        ("set/input/2/eq/on", "OFF", bypass(InsertName::Eq, true)),
        ("set/input/2/compressor/on", "ON", bypass(InsertName::Compressor, false)),
        (
            "set/input/2/gate/threshold",
            "-40.5",
            Control::GateAdjust {
                input: 2,
                settings: GateChange { threshold_db: Some(-40.5), ..GateChange::default() },
            },
        ),
        (
            "set/input/2/eq/8/kind",
            "low_shelf",
            Control::EqAdjust {
                input: 2,
                band: 8,
                settings: BandChange { kind: Some(BandKind::LowShelf), ..BandChange::default() },
            },
        ),
        ("set/input/2/compressor/key", "own", keyed(None)),
        ("set/input/2/compressor/key", "3", keyed(Some(KeySource::Input(3)))),
        ("set/input/2/compressor/key", "mix", keyed(Some(KeySource::Bus(KeyBus::Mix)))),
        ("set/input/2/monitor", "off", Control::Monitor { input: 2, db: None }),
        ("set/input/2/monitor", "-12", Control::Monitor { input: 2, db: Some(-12.0) }),
    ];
    understood(&right);
}

#[test]
fn plain_payloads() {
    let right = [
        ("set/output/1/gain", "0", Control::OutputGain { output: 1, db: 0.0 }),
        ("set/output/1/monitor", "off", Control::MonitorTo { output: 1, db: None }),
        ("set/input/2/send_1", "-6", Control::Send { input: 2, send: 1, db: Some(-6.0) }),
        ("set/output/2/delay", "12.5", Control::Delay { output: 2, ms: 12.5 }),
        ("set/output/2/send_2", "off", Control::SendTo { send: 2, output: 2, db: None }),
        ("set/output/2/mix_left", "-3", Control::MixTo { side: SideName::Left, output: 2, db: Some(-3.0) }),
        ("set/output/1/mix_right", "off", Control::MixTo { side: SideName::Right, output: 1, db: None }),
        ("set/mix/level", "-6", Control::MixLevel { db: -6.0 }),
        ("set/send/2/level", "-6", Control::SendLevel { send: 2, db: -6.0 }),
        ("set/select", "1", Control::Select { input: 1 }),
        ("set/select", "Choir", Control::Select { input: 2 }),
        ("set/select", "2", Control::Select { input: 3 }),
        ("set/monitor_mute", "ON", Control::MonitorMute { on: true }),
        ("set/page", "levels", Control::Page { page: Some("levels".into()) }),
        ("set/page", "", Control::Page { page: None }),
        ("set/solo_mode", "pfl", Control::SoloMode { mode: SoloMode::Pfl }),
        ("set/schedule", "OFF", Control::ScheduleEnable(SwitchWish { on: false })),
        ("set/trigger", "ON", Control::Trigger(SwitchWish { on: true })),
        ("set/lock", "ON", Control::Lock { on: true }),
        ("set/latency_monitor", "ON", Control::LatencyMonitor { on: true }),
        ("set/marker", "Sermon", Control::Marker { label: Some("Sermon".into()) }),
        ("set/marker", "", Control::Marker { label: None }),
        ("set/split", "PRESS", Control::Split {}),
        ("set/clear_clips", "PRESS", Control::ClearClips {}),
        ("set/self_test", "PRESS", Control::SelfTest {}),
        ("set/output/1/split", "ON", Control::SplitOutput { output: 1, on: true }),
        ("set/generator", "pink", generator(|change| change.kind = Some(GeneratorKind::Pink))),
        ("set/generator/level", "-30", generator(|change| change.level_db = Some(-30.0))),
        ("set/generator/hz", "440", generator(|change| change.hz = Some(440.0))),
        ("set/click", "ON", click(|change| change.on = Some(true))),
        ("set/click/bpm", "97.3", click(|change| change.bpm = Some(97.3))),
        ("set/click/beats", "3", click(|change| change.beats = Some(3))),
        ("set/click/level", "-12", click(|change| change.level_db = Some(-12.0))),
    ];
    understood(&right);
}

#[test]
fn wrong_plain_payloads_are_told_what_would_be_right() {
    let long = "x".repeat(65);
    let wrong = [
        ("set/record", "yes", "must be ON or OFF"),
        ("set/input/1/gain", "loud", "must be a number such as -3.0"),
        ("set/input/1/gain", "NaN", "must be a number such as -3.0"),
        ("set/input/1/gain", "1e40", "must be a number such as -3.0"),
        ("set/input/1/monitor", "", "must be a number such as -3.0, or off"),
        ("set/input/0/gain", "0", "input: must be a number from 1"),
        ("set/output/x/gain", "0", "output: must be a number from 1"),
        ("set/input/1/tap", "middle", "must be pre or post"),
        ("set/input/1/source", "tape", "must be card, generator or player"),
        ("set/pad/1.1.1", "hold", "must be press, release, stop or finish"),
        ("set/pad/1.1.1/gain", "loud", "must be a number such as -3.0"),
        ("set/pad/1.1/gain", "1", "pad: must be \"bank.row.column\", each from 1, such as \"1.2.3\""),
        ("set/pad/1.1", "press", "pad: must be \"bank.row.column\", each from 1, such as \"1.2.3\""),
        ("set/input/1/send_x", "0", "send: must be a number from 1"),
        ("set/input/1/gate/on", "-3", "must be ON or OFF"),
        ("set/input/1/gate/range", "off", "must be a number such as -3.0"),
        ("set/input/1/eq/0/gain", "1", "band: must be a number from 1"),
        ("set/input/1/eq/1/kind", "notch", "must be bell, low_shelf or high_shelf"),
        (
            "set/input/1/compressor/key",
            "send_3",
            "must be own, an input's number, monitor, mix, send_1 or send_2",
        ),
        ("set/solo_mode", "PFL", "must be afl or pfl"),
        ("set/generator", "loud", "must be off, sine, pink, sweep or identify"),
        ("set/click/beats", "3.5", "must be a whole number such as 4"),
        ("set/select", "Organ", "must be an input's number or name"),
        ("set/marker", &long, "marker: label must have 1..64 characters and no control characters"),
        ("set/marker", "a\tb", "marker: label must have 1..64 characters and no control characters"),
    ];
    for (topic, payload, reason) in wrong {
        assert_eq!(asked(topic, payload), Err(reason.into()), "{topic} {payload}");
    }
    for topic in [
        "set/",
        "set/volume",
        "set/input/1",
        "set/input/1/colour",
        "set/send/1",
        "set/input/1/gain/x",
        "set/input/1/reverb/on",
        "set/input/1/gate/ratio",
        "set/input/1/eq/1",
        "set/output/1/pan",
        "set/generator/x",
        "set/click/x",
        "set/mix",
        "set/mix/gain",
        "set/pad",
        "set/pad/1.1.1/speed_of_light",
        "set/pads/start",
    ] {
        assert_eq!(asked(topic, "1"), Err(Reason::UnknownTopic.to_string()), "{topic}");
    }
}

#[test]
fn json_alone_in_a_batch_and_with_an_id() {
    let gain = Control::Gain { input: 1, db: -3.0 };
    assert_eq!(asked("command", r#"{"command":"gain","input":1,"db":-3}"#), Ok(vec![gain.clone()]));
    let both = r#"[{"command":"gain","input":1,"db":-3},{"command":"clear_clips"}]"#;
    assert_eq!(asked("command", both), Ok(vec![gain.clone(), Control::ClearClips {}]));
    for text in [
        r#"{"id":"7","commands":[{"command":"gain","input":1,"db":-3}]}"#,
        r#"{"id":"7","command":"gain","input":1,"db":-3}"#,
    ] {
        let message = Message { topic: "command", payload: text.as_bytes(), retained: false };
        assert_eq!(parse(message, &[]), Ok(Wish { id: Some("7".into()), controls: vec![gain.clone()] }));
    }
    assert_eq!(asked("command", r#"{"command":"marker"}"#), Ok(vec![Control::Marker { label: None }]));
    let off = r#"{"command":"monitor","input":1,"db":null}"#;
    assert_eq!(asked("command", off), Ok(vec![Control::Monitor { input: 1, db: None }]));
}

#[test]
fn every_command_comes_back_from_json_as_it_was() {
    let all = include_str!("../control/facts.rs").matches("=> \"").count();
    let mut names = std::collections::BTreeSet::new();
    for text in EVERY {
        let control = asked("command", text).unwrap().remove(0);
        assert_eq!(serde_json::to_string(&control).unwrap(), text);
        assert!(text.contains(&format!("\"{}\"", control.name())));
        names.insert(control.name());
    }
    assert_eq!(names.len(), all, "a command has no example here");
}

#[test]
fn faults_name_the_command_and_nothing_of_the_batch_is_left() {
    let many = format!("[{}]", vec![r#"{"command":"split"}"#; 65].join(","));
    let wrong = [
        ("", "no JSON: EOF while parsing a value at line 1 column 0"),
        ("7", "must be a command or an array of commands"),
        ("[]", "there is no command in it"),
        (r#"{"commands":7}"#, "commands: must be an array"),
        (r#"{"commands":[],"x":1}"#, "beside \"commands\" goes \"id\" alone"),
        (r#"{"id":7,"command":"split"}"#, "id: must be a text of 64 bytes at most"),
        (r#"{"command":"gain","input":1}"#, "gain: missing field `db`"),
        (r#"{"command":"monitor","input":1}"#, "monitor: missing field `db`"),
        (r#"{"command":"monitor_to","output":1}"#, "monitor_to: missing field `db`"),
        (r#"{"command":"mix_to","side":"left","output":1}"#, "mix_to: missing field `db`"),
        (r#"{"command":"eq","input":1,"band":1}"#, "eq: missing field `settings`"),
        (r#"{"command":"gain","input":1,"db":1e300}"#, "gain: the number is too large"),
        (r#"{"command":"trigger","on":true,"x":1}"#, "trigger: unknown field `x`, expected `on`"),
        (r#"{"command":"schedule"}"#, "schedule: missing field `entries`"),
        (
            r#"{"command":"schedule","entries":[{"name":"a","days":["sun"],"start":"9:45","end":"12:15"}]}"#,
            "schedule: invalid value: string \"9:45\", expected a time of day such as \"09:45\"",
        ),
        (r#"{"command":"pad","pad":"1.1.1"}"#, "pad: missing field `action`"),
        (r#"{"command":"set_pad","gain_db":1.0}"#, "set_pad: missing field `pad`"),
        (
            r#"{"command":"pad","pad":"0.1.1","action":"stop"}"#,
            "pad: invalid value: string \"0.1.1\", expected \"bank.row.column\", each from 1, such as \"1.2.3\"",
        ),
        (
            r#"{"command":"marker","label":""}"#,
            "marker: label must have 1..64 characters and no control characters",
        ),
        (
            r#"[{"command":"split"},{"command":"mute","input":-1,"on":true}]"#,
            "command 2: mute: invalid value: integer `-1`, expected usize",
        ),
        (r#"[{"command":"split"},"split"]"#, "command 2: must be an object such as {\"command\": \"split\"}"),
        (&many, "65 commands: a batch has 64 at most"),
    ];
    for (text, reason) in wrong {
        assert_eq!(asked("command", text), Err(reason.into()), "{text}");
    }
    for text in [r#"{"command":"fly"}"#, r#"{"on":true}"#, r#"{"command":"split","x":1}"#] {
        assert!(asked("command", text).is_err(), "{text}");
    }
}

#[test]
fn retained_and_oversized_are_refused_whatever_they_say() {
    let payload = br#"{"command":"split"}"#;
    let refusal = parse(Message { topic: "command", payload, retained: true }, &[]).unwrap_err();
    assert_eq!(refusal.reason, Reason::Retained);
    let large = [b' '; MAX_PAYLOAD + 1];
    let refusal = parse(Message { topic: "set/split", payload: &large, retained: false }, &[]).unwrap_err();
    assert_eq!(refusal.reason, Reason::Oversized(MAX_PAYLOAD + 1));
    let refusal = parse(Message { topic: "set/page", payload: b"\xFF", retained: false }, &[]).unwrap_err();
    assert_eq!(refusal.to_string(), "the payload is no UTF-8 text");
}

#[test]
fn the_id_is_kept_for_the_refusal() {
    let payload = br#"{"id":"a7","command":"fly"}"#;
    let refusal = parse(Message { topic: "command", payload, retained: false }, &[]).unwrap_err();
    assert_eq!(refusal.id.as_deref(), Some("a7"));
}

proptest! {
    #[test]
    fn what_is_accepted_is_within_bounds(topic in "(command|set/[a-z_/0-9]{0,20})", payload: Vec<u8>) {
        if let Ok(wish) = parse(Message { topic: &topic, payload: &payload, retained: false }, &inputs()) {
            prop_assert!((1..=MAX_BATCH).contains(&wish.controls.len()));
        }
    }

    #[test]
    fn numbers_are_taken_as_they_are(db in -200.0_f32..200.0, input in 1_usize..100) {
        let text = format!("{{\"command\":\"gain\",\"input\":{input},\"db\":{db}}}");
        prop_assert_eq!(asked("command", &text), Ok(vec![Control::Gain { input, db }]));
        prop_assert_eq!(asked(&format!("set/input/{input}/gain"), &db.to_string()), Ok(vec![Control::Gain { input, db }]));
    }
}
