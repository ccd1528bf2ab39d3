//! What the writer tells, in words for people and as an event for the technician.
//!
//! Runs on: supervisor.
use super::policy::{Action, Severity, cause_text, folder};
use crate::guard::InputHealth;
use crate::record::RecordEvent;
use crate::telemetry::Occurrence;

/// The take that it is about; empty where it is about none.
pub fn take(event: &RecordEvent) -> String {
    match event {
        RecordEvent::TakeStarted { path, .. }
        | RecordEvent::TakeClosed { path, .. }
        | RecordEvent::TakeDeleted { path, .. }
        | RecordEvent::Repaired { path, .. }
        | RecordEvent::RepairFailed { path, .. } => folder(path),
        _ => String::new(),
    }
}

/// In words.
pub fn message(event: &RecordEvent) -> (Severity, String) {
    match event {
        RecordEvent::TakeStarted { path, .. } => (Severity::Info, format!("recording {}", folder(path))),
        RecordEvent::TakeClosed { path, frames, reason } => {
            (Severity::Info, format!("closed {} after {frames} frames: {reason}", folder(path)))
        }
        RecordEvent::Gap { at, frames, cause } => {
            (Severity::Warn, format!("take has {frames} frames of silence at {at}: {}", cause_text(*cause)))
        }
        RecordEvent::SlowSync { at, ms } => {
            (Severity::Warn, format!("the medium was slow: a sync took {ms} ms, at frame {at}"))
        }
        RecordEvent::Marker { at, label } => (Severity::Info, format!("{label} at frame {at}")),
        RecordEvent::Split { part, .. } => (Severity::Info, format!("going on in part {part}")),
        RecordEvent::Fault { reason } => (Severity::Error, reason.clone()),
        RecordEvent::Repaired { path, note } => {
            (Severity::Warn, format!("repaired {}: {note}", folder(path)))
        }
        RecordEvent::RepairFailed { path, reason } => {
            (Severity::Error, format!("could not repair {}: {reason}", folder(path)))
        }
        RecordEvent::ClockSet { step_ms, synced } => {
            let seconds = *step_ms as f64 / 1_000.0;
            let whom = if *synced { ", from the network" } else { "" };
            (
                Severity::Info,
                format!("the clock was set by {seconds:+.3} s{whom}; names and sound stay as they are"),
            )
        }
        RecordEvent::TakesFound { names } => (Severity::Info, format!("{} takes are there", names.len())),
        RecordEvent::TakeDeleted { path, bytes } => {
            (Severity::Warn, format!("deleted {} to make room: {bytes} bytes", folder(path)))
        }
        RecordEvent::RetentionFailed { reason, .. } => {
            (Severity::Warn, format!("retention cannot make room: {reason}"))
        }
        RecordEvent::Protected { path, on: true } => {
            (Severity::Info, format!("{} is protected now", folder(path)))
        }
        RecordEvent::Protected { path, on: false } => {
            (Severity::Info, format!("{} is protected no more", folder(path)))
        }
        RecordEvent::ProtectFailed { path, reason } => {
            (Severity::Error, format!("protection of {} is as it was: {reason}", folder(path)))
        }
    }
}

/// An input's name and number (from 1) with its health before and now: nothing if that is the same.
pub fn health(((name, input), (before, now)): ((&str, usize), (InputHealth, &InputHealth))) -> Vec<Action> {
    if before == *now {
        return Vec::new();
    }
    let severity = if now.is_ill() { Severity::Warn } else { Severity::Info };
    let (name, health) = (name.to_owned(), now.word().to_owned());
    let text = format!("input {input} {name}: {health}");
    vec![Action::Say(severity, text), Action::Tell(None, Occurrence::InputHealth { input, name, health })]
}

/// As an event; `gaps` are those of the take that is closed. A fault shows in the state, which tells of it.
pub fn occurrence(event: &RecordEvent, gaps: u64) -> Option<Occurrence> {
    Some(match event {
        RecordEvent::TakeStarted { path, at } => Occurrence::TakeStarted { take: folder(path), at: *at },
        RecordEvent::TakeClosed { path, frames, reason } => {
            Occurrence::TakeClosed { take: folder(path), frames: *frames, gaps, reason: reason.clone() }
        }
        RecordEvent::Gap { at, frames, cause } => {
            Occurrence::Gap { at: *at, frames: *frames, cause: cause_text(*cause).into() }
        }
        RecordEvent::SlowSync { at, ms } => Occurrence::SlowSync { at: *at, ms: *ms },
        RecordEvent::Marker { at, label } => Occurrence::Marker { at: *at, label: label.clone() },
        RecordEvent::Split { at, part } => Occurrence::Split { at: *at, part: *part },
        RecordEvent::Fault { .. } | RecordEvent::TakesFound { .. } => return None,
        RecordEvent::Repaired { path, note } => {
            Occurrence::Repair { take: folder(path), repaired: true, note: note.clone() }
        }
        RecordEvent::RepairFailed { path, reason } => {
            Occurrence::Repair { take: folder(path), repaired: false, note: reason.clone() }
        }
        RecordEvent::ClockSet { step_ms, synced } => {
            Occurrence::ClockSet { step_s: *step_ms as f64 / 1_000.0, synced: *synced }
        }
        RecordEvent::TakeDeleted { path, bytes } => {
            Occurrence::TakeDeleted { take: folder(path), bytes: *bytes }
        }
        RecordEvent::RetentionFailed { reason, .. } => Occurrence::RetentionFailed { reason: reason.clone() },
        RecordEvent::Protected { path, on } => {
            Occurrence::Protection { take: folder(path), protected: Some(*on), note: None }
        }
        RecordEvent::ProtectFailed { path, reason } => {
            Occurrence::Protection { take: folder(path), protected: None, note: Some(reason.clone()) }
        }
    })
}
