//! What is allowed works, and what is not is refused or never comes: users on a site's broker, and the bridge.
use super::ear::{Ear, Message};
use super::site::{PASSWORD, Site, eventually};
use super::{facts, settings};
use std::process::Stdio;
use vestry::telemetry::mqtt::{Mqtt, MqttSettings, TlsSettings};
use vestry::telemetry::{Control, StateReport};

fn users(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Listens to all that a technician may hear, from now on.
fn technician(site: &Site, filter: &str, fence: &str) -> Ear {
    site.say("technician", fence, "ready", &["-r"]);
    let mut ear = Ear::new(site, "technician", &[filter]);
    ear.until("the fence", |message| message.topic == fence);
    ear
}

/// A box by TLS, as at a site.
fn secured(site: &Site, id: &str) -> Mqtt {
    let tls = TlsSettings { ca_file: Some(site.file("house.pem")), client: None };
    let there = MqttSettings { host: "localhost".into(), tls: Some(tls), ..settings(site, id) };
    let mqtt = Mqtt::spawn(MqttSettings { port: site.tls, ..there }, facts()).unwrap();
    eventually("a box is connected", || mqtt.link().connected);
    mqtt
}

fn state(word: &str) -> StateReport {
    StateReport { state: word.into(), ..StateReport::default() }
}

/// Asks a box on its topic until it has heard it; what it was asked for.
fn asked(site: &Site, mqtt: &mut Mqtt, topic: &str, payload: &str, options: &[&str]) -> Vec<Control> {
    assert_eq!(site.say("technician", topic, payload, options), "");
    let mut controls = Vec::new();
    eventually("the box is asked", || {
        let request = mqtt.request();
        request.into_iter().for_each(|request| {
            controls = request.controls.clone();
            mqtt.answer(request.reply, Ok(Vec::new()));
        });
        !controls.is_empty()
    });
    controls
}

#[test]
fn a_box_says_what_is_its_own_and_hears_what_is_for_it_and_a_technician_hears_all() {
    let site = Site::start(&users(&["chapel", "tower", "technician"]));
    let mut ear = technician(&site, "vestry/#", "vestry/nobody/command");
    let mut chapel = secured(&site, "chapel");
    let mut tower = secured(&site, "tower");
    for (mqtt, id) in [(&chapel, "chapel"), (&tower, "tower")] {
        mqtt.state(&state(id));
        let heard = ear.until("a state", |message| message.topic == format!("vestry/{id}/state"));
        assert_eq!(heard.json()["state"], id);
    }
    let payload = r#"{"command":"clear_clips","id":"7"}"#;
    let wanted = ["-D", "publish", "response-topic", "vestry/tower/response/desk"];
    assert_eq!(asked(&site, &mut tower, "vestry/tower/command", payload, &wanted), [Control::ClearClips {}]);
    let answer = ear.until("an answer", |message| message.topic == "vestry/tower/response/desk");
    assert_eq!((&answer.json()["ok"], &answer.json()["id"]), (&true.into(), &"7".into()));
    asked(&site, &mut tower, "vestry/tower/set/input/1/mute", "ON", &[]);
    assert!(chapel.request().is_none(), "it was for the other one");
    // A response topic that is another box's is refused by the broker, and costs nothing else.
    let theirs = ["-D", "publish", "response-topic", "vestry/chapel/response"];
    asked(&site, &mut tower, "vestry/tower/command", payload, &theirs);
    eventually("it is told why", || tower.link().last_error.is_some_and(|why| why.contains("uthori")));
    assert!(tower.link().connected);
    drop(tower);
    let will = ear.until("the will", |message| {
        message.topic == "vestry/tower/availability" && message.payload == "offline"
    });
    assert!(ear.heard.iter().all(|message| !message.topic.starts_with("vestry/chapel/response")), "{will:?}");
    chapel.stop();
}

#[test]
fn who_poses_as_another_is_refused() {
    let site = Site::start(&users(&["chapel", "tower", "technician"]));
    let mut ear = technician(&site, "vestry/#", "vestry/nobody/command");
    let refused = [
        ("chapel", "vestry/tower/state"),
        ("chapel", "vestry/tower/availability"),
        ("chapel", "vestry/tower/command"),
        ("chapel", "vestry/tower/set/record"),
        ("chapel", "vestry/chapel/command"),
        ("chapel", "vestry/chapel/more/state"),
        ("chapel", "vestry/+/state"),
        ("chapel", "homeassistant/device/tower/config"),
        ("chapel", "sites/hall/bridge"),
        ("technician", "vestry/chapel/state"),
        ("technician", "vestry/chapel/response"),
    ];
    for (user, topic) in refused {
        let said = site.say(user, topic, "forged", &["-r"]);
        assert!(!said.is_empty(), "{user} on {topic}");
    }
    assert_eq!(site.say("chapel", "vestry/chapel/event", "the last", &[]), "");
    ear.until("the last", |message| message.payload == "the last");
    assert!(ear.heard.iter().all(|message| message.payload != "forged"), "{:?}", ear.heard);
    let intruder =
        site.client("mosquitto_pub", "stranger").args(["-t", "vestry/stranger/state", "-m", "x"]).output();
    assert!(!intruder.unwrap().status.success(), "a user that there is not");
    let mut nobody = super::site::tool("mosquitto_pub");
    nobody
        .args(["-p", &site.plain.to_string(), "-t", "vestry/chapel/state", "-m", "x"])
        .stderr(Stdio::null());
    assert!(!nobody.status().unwrap().success(), "without a name and {PASSWORD:?}");
}

/// To subscribe to more is not refused by mosquitto, so only what comes can tell.
#[test]
fn a_box_that_subscribes_to_everything_hears_what_is_for_it_alone() {
    let site = Site::start(&users(&["chapel", "tower", "technician"]));
    site.say("tower", "vestry/tower/state", "not for it", &["-r"]);
    site.say("technician", "vestry/chapel/command", "first", &["-r"]);
    let mut ear = Ear::new(&site, "chapel", &["#", "vestry/#", "vestry/tower/command"]);
    ear.until("what is for it", |message| message.payload == "first");
    site.say("technician", "vestry/tower/command", "not for it", &[]);
    site.say("tower", "vestry/tower/event", "not for it", &[]);
    site.say("technician", "vestry/chapel/set/record", "last", &[]);
    ear.until("the last", |message| message.payload == "last");
    let own = |message: &Message| ["first", "last"].contains(&message.payload.as_str());
    assert!(ear.heard.iter().all(own), "{:?}", ear.heard);
}

#[test]
fn a_bridge_takes_what_boxes_say_to_the_central_broker_and_brings_commands_back() {
    let central = Site::central(&users(&["hall", "other", "technician"]));
    let mut ear = technician(&central, "sites/#", "sites/nowhere/vestry/nobody/command");
    let site = Site::bridged(&users(&["chapel", "tower", "technician", "bridge"]), &central);
    ear.until("the bridge", |message| message.topic == "sites/hall/bridge" && message.payload == "1");
    let (mut chapel, mut tower) = (secured(&site, "chapel"), secured(&site, "tower"));
    for (mqtt, id) in [(&chapel, "chapel"), (&tower, "tower")] {
        mqtt.state(&state(id));
        let topic = format!("sites/hall/vestry/{id}/state");
        assert_eq!(ear.until("a state", |message| message.topic == topic).json()["state"], id);
    }
    let payload = r#"{"command":"clear_clips","id":"far"}"#;
    let there = "sites/hall/vestry/tower/command";
    assert_eq!(asked(&central, &mut tower, there, payload, &[]), [Control::ClearClips {}]);
    let answer = ear.until("an answer", |message| message.topic == "sites/hall/vestry/tower/response");
    assert_eq!(answer.json()["id"], "far");
    asked(&central, &mut tower, "sites/hall/vestry/tower/set/input/2/mute", "ON", &[]);
    assert!(chapel.request().is_none(), "it was for the other one");
    let asked_for = |message: &&Message| message.topic == there;
    assert_eq!(ear.heard.iter().filter(asked_for).count(), 1, "no command goes round and round");
    // One site cannot pose as another on the central broker.
    assert!(!central.say("other", "sites/hall/vestry/tower/state", "forged", &[]).is_empty());
    drop(chapel);
    ear.until("the will", |message| {
        message.topic == "sites/hall/vestry/chapel/availability" && message.payload == "offline"
    });
    drop(site);
    let gone = ear.until("the bridge's own will", |message| message.topic == "sites/hall/bridge");
    assert_eq!(gone.payload, "0");
    assert!(ear.heard.iter().all(|message| message.payload != "forged"));
}
