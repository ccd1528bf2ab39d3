//! The loudness of the take at hand: measured elsewhere, noted in its manifest when it ends.
//!
//! Runs on: writer.
use super::super::loudness::Measured;
use super::super::manifest::{LoudnessEntry, TrackLoudness};
use super::super::take::Take;
use super::Worker;

impl Worker {
    /// Says how far the take is written.
    pub(super) fn go_on_with_loudness(&self) {
        if let (Some(gauge), Some(take)) = (&self.gauge, &self.take) {
            gauge.written(take.end());
        }
    }

    /// Has the loudness of a take that is about to be closed noted in it. Waits for it, but not for long.
    pub(super) fn end_loudness(&mut self, take: &mut Take) {
        let Some(gauge) = self.gauge.take() else { return };
        match gauge.end(take.end()) {
            Some(measured) => take.note_loudness(self.loudness_entry(&measured)),
            None => tracing::warn!("{} goes without loudness: measuring is behind", take.folder().display()),
        }
    }

    fn loudness_entry(&self, measured: &Measured) -> LoudnessEntry {
        let tracks = self.settings.tracks.iter().filter_map(|track| {
            let loudness = *measured.each.inputs.get(track.lane)?;
            Some(TrackLoudness { name: track.name.clone(), input: track.input, loudness })
        });
        let mix = measured.each.mix.filter(|_| self.settings.mix.is_some());
        LoudnessEntry { frames: measured.frames, mix, tracks: tracks.collect() }
    }
}
