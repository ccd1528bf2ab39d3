//! Promise: the box records the services of its calendar, whenever it is switched on and whatever becomes of the mains, and sound
//! starts a take that has its beginning. What people start or end goes before. A calendar that was sent stays.
#[path = "mqtt/broker.rs"]
#[allow(dead_code)]
mod broker;
#[path = "common/cli.rs"]
mod cli;
#[path = "mqtt/commands.rs"]
#[allow(dead_code)]
mod commands;
#[path = "common/record.rs"]
mod record;
#[path = "common/running.rs"]
mod running;

use broker::{Broker, Ear};
use running::Running;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};
use vestry::config::TimeOfDay;
use vestry::record::clock::{Clock, SystemClock, WallTime};

const BASE: &str = "vestry/hall";
const EVERY_DAY: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const NOISE: &str = "{ noise_seed = 1, level_db = -6 }";

/// A box that hears `source`, with these keys and sections besides.
fn config(source: &str, keys: &str, sections: &str) -> String {
    format!(
        "inputs = 1\nframes_per_period = 256\nperiods = 32\nrealtime = {{ lock_memory = false }}\n{keys}\n{sections}\n\
         [device]\nkind = \"offline\"\n[device.offline]\nsources = [{source}]\n[mqtt]\nid = \"hall\"\nhost = \"127.0.0.1\"\n"
    )
}

/// Its calendar is beside its takes, and its clock is right.
fn schedule(clock: &str, overrun_min: u32) -> String {
    format!(
        "schedule = {{ dir = \"calendar\", timezone = \"UTC\", clock = \"{clock}\", overrun_min = {overrun_min} }}"
    )
}

/// The time of day so many seconds from now.
fn from_now(seconds: i64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64;
    TimeOfDay::from_seconds((now + seconds).rem_euclid(86_400) as u32).unwrap().to_string()
}

fn service(from: i64, to: i64) -> String {
    let (start, end) = (from_now(from), from_now(to));
    format!("[[service]]\nname = \"Vespers\"\ndays = {EVERY_DAY:?}\nstart = \"{start}\"\nend = \"{end}\"\n")
}

struct Hall {
    broker: Broker,
    ear: Ear,
    dir: tempfile::TempDir,
    started: bool,
}

impl Hall {
    fn new() -> Self {
        let broker = Broker::start();
        let ear = broker.listen();
        Self { broker, ear, dir: tempfile::tempdir().unwrap(), started: false }
    }

    /// Starts it, again once the broker knows that it is gone; what is told of a state then is of this start.
    fn start(&mut self, config: &str) -> Running {
        if std::mem::replace(&mut self.started, true) {
            self.ear.until("its end", |message| {
                message.topic == "vestry/hall/availability" && message.payload == "offline"
            });
            self.broker.publish("vestry/hall/state", "", &["-r"]);
        }
        self.ear = self.broker.listen();
        Running::beside(self.broker.port, self.dir.path(), config)
    }

    fn state(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        commands::state(&mut self.ear, BASE, what, wanted)
    }

    fn recording(&mut self, on: bool) -> Value {
        self.state(&format!("recording {on}"), |state| {
            state["recording"] == on && !state["schedule"].is_null()
        })
    }

    /// Nothing changes in some seconds that the box has spent.
    fn stays(&mut self, recording: bool) {
        let place = self.ear.place();
        (0..8).for_each(|_| drop(self.ear.on("vestry/hall/meters")));
        self.ear.back_to(place);
        let end = self.ear.heard.len();
        let states = self.ear.heard[place..end].iter().filter(|message| message.topic == "vestry/hall/state");
        let wrong: Vec<_> = states.filter(|message| message.json()["recording"] != recording).collect();
        assert!(wrong.is_empty(), "{wrong:?}");
    }

    fn event(&mut self, kind: &str) -> Value {
        self.ear
            .until(kind, |message| {
                message.topic == "vestry/hall/event" && message.json()["event_type"] == kind
            })
            .json()
    }

    fn ask(&mut self, what: Value) -> Value {
        commands::ask(&self.broker, &mut self.ear, BASE, &what)
    }

    fn takes(&self) -> Vec<PathBuf> {
        cli::takes(&self.dir.path().join("takes"))
    }
}

fn started(take: &Path) -> i64 {
    WallTime::parse(&record::manifest(take).started).unwrap().millis()
}

fn moment(text: &Value) -> i64 {
    WallTime::parse(text.as_str().unwrap()).unwrap().millis()
}

#[test]
fn a_service_is_recorded_from_its_start_to_its_end() {
    let mut hall = Hall::new();
    let keys = schedule("trusted", 0);
    let vestry = hall.start(&config(NOISE, &keys, &service(15, 23)));
    let before = hall.recording(false);
    let next = &before["schedule"]["next"];
    assert_eq!((&next["name"], &before["schedule"]["clock"]), (&json!("Vespers"), &json!("set")), "{before}");
    let begun = hall.event("service_started");
    assert_eq!((&begun["service"], &begun["start"]), (&json!("Vespers"), &next["start"]));
    hall.event("take_started");
    // The state may change before what has changed it is told.
    let place = hall.ear.place();
    assert_eq!(hall.event("service_ended")["end"], begun["end"]);
    hall.event("take_closed");
    hall.ear.back_to(place);
    hall.recording(false);
    hall.stays(false);
    let log = vestry.end();
    assert!(log.contains("service \"Vespers\" is over"), "{log}");
    let takes = hall.takes();
    assert_eq!(takes.len(), 1, "{takes:?}");
    let manifest = record::verify(&takes[0]);
    let (from, to) = (moment(&begun["start"]), moment(&begun["end"]));
    assert!(manifest.start_frame > 0 && started(&takes[0]) > from - 1_000, "{}", manifest.started);
    assert!(to - from == 8_000 && manifest.frames.unwrap() > 0);
}

/// On at the start, after a power cut, and not where a person has ended it; and what a person has started goes on after one.
#[test]
fn a_start_in_the_midst_of_a_service_records_and_people_go_before() {
    let mut hall = Hall::new();
    let text = config(NOISE, &schedule("trusted", 0), &service(-3_600, 7_200));
    for start in 1..=2 {
        let vestry = hall.start(&text);
        let state = hall.recording(true);
        assert_eq!(state["schedule"]["active"]["name"], "Vespers", "{state}");
        let takes = hall.takes();
        assert_eq!(
            (takes.len(), record::manifest(&takes[start - 1]).start_frame),
            (start, 0),
            "from the first frame"
        );
        // As by a power cut.
        drop(vestry);
    }
    let vestry = hall.start(&text);
    hall.recording(true);
    assert_eq!(hall.ask(json!({"command": "record", "on": false}))["ok"], true);
    hall.recording(false);
    hall.stays(false);
    kept(&hall, "declined_ms");
    drop(vestry);
    let vestry = hall.start(&text);
    hall.recording(false);
    hall.stays(false);
    assert_eq!(hall.ask(json!({"command": "record", "on": true}))["ok"], true);
    hall.recording(true);
    assert_eq!(hall.ask(json!({"command": "schedule", "entries": []}))["ok"], true);
    hall.state("no calendar", |state| state["schedule"]["entries"] == json!([]));
    hall.stays(true);
    let log = vestry.end();
    assert!(!log.contains("recording by itself"), "{log}");
    assert_eq!(hall.takes().len(), 4);
}

/// Waits until that is on the medium.
fn kept(hall: &Hall, what: &str) -> String {
    let path = hall.dir.path().join("calendar/calendar.toml");
    let text = || std::fs::read_to_string(&path).unwrap_or_default();
    broker::eventually(what, || text().contains(what));
    text()
}

/// 8 s of silence, then 2 s of noise, then silence again.
fn sermon(path: &Path) -> Vec<i32> {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 48_000,
        bits_per_sample: 24,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    let noise = |at: i32| if at < 8 * 48_000 { 0 } else { ((at.wrapping_mul(747_796_405)) >> 8) | 1 };
    let samples: Vec<_> = (0..10 * 48_000).map(noise).collect();
    samples.iter().for_each(|sample| writer.write_sample(*sample).unwrap());
    writer.finalize().unwrap();
    samples
}

#[test]
fn sound_starts_a_take_with_its_beginning_and_silence_ends_it() {
    let mut hall = Hall::new();
    let samples = sermon(&hall.dir.path().join("sermon.wav"));
    let keys = format!("{}\nrecording = {{ preroll_s = 5, mix = false }}", schedule("trusted", 0));
    let trigger = "[trigger]\non = true\ninputs = [1]\nthreshold_db = -30\nhold_s = 2\nmin_length_s = 0\n";
    let text = config("{ file = \"sermon.wav\", gap_s = 3600 }", &keys, trigger);
    let vestry = hall.start(&text);
    let idle = hall.recording(false);
    assert_eq!(idle["schedule"]["trigger"], json!({"on": true, "state": "idle"}), "silence");
    hall.state("sound", |state| {
        state["schedule"]["trigger"]["state"] != "idle" && state["recording"] == true
    });
    let place = hall.ear.place();
    hall.event("take_closed");
    hall.ear.back_to(place);
    hall.state("silence", |state| {
        state["schedule"]["trigger"]["state"] == "idle" && state["recording"] == false
    });
    assert_eq!(hall.ask(json!({"command": "trigger", "on": false}))["ok"], true);
    hall.state("no trigger", |state| state["schedule"]["trigger"]["on"] == false);
    vestry.end();
    let takes = hall.takes();
    assert_eq!(takes.len(), 1, "{takes:?}");
    let manifest = record::verify(&takes[0]);
    let (from, to) =
        (manifest.start_frame as usize, (manifest.start_frame + manifest.frames.unwrap()) as usize);
    println!("from {from} to {to}");
    assert!((3 * 48_000..8 * 48_000).contains(&from), "5 s before it was heard for long enough: {from}");
    assert!(to >= samples.len(), "{to}");
    let file = takes[0].join(&manifest.tracks[0].parts[0].file);
    let recorded: Vec<i32> = hound::WavReader::open(file).unwrap().samples().map(Result::unwrap).collect();
    let (sound, silence) = recorded.split_at(samples.len() - from);
    assert!(sound == &samples[from..] && silence.iter().all(|sample| *sample == 0));
}

#[test]
fn a_calendar_that_was_sent_stays_and_a_wrong_one_is_refused() {
    let mut hall = Hall::new();
    let text = config(NOISE, &schedule("trusted", 0), "");
    let vestry = hall.start(&text);
    hall.recording(true);
    let entry =
        |start: String, end: String| json!({"name": "Größe", "days": EVERY_DAY, "start": start, "end": end});
    let (start, end) = (from_now(7_200), from_now(10_800));
    let refused = hall.ask(json!({"command": "schedule", "entries": [entry(start.clone(), start.clone())]}));
    assert_eq!(refused["reason"], "entry 1: end: must be another time than start");
    let answer = hall.ask(json!({"command": "schedule", "entries": [entry(start.clone(), end)]}));
    assert_eq!((&answer["ok"], &answer["command"]), (&json!(true), &json!("schedule")), "{answer}");
    assert!(kept(&hall, "start").contains(&start), "answered once it is on the medium");
    let changed = hall.state("the calendar", |state| state["schedule"]["next"]["name"] == "Größe");
    assert_eq!(changed["recording"], true, "a calendar ends no take");
    assert_eq!(hall.ask(json!({"command": "record", "on": false}))["ok"], true);
    hall.recording(false);
    kept(&hall, "by_hand = false");
    drop(vestry);
    let vestry = hall.start(&text);
    let again = hall.recording(false);
    assert_eq!(again["schedule"]["entries"], changed["schedule"]["entries"]);
    hall.broker.publish("vestry/hall/set/schedule", "OFF", &[]);
    let off = hall.state("off", |state| state["schedule"]["enabled"] == false);
    assert!(off["schedule"]["next"].is_null() && off["recording"] == false);
    drop(vestry);
    let vestry = hall.start(&text);
    let state = hall.recording(true);
    assert_eq!(state["schedule"]["enabled"], false, "nothing says when to: it records from its start");
    vestry.end();
}

/// What is no calendar is told, and that of the configuration counts; a zone that there is not is refused.
#[test]
fn a_calendar_that_cannot_be_read_and_a_zone_that_is_none() {
    let mut hall = Hall::new();
    let file = hall.dir.path().join("calendar/calendar.toml");
    std::fs::create_dir(file.parent().unwrap()).unwrap();
    std::fs::write(&file, "[[service]]\nname = ").unwrap();
    let vestry = hall.start(&config(NOISE, &schedule("trusted", 0), &service(-60, 3_600)));
    let state = hall.recording(true);
    let fault = state["schedule"]["fault"].as_str().unwrap();
    assert!(fault.contains("calendar/calendar.toml: "), "{fault}");
    assert!(vestry.end().contains(fault));
    let text = config(NOISE, "schedule = { timezone = \"Mars/Olympus\" }", "");
    std::fs::write(hall.dir.path().join("wrong.toml"), format!("{text}port = 1\n")).unwrap();
    let output = cli::vestry(hall.dir.path(), &["run", "--config", "wrong.toml", "--data", "none"]);
    let said = cli::said(&output);
    assert!(
        output.status.code() == Some(2) && said.contains("schedule.timezone = \"Mars/Olympus\": must be"),
        "{said}"
    );
    assert!(!hall.dir.path().join("none").exists());
}

/// Where nobody vouches for the clock, services wait and the box says so.
#[test]
fn a_clock_that_nobody_set_is_not_believed() {
    let mut hall = Hall::new();
    let set = SystemClock.is_set();
    let vestry = hall.start(&config(NOISE, &schedule("checked", 0), &service(-60, 3_600)));
    let schedule = hall.recording(set)["schedule"].take();
    let (word, fault) = if set {
        ("set", Value::Null)
    } else {
        ("unset", json!("the clock is not set: services wait for it"))
    };
    assert_eq!((&schedule["clock"], &schedule["fault"]), (&json!(word), &fault));
    hall.stays(set);
    vestry.end();
}
