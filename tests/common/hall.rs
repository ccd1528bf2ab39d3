//! A box with clips on its pads, somebody who presses them over the network, and what the take has of it.
#![allow(dead_code, reason = "each test uses its part")]
use super::broker::{Broker, Ear};
use super::commands::{ask, state};
use super::running::Running;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::time::Duration;

pub const BASE: &str = "vestry/hall";

pub const BOX: &str = r#"
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
pub fn noise(seed: u32, frames: usize) -> Vec<i32> {
    let step = |state: &mut u32| {
        *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        Some((*state as i32 >> 8) | 1)
    };
    std::iter::repeat(()).scan(seed, |state, ()| step(state)).take(frames).collect()
}

pub fn clip(path: &Path, channels: &[&[i32]]) {
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
pub struct Hall {
    pub broker: Broker,
    pub ear: Ear,
    pub vestry: Running,
}

impl Hall {
    pub fn start(dir: &Path, config: &str) -> Self {
        let broker = Broker::start();
        let ear = broker.listen();
        let vestry = Running::beside(broker.port, dir, config);
        Self { broker, ear, vestry }
    }

    pub fn ask(&mut self, what: &Value) -> Value {
        ask(&self.broker, &mut self.ear, BASE, what)
    }

    /// Asks for what has to be done.
    pub fn do_it(&mut self, what: &Value) {
        let answer = self.ask(what);
        assert_eq!(answer["ok"], true, "{what}: {answer}");
    }

    /// Sets a pad, and lets that be heard for a while.
    pub fn set(&mut self, what: &Value) {
        self.do_it(what);
        std::thread::sleep(Duration::from_millis(300));
    }

    /// Waits until so many pads can be played.
    pub fn ready(&mut self, count: usize) -> Value {
        let ready = |pad: &&Value| pad["state"] == "ready";
        self.pads("the bank", |player| {
            player["pads"].as_array().is_some_and(|pads| pads.iter().filter(ready).count() == count)
        })
    }

    pub fn pads(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        state(&mut self.ear, BASE, what, |state| wanted(&state["player"]))["player"].take()
    }

    pub fn press(&mut self, pad: &str) -> Value {
        self.ask(&json!({"command": "pad", "pad": pad, "action": "press"}))
    }

    /// Presses a pad, and waits until it plays.
    pub fn play(&mut self, pad: &str, plays: &Value) {
        assert_eq!(self.press(pad)["ok"], true, "{pad}");
        self.pads("what was pressed", |player| player["playing"] == *plays);
    }

    pub fn silent(&mut self) {
        self.pads("silence", |player| player["playing"] == json!([]));
    }
}

/// The samples of a track of the one take.
pub fn track(take: &Path, number: usize) -> Vec<i32> {
    let files = fs::read_dir(take).unwrap().map(|entry| entry.unwrap().path());
    let begins = format!("{number:02}_");
    let file =
        files.into_iter().find(|path| path.file_name().unwrap().to_string_lossy().starts_with(&begins));
    hound::WavReader::open(file.unwrap()).unwrap().samples().map(Result::unwrap).collect()
}

/// Where there is sound again, from `from` on.
pub fn sound(track: &[i32], from: usize) -> usize {
    from + track[from..].iter().position(|sample| *sample != 0).expect("sound")
}
