//! What is noted in the take, told and said of what happens. Pure.
//!
//! Runs on: supervisor.
use super::{Action, Severity};
use crate::config::InputSource;
use crate::panel::{Pace, WriterView, writer_message};
use crate::record::{At, RecordCommand};
use crate::telemetry::{Control, Occurrence, TapName};
use vestry_rt::block::GapCause;
use vestry_rt::message::Tap;

/// A tap that changes in mid-take is noted in the take.
pub(super) fn tap_note(control: &Control, position: u64) -> Option<Action> {
    let Control::Tap { input, tap } = control else { return None };
    let tap = match tap {
        TapName::Pre => Tap::Pre,
        TapName::Post => Tap::Post,
    };
    Some(Action::Record(RecordCommand::Tap { at: At::Frame(position), input: *input as u32, tap }))
}

/// What feeds an input is noted in the take that is being recorded; in one that begins, if that is not the card.
pub(super) fn source_note(control: &Control, position: u64) -> Option<Action> {
    let Control::Source { input, source } = control else { return None };
    Some(fed_note(*input, *source, position))
}

pub(super) fn fed_note(input: usize, source: InputSource, position: u64) -> Action {
    let what = match source {
        InputSource::Card => "the card",
        InputSource::Generator => "the generator",
        InputSource::Player => "the player",
    };
    let label = format!("Input {input} is fed by {what} from here");
    Action::Record(RecordCommand::Marker { at: At::Frame(position), label })
}

/// Far behind is for people to see; slow alone costs nothing.
pub(super) fn writer(medium: &str, light: WriterView) -> Action {
    let severity = if light.pace == Pace::Behind { Severity::Warn } else { Severity::Info };
    let message = writer_message(medium, light).unwrap_or_else(|| format!("{medium} keeps up"));
    Action::Say(severity, format!("writer {}: {message}", light.pace.word()))
}

pub(super) fn lock_message(locked: bool) -> Action {
    let text = if locked { "the buttons are locked now" } else { "the buttons are unlocked" };
    Action::Say(Severity::Info, text.into())
}

pub(super) fn tell_gap(at: u64, frames: u64, cause: GapCause) -> Action {
    Action::Tell(None, Occurrence::Gap { at, frames, cause: cause_text(cause).into() })
}

/// Why frames were lost, in a few words.
pub fn cause_text(cause: GapCause) -> &'static str {
    match cause {
        GapCause::Xrun => "the card's ring overran",
        GapCause::PoolFull => "the medium stood still for too long",
        GapCause::DeviceLost => "the card was gone",
        GapCause::Suspend => "the system slept",
    }
}
