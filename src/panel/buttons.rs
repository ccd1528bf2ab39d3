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

impl Button {
    /// Every button, in the order of the panel.
    pub const ALL: [Self; 5] = [Self::Rec, Self::Mark, Self::Select, Self::Page, Self::Mute];
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
    /// Start the selected pad, or stop it.
    PressPad,
    /// The press of a pad has ended, which ends one that plays while it is held.
    ReleasePad,
    /// Select the next pad that has a clip.
    NextPad,
    /// Select the first such pad of the next bank.
    NextBank,
    /// Stop all pads.
    StopPads,
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

/// What a button means while the page Pads is shown. REC and MARK mean the same everywhere.
pub fn pressed_on_pads(button: Button, press: Press) -> PanelAction {
    match (button, press) {
        (Button::Rec | Button::Mark, _) | (Button::Page, Press::Short) => pressed(button, press),
        (Button::Select, _) => PanelAction::PressPad,
        (Button::Page, Press::Held) => PanelAction::NextBank,
        (Button::Mute, Press::Short) => PanelAction::NextPad,
        (Button::Mute, Press::Held) => PanelAction::StopPads,
    }
}

/// What a key of the terminal means, on the page Pads or on another; `None` for one that means nothing.
pub fn of_key(key: Key, pads: bool) -> Option<PanelAction> {
    let (button, press) = match key {
        Key::Char('r') => (Button::Rec, Press::Short),
        Key::Char('R') => (Button::Rec, Press::Held),
        Key::Char('m') => (Button::Mark, Press::Short),
        Key::Char('s') => (Button::Select, Press::Short),
        Key::Char('p') => (Button::Page, Press::Short),
        Key::Char('c') => (Button::Page, Press::Held),
        Key::Char('u') => (Button::Mute, Press::Short),
        Key::Char('U') if pads => (Button::Mute, Press::Held),
        Key::Char('l') => return Some(PanelAction::ToggleLock),
        Key::Char('q') | Key::Interrupt => return Some(PanelAction::Quit),
        Key::Char(_) => return None,
    };
    Some(if pads { pressed_on_pads(button, press) } else { pressed(button, press) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_press_never_stops_a_recording() {
        for button in Button::ALL {
            assert_ne!(pressed(button, Press::Short), PanelAction::StopRecording);
            assert_ne!(pressed_on_pads(button, Press::Short), PanelAction::StopRecording);
        }
        for (button, press) in
            [(Button::Rec, Press::Short), (Button::Rec, Press::Held), (Button::Mark, Press::Short)]
        {
            assert_eq!(pressed_on_pads(button, press), pressed(button, press));
        }
        assert_eq!(pressed(Button::Rec, Press::Held), PanelAction::StopRecording);
    }

    #[test]
    fn each_key_has_its_own_meaning() {
        for (pads, all) in [(false, "rRmspculq"), (true, "rRmspcuUlq")] {
            let keys: Vec<_> = all.chars().map(|key| of_key(Key::Char(key), pads)).collect();
            for (place, action) in keys.iter().enumerate() {
                assert!(action.is_some() && !keys[..place].contains(action));
            }
            assert_eq!(of_key(Key::Interrupt, pads), Some(PanelAction::Quit));
            assert_eq!(of_key(Key::Char('x'), pads), None);
        }
        assert_eq!(of_key(Key::Char('U'), false), None);
    }
}
