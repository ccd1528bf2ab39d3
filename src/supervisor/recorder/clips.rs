//! Clips: what people ask of them, and what voices tell of them.
//!
//! Runs on: supervisor.
use super::Recorder;
use crate::play::pads::Ask;

impl Recorder<'_> {
    /// Hears what voices tell.
    pub(super) fn clips(&mut self) {
        if let Some(playback) = &mut self.inside.playback {
            playback.turn();
        }
    }

    /// Does with clips what somebody asks for.
    pub(super) fn play(&mut self, ask: Ask) -> Result<(), String> {
        let position = self.inside.position();
        let playback = self.inside.playback.as_mut().ok_or("there is no player: player.dir is not set")?;
        playback.ask(ask, position)
    }
}
