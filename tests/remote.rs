//! Promise: whatever the technician asks for over a real broker, the box does, answers and shows; all of a batch or none.
#[path = "mqtt/broker.rs"]
#[allow(dead_code)]
mod broker;
#[path = "common/cli.rs"]
mod cli;
#[path = "mqtt/commands.rs"]
mod commands;
#[path = "common/running.rs"]
mod running;

use broker::{Broker, Ear};
use running::Running;
use serde_json::{Value, json};
use std::path::Path;

/// A tone of -20 dBFS on the first input, of -40 dBFS on the second, and two more that are silent.
const BOX: &str = "inputs = 4\nframes_per_period = 256\nperiods = 32\nrealtime = { lock_memory = false }\n\
    [device]\nkind = \"offline\"\n[device.offline]\nsources = [{ tone_hz = 997.0, level_db = -20.0 }, \
    { tone_hz = 440.0, level_db = -40.0 }]\n[delivery]\ntarget = \"webdav+http://127.0.0.1:9/takes\"\nwhen = \"asked\"\n[mqtt]\nid = \"hall\"\nhost = \"127.0.0.1\"\nmeters_hz = 10.0\nhealth_s = 1\n";

/// Where its topics are.
const BASE: &str = "vestry/hall";

fn ask(broker: &Broker, ear: &mut Ear, what: &Value) -> Value {
    commands::ask(broker, ear, BASE, what)
}

fn state(ear: &mut Ear, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    commands::state(ear, BASE, what, wanted)
}

fn recording(ear: &mut Ear) -> Value {
    state(ear, "a take", |state| state["state"] == "REC" && state["recording"] == true)
}

fn manifest(take: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(take.join("take.json")).unwrap()).unwrap()
}

#[test]
fn every_command_is_done_answered_and_shown() {
    let (broker, dir) = (Broker::start(), tempfile::tempdir().unwrap());
    let (mut ear, vestry) = (broker.listen(), Running::beside(broker.port, dir.path(), BOX));
    recording(&mut ear);
    commands::all(&broker, &mut ear, BASE);
    // Its WebDAV server is not there; that changes nothing, so the state is not told again.
    let answer = commands::ask(&broker, &mut ear, BASE, &json!({"command": "deliver_stop"}));
    assert_eq!((&answer["ok"], &answer["command"]), (&json!(true), &json!("deliver_stop")), "{answer}");
    let state = ear.heard.iter().rfind(|message| message.topic == format!("{BASE}/state")).unwrap().json();
    assert_eq!(state["delivery"]["target"], "webdav");
    vestry.end();
    let take = cli::takes(&dir.path().join("takes")).remove(0);
    let manifest = manifest(&take);
    let labels: Vec<_> =
        manifest["markers"].as_array().unwrap().iter().map(|marker| &marker["label"]).collect();
    let wanted = [
        "Input 2 is recorded after its gain from here",
        "Input 4 is fed by the generator from here",
        "Input 4 is fed by the card from here",
        "Sermon",
    ];
    assert_eq!(labels, wanted);
    assert_eq!(manifest["tracks"][0]["parts"].as_array().unwrap().len(), 2);
}

#[test]
fn a_batch_is_done_whole_or_not_at_all_and_refusals_are_counted() {
    let (broker, dir) = (Broker::start(), tempfile::tempdir().unwrap());
    let (mut ear, vestry) = (broker.listen(), Running::beside(broker.port, dir.path(), BOX));
    recording(&mut ear);
    let batch = |input: usize| json!([{"command": "mute", "input": 1, "on": true}, {"command": "gain", "input": input, "db": 6.0}]);
    let refused = ask(&broker, &mut ear, &batch(9));
    assert_eq!(
        (&refused["ok"], &refused["reason"]),
        (&json!(false), &json!("command 2: input 9: must be 1..4"))
    );
    assert_eq!(ask(&broker, &mut ear, &batch(2))["ok"], true);
    let after = state(&mut ear, "the batch", |state| state["inputs"][0]["mute"] == true);
    assert_eq!(after["inputs"][1]["gain_db"], 6.0, "one message tells both");
    broker.publish("vestry/hall/set/gain", "1", &[]);
    let refused = |message: &broker::Message| message.json()["topic"] == "set/gain";
    let answer =
        ear.until("a refusal", |message| message.topic == "vestry/hall/response" && refused(message));
    assert_eq!(answer.json()["ok"], false);
    ear.until("two refusals", |message| {
        message.topic == "vestry/hall/health" && message.json()["refused"] == 2
    });
    vestry.end();
}

#[test]
fn takes_are_begun_and_ended_from_afar_and_a_new_tap_holds() {
    let (broker, dir) = (Broker::start(), tempfile::tempdir().unwrap());
    let (mut ear, vestry) = (broker.listen(), Running::beside(broker.port, dir.path(), BOX));
    let first = recording(&mut ear)["take"].clone();
    assert_eq!(ask(&broker, &mut ear, &json!({"command": "record", "on": false}))["ok"], true);
    let place = ear.place();
    let closed = ear.until("its end", |message| message.payload.contains("take_closed")).json();
    assert_eq!((&closed["take"], &closed["gaps"]), (&first, &json!(0)));
    ear.back_to(place);
    state(&mut ear, "no take", |state| state["state"] == "NOT REC" && state["recording"] == false);
    let late = ask(&broker, &mut ear, &json!({"command": "marker"}));
    assert_eq!(late["reason"], "nothing is being recorded");
    ask(&broker, &mut ear, &json!({"command": "tap", "input": 1, "tap": "post"}));
    broker.publish("vestry/hall/set/record", "ON", &[]);
    let second = recording(&mut ear)["take"].clone();
    vestry.end();
    let last = state(&mut ear, "the end", |state| state["state"] == "NOT REC");
    assert_eq!(last["take"], second, "what is retained of a box that is off");
    assert_eq!(ear.until("gone", |message| message.payload == "offline").topic, "vestry/hall/availability");
    let takes = dir.path().join("takes");
    let tap = |take: &Value| {
        let manifest = manifest(&takes.join(take.as_str().unwrap()));
        manifest["tracks"][0]["channels"][0]["tap"].clone()
    };
    assert_eq!((tap(&first), tap(&second)), (json!("pre"), json!("post")));
}

#[test]
fn a_take_is_protected_and_the_answer_says_where() {
    let (broker, dir) = (Broker::start(), tempfile::tempdir().unwrap());
    let (mut ear, vestry) = (broker.listen(), Running::beside(broker.port, dir.path(), BOX));
    let take = recording(&mut ear)["take"].clone();
    let mark = dir.path().join("takes").join(take.as_str().unwrap()).join("protected");
    for (command, protected) in [("protect", true), ("unprotect", false)] {
        for named in [&take, &Value::Null] {
            let answer = ask(&broker, &mut ear, &json!({"command": command, "take": named}));
            let located = json!([{"take": take, "on": ["SD card"], "not_on": []}]);
            assert_eq!((&answer["ok"], &answer["takes"]), (&json!(true), &located), "{answer}");
            let done = ear.until("its protection", |message| message.payload.contains("protection")).json();
            assert_eq!((&done["take"], &done["protected"]), (&take, &json!(protected)));
            assert_eq!(mark.exists(), protected);
        }
    }
    let unknown = ask(&broker, &mut ear, &json!({"command": "protect", "take": "2001-01-01_000000_0001"}));
    let reason = "take \"2001-01-01_000000_0001\": there is none of that name on SD card";
    assert_eq!((&unknown["ok"], unknown["reason"].as_str()), (&json!(false), Some(reason)));
    vestry.end();
}

#[test]
fn meters_follow_a_known_tone() {
    let (broker, dir) = (Broker::start(), tempfile::tempdir().unwrap());
    let (mut ear, vestry) = (broker.listen(), Running::beside(broker.port, dir.path(), BOX));
    recording(&mut ear);
    for _ in 0..10 {
        let meters = ear.on("vestry/hall/meters").json();
        let level = |kind: &str, input: usize| meters[kind][input].as_f64().unwrap();
        let near = |level: f64, expected: f64| (level - expected).abs() <= 0.5;
        assert!(near(level("peak_db", 0), -20.0) && near(level("rms_db", 0), -23.0), "{meters}");
        assert!(near(level("peak_db", 1), -40.0) && near(level("rms_db", 1), -43.0), "{meters}");
        assert!(level("peak_db", 2) <= -120.0 && level("rms_db", 3) <= -120.0, "{meters}");
    }
    vestry.end();
}
