//! The self-test without a running box (`vestry selftest`): the same parts, for as long as it takes.
//!
//! Runs on: main.
use super::desk::Desk;
use super::exam::{Begun, FIRST};
use super::kernel_clock::KernelClock;
use super::sentry::Sentry;
use super::trials::{self, Each, Trials};
use super::{RunError, console, open, settings};
use crate::config::Config;
use crate::guard::{Facts, Finding, Writes, examine};
use crate::hal::linux;
use crate::record::clock::Clock;
use crate::record::storage::{Disk, Storage};
use crate::record::{RecordSettings, RecordStatus};
use crate::rt_io::alsa::AlsaError;
use crate::rt_io::assemble::{Remote, assemble};
use crate::rt_io::pool::PoolSize;
use crate::rt_io::thread::RtThread;
use std::collections::BTreeMap;
use std::time::Duration;
use vestry_rt::block::BlockSink;
use vestry_rt::message::Event;

/// Between two looks.
const TICK: Duration = Duration::from_millis(50);
/// Sound that nobody records is thrown away; so much of it may wait for that.
const POOL_S: f64 = 2.0;
/// A card may be so late with what it was asked for.
const LATE: Duration = Duration::from_secs(5);

/// Tests media, inputs, clock, temperature and room as a running box does, with sound of 15 s. Blocks meanwhile, 50 s at most.
///
/// # Errors
/// The card cannot be opened: then nothing was tested. One that another program has is said to be in use.
pub fn check_up(config: &Config) -> Result<Vec<Finding>, RunError> {
    let begun = Begun::now();
    let mut listener = Listener::start(config)?;
    let mut trials = Trials::begin(config);
    let mut writes = None;
    while writes.is_none() || !listener.is_done(begun.elapsed()) {
        listener.tick();
        writes = writes.or_else(|| trials.outcome());
        std::thread::sleep(TICK);
    }
    listener.rt.stop();
    let writes = writes.unwrap_or_default();
    let names = config.lanes().into_iter().map(|lane| lane.name);
    Ok(examine(&Facts {
        inputs: names.zip(listener.sentry.inputs()).collect(),
        sound: listener.fault(),
        synchronised: KernelClock.synced(),
        stepped_s: begun.stepped_s(),
        celsius: linux::cpu_celsius(),
        free: free(config, &writes),
        writes,
    }))
}

/// Hears what the card delivers, and has it judged.
struct Listener {
    rt: RtThread,
    remote: Remote,
    sinks: Vec<BlockSink>,
    sentry: Sentry,
    /// Frames to be heard.
    wanted: u64,
    rate: f64,
    gone: bool,
}

impl Listener {
    fn start(config: &Config) -> Result<Self, RunError> {
        let device = open::device(config).map_err(|error| match error {
            RunError::Alsa(error @ AlsaError::Busy { .. }) => RunError::InUse(error),
            other => other,
        })?;
        let lanes = config.inputs + if config.recording.mix { 2 } else { 0 };
        let pool = PoolSize::for_seconds(lanes, POOL_S, config.sample_rate);
        let (engine, remote, sinks) =
            assemble(console::shape(config), &[pool], &Desk::new(config).commands());
        let rt = RtThread::prepare(device, engine, settings::realtime(config), false)?;
        rt.release()?;
        let wanted = FIRST.as_secs() * u64::from(config.sample_rate);
        let rate = f64::from(config.sample_rate);
        Ok(Self { rt, remote, sinks, sentry: Sentry::new(config), wanted, rate, gone: false })
    }

    fn tick(&mut self) {
        for sink in &mut self.sinks {
            while let Some(block) = sink.filled.dequeue() {
                // A pool has room for every block of its own.
                let _ = sink.free.enqueue(block);
            }
        }
        while let Some(event) = self.remote.event() {
            self.gone |= event == Event::DeviceGone;
            self.sentry.on(&event);
        }
        let meters = self.remote.meters();
        self.sentry.tick(&mut self.remote, &meters);
    }

    fn heard(&self) -> u64 {
        self.remote.counters.position.get()
    }

    /// Nothing more will be heard, or there was enough.
    fn is_done(&self, elapsed: Duration) -> bool {
        self.heard() >= self.wanted || elapsed > FIRST + LATE || !self.rt.is_running()
    }

    /// What is wrong with the sound of all inputs.
    fn fault(&self) -> Option<String> {
        let heard = self.heard();
        let short = || {
            let seconds = heard as f64 / self.rate;
            (heard < self.wanted)
                .then(|| format!("only {seconds:.1} s of {} s of sound came", FIRST.as_secs()))
        };
        let gone = self.gone.then(|| "the sound card went away".to_owned());
        gone.or_else(short).or_else(|| self.sentry.channels().fault)
    }
}

/// How long the room on each medium that is in lasts. Those that could not be written are not asked: they may never answer.
fn free(config: &Config, writes: &Each<Writes>) -> Each<Option<Duration>> {
    let settings = settings::record(config, &BTreeMap::new());
    let names = trials::names(config).into_iter().zip(&settings);
    let room = |(name, settings)| {
        let writes = trials::of(writes, &name)?;
        Some((name, writes.as_ref().ok().and_then(|_| lasts(settings))))
    };
    names.filter_map(room).collect()
}

fn lasts(settings: &RecordSettings) -> Option<Duration> {
    let parent = settings.dir.parent();
    let free = Disk.free_bytes(&settings.dir).ok().or_else(|| Disk.free_bytes(parent?).ok())?;
    let status = RecordStatus { free_bytes: free, measured: true, ..settings.status() };
    status.seconds_left().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_that_a_recorder_has_is_one_line_that_says_whom_to_ask() {
        let busy = AlsaError::Busy { device: "hw:USB".into(), direction: "capture" };
        let said = RunError::InUse(busy).to_string();
        assert!(said.starts_with("device: hw:USB capture is in use") && said.contains("self_test"), "{said}");
        assert_eq!(said.lines().count(), 1);
    }
}
