//! What the panel shows, as plain values.
//!
//! Runs on: supervisor.
use super::pads::PadsView;
use super::pages::Page;
use std::time::Duration;

/// What the box is doing; the one thing that must be seen at a glance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum BoxState {
    /// Nothing is being recorded, and that is as it should be.
    #[default]
    Idle,
    /// A take is being written.
    Recording,
    /// A person has to do something, named here in a few words.
    Fault(String),
}

/// The take being written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TakeView {
    /// Its folder's name.
    pub name: String,
    /// Length so far.
    pub time: Duration,
}

/// Room on the medium.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Storage {
    /// Free bytes.
    pub free_bytes: u64,
    /// How long they last at the present rate.
    pub free_time: Duration,
}

/// Whether the writer keeps up with the sound; better comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pace {
    /// It does.
    #[default]
    Ok,
    /// The medium is slow: sound waits, none is lost.
    Slow,
    /// A third of the pool is full and more: what waits is lost if it goes on like that.
    Behind,
}

impl Pace {
    /// The word for it, the same wherever it is told.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Slow => "slow",
            Self::Behind => "behind",
        }
    }
}

/// The writer's light; of several media, that of the writer furthest behind. What is better comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct WriterView {
    /// Its colour: green, yellow, red.
    pub pace: Pace,
    /// Sound that waits to be written.
    pub buffered: Duration,
    /// Sound that may wait before any is lost.
    pub pool: Duration,
}

/// One of several media.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MediumView {
    /// What it is called.
    pub name: String,
    /// What is done on it.
    pub state: BoxState,
    /// Room on it, once known.
    pub storage: Option<Storage>,
}

/// One input.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MeterView {
    /// As configured.
    pub name: String,
    /// Largest sample since the last view, linear, full scale 1.0.
    pub peak: f32,
    /// RMS, linear, full scale 1.0.
    pub rms: f32,
    /// Silent in mixes and after-gain recordings.
    pub muted: bool,
    /// The input that SELECT moves.
    pub selected: bool,
}

/// What went wrong since the start, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Loss {
    /// Overruns and underruns.
    pub xruns: u64,
    /// Frames never captured.
    pub frames: u64,
    /// Blocks dropped since the medium stood still for too long.
    pub blocks: u64,
}

/// Something asked of the system, and whether it was granted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Check {
    /// What, such as "SCHED_FIFO 80" or "memory locked: refused (EPERM)".
    pub text: String,
    /// Granted.
    pub good: bool,
}

/// The machine that the box runs on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Machine {
    /// Temperature of the processor in degrees Celsius; `None` where it has no sensor.
    pub cpu_celsius: Option<f32>,
    /// IP address, the one a technician would type; `None` without a network.
    pub address: Option<String>,
    /// Longest period so far in microseconds; `None` while the latency monitor has not run.
    pub worst_period_us: Option<f32>,
    /// One period's time in microseconds.
    pub period_us: f32,
    /// Sound card, as configured.
    pub card: String,
    /// Whether the broker is connected; `None` where none is configured.
    pub broker: Option<bool>,
}

/// All that one picture needs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View {
    /// The state line.
    pub state: BoxState,
    /// The running take, or while idle the last one.
    pub take: Option<TakeView>,
    /// Room on the medium, once known.
    pub storage: Option<Storage>,
    /// The writer's light.
    pub writer: WriterView,
    /// What the medium of that writer is called, such as "SD card".
    pub writer_medium: String,
    /// Every medium where there are several, for the page System; empty where there is but one.
    pub media: Vec<MediumView>,
    /// Every input, in order.
    pub meters: Vec<MeterView>,
    /// What went wrong.
    pub loss: Loss,
    /// The monitor is muted.
    pub monitor_muted: bool,
    /// What was asked of the system, for the page System.
    pub realtime: Vec<Check>,
    /// Summary of the latency monitor; `None` while it is off.
    pub latency: Option<String>,
    /// Takes on the medium, newest first, for the page Takes.
    pub takes: Vec<String>,
    /// Messages, oldest first.
    pub messages: Vec<String>,
    /// What the middle shows.
    pub page: Page,
    /// Levels of the bands of [`Spectrum`](super::Spectrum) in dBFS, low to high; empty while there are none.
    pub spectrum: Vec<f32>,
    /// Right end of the spectrum's scale in Hz, [`Spectrum::top_hz`](super::Spectrum::top_hz); 0 counts as 20 kHz.
    pub spectrum_top_hz: f32,
    /// Buttons do nothing until it is unlocked.
    pub locked: bool,
    /// What went wrong, newest first, for the page Faults.
    pub faults: Vec<String>,
    /// What is wrong with inputs now, for the page Faults.
    pub troubles: Vec<String>,
    /// What the last self-test found, for the pages System and Faults; nothing before the first.
    pub self_test: Vec<Check>,
    /// The machine, for the page System.
    pub machine: Machine,
    /// The player's pads, for the page Pads; none without a player.
    pub pads: Option<PadsView>,
    /// When the next service begins, such as "Sun 09:45"; none where none is known.
    pub next: Option<String>,
    /// The code for a new password of the page, while one counts.
    pub web_code: Option<String>,
}
