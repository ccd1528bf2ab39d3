//! What the writer tells, in words for people and as an event for the technician.
//!
//! Runs on: supervisor.
use super::policy::{Severity, cause_text, folder};
use crate::record::RecordEvent;
use crate::telemetry::Occurrence;

/// The take that it is about; empty where it is about none.
pub fn take(event: &RecordEvent) -> String {
    match event {
        RecordEvent::TakeStarted { path, .. }
        | RecordEvent::TakeClosed { path, .. }
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
    }
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
        RecordEvent::Fault { .. } => return None,
        RecordEvent::Repaired { path, note } => {
            Occurrence::Repair { take: folder(path), repaired: true, note: note.clone() }
        }
        RecordEvent::RepairFailed { path, reason } => {
            Occurrence::Repair { take: folder(path), repaired: false, note: reason.clone() }
        }
    })
}
