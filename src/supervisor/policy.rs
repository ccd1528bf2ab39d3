//! What follows from what happens: a pure function from happenings to actions.
//!
//! Runs on: supervisor.
use crate::panel::PanelAction;
use crate::record::{At, RecordCommand, RecordEvent};
use vestry_rt::block::GapCause;
use vestry_rt::message::{Command, Event};

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happening {
    /// A person pressed something.
    Panel(PanelAction),
    /// The rt thread tells.
    Rt(Event),
    /// The writer tells.
    Record(RecordEvent),
    /// The time that `--for` gave is over.
    TimeUp,
    /// The system wants us to end.
    Signal,
}

/// How a message is to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// As it should be.
    Info,
    /// Something was lost or refused.
    Warn,
    /// The box does not do its job.
    Error,
}

/// Something to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// For the writer.
    Record(RecordCommand),
    /// For the engine, together.
    Mix(Vec<Command>),
    /// For the screen.
    NextPage,
    /// For the screen.
    ClearClips,
    /// For people.
    Say(Severity, String),
    /// Close the take and end.
    End,
}

/// What has to be remembered between happenings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    inputs: usize,
    /// The selected input, from 0.
    pub selected: usize,
    /// Whether the monitor is muted.
    pub monitor_muted: bool,
    /// Whether the card is gone.
    pub device_gone: bool,
    /// Whether a take is open: then the writer tells of gaps, as they are in its ledger.
    recording: bool,
    /// Folder names of takes, newest last.
    pub takes: Vec<String>,
    markers: u32,
}

impl Policy {
    /// For a box of `inputs` inputs with `selected` (from 0) on the monitor, and `takes` already there.
    pub fn new(inputs: usize, selected: usize, takes: Vec<String>) -> Self {
        Self { inputs: inputs.max(1), selected, takes, ..Self::default() }
    }

    /// What to do about `happening` when rt has come to absolute frame `position`.
    pub fn on(&mut self, happening: Happening, position: u64) -> Vec<Action> {
        match happening {
            Happening::Panel(action) => self.on_panel(action, At::Frame(position)),
            Happening::Rt(event) => self.on_rt(event),
            Happening::Record(event) => vec![self.on_record(event)],
            Happening::TimeUp | Happening::Signal => vec![Action::End],
        }
    }

    fn on_panel(&mut self, action: PanelAction, at: At) -> Vec<Action> {
        let action = match action {
            PanelAction::StartRecording => Action::Record(RecordCommand::Start { at }),
            PanelAction::StopRecording => Action::Record(RecordCommand::Stop { at }),
            PanelAction::Marker => {
                self.markers += 1;
                Action::Record(RecordCommand::Marker { at, label: format!("Marker {}", self.markers) })
            }
            PanelAction::SelectNext => {
                self.selected = (self.selected + 1) % self.inputs;
                Action::Mix(vec![Command::Select(self.selected as u8)])
            }
            PanelAction::ToggleMonitorMute => {
                self.monitor_muted = !self.monitor_muted;
                Action::Mix(vec![Command::MuteMonitor(self.monitor_muted)])
            }
            PanelAction::NextPage => Action::NextPage,
            PanelAction::ClearClips => Action::ClearClips,
            // Nothing can be locked yet.
            PanelAction::ToggleLock => return Vec::new(),
            PanelAction::Quit => Action::End,
        };
        vec![action]
    }

    fn on_rt(&mut self, event: Event) -> Vec<Action> {
        let (severity, text) = match event {
            Event::Gap { .. } if self.recording => return Vec::new(),
            Event::Gap { position, frames, cause } => {
                (Severity::Warn, format!("{frames} frames lost at {position}: {}", cause_text(cause)))
            }
            Event::DeviceGone => {
                self.device_gone = true;
                (Severity::Error, "the sound card is gone; looking for it".into())
            }
            Event::DeviceBack => {
                self.device_gone = false;
                (Severity::Info, "the sound card is back".into())
            }
            Event::Refused => (Severity::Warn, "a command named an input or output that is not there".into()),
            Event::Ended => return vec![Action::Say(Severity::Info, "no more input".into()), Action::End],
        };
        vec![Action::Say(severity, text)]
    }

    fn on_record(&mut self, event: RecordEvent) -> Action {
        let (severity, text) = match event {
            RecordEvent::TakeStarted { path, .. } => {
                let name = folder(&path);
                self.markers = 0;
                self.recording = true;
                // The list was read while the writer began, so this one may be in it.
                if !self.takes.contains(&name) {
                    self.takes.push(name.clone());
                }
                (Severity::Info, format!("recording {name}"))
            }
            RecordEvent::TakeClosed { path, frames, reason } => {
                self.recording = false;
                (Severity::Info, format!("closed {} after {frames} frames: {reason}", folder(&path)))
            }
            RecordEvent::Gap { at, frames, cause } => {
                let cause = cause_text(cause);
                (Severity::Warn, format!("take has {frames} frames of silence at {at}: {cause}"))
            }
            RecordEvent::SlowSync { at, ms } => {
                (Severity::Warn, format!("the medium was slow: a sync took {ms} ms, at frame {at}"))
            }
            RecordEvent::Marker { at, label } => (Severity::Info, format!("{label} at frame {at}")),
            RecordEvent::Split { part, .. } => (Severity::Info, format!("going on in part {part}")),
            RecordEvent::Fault { reason } => (Severity::Error, reason),
            RecordEvent::Repaired { path, note } => {
                (Severity::Warn, format!("repaired {}: {note}", folder(&path)))
            }
            RecordEvent::RepairFailed { path, reason } => {
                (Severity::Error, format!("could not repair {}: {reason}", folder(&path)))
            }
        };
        Action::Say(severity, text)
    }
}

fn cause_text(cause: GapCause) -> &'static str {
    match cause {
        GapCause::Xrun => "the card's ring overran",
        GapCause::PoolFull => "the medium stood still for too long",
        GapCause::DeviceLost => "the card was gone",
        GapCause::Suspend => "the system slept",
    }
}

/// The last part of a path, as people see it.
pub fn folder(path: &std::path::Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buttons_act_at_the_frame_of_their_press() {
        let mut policy = Policy::new(2, 0, Vec::new());
        let mut press = |action| policy.on(Happening::Panel(action), 777);
        let at = At::Frame(777);
        assert_eq!(press(PanelAction::StopRecording), [Action::Record(RecordCommand::Stop { at })]);
        let label = "Marker 1".to_owned();
        assert_eq!(press(PanelAction::Marker), [Action::Record(RecordCommand::Marker { at, label })]);
        assert_eq!(press(PanelAction::SelectNext), [Action::Mix(vec![Command::Select(1)])]);
        assert_eq!(press(PanelAction::SelectNext), [Action::Mix(vec![Command::Select(0)])]);
        assert_eq!(press(PanelAction::ToggleMonitorMute), [Action::Mix(vec![Command::MuteMonitor(true)])]);
    }

    #[test]
    fn a_lost_card_is_remembered_until_it_is_back() {
        let mut policy = Policy::new(6, 0, Vec::new());
        assert!(matches!(
            policy.on(Happening::Rt(Event::DeviceGone), 0)[..],
            [Action::Say(Severity::Error, _)]
        ));
        assert!(policy.device_gone);
        policy.on(Happening::Rt(Event::DeviceBack), 0);
        assert!(!policy.device_gone);
    }
}
