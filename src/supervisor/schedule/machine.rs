//! When a take is to begin and to end by itself, beside what people want. Pure.
//!
//! A take is wanted while a service is on; for some minutes after it while there is sound; and while there is sound, if the
//! trigger is on. What a person has started is never ended here. What a person has ended is not started again by a service that
//! had begun by then, nor by sound before there was silence.
//!
//! Nothing but what is in [`ScheduleFile`] outlives the process, so that a start at any moment leads to the same.
//!
//! Runs on: supervisor.
use super::book::{Book, Service};
use super::ear::{Ear, Patience};
use crate::config::{ScheduleFile, ServiceConfig};
use crate::telemetry::TriggerWord;
use std::time::Duration;

/// A clock that is behind by more was set back: what was noted by it means nothing.
const SET_BACK_MS: i64 = 86_400_000;

/// What goes for all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// What sound is.
    pub patience: Patience,
    /// After the end of a service sound counts for so long, in ms.
    pub overrun_ms: i64,
    /// The trigger is on unless somebody switched it.
    pub trigger: bool,
}

/// One moment.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Since some start.
    pub uptime: Duration,
    /// The time in ms since 1970; none while the clock is not set.
    pub now: Option<i64>,
    /// Whether the level was reached since the last look.
    pub reached: bool,
}

/// What follows from a look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A take is to begin, for this reason.
    Start(String),
    /// The take is to end.
    Stop,
    /// A service begins, or is on as the clock is set.
    Begun(Service),
    /// It is over.
    Ended(Service),
}

/// What is changed by command.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Another calendar.
    Entries(Vec<ServiceConfig>),
    /// The schedule is on.
    Enabled(bool),
    /// The trigger is on.
    Trigger(bool),
}

/// Who wanted the take that is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    Nobody,
    Person,
    Schedule,
}

/// The machine.
#[derive(Clone, Debug)]
pub struct Machine {
    rules: Rules,
    book: Book,
    memory: ScheduleFile,
    ear: Ear,
    owner: Owner,
    active: Option<Service>,
}

impl Machine {
    /// With the configuration's calendar, unless `memory` has another one. `record` says whether the box records from its start
    /// where nothing here says when to; a take that was started by hand goes on.
    pub fn new(rules: Rules, book: Book, memory: ScheduleFile, record: bool) -> Self {
        let mut machine =
            Self { rules, book, ear: Ear::new(rules.patience), owner: Owner::Nobody, active: None, memory };
        if let Some(entries) = machine.memory.service.clone() {
            machine.book.replace(entries);
        }
        let by_hand = if machine.rules_takes() { machine.memory.by_hand } else { record };
        if by_hand {
            machine.owner = Owner::Person;
        }
        machine.memory.by_hand = by_hand;
        machine
    }

    /// Whether services or sound say when to record.
    pub fn rules_takes(&self) -> bool {
        self.trigger_on() || self.enabled() && self.book.counts()
    }

    /// Whether a take is wanted, by whomever.
    pub fn wants(&self) -> bool {
        self.owner != Owner::Nobody
    }

    /// Whether the schedule is on.
    pub fn enabled(&self) -> bool {
        self.memory.enabled.unwrap_or(true)
    }

    /// Whether the trigger is on.
    pub fn trigger_on(&self) -> bool {
        self.memory.trigger.unwrap_or(self.rules.trigger)
    }

    /// What is heard; nothing where the trigger is off.
    pub fn heard(&self, uptime: Duration) -> TriggerWord {
        if self.trigger_on() { self.ear.word(uptime) } else { TriggerWord::Idle }
    }

    /// The calendar.
    pub fn book(&mut self) -> &mut Book {
        &mut self.book
    }

    /// The service that begins next.
    pub fn upcoming(&mut self, now: i64) -> Option<&Service> {
        if self.enabled() { self.book.next(now) } else { None }
    }

    /// The service that is on.
    pub fn active(&self) -> Option<&Service> {
        self.active.as_ref()
    }

    /// What has to outlive the process.
    pub fn memory(&self) -> &ScheduleFile {
        &self.memory
    }

    /// Takes in what was remembered, which came late: who wants the take that is wanted stays as it is.
    pub fn recall(&mut self, memory: ScheduleFile) {
        self.memory = ScheduleFile { by_hand: self.owner == Owner::Person, ..memory };
        if let Some(entries) = self.memory.service.clone() {
            self.book.replace(entries);
        }
    }

    /// What would have to, after `change`.
    pub fn changed(&self, change: &Change) -> ScheduleFile {
        let mut memory = self.memory.clone();
        match change {
            Change::Entries(entries) => memory.service = Some(entries.clone()),
            Change::Enabled(on) => memory.enabled = Some(*on),
            Change::Trigger(on) => memory.trigger = Some(*on),
        }
        memory
    }

    /// Makes a change that is kept.
    pub fn change(&mut self, change: Change) {
        self.memory = self.changed(&change);
        if let Change::Entries(entries) = change {
            self.book.replace(entries);
        }
    }

    /// A person starts a take, or ends it; the time where it is known. True where a take was made theirs that was none.
    pub fn person(&mut self, on: bool, now: Option<i64>, uptime: Duration) -> bool {
        let adopted = on && self.owner == Owner::Schedule;
        if !on && self.wants() {
            self.memory.declined_ms = now;
            self.memory.declined_sound = !self.ear.silent(uptime);
        }
        self.owner = if on { Owner::Person } else { Owner::Nobody };
        self.memory.by_hand = on;
        adopted
    }

    /// What follows from this moment.
    pub fn look(&mut self, look: &Look) -> Vec<Step> {
        self.ear.hear(look.uptime, look.reached);
        self.memory.declined_sound &= !self.ear.silent(look.uptime);
        let mut steps = self.services(look.now);
        match (self.owner, self.reason(look.now)) {
            (Owner::Nobody, Some(reason)) => {
                self.owner = Owner::Schedule;
                steps.push(Step::Start(reason));
            }
            (Owner::Schedule, None) => {
                self.owner = Owner::Nobody;
                steps.push(Step::Stop);
            }
            _ => {}
        }
        steps
    }

    /// Which service begins or ends.
    fn services(&mut self, now: Option<i64>) -> Vec<Step> {
        let now = now.filter(|_| self.enabled());
        let active = now.and_then(|now| self.book.active(now)).cloned();
        if active == self.active {
            return Vec::new();
        }
        let before = std::mem::replace(&mut self.active, active.clone());
        before.map(Step::Ended).into_iter().chain(active.map(Step::Begun)).collect()
    }

    /// Why a take is wanted.
    fn reason(&mut self, now: Option<i64>) -> Option<String> {
        let sound = self.ear.sound();
        let mut declined = false;
        if let Some(now) = now.filter(|_| self.enabled()) {
            self.memory.declined_ms.take_if(|declined| *declined > now.saturating_add(SET_BACK_MS));
            let (overrun, refused) = (self.rules.overrun_ms, self.memory.declined_ms);
            let on = |it: &&Service| it.from <= now && now < it.to.saturating_add(overrun);
            let (over, wanted): (Vec<_>, Vec<_>) = self
                .book
                .near(now)
                .iter()
                .filter(on)
                .partition(|it| refused.is_some_and(|refused| it.from <= refused));
            declined = !over.is_empty();
            if let Some(it) = wanted.into_iter().find(|it| now < it.to || sound) {
                return Some(format!("service {:?}", it.name));
            }
        }
        let by_sound = self.trigger_on() && sound && !declined && !self.memory.declined_sound;
        by_sound.then(|| "there is sound".to_owned())
    }
}

#[cfg(test)]
#[path = "machine_tests.rs"]
mod tests;
