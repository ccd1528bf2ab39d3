//! What is not known of long clips until all of them is read.
//!
//! Runs on: player.
use super::super::PadState;
use super::super::load;
use super::{Entry, Loader};
use std::sync::Arc;
use std::sync::atomic::Ordering;

impl Loader {
    /// Reads long clips that nobody has read yet, unless something else is asked for: then another time.
    pub(super) fn survey(&mut self) {
        let count = self.shared.bank().pads.len();
        (0..count).for_each(|place| self.survey_one(place));
    }

    fn survey_one(&mut self, place: usize) {
        let shared = Arc::clone(&self.shared);
        let goes_on = || !shared.ends.load(Ordering::Relaxed) && shared.bank().queued == 0;
        let clip = self.shared.bank().pads.get(place).and_then(|entry| entry.clip.clone());
        let Some(mut clip) = clip.filter(|clip| clip.stream.is_some() && goes_on()) else { return };
        let surveyed = load::survey(&mut self.cache, &mut clip, &goes_on);
        let (which, is_whole) = ((clip.id, clip.plan), goes_on());
        let is_same = |entry: &Entry| entry.clip.as_ref().is_some_and(|is| (is.id, is.plan) == which);
        self.put(place, |entry| match surveyed {
            Ok(false) => {}
            _ if !is_same(entry) || !is_whole => {}
            Ok(true) => (entry.state, entry.clip) = (clip.state(), Some(clip)),
            Err(reason) => (entry.state, entry.clip) = (PadState::Failed { reason }, None),
        });
    }
}
