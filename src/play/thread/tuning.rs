//! Tuning of pads, on the side of the handle. Stems are tuned together, whichever is named: they would part otherwise.
//!
//! Runs on: supervisor.
use super::super::order::{Change, Order, start, step};
use super::super::pads::Refusal;
use super::super::stretch::Plan;
use super::super::tune::{Tune, Tuned};
use super::super::voices::Voice;
use super::{Bank, Entry, Player, Work};
use crate::config::PadName;

/// Seconds until a stream goes on with another rendering.
const LEAD_S: f64 = 1.0;
/// Seconds of a crossfade from one rendering to another.
const CROSSFADE_S: f64 = 0.05;

impl Player {
    /// Tunes a pad and its stems. What can be heard at once is, by these orders; what has to be made is made, and until it is there
    /// the pads play as they did: see [`Player::retuned`].
    ///
    /// # Errors
    /// There is no such pad.
    pub fn tune(&mut self, pad: usize, tune: Tune, now: u64) -> Result<Vec<Order>, Refusal> {
        let stems = self.pads.stems(pad)?;
        let mut bank = self.shared.bank();
        let there = |place: &usize| bank.pads.get(*place).is_some_and(|entry| entry.config.is_some());
        let places: Vec<usize> = stems.into_iter().filter(there).collect();
        if places.is_empty() {
            return Err(Refusal::NotReady(pad));
        }
        // Those of a stem that has been asked for something else meanwhile may be of several minds: all of them wait then.
        let at_once = places.iter().all(|place| bank.pads.get(*place).is_some_and(|entry| entry.fits(tune)));
        for place in &places {
            let Some(entry) = bank.pads.get_mut(*place) else { continue };
            let wanted = entry.wanted.unwrap_or(entry.tune).then(tune);
            (entry.wanted, entry.next, entry.untuned) = (Some(wanted), None, None);
            if at_once {
                entry.settle();
            }
        }
        drop(bank);
        if at_once {
            return Ok(self.paced(&places, now));
        }
        self.ask_for(Work::Retune(places));
        Ok(Vec::new())
    }

    /// Voices of these pads at their new speed.
    fn paced(&mut self, places: &[usize], now: u64) -> Vec<Order> {
        let (rate, bank) = (self.settings.sample_rate, self.shared.bank());
        let mut orders = Vec::new();
        for voice in self.pads.voices().filter(|voice| voice.is_wanted() && places.contains(&voice.pad)) {
            let Some(clip) = bank.pads.get(voice.pad).and_then(|entry| entry.clip.as_ref()) else { continue };
            self.progress.change(voice.id, now, clip.pace(rate));
            orders.push(Order::Change(voice.id, Change::Speed(step(clip, rate))));
        }
        orders
    }

    /// What the voices have to do for pads whose clips have been made anew since the last time: each goes on with the new one
    /// where it is in the old one, all of a stem on one frame. `now` is the first frame that can still be changed.
    pub fn retuned(&mut self, now: u64) -> Vec<Order> {
        let mut bank = self.shared.bank();
        let places: Vec<usize> = std::mem::take(&mut bank.ready).into_iter().flatten().collect();
        for place in &places {
            bank.pads.get_mut(*place).into_iter().for_each(Entry::settle);
        }
        drop(bank);
        if places.is_empty() { Vec::new() } else { self.swapped(&places, now) }
    }

    fn swapped(&mut self, places: &[usize], now: u64) -> Vec<Order> {
        let (rate, bank) = (self.settings.sample_rate, self.shared.bank());
        let mut orders = Vec::new();
        for voice in self.pads.voices().filter(|voice| voice.is_wanted() && places.contains(&voice.pad)) {
            let Some(entry) = bank.pads.get(voice.pad) else { continue };
            let (Some(config), Some(clip)) = (&entry.config, &entry.clip) else { continue };
            let Ok((config, clip)) = self.live.playable(voice.pad, config, clip) else { continue };
            // One that is read while it plays has to be read first.
            let lead = if clip.stream.is_some() { (f64::from(rate) * LEAD_S) as u64 } else { 0 };
            let at = voice.from.max(now + lead);
            let Some(place) = self.progress.place(voice.id, at) else { continue };
            // Where the new one is over already the old one plays out.
            let Some(from) = clip.frame(place) else { continue };
            self.progress.set(voice.id, at, place, clip.pace(rate));
            let fade_in = fade(voice, now, rate);
            let begin = start((voice.id, at), rate, (config, clip));
            orders.push(Order::Swap(super::super::order::Start { from, fade_in, ..begin }));
        }
        orders
    }

    /// How each pad is tuned, in order; `None` where nothing is on it.
    pub fn tunes(&self) -> Vec<(PadName, Option<Tuned>)> {
        let bank: std::sync::MutexGuard<'_, Bank> = self.shared.bank();
        let named = |(place, entry): (usize, &Entry)| Some((self.settings.shape.name(place)?, entry.tuned()));
        bank.pads.iter().enumerate().filter_map(named).collect()
    }
}

/// One that has not begun yet begins as it was to.
fn fade(voice: &Voice, now: u64, sample_rate: u32) -> u32 {
    if voice.from >= now { 0 } else { (f64::from(sample_rate) * CROSSFADE_S) as u32 }
}

impl Entry {
    /// Whether the clip that is there, and nothing else that is being made, is the one for it.
    fn fits(&self, tune: Tune) -> bool {
        let (Some(config), Some(clip), None) = (&self.config, &self.clip, self.wanted) else { return false };
        clip.plan.change == Plan::of(&tune.of(config)).change
    }

    /// Is from now on what was wanted.
    fn settle(&mut self) {
        let (Some(wanted), Some(config)) = (self.wanted.take(), &self.config) else { return };
        let config = wanted.of(config);
        let plan = Plan::of(&config);
        self.clip = self.next.take().or(self.clip.take());
        if let Some(clip) = &mut self.clip {
            clip.plan = plan;
            self.state = clip.state();
        }
        (self.tune, self.config) = (wanted, Some(config));
    }

    fn tuned(&self) -> Option<Tuned> {
        let config = self.config.as_ref()?;
        Some(Tuned {
            speed: config.speed,
            pitch: config.pitch,
            key_lock: config.key_lock,
            rendering: self.wanted.is_some(),
            refused: self.untuned.clone(),
        })
    }
}
