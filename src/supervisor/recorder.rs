//! The running box: its parts, its start in order, its loop and its end.
//!
//! Runs on: supervisor.
use super::desk::Desk;
use super::outside::Outside;
use super::pace::{Lag, Pacer};
use super::policy::{Action, Happening, Policy, Severity};
use super::show::Show;
use super::status::{Status, Surroundings};
use super::{Outcome, RunError, console, open, settings};
use crate::config::Config;
use crate::hal::Signals;
use crate::hal::log::LogSink;
use crate::panel::{BoxState, WriterView, state_word};
use crate::record::storage::Disk;
use crate::record::{At, Environment, Phase, RecordCommand, Writer, list};
use crate::rt_io::assemble::{Remote, assemble};
use crate::rt_io::sched;
use crate::rt_io::thread::RtThread;
use crate::telemetry::StateReport;
use std::time::{Duration, Instant};

/// Between two looks at everything: 20 a second.
const TICK: Duration = Duration::from_millis(50);
/// Between two looks until the first period has come, so that the log tells when that was.
const FIRST_TICK: Duration = Duration::from_millis(1);
/// Ticks between two reports to the log.
const REPORT_TICKS: u32 = 200;

/// What makes takes, and what is known of it.
struct Inside<'a> {
    config: &'a Config,
    remote: Remote,
    rt: RtThread,
    writer: Writer,
    policy: Policy,
    around: Surroundings,
    light: WriterView,
}

impl Inside<'_> {
    fn status(&self) -> Status<'_> {
        Status {
            config: self.config,
            remote: &self.remote,
            record: self.writer.status(),
            writer: self.light,
            policy: &self.policy,
            grants: &self.rt.grants,
            rt_running: self.rt.is_running(),
            around: &self.around,
        }
    }

    fn position(&self) -> u64 {
        self.remote.counters.position.get()
    }

    /// How far the writer is behind the sound; a status that it cannot bring up to date, since it waits for its medium,
    /// says just that.
    fn lag(&self) -> Lag {
        let (record, rate) = (self.writer.status(), u64::from(self.config.sample_rate.max(1)));
        let recording = matches!(record.phase, Phase::Recording | Phase::Fault);
        let waiting = self.position().saturating_sub(record.position);
        Lag {
            recording,
            buffered: Duration::from_millis(if recording { waiting * 1_000 / rate } else { 0 }),
            syncs: record.sync_times.total.count,
            last_sync: Duration::from_millis(record.last_sync_ms),
        }
    }
}

/// Everything that runs.
pub struct Recorder<'a> {
    inside: Inside<'a>,
    pacer: Pacer,
    begun: Instant,
    show: Show<'a>,
    outside: Outside,
    signals: Signals,
    /// Absolute frame at which to end.
    end: Option<u64>,
    end_told: bool,
    ticks: u32,
}

/// Something that happened, and how long ago.
type Past = (Happening, Duration);

impl<'a> Recorder<'a> {
    /// Opens the card, then prepares the rt thread, then opens outside and medium, and only then lets sound through.
    pub fn start(config: &'a Config, duration: Option<Duration>, log: &'a LogSink) -> Result<Self, RunError> {
        let signals = Signals::catch().map_err(RunError::Signals)?;
        let device = open::device(config)?;
        let desk = Desk::new(config);
        let (engine, remote, sink) =
            assemble(console::shape(config), console::pool(config), &desk.commands());
        let rt = RtThread::prepare(device, engine, settings::realtime(config), config.realtime.required)?;
        rt.grants.refusals().iter().for_each(|refusal| tracing::warn!("{refusal}"));
        let outside = Outside::open(config, log)?;
        let record = settings::record(config, settings::facts(&rt.grants));
        let writer = Writer::spawn(record, sink, Environment::default())?;
        rt.release()?;
        let takes = list::names(&Disk, &config.recordings_dir);
        let (policy, around) = (Policy::new(desk, takes), Surroundings::default());
        let pool = Duration::from_secs(u64::from(config.record_pool_seconds));
        let light = WriterView { pool, ..WriterView::default() };
        Ok(Self {
            inside: Inside { config, remote, rt, writer, policy, around, light },
            pacer: Pacer::new(pool, Duration::from_secs_f64(config.recording.sync_interval_s)),
            begun: Instant::now(),
            show: Show::new(config, log),
            outside,
            signals,
            end: duration.map(|time| frames(time, config.sample_rate)),
            end_told: false,
            ticks: 0,
        })
    }

    /// Runs until something ends it.
    pub fn run(&mut self) {
        sched::stand_back();
        self.await_first_period();
        let mut due = Instant::now();
        loop {
            if self.gather().into_iter().any(|past| self.happened(past)) {
                return;
            }
            self.requests();
            let now = Instant::now();
            if now >= due {
                due = (due + TICK).max(now);
                self.tick();
            }
            self.outside.wait(due);
        }
    }

    /// Waits for the first period, for a second at most: a card that is slow to start shows on the screen as such.
    fn await_first_period(&self) {
        let begun = Instant::now();
        while self.inside.remote.counters.periods.get() == 0 && begun.elapsed() < Duration::from_secs(1) {
            std::thread::sleep(FIRST_TICK);
        }
        tracing::debug!("first period");
    }

    /// Stops sound first and the writer after it, so that everything captured is in the take.
    pub fn finish(mut self) -> Outcome {
        self.outside.stopping();
        self.inside.rt.stop();
        let (last, ended) = (self.inside.position(), self.ended());
        let Inside { writer, mut policy, .. } = self.inside;
        let fault = writer.status().fault;
        let (status, events) = writer.stop_and_join(At::Frame(last));
        for action in events.into_iter().flat_map(|event| policy.on(Happening::Record(event), last)) {
            match action {
                Action::Say(severity, text) => say(severity, &text),
                Action::Tell(what) => self.outside.tell(what),
                _ => {}
            }
        }
        self.outside.close(&ended);
        let unwritten = (status.frames_unwritten > 0)
            .then(|| format!("{} frames could not be written", status.frames_unwritten));
        let faults: Vec<String> = fault.or(status.fault).into_iter().chain(unwritten).collect();
        let fault = (!faults.is_empty()).then(|| faults.join("; "));
        Outcome { take: status.take, frames: status.frames, gaps: status.gaps, fault }
    }

    /// What is to be remembered of a box that was switched off.
    fn ended(&self) -> StateReport {
        let report = self.inside.status().state_report(self.show.bridge());
        StateReport { state: state_word(&BoxState::Idle).into(), recording: false, reason: None, ..report }
    }

    fn gather(&mut self) -> Vec<Past> {
        let now = |happening| (happening, Duration::ZERO);
        let mut happenings = Vec::new();
        if self.signals.caught() {
            happenings.push(now(Happening::Signal));
        }
        while let Some(event) = self.inside.remote.event() {
            happenings.push(now(Happening::Rt(event)));
        }
        while let Some(event) = self.inside.writer.event() {
            happenings.push(now(Happening::Record(event)));
        }
        let pressed = self.outside.pressed(self.inside.policy.recording);
        happenings.extend(pressed.into_iter().map(|(action, ago)| (Happening::Panel(action), ago)));
        happenings.extend(self.time_up().then_some(now(Happening::TimeUp)));
        happenings
    }

    /// True once the time given is over. The writer is told half a second before, so that it ends at the very frame.
    fn time_up(&mut self) -> bool {
        let Some(end) = self.end else { return false };
        let position = self.inside.position();
        if !self.end_told && position + u64::from(self.inside.config.sample_rate) / 2 >= end {
            self.end_told = true;
            self.inside.writer.send(RecordCommand::Stop { at: At::Frame(end) });
        }
        position >= end
    }

    /// Does what follows; true if the run ends. What was pressed counts at the frame of the press.
    fn happened(&mut self, (happening, ago): Past) -> bool {
        let position = self.inside.position();
        let then = position.saturating_sub(frames(ago, self.inside.config.sample_rate));
        let actions = self.inside.policy.on(happening, then);
        actions.into_iter().any(|action| self.act(action))
    }

    /// Wishes from the broker: each answered, all of a batch or none of it.
    fn requests(&mut self) {
        while let Some(asked) = self.outside.asked() {
            let before = self.inside.policy.clone();
            let position = self.inside.position();
            let outcome = self.inside.policy.request(&asked.controls, position).and_then(|actions| {
                // The console's part comes first: if the engine has no room for it, nothing is done.
                actions.into_iter().try_for_each(|action| self.grant(action))
            });
            if outcome.is_err() {
                self.inside.policy = before;
            }
            self.outside.answer(asked, outcome);
        }
    }

    fn grant(&mut self, action: Action) -> Result<(), String> {
        if let Action::Mix(commands) = &action {
            let sent = self.inside.remote.send(commands);
            return sent.map_err(|_| "the mixer takes no commands at the moment; try again".to_owned());
        }
        self.act(action);
        Ok(())
    }

    /// Carries out one action; true if it ends the run.
    fn act(&mut self, action: Action) -> bool {
        match action {
            Action::Record(command) => self.inside.writer.send(command),
            Action::Mix(commands) => {
                if self.inside.remote.send(&commands).is_err() {
                    tracing::warn!("the mixer takes no commands at the moment; press again");
                }
            }
            Action::ClearClips => self.show.clear_clips(),
            Action::Say(severity, text) => {
                say(severity, &text);
                self.show.said(severity, text);
            }
            Action::Tell(what) => self.outside.tell(what),
            Action::End => return true,
        }
        false
    }

    /// Moves the writer's light; a change is said.
    fn light(&mut self) {
        let lag = self.inside.lag();
        let pace = self.pacer.step(lag, self.begun.elapsed());
        let changed = pace != self.inside.light.pace;
        let light = WriterView { pace, buffered: lag.buffered, ..self.inside.light };
        self.inside.light = light;
        if changed {
            self.happened((Happening::Writer(light), Duration::ZERO));
        }
    }

    /// Shows and reports everything; a state that is new has consequences of its own.
    fn tick(&mut self) {
        self.inside.around = self.outside.surroundings();
        if let Some(command) = self.show.looks_at(&self.inside.policy) {
            // No room: it is asked for again.
            let sent = self.inside.remote.send(&[command]).is_ok();
            self.show.looked(sent);
        }
        let meters = self.inside.remote.meters();
        self.outside.meters(&meters);
        self.light();
        let status = self.inside.status();
        let state = status.state();
        let view = self.show.view(&status, &meters);
        self.outside.show(&view, self.show.bridge(), self.inside.policy.recording);
        self.outside.report(&status, self.show.bridge());
        self.ticks = self.ticks.wrapping_add(1);
        if self.ticks.is_multiple_of(REPORT_TICKS) {
            tracing::debug!("status {}", status.snapshot().to_json());
        }
        self.happened((Happening::State(state), Duration::ZERO));
    }
}

fn frames(time: Duration, rate: u32) -> u64 {
    (time.as_secs_f64() * f64::from(rate)).round() as u64
}

fn say(severity: Severity, text: &str) {
    match severity {
        Severity::Info => tracing::info!("{text}"),
        Severity::Warn => tracing::warn!("{text}"),
        Severity::Error => tracing::error!("{text}"),
    }
}
