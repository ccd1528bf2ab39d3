//! The whole box with an offline card whose channels come rotated, and rotated further after every overrun.
use crate::cli;
use crate::running::Running;
use nix::sys::signal::Signal;
use serde_json::Value;
use std::path::Path;
use std::time::{Duration, Instant};

/// Eight channels, six of them inputs (not in order), two silent.
const BOX: &str = r#"
frames_per_period = 1024
periods = 32
realtime = { lock_memory = false }
recording = { mix = false }
[device]
kind = "offline"
capture_channels = 8
capture_map = [1, 2, 4, 6, 7, 8]
[guard]
silent_channels = [SILENT]
[device.offline]
rotation = ROTATION
sources = [CLIPS]
"#;
const CLIPS: [&str; 8] =
    ["Front_Left", "Front_Right", "", "Front_Center", "", "Rear_Left", "Rear_Right", "Side_Left"];
/// How a marker begins that tells how far inputs are read further on, from there.
const REALIGNED: &str = "channels realigned by ";
const INPUTS: [usize; 6] = [0, 1, 3, 5, 6, 7];

fn configuration(silent: &str, rotation: usize) -> String {
    let source = |name: &str| match name {
        "" => "{}".to_owned(),
        name => format!("{{ file = \"/usr/share/sounds/alsa/{name}.wav\", gap_s = 0.2 }}"),
    };
    let clips = CLIPS.map(source).join(", ");
    BOX.replace("SILENT", silent).replace("ROTATION", &rotation.to_string()).replace("CLIPS", &clips)
}

/// The only take as its manifest has it now, if there is one yet.
fn manifest(dir: &Path) -> Option<Value> {
    let take = std::fs::read_dir(dir.join("takes")).ok()?.flatten().find(|entry| entry.path().is_dir())?;
    serde_json::from_slice(&std::fs::read(take.path().join("take.json")).ok()?).ok()
}

/// Waits until the take says so; a machine with other things to do takes its time.
fn until(dir: &Path, what: &str, said: impl Fn(&Value) -> bool) {
    let begun = Instant::now();
    while !manifest(dir).is_some_and(|manifest| said(&manifest)) {
        assert!(begun.elapsed() < Duration::from_secs(180), "never {what}: {:?}", manifest(dir));
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// Runs the box until a marker of its take begins with `label`, holds it up, waits for another one and gives the manifest.
fn run(dir: &Path, (silent, rotation): (&str, usize), label: &str) -> Value {
    let running = Running::start(dir, &configuration(silent, rotation));
    let last = |manifest: &Value| {
        markers(manifest).iter().rfind(|(_, said)| said.starts_with(label)).map(|(position, _)| *position)
    };
    until(dir, label, |manifest| last(manifest).is_some());
    running.signal(Signal::SIGSTOP);
    std::thread::sleep(Duration::from_secs(2));
    running.signal(Signal::SIGCONT);
    until(dir, "again", |manifest| {
        let gap = manifest["gaps"].as_array().unwrap().last().map(|gap| number(&gap["position"]));
        gap.is_some() && last(manifest) > gap
    });
    std::thread::sleep(Duration::from_secs(3));
    running.end();
    manifest(dir).unwrap()
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap()
}

/// Position in the take and label of every marker.
fn markers(manifest: &Value) -> Vec<(u64, String)> {
    let markers = manifest["markers"].as_array().unwrap().iter();
    markers
        .map(|marker| (number(&marker["position"]), marker["label"].as_str().unwrap().to_owned()))
        .collect()
}

fn samples(file: &Path) -> Vec<i32> {
    hound::WavReader::open(file).unwrap().into_samples().map(Result::unwrap).collect()
}

/// How far the channels were rotated against what was read at each frame: the offline card goes on by `rotation` at each
/// overrun, and every marker tells what is made up for from there on.
fn is_what_the_markers_say(dir: &Path, manifest: &Value, rotation: usize) {
    let gap = |gap: &Value| (number(&gap["position"]), number(&gap["frames"]));
    let gaps: Vec<_> = manifest["gaps"].as_array().unwrap().iter().map(gap).collect();
    let told = |(_, label): (u64, String)| {
        let (by, from) = label.strip_prefix(REALIGNED)?.split(',').next()?.split_once(" from frame ")?;
        Some((from.parse::<u64>().ok()?, by.parse::<usize>().ok()?))
    };
    let realigned: Vec<_> = markers(manifest).into_iter().filter_map(told).collect();
    let take = cli::takes(&dir.join("takes")).remove(0);
    let clips = CLIPS.map(|name| match name {
        "" => vec![0; 1],
        name => samples(Path::new(&format!("/usr/share/sounds/alsa/{name}.wav"))),
    });
    let mut right = 0;
    for (at, input) in INPUTS.iter().enumerate() {
        let recorded = samples(&take.join(format!("{:02}_Input_{}.wav", at + 1, at + 1)));
        for (frame, sample) in recorded.into_iter().enumerate() {
            let now = frame as u64;
            let lost = gaps.iter().any(|(from, frames)| (*from..from + frames).contains(&now));
            let turned = rotation * (1 + gaps.iter().filter(|(from, _)| *from <= now).count());
            let made_up = realigned.iter().rfind(|(from, _)| *from <= now).map_or(0, |(_, by)| *by);
            let channel = (input + made_up + 8 * rotation - turned % 8) % 8;
            let clip = &clips[channel];
            let round = clip.len() + if clip.len() > 1 { 9_600 } else { 0 };
            let played = clip.get(frame % round).map_or(0, |sample| sample << 8);
            assert_eq!(
                sample,
                if lost { 0 } else { played },
                "input {at} at {frame}: {realigned:?} {gaps:?}"
            );
            right += u64::from(channel == *input && played != 0);
        }
    }
    assert!(right > 6 * 2 * 48_000, "{right} samples where they belong");
}

#[test]
fn the_box_reads_a_rotated_card_in_order_and_marks_the_frame_from_which_on() {
    let dir = tempfile::tempdir().unwrap();
    let manifest = run(dir.path(), ("3, 5", 3), REALIGNED);
    let found = markers(&manifest);
    let realigned = found.iter().filter(|(_, label)| label.starts_with(REALIGNED)).count();
    assert!(realigned >= 2, "at the start and after the overrun: {found:?}");
    is_what_the_markers_say(dir.path(), &manifest, 3);
}

#[test]
fn what_the_box_cannot_put_right_is_in_the_take_too() {
    let dir = tempfile::tempdir().unwrap();
    // Silence on one channel only of the two that are: two rotations are left.
    let manifest = run(dir.path(), ("3", 2), "channel order wrong since frame ");
    let found = markers(&manifest);
    assert!(found.iter().all(|(_, label)| !label.starts_with(REALIGNED)), "{found:?}");
}
