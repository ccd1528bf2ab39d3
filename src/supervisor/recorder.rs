//! The running box: its parts, its start in order, its loop and its end.
//!
//! Runs on: supervisor.
use super::desk::Desk;
use super::policy::{Action, Happening, Policy, Severity};
use super::status::Status;
use super::{Outcome, RunError, console, open, settings};
use crate::config::Config;
use crate::hal::log::LogSink;
use crate::hal::{Screen, Signals};
use crate::panel::{Bridge, draw, of_key, status_line};
use crate::record::storage::Disk;
use crate::record::{At, Environment, RecordCommand, RecordStatus, Writer, list};
use crate::rt_io::assemble::{Remote, assemble};
use crate::rt_io::thread::RtThread;
use std::time::{Duration, Instant};

/// Between two looks at everything: 20 a second.
const TICK: Duration = Duration::from_millis(50);
/// Between two looks until the first period has come, so that the log tells when that was.
const FIRST_TICK: Duration = Duration::from_millis(1);
/// Ticks between two reports to the log.
const REPORT_TICKS: u32 = 200;

/// Everything that runs.
pub struct Recorder<'a> {
    config: &'a Config,
    log: &'a LogSink,
    remote: Remote,
    rt: RtThread,
    writer: Writer,
    policy: Policy,
    bridge: Bridge,
    screen: Option<Screen>,
    signals: Signals,
    /// Absolute frame at which to end.
    end: Option<u64>,
    end_told: bool,
}

impl<'a> Recorder<'a> {
    /// Opens the card, then prepares the rt thread, then opens the medium, and only then lets sound through.
    pub fn start(config: &'a Config, duration: Option<Duration>, log: &'a LogSink) -> Result<Self, RunError> {
        let signals = Signals::catch().map_err(RunError::Signals)?;
        let device = open::device(config)?;
        let desk = Desk::new(config);
        let (engine, remote, sink) =
            assemble(console::shape(config), console::pool(config), &desk.commands());
        let rt = RtThread::prepare(device, engine, settings::realtime(config), config.realtime.required)?;
        rt.grants.refusals().iter().for_each(|refusal| tracing::warn!("{refusal}"));
        let screen = Some(Screen::open(log)?);
        let record = settings::record(config, settings::facts(&rt.grants));
        let writer = Writer::spawn(record, sink, Environment::default())?;
        rt.release()?;
        let end = duration.map(|time| (time.as_secs_f64() * f64::from(config.sample_rate)).round() as u64);
        let takes = list::names(&Disk, &config.recordings_dir);
        let policy = Policy::new(desk, takes);
        let bridge = Bridge::default();
        Ok(Self { config, log, remote, rt, writer, policy, bridge, screen, signals, end, end_told: false })
    }

    /// Runs until something ends it.
    pub fn run(&mut self) {
        self.await_first_period();
        let mut last = Instant::now();
        for tick in 0_u32.. {
            let happenings = self.gather();
            let position = self.remote.counters.position.get();
            for happening in happenings {
                for action in self.policy.on(happening, position) {
                    if self.act(action) {
                        return;
                    }
                }
            }
            let now = Instant::now();
            self.show(now.duration_since(last));
            last = now;
            if tick % REPORT_TICKS == REPORT_TICKS - 1 {
                tracing::debug!("status {}", self.status(self.writer.status()).snapshot().to_json());
            }
            std::thread::sleep(TICK);
        }
    }

    /// Waits for the first period, for a second at most: a card that is slow to start shows on the screen as such.
    fn await_first_period(&self) {
        let begun = Instant::now();
        while self.remote.counters.periods.get() == 0 && begun.elapsed() < Duration::from_secs(1) {
            std::thread::sleep(FIRST_TICK);
        }
        tracing::debug!("first period");
    }

    /// Stops sound first and the writer after it, so that everything captured is in the take.
    pub fn finish(mut self) -> Outcome {
        self.screen = None;
        self.rt.stop();
        let last = self.remote.counters.position.get();
        let fault = self.writer.status().fault;
        let (status, events) = self.writer.stop_and_join(At::Frame(last));
        for event in events {
            for action in self.policy.on(Happening::Record(event), last) {
                if let Action::Say(severity, text) = action {
                    say(severity, &text);
                }
            }
        }
        let unwritten = (status.frames_unwritten > 0)
            .then(|| format!("{} frames could not be written", status.frames_unwritten));
        let faults: Vec<String> = fault.or(status.fault).into_iter().chain(unwritten).collect();
        let fault = (!faults.is_empty()).then(|| faults.join("; "));
        Outcome { take: status.take, frames: status.frames, gaps: status.gaps, fault }
    }

    fn gather(&mut self) -> Vec<Happening> {
        let mut happenings = Vec::new();
        if self.signals.caught() {
            happenings.push(Happening::Signal);
        }
        while let Some(event) = self.remote.event() {
            happenings.push(Happening::Rt(event));
        }
        while let Some(event) = self.writer.event() {
            happenings.push(Happening::Record(event));
        }
        while let Some(key) = self.key() {
            happenings.extend(of_key(key).map(Happening::Panel));
        }
        happenings.extend(self.time_up().then_some(Happening::TimeUp));
        happenings
    }

    /// True once the time given is over. The writer is told half a second before, so that it ends at the very frame.
    fn time_up(&mut self) -> bool {
        let Some(end) = self.end else { return false };
        let position = self.remote.counters.position.get();
        if !self.end_told && position + u64::from(self.config.sample_rate) / 2 >= end {
            self.end_told = true;
            self.writer.send(RecordCommand::Stop { at: At::Frame(end) });
        }
        position >= end
    }

    fn key(&mut self) -> Option<crate::hal::Key> {
        let typed = self.screen.as_mut()?.key();
        typed.unwrap_or_else(|error| {
            self.lose_screen(&error);
            None
        })
    }

    /// Carries out one action; true if it ends the run.
    fn act(&mut self, action: Action) -> bool {
        match action {
            Action::Record(command) => self.writer.send(command),
            Action::Mix(commands) => {
                if self.remote.send(&commands).is_err() {
                    tracing::warn!("the mixer takes no commands at the moment; press again");
                }
            }
            Action::ClearClips => self.bridge.clear_clips(),
            Action::Say(severity, text) => say(severity, &text),
            Action::Tell(_) => {}
            Action::End => return true,
        }
        false
    }

    fn show(&mut self, elapsed: Duration) {
        let meters = self.remote.meters();
        let view = self.status(self.writer.status()).view(&meters, self.log.lines());
        self.bridge.step(&view, elapsed);
        let Some(screen) = &mut self.screen else { return };
        let shown =
            screen.show(|area, buffer| draw(buffer, area, &view, &self.bridge), || status_line(&view));
        if let Err(error) = shown {
            self.lose_screen(&error);
        }
    }

    /// A terminal that is gone must not end a recording.
    fn lose_screen(&mut self, error: &crate::hal::ScreenError) {
        self.screen = None;
        tracing::warn!("going on without a screen: {error}");
    }

    fn status(&self, record: RecordStatus) -> Status<'_> {
        Status {
            config: self.config,
            remote: &self.remote,
            record,
            policy: &self.policy,
            grants: &self.rt.grants,
            rt_running: self.rt.is_running(),
        }
    }
}

fn say(severity: Severity, text: &str) {
    match severity {
        Severity::Info => tracing::info!("{text}"),
        Severity::Warn => tracing::warn!("{text}"),
        Severity::Error => tracing::error!("{text}"),
    }
}
