//! Every command of the console with what the retained state has to show after it.
use super::broker::{Broker, Ear};
use serde_json::{Value, json};

/// Asks, and hears what became of it. What it brings about may be told before the answer, so that is heard again.
pub fn ask(broker: &Broker, ear: &mut Ear, base: &str, what: &Value) -> Value {
    let (place, id) = (ear.place(), format!("question {}", ear.heard.len()));
    let (asked, answered) = (format!("{base}/command"), format!("{base}/response"));
    let mut question = if what.is_array() { json!({ "commands": what }) } else { what.clone() };
    question["id"] = json!(id);
    broker.publish(&asked, &question.to_string(), &[]);
    let answer = ear.until("the answer", |message| message.topic == answered && message.json()["id"] == id);
    ear.back_to(place);
    ear.until("the question", |message| message.topic == asked && message.json()["id"] == id);
    answer.json()
}

/// Waits until the retained state says so.
pub fn state(ear: &mut Ear, base: &str, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let topic = format!("{base}/state");
    ear.until(what, |message| message.topic == topic && wanted(&message.json())).json()
}

type Shown = fn(&Value) -> bool;

/// For a box of four inputs and two outputs at least, as it is after its start.
const COMMANDS: [(&str, Shown); 57] = [
    (r#"{"command": "gain", "input": 1, "db": -3.5}"#, |state| state["inputs"][0]["gain_db"] == -3.5),
    (r#"{"command": "mute", "input": 2, "on": true}"#, |state| state["inputs"][1]["mute"] == true),
    (r#"{"command": "invert", "input": 3, "on": true}"#, |state| state["inputs"][2]["invert"] == true),
    (r#"{"command": "solo", "input": 4, "on": true}"#, |state| state["inputs"][3]["solo"] == true),
    (r#"{"command": "tap", "input": 2, "tap": "post"}"#, |state| state["inputs"][1]["tap"] == "post"),
    (r#"{"command": "source", "input": 4, "source": "generator"}"#, |state| {
        state["inputs"][3]["source"] == "generator"
    }),
    (r#"{"command": "source", "input": 4, "source": "card"}"#, |state| {
        state["inputs"][3]["source"] == "card"
    }),
    (r#"{"command": "mix", "input": 1, "db": -12.0}"#, |state| state["inputs"][0]["mix_db"] == -12.0),
    (r#"{"command": "pan", "input": 1, "pan": 0.25}"#, |state| state["inputs"][0]["pan"] == 0.25),
    (r#"{"command": "monitor", "input": 2, "db": -6.0}"#, |state| state["inputs"][1]["monitor_db"] == -6.0),
    (r#"{"command": "monitor", "input": 2, "db": null}"#, |state| state["inputs"][1]["monitor_db"].is_null()),
    (r#"{"command": "select", "input": 3}"#, |state| state["selected"] == 3),
    (r#"{"command": "monitor_mute", "on": true}"#, |state| state["monitor_mute"] == true),
    (r#"{"command": "monitor_to", "output": 2, "db": -1.0}"#, |state| {
        state["outputs"][1]["monitor_db"] == -1.0
    }),
    (r#"{"command": "output_gain", "output": 1, "db": 2.0}"#, |state| state["outputs"][0]["gain_db"] == 2.0),
    (r#"{"command": "route", "input": 4, "output": 1, "level": 0.5}"#, |state| {
        state["routes"] == json!([{"input": 4, "output": 1, "level": 0.5}])
    }),
    (r#"{"command": "limiter", "output": 1, "db": -3.0}"#, |state| state["outputs"][0]["limiter_db"] == -3.0),
    (r#"{"command": "limiter", "output": 1, "db": null}"#, |state| {
        state["outputs"][0]["limiter_db"].is_null()
    }),
    (r#"{"command": "high_pass", "input": 1, "hz": 80.0}"#, |state| {
        state["inputs"][0]["high_pass_hz"] == 80.0
    }),
    (r#"{"command": "high_pass", "input": 1, "hz": null}"#, |state| {
        state["inputs"][0]["high_pass_hz"].is_null()
    }),
    (
        r#"{"command": "eq", "input": 2, "band": 8, "settings": {"kind": "high_shelf", "gain_db": 2.5}}"#,
        |state| {
            state["inputs"][1]["eq"][7]
                == json!({"kind": "high_shelf", "hz": 1000.0, "gain_db": 2.5, "q": 0.7})
        },
    ),
    (r#"{"command": "eq", "input": 2, "band": 8, "settings": null}"#, |state| {
        state["inputs"][1]["eq"][7].is_null()
    }),
    (r#"{"command": "gate", "input": 3, "settings": {"range_db": -20.0}}"#, |state| {
        state["inputs"][2]["gate"]["range_db"] == -20.0
    }),
    (r#"{"command": "compressor", "input": 4, "settings": {"ratio": 4.0, "key": 1}}"#, |state| {
        let compressor = &state["inputs"][3]["compressor"];
        compressor["ratio"] == 4.0 && compressor["key"] == 1 && compressor["knee_db"] == 6.0
    }),
    (r#"{"command": "compressor", "input": 3, "settings": {"key": "send_1"}}"#, |state| {
        state["inputs"][2]["compressor"]["key"] == "send_1"
    }),
    (r#"{"command": "gate_adjust", "input": 3, "settings": {"hold_ms": 300.0}}"#, |state| {
        let gate = &state["inputs"][2]["gate"];
        gate["hold_ms"] == 300.0 && gate["range_db"] == -20.0
    }),
    (r#"{"command": "bypass", "input": 3, "insert": "gate", "on": true}"#, |state| {
        state["inputs"][2]["bypass"] == json!(["gate"]) && state["inputs"][2]["gate"]["hold_ms"] == 300.0
    }),
    (r#"{"command": "bypass", "input": 3, "insert": "gate", "on": false}"#, |state| {
        state["inputs"][2]["bypass"] == json!([]) && state["inputs"][2]["gate"]["hold_ms"] == 300.0
    }),
    (r#"{"command": "gate_adjust", "input": 4, "settings": {"range_db": -30.0}}"#, |state| {
        // It was not there: set, and not heard before somebody switches it on.
        let input = &state["inputs"][3];
        input["gate"]["range_db"] == -30.0 && input["bypass"] == json!(["gate"])
    }),
    (r#"{"command": "compressor_adjust", "input": 4, "settings": {"key": null}}"#, |state| {
        let compressor = &state["inputs"][3]["compressor"];
        compressor["ratio"] == 4.0 && compressor["key"].is_null()
    }),
    (r#"{"command": "eq_adjust", "input": 1, "band": 1, "settings": {"gain_db": -2.0}}"#, |state| {
        state["inputs"][0]["eq"][0]["gain_db"] == -2.0
    }),
    (r#"{"command": "delay", "output": 2, "ms": 12.5}"#, |state| state["outputs"][1]["delay_ms"] == 12.5),
    (r#"{"command": "solo_mode", "mode": "pfl"}"#, |state| state["solo_mode"] == "pfl"),
    (r#"{"command": "send", "input": 2, "send": 1, "db": -6.0}"#, |state| {
        state["inputs"][1]["sends_db"] == json!([-6.0, null])
    }),
    (r#"{"command": "send_to", "send": 2, "output": 1, "db": 3.0}"#, |state| {
        state["outputs"][0]["sends_db"] == json!([null, 3.0])
    }),
    (r#"{"command": "send_level", "send": 2, "db": -4.0}"#, |state| state["sends"][1]["level_db"] == -4.0),
    (r#"{"command": "mix_level", "db": -2.0}"#, |state| state["mix"]["level_db"] == -2.0),
    (r#"{"command": "mix_to", "side": "left", "output": 2, "db": -6.0}"#, |state| {
        state["outputs"][1]["mix_left_db"] == -6.0 && state["outputs"][1]["mix_right_db"].is_null()
    }),
    (r#"{"command": "mix_to", "side": "left", "output": 2, "db": null}"#, |state| {
        state["outputs"][1]["mix_left_db"].is_null()
    }),
    (r#"{"command": "generator", "kind": "sine", "hz": 440.0, "outputs": [2]}"#, |state| {
        let generator = &state["generator"];
        generator["kind"] == "sine" && generator["hz"] == 440.0 && generator["outputs"] == json!([2])
    }),
    (r#"{"command": "generator", "kind": "sweep", "seconds": 1.0, "from_hz": 100.0}"#, |state| {
        state["generator"]["kind"] == "sweep"
    }),
    (r#"{"command": "generator", "level_db": -30.0}"#, |state| {
        // The sweep was played once, to its end.
        state["generator"]["kind"] == "off" && state["generator"]["level_db"] == -30.0
    }),
    (r#"{"command": "click", "on": true, "bpm": 97.3}"#, |state| {
        let click = &state["click"];
        click["on"] == true && (click["bpm"].as_f64().unwrap() - 97.3).abs() < 1e-4 && click["beats"] == 4
    }),
    (r#"{"command": "split_output", "output": 1, "on": true}"#, |state| {
        state["outputs"][0]["split"] == true && state["outputs"][1]["split"] == false
    }),
    (r#"{"command": "split_output", "output": 1, "on": false}"#, |state| {
        state["outputs"][0]["split"] == false
    }),
    (r#"{"command": "soundcheck", "take": "2001-01-01_000000_0001"}"#, |state| {
        let soundcheck = &state["soundcheck"];
        let why = soundcheck["fault"].as_str().is_some_and(|fault| fault.contains("there is no such folder"));
        soundcheck["state"] == "failed" && why
    }),
    (
        r#"{"command": "schedule", "entries": [{"name": "Vespers", "days": ["wed"], "start": "23:30", "end": "00:15", "enabled": false}]}"#,
        |state| {
            let schedule = &state["schedule"];
            schedule["entries"][0]["start"] == "23:30" && schedule["next"].is_null()
        },
    ),
    (r#"{"command": "schedule", "entries": []}"#, |state| state["schedule"]["entries"] == json!([])),
    (r#"{"command": "schedule_enable", "on": false}"#, |state| state["schedule"]["enabled"] == false),
    (r#"{"command": "trigger", "on": true}"#, |state| state["schedule"]["trigger"]["on"] == true),
    (r#"{"command": "trigger", "on": false}"#, |state| {
        state["schedule"]["trigger"] == json!({"on": false, "state": "idle"})
    }),
    (r#"{"command": "page", "page": "spectrum"}"#, |state| state["page"] == "spectrum"),
    (r#"{"command": "lock", "on": true}"#, |state| state["locked"] == true),
    (r#"{"command": "latency_monitor", "on": true}"#, |state| state["latency_monitor"] == true),
    (r#"{"command": "scene_save", "name": "As it was"}"#, |state| {
        state["scenes"].as_array().is_some_and(|names| names.contains(&json!("As it was")))
    }),
    (r#"{"command": "scene_recall", "name": "As it was"}"#, |state| state["scene"] == "As it was"),
    (r#"{"command": "scene_delete", "name": "As it was"}"#, |state| state["scene"].is_null()),
];

/// Gives each command and sees it answered, done and shown; then a marker and a split, which are told as events.
pub fn all(broker: &Broker, ear: &mut Ear, base: &str) {
    for (command, shown) in COMMANDS {
        let wanted: Value = serde_json::from_str(command).unwrap();
        let answer = ask(broker, ear, base, &wanted);
        assert_eq!((&answer["ok"], &answer["command"]), (&json!(true), &wanted["command"]), "{answer}");
        state(ear, base, command, shown);
    }
    let events = format!("{base}/event");
    let marker = json!({"command": "marker", "label": "Sermon"});
    assert_eq!(ask(broker, ear, base, &marker)["ok"], true);
    let told =
        ear.until("the marker", |message| message.topic == events && message.json()["label"] == "Sermon");
    assert!(told.json()["at"].as_u64() > Some(0));
    assert_eq!(ask(broker, ear, base, &json!({"command": "split"}))["ok"], true);
    ear.until("the split", |message| message.topic == events && message.json()["event_type"] == "split");
}
