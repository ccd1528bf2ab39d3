//! Clips: what people ask of them, and what voices tell of them.
//!
//! Runs on: supervisor.
use super::super::player_ask::{NO_PLAYER, PlayerAsk};
use super::Recorder;

impl Recorder<'_> {
    /// Hears what voices tell.
    pub(super) fn clips(&mut self) {
        if let Some(playback) = &mut self.inside.playback {
            playback.turn();
        }
    }

    /// Looks at what is to be told of clips.
    pub(super) fn look_at_clips(&mut self) {
        let late = self.inside.remote.counters.late_starts.get();
        if let Some(playback) = &mut self.inside.playback {
            playback.look(late);
        }
    }

    /// Does what the player is asked for.
    ///
    /// # Errors
    /// Why nothing comes of it.
    pub(super) fn play(&mut self, ask: PlayerAsk) -> Result<(), String> {
        let position = self.inside.position();
        self.inside.playback.as_mut().ok_or(NO_PLAYER)?.ask(ask, position)
    }
}
