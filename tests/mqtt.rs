//! Promise: the technician's view over a real broker. What is retained is, commands are answered, what is wrong is
//! refused, counted and told why, and a broker that dies costs nothing but its own time.
#[path = "mqtt/broker.rs"]
#[allow(dead_code)]
mod broker;
#[path = "mqtt/certificates.rs"]
mod certificates;
#[path = "mqtt/secure.rs"]
mod secure;
#[path = "mqtt/wire.rs"]
mod wire;

use broker::{Broker, Ear, eventually};
use serde_json::json;
use vestry::telemetry::buffer::MOST_EVENTS;
use vestry::telemetry::discovery::BoxFacts;
use vestry::telemetry::mqtt::{Mqtt, MqttSettings, Request};
use vestry::telemetry::{Control, EventReport, Health, MetersReport, Occurrence, StateReport};
use wire::{Cable, Wire};

fn settings(port: u16) -> MqttSettings {
    MqttSettings {
        host: "127.0.0.1".into(),
        port,
        id: "hall".into(),
        tls: None,
        credentials_file: None,
        discovery_prefix: None,
        version: "1.2.3".into(),
    }
}

fn facts() -> BoxFacts {
    BoxFacts {
        inputs: ["Pulpit", "Choir"].map(String::from).into(),
        outputs: 2,
        meters: true,
        mix_loudness: true,
        media: Vec::new(),
        scenes: Vec::new(),
        pads: None,
        delivery: true,
    }
}

fn spawn(settings: MqttSettings) -> Mqtt {
    Mqtt::spawn(settings, facts()).unwrap()
}

/// A box that is there.
fn connected(port: u16) -> Mqtt {
    let mqtt = spawn(settings(port));
    eventually("connected", || mqtt.link().connected);
    mqtt
}

fn marker(number: usize) -> EventReport {
    EventReport {
        time: 1.5,
        medium: None,
        what: Occurrence::Marker { at: number as u64, label: format!("M{number}") },
    }
}

/// Waits for `count` events; the markers' numbers as they came.
fn markers(ear: &mut Ear, count: usize) -> Vec<usize> {
    let mut next = || ear.on("vestry/hall/event").json()["at"].as_u64().unwrap() as usize;
    (0..count).map(|_| next()).collect()
}

fn request(mqtt: &mut Mqtt) -> Request {
    let mut found = None;
    eventually("a request", || {
        found = mqtt.request();
        found.is_some()
    });
    found.unwrap()
}

#[test]
fn online_while_it_lives_offline_when_it_leaves_or_dies() {
    let broker = Broker::start();
    let mut ear = broker.listen();
    let mut said = |payload: &str| {
        let message = ear.on("vestry/hall/availability");
        assert_eq!((message.payload.as_str(), message.retained, message.qos), (payload, true, 1));
    };
    let mqtt = spawn(settings(broker.port));
    said("online");
    mqtt.event(&marker(1));
    mqtt.stop();
    said("offline");
    let mqtt = spawn(settings(broker.port));
    said("online");
    // As if the power were gone: the broker says it.
    drop(mqtt);
    said("offline");
    assert_eq!(ear.all("vestry/hall/event").len(), 1, "what was told before the stop has gone out");
}

#[test]
fn values_are_retained_and_told_when_they_change_meters_and_events_are_not_retained() {
    let broker = Broker::start();
    let mut ear = broker.listen();
    let mqtt = connected(broker.port);
    let state = |word: &str| StateReport { state: word.into(), ..StateReport::default() };
    ["NOT REC", "NOT REC", "REC", "REC"].iter().for_each(|word| mqtt.state(&state(word)));
    mqtt.health(&Health { uptime_s: 7, ..Health::default() });
    mqtt.meters(&MetersReport { peak_db: vec![-20.5], ..MetersReport::default() });
    mqtt.event(&marker(1));
    let event = ear.on("vestry/hall/event");
    assert_eq!(event.json(), json!({"time": 1.5, "event_type": "marker", "at": 1, "label": "M1"}));
    assert_eq!((event.retained, event.qos), (false, 1));
    let meters = ear.on("vestry/hall/meters");
    assert_eq!((meters.json()["peak_db"][0].as_f64(), meters.retained, meters.qos), (Some(-20.5), false, 0));
    let told = ear.all("vestry/hall/state").len();
    assert!((1..=2).contains(&told), "{told} times, for two states");
    let mut late = broker.listen();
    broker.publish("test/end", "yes", &[]);
    late.on("test/end");
    let kept = |topic: &str| late.heard.iter().find(|message| message.topic == topic);
    assert_eq!(kept("vestry/hall/state").unwrap().json()["state"], "REC");
    assert_eq!(kept("vestry/hall/health").unwrap().json()["uptime_s"], 7);
    assert!(kept("vestry/hall/event").is_none() && kept("vestry/hall/meters").is_none());
    mqtt.stop();
}

#[test]
fn a_command_is_answered_where_the_request_wants_it() {
    let broker = Broker::start();
    let mut ear = broker.listen();
    let mut mqtt = connected(broker.port);
    let properties =
        ["-D", "publish", "response-topic", "desk/7", "-D", "publish", "correlation-data", "c-1"];
    broker.publish("vestry/hall/command", r#"{"id":"a","command":"mute","input":1,"on":true}"#, &properties);
    let wanted = request(&mut mqtt);
    assert_eq!(wanted.controls, [Control::Mute { input: 1, on: true }]);
    mqtt.answer(wanted.reply, Ok(Vec::new()));
    let answer = ear.on("desk/7");
    assert_eq!(answer.json(), json!({"ok": true, "id": "a", "command": "mute"}));
    assert_eq!((answer.correlation.as_deref(), answer.retained, answer.qos), (Some("c-1"), false, 1));

    let batch = r#"[{"command":"gain","input":9,"db":-3},{"command":"clear_clips"}]"#;
    broker.publish("vestry/hall/command", batch, &[]);
    let wanted = request(&mut mqtt);
    assert_eq!(wanted.controls, [Control::Gain { input: 9, db: -3.0 }, Control::ClearClips {}]);
    mqtt.answer(wanted.reply, Err("input 9: there are 6 inputs".into()));
    assert_eq!(
        ear.on("vestry/hall/response").json(),
        json!({"ok": false, "commands": ["gain", "clear_clips"], "reason": "input 9: there are 6 inputs"})
    );
    assert_eq!(mqtt.link().refused, 1);

    broker.publish("vestry/hall/set/select", "Choir", &[]);
    let wanted = request(&mut mqtt);
    assert_eq!(wanted.controls, [Control::Select { input: 2 }]);
    // Answers must not pose as the box's own state.
    mqtt.answer(wanted.reply, Ok(Vec::new()));
    ear.on("vestry/hall/response");
    broker.publish("vestry/hall/set/lock", "ON", &["-D", "publish", "response-topic", "vestry/hall/state"]);
    let wanted = request(&mut mqtt);
    mqtt.answer(wanted.reply, Ok(Vec::new()));
    assert_eq!(ear.on("vestry/hall/response").json(), json!({"ok": true, "command": "lock"}));
    assert!(ear.all("vestry/hall/state").is_empty());
    mqtt.stop();
}

#[test]
fn what_is_wrong_is_refused_for_a_reason_and_counted() {
    let broker = Broker::start();
    broker.publish("vestry/hall/set/record", "OFF", &["-r"]);
    let mut ear = broker.listen();
    let mut mqtt = connected(broker.port);
    let mut refused = |count: u64, reason: &str| {
        let answer = ear.on("vestry/hall/response").json();
        assert!(answer["ok"] == false && answer["reason"].as_str().unwrap().contains(reason), "{answer}");
        eventually("counted", || mqtt.link().refused == count);
    };
    refused(1, "retained");
    broker.publish("vestry/hall/command", r#"{"command":"split"}"#, &["-r"]);
    refused(2, "retained");
    broker.publish("vestry/hall/command", &" ".repeat(16 * 1024 + 1), &[]);
    refused(3, "16385 bytes");
    broker.publish("vestry/hall/command", "{", &[]);
    refused(4, "no JSON");
    broker.publish("vestry/hall/set/volume", "11", &[]);
    refused(5, "unknown topic");
    broker.publish("vestry/hall/command", r#"{"command":"fly"}"#, &[]);
    refused(6, "unknown variant `fly`");
    broker.publish("vestry/hall/command", r#"[{"command":"split"},{"command":"mute"}]"#, &[]);
    refused(7, "command 2: mute: missing field `input`");
    let many = format!("[{}]", vec![r#"{"command":"split"}"#; 65].join(","));
    broker.publish("vestry/hall/command", &many, &[]);
    refused(8, "65 commands");
    broker.publish("vestry/hall/set/split", "", &["-D", "publish", "correlation-data", &"x".repeat(257)]);
    refused(9, "correlation data");
    let large = "x".repeat(200_000);
    broker.publish("vestry/hall/set/marker", &large, &[]);
    refused(10, "200000 bytes");
    assert!(mqtt.request().is_none(), "nothing of all that is handed on");
    mqtt.stop();
}

#[test]
fn a_flood_of_requests_is_bounded() {
    let broker = Broker::start();
    let mut mqtt = connected(broker.port);
    let mut remote = std::process::Command::new("mosquitto_pub");
    remote.args(["-V", "mqttv5", "-h", "127.0.0.1", "-q", "1", "-p", &broker.port.to_string()]);
    remote.args(["-t", "vestry/hall/set/split", "-m", "", "--repeat", "200"]);
    assert!(remote.status().unwrap().success());
    eventually("the rest is refused", || mqtt.link().refused == 200 - 64);
    assert_eq!(std::iter::from_fn(|| mqtt.request()).count(), 64);
    mqtt.stop();
}

#[test]
fn events_of_a_time_without_a_broker_all_arrive_once_and_in_order() {
    let mut broker = Broker::start();
    let wire = Wire::to(broker.port);
    let mqtt = connected(wire.port);
    mqtt.state(&StateReport { state: "REC".into(), ..StateReport::default() });
    broker.kill();
    eventually("the loss is noticed", || !mqtt.link().connected);
    wire.is(Cable::Cut);
    (0..300).for_each(|number| mqtt.event(&marker(number)));
    mqtt.meters(&MetersReport { peak_db: vec![-1.0], ..MetersReport::default() });
    broker.restart();
    let mut ear = broker.listen();
    wire.is(Cable::Whole);
    assert_eq!(markers(&mut ear, 300), (0..300).collect::<Vec<_>>());
    mqtt.event(&marker(1000));
    assert_eq!(markers(&mut ear, 1), [1000], "nothing came twice");
    assert_eq!(ear.all("vestry/hall/state").len(), 1, "the broker had forgotten it");
    assert!(ear.all("vestry/hall/meters").is_empty(), "nobody wants to know how loud it was");
    let link = mqtt.link();
    assert_eq!((link.events_dropped, link.reconnects, link.last_error), (0, 1, None));
    mqtt.stop();
}

#[test]
fn the_oldest_events_are_dropped_and_counted() {
    let broker = Broker::start();
    let wire = Wire::to(broker.port);
    wire.is(Cable::Cut);
    let mqtt = spawn(settings(wire.port));
    (0..MOST_EVENTS + 88).for_each(|number| mqtt.event(&marker(number)));
    assert_eq!(mqtt.link().events_dropped, 88);
    let mut ear = broker.listen();
    wire.is(Cable::Whole);
    assert_eq!(markers(&mut ear, MOST_EVENTS), (88..MOST_EVENTS + 88).collect::<Vec<_>>());
    mqtt.stop();
}

#[test]
fn what_was_under_way_in_a_dead_link_is_sent_again() {
    let broker = Broker::start();
    let wire = Wire::to(broker.port);
    let mut ear = broker.listen();
    let mqtt = connected(wire.port);
    ear.on("vestry/hall/availability");
    eventually("all is quiet", || mqtt.link().sent == 1);
    wire.is(Cable::Swallows);
    (0..40).for_each(|number| mqtt.event(&marker(number)));
    eventually("some are under way", || mqtt.link().sent > 10);
    // Nobody cuts the connection: it has to be noticed that there is none.
    eventually("the dead link is noticed", || !mqtt.link().connected);
    wire.is(Cable::Whole);
    assert_eq!(markers(&mut ear, 40), (0..40).collect::<Vec<_>>());
    assert_eq!(ear.all("vestry/hall/event").len(), 40);
    mqtt.stop();
}

#[test]
fn home_assistant_is_told_at_each_connection_and_when_it_starts() {
    let broker = Broker::start();
    let wire = Wire::to(broker.port);
    let mut ear = broker.listen();
    let prefix = Some("homeassistant".into());
    let mqtt = spawn(MqttSettings { discovery_prefix: prefix, ..settings(wire.port) });
    let config = "homeassistant/device/hall/config";
    let first = ear.on(config);
    assert!(first.retained && first.qos == 1);
    assert_eq!(first.json()["components"]["record"]["command_topic"], "vestry/hall/set/record");
    ear.on("vestry/hall/availability");
    broker.publish("homeassistant/status", "offline", &[]);
    broker.publish("homeassistant/status", "online", &[]);
    assert_eq!(ear.on(config).payload, first.payload);
    assert_eq!(ear.all(config).len(), 2);
    wire.is(Cable::Cut);
    eventually("the loss is noticed", || !mqtt.link().connected);
    wire.is(Cable::Whole);
    assert_eq!(ear.on(config).payload, first.payload);
    mqtt.stop();
}

#[test]
fn a_broker_that_was_never_there_costs_nothing() {
    let nobody = Wire::to(1);
    let mut mqtt = spawn(settings(nobody.port));
    for number in 0..2000 {
        mqtt.event(&marker(number));
        mqtt.state(&StateReport { take: Some(number.to_string()), ..StateReport::default() });
        mqtt.health(&Health::default());
        mqtt.meters(&MetersReport::default());
        assert!(mqtt.request().is_none());
    }
    eventually("it is told why", || mqtt.link().last_error.is_some());
    assert_eq!(mqtt.link().events_dropped, 2000 - MOST_EVENTS as u64);
    mqtt.stop();
}
