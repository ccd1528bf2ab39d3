//! The player's part: what it is asked for.
//!
//! Runs on: supervisor.
use super::super::player_ask::PlayerAsk;
use super::Recorder;

impl Recorder<'_> {
    /// Does what the player is asked for.
    ///
    /// # Errors
    /// Why nothing comes of it.
    pub(super) fn play(&mut self, ask: PlayerAsk) -> Result<(), String> {
        tracing::warn!("no player: {ask:?}");
        Err("there is no player".into())
    }
}
