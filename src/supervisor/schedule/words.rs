//! What is said of the schedule. Pure.
//!
//! Runs on: supervisor.
use super::book::Service;
use super::machine::{Change, Machine, Step};
use super::store::News;
use crate::config::{Config, calendar_fault};
use crate::record::zone::Zone;
use crate::record::{At, RecordCommand};
use crate::supervisor::policy::{Action, Severity};
use crate::telemetry::{
    ActiveService, ClockWord, Control, NextService, Occurrence, ScheduleReport, ServiceTime, TriggerReport,
};
use std::time::Duration;

fn info(text: impl Into<String>) -> Action {
    Action::Say(Severity::Info, text.into())
}

impl Change {
    /// What a wish changes; none where it is another one.
    ///
    /// # Errors
    /// What is wrong with a calendar.
    pub fn of(control: &Control) -> Option<Result<Self, String>> {
        Some(match control {
            Control::Schedule(wish) => {
                calendar_fault(&wish.entries).map_or_else(|| Ok(Self::Entries(wish.entries.clone())), Err)
            }
            Control::ScheduleEnable(wish) => Ok(Self::Enabled(wish.on)),
            Control::Trigger(wish) => Ok(Self::Trigger(wish.on)),
            _ => return None,
        })
    }
}

/// What is done for a step, and what is told of it.
pub fn step(step: Step, zone: &Zone, position: u64) -> Vec<Action> {
    let at = At::Frame(position);
    let time = |it: &Service| ServiceTime {
        service: it.name.clone(),
        start: zone.text(it.from),
        end: zone.text(it.to),
    };
    match step {
        Step::Start(reason) => {
            vec![info(format!("recording by itself: {reason}")), Action::Timed(RecordCommand::Start { at })]
        }
        Step::Stop => {
            let text = "the take that began by itself ends: no service is on, and no sound counts";
            vec![info(text), Action::Timed(RecordCommand::Stop { at })]
        }
        Step::Begun(it) => vec![
            info(format!("service {:?} is on until {}", it.name, zone.short(it.to))),
            Action::Tell(None, Occurrence::ServiceStarted(time(&it))),
        ],
        Step::Ended(it) => vec![
            info(format!("service {:?} is over", it.name)),
            Action::Tell(None, Occurrence::ServiceEnded(time(&it))),
        ],
    }
}

/// What the medium has to say at the start.
pub fn news(news: News) -> Option<Action> {
    match news {
        News::Say(severity, text) => Some(Action::Say(severity, text)),
        News::Answer(..) => None,
    }
}

/// What is said when a take was made a person's, or a person has ended one while `active` was on.
pub fn person(adopted: bool, active: Option<&Service>) -> Option<Action> {
    if adopted {
        return Some(info("the take goes on by hand: neither the schedule nor silence ends it"));
    }
    let ended =
        |it: &Service| format!("service {:?} is not recorded any more: the take was ended by hand", it.name);
    active.map(|it| info(ended(it)))
}

/// Said while services cannot begin.
pub fn waits(fault: String) -> Action {
    Action::Say(Severity::Warn, format!("schedule: {fault}"))
}

/// Said once services can begin.
pub fn clock_set() -> Action {
    info("the clock is set: services begin and end by it")
}

/// A warning where a take that sound starts has not what it started with.
pub fn short_preroll(config: &Config, trigger_on: bool) -> Option<Action> {
    let enough = config.recording.preroll_s * 1_000.0 >= f64::from(config.trigger.above_ms) + 100.0;
    (trigger_on && !enough).then(|| {
        let text = "recording.preroll_s is shorter than trigger.above_ms: takes that sound starts lack their beginning";
        Action::Say(Severity::Warn, text.into())
    })
}

/// As it is told.
pub fn report(
    machine: &mut Machine,
    now: Option<i64>,
    uptime: Duration,
    fault: Option<&str>,
) -> ScheduleReport {
    let zone = machine.book().zone().clone();
    let next = now
        .and_then(|now| machine.upcoming(now))
        .map(|it| NextService { name: it.name.clone(), start: zone.text(it.from) });
    let waits = machine.enabled() && machine.book().counts() && now.is_none();
    let unset = || waits.then(|| "the clock is not set: services wait for it".to_owned());
    ScheduleReport {
        enabled: machine.enabled(),
        entries: machine.book().entries().to_vec(),
        next,
        active: machine.active().map(|it| ActiveService { name: it.name.clone(), until: zone.text(it.to) }),
        trigger: TriggerReport { on: machine.trigger_on(), state: machine.heard(uptime) },
        clock: if now.is_some() { ClockWord::Set } else { ClockWord::Unset },
        fault: fault.map(str::to_owned).or_else(unset),
    }
}
