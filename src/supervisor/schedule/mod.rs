//! Takes that begin and end by themselves: services by the calendar, and sound.
//!
//! Runs on: supervisor.
mod book;
mod ear;
mod machine;
mod store;
mod words;

pub use machine::Change;
pub use store::News;

use super::RunError;
use super::outside::Asked;
use super::policy::Action;
use crate::config::{ClockTrust, Config};
use crate::record::clock::{Clock, SystemClock};
use crate::record::zone::Zone;
use crate::record::{RecordCommand, RecordSettings};
use crate::telemetry::ScheduleReport;
use book::Book;
use ear::Patience;
use machine::{Look, Machine, Rules};
use std::time::{Duration, Instant};
use store::Store;
use vestry_rt::meter::MeterFrame;

/// Between two looks for whether the clock is set.
const CLOCK_EVERY: Duration = Duration::from_secs(1);

/// The machine with its medium, its clock and its ears.
pub struct Schedule {
    machine: Machine,
    store: Store,
    clock: SystemClock,
    trusted: bool,
    /// The clock is set: since then it goes on, whatever the network does.
    clock_set: bool,
    clock_looked: Option<Instant>,
    begun: Instant,
    /// Inputs that are listened to, from 0.
    inputs: Vec<usize>,
    /// Linear.
    threshold: f32,
    /// Not told yet.
    told: Vec<Action>,
    report: ScheduleReport,
    next: Option<String>,
}

impl Schedule {
    /// Reads what is remembered and takes the first look.
    ///
    /// # Errors
    /// There is no such time zone.
    pub fn open(config: &Config) -> Result<Self, RunError> {
        let (wanted, trigger) = (&config.schedule, &config.trigger);
        let named = |name: &String| {
            Zone::named(name).map_err(|right| RunError::TimeZone { name: name.clone(), right })
        };
        let zone = wanted.timezone.as_ref().map_or_else(|| Ok(Zone::system()), named)?;
        let (store, memory, news) = Store::open(config.calendar_dir());
        let book = Book::new(zone, config.service.clone());
        let machine = Machine::new(rules(config), book, memory, config.record);
        let heard = |lane: &crate::config::Lane| !lane.unused;
        let all = config
            .lanes()
            .iter()
            .map(heard)
            .enumerate()
            .filter_map(|(at, heard)| heard.then_some(at))
            .collect();
        let some = || trigger.inputs.iter().map(|input| input.saturating_sub(1)).collect();
        let mut schedule = Self {
            machine,
            store,
            clock: SystemClock,
            trusted: wanted.clock == ClockTrust::Trusted,
            clock_set: false,
            clock_looked: None,
            begun: Instant::now(),
            inputs: if trigger.inputs.is_empty() { all } else { some() },
            threshold: trigger.threshold_db.to_gain(),
            told: news.into_iter().filter_map(words::news).collect(),
            report: ScheduleReport::default(),
            next: None,
        };
        // What it is to begin at once, the writers begin with their first block.
        let first = schedule.look(false, 0).into_iter().filter(|action| !matches!(action, Action::Timed(_)));
        schedule.told = first.collect();
        schedule.told.extend(words::short_preroll(config, schedule.machine.trigger_on()));
        Ok(schedule)
    }

    /// What the writers begin with.
    pub fn begins(&self, settings: Vec<RecordSettings>) -> Vec<RecordSettings> {
        let at_once = self.machine.wants();
        settings.into_iter().map(|settings| RecordSettings { start_at_once: at_once, ..settings }).collect()
    }

    /// As it is told.
    pub fn report(&self) -> &ScheduleReport {
        &self.report
    }

    /// The next service, for the panel: `Sun 09:45`.
    pub fn next(&self) -> Option<&str> {
        self.next.as_deref()
    }

    /// What is done by hand; what people are to be told of it.
    pub fn person(&mut self, command: &RecordCommand) -> Option<Action> {
        let on = match command {
            RecordCommand::Start { .. } => true,
            RecordCommand::Stop { .. } => false,
            _ => return None,
        };
        let (now, uptime) = (self.now(), self.begun.elapsed());
        let wanted = self.machine.wants();
        let adopted = self.machine.person(on, now, uptime);
        words::person(adopted, (wanted && !on).then(|| self.machine.active()).flatten())
    }

    /// Has a change made and kept, and keeps who asked until then.
    ///
    /// # Errors
    /// Why not.
    pub fn ask(&mut self, change: Change, asked: &mut Option<Asked>) -> Result<(), String> {
        self.store.ask(change, asked)
    }

    /// What the medium has done.
    pub fn step(&mut self) -> Vec<News> {
        self.store.step(&mut self.machine)
    }

    /// What follows from what the meters showed since the last look, rt having come to absolute frame `position`.
    pub fn tick(&mut self, meters: &MeterFrame, position: u64) -> Vec<Action> {
        let peaks = self.inputs.iter().filter_map(|input| meters.pre.get(*input));
        let reached = peaks.map(|reading| reading.peak).fold(0.0, f32::max) >= self.threshold;
        self.look(reached, position)
    }

    /// Waits for what is being written, but not for long.
    pub fn end(&mut self) {
        self.store.end();
    }

    fn look(&mut self, reached: bool, position: u64) -> Vec<Action> {
        let mut actions = std::mem::take(&mut self.told);
        let known = self.clock_set;
        let now = self.now();
        let uptime = self.begun.elapsed();
        if self.machine.rules_takes() && known != self.clock_set {
            actions.push(words::clock_set());
        }
        let steps = self.machine.look(&Look { uptime, now, reached });
        let zone = self.machine.book().zone().clone();
        actions.extend(steps.into_iter().flat_map(|step| words::step(step, &zone, position)));
        let report = words::report(&mut self.machine, now, uptime, self.store.fault());
        if report.fault != self.report.fault && self.store.fault().is_none() {
            actions.extend(report.fault.clone().map(words::waits));
        }
        self.report = report;
        let next = now.and_then(|now| self.machine.upcoming(now).map(|service| service.from));
        self.next = next.map(|from| zone.short(from));
        actions
    }

    /// The time in ms since 1970; none while the clock is not set.
    fn now(&mut self) -> Option<i64> {
        if !self.clock_set && self.clock_looked.is_none_or(|looked| looked.elapsed() >= CLOCK_EVERY) {
            self.clock_looked = Some(Instant::now());
            self.clock_set = self.trusted || self.clock.is_set();
        }
        self.clock_set.then(|| self.clock.now().millis())
    }
}

fn rules(config: &Config) -> Rules {
    let trigger = &config.trigger;
    Rules {
        patience: Patience {
            above: Duration::from_millis(u64::from(trigger.above_ms)),
            hold: Duration::from_secs_f64(trigger.hold_s),
            least: Duration::from_secs_f64(trigger.min_length_s),
        },
        overrun_ms: i64::from(config.schedule.overrun_min) * 60_000,
        trigger: trigger.on,
    }
}
