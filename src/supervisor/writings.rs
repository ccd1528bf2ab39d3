//! What the writers told, of all media: which take is open where, and what was told already.
//!
//! Runs on: supervisor.
use super::policy::Action;
use super::takes::{Names, Takes};
use crate::record::RecordEvent;
use crate::telemetry::Located;
use std::collections::VecDeque;
use vestry_rt::MEDIA;
use vestry_rt::block::GapCause;

/// How much of what one medium told is remembered, to be told once though another one tells it too.
const REMEMBERED: usize = 32;

/// What has to be remembered of all that was told.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Writings {
    /// What the media are called.
    names: Vec<String>,
    /// Which takes lie on which medium.
    pub takes: Takes,
    /// The take that is open on each medium.
    open: Names,
    /// Gaps of the open takes.
    gaps: [u64; MEDIA],
    /// First frame of the newest take.
    newest: Option<u64>,
    told: VecDeque<(usize, RecordEvent)>,
}

impl Writings {
    /// For media that are called so.
    pub fn new(names: Vec<String>) -> Self {
        Self { names, ..Self::default() }
    }

    /// What the medium is called; none where there is but one.
    pub fn name(&self, medium: usize) -> Option<&str> {
        self.names.get(medium).map(String::as_str).filter(|_| self.several())
    }

    /// What the medium is called, also where there is but one.
    pub fn called(&self, medium: usize) -> &str {
        self.names.get(medium).map_or("medium", String::as_str)
    }

    fn several(&self) -> bool {
        self.names.len() > 1
    }

    /// Whether a take is open on any medium.
    pub fn recording(&self) -> bool {
        self.open.iter().any(Option::is_some)
    }

    /// Takes in an event of the medium. The gaps of its take, and whether the event is news: what befell the sound itself
    /// is told once, whichever medium tells it first.
    pub fn hear(&mut self, medium: usize, event: &RecordEvent, folder: &str) -> (u64, bool) {
        match event {
            RecordEvent::TakeStarted { at, .. } => {
                let same = self.newest.replace(*at) == Some(*at) && self.recording();
                self.takes.begun(medium, folder, same);
                self.set(medium, Some(folder));
                self.gaps.iter_mut().skip(medium).take(1).for_each(|gaps| *gaps = 0);
            }
            RecordEvent::TakeClosed { .. } | RecordEvent::Fault { .. } => self.set(medium, None),
            RecordEvent::TakesFound { names } => self.takes.found(medium, names),
            RecordEvent::TakeDeleted { .. } => self.takes.deleted(medium, folder),
            RecordEvent::Gap { .. } => self.gaps.iter_mut().skip(medium).take(1).for_each(|gaps| *gaps += 1),
            _ => {}
        }
        (self.gaps.get(medium).copied().unwrap_or(0), !self.was_told(medium, event))
    }

    fn set(&mut self, medium: usize, open: Option<&str>) {
        self.open.iter_mut().skip(medium).take(1).for_each(|slot| *slot = open.map(str::to_owned));
    }

    /// Protects a take, or no longer, on every medium that has it; the running one without a name. Each medium may have a name
    /// of its own for it.
    ///
    /// # Errors
    /// No medium has one of that name, or none is being recorded.
    pub fn protect(&self, take: Option<&str>, on: bool) -> Result<Vec<Action>, String> {
        let names = match take {
            None if !self.recording() => return Err("nothing is being recorded: name a take".into()),
            None => &self.open,
            Some(name) => self.takes.find(name).ok_or_else(|| {
                format!("take {name:?}: there is none of that name on {}", self.names.join(" or "))
            })?,
        };
        let take = take.or(names.iter().flatten().next().map(String::as_str)).unwrap_or_default().to_owned();
        let (has, lacks): (Vec<_>, Vec<_>) =
            (0..self.names.len()).partition(|medium| names.get(*medium).is_some_and(Option::is_some));
        let called =
            |media: Vec<usize>| media.into_iter().map(|medium| self.called(medium).to_owned()).collect();
        let located = Action::Located(Located { take, on: called(has), not_on: called(lacks) });
        let named = names.iter().enumerate().filter_map(|(medium, name)| Some((medium, name.clone()?)));
        Ok(named.map(|(medium, name)| Action::Protect(medium, name, on)).chain([located]).collect())
    }

    /// Whether another medium told the same; if not, it is remembered.
    fn was_told(&mut self, medium: usize, event: &RecordEvent) -> bool {
        let of_the_sound = match event {
            RecordEvent::Marker { .. } => true,
            // Each sees it to some ms.
            RecordEvent::ClockSet { .. } => return medium > 0,
            RecordEvent::Gap { cause, .. } => *cause != GapCause::PoolFull,
            _ => false,
        };
        if !self.several() || !of_the_sound {
            return false;
        }
        let other = |(place, told): &(usize, RecordEvent)| *place != medium && told == event;
        if let Some(at) = self.told.iter().position(other) {
            self.told.remove(at);
            return true;
        }
        self.told.truncate(REMEMBERED - 1);
        self.told.push_front((medium, event.clone()));
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_befell_the_sound_is_told_once_and_what_befell_a_medium_each_time() {
        let mut heard = Writings::new(vec!["SD card".into(), "USB stick".into()]);
        let gap = |cause| RecordEvent::Gap { at: 5, frames: 6, cause };
        assert_eq!(heard.hear(1, &gap(GapCause::Xrun), ""), (1, true));
        assert_eq!(heard.hear(0, &gap(GapCause::Xrun), ""), (1, false));
        assert_eq!(heard.hear(0, &gap(GapCause::Xrun), ""), (2, true), "that is another one");
        assert_eq!(heard.hear(0, &gap(GapCause::PoolFull), ""), (3, true));
        assert_eq!(heard.hear(1, &gap(GapCause::PoolFull), ""), (2, true));
    }

    #[test]
    fn a_take_is_protected_where_it_is_by_the_name_that_it_has_there() {
        let mut heard = Writings::new(vec!["SD card".into(), "USB stick".into()]);
        heard.hear(0, &RecordEvent::TakesFound { names: vec!["old_0001".into()] }, "");
        let started = RecordEvent::TakeStarted { path: "x".into(), at: 0 };
        heard.hear(0, &started, "new_0002");
        heard.hear(1, &started, "new_0001");
        let protect = |medium, name: &str| Action::Protect(medium, name.into(), true);
        let located = |take: &str, on: &[&str], not_on: &[&str]| {
            let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
            Action::Located(Located { take: take.into(), on: names(on), not_on: names(not_on) })
        };
        let (card, both) = (["SD card"], ["SD card", "USB stick"]);
        assert_eq!(
            heard.protect(Some("old_0001"), true).unwrap(),
            [protect(0, "old_0001"), located("old_0001", &card, &["USB stick"])]
        );
        for (asked, name) in [(Some("new_0001"), "new_0001"), (None, "new_0002")] {
            let expected = [protect(0, "new_0002"), protect(1, "new_0001"), located(name, &both, &[])];
            assert_eq!(heard.protect(asked, true).unwrap(), expected);
        }
        let unknown = heard.protect(Some("other"), true).unwrap_err();
        assert_eq!(unknown, "take \"other\": there is none of that name on SD card or USB stick");
    }

    #[test]
    fn a_take_on_both_media_is_one_take() {
        let mut heard = Writings::new(vec!["SD card".into(), "USB stick".into()]);
        heard.hear(0, &RecordEvent::TakesFound { names: vec!["old_0001".into()] }, "");
        let started = |at| RecordEvent::TakeStarted { path: "x".into(), at };
        heard.hear(0, &started(0), "new_0002");
        heard.hear(1, &started(0), "new_0001");
        let names = |heard: &Writings| heard.takes.names().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(names(&heard), ["old_0001", "new_0002"]);
        heard.hear(0, &RecordEvent::Fault { reason: "pulled".into() }, "");
        assert!(heard.recording(), "the other one goes on");
        heard.hear(0, &started(500), "new_0003");
        assert_eq!(heard.takes.names().next_back(), Some("new_0003"));
        let deleted = || RecordEvent::TakeDeleted { path: "x".into(), bytes: 1 };
        heard.hear(0, &deleted(), "new_0002");
        assert_eq!(names(&heard), ["old_0001", "new_0001", "new_0003"], "the stick has it, by its own name");
        heard.hear(1, &deleted(), "new_0001");
        assert_eq!(names(&heard), ["old_0001", "new_0003"]);
    }
}
