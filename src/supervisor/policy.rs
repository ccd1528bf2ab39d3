//! What follows from what happens: a pure function from happenings to actions.
//!
//! Runs on: supervisor.
mod notes;

use super::desk::Desk;
use super::pad_desk::PadDesk;
use super::player_ask::PlayerAsk;
use super::scenes::{Job, Scenes};
use super::schedule::Change;
use super::sentry::Channels;
use super::soundcheck::notes::UnderWay;
use super::writings::Writings;
use super::{order, tell};
use crate::config::InputSource;
use crate::guard::InputHealth;
use crate::panel::{BoxState, Page, PanelAction, WriterView, state_word};
use crate::record::{At, RecordCommand, RecordEvent};
use crate::telemetry::{Control, DeliverWish, Located, Occurrence, SoundcheckWish};
pub(super) use notes::cause_text;
use notes::{fed_note, lock_message, source_note, tap_note, tell_gap, writer};
use vestry_rt::message::{BATCH, Command, Event};

/// Longest label of a marker, in characters.
const LONGEST_LABEL: usize = 64;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happening {
    /// A person pressed something.
    Panel(PanelAction),
    /// The rt thread tells.
    Rt(Event),
    /// The writer of a medium, by its place, tells.
    Record(usize, RecordEvent),
    /// What the box shows now.
    State(BoxState),
    /// The light of a medium's writer, by its place, has changed.
    Writer(usize, WriterView),
    /// What is known of the card's channels has changed.
    Channels(Channels),
    /// How each input does now.
    Inputs(Vec<InputHealth>),
    /// The soundcheck that is under way, or none any more.
    Soundcheck(UnderWay),
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
    /// For the writer, by a person.
    Record(RecordCommand),
    /// For the writer, by the schedule.
    Timed(RecordCommand),
    /// For the writer of a medium, by its place: protects the take of that name, or no longer.
    Protect(usize, String, bool),
    /// For whoever asked: which media have the take.
    Located(Located),
    /// For the engine, together.
    Mix(Vec<Command>),
    /// For the engine, together however many there are, crossfaded.
    Fade(Vec<Command>),
    /// For the medium of the scenes, whose answer is waited for.
    Scene(Job),
    /// For the schedule, whose medium is waited for.
    Schedule(Change),
    /// For the screen.
    ClearClips,
    /// For the self-test.
    SelfTest,
    /// For the player.
    Player(PlayerAsk),
    /// For the soundcheck.
    Soundcheck(SoundcheckWish),
    /// For delivery: a take, or nothing that waits.
    Deliver(Option<DeliverWish>),
    /// For people.
    Say(Severity, String),
    /// For the technician; something of one medium comes with its name where there are several.
    Tell(Option<String>, Occurrence),
    /// Close the take and end.
    End,
}

/// What has to be remembered between happenings.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Policy {
    /// The console.
    pub desk: Desk,
    /// What the panel shows.
    pub page: Page,
    /// Buttons do nothing.
    pub locked: bool,
    /// Whether the card is gone.
    pub device_gone: bool,
    /// Whether a take is open: then the writer tells of gaps, as they are in its ledger.
    pub recording: bool,
    /// What the writers told.
    pub writings: Writings,
    /// The scenes.
    pub scenes: Scenes,
    /// The player's pads.
    pub pads: PadDesk,
    /// What is known of the card's channels.
    pub channels: Channels,
    /// How each input does.
    pub inputs: Vec<InputHealth>,
    /// The soundcheck that is under way.
    pub soundcheck: UnderWay,
    markers: u32,
    state: BoxState,
}

impl Policy {
    /// For a box with this console and what is known of its media.
    pub fn new(desk: Desk, writings: Writings) -> Self {
        Self { desk, writings, ..Self::default() }
    }

    /// What to do about `happening` when rt has come to absolute frame `position`.
    pub fn on(&mut self, happening: Happening, position: u64) -> Vec<Action> {
        match happening {
            Happening::Panel(action) => self.on_panel(action, At::Frame(position)),
            Happening::Rt(event) => self.on_rt(event),
            Happening::Record(medium, event) => self.on_record(medium, &event),
            Happening::State(state) => self.on_state(state),
            Happening::Writer(medium, light) => vec![writer(self.writings.called(medium), light)],
            Happening::Inputs(inputs) => {
                let before = std::mem::replace(&mut self.inputs, inputs);
                self.desk
                    .names()
                    .zip(1..)
                    .zip(before.into_iter().zip(&self.inputs))
                    .flat_map(tell::health)
                    .collect()
            }
            Happening::Channels(channels) => {
                let before = std::mem::replace(&mut self.channels, channels);
                order::changed(&before, &self.channels, self.recording.then_some(At::Frame(position)))
            }
            Happening::Soundcheck(now) => {
                self.soundcheck.changes(now, self.recording.then_some(At::Frame(position)))
            }
            Happening::TimeUp | Happening::Signal => vec![Action::End],
        }
    }

    /// What to do about wishes that belong together, when rt has come to absolute frame `position`.
    ///
    /// # Errors
    /// The first wish that cannot be fulfilled, and why; then nothing at all is changed.
    pub fn request(&mut self, controls: &[Control], position: u64) -> Result<Vec<Action>, String> {
        let mut after = self.clone();
        let (mut mix, mut actions, mut faded) = (Vec::new(), Vec::new(), false);
        for (number, control) in controls.iter().enumerate() {
            let fault = |reason: String| match controls.len() {
                1 => reason,
                _ => format!("command {}: {reason}", number + 1),
            };
            if let Some(reason) = after.soundcheck.refuses(control) {
                return Err(fault(reason));
            }
            if let Control::SceneRecall { name } = control {
                mix.extend(after.scenes.recall(name, &mut after.desk).map_err(fault)?);
                let pads = after.scenes.pads(name).and_then(|scene| after.pads.recall(scene));
                actions.extend(pads.map(Action::Player));
                actions.push(Action::Say(Severity::Info, format!("scene {name:?} recalled")));
                faded = true;
                continue;
            }
            if controls.len() > 1
                && (Change::of(control).is_some()
                    || matches!(control, Control::SceneSave { .. } | Control::SceneDelete { .. }))
            {
                return Err(fault(format!("{} waits for the medium: send it by itself", control.name())));
            }
            match after.desk.apply(control) {
                Some(change) => mix.extend(change.map_err(fault)?),
                None => actions.extend(after.beside(control, position).map_err(fault)?),
            }
            actions.extend(tap_note(control, position).or_else(|| source_note(control, position)));
        }
        if mix.len() > BATCH && !faded {
            return Err(format!("{} changes in one batch: at most {BATCH} take effect together", mix.len()));
        }
        if !mix.is_empty() {
            actions.insert(0, if faded { Action::Fade(mix) } else { Action::Mix(mix) });
        }
        *self = after;
        Ok(actions)
    }

    /// A wish that is not of the console.
    fn beside(&mut self, control: &Control, position: u64) -> Result<Vec<Action>, String> {
        let at = At::Frame(position);
        if let Some(ask) = PlayerAsk::of(control, self.desk.bank()) {
            return Ok(vec![Action::Player(ask?)]);
        }
        if let Some(change) = Change::of(control) {
            return Ok(vec![Action::Schedule(change?)]);
        }
        let action = match control {
            Control::Record { on: true } => Action::Record(RecordCommand::Start { at }),
            Control::Record { on: false } => Action::Record(RecordCommand::Stop { at }),
            Control::Split {} => Action::Record(RecordCommand::Split { at }),
            Control::Marker { .. } if !self.recording => return Err("nothing is being recorded".into()),
            Control::Marker { label: Some(label) } => {
                let fits = (1..=LONGEST_LABEL).contains(&label.chars().count());
                if !fits || label.contains(char::is_control) {
                    return Err(format!("label: must be 1..{LONGEST_LABEL} printable characters"));
                }
                Action::Record(RecordCommand::Marker { at, label: label.clone() })
            }
            Control::Marker { label: None } => self.marker(at),
            Control::Protect { take } => return self.writings.protect(take.as_deref(), true),
            Control::Unprotect { take } => return self.writings.protect(take.as_deref(), false),
            Control::SetPad(change) => {
                let fed = |input| self.desk.fed().any(|fed| fed == (input, InputSource::Player));
                Action::Player(self.pads.set(change, fed)?)
            }
            Control::SceneSave { name, start_pads, stop_pads } => {
                let pads = self.pads.scene(start_pads, stop_pads)?;
                Action::Scene(self.scenes.save(name, &self.desk, pads)?)
            }
            Control::SceneDelete { name } => Action::Scene(self.scenes.delete(name)?),
            Control::ClearClips {} => Action::ClearClips,
            Control::Soundcheck(wish) => Action::Soundcheck(wish.clone()),
            Control::Deliver(wish) => Action::Deliver(Some(wish.clone())),
            Control::DeliverStop {} => Action::Deliver(None),
            Control::SelfTest {} => Action::SelfTest,
            Control::Page { page: None } => return Ok(self.turn(self.next_page())),
            Control::Page { page: Some(name) } => {
                let page = Page::named(name, self.pads.bank().is_some())?;
                return Ok(self.turn(page));
            }
            Control::Lock { on } => {
                self.locked = *on;
                return Ok(vec![lock_message(*on)]);
            }
            other => return Err(format!("{other:?} has no meaning here")),
        };
        Ok(vec![action])
    }

    fn marker(&mut self, at: At) -> Action {
        self.markers += 1;
        Action::Record(RecordCommand::Marker { at, label: format!("Marker {}", self.markers) })
    }

    fn next_page(&self) -> Page {
        self.page.next(self.pads.bank().is_some())
    }

    fn turn(&mut self, page: Page) -> Vec<Action> {
        self.page = page;
        Vec::new()
    }

    fn on_panel(&mut self, action: PanelAction, at: At) -> Vec<Action> {
        let action = match action {
            PanelAction::ToggleLock => {
                self.locked = !self.locked;
                lock_message(self.locked)
            }
            PanelAction::Quit => Action::End,
            // Also where the buttons were locked meanwhile.
            PanelAction::ReleasePad => {
                return self.pads.meant(action).map(Action::Player).into_iter().collect();
            }
            _ if self.locked => Action::Say(Severity::Info, "the buttons are locked".into()),
            PanelAction::StartRecording => Action::Record(RecordCommand::Start { at }),
            PanelAction::StopRecording => Action::Record(RecordCommand::Stop { at }),
            PanelAction::Marker => self.marker(at),
            PanelAction::SelectNext => Action::Mix(self.desk.select_next()),
            PanelAction::ToggleMonitorMute => Action::Mix(self.desk.mute_monitor(!self.desk.monitor_muted())),
            PanelAction::NextPage => return self.turn(self.next_page()),
            PanelAction::ClearClips => Action::ClearClips,
            pad => return self.pads.meant(pad).map(Action::Player).into_iter().collect(),
        };
        vec![action]
    }

    /// A FAULT begins, changes its reason or ends.
    fn on_state(&mut self, state: BoxState) -> Vec<Action> {
        if state == self.state {
            return Vec::new();
        }
        let before = std::mem::replace(&mut self.state, state);
        match (&before, &self.state) {
            (_, BoxState::Fault(reason)) => vec![
                Action::Say(Severity::Error, format!("FAULT: {reason}")),
                Action::Tell(None, Occurrence::Fault { reason: reason.clone() }),
            ],
            (BoxState::Fault(_), now) => {
                let state = state_word(now).to_owned();
                vec![
                    Action::Say(Severity::Info, format!("no FAULT any more: {state}")),
                    Action::Tell(None, Occurrence::Recovered { state }),
                ]
            }
            _ => Vec::new(),
        }
    }

    fn on_rt(&mut self, event: Event) -> Vec<Action> {
        let (severity, text) = match event {
            Event::Gap { .. } if self.recording => return Vec::new(),
            Event::Gap { position, frames, cause } => {
                let text = format!("{frames} frames lost at {position}: {}", cause_text(cause));
                return vec![Action::Say(Severity::Warn, text), tell_gap(position, frames, cause)];
            }
            Event::DeviceGone => {
                self.device_gone = true;
                (Severity::Error, "the sound card is gone; looking for it".into())
            }
            Event::DeviceBack => {
                self.device_gone = false;
                (Severity::Info, "the sound card is back".into())
            }
            Event::Rotated { position, rotation } => {
                let take = self.recording.then_some(At::Frame(position));
                return order::rotated(&mut self.channels, position, rotation, take);
            }
            Event::Swept(number) => {
                self.desk.swept(number);
                return Vec::new();
            }
            Event::Bar { .. } => return Vec::new(),
            Event::Refused => (Severity::Warn, "a command named an input or output that is not there".into()),
            Event::Ended => return vec![Action::Say(Severity::Info, "no more input".into()), Action::End],
        };
        vec![Action::Say(severity, text)]
    }

    fn on_record(&mut self, medium: usize, event: &RecordEvent) -> Vec<Action> {
        let (gaps, news) = self.writings.hear(medium, event, &tell::take(event));
        let mut notes = Vec::new();
        if let RecordEvent::TakeStarted { at, .. } = event
            && !self.recording
        {
            self.markers = 0;
            notes.extend(self.desk.fed().map(|(input, source)| fed_note(input, source, *at)));
            notes.extend(self.soundcheck.note(*at));
        }
        self.recording = self.writings.recording();
        if !news {
            return Vec::new();
        }
        let name = self.writings.name(medium).map(str::to_owned);
        let (severity, text) = tell::message(event);
        let text = name.as_ref().map_or(text.clone(), |name| format!("{name}: {text}"));
        let told = tell::occurrence(event, gaps).map(|what| Action::Tell(name, what));
        [Action::Say(severity, text)].into_iter().chain(told).chain(notes).collect()
    }
}

/// The last part of a path, as people see it.
pub fn folder(path: &std::path::Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;
