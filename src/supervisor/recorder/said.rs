//! What is said: in the log, at the end, and of media that failed.
//!
//! Runs on: supervisor.
use super::super::outside::Outside;
use super::super::policy::{Action, Severity};
use crate::record::RecordStatus;

/// What is to be told when nothing else can be done any more.
pub(super) fn tell_last(outside: &Outside, actions: Vec<Action>) {
    for action in actions {
        match action {
            Action::Say(severity, text) => say(severity, &text),
            Action::Tell(medium, what) => outside.tell(medium, what),
            _ => {}
        }
    }
}

/// What is wrong at the end with a medium, which has a name where there are several; `before` is its fault before the end.
pub(super) fn what_failed(name: Option<&str>, before: Option<String>, status: &RecordStatus) -> Vec<String> {
    let unwritten = (status.frames_unwritten > 0)
        .then(|| format!("{} frames could not be written", status.frames_unwritten));
    let faults = before.or_else(|| status.fault.clone()).into_iter().chain(unwritten);
    faults.map(|fault| name.map_or(fault.clone(), |name| format!("{name}: {fault}"))).collect()
}

/// Says it in the log.
pub(super) fn say(severity: Severity, text: &str) {
    match severity {
        Severity::Info => tracing::info!("{text}"),
        Severity::Warn => tracing::warn!("{text}"),
        Severity::Error => tracing::error!("{text}"),
    }
}
