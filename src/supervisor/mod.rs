//! Joins everything: starts it in order, carries what happens to the policy and what follows from it to the others.
//!
//! Runs on: supervisor.
mod archive;
mod calibrate;
mod checkup;
pub mod clock_word;
pub mod coefficients;
mod console;
mod delivery;
mod desk;
mod exam;
mod feeder;
mod inserts;
mod kernel_clock;
mod levels;
mod lights;
mod loudness;
mod media;
mod open;
mod order;
mod outside;
mod pace;
mod pad_desk;
mod pads_view;
pub mod playback;
mod player_ask;
mod player_report;
mod policy;
mod recorder;
mod scenes;
mod schedule;
mod sentry;
mod settings;
mod show;
pub mod soundcheck;
mod sources;
mod status;
pub mod synthesis;
mod takes;
mod takes_for_web;
mod tell;
mod trials;
mod watchdog;
mod writings;

pub use calibrate::{Calibration, SAFETY, Wakes, calibrate, forgiven_ns, propose};
pub use checkup::check_up;
pub use desk::Desk;
pub use pad_desk::PadDesk;
pub use player_ask::PlayerAsk;
pub use policy::{Action, Happening, Policy, Severity};

use crate::config::Config;
use crate::deliver::SettingsError;
use crate::hal::ScreenError;
use crate::hal::linux::GpioError;
use crate::hal::log::LogSink;
use crate::record::RecordError;
use crate::rt_io::alsa::AlsaError;
use crate::rt_io::listen::Silence;
use crate::rt_io::offline::SourceError;
use crate::rt_io::thread::StartError;
use crate::telemetry::mqtt::MqttError;
use crate::web::WebError;
use recorder::Recorder;
use std::path::PathBuf;
use std::time::Duration;

/// Why the box did not start. Each is one line that names what to change.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A file to be played in place of a card.
    #[error("device.offline.sources: {0}")]
    Source(#[from] SourceError),
    /// The sound card.
    #[error("device: {0}")]
    Alsa(#[from] AlsaError),
    /// The sound card is in use while it is to be tested.
    #[error(
        "device: {0}; where that is a recorder, its display and the command self_test over MQTT tell how it does"
    )]
    InUse(AlsaError),
    /// The sound card is in use while the machine is to be measured.
    #[error("device: {0}; a recorder that has it has to end first, as it has the core too")]
    Recording(AlsaError),
    /// There is no thread to measure with.
    #[error("cannot measure: {0}")]
    Measure(std::io::Error),
    /// The card was there, and gave no periods to measure.
    #[error("device: {0}")]
    Silent(#[from] Silence),
    /// More channels than the card has.
    #[error("device: the {what} need channel {wanted}, but the card has {has}; change {what} or the map")]
    Channels {
        /// `inputs` or `outputs`.
        what: &'static str,
        /// The highest channel asked for, from 1.
        wanted: usize,
        /// Channels that the card was opened with.
        has: usize,
    },
    /// The time zone of the services.
    #[error("schedule.timezone = {name:?}: {right}")]
    TimeZone {
        /// As configured.
        name: String,
        /// What would be right.
        right: String,
    },
    /// The player of clips.
    #[error("player: cannot start its thread: {0}")]
    Player(std::io::Error),
    /// The recordings folders.
    #[error("recordings_dir: {0}")]
    Record(#[from] RecordError),
    /// The rt thread.
    #[error("realtime: {0}")]
    Start(#[from] StartError),
    /// The terminal.
    #[error("{0}")]
    Screen(#[from] ScreenError),
    /// A button or a lamp.
    #[error("{key}: {error}")]
    Gpio {
        /// The key that names the line.
        key: String,
        /// What is wrong with it.
        error: GpioError,
    },
    /// The display's thread.
    #[error("display: {0}")]
    Display(std::io::Error),
    /// The broker's settings.
    #[error("{0}")]
    Mqtt(#[from] MqttError),
    /// The page's settings.
    #[error("{0}")]
    Web(#[from] WebError),
    /// The settings of delivery.
    #[error("{0}")]
    Delivery(#[from] SettingsError),
    /// Ctrl-C and SIGTERM cannot be caught, so the take could not be closed.
    #[error("cannot catch signals: {0}")]
    Signals(std::io::Error),
}

/// The last take on a medium.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LastTake {
    /// Its folder.
    pub take: PathBuf,
    /// Its length in frames.
    pub frames: u64,
    /// Its gaps.
    pub gaps: u64,
}

/// How a run ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The last take on each medium that has one.
    pub takes: Vec<LastTake>,
    /// What is wrong at the end, if anything.
    pub fault: Option<String>,
}

/// Starts the box and runs it until a signal, a key, the end of its input or of `duration`; closes the take.
///
/// # Errors
/// Everything that can be found out before the first period; then nothing was created.
pub fn run(config: &Config, duration: Option<Duration>, log: &LogSink) -> Result<Outcome, RunError> {
    let mut recorder = Recorder::start(config, duration, log)
        .inspect_err(|error| outside::show_failure(config, &error.to_string()))?;
    recorder.run();
    Ok(recorder.finish())
}
