//! Promise: a pad that is pressed over the network is heard on its strips and goes where they go, bit for bit, stems on one frame;
//! a file that is none tells why, and neither the others nor the take notice.
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
use commands::{ask, state};
use running::Running;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

const BASE: &str = "vestry/hall";

const BOX: &str = r#"
inputs = 4
realtime = { lock_memory = false }
input = [{}, { source = "player" }, { source = "player" }, {}]
player = { dir = "clips" }
pad = [
  { file = "stereo.wav" },
  { file = "no_sound.mp3" },
  { file = "voice.wav", stem = 1, strips = [2] },
  { file = "organ.wav", stem = 1, strips = [3] },
  { file = "pad.wav", mode = "loop", fade_ms = 100.0 },
]
[device]
kind = "offline"
[device.offline]
sources = [{ tone_hz = 440.0 }, { tone_hz = 550.0 }, {}, { tone_hz = 660.0 }]
[mqtt]
id = "hall"
host = "127.0.0.1"
"#;

/// Noise of 24 bits without a zero, another for each `seed`.
fn noise(seed: u32, frames: usize) -> Vec<i32> {
    let step = |state: &mut u32| {
        *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        Some((*state as i32 >> 8) | 1)
    };
    std::iter::repeat(()).scan(seed, |state, ()| step(state)).take(frames).collect()
}

fn clip(path: &Path, channels: &[&[i32]]) {
    let spec = hound::WavSpec {
        channels: channels.len() as u16,
        sample_rate: 48_000,
        bits_per_sample: 24,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    for frame in 0..channels[0].len() {
        channels.iter().for_each(|channel| writer.write_sample(channel[frame]).unwrap());
    }
    writer.finalize().unwrap();
}

/// A box with its clips, and somebody who presses pads.
struct Hall {
    broker: Broker,
    ear: Ear,
    vestry: Running,
}

impl Hall {
    fn start(dir: &Path, config: &str) -> Self {
        let broker = Broker::start();
        let ear = broker.listen();
        let vestry = Running::beside(broker.port, dir, config);
        Self { broker, ear, vestry }
    }

    fn pads(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        state(&mut self.ear, BASE, what, |state| wanted(&state["player"]))["player"].take()
    }

    fn press(&mut self, pad: &str) -> Value {
        ask(&self.broker, &mut self.ear, BASE, &json!({"command": "pad", "pad": pad, "action": "press"}))
    }

    /// Presses a pad, and waits until it plays.
    fn play(&mut self, pad: &str, plays: &Value) {
        assert_eq!(self.press(pad)["ok"], true, "{pad}");
        self.pads("what was pressed", |player| player["playing"] == *plays);
    }

    fn silent(&mut self) {
        self.pads("silence", |player| player["playing"] == json!([]));
    }
}

/// The samples of a track of the one take.
fn track(take: &Path, number: usize) -> Vec<i32> {
    let files = fs::read_dir(take).unwrap().map(|entry| entry.unwrap().path());
    let begins = format!("{number:02}_");
    let file =
        files.into_iter().find(|path| path.file_name().unwrap().to_string_lossy().starts_with(&begins));
    hound::WavReader::open(file.unwrap()).unwrap().samples().map(Result::unwrap).collect()
}

/// Where there is sound again, from `from` on.
fn sound(track: &[i32], from: usize) -> usize {
    from + track[from..].iter().position(|sample| *sample != 0).expect("sound")
}

#[test]
fn what_is_pressed_is_in_the_take_bit_for_bit() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("clips");
    fs::create_dir(&folder).unwrap();
    let [left, right, voice, organ] = [1, 2, 3, 4].map(|seed| noise(seed, 48_000));
    let pad = noise(5, 9_600);
    clip(&folder.join("stereo.wav"), &[&left, &right]);
    clip(&folder.join("voice.wav"), &[&voice]);
    clip(&folder.join("organ.wav"), &[&organ]);
    clip(&folder.join("pad.wav"), &[&pad]);
    fs::write(folder.join("no_sound.mp3"), "Sunday, ten o'clock").unwrap();
    let mut hall = Hall::start(dir.path(), BOX);
    let ready = |pad: &Value| pad["state"] == "ready";
    let player = hall.pads("the bank", |player| {
        player["pads"].as_array().is_some_and(|pads| pads.iter().filter(|pad| ready(pad)).count() == 4)
    });
    let bad = &player["pads"][1];
    assert!(bad["state"] == "failed" && bad["reason"].as_str().unwrap().contains("no_sound.mp3"), "{bad}");
    assert_eq!(hall.press("1.1.2")["ok"], false);
    hall.play("1.1.1", &json!(["1.1.1"]));
    hall.silent();
    hall.play("1.1.3", &json!(["1.1.3", "1.1.4"]));
    hall.silent();
    hall.play("1.1.5", &json!(["1.1.5"]));
    std::thread::sleep(std::time::Duration::from_secs(1));
    assert_eq!(hall.press("1.1.5")["ok"], true);
    hall.silent();
    // One that fades is not said to play.
    std::thread::sleep(std::time::Duration::from_millis(500));
    hall.vestry.end();

    let takes = cli::takes(&dir.path().join("takes"));
    assert_eq!(takes.len(), 1);
    let manifest = record::verify(&takes[0]);
    assert_eq!(manifest.gaps, []);
    let [second, third] = [2, 3].map(|number| track(&takes[0], number));
    let at = sound(&second, 0);
    assert!(second[at..at + 48_000] == left && third[at..at + 48_000] == right, "a clip of two channels");
    let at = sound(&second, at + 48_000);
    assert!(second[at..at + 48_000] == voice && third[at..at + 48_000] == organ, "two stems on one frame");
    let at = sound(&second, at + 48_000);
    for round in 0..4 {
        let at = at + round * pad.len();
        assert!(second[at..at + pad.len()] == pad && third[at..at + pad.len()] == pad, "round {round}");
    }
    assert!(second[second.len() - 100..].iter().all(|sample| *sample == 0), "and it ended");
    for card in [1, 4].map(|number| track(&takes[0], number)) {
        assert!(card.iter().any(|sample| *sample != 0), "the card's inputs are recorded as ever");
    }
}

#[test]
fn one_that_is_too_long_for_memory_is_read_while_it_plays() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("clips");
    fs::create_dir(&folder).unwrap();
    let [left, right] = [1, 2].map(|seed| noise(seed, 150_000));
    clip(&folder.join("long.wav"), &[&left, &right]);
    let (pads, rest) = (BOX.find("pad = [").unwrap(), BOX.find("[device]").unwrap());
    let long = "pad = [{ file = \"long.wav\" }, { file = \"long.wav\", mode = \"loop\", loop_frames = [40000, 75000] }]\n";
    // A tenth of it is 25,000 samples.
    let config = [&BOX[..pads], long, &BOX[rest..]]
        .concat()
        .replace("dir = \"clips\"", "dir = \"clips\", memory_mb = 2");
    let mut hall = Hall::start(dir.path(), &config);
    let player = hall.pads("the bank", |player| player["pads"][1]["state"] == "ready");
    assert_eq!(player["pads"][0]["seconds"], 3.125);
    assert!(player["memory_bytes"].as_u64().unwrap() < 700_000, "{player}");
    hall.play("1.1.1", &json!(["1.1.1"]));
    hall.silent();
    hall.play("1.1.2", &json!(["1.1.2"]));
    std::thread::sleep(std::time::Duration::from_secs(4));
    assert_eq!(hall.press("1.1.2")["ok"], true);
    hall.silent();
    // It goes on without the file, for as long as that is open; the next press has the start alone.
    hall.play("1.1.1", &json!(["1.1.1"]));
    fs::remove_file(folder.join("long.wav")).unwrap();
    hall.silent();
    hall.play("1.1.1", &json!(["1.1.1"]));
    let player = hall.pads("the end", |player| player["broken_reads"] == 1 && player["playing"] == json!([]));
    assert_eq!(player["late_reads"].as_u64().map(|late| late <= 1), Some(true), "{player}");
    hall.vestry.end();

    let takes = cli::takes(&dir.path().join("takes"));
    let [second, third] = [2, 3].map(|number| track(&takes[0], number));
    let at = sound(&second, 0);
    assert!(second[at..at + 150_000] == left && third[at..at + 150_000] == right, "a long clip");
    let at = sound(&second, at + 150_000);
    let round = |sound: &[i32]| [&sound[..75_000], &sound[40_000..75_000], &sound[40_000..75_000]].concat();
    assert!(
        second[at..at + 145_000] == round(&left) && third[at..at + 145_000] == round(&right),
        "a long loop"
    );
}
