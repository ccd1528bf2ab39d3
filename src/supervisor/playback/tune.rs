//! Voices whose clip is tuned while they play.
//!
//! Runs on: supervisor.
use super::super::feeder::Readiness;
use super::{Playback, User, settings};
use crate::config::PadName;
use crate::play::order::Start;
use crate::play::stream::thread::StreamId;
use crate::play::tune::Tune;
use vestry_rt::voice::{VoiceOrder, VoiceSettings};

impl Playback {
    /// Tunes a pad; what voices can do at once they do.
    ///
    /// # Errors
    /// There is no such pad, or nothing is on it.
    pub(super) fn tune(&mut self, pad: PadName, tune: Tune, now: u64) -> Result<(), String> {
        let place = self.place(pad)?;
        let orders = self.player()?.tune(place, tune, now).map_err(|refusal| refusal.to_string())?;
        orders.into_iter().for_each(|order| self.order(order));
        Ok(())
    }

    /// Has another voice go on, while the one before fades; with a stream once that is read.
    pub(super) fn swap(&mut self, start: Start) {
        match &start.stream {
            Some(stream) => {
                let id = self.feeder.prepare(stream.opening(start.from));
                self.swaps.push((id, start));
            }
            None => self.take_over(start, None),
        }
    }

    /// Has those go on whose streams are read by now. One that has ended meanwhile does not.
    pub(super) fn swap_streams(&mut self) {
        for (id, start) in std::mem::take(&mut self.swaps) {
            match self.feeder.readiness(id) {
                _ if self.of(start.voice).is_none() => self.feeder.forget(id),
                Readiness::Reading => self.swaps.push((id, start)),
                // What is read begins where it is to go on.
                Readiness::Ready => self.take_over(Start { from: 0, ..start }, Some(id)),
                Readiness::Failed(why) => {
                    self.report.broken_reads += 1;
                    tracing::warn!("a clip goes on as it was: {why}");
                    self.feeder.forget(id);
                }
            }
        }
    }

    /// Where it cannot be the old voice plays on as it does, and that is counted.
    fn take_over(&mut self, start: Start, stream: Option<StreamId>) {
        let Some(old) = self.of(start.voice) else { return };
        let settings = settings(&start, self.sample_rate);
        let is_sound = stream.is_some() || settings.are_sound(start.sound.frames());
        let Some(place) = self.free().filter(|_| is_sound) else {
            self.report.refused += 1;
            stream.into_iter().for_each(|stream| self.feeder.forget(stream));
            let why = if is_sound { "all voices are busy" } else { "its speed is beyond 0.25..4" };
            return tracing::warn!("a clip goes on as it was: {why}");
        };
        self.voices[old] = Some(User::Leaving);
        self.feeder.order(VoiceOrder::Stop { voice: old as u8, at: start.at, fade: start.fade_in });
        self.voices[place] = Some(User::Pad(start.voice));
        self.begin(place as u8, (start, settings), stream);
    }

    fn begin(&mut self, voice: u8, (start, settings): (Start, VoiceSettings), stream: Option<StreamId>) {
        let at = start.at;
        match stream {
            Some(stream) => self.feeder.begin(stream, vec![(voice, settings)], at),
            None => self.feeder.order(VoiceOrder::Start { voice, clip: start.sound, settings, at }),
        }
    }
}
