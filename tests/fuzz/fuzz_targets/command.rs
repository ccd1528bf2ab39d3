//! Any message is refused with a reason, or applied as a whole; never a panic, and nothing on the console leaves its range.
#![no_main]
use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value, json};
use std::cell::RefCell;
use vestry::config;
use vestry::record::RecordEvent;
use vestry::rt_io::assemble::{Remote, assemble};
use vestry::rt_io::pool::PoolSize;
use vestry::supervisor::{Action, Desk, Happening, PadDesk, Policy};
use vestry::telemetry::Topics;
use vestry::telemetry::request::{MAX_BATCH, MAX_ID, Message, parse};
use vestry_rt::engine::{Engine, Shape};
use vestry_rt::message::Event;

const INPUTS: usize = 6;
const OUTPUTS: usize = 3;

const NAMES: [&str; 53] = [
    "record",
    "split",
    "marker",
    "gain",
    "mute",
    "invert",
    "solo",
    "tap",
    "mix",
    "pan",
    "monitor",
    "select",
    "monitor_mute",
    "monitor_to",
    "output_gain",
    "route",
    "page",
    "lock",
    "clear_clips",
    "latency_monitor",
    "scene_save",
    "scene_recall",
    "scene_delete",
    "send",
    "send_level",
    "send_to",
    "solo_mode",
    "delay",
    "generator",
    "click",
    "split_output",
    "mix_level",
    "mix_to",
    "source",
    "high_pass",
    "eq",
    "gate",
    "compressor",
    "eq_adjust",
    "gate_adjust",
    "compressor_adjust",
    "bypass",
    "pad",
    "stop_pads",
    "rescan_pads",
    "set_pad",
    "tune_pad",
    "soundcheck",
    "schedule",
    "schedule_enable",
    "trigger",
    "deliver",
    "deliver_stop",
];
const MEMBERS: [&str; 47] = [
    "input", "output", "db", "pan", "level", "on", "tap", "label", "page", "name", "send", "ms", "mode", "kind", "hz", "from_hz",
    "to_hz", "seconds", "bpm", "beats", "level_db", "side", "band", "settings", "insert", "source", "pad",
    "action", "gain_db", "fade_ms", "fade_in_ms", "low_db", "choke", "strips", "loop_s", "reset", "quantise",
    "start_pads", "speed", "pitch", "key_lock", "take", "tracks", "from", "to", "inputs", "entries",
];

/// A value of a member.
#[derive(Arbitrary, Debug)]
enum Member {
    Small(u8),
    Level(i8),
    Number(u64),
    Float(f64),
    Bool(bool),
    Text(String),
    Tap(bool),
    Null,
}

impl Member {
    fn json(&self) -> Value {
        match self {
            Self::Small(number) => (*number % 8).into(),
            Self::Level(db) => (f64::from(*db) / 4.0).into(),
            Self::Number(number) => (*number).into(),
            Self::Float(number) => (*number).into(),
            Self::Bool(on) => (*on).into(),
            Self::Text(text) => text.as_str().into(),
            Self::Tap(pre) => if *pre { "pre" } else { "post" }.into(),
            Self::Null => Value::Null,
        }
    }
}

#[derive(Arbitrary, Debug)]
struct Command {
    name: u8,
    members: Vec<(u8, Member)>,
}

impl Command {
    fn json(&self) -> Value {
        let mut object = Map::new();
        object.insert("command".into(), NAMES[usize::from(self.name) % NAMES.len()].into());
        for (member, value) in &self.members {
            object.insert(MEMBERS[usize::from(*member) % MEMBERS.len()].into(), value.json());
        }
        Value::Object(object)
    }
}

#[derive(Arbitrary, Debug)]
enum Payload<'a> {
    Any(&'a [u8]),
    Commands(Vec<Command>),
}

#[derive(Arbitrary, Debug)]
struct Sent<'a> {
    topic: &'a str,
    payload: Payload<'a>,
    retained: bool,
}

/// The box as far as messages reach it.
struct Stage {
    /// As it is without any message.
    fresh: Policy,
    policy: Policy,
    names: Vec<String>,
    remote: Remote,
    engine: Box<Engine>,
}

fn stage() -> Stage {
    let text = format!(
        "inputs = {INPUTS}\noutputs = {OUTPUTS}\nrouting_mode = \"matrix\"\n[device]\nkind = \"offline\"\n\
         [[input]]\nsource = \"player\"\n[player]\ndir = \"/clips\"\n"
    );
    let config = config::parse("fuzz", &text).unwrap();
    let desk = Desk::new(&config);
    let shape = Shape {
        inputs: INPUTS,
        capture_map: std::array::from_fn(|at| at as u8),
        outputs: OUTPUTS,
        playback_map: std::array::from_fn(|at| at as u8),
        record_mix: true,
        ramp_frames: 480,
        period_ns: 2_666_667,
    };
    let pool = PoolSize { lanes: INPUTS + 2, block_frames: 128, blocks: 4 };
    let (engine, remote, _) = assemble(shape, &[pool], &desk.commands());
    let names = config.lanes().into_iter().map(|lane| lane.name).collect();
    let mut fresh = Policy::default();
    fresh.desk = desk;
    fresh.pads = PadDesk::new(&config);
    Stage { policy: fresh.clone(), fresh, names, remote, engine }
}

thread_local! {
    // What the engine shares is leaked, so there is one for all messages.
    static STAGE: RefCell<Stage> = RefCell::new(stage());
}

fn in_range(policy: &Policy) {
    let within = |value: f32, low: f32, high: f32| assert!((low..=high).contains(&value), "{value}");
    assert!(policy.desk.selected() < INPUTS);
    for input in policy.desk.input_reports(|_| false) {
        within(input.gain_db, -96.0, 24.0);
        within(input.mix_db, -96.0, 12.0);
        within(input.pan, -1.0, 1.0);
        input.monitor_db.into_iter().for_each(|db| within(db, -96.0, 12.0));
    }
    for output in policy.desk.output_reports() {
        within(output.gain_db, -96.0, 24.0);
        output.monitor_db.into_iter().for_each(|db| within(db, -96.0, 12.0));
        output.sends_db.into_iter().flatten().for_each(|db| within(db, -96.0, 12.0));
        within(output.delay_ms, 0.0, 340.0);
    }
    for route in policy.desk.route_reports() {
        within(route.level, 0.0, 8.0);
        assert!((1..=INPUTS).contains(&route.input) && (1..=OUTPUTS).contains(&route.output));
    }
}

impl Stage {
    fn begin(&mut self, recording: bool) {
        self.policy = self.fresh.clone();
        if recording {
            let started = RecordEvent::TakeStarted { path: "one".into(), at: 0 };
            self.policy.on(Happening::Record(0, started), 0);
        }
    }

    fn message(&mut self, topic: &str, payload: &[u8], retained: bool) {
        let Ok(wish) = parse(Message { topic, payload, retained }, &self.names) else { return };
        assert!(!retained && (1..=MAX_BATCH).contains(&wish.controls.len()));
        assert!(wish.id.is_none_or(|id| id.len() <= MAX_ID));
        let again = serde_json::to_vec(&wish.controls).unwrap();
        let again = parse(Message { topic: "command", payload: &again, retained }, &self.names);
        // Escaped and spelled out it may have grown beyond the limit.
        let same = again.as_ref().is_ok_and(|again| again.controls == wish.controls);
        assert!(same || payload.len() > 1024, "{:?} and {again:?}", wish.controls);
        let before = self.policy.clone();
        match self.policy.request(&wish.controls, 48_000) {
            Err(reason) => {
                assert_eq!(self.policy, before, "{reason}");
                assert!(!reason.is_empty());
            }
            Ok(actions) => actions.into_iter().for_each(|action| self.act(action)),
        }
        in_range(&self.policy);
    }

    /// The engine has to take what the console accepts; nothing that came by the network ends the run.
    fn act(&mut self, action: Action) {
        assert_ne!(action, Action::End);
        let sent = match &action {
            Action::Mix(commands) => self.remote.send(commands).is_ok(),
            Action::Fade(commands) => self.remote.send_faded(commands, 2_400).is_ok(),
            _ => false,
        };
        // What is saved is there at once, so that it can be recalled.
        if let Action::Scene(job) = &action {
            self.policy.scenes.done(job.clone());
        }
        if let Action::Mix(commands) | Action::Fade(commands) = action {
            assert!(sent, "a batch or a group that fits");
            self.engine.begin_period();
            while let Some(event) = self.remote.event() {
                assert_ne!(event, Event::Refused, "{commands:?}");
            }
        }
    }
}

fuzz_target!(|input: (bool, Vec<Sent>)| {
    let (recording, messages) = input;
    let topics = Topics::new("hall");
    STAGE.with_borrow_mut(|stage| {
        stage.begin(recording);
        for sent in messages {
            let whole = format!("vestry/hall/{}", sent.topic);
            assert_ne!(topics.answer(Some(&whole)), topics.of("state"));
            let payload = match sent.payload {
                Payload::Any(bytes) => bytes.to_vec(),
                Payload::Commands(commands) => {
                    json!(commands.iter().map(Command::json).collect::<Vec<_>>()).to_string().into_bytes()
                }
            };
            // Most topics lead nowhere: what they bear is tried as JSON too.
            for topic in [topics.wish(&whole).unwrap_or("set/"), "command"] {
                stage.message(topic, &payload, sent.retained);
            }
        }
    });
});
