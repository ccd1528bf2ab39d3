//! Promise: what Home Assistant is offered of an input does what it says: each switch, number and choice is carried out, its template
//! reads the new state, and what is beyond a range is refused. A broker that takes small messages only still gets one.
#[path = "mqtt/broker.rs"]
#[allow(dead_code)]
mod broker;
#[path = "common/running.rs"]
mod running;

use broker::{Broker, Ear, Message};
use minijinja::Environment;
use running::Running;
use serde_json::Value;
use tempfile::TempDir;

const BOX: &str = "inputs = 3\nframes_per_period = 256\nperiods = 32\nrealtime = { lock_memory = false }\n\
    [device]\nkind = \"offline\"\n[mqtt]\nid = \"hall\"\nhost = \"127.0.0.1\"\n";

/// Home Assistant, as far as one box is concerned.
struct Home {
    broker: Broker,
    ear: Ear,
    /// The state as it was told last.
    state: Value,
    _box: (Running, TempDir),
}

fn run(port: u16) -> (Running, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    (Running::beside(port, dir.path(), BOX), dir)
}

impl Home {
    /// Beside a box, and what that offers.
    fn offered() -> (Self, Value) {
        let broker = Broker::start();
        let mut ear = broker.listen();
        let running = run(broker.port);
        let offered = ear.until("the discovery", discovery).json();
        ear.back_to(0);
        let state = ear.on("vestry/hall/state").json();
        (Self { broker, ear, state, _box: running }, offered)
    }

    /// What the value template of `component` makes of the state.
    fn reads(&self, component: &Value) -> String {
        let template = component["value_template"].as_str().unwrap();
        let context = minijinja::context! { value_json => &self.state };
        Environment::new().render_str(template, context).unwrap()
    }

    /// Sends `payload`, and hears its answer and the state until `wanted` of what is read. Either may come first.
    fn sends(&mut self, component: &Value, payload: &str, wanted: impl Fn(&str) -> bool) {
        let answer = self.asks(component, payload);
        assert_eq!(answer["ok"], true, "{component} {payload}: {answer}");
        while !wanted(&self.reads(component)) {
            self.hears();
        }
    }

    fn asks(&mut self, component: &Value, payload: &str) -> Value {
        self.broker.publish(component["command_topic"].as_str().unwrap(), payload, &[]);
        loop {
            if let Some(answer) = self.hears() {
                return answer;
            }
        }
    }

    /// The next answer, or none: the state is another one.
    fn hears(&mut self) -> Option<Value> {
        let (state, answer) = ("vestry/hall/state", "vestry/hall/response");
        let heard =
            self.ear.until("state or answer", |message| [state, answer].contains(&message.topic.as_str()));
        if heard.topic == answer {
            return Some(heard.json());
        }
        self.state = heard.json();
        None
    }

    fn switch(&mut self, component: &Value) {
        let of = |field: &str, usual: &str| component[field].as_str().unwrap_or(usual).to_owned();
        for (payload, shown) in [("payload_on", "state_on"), ("payload_off", "state_off")] {
            let usual = if payload == "payload_on" { "ON" } else { "OFF" };
            let expected = of(shown, usual);
            self.sends(component, &of(payload, usual), |read| read == expected);
        }
    }

    fn number(&mut self, component: &Value) {
        let [min, max, step] = ["min", "max", "step"].map(|field| component[field].as_f64().unwrap());
        for number in [max, min] {
            let near = |read: &str| read.parse().is_ok_and(|read: f64| (read - number).abs() < 1e-4);
            // As Home Assistant writes it: 1.0, not 1.
            self.sends(component, &format!("{number:?}"), near);
        }
        let before = self.reads(component);
        for beyond in [min - step, max + step] {
            let answer = self.asks(component, &format!("{beyond:?}"));
            let reason = answer["reason"].as_str().unwrap_or_default();
            assert!(answer["ok"] == false && reason.contains("must be"), "{component} {beyond}: {answer}");
        }
        assert_eq!(self.reads(component), before, "{component}");
    }

    fn select(&mut self, component: &Value) {
        for option in component["options"].as_array().unwrap() {
            let option = option.as_str().unwrap();
            self.sends(component, option, |read| read == option);
        }
    }
}

fn discovery(message: &Message) -> bool {
    message.topic == "homeassistant/device/hall/config"
}

#[test]
fn whatever_an_input_offers_is_carried_out_and_shown() {
    let (mut home, offered) = Home::offered();
    let components = offered["components"].as_object().unwrap();
    let mine = components
        .iter()
        .filter(|(key, component)| key.starts_with("input_2_") && component.get("command_topic").is_some());
    let mut kinds = [0; 3];
    for (_, component) in mine {
        match component["platform"].as_str().unwrap() {
            "switch" => (kinds[0] += 1, home.switch(component)).1,
            "number" => (kinds[1] += 1, home.number(component)).1,
            "select" => (kinds[2] += 1, home.select(component)).1,
            other => panic!("{other}"),
        }
    }
    // Eight bands of four, gate, compressor, high-pass, and what a strip has besides.
    assert!(kinds[0] >= 8 && kinds[1] > 8 * 3 + 5 + 6 && kinds[2] > 8 + 1, "{kinds:?}");
    let others = [0, 2].map(|other| &home.state["inputs"][other]["gate"]);
    assert!(others.iter().all(|gate| gate.is_null()), "{others:?}");
}

/// Off and on again, a gate is what it was; one whose threshold is turned before it was ever on stays off.
#[test]
fn a_switch_keeps_what_was_set() {
    let (mut home, offered) = Home::offered();
    let (switch, threshold) =
        (&offered["components"]["input_1_gate_on"], &offered["components"]["input_1_gate_threshold"]);
    assert_eq!((home.reads(switch).as_str(), home.reads(threshold).as_str()), ("OFF", "None"));
    home.sends(threshold, "-33.0", |read| read == "-33.0");
    assert_eq!(home.reads(switch), "OFF");
    for payload in ["ON", "OFF", "ON"] {
        home.sends(switch, payload, |read| read == payload);
        assert_eq!(home.reads(threshold), "-33.0", "{payload}");
    }
}

/// What is hidden at first is left out, and nothing else.
#[test]
fn a_broker_that_takes_no_large_message_gets_a_shorter_one() {
    let whole = Broker::start();
    let mut ear = whole.listen();
    let vestry = run(whole.port);
    let full = ear.until("the discovery", discovery);
    drop(vestry);
    let small = Broker::with("allow_anonymous true\nmax_packet_size 60000");
    assert!(full.payload.len() > 60_000, "{}", full.payload.len());
    let mut ear = small.listen();
    let _box = run(small.port);
    let short = ear.until("the discovery", discovery).json();
    let full = full.json();
    let (full, short) = (full["components"].as_object().unwrap(), short["components"].as_object().unwrap());
    for (key, component) in full {
        let hidden = component["enabled_by_default"] == false;
        assert_eq!(short.get(key), Some(component).filter(|_| !hidden), "{key}");
    }
}
