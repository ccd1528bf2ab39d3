//! Between those who ask for a soundcheck, the voices and the mixer.
//!
//! Runs on: supervisor.
use super::super::player_ask::NO_PLAYER;
use super::super::soundcheck::Ground;
use super::Recorder;
use crate::record::Phase;
use crate::supervisor::policy::{Happening, folder};
use crate::telemetry::SoundcheckWish;
use std::time::Duration;

impl Recorder<'_> {
    /// What a soundcheck has to know of the box.
    pub(super) fn ground(&self) -> Ground {
        let inside = &self.inside;
        Ground { now: inside.position(), running: Vec::new(), sources: inside.policy.desk.strip_sources() }
    }

    /// Does what somebody wants of a take.
    ///
    /// # Errors
    /// Why nothing comes of it.
    pub(super) fn check_sound(&mut self, wish: &SoundcheckWish) -> Result<(), String> {
        let status = self.inside.writers.status();
        let open = status.iter().filter(|status| status.phase == Phase::Recording);
        let running = open.filter_map(|status| status.take.as_deref().map(folder)).collect();
        let ground = Ground { running, ..self.ground() };
        self.inside.playback.as_mut().ok_or(NO_PLAYER)?.check_sound(wish, ground)?;
        self.feed_strips();
        Ok(())
    }

    /// Has strips fed as a soundcheck wants them, and says so in the take that is being recorded.
    pub(super) fn feed_strips(&mut self) {
        let Some(playback) = &mut self.inside.playback else { return };
        let commands = playback.soundcheck().commands();
        let count = commands.len();
        // Where there is no room they are told at the next turn.
        if count > 0 && self.inside.remote.send(commands).is_ok() {
            playback.sent(count);
        }
        let now = playback.soundcheck().under_way();
        if now != self.inside.policy.soundcheck {
            self.happened((Happening::Soundcheck(now), Duration::ZERO));
        }
    }
}
