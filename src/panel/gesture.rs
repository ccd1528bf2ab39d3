//! What a person means by edges of the buttons. Time comes with the edges; nothing here reads a clock.
//!
//! REC, MARK and SELECT act when pressed, PAGE and MUTE when released. REC held for 2 s ends the take that was running
//! when it was pressed, PAGE held for 2 s clears the clip marks. PAGE and MUTE together act as neither; 3 s of both locks
//! or unlocks. On the page Pads SELECT presses a pad, and lets it go when it is let go; MUTE held for 2 s stops all.
//!
//! Runs on: supervisor.
use super::buttons::{Button, HELD, PanelAction, Press, pressed, pressed_on_pads};
use super::debounce::{Change, Contact};
use std::time::Duration;

/// How long PAGE and MUTE have to be held together to lock or unlock.
pub const LOCK_HELD: Duration = Duration::from_secs(3);

/// An edge may be read this much after its time stamp. No hold counts before, so that a release just in time is heard.
const LATE: Duration = Duration::from_millis(20);

/// Something that a person meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gesture {
    /// What is to be done.
    pub action: PanelAction,
    /// When it was meant, on the clock of the edges: the press, the release, or the end of the hold.
    pub at: Duration,
}

/// A button that is down.
#[derive(Clone, Copy, Debug)]
struct Hold {
    since: Duration,
    /// What holding it will do, unless it is let go before.
    held: Option<PanelAction>,
    /// What letting it go will do.
    released: Option<PanelAction>,
}

/// The five buttons.
#[derive(Clone, Debug)]
pub struct Gestures {
    debounce: Duration,
    contacts: [Contact; 5],
    holds: [Option<Hold>; 5],
    /// When PAGE and MUTE will have been held together for long enough.
    lock_due: Option<Duration>,
    recording: bool,
    pads: bool,
}

impl Gestures {
    /// Five buttons, none of them down, whose contacts may bounce for `debounce`.
    pub fn new(debounce: Duration) -> Self {
        Self {
            debounce,
            contacts: [Contact::default(); 5],
            holds: [None; 5],
            lock_due: None,
            recording: false,
            pads: false,
        }
    }

    /// Says that `button` was down before anyone looked: it means nothing until it has been let go.
    pub fn already_down(&mut self, button: Button) {
        if let Some(contact) = self.contacts.get_mut(button as usize) {
            *contact = Contact::closed();
        }
    }

    /// Says whether a take is running. Only a press that begins while one is can end it.
    pub fn set_recording(&mut self, recording: bool) {
        self.recording = recording;
    }

    /// Says whether the page Pads is shown. A press means what it meant when it began.
    pub fn set_pads(&mut self, pads: bool) {
        self.pads = pads;
    }

    /// Takes an edge of `button` at the time `at`; later ones have later times.
    pub fn edge(&mut self, button: Button, down: bool, at: Duration) -> Vec<Gesture> {
        let mut meant = self.until(at, Duration::ZERO);
        let debounce = self.debounce;
        let contact = self.contacts.get_mut(button as usize);
        if let Some(change) = contact.and_then(|contact| contact.edge(Change { down, at }, debounce)) {
            meant.extend(self.change(button, change));
        }
        meant
    }

    /// What became due up to `now`.
    pub fn tick(&mut self, now: Duration) -> Vec<Gesture> {
        self.until(now, LATE)
    }

    /// When [`tick`](Self::tick) is to be called next, if no edge comes before; `None` while there is nothing to wait for.
    pub fn next_due(&self) -> Option<Duration> {
        let held =
            Button::ALL.into_iter().filter_map(|button| self.held_until(button)).chain(self.lock_until());
        let held = held.map(|due| due + LATE);
        held.chain(self.next_settled().map(|(_, end)| end)).min()
    }

    /// Lets contacts settle and holds come true, the earlier the first. Holds wait for `late`.
    fn until(&mut self, now: Duration, late: Duration) -> Vec<Gesture> {
        let mut meant = Vec::new();
        while let Some((button, _)) = self.next_settled().filter(|(_, end)| *end <= now) {
            let contact = self.contacts.get_mut(button as usize);
            if let Some(change) = contact.and_then(|contact| contact.settle(self.debounce)) {
                meant.extend(self.come_true(change.at));
                meant.extend(self.change(button, change));
            }
        }
        meant.extend(self.come_true(now.saturating_sub(late)));
        meant
    }

    /// The contact whose debounce time ends first, and when.
    fn next_settled(&self) -> Option<(Button, Duration)> {
        let ends = Button::ALL.into_iter().zip(&self.contacts);
        ends.filter_map(|(button, contact)| Some((button, contact.due()?))).min_by_key(|(_, end)| *end)
    }

    /// Holds that have lasted for long enough at the time `now`.
    fn come_true(&mut self, now: Duration) -> Vec<Gesture> {
        let mut meant = Vec::new();
        for button in Button::ALL {
            let Some(at) = self.held_until(button).filter(|due| *due <= now) else { continue };
            let hold = self.holds.get_mut(button as usize).and_then(Option::as_mut);
            if let Some((hold, action)) = hold.and_then(|hold| hold.held.take().map(|action| (hold, action)))
            {
                hold.released = None;
                meant.push(Gesture { action, at });
            }
        }
        if let Some(at) = self.lock_until().filter(|due| *due <= now) {
            self.lock_due = None;
            meant.push(Gesture { action: PanelAction::ToggleLock, at });
        }
        meant.sort_by_key(|gesture| gesture.at);
        meant
    }

    /// When holding `button` will have meant something, unless a release before that may still come to light.
    fn held_until(&self, button: Button) -> Option<Duration> {
        let hold = self.holds.get(button as usize)?.filter(|hold| hold.held.is_some())?;
        Some(hold.since + HELD).filter(|due| self.certain(button, *due))
    }

    /// The same for PAGE and MUTE together.
    fn lock_until(&self) -> Option<Duration> {
        self.lock_due
            .filter(|due| [Button::Page, Button::Mute].into_iter().all(|button| self.certain(button, *due)))
    }

    /// Whether no edge to come can tell that `button` was let go before `due`.
    fn certain(&self, button: Button, due: Duration) -> bool {
        let doubt = self.contacts.get(button as usize).and_then(Contact::in_doubt);
        doubt.is_none_or(|since| since >= due)
    }

    fn change(&mut self, button: Button, change: Change) -> Option<Gesture> {
        let action = if change.down { self.press(button, change.at) } else { self.release(button) };
        action.map(|action| Gesture { action, at: change.at })
    }

    fn press(&mut self, button: Button, at: Duration) -> Option<PanelAction> {
        let meaning = if self.pads { pressed_on_pads } else { pressed };
        let short = meaning(button, Press::Short);
        let held = Some(meaning(button, Press::Held));
        let (now, held, released) = match button {
            Button::Rec => (Some(short), held.filter(|_| self.recording), None),
            Button::Select if self.pads => (Some(short), None, Some(PanelAction::ReleasePad)),
            Button::Mark | Button::Select => (Some(short), None, None),
            Button::Page => (None, held, Some(short)),
            Button::Mute => (None, held.filter(|_| self.pads), Some(short)),
        };
        self.set(button, Some(Hold { since: at, held, released }));
        if matches!(button, Button::Page | Button::Mute) {
            self.join(at);
        }
        now
    }

    fn release(&mut self, button: Button) -> Option<PanelAction> {
        let hold = self.holds.get(button as usize).copied().flatten();
        self.set(button, None);
        if matches!(button, Button::Page | Button::Mute) {
            self.lock_due = None;
        }
        hold?.released
    }

    /// PAGE or MUTE was pressed at the time `at`: if the other one is down too, they mean the lock from now on.
    fn join(&mut self, at: Duration) {
        let [_, _, _, Some(page), Some(mute)] = &mut self.holds else { return };
        self.lock_due = Some(at + LOCK_HELD);
        for hold in [page, mute] {
            (hold.held, hold.released) = (None, None);
        }
    }

    fn set(&mut self, button: Button, hold: Option<Hold>) {
        if let Some(place) = self.holds.get_mut(button as usize) {
            *place = hold;
        }
    }
}

#[cfg(test)]
mod tests;
