//! Promise: a thousand boxes on one broker. Each says what is its own and hears what is for it, a technician sees every state of
//! each, and nothing is mixed up, with the very files that `board/fleet` ships.
#[path = "mqtt/certificates.rs"]
#[allow(dead_code)]
mod certificates;
#[path = "fleet/ear.rs"]
mod ear;
#[path = "common/running.rs"]
mod running;
#[path = "fleet/site.rs"]
mod site;
#[path = "fleet/walls.rs"]
mod walls;

use ear::{Ear, Message};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use running::Running;
use site::{Site, eventually};
use std::collections::HashMap;
use std::time::{Duration, Instant};
use vestry::telemetry::discovery::BoxFacts;
use vestry::telemetry::mqtt::{Mqtt, MqttSettings};
use vestry::telemetry::{EventReport, Occurrence, StateReport};

const BOXES: usize = 1_000;
/// States of each box, one after another; and events, all at once.
const STATES: u64 = 10;
const EVENTS: u64 = 10;
/// A box's connection has a socket and what its runtime waits with.
const FILES: u64 = 10_000;
/// The real box among them.
const REAL: &str = "inputs = 4\nrealtime = { lock_memory = false }\n[device]\nkind = \"offline\"\n\
    [device.offline]\nsources = [{ tone_hz = 997.0, level_db = -20.0 }]\n[mqtt]\nid = \"real\"\nhost = \"127.0.0.1\"\n\
    meters_hz = 5.0\nhealth_s = 1\n";

fn settings(site: &Site, id: &str) -> MqttSettings {
    MqttSettings {
        host: "127.0.0.1".into(),
        port: site.plain,
        id: id.into(),
        tls: None,
        credentials_file: Some(site.credentials(id)),
        discovery_prefix: None,
        version: "1.2.3".into(),
    }
}

fn facts() -> BoxFacts {
    BoxFacts { inputs: vec!["Pulpit".into(), "Choir".into()], outputs: 2, ..BoxFacts::default() }
}

fn name(number: usize) -> String {
    format!("box-{number:04}")
}

/// Its `round`th state; it says whose it is.
fn state(number: usize, round: u64) -> StateReport {
    let (reason, take) = (Some(name(number)), Some(round.to_string()));
    StateReport { state: "REC".into(), reason, take, ..StateReport::default() }
}

fn event(number: usize, at: u64) -> EventReport {
    EventReport { time: 1.5, medium: None, what: Occurrence::Marker { at, label: name(number) } }
}

/// Seconds of processor time that a process has used.
fn cpu_s(process: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let fields: Vec<_> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks: u64 = fields[11..13].iter().map(|ticks| ticks.parse::<u64>().unwrap()).sum();
    ticks as f64 / 100.0
}

/// What was heard of each box, in the order that it came.
#[derive(Default)]
struct Seen {
    states: HashMap<String, Vec<u64>>,
    events: HashMap<String, Vec<u64>>,
    wills: HashMap<String, u64>,
}

impl Seen {
    /// Takes a message in; what a box says under another's topic fails here.
    fn take(&mut self, message: &Message) {
        let Some((id, what)) = message.topic.strip_prefix("vestry/").and_then(|rest| rest.split_once('/'))
        else {
            panic!("{message:?}");
        };
        if !id.starts_with("box-") || message.topic.ends_with("/command") {
            return;
        }
        let own = |said: &serde_json::Value| assert_eq!(said.as_str(), Some(id), "{message:?}");
        match what {
            "state" => {
                let said = message.json();
                own(&said["reason"]);
                self.states
                    .entry(id.into())
                    .or_default()
                    .push(said["take"].as_str().unwrap().parse().unwrap());
            }
            "event" => {
                let said = message.json();
                own(&said["label"]);
                self.events.entry(id.into()).or_default().push(said["at"].as_u64().unwrap());
            }
            "availability" => {
                *self.wills.entry(id.into()).or_default() += u64::from(message.payload == "offline")
            }
            _ => {}
        }
    }

    /// Listens until `wanted` holds of it.
    fn until(&mut self, ear: &mut Ear, what: &str, wanted: impl Fn(&Self) -> bool) {
        ear.until(what, |message| {
            self.take(message);
            wanted(self)
        });
    }
}

/// Whether every box's list has come to `last`, in order and with nothing left out.
fn all_to(lists: &HashMap<String, Vec<u64>>, last: u64) -> bool {
    let come = lists.values().filter(|list| list.last() == Some(&last)).count();
    come == BOXES
}

fn is_whole(lists: &HashMap<String, Vec<u64>>, last: u64) {
    assert_eq!(lists.len(), BOXES);
    let wanted: Vec<u64> = (1..=last).collect();
    lists.iter().for_each(|(id, list)| assert_eq!(*list, wanted, "{id}"));
}

fn more_files() {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    setrlimit(Resource::RLIMIT_NOFILE, soft.max(FILES.min(hard)), hard).unwrap();
}

/// Connects them all.
fn fleet(site: &Site) -> Vec<Mqtt> {
    let boxes: Vec<Mqtt> =
        (0..BOXES).map(|number| Mqtt::spawn(settings(site, &name(number)), facts()).unwrap()).collect();
    eventually("all are connected", || boxes.iter().all(|mqtt| mqtt.link().connected));
    boxes
}

#[test]
fn every_state_of_a_thousand_boxes_is_seen_in_order_and_none_is_mixed_up() {
    more_files();
    let mut users: Vec<String> = (0..BOXES).map(name).collect();
    users.extend(["real", "technician"].map(String::from));
    let (site, dir) = (Site::start(&users), tempfile::tempdir().unwrap());
    let credentials = site.credentials("real");
    let config = format!("{REAL}credentials_file = {:?}\n", credentials);
    let real = Running::beside(site.plain, dir.path(), &config);
    site.say("technician", "vestry/nobody/command", "ready", &["-r"]);
    let (mut ear, mut seen) = (Ear::new(&site, "technician", &["vestry/#"]), Seen::default());
    ear.until("the fence", |message| message.topic == "vestry/nobody/command");
    let begun = Instant::now();
    let (broker_s, real_s) = (cpu_s(site.id()), cpu_s(real.id()));
    let mut boxes = fleet(&site);
    let connected = begun.elapsed();

    boxes
        .iter()
        .enumerate()
        .for_each(|(number, mqtt)| (1..=EVENTS).for_each(|at| mqtt.event(&event(number, at))));
    for round in 1..=STATES {
        boxes.iter().enumerate().for_each(|(number, mqtt)| mqtt.state(&state(number, round)));
        seen.until(&mut ear, "a round of states", |seen| all_to(&seen.states, round));
    }
    if !all_to(&seen.events, EVENTS) {
        seen.until(&mut ear, "all events", |seen| all_to(&seen.events, EVENTS));
    }
    is_whole(&seen.states, STATES);
    is_whole(&seen.events, EVENTS);
    tell(&site, &real, (broker_s, real_s), (begun, connected));

    let mut late = Ear::new(&site, "technician", &["vestry/+/state"]);
    let mut kept = Seen::default();
    kept.until(&mut late, "all that is retained", |kept| all_to(&kept.states, STATES));
    assert!(kept.states.values().all(|list| *list == [STATES]), "one each, and the last");
    assert!(late.heard.iter().all(|message| message.retained));

    ask_some(&site, &mut boxes);
    let payload = r#"{"command":"marker","label":"among many","id":"real"}"#;
    site.say("technician", "vestry/real/command", payload, &[]);
    ear.until("the real box", |message| {
        message.topic == "vestry/real/response"
            && message.json()["id"] == "real"
            && message.json()["ok"] == true
    });
    assert!(boxes.iter_mut().all(|mqtt| mqtt.request().is_none()), "nobody is asked for what is another's");
    assert!(boxes.iter().all(|mqtt| mqtt.link().reconnects == 0 && mqtt.link().last_error.is_none()));

    // As if the power of all were gone.
    drop(boxes);
    seen.until(&mut ear, "all wills", |seen| seen.wills.values().sum::<u64>() == BOXES as u64);
    assert!(seen.wills.values().all(|wills| *wills == 1));
    real.end();
}

/// Some are asked for one thing each; it reaches them and nobody else.
fn ask_some(site: &Site, boxes: &mut [Mqtt]) {
    let asked = [0, 1, 10, 100, 517, 999];
    for number in asked {
        let id = name(number);
        let payload = format!(r#"{{"command":"marker","label":"{id}"}}"#);
        assert_eq!(site.say("technician", &format!("vestry/{id}/command"), &payload, &[]), "");
    }
    for number in asked {
        let mqtt = &mut boxes[number];
        let mut request = None;
        eventually("a box is asked", || {
            request = mqtt.request();
            request.is_some()
        });
        let request = request.unwrap();
        assert!(format!("{:?}", request.controls).contains(&format!("{:?}", name(number))), "{request:?}");
        mqtt.answer(request.reply, Ok(Vec::new()));
    }
}

fn tell(site: &Site, real: &Running, before: (f64, f64), (begun, connected): (Instant, Duration)) {
    let wall = begun.elapsed().as_secs_f64();
    let (broker, real) = (cpu_s(site.id()) - before.0, cpu_s(real.id()) - before.1);
    println!(
        "{BOXES} boxes: connected in {:.1} s, {} states and events of each seen in {wall:.1} s; broker {broker:.2} s of \
         processor time ({:.0} %), the real box {real:.2} s ({:.0} %)",
        connected.as_secs_f64(),
        STATES + EVENTS,
        100.0 * broker / wall,
        100.0 * real / wall
    );
}
