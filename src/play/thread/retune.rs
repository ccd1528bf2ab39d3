//! Tuning of pads, on the side of the thread that makes their clips.
//!
//! Runs on: player.
use super::super::load::{self, Known};
use super::super::playable::Playable;
use super::super::tune::Tune;
use super::Loader;
use std::sync::Arc;
use std::sync::atomic::Ordering;

impl Loader {
    /// Makes the clips of pads that go together, all of them or none. What is no longer wanted is not finished.
    pub(super) fn retune(&mut self, places: &[usize]) {
        let wanted: Vec<(usize, Tune)> = {
            let bank = self.shared.bank();
            // Whoever asks twice while it waits has it made once.
            let open = |place: &usize| bank.pads.get(*place).filter(|entry| entry.next.is_none());
            let wanted = |place: &usize| Some((*place, open(place)?.wanted?));
            places.iter().filter_map(wanted).collect()
        };
        let mut made = Vec::new();
        for (place, tune) in &wanted {
            match self.tuned(*place, *tune, &wanted) {
                Ok(clip) => made.push((*place, clip)),
                Err(reason) => return self.settle(&wanted, Err(reason)),
            }
        }
        self.settle(&wanted, Ok(made));
    }

    fn tuned(&mut self, place: usize, tune: Tune, wanted: &[(usize, Tune)]) -> Result<Playable, String> {
        let config = self.config(place).ok_or("its file is gone")?;
        let shared = Arc::clone(&self.shared);
        let goes_on = || {
            let bank = shared.bank();
            let is_wanted = |(place, tune): &(usize, Tune)| {
                bank.pads.get(*place).is_some_and(|entry| entry.wanted == Some(*tune))
            };
            !shared.ends.load(Ordering::Relaxed) && wanted.iter().all(is_wanted)
        };
        let config = tune.of(&config);
        let limit = self.cache.limit();
        let opened = load::open(&self.settings.dir, &config, (limit, &mut Known::new()), &goes_on)?;
        load::clip(&mut self.cache, (&config, self.settings.sample_rate), opened, &goes_on)
    }

    /// Hands over what was made, or says why nothing was; not if something else is wanted by now, which is on its way then.
    fn settle(&self, wanted: &[(usize, Tune)], made: Result<Vec<(usize, Playable)>, String>) {
        let mut bank = self.shared.bank();
        bank.bytes = self.cache.bytes();
        let stays = |(place, tune): &(usize, Tune)| {
            bank.pads.get(*place).is_some_and(|entry| entry.wanted == Some(*tune))
        };
        if wanted.is_empty() || !wanted.iter().all(stays) {
            return;
        }
        match made {
            Ok(made) => {
                bank.ready.push(made.iter().map(|(place, _)| *place).collect());
                for (place, clip) in made {
                    bank.pads.get_mut(place).into_iter().for_each(|entry| entry.next = Some(clip.clone()));
                }
            }
            Err(reason) => {
                for (place, _) in wanted {
                    let Some(entry) = bank.pads.get_mut(*place) else { continue };
                    (entry.wanted, entry.untuned) = (None, Some(reason.clone()));
                }
            }
        }
    }
}
