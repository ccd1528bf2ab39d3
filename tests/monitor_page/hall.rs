//! A box with its page, and a broker that tells independently of it what the box does.
use super::broker::{Broker, Ear, Message};
use super::driver::PROGRAMS;
use super::running::Running;
use serde_json::Value;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tempfile::TempDir;

/// A browser takes all of a small machine: one test at a time.
static TURN: Mutex<()> = Mutex::new(());

pub const BOX: &str = r#"
frames_per_period = 256
periods = 32
inputs = 6
realtime = { lock_memory = false }
input = [{ name = "Pulpit" }, { name = "Altar" }, { name = "Choir left" }, { name = "Choir right" }, { name = "Organ" }, { name = "Handheld" }]
[device]
kind = "offline"
[device.offline]
sources = [
  { tone_hz = 440.0, level_db = -14.0 },
  { noise_seed = 1, level_db = -24.0 },
  { tone_hz = 550.0, level_db = -30.0 },
  { tone_hz = 660.0, level_db = -20.0 },
  { tone_hz = 110.0, level_db = -9.0 },
  { file = "burst.wav", gap_s = 3600.0 },
]
"#;

pub struct Hall {
    pub broker: Broker,
    pub ear: Ear,
    pub port: u16,
    dir: TempDir,
    config: String,
    running: Option<Running>,
    _turn: MutexGuard<'static, ()>,
}

/// Whether there is a browser. In CI there has to be one.
pub fn has_browser() -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = |name: &&str| std::env::split_paths(&path).any(|folder| folder.join(name).is_file());
    match PROGRAMS.iter().find(|name| !found(name)) {
        Some(name) => {
            assert!(std::env::var_os("CI").is_none(), "there is no {name}: scripts/test installs it");
            eprintln!("skipped: there is no {name}; scripts/test installs it");
            false
        }
        None => true,
    }
}

/// Half a second at full scale, which clips once.
fn burst(path: &Path) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 48_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    (0..24_000).for_each(|at| writer.write_sample(if at % 100 < 50 { i16::MIN } else { i16::MAX }).unwrap());
    writer.finalize().unwrap();
}

/// A port that nobody has now.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Hall {
    /// With these lines before the sections of the configuration; none without a browser.
    pub fn opens(lines: &str) -> Option<Self> {
        Self::opens_with(lines, "")
    }

    /// And with these sections.
    pub fn opens_with(lines: &str, sections: &str) -> Option<Self> {
        if !has_browser() {
            return None;
        }
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let (broker, port) = (Broker::start(), free_port());
        let ear = broker.listen();
        let config = format!(
            "{lines}{BOX}[web]\nlisten = \"127.0.0.1:{port}\"\n[mqtt]\nid = \"hall\"\nhost = \"127.0.0.1\"\nport = {}\n{sections}",
            broker.port
        );
        let dir = tempfile::tempdir().unwrap();
        burst(&dir.path().join("burst.wav"));
        let mut made = Self { broker, ear, port, dir, config, running: None, _turn: turn };
        made.starts();
        Some(made)
    }

    pub fn starts(&mut self) {
        self.running = Some(Running::start(self.dir.path(), &self.config));
        let before = self.ear.place();
        self.ear.until("the box", |message| {
            message.topic == "vestry/hall/availability" && message.payload == "online"
        });
        self.ear.back_to(before);
    }

    /// As by a power cut.
    pub fn dies(&mut self) {
        self.running = None;
        let gone =
            |message: &Message| message.topic == "vestry/hall/availability" && message.payload == "offline";
        self.ear.until("its last will", gone);
    }

    pub fn running(&self) -> &Running {
        self.running.as_ref().unwrap()
    }

    pub fn log(&self) -> PathBuf {
        self.dir.path().join("log")
    }

    pub fn takes(&self) -> PathBuf {
        self.dir.path().join("takes")
    }

    /// The next state of the box that is so; what came before is not looked at again.
    pub fn state(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let of = |message: &Message| message.topic == "vestry/hall/state" && wanted(&message.json());
        self.ear.until(what, of).json()
    }

    pub fn event(&mut self, kind: &str) -> Value {
        let of =
            |message: &Message| message.topic == "vestry/hall/event" && message.json()["event_type"] == kind;
        self.ear.until(kind, of).json()
    }

    /// What somebody else does to the box.
    pub fn command(&self, text: &str) {
        self.broker.publish("vestry/hall/command", text, &[]);
    }
}
