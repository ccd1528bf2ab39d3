//! The five buttons, the keys that stand for them, and what they mean.
//!
//! Runs on: supervisor.
use crate::hal::Key;
use std::time::Duration;

/// How long REC has to be held to stop: a brush against the panel must not end a recording.
pub const HELD: Duration = Duration::from_secs(2);

/// A button of the panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Button {
    /// Starts a take; held, stops it.
    Rec,
    /// Sets a marker.
    Mark,
    /// Selects the next input.
    Select,
    /// Shows the next page; held, clears the clip marks.
    Page,
    /// Mutes or unmutes the monitor.
    Mute,
}

/// How it was pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Press {
    /// Down and up again.
    Short,
    /// Down for [`HELD`].
    Held,
}

/// What a person wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PanelAction {
    /// Record; nothing new while a take is running.
    StartRecording,
    /// End the take.
    StopRecording,
    /// Mark this moment in the take.
    Marker,
    /// Select the next input.
    SelectNext,
    /// Show the next page.
    NextPage,
    /// Mute or unmute the monitor.
    ToggleMonitorMute,
    /// Forget which inputs clipped.
    ClearClips,
    /// Lock the buttons, or unlock them.
    ToggleLock,
    /// Close the take and end; only a terminal can ask for it.
    Quit,
}

/// What a button means. Held, only REC and PAGE mean anything else.
pub fn pressed(button: Button, press: Press) -> PanelAction {
    match (button, press) {
        (Button::Rec, Press::Short) => PanelAction::StartRecording,
        (Button::Rec, Press::Held) => PanelAction::StopRecording,
        (Button::Mark, _) => PanelAction::Marker,
        (Button::Select, _) => PanelAction::SelectNext,
        (Button::Page, Press::Short) => PanelAction::NextPage,
        (Button::Page, Press::Held) => PanelAction::ClearClips,
        (Button::Mute, _) => PanelAction::ToggleMonitorMute,
    }
}

/// What a key of the terminal means; `None` for one that means nothing.
pub fn of_key(key: Key) -> Option<PanelAction> {
    let (button, press) = match key {
        Key::Char('r') => (Button::Rec, Press::Short),
        Key::Char('R') => (Button::Rec, Press::Held),
        Key::Char('m') => (Button::Mark, Press::Short),
        Key::Char('s') => (Button::Select, Press::Short),
        Key::Char('p') => (Button::Page, Press::Short),
        Key::Char('c') => (Button::Page, Press::Held),
        Key::Char('u') => (Button::Mute, Press::Short),
        Key::Char('l') => return Some(PanelAction::ToggleLock),
        Key::Char('q') | Key::Interrupt => return Some(PanelAction::Quit),
        Key::Char(_) => return None,
    };
    Some(pressed(button, press))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_press_never_stops_a_recording() {
        let buttons = [Button::Rec, Button::Mark, Button::Select, Button::Page, Button::Mute];
        for button in buttons {
            assert_ne!(pressed(button, Press::Short), PanelAction::StopRecording);
        }
        assert_eq!(pressed(Button::Rec, Press::Held), PanelAction::StopRecording);
    }

    #[test]
    fn each_key_has_its_own_meaning() {
        let keys = ['r', 'R', 'm', 's', 'p', 'c', 'u', 'l', 'q'].map(|key| of_key(Key::Char(key)));
        for (place, action) in keys.iter().enumerate() {
            assert!(action.is_some() && !keys[..place].contains(action));
        }
        assert_eq!(of_key(Key::Interrupt), Some(PanelAction::Quit));
        assert_eq!(of_key(Key::Char('x')), None);
    }
}
