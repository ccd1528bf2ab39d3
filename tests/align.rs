//! Promise: `vestry align` tells where the take of one box lies in that of another, to the frame, and how their cards drift, to 1 ppm:
//! by their clocks, and by what both have heard. What has nothing in common it says so of. sox makes what the second box hears.
#[path = "common/cli.rs"]
mod cli;
#[path = "common/record.rs"]
mod common;
#[path = "common/tape.rs"]
mod tape;

use common::RATE;
use serde_json::Value;
use std::path::Path;
use std::process::Command;
use tape::{Card, Kept, MORNING_NS, record};
use tempfile::TempDir;

/// Seconds of what is played in the hall.
const HALL_S: usize = 45;
const SPEECH: [&str; 4] = ["Front_Center", "Rear_Left", "Side_Right", "Front_Right"];

/// What sox makes, in `dir`.
fn sox(dir: &Path, arguments: &[&str]) {
    let output =
        Command::new("sox").arg("-D").args(arguments).current_dir(dir).output().expect("sox is installed");
    assert!(output.status.success(), "{arguments:?}: {}", cli::said(&output));
}

/// White noise; that of another seed is another.
fn noise(seed: u64, frames: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / 8_388_608.0 - 1.0
    };
    std::iter::repeat_with(next).take(frames).collect()
}

/// Samples of a file, as sox reads them.
fn samples(dir: &Path, arguments: &[&str]) -> Vec<f32> {
    let mut program = Command::new("sox");
    let output = program.arg("-D").args(arguments).current_dir(dir).output().expect("sox is installed");
    assert!(output.status.success(), "{arguments:?}: {}", cli::said(&output));
    output.stdout.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}

/// People who speak in a hall that is never quite still.
fn hall(dir: &Path) {
    let files: Vec<_> = SPEECH.iter().map(|name| format!("/usr/share/sounds/alsa/{name}.wav")).collect();
    let mut arguments: Vec<&str> = files.iter().map(String::as_str).collect();
    arguments.extend(["-r", "48000", "-e", "float", "-b", "32", "once.wav", "pad", "0", "0.7"]);
    sox(dir, &arguments);
    sox(dir, &["once.wav", "speech.wav", "repeat", "9", "trim", "0", &HALL_S.to_string()]);
    let still = ["-R", "-r", "48000", "-c", "1", "-n", "-e", "float", "-b", "32", "still.wav"];
    sox(dir, &[&still[..], &["synth", &HALL_S.to_string(), "pinknoise", "vol", "0.01"]].concat());
    sox(dir, &["-m", "-v", "0.5", "speech.wav", "-v", "1", "still.wav", "hall.wav"]);
}

/// What a box hears of the hall that begins at its frame `offset`, at a level and with noise of its own, and whose card runs
/// `ppm` faster.
fn heard(dir: &Path, offset: usize, ppm: f64, level: &str) -> Vec<f32> {
    let (trim, speed) = (format!("{offset}s"), format!("{:.12}", 1.0 / (1.0 + ppm / 1e6)));
    let made = ["hall.wav", "there.wav", "vol", level, "trim", &trim, "speed", &speed, "rate", "-v", "48000"];
    sox(dir, &made);
    let there = samples(dir, &["there.wav", "-t", "f32", "-"]);
    let own = noise(offset as u64 + 1, there.len());
    there.iter().zip(own).map(|(there, own)| there + 0.001 * own).collect()
}

/// The takes of two boxes in one hall, `a` and `b` below the folder: the second begins at the first one's frame `offset`, and its
/// clock is `wrong_ns` ahead of the time of day.
fn boxes(offset: usize, ppm: (f64, f64), wrong_ns: i64) -> (TempDir, String, String) {
    let dir = tempfile::tempdir().unwrap();
    hall(dir.path());
    let one = heard(dir.path(), 0, ppm.0, "0.8");
    let other = heard(dir.path(), offset, ppm.1, "0.3");
    let began = |offset: usize| 1_000_000_000 + offset as u64 * 1_000_000_000 / u64::from(RATE);
    let kept = |ahead: i64| Kept::new(MORNING_NS + ahead);
    let first = record(&dir.path().join("a"), &one, Card { began_ns: began(0), ppm: ppm.0 }, &kept(100_000));
    let second =
        record(&dir.path().join("b"), &other, Card { began_ns: began(offset), ppm: ppm.1 }, &kept(wrong_ns));
    let path = |take: std::path::PathBuf| take.to_str().unwrap().to_owned();
    (dir, path(first), path(second))
}

/// The answer, and the exit code.
fn align(dir: &TempDir, arguments: &[&str]) -> (Value, i32) {
    let arguments = [&["align", "--json"], arguments].concat();
    let output = cli::vestry(dir.path(), &arguments);
    let found = serde_json::from_slice(&output.stdout);
    (found.unwrap_or_else(|error| panic!("{error}: {}", cli::said(&output))), output.status.code().unwrap())
}

fn number(found: &Value, by: &str, name: &str) -> f64 {
    found[by][name].as_f64().unwrap_or_else(|| panic!("{by}.{name} in {found:#}"))
}

/// The offset as frames of A, whose card is no more right than B's.
fn near(found: &Value, by: &str, offset: f64, frames: f64) {
    let told = number(found, by, "offset_frames");
    assert!((told - offset).abs() <= frames, "{by}: {offset} in {found:#}");
}

#[test]
fn offset_and_drift_are_told_to_the_frame_and_1_ppm() {
    for (offset, ppm) in [(98_765, (0.0, 37.0)), (12_003, (-25.0, 60.0))] {
        let (dir, a, b) = boxes(offset, ppm, -250_000);
        let (found, code) = align(&dir, &[&a, &b]);
        let (frame, drift) = (offset as f64 * (1.0 + ppm.0 / 1e6), ppm.1 - ppm.0);
        near(&found, "sound", frame, 1.0);
        assert!((number(&found, "sound", "drift_ppm") - drift).abs() <= 1.0, "{found:#}");
        // Clocks that are 0.1 ms ahead and 0.25 ms behind, and say that they may be wrong by 0.35 ms each.
        near(&found, "clocks", frame, 0.000_36 * f64::from(RATE));
        let (ms, uncertain) =
            (number(&found, "clocks", "offset_ms"), number(&found, "clocks", "uncertainty_ms"));
        assert!((ms - offset as f64 / 48.0).abs() <= uncertain && uncertain < 0.71, "{found:#}");
        assert!((number(&found, "clocks", "drift_ppm") - drift).abs() <= 1.0, "{found:#}");
        assert_eq!((&found["agree"], code), (&Value::Bool(true), 0), "{found:#}");
        // The other way round it is the other sign.
        let (found, code) = align(&dir, &[&b, &a, "--track", "input 1"]);
        near(&found, "sound", -(offset as f64) * (1.0 + ppm.1 / 1e6), 1.0);
        assert!((number(&found, "sound", "drift_ppm") + drift).abs() <= 1.0, "{found:#}");
        assert_eq!(code, 0);
    }
}

#[test]
fn a_clock_that_is_wrong_is_found_out_by_the_sound() {
    let (dir, a, b) = boxes(20_000, (0.0, 10.0), 600_000_000);
    let (found, code) = align(&dir, &[&a, &b]);
    near(&found, "sound", 20_000.0, 1.0);
    assert!(
        (number(&found, "clocks", "offset_ms") - number(&found, "sound", "offset_ms") - 600.0).abs() < 1.0
    );
    assert_eq!((&found["agree"], code), (&Value::Bool(false), 1));
    let output = cli::vestry(dir.path(), &["align", &a, &b]);
    assert!(String::from_utf8_lossy(&output.stdout).contains("clocks and sound DISAGREE"));
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn boxes_in_different_halls_have_no_sound_in_common() {
    let dir = tempfile::tempdir().unwrap();
    let noise = |seed: u64| noise(seed, 20 * RATE as usize);
    let card = Card { began_ns: 1_000_000_000, ppm: 0.0 };
    let clock = Kept::new(MORNING_NS);
    let first = record(&dir.path().join("a"), &noise(1), card, &clock);
    let second = record(&dir.path().join("b"), &noise(2), card, &clock);
    let (a, b) = (first.to_str().unwrap(), second.to_str().unwrap());
    let (found, code) = align(&dir, &[a, b]);
    assert!(found["sound"].is_null() && found["agree"].is_null(), "{found:#}");
    assert!(found["no_sound"].as_str().unwrap().contains("no sound in common"), "{found:#}");
    assert_eq!(code, 0, "the clocks tell");
    near(&found, "clocks", 0.0, 1.0);
}

#[test]
fn what_is_no_take_or_no_track_is_refused_in_one_line() {
    let dir = tempfile::tempdir().unwrap();
    let card = Card { began_ns: 1_000_000_000, ppm: 0.0 };
    let take = record(&dir.path().join("a"), &vec![0.1; 10_000], card, &Kept::new(MORNING_NS));
    let take = take.to_str().unwrap();
    for (arguments, said) in [
        (vec!["align", take, "nowhere"], "nowhere: is no take: "),
        (vec!["align", take, take, "--track", "Organ"], "has no such track; it has \"Input 1\""),
        (vec!["align", take], "required"),
        (vec!["align", take, take, "--search", "0"], "1..=60"),
    ] {
        let output = cli::vestry(dir.path(), &arguments);
        let line = cli::said(&output);
        assert!(line.contains(said) && line.lines().count() == 1, "{arguments:?}: {line}");
        assert_eq!(output.status.code(), Some(2), "{line}");
    }
}
