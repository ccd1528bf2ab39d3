//! Clips: what people ask of them, and what voices tell of them.
//!
//! Runs on: supervisor.
use super::super::player_ask::{NO_PLAYER, PlayerAsk};
use super::super::policy::{Action, Severity};
use super::Recorder;
use crate::play::grid::Grid;
use vestry_rt::message::Event;

impl Recorder<'_> {
    /// Hears what voices tell.
    pub(super) fn clips(&mut self) {
        let ground = self.ground();
        if let Some(playback) = &mut self.inside.playback {
            playback.turn(ground);
        }
        self.feed_strips();
    }

    /// Has clips that wait for a beat or a bar wait for those of the click.
    pub(super) fn keep_time(&mut self, event: Event) {
        let (Event::Bar { position }, Some(playback)) = (event, &mut self.inside.playback) else { return };
        let click = self.inside.policy.desk.click();
        let tempo = click.tempo(self.inside.config.sample_rate);
        playback.set_grid(Grid { tempo, beats_a_bar: click.beats, origin: position });
    }

    /// Looks at what is to be told of clips.
    pub(super) fn look_at_clips(&mut self) {
        let position = self.inside.position();
        let counters = self.inside.remote.counters;
        let late = [counters.late_starts.get(), counters.late_reads.get()];
        if let Some(playback) = &mut self.inside.playback {
            playback.look(late, position);
            playback.report().into_iter().for_each(|report| self.inside.policy.pads.see(report));
        }
    }

    /// Does what the player is asked for, the box being at the absolute frame `position`: what is asked for together has
    /// the same one.
    ///
    /// # Errors
    /// Why nothing comes of it.
    pub(super) fn play(&mut self, ask: PlayerAsk, position: u64) -> Result<(), String> {
        let missed = self.inside.playback.as_mut().ok_or(NO_PLAYER)?.ask(ask, position)?;
        for text in missed {
            self.act(Action::Say(Severity::Warn, text));
        }
        Ok(())
    }

    /// The same for somebody who gets no answer.
    pub(super) fn play_or_say(&mut self, ask: PlayerAsk) {
        let position = self.inside.position();
        if let Err(why) = self.play(ask, position) {
            self.act(Action::Say(Severity::Warn, why));
        }
    }
}
