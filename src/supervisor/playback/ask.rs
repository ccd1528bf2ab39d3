//! What people ask of the player.
//!
//! Runs on: supervisor.
use super::super::player_ask::{NO_PLAYER, PlayerAsk, Recall};
use super::{AHEAD, BUSY, Playback};
use crate::config::PadName;
use crate::play::pads::Ask;
use crate::play::thread::Player;

impl Playback {
    /// Does what somebody wants, the box being at the absolute frame `position`; what of a scene could not be done.
    ///
    /// # Errors
    /// Why nothing is done.
    pub fn ask(&mut self, ask: PlayerAsk, position: u64) -> Result<Vec<String>, String> {
        if self.feeder.is_full() {
            return Err(BUSY.into());
        }
        let now = self.next(position);
        let missed = match ask {
            PlayerAsk::Rescan => {
                self.player()?.rescan();
                Vec::new()
            }
            PlayerAsk::Recall(recall) => self.recall(*recall, now),
            ask => {
                self.one(ask, now)?;
                Vec::new()
            }
        };
        self.feeder.send();
        Ok(missed)
    }

    fn one(&mut self, ask: PlayerAsk, now: u64) -> Result<(), String> {
        let place = |pad: PadName| self.place(pad);
        let ask = match ask {
            PlayerAsk::Press(pad) => Ask::Trigger(place(pad)?),
            PlayerAsk::Release(pad) => Ask::Release(place(pad)?),
            PlayerAsk::Stop(pad) => Ask::Stop(place(pad)?),
            PlayerAsk::Toggle(pad) => Ask::Toggle(place(pad)?),
            PlayerAsk::Finish(pad) => Ask::Finish(place(pad)?),
            PlayerAsk::StopAll => Ask::StopAll,
            PlayerAsk::Set(pad, settings) => {
                let orders = {
                    let place = place(pad)?;
                    self.player()?.set(place, *settings)?
                };
                orders.into_iter().for_each(|order| self.order(order));
                return Ok(());
            }
            PlayerAsk::Tune(pad, tune) => return self.tune(pad, tune, now),
            PlayerAsk::Recall(_) | PlayerAsk::Rescan => return Ok(()),
        };
        self.request(ask, now)
    }

    fn request(&mut self, ask: Ask, now: u64) -> Result<(), String> {
        let orders = self.player()?.request(ask, now).map_err(|refusal| refusal.to_string())?;
        orders.into_iter().for_each(|order| self.order(order));
        Ok(())
    }

    /// Does all that can be done of it, on one frame; what cannot be, and why.
    fn recall(&mut self, recall: Recall, now: u64) -> Vec<String> {
        let Recall { set, stop, start } = recall;
        let set = set.into_iter().map(|(pad, settings)| (pad, PlayerAsk::Set(pad, Box::new(settings))));
        let stop = stop.into_iter().map(|pad| (pad, PlayerAsk::Stop(pad)));
        let mut missed = Vec::new();
        for (pad, ask) in set.chain(stop) {
            missed.extend(self.one(ask, now).err().map(|why| format!("pad {pad}: {why}")));
        }
        for pad in start {
            let started = match self.shape.index(pad) {
                Some(place) => self.request(Ask::Start(place), now),
                None => Err("there is none".into()),
            };
            missed.extend(started.err().map(|why| format!("pad {pad} does not start: {why}")));
        }
        missed
    }

    /// The first frame that orders of now can still change.
    pub(super) fn next(&self, position: u64) -> u64 {
        position + u64::from(self.sample_rate) / AHEAD
    }

    pub(super) fn place(&self, pad: PadName) -> Result<usize, String> {
        self.shape.index(pad).ok_or_else(|| format!("pad {pad}: there is none"))
    }

    pub(super) fn player(&mut self) -> Result<&mut Player, String> {
        self.player.as_mut().ok_or_else(|| NO_PLAYER.to_owned())
    }
}
