//! Promise: a scene brings back the console as it stood, in one fade of 50 ms without a click, after a power cut too; what is
//! recorded before the strips does not change by a bit.
#[path = "mqtt/broker.rs"]
#[allow(dead_code)]
mod broker;
#[path = "mqtt/commands.rs"]
#[allow(dead_code)]
mod commands;
#[path = "common/desk.rs"]
mod desk;
#[path = "common/memory.rs"]
mod memory;
#[path = "scenes/rig.rs"]
mod rig;
#[path = "common/running.rs"]
mod running;

use broker::Broker;
use desk::{Desk, PERIOD};
use memory::{Image, Memory, cut};
use proptest::test_runner::{RngAlgorithm, TestRng};
use rig::{ask, fades, recording, samples, scene, settled, start, state};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use vestry::config::{self, Config, Scene};
use vestry::record::shelf;
use vestry::record::storage::Storage;
use vestry::rt::message::Command as Change;
use vestry::rt_io::offline::noise_sample;
use vestry::supervisor;

const RATE: u32 = 48_000;
/// 50 ms.
const FADE: u32 = RATE / 20;

/// A console of two inputs with one output, as `strips` say.
fn stands(strips: &str) -> (Config, supervisor::Desk) {
    let text =
        format!("inputs = 2\noutputs = 1\nrouting_mode = \"matrix\"\n{strips}\n[device]\nkind = \"offline\"");
    let config = config::parse("test", &text).unwrap();
    let desk = supervisor::Desk::new(&config);
    (config, desk)
}

const PLAIN: &str = "default_routes = [{ input = 1, output = 1 }]";

const RICH: &str =
    "default_routes = [{ input = 1, output = 1, level = 0.4 }, { input = 2, output = 1, level = 0.3 }]
    [[input]]
    gain_db = -9.0
    invert = true
    mix_db = -20.0
    pan = -1.0
    monitor_db = -3.0
    high_pass_hz = 300.0
    gate = { threshold_db = -40.0 }
    eq = [{ hz = 100.0, gain_db = 12.0, q = 2.0 }, {}, { kind = \"high_shelf\", hz = 50.0, gain_db = -9.0 }]
    compressor = { threshold_db = -30.0, makeup_db = 6.0, key = 2 }
    [[input]]
    mute = true
    [[output]]
    gain_db = -6.0
    monitor_db = -6.0
    limiter_db = -20.0";

fn tone(input: usize, at: u64) -> f64 {
    0.25 * (std::f64::consts::TAU * 100.0 * (input + 1) as f64 / f64::from(RATE) * at as f64).sin()
}

/// The largest bend from one frame to the next two: a click is one as large as itself.
fn largest_bend(heard: &[f64]) -> f64 {
    heard.windows(3).map(|three| (three[0] - 2.0 * three[1] + three[2]).abs()).fold(0.0, f64::max)
}

/// The largest bend of output and mix while the console changes over and back again, in so many frames.
fn bend_of_recalls(ramp: u32) -> f64 {
    let ((config, mut stands_now), (_, rich)) = (stands(PLAIN), stands(RICH));
    // As they come from their files.
    let [plain, rich] = [&stands_now, &rich]
        .map(|desk| Scene::parse(Path::new("a.toml"), &desk.scene().text(), &config).unwrap());
    let mut desk = Desk::new(2, 1, &stands_now.commands());
    let mut heard = desk.run_with(10, tone);
    for (scene, periods) in [(&rich, 90), (&plain, 90), (&rich, 7), (&plain, 11), (&rich, 90)] {
        assert!(desk.remote.send_faded(&stands_now.recall(scene).unwrap(), ramp).is_ok());
        let more = desk.run_with(periods, tone);
        heard.outputs[0].extend(&more.outputs[0]);
        heard.lanes.iter_mut().zip(&more.lanes).for_each(|(lane, more)| lane.extend(more));
        assert_eq!(stands_now.scene(), *scene);
    }
    for (input, lane) in heard.lanes.iter().enumerate().take(2) {
        let converted = |at| (tone(input, at) * 8_388_608.0).trunc() / 8_388_608.0;
        assert_eq!(desk::off_by(lane, converted), 0.0, "input {input} is recorded before its strip");
    }
    [&heard.outputs[0], &heard.lanes[2], &heard.lanes[3]]
        .map(|bus| largest_bend(bus))
        .into_iter()
        .fold(0.0, f64::max)
}

#[test]
fn a_recall_does_not_click() {
    let (faded, jumped) = (bend_of_recalls(FADE), bend_of_recalls(0));
    println!("largest bend faded and at once: {faded:.4}, {jumped:.4}");
    assert!(faded < 0.003 && jumped > 10.0 * faded, "{faded} {jumped}");
}

/// A console that was recalled sounds as one that began so.
#[test]
fn a_recall_leaves_nothing_of_what_was_there_before() {
    let converted = |commands: &[Change]| Desk::new(2, 1, commands);
    for (first, then) in [(PLAIN, RICH), (RICH, PLAIN)] {
        let (mut stands_now, wanted) = (stands(first).1, stands(then).1);
        let (mut recalled, mut begun) = (converted(&stands_now.commands()), converted(&wanted.commands()));
        recalled.run_with(100, tone);
        assert!(recalled.remote.send_faded(&stands_now.recall(&wanted.scene()).unwrap(), FADE).is_ok());
        recalled.run_with(900, tone);
        begun.run_with(1_000, tone);
        let (is, should_be) = (recalled.run_with(20, tone), begun.run_with(20, tone));
        let buses = [(&is.outputs[0], &should_be.outputs[0]), (&is.lanes[2], &should_be.lanes[2])];
        for (is, should_be) in buses.into_iter().chain([(&is.lanes[3], &should_be.lanes[3])]) {
            assert!(desk::off_by(is, |at| should_be[at as usize]) < 1e-4);
        }
        assert!(should_be.outputs[0].iter().any(|sample| sample.abs() > 1e-3), "there is sound to compare");
    }
}

/// More commands than a batch holds, queued while periods go by: every level begins to move in the same period.
#[test]
fn a_console_of_32_strips_changes_as_a_whole() {
    let levels =
        |level: f32| (0..32_u8).flat_map(move |at| [Change::Gain(at, vestry::rt::message::Gain(level)); 5]);
    let routes = (0..32)
        .map(|at| Change::Route(vestry::rt::message::Bus::Output(at), at, vestry::rt::message::Gain(1.0)));
    let mut desk = Desk::new(32, 32, &routes.collect::<Vec<_>>());
    desk.run_with(2, |_, _| 0.5);
    assert!(desk.remote.send_faded(&levels(0.5).collect::<Vec<_>>(), FADE).is_ok());
    let heard = desk.run_with(FADE as usize / PERIOD + 1, |_, _| 0.5);
    for output in &heard.outputs {
        // Straight from 1 to 0.5 in 2400 frames, whatever ramp is usual.
        let moving = |at: u64| 0.5 * (1.0 - 0.5 * ((at + 1) as f64 / f64::from(FADE)).min(1.0));
        assert!(desk::off_by(output, moving) < 1e-5);
    }
}

fn chance(seed: u64) -> TestRng {
    let mut bytes = [7; 16];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    TestRng::from_seed(RngAlgorithm::XorShift, &bytes)
}

/// What there is after a power cut, by name.
fn left(state: &Image, dir: &Path) -> Vec<(String, String)> {
    let found = shelf::load(&Memory::with(state.clone()), dir).unwrap();
    found.into_iter().map(|(file, text)| text.unwrap_or_else(|why| panic!("{file}: {why}"))).collect()
}

/// Whatever is missing, torn or out of order of what was not synced: before the answer there is the old scene or the new one,
/// after it the new one.
#[test]
fn a_power_cut_while_a_scene_is_saved_leaves_the_old_one_or_the_new_one() {
    let [old, new] = [PLAIN, RICH].map(|strips| stands(strips).1.scene().text());
    let (medium, dir) = (Memory::default(), Path::new("/takes/scenes"));
    medium.create_dir(Path::new("/takes")).unwrap();
    medium.sync_dir(Path::new("/")).unwrap();
    let mut promises = vec![(medium.count(), None)];
    for (name, text) in
        [("A", Some(&old)), ("A", Some(&new)), ("B", Some(&old)), ("A", Some(&old)), ("B", None)]
    {
        match text {
            Some(text) => shelf::save(&medium, dir, name, text).unwrap(),
            None => shelf::remove(&medium, dir, name).unwrap(),
        }
        promises.push((medium.count(), Some((name, text))));
    }
    let (log, mut states) = (medium.log(), std::collections::HashSet::new());
    for (end, round) in (promises[0].0..=log.len()).flat_map(|end| (0..200).map(move |round| (end, round))) {
        let state = cut(&Image::default(), &log[..end]).state(&mut chance(round * 1_000 + end as u64));
        if !states.insert(state.clone()) {
            continue;
        }
        let left = left(&state, dir);
        let is = |name: &str| left.iter().find(|(other, _)| other == name).map(|(_, text)| text);
        for name in ["A", "B"] {
            let of_it = |(after, what): &(usize, Option<(&'static str, Option<&String>)>)| match what {
                Some((other, text)) if *other == name => Some((*after, text.cloned())),
                _ => None,
            };
            let all: Vec<_> = promises.iter().filter_map(of_it).collect();
            let done = all.iter().rposition(|(after, _)| *after <= end);
            let promised = done.and_then(|at| all[at].1.as_ref());
            let next = all.get(done.map_or(0, |at| at + 1)).and_then(|(_, text)| text.as_ref());
            assert!(is(name) == promised || is(name) == next, "{name} after {end} operations, round {round}");
        }
    }
    println!("different states: {}", states.len());
    assert!(states.len() > 25, "{}", states.len());
}

#[test]
fn a_scene_is_saved_recalled_and_there_after_a_restart() {
    let (broker, dir) = (Broker::start(), tempfile::tempdir().unwrap());
    let mut ear = broker.listen();
    let vestry = start(dir.path(), &broker, "");
    let before = recording(&mut ear);
    assert_eq!((&before["scenes"], &before["scene"]), (&json!([]), &Value::Null));
    let saved = scene(&broker, &mut ear, "save", "Sunday / 10:30");
    assert_eq!((&saved["ok"], &saved["command"]), (&json!(true), &json!("scene_save")), "{saved}");
    let file = dir.path().join("takes/scenes/Sunday %2F 10%3A30.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains("mix_db = -96.0") && text.contains("routing_mode = \"matrix\""), "{text}");
    let home = ear.until("the select", |message| {
        message.topic == "homeassistant/device/hall/config" && message.payload.contains("Sunday / 10:30")
    });
    assert_eq!(home.json()["components"]["scene"]["options"], json!(["Sunday / 10:30"]));
    let changes = json!([
        {"command": "mix", "input": 1, "db": -20.0}, {"command": "gain", "input": 2, "db": 6.0},
        {"command": "mute", "input": 2, "on": true}, {"command": "high_pass", "input": 2, "hz": 90.0},
        {"command": "eq", "input": 2, "band": 5, "settings": {"gain_db": 2.5}}, {"command": "select", "input": 2},
        {"command": "output_gain", "output": 1, "db": -4.0}, {"command": "limiter", "output": 1, "db": -3.0},
        {"command": "route", "input": 1, "output": 1, "level": 0.5}, {"command": "solo", "input": 2, "on": true}
    ]);
    assert_eq!(ask(&broker, &mut ear, changes)["ok"], true);
    let changed = state(&mut ear, "the changes", |state| state["inputs"][1]["solo"] == true);
    settled(&mut ear);
    assert_eq!(scene(&broker, &mut ear, "save", "Evening")["ok"], true);
    // As Home Assistant's select does.
    broker.publish("vestry/hall/set/scene", "Sunday / 10:30", &[]);
    let back = state(&mut ear, "the recall", |state| state["scene"] == "Sunday / 10:30");
    settled(&mut ear);
    for what in ["inputs", "outputs", "routes", "selected"] {
        let mut wanted = before[what].clone();
        if what == "inputs" {
            wanted[1]["solo"] = json!(true);
            (0..2).for_each(|at| wanted[at]["clipped"] = back["inputs"][at]["clipped"].clone());
        }
        assert_eq!(back[what], wanted);
    }
    assert_eq!(scene(&broker, &mut ear, "recall", "Evening")["ok"], true);
    let there = state(&mut ear, "the other one", |state| state["scene"] == "Evening");
    assert_eq!((&there["routes"], &there["outputs"]), (&changed["routes"], &changed["outputs"]));
    settled(&mut ear);
    let unknown = scene(&broker, &mut ear, "recall", "Monday");
    assert_eq!(unknown["reason"], "scene \"Monday\": there is none of that name");
    assert!(
        scene(&broker, &mut ear, "save", "x\u{7}")["reason"].as_str().unwrap().contains("1..40 printable")
    );
    let take = dir.path().join("takes").join(before["take"].as_str().unwrap());
    vestry.end();
    the_take_is_as_promised(&take);

    let vestry = start(dir.path(), &broker, "");
    let names = json!(["Evening", "Sunday / 10:30"]);
    state(&mut ear, "the scenes", |state| state["scenes"] == names && state["scene"].is_null());
    assert_eq!(scene(&broker, &mut ear, "recall", "Evening")["ok"], true);
    state(&mut ear, "the recall", |state| state["routes"] == changed["routes"] && state["selected"] == 2);
    assert_eq!(scene(&broker, &mut ear, "delete", "Evening")["ok"], true);
    state(&mut ear, "one less", |state| {
        state["scenes"] == json!(["Sunday / 10:30"]) && state["scene"].is_null()
    });
    assert!(!dir.path().join("takes/scenes/Evening.toml").exists());
    vestry.end();
}

/// The inputs bit for bit; the mix at 0 dB, ten times less from the change on, then back in a straight line of 50 ms, and down
/// again in another one.
fn the_take_is_as_promised(take: &Path) {
    for input in [0, 1] {
        let right = |(at, sample): (u64, &i32)| *sample == noise_sample(input as u64 + 1, at);
        assert!((0..).zip(&samples(take, input)).all(right), "input {}", input + 1);
    }
    let (pre, mix) = (samples(take, 0), samples(take, 2));
    // Left and right in one file; only the first input is on the left.
    let left: Vec<i32> =
        if mix.len() == 2 * pre.len() { mix.iter().copied().step_by(2).collect() } else { mix };
    let level = |at: usize| (pre[at].abs() > 1 << 20).then(|| f64::from(left[at]) / f64::from(pre[at]));
    let levels: Vec<_> = (0..pre.len()).filter_map(|at| Some((at, level(at)?))).collect();
    let fades = fades(&levels);
    println!("fades: {fades:?}");
    let wanted = [(480, 1.0, 0.1), (2_400, 0.1, 1.0), (2_400, 1.0, 0.1)];
    assert_eq!(fades.len(), wanted.len(), "{fades:?}");
    for (fade, (frames, from, to)) in fades.iter().zip(wanted) {
        // A frame without a level tells nothing, so a fade may seem some frames shorter.
        assert!(fade.1.abs_diff(frames) < 30, "{fade:?}");
        for (at, level) in levels.iter().filter(|(at, _)| (fade.0..fade.0 + fade.1).contains(at)) {
            let straight = from + (to - from) * (at - fade.0) as f64 / fade.1 as f64;
            assert!((level - straight).abs() < 0.03, "{level} at {at}, not {straight}");
        }
    }
}

/// A pipe that nobody writes to stands for a medium that hangs.
#[test]
fn a_medium_that_hangs_costs_nothing_but_its_scenes() {
    let (broker, dir) = (Broker::start(), tempfile::tempdir().unwrap());
    std::fs::create_dir(dir.path().join("kept")).unwrap();
    let pipe = dir.path().join("kept/Pipe.toml");
    assert!(Command::new("mkfifo").arg(pipe).status().unwrap().success());
    let mut ear = broker.listen();
    let vestry = start(dir.path(), &broker, "scenes_dir = \"kept\"");
    recording(&mut ear);
    for what in ["save", "recall", "delete"] {
        let refused = scene(&broker, &mut ear, what, "Sunday");
        let reason = "the scenes are still being read; try again";
        assert_eq!((&refused["ok"], &refused["reason"]), (&json!(false), &json!(reason)));
    }
    assert_eq!(ask(&broker, &mut ear, json!({"command": "mute", "input": 1, "on": true}))["ok"], true);
    state(&mut ear, "a mute", |state| state["inputs"][0]["mute"] == true && state["recording"] == true);
    vestry.end();
}

#[test]
fn what_is_no_scene_is_named_and_skipped_and_a_bad_folder_is_refused() {
    let (broker, dir) = (Broker::start(), tempfile::tempdir().unwrap());
    let folder = dir.path().join("kept");
    std::fs::create_dir(&folder).unwrap();
    let files = [
        ("Good.toml", "selected_channel = 2"),
        ("Torn.toml", "[[input]]\ngain_db = "),
        ("Louder.toml", "[[input]]\ngain_db = 99"),
        ("Larger.toml", "[[input]]\n[[input]]\n[[input]]"),
        ("Card.toml", "[device]\nkind = \"alsa\""),
        ("notes.txt", "call the plumber"),
    ];
    files.iter().for_each(|(name, text)| std::fs::write(folder.join(name), text).unwrap());
    let mut ear = broker.listen();
    let vestry = start(dir.path(), &broker, "scenes_dir = \"kept\"");
    state(&mut ear, "the good one", |state| state["recording"] == true && state["scenes"] == json!(["Good"]));
    assert_eq!(scene(&broker, &mut ear, "recall", "Good")["ok"], true);
    state(&mut ear, "what it says", |state| state["selected"] == 2 && state["scene"] == "Good");
    let log = vestry.end();
    for (name, _) in &files[1..] {
        let line = log.lines().find(|line| line.contains(&format!("kept/{name}: skipped: ")));
        assert!(line.is_some(), "{name}: {log}");
    }
    assert!(!log.contains("Good.toml"), "{log}");

    let vestry = start(dir.path(), &broker, "scenes_dir = \"away/kept\"");
    state(&mut ear, "no scenes", |state| state["recording"] == true && state["scenes"] == json!([]));
    let refused = scene(&broker, &mut ear, "save", "Sunday");
    let reason = refused["reason"].as_str().unwrap();
    assert!(refused["ok"] == false && reason.starts_with("away/kept: cannot create folder"), "{refused}");
    vestry.end();

    let vestry = start(dir.path(), &broker, "scenes_dir = \"box.toml\"");
    recording(&mut ear);
    broker::eventually("it says that it is no folder", || {
        scene(&broker, &mut ear, "save", "Sunday")["reason"]
            .as_str()
            .unwrap()
            .starts_with("box.toml: cannot list")
    });
    vestry.end();
}
