//! Promise: switch it on and it records, in real time, whatever stops it; what was lost is in the ledger to the frame.
#[path = "common/cli.rs"]
mod cli;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const CLIPS: [(&str, f64); 6] = [
    ("Front_Left", 0.5),
    ("Front_Right", 0.8),
    ("Front_Center", 1.1),
    ("Rear_Left", 1.4),
    ("Rear_Right", 1.7),
    ("Side_Left", 2.0),
];

fn start(dir: &Path, arguments: &[&str]) -> Child {
    let mut vestry = Command::new(env!("CARGO_BIN_EXE_vestry"));
    vestry.args(["run", "--data", "takes"]).args(arguments).current_dir(dir);
    vestry.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn signal(child: &Child, signal: Signal) {
    kill(Pid::from_raw(child.id() as i32), signal).unwrap();
}

fn sleep(millis: u64) {
    std::thread::sleep(Duration::from_millis(millis));
}

fn only_take(dir: &Path) -> PathBuf {
    let mut takes = cli::takes(&dir.join("takes"));
    assert_eq!(takes.len(), 1, "{takes:?}");
    takes.remove(0)
}

fn manifest(take: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(take.join("take.json")).unwrap()).unwrap()
}

fn verified(dir: &Path, take: &Path) {
    let output = cli::vestry(dir, &["verify", take.to_str().unwrap()]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

/// Position and length of each gap.
fn gaps(manifest: &Value) -> Vec<(u64, u64)> {
    let number = |value: &Value| value.as_u64().unwrap();
    let gaps = manifest["gaps"].as_array().unwrap();
    gaps.iter().map(|gap| (number(&gap["position"]), number(&gap["frames"]))).collect()
}

fn samples(file: &Path) -> Vec<i32> {
    hound::WavReader::open(file).unwrap().into_samples().map(Result::unwrap).collect()
}

/// Every sample of every file is the clip's at that position, or silence where the ledger has a gap.
fn is_what_was_played(take: &Path, gaps: &[(u64, u64)]) {
    for (input, (name, gap_s)) in CLIPS.iter().enumerate() {
        let clip = samples(Path::new(&format!("/usr/share/sounds/alsa/{name}.wav")));
        let round = clip.len() + (gap_s * 48_000.0) as usize;
        let recorded = samples(&take.join(format!("{:02}_{name}.wav", input + 1)));
        assert!(recorded.len() > 48_000 && recorded.iter().any(|sample| sample.abs() > 1 << 19));
        for (at, sample) in recorded.into_iter().enumerate() {
            let lost = gaps.iter().any(|(from, frames)| (*from..from + frames).contains(&(at as u64)));
            let played = clip.get(at % round).map_or(0, |sample| sample << 8);
            assert_eq!(sample, if lost { 0 } else { played }, "{name} at {at}, gaps {gaps:?}");
        }
    }
}

#[test]
fn six_spoken_channels_each_in_its_file_for_just_as_long_as_asked() {
    let dir = tempfile::tempdir().unwrap();
    assert!(start(dir.path(), &["--for", "4s"]).wait().unwrap().success());
    let take = only_take(dir.path());
    verified(dir.path(), &take);
    let manifest = manifest(&take);
    assert_eq!((manifest["state"].as_str(), manifest["frames"].as_u64()), (Some("closed"), Some(4 * 48_000)));
    assert!(manifest["system"]["priority"].is_string(), "what the system granted is noted: {manifest}");
    is_what_was_played(&take, &gaps(&manifest));
}

#[test]
fn being_held_up_costs_the_frames_in_the_ledger_and_shifts_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut vestry = start(dir.path(), &["--for", "5s"]);
    sleep(1500);
    signal(&vestry, Signal::SIGSTOP);
    sleep(1000);
    signal(&vestry, Signal::SIGCONT);
    assert!(vestry.wait().unwrap().success());
    let take = only_take(dir.path());
    verified(dir.path(), &take);
    let gaps = gaps(&manifest(&take));
    let longest = gaps.iter().map(|(_, frames)| *frames).max().unwrap_or(0);
    assert!((40_000..240_000).contains(&longest), "about a second: {gaps:?}");
    is_what_was_played(&take, &gaps);
}

#[test]
fn every_polite_signal_closes_the_take() {
    for polite in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        let dir = tempfile::tempdir().unwrap();
        let mut vestry = start(dir.path(), &[]);
        sleep(1500);
        signal(&vestry, polite);
        assert!(vestry.wait().unwrap().success(), "{polite}");
        let take = only_take(dir.path());
        verified(dir.path(), &take);
        assert_eq!(manifest(&take)["state"], "closed", "{polite}");
    }
}

#[test]
fn after_a_kill_the_take_is_repaired_and_a_new_one_runs() {
    let dir = tempfile::tempdir().unwrap();
    let mut vestry = start(dir.path(), &[]);
    sleep(3500);
    vestry.kill().unwrap();
    vestry.wait().unwrap();
    let killed = only_take(dir.path());
    assert_eq!(manifest(&killed)["state"], "recording");
    assert!(start(dir.path(), &["--for", "1s"]).wait().unwrap().success());
    let takes = cli::takes(&dir.path().join("takes"));
    assert_eq!(takes.len(), 2);
    takes.iter().for_each(|take| verified(dir.path(), take));
    assert_eq!(manifest(&killed)["state"], "repaired");
    is_what_was_played(&killed, &gaps(&manifest(&killed)));
    let journal = std::fs::read_to_string(dir.path().join("takes/recovery.jsonl")).unwrap();
    assert!(journal.contains(killed.file_name().unwrap().to_str().unwrap()), "{journal}");
}
