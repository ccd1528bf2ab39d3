//! The running box: its parts, its start in order, its loop and its end.
//!
//! Runs on: supervisor.
mod clips;
mod delivery;
mod requests;
mod said;
mod scenes;
mod schedule;
mod soundcheck;

use super::archive::Archive;
use super::delivery::Deliveries;
use super::desk::Desk;
use super::exam::Exam;
use super::kernel_clock::KernelClock;
use super::lights::Lights;
use super::media::{Medium, MediumName};
use super::outside::Outside;
use super::pad_desk::PadDesk;
use super::playback::Playback;
use super::policy::{Action, Happening, Policy, folder};
use super::scenes::Scenes;
use super::schedule::Schedule;
use super::sentry::Sentry;
use super::show::Show;
use super::status::{Status, Surroundings};
use super::writings::Writings;
use super::{LastTake, Outcome, RunError, console, loudness, open, settings};
use crate::config::Config;
use crate::hal::Signals;
use crate::hal::log::LogSink;
use crate::panel::{BoxState, Page, state_word};
use crate::record::loudness::LoudnessMonitor;
use crate::record::{At, Environment, Phase, RecordCommand, RecordStatus, Writers};
use crate::rt_io::assemble::{Remote, assemble_with};
use crate::rt_io::sched;
use crate::rt_io::thread::RtThread;
use crate::telemetry::StateReport;
use said::{say, tell_last, what_failed};
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
    writers: Writers,
    media: Vec<MediumName>,
    policy: Policy,
    around: Surroundings,
    lights: Lights,
    loudness: Option<LoudnessMonitor>,
    playback: Option<Playback>,
    schedule: Schedule,
    delivery: Option<Deliveries>,
}

impl Inside<'_> {
    fn status(&self) -> Status<'_> {
        Status {
            config: self.config,
            remote: &self.remote,
            media: self.media(),
            writers_running: self.writers.are_running(),
            policy: &self.policy,
            grants: &self.rt.grants,
            rt_running: self.rt.is_running(),
            around: &self.around,
            loudness: self.loudness.as_ref().map(LoudnessMonitor::status),
            player: self.playback.as_ref().and_then(Playback::report),
            delivery: self.delivery.as_ref().map(Deliveries::report),
            soundcheck: self.playback.as_ref().map(Playback::soundcheck_report).unwrap_or_default(),
            schedule: &self.schedule,
        }
    }

    fn media(&self) -> Vec<Medium> {
        let counters = &self.remote.counters.media;
        let media = self.media.iter().zip(self.writers.status()).zip(counters).zip(self.lights.shown());
        let takes = &self.policy.writings.takes;
        let medium = |(at, (((called, mut record), counters), light)): (
            usize,
            (((&MediumName, RecordStatus), _), _),
        )| {
            // The last take is no more once retention has deleted it.
            let open = record.phase == Phase::Recording;
            record.take.take_if(|take| !open && !takes.has(at, &folder(take)));
            Medium::new(called.clone(), record, counters, light)
        };
        media.enumerate().map(medium).collect()
    }

    fn position(&self) -> u64 {
        self.remote.counters.position.get()
    }
}

/// Everything that runs.
pub struct Recorder<'a> {
    inside: Inside<'a>,
    begun: Instant,
    sentry: Sentry,
    exam: Exam,
    archive: Archive,
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
        let (pools, heard) = (console::pools(config), loudness::pool(config));
        let (engine, mut remote, sinks, heard) =
            assemble_with(console::shape(config), &pools, heard, &desk.commands());
        let rt = RtThread::prepare(device, engine, settings::realtime(config), config.realtime.required)?;
        rt.grants.refusals().iter().for_each(|refusal| tracing::warn!("{refusal}"));
        let delivery = Deliveries::open(config)?;
        let outside = Outside::open(config, log, delivery.as_ref().map(Deliveries::told))?;
        let schedule = Schedule::open(config)?;
        let record = schedule.begins(settings::record(config, &settings::facts(&rt.grants)));
        let loudness = loudness::open(config, heard);
        let client = || loudness.as_ref().map(LoudnessMonitor::client);
        let media = record.into_iter().zip(sinks);
        let clock = || Box::new(KernelClock);
        let world = || Environment { loudness: client(), clock: clock(), ..Environment::default() };
        let media = media.map(|(settings, sink)| (settings, sink, world())).collect();
        let writers = Writers::start(media)?;
        let playback = Playback::start(config, remote.player.take())?;
        rt.release()?;
        let media: Vec<_> = config.media().into_iter().map(|(name, dir)| MediumName { name, dir }).collect();
        let names = media.iter().map(|medium| medium.name.clone()).collect();
        let mut policy = Policy::new(desk, Writings::new(names));
        policy.scenes = Scenes::unread();
        policy.pads = PadDesk::new(config);
        let around = Surroundings::default();
        Ok(Self {
            inside: Inside {
                config,
                remote,
                rt,
                writers,
                lights: Lights::new(config),
                media,
                policy,
                around,
                loudness,
                playback,
                schedule,
                delivery,
            },
            begun: Instant::now(),
            sentry: Sentry::new(config),
            exam: Exam::new(),
            archive: Archive::new(config),
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
            self.scenes();
            self.clips();
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
        self.archive.end();
        self.inside.schedule.end();
        let (last, ended) = (self.inside.position(), self.ended());
        let Inside { writers, media, mut policy, delivery, .. } = self.inside;
        let before = writers.status();
        let mut outcome = Outcome::default();
        let mut faults = Vec::new();
        for (place, (status, events)) in writers.stop(At::Frame(last)).into_iter().enumerate() {
            for event in events {
                tell_last(&self.outside, policy.on(Happening::Record(place, event), last));
            }
            let name = media.get(place).filter(|_| media.len() > 1).map(|medium| medium.name.as_str());
            let before = before.get(place).and_then(|status| status.fault.clone());
            faults.extend(what_failed(name, before, &status));
            let RecordStatus { take, frames, gaps, .. } = status;
            outcome.takes.extend(take.map(|take| LastTake { take, frames, gaps }));
        }
        for event in delivery.into_iter().flat_map(|mut delivery| delivery.end()) {
            tell_last(&self.outside, delivery::told(event));
        }
        self.outside.close(&ended);
        outcome.fault = (!faults.is_empty()).then(|| faults.join("; "));
        outcome
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
            self.sentry.on(&event);
            self.keep_time(event);
            happenings.push(now(Happening::Rt(event)));
        }
        while let Some((medium, event)) = self.inside.writers.event() {
            happenings.push(now(Happening::Record(medium, event)));
        }
        let Policy { recording, page, .. } = self.inside.policy;
        let pressed = self.outside.pressed(recording, page == Page::Pads);
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
            self.inside.writers.send(&RecordCommand::Stop { at: At::Frame(end) });
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

    /// Carries out one action; true if it ends the run.
    fn act(&mut self, action: Action) -> bool {
        match action {
            Action::Record(command) => self.by_hand(&command),
            Action::Timed(command) => self.inside.writers.send(&command),
            Action::Protect(medium, take, on) => self.inside.writers.protect(medium, &take, on),
            // Of use to who asks alone.
            Action::Located(_) | Action::Scene(_) | Action::Schedule(_) | Action::Deliver(_) => {}
            Action::Fade(_) | Action::Soundcheck(_) => {}
            Action::Player(ask) => self.play_or_say(ask),
            Action::Mix(commands) => {
                if self.inside.remote.send(&commands).is_err() {
                    tracing::warn!("the mixer takes no commands at the moment; press again");
                }
            }
            Action::ClearClips => self.show.clear_clips(),
            Action::SelfTest => self.exam.ask(),
            Action::Say(severity, text) => {
                say(severity, &text);
                self.show.said(severity, text);
            }
            Action::Tell(medium, what) => self.outside.tell(medium, what),
            Action::End => return true,
        }
        false
    }

    /// Moves the writers' lights; a change is said.
    fn lights(&mut self) {
        let (status, position) = (self.inside.writers.status(), self.inside.position());
        for (medium, light) in self.inside.lights.step(&status, position, self.begun.elapsed()) {
            self.happened((Happening::Writer(medium, light), Duration::ZERO));
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
        self.look_at_clips();
        let meters = self.inside.remote.meters();
        self.outside.meters(&meters);
        self.lights();
        self.schedule(&meters);
        self.deliveries();
        self.sentry.tick(&mut self.inside.remote, &meters);
        for happening in
            [Happening::Channels(self.sentry.channels()), Happening::Inputs(self.sentry.inputs())]
        {
            self.happened((happening, Duration::ZERO));
        }
        for action in self.exam.tick(&self.inside.status()) {
            self.act(action);
        }
        let status = self.inside.status();
        let state = status.state();
        let view = self.show.view(&status, &meters, self.exam.checks());
        self.outside.show(&view, self.show.bridge(), self.inside.policy.recording);
        self.outside.report(&status, self.show.bridge(), &self.exam.report());
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
