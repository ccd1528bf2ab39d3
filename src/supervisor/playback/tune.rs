//! Voices whose clip is tuned while they play.
//!
//! Runs on: supervisor.
use super::{Playback, settings};
use crate::config::PadName;
use crate::play::order::Start;
use crate::play::tune::Tune;
use crate::play::voices::VoiceId;
use vestry_rt::voice::{VoiceChange, VoiceOrder};

impl Playback {
    /// Tunes a pad; what voices can do at once they do.
    ///
    /// # Errors
    /// There is no such pad, or nothing is on it.
    pub(super) fn tune(&mut self, pad: PadName, tune: Tune, now: u64) -> Result<(), String> {
        let place = self.place(pad)?;
        let orders = self.player.tune(place, tune, now).map_err(|refusal| refusal.to_string())?;
        orders.into_iter().for_each(|order| self.order(order));
        self.send();
        Ok(())
    }

    pub(super) fn glide(&mut self, voice: VoiceId, step: f64) {
        let Some(voice) = self.of(voice) else { return };
        self.waiting.push_back(VoiceOrder::Set { voice: voice as u8, change: VoiceChange::Speed(step) });
    }

    /// Has another voice go on, while the one before fades. Where that cannot be it plays on as it does, and is counted.
    pub(super) fn swap(&mut self, start: Start) {
        let Some(old) = self.of(start.voice) else { return };
        let sound = settings(&start, self.sample_rate).are_sound(start.sound.frames());
        if !sound || self.free().is_none() {
            self.report.refused += 1;
            let why = if sound { "all voices are busy" } else { "its speed is beyond 0.25..4" };
            return tracing::warn!("a clip goes on as it was: {why}");
        }
        self.voices[old] = None;
        self.leaving |= 1 << old;
        self.waiting.push_back(VoiceOrder::Stop { voice: old as u8, at: start.at, fade: start.fade_in });
        self.start_voice(start);
    }
}
