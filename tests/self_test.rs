//! Promise: the box tests itself once its first take runs, and when asked to; each subject passes or fails for a reason that
//! is told, and the take does not notice.
#[path = "mqtt/broker.rs"]
#[allow(dead_code)]
mod broker;
#[path = "common/cli.rs"]
mod cli;
#[path = "mqtt/commands.rs"]
#[allow(dead_code)]
mod commands;
#[path = "common/running.rs"]
mod running;
#[path = "common/stub.rs"]
mod stub;

use broker::{Broker, Ear};
use running::Running;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use vestry::guard::{Facts, InputHealth, Subject, WRITE_95, WRITE_MAX, examine};
use vestry::record::storage::{Disk, Storage};
use vestry::record::trial;
use vestry::record::{Ground, Trial};

/// A box that is well.
fn well() -> Facts {
    Facts {
        writes: vec![(None, Ok(vec![Duration::from_millis(4); 20]))],
        inputs: vec![("Pulpit".into(), InputHealth::Ok), ("Spare".into(), InputHealth::Unused)],
        sound: None,
        synchronised: true,
        stepped_s: 0.01,
        celsius: Some(52.3),
        free: vec![(None, Some(Duration::from_secs(36 * 3_600)))],
    }
}

fn failures(facts: &Facts) -> Vec<(Subject, String)> {
    let failed = examine(facts).into_iter().filter(|finding| !finding.passed);
    failed.map(|finding| (finding.subject, finding.reason)).collect()
}

#[test]
fn each_fault_fails_its_own_subject_for_its_own_reason() {
    assert_eq!(failures(&well()), []);
    let reasons: Vec<_> = examine(&well()).into_iter().map(|finding| finding.reason).collect();
    assert_eq!(reasons, ["write p95 4 ms, max 4 ms", "all ok", "synchronised", "52 C", "36 h 00 min"]);
    let slow = |count: usize, time: Duration| {
        let mut writes = vec![Duration::from_millis(4); 20];
        writes[..count].fill(time);
        Facts { writes: vec![(None, Ok(writes))], ..well() }
    };
    let (often, once) = (WRITE_95 + Duration::from_millis(1), WRITE_MAX + Duration::from_millis(1));
    let ill = vec![("Pulpit".into(), InputHealth::Hum), ("Organ".into(), InputHealth::Dead)];
    let sound = Some("channel order wrong: channel 7 should be silent".to_owned());
    let faults = [
        (slow(2, often), Subject::Medium, "write p95 501 ms, max 501 ms"),
        (slow(1, once), Subject::Medium, "write p95 4 ms, max 3001 ms"),
        (
            Facts { writes: vec![(None, Err("card is gone".into()))], ..well() },
            Subject::Medium,
            "card is gone",
        ),
        (Facts { writes: vec![(None, Ok(vec![]))], ..well() }, Subject::Medium, "no write was made"),
        (Facts { inputs: ill, ..well() }, Subject::Inputs, "Pulpit hum, Organ dead"),
        (Facts { sound, ..well() }, Subject::Inputs, "channel order wrong: channel 7 should be silent"),
        (Facts { synchronised: false, ..well() }, Subject::Clock, "not synchronised"),
        (Facts { stepped_s: -3_600.0, ..well() }, Subject::Clock, "stepped by -3600.0 s"),
        (Facts { celsius: Some(80.6), ..well() }, Subject::Temperature, "81 C"),
        (
            Facts { free: vec![(None, Some(Duration::from_secs(3_599)))], ..well() },
            Subject::Space,
            "0 h 59 min",
        ),
        (Facts { free: vec![(None, None)], ..well() }, Subject::Space, "unknown"),
    ];
    for (facts, subject, reason) in faults {
        assert_eq!(failures(&facts), [(subject, reason.to_owned())]);
    }
    let both = [("SD card", well().writes.remove(0).1), ("stick", Err("is gone".into()))];
    let both = both.map(|(name, writes)| (Some(name.to_owned()), writes));
    let reason = "SD card: write p95 4 ms, max 4 ms; stick: is gone".to_owned();
    assert_eq!(failures(&Facts { writes: both.into(), ..well() }), [(Subject::Medium, reason)]);
    let free = [("SD card", Some(Duration::from_secs(36 * 3_600))), ("stick", Some(Duration::ZERO))];
    let free = free.map(|(name, free)| (Some(name.to_owned()), free));
    let reason = "SD card: 36 h 00 min; stick: 0 h 00 min".to_owned();
    assert_eq!(failures(&Facts { free: free.into(), ..well() }), [(Subject::Space, reason)]);
    assert_eq!(failures(&slow(1, often)), [], "one slow write of twenty is what cards do");
    assert_eq!(failures(&Facts { celsius: None, ..well() }), [], "not every board has a sensor");
}

/// The folder, and so many bytes to stay free.
fn ground(dir: &Path, spare: u64) -> Ground {
    Ground { dir: dir.into(), spare, ..Ground::default() }
}

#[test]
fn the_trial_times_real_writes_and_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join(".selftest"), "left from a power cut").unwrap();
    let writes = trial::run(&Disk, &ground(dir.path(), 0)).unwrap();
    assert!(!writes.is_empty() && writes.iter().all(|write| *write > Duration::ZERO), "{writes:?}");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    let later = trial::run(&Disk, &ground(&dir.path().join("later"), 0));
    assert!(later.is_ok(), "a folder that the recorder will make: {later:?}");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn a_medium_without_room_or_that_is_away_fails_and_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let full = trial::run(&Disk, &ground(dir.path(), u64::MAX / 2)).unwrap_err().to_string();
    assert!(full.contains("bytes free"), "{full}");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    let gone = trial::run(&Disk, &ground(&dir.path().join("gone/away"), 0)).unwrap_err().to_string();
    assert!(gone.contains("gone"), "{gone}");
    let shared = Ground { apart_from: vec!["/".into(), dir.path().into()], ..ground(dir.path(), 0) };
    let shared = trial::run(&Disk, &shared).unwrap_err().to_string();
    assert!(shared.contains("not on a medium of its own"), "{shared}");
}

#[test]
fn a_medium_that_stands_still_holds_up_nobody() {
    let (dir, control) = (tempfile::tempdir().unwrap(), stub::Control::default());
    control.set(|mood| mood.stalled = true);
    let storage: Arc<dyn Storage> = Arc::from(control.storage());
    let trial = Trial::begin(storage, ground(dir.path(), 0)).unwrap();
    while control.waiting() == 0 {
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(trial.outcome(), None, "asked while it stands still");
    control.set(|mood| mood.stalled = false);
    broker::eventually("the outcome", || trial.outcome().is_some_and(|timing| timing.is_ok()));
}

const BOX: &str = "inputs = 2\nframes_per_period = 256\nperiods = 32\nrealtime = { lock_memory = false }\n\
    [device]\nkind = \"offline\"\n[device.offline]\nsources = [{ tone_hz = 997.0 }, { noise_seed = 1 }]\n\
    [mqtt]\nid = \"hall\"\nhost = \"127.0.0.1\"\nmeters_hz = 0.0\nhealth_s = 3600\n";

fn event(ear: &mut Ear, kind: &str) -> Value {
    ear.until(kind, |message| message.topic == "vestry/hall/event" && message.json()["event_type"] == kind)
        .json()
}

#[test]
fn the_box_tests_itself_once_it_records_and_when_asked_to() {
    let (broker, dir) = (Broker::start(), tempfile::tempdir().unwrap());
    let (mut ear, running) = (broker.listen(), Running::beside(broker.port, dir.path(), BOX));
    event(&mut ear, "take_started");
    let first = event(&mut ear, "self_test");
    let names: Vec<_> = first["checks"].as_array().unwrap().iter().map(|check| &check["name"]).collect();
    assert_eq!(names, ["medium", "inputs", "clock", "temperature", "space"]);
    for check in first["checks"].as_array().unwrap() {
        assert!(check["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "{first}");
    }
    assert_eq!(first["checks"][1], json!({"name": "inputs", "passed": true, "reason": "all ok"}));
    let all = first["checks"].as_array().unwrap().iter().all(|check| check["passed"] == true);
    assert_eq!(first["passed"], all);
    ear.back_to(0);
    let kept = ear.until("the health", |message| {
        message.topic == "vestry/hall/health" && message.json()["self_test"]["checks"] == first["checks"]
    });
    assert_eq!(kept.json()["self_test"]["passed"], first["passed"]);
    let end = ear.heard.len();
    ear.back_to(end);
    let asked = commands::ask(&broker, &mut ear, "vestry/hall", &json!({"command": "self_test"}));
    assert_eq!((&asked["ok"], &asked["command"]), (&json!(true), &json!("self_test")));
    let second = event(&mut ear, "self_test");
    assert!(second["time"].as_f64() > first["time"].as_f64(), "another one: {second}");
    running.end();
    let take = cli::takes(&dir.path().join("takes")).remove(0);
    let verified = cli::vestry(dir.path(), &["verify", take.to_str().unwrap()]);
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
    assert!(!dir.path().join("takes/.selftest").exists());
}

/// `vestry selftest` on two inputs as `sources` say: exit code and lines.
fn selftest(dir: &Path, sources: &str, data: &str, more: &str) -> (Option<i32>, Vec<String>) {
    let text = format!(
        "inputs = 2\n{more}\n[device]\nkind = \"offline\"\n[device.offline]\npaced = false\nsources = {sources}"
    );
    std::fs::write(dir.join("test.toml"), text).unwrap();
    let output = cli::vestry(dir, &["selftest", "--config", "test.toml", "--data", data]);
    assert!(output.stderr.is_empty(), "{}", cli::said(&output));
    let told = String::from_utf8(output.stdout).unwrap();
    (
        output.status.code(),
        told.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect(),
    )
}

const SOUND: &str = "[{ tone_hz = 997.0 }, { noise_seed = 1 }]";

#[test]
fn the_command_tests_everything_where_nothing_runs_and_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    let (code, lines) = selftest(dir.path(), SOUND, "takes", "");
    let words = |line: &String| line.split(' ').take(2).map(str::to_owned).collect::<Vec<_>>();
    let verdicts: Vec<_> = lines.iter().map(words).collect();
    let names: Vec<_> = verdicts.iter().map(|words| words[0].as_str()).collect();
    assert_eq!(names, ["medium", "inputs", "clock", "temperature", "space"], "{lines:?}");
    assert!(lines[0].starts_with("medium pass write p95 ") && lines[1] == "inputs pass all ok", "{lines:?}");
    let all = verdicts.iter().all(|words| words[1] == "pass");
    assert!(all || verdicts.iter().any(|words| words[1] == "FAIL"), "{lines:?}");
    assert_eq!(code, Some(if all { 0 } else { 1 }), "{lines:?}");
    let left: Vec<_> =
        std::fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["test.toml"]);
}

#[test]
fn the_command_fails_for_the_reason_that_it_names() {
    let dir = tempfile::tempdir().unwrap();
    let fails = |sources: &str, data: &str, more: &str, line: &str| {
        let (code, lines) = selftest(dir.path(), sources, data, more);
        assert_eq!((code, lines.len()), (Some(1), 5), "{lines:?}");
        assert!(lines.iter().any(|told| told.contains(line)), "{line}: {lines:?}");
    };
    fails("[{ tone_hz = 997.0 }]", ".", "", "inputs FAIL Input 2 dead");
    fails(&format!("{SOUND}\nduration_s = 2.0"), ".", "", "inputs FAIL only 2.0 s of 15 s of sound came");
    fails(SOUND, "gone/away", "", "medium FAIL gone: cannot make a recordings folder in");
    fails(SOUND, "gone/away", "", "space FAIL unknown");
    std::fs::create_dir(dir.path().join("stick")).unwrap();
    let second = format!("second_recordings_dir = {:?}", dir.path().join("stick"));
    fails(SOUND, "card", &second, "USB stick: ");
    fails(SOUND, "card", &second, "is not on a medium of its own");
}

#[test]
fn a_second_medium_that_may_be_out_is_not_tested_while_it_is() {
    let dir = tempfile::tempdir().unwrap();
    for stick in ["stick", "gone/stick"] {
        let second = format!(
            "second_recordings_dir = {:?}\nsecond_recordings_optional = true",
            dir.path().join(stick)
        );
        let (_, lines) = selftest(dir.path(), SOUND, "card", &second);
        assert!(lines[0].starts_with("medium pass SD card: write p95 "), "{lines:?}");
        assert!(!lines.iter().any(|line| line.contains("USB stick")), "{lines:?}");
    }
}
