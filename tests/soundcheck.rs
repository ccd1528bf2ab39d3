//! Promise: a take plays through the strips that it was recorded from, every track on its frame and to the bit, while inputs are
//! recorded as ever; it seeks, loops and punches; folders of other recorders play too, and one that cannot tells why.
#[path = "mqtt/broker.rs"]
#[allow(dead_code)]
mod broker;
#[path = "common/cli.rs"]
mod cli;
#[path = "common/clips.rs"]
mod clips;
#[path = "mqtt/commands.rs"]
#[allow(dead_code)]
mod commands;
#[path = "common/record.rs"]
mod record;
#[path = "common/running.rs"]
mod running;

use broker::{Broker, Ear};
use clips::{Kind, make, signal};
use commands::{ask, state};
use running::Running;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

const BASE: &str = "vestry/hall";
const SECOND: usize = 48_000;
/// Frames over which strips and runs go across, and of a chunk before that.
const FADE: usize = 480 + 128;

/// Inputs 4 and 5 hear the same card; the first three are recorded after their strips.
const BOX: &str = r#"
inputs = 5
frames_per_period = 256
periods = 32
realtime = { lock_memory = false }
input = [{ tap = "post" }, { tap = "post" }, { tap = "post" }, { tap = "pre" }, { tap = "pre" }]
[device]
kind = "offline"
[device.offline]
sources = [{ noise_seed = 1 }, { noise_seed = 2 }, { noise_seed = 3 }, { noise_seed = 4 }, { noise_seed = 4 }]
[mqtt]
id = "hall"
host = "127.0.0.1"
"#;

/// A box, and somebody who asks it for a soundcheck.
struct Hall {
    broker: Broker,
    ear: Ear,
    vestry: Running,
}

impl Hall {
    fn start(dir: &Path) -> Self {
        let broker = Broker::start();
        let ear = broker.listen();
        let vestry = Running::beside(broker.port, dir, BOX);
        let mut hall = Self { broker, ear, vestry };
        state(&mut hall.ear, BASE, "a take", |state| state["recording"] == true);
        hall
    }

    fn ask(&mut self, what: &Value) -> Value {
        ask(&self.broker, &mut self.ear, BASE, what)
    }

    fn soundcheck(&mut self, mut what: Value) {
        what["command"] = json!("soundcheck");
        let answer = self.ask(&what);
        assert_eq!(answer["ok"], true, "{what}: {answer}");
    }

    fn refused(&mut self, mut what: Value) -> String {
        what["command"] = json!("soundcheck");
        let answer = self.ask(&what);
        assert_eq!(answer["ok"], false, "{what}");
        answer["reason"].as_str().unwrap().to_owned()
    }

    /// Waits until what is told of it is so.
    fn until(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        state(&mut self.ear, BASE, what, |state| wanted(&state["soundcheck"]))["soundcheck"].take()
    }

    /// Ends the take that is being recorded and begins another.
    fn next_take(&mut self) {
        for on in [false, true] {
            assert_eq!(self.ask(&json!({"command": "record", "on": on}))["ok"], true);
            state(&mut self.ear, BASE, "the recorder", |state| state["recording"] == on);
        }
    }

    fn end(self) {
        self.vestry.end();
    }
}

fn second() {
    std::thread::sleep(Duration::from_secs(1));
}

fn track(take: &Path, number: usize) -> Vec<i32> {
    let mut files = fs::read_dir(take).unwrap().map(|entry| entry.unwrap().path());
    let begins = format!("{number:02}_");
    let file = files.find(|path| path.file_name().unwrap().to_string_lossy().starts_with(&begins));
    hound::WavReader::open(file.unwrap()).unwrap().samples().map(Result::unwrap).collect()
}

fn tracks(take: &Path) -> Vec<Vec<i32>> {
    (1..=5).map(|number| track(take, number)).collect()
}

/// Where a part lies in a track first, from a frame on, or what comes closest.
fn find(track: &[i32], part: &[i32], from: usize) -> Option<usize> {
    let (key, rest) = (&part[..4], &track[from..]);
    let places = rest.windows(4).enumerate().filter(|(_, window)| *window == key);
    let places = places.map(|(at, _)| from + at);
    places.min_by_key(|at| std::cmp::Reverse(differs(&track[*at..], part).unwrap_or(usize::MAX)))
}

/// Where a track is another than a part first.
fn differs(track: &[i32], part: &[i32]) -> Option<usize> {
    let there = track.iter().zip(part).position(|(a, b)| a != b);
    there.or((track.len() < part.len()).then_some(track.len()))
}

/// The same in every one of these tracks, on one frame.
fn on_one_frame(
    recorded: &[Vec<i32>],
    take: &[Vec<i32>],
    part: std::ops::Range<usize>,
    from: usize,
) -> usize {
    let at = find(&recorded[0], &take[0][part.clone()], from).expect("it is heard");
    for (recorded, take) in recorded.iter().zip(take) {
        assert_eq!(differs(&recorded[at..], &take[part.clone()]), None, "to the bit, on one frame: {part:?}");
    }
    at
}

#[test]
fn a_take_plays_through_its_strips_to_the_bit_while_inputs_are_recorded() {
    let dir = tempfile::tempdir().unwrap();
    let mut hall = Hall::start(dir.path());
    for label in ["Verse", "Chorus"] {
        second();
        assert_eq!(hall.ask(&json!({"command": "marker", "label": label}))["ok"], true);
    }
    second();
    hall.next_take();
    let source = json!({"command": "source", "input": 2, "source": "generator"});
    hall.soundcheck(json!({"take": "last", "tracks": [1, 2, 3, 4, null]}));
    let told = hall.until("the take", |told| told["state"] == "playing");
    assert_eq!(told["inputs"], json!([1, 2, 3, 4]));
    assert_eq!((&told["tracks"][3]["input"], &told["tracks"][4]["input"]), (&json!(4), &Value::Null));
    let reason = hall.ask(&source)["reason"].to_string();
    assert!(reason.contains("input 2: plays take"), "{reason}");
    hall.until("its end", |told| told["state"] == "stopped" && told["inputs"] == json!([]));
    second();
    hall.soundcheck(json!({"action": "loop", "from": "Verse", "to": "Chorus"}));
    hall.soundcheck(json!({"action": "seek", "from": "Verse"}));
    hall.soundcheck(json!({"action": "play"}));
    hall.until("the verse", |told| told["state"] == "playing");
    for _ in 0..5 {
        second();
    }
    hall.soundcheck(json!({"action": "stop"}));
    hall.until("the end", |told| told["state"] == "stopped" && told["inputs"] == json!([]));
    hall.end();

    let takes = cli::takes(&dir.path().join("takes"));
    let [first, again] = [&takes[0], &takes[1]].map(|take| tracks(take));
    let length = first[0].len();
    assert!(length > SECOND, "{length}");
    let at = on_one_frame(&again[..3], &first[..3], 0..length, 0);
    assert!(again[3] == again[4], "what the card delivers is in the pre tap all the while");
    for (track, silent) in again.iter().take(3).map(|track| (track, &track[at - 480..at])) {
        assert!(silent.iter().all(|sample| *sample == 0), "nothing else is heard");
        assert!(
            track[at + length + 3 * SECOND / 4..].iter().any(|sample| *sample != 0),
            "and the card is back"
        );
    }
    let markers = record::verify(&takes[0]).markers;
    let place = |label| markers.iter().find(|marker| marker.label == label).unwrap().position as usize;
    let (verse, chorus) = (place("Verse"), place("Chorus"));
    let part = verse + FADE..chorus - 480;
    let round = on_one_frame(&again[..3], &first[..3], part.clone(), at + length);
    for track in 0..3 {
        let next = &again[track][round + chorus - verse..];
        assert_eq!(differs(next, &first[track][part.clone()]), None, "round and round");
    }
    let manifest = record::verify(&takes[1]);
    let labels: Vec<_> = manifest.markers.iter().map(|marker| marker.label.as_str()).collect();
    assert!(labels.iter().any(|label| label.contains("on inputs 1, 2, 3, 4")), "{labels:?}");
    assert!(labels.iter().any(|label| label.starts_with("Soundcheck over")), "{labels:?}");
}

/// A folder that another recorder left: one RF64 of four channels, of 6 s.
fn foreign(dir: &Path) -> Vec<Vec<i32>> {
    let folder = dir.join("takes/band");
    fs::create_dir_all(&folder).unwrap();
    let sound = signal(4, 6 * SECOND, 24);
    let kind = Kind { rate: 48_000, codec: "pcm_s24le", more: &["-rf64", "always"] };
    make(&folder.join("band.wav"), &sound, &kind);
    assert_eq!(&fs::read(folder.join("band.wav")).unwrap()[..4], b"RF64");
    let number = |sample: &f32| (sample * 8_388_608.0) as i32;
    sound.iter().map(|channel| channel.iter().map(number).collect()).collect()
}

fn newest(dir: &Path) -> PathBuf {
    cli::takes(&dir.join("takes")).into_iter().rfind(|take| !take.ends_with("band")).unwrap()
}

#[test]
fn another_recorders_take_loops_seeks_and_punches_on_its_frames() {
    let dir = tempfile::tempdir().unwrap();
    let sound = foreign(dir.path());
    let mut hall = Hall::start(dir.path());
    hall.soundcheck(json!({"take": "band", "action": "load"}));
    hall.until("the band", |told| told["state"] == "stopped" && told["length_s"] == 6.0);
    hall.soundcheck(json!({"action": "punch", "inputs": [1], "from": 0.5, "to": 1.5}));
    hall.soundcheck(json!({"action": "loop", "from": 1.0, "to": 2.0}));
    hall.soundcheck(json!({"action": "play"}));
    hall.until("the punch", |told| told["state"] == "playing" && told["inputs"] == json!([2, 3, 4]));
    for _ in 0..4 {
        second();
    }
    hall.soundcheck(json!({"action": "punch", "inputs": []}));
    hall.soundcheck(json!({"action": "loop"}));
    hall.soundcheck(json!({"action": "seek", "from": 4.0}));
    hall.until("the rest", |told| told["position_s"] == 5);
    hall.until("its end", |told| told["state"] == "stopped");
    hall.end();

    let recorded = tracks(&newest(dir.path()));
    let (half, blend) = (SECOND / 2, 480);
    let start = on_one_frame(&recorded[..3], &sound[..3], 0..half, 0);
    for track in 1..3 {
        let (recorded, sound) = (&recorded[track], &sound[track]);
        let first = &sound[..2 * SECOND - blend];
        assert_eq!(differs(&recorded[start..], first), None, "up to the loop's end");
        for round in 1..3 {
            let at = start + round * SECOND + SECOND;
            let part = &sound[SECOND..2 * SECOND - blend];
            assert_eq!(differs(&recorded[at..], part), None, "round {round}");
        }
    }
    // The punched strip hears the card in place of the take, to the chunk, and comes back to the frame that the others are at.
    let [punched, take] = [&recorded[0], &sound[0]];
    let same =
        |frames: std::ops::Range<usize>| punched[start + frames.start..start + frames.end] == take[frames];
    assert!(same(0..half - 128) && same(3 * half + FADE..2 * SECOND - blend));
    let differ = (half + FADE..3 * half - 128).filter(|at| punched[start + at] != take[*at]).count();
    assert!(differ > SECOND * 9 / 10, "{differ}");
    let tail = 4 * SECOND + FADE..6 * SECOND;
    on_one_frame(&recorded[..3], &sound[..3], tail, start);
}

#[test]
fn what_cannot_be_played_tells_why() {
    let dir = tempfile::tempdir().unwrap();
    let broken = dir.path().join("takes/broken");
    fs::create_dir_all(&broken).unwrap();
    fs::write(broken.join("01.wav"), "").unwrap();
    fs::write(broken.join("02.wav"), "Sunday, ten o'clock").unwrap();
    let mut hall = Hall::start(dir.path());
    hall.soundcheck(json!({"take": "broken"}));
    let told = hall.until("the fault", |told| told["state"] == "failed");
    let fault = told["fault"].as_str().unwrap();
    assert!(fault.contains("01.wav is empty (0 bytes); 02.wav is no wave file"), "{fault}");
    hall.soundcheck(json!({"take": "none"}));
    hall.until("no folder", |told| {
        told["fault"].as_str().is_some_and(|fault| fault.contains("no such folder"))
    });
    hall.soundcheck(json!({}));
    hall.until("no take", |told| told["fault"].as_str().is_some_and(|fault| fault.contains("no take yet")));
    assert!(hall.refused(json!({"action": "punch_in"})).contains("no take is loaded"));
    assert!(hall.refused(json!({"action": "pause"})).contains("no take is loaded"));
    assert!(hall.refused(json!({"take": "../etc"})).contains("must be the name of a folder"));
    assert!(hall.refused(json!({"action": "seek", "to": 1.0})).contains("to: has no meaning"));
    assert!(hall.refused(json!({"action": "load"})).contains("take: must be given"));
    hall.end();
}
