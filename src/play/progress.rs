//! Where in its clip each voice is, as far as that follows from what it was told: no voice is asked.
//!
//! A speed that glides counts as if it had jumped, which is some 5 ms times the change off; stems are off alike.
//!
//! Runs on: supervisor.
use super::voices::{VOICES, VoiceId};

/// A voice on its way.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Way {
    voice: VoiceId,
    /// The absolute frame at which it is at `place`.
    at: u64,
    /// See [`Playable`](super::playable::Playable).
    place: f64,
    /// Frames of the clip a frame of the console.
    pace: f64,
}

/// Of all voices.
#[derive(Clone, Debug)]
pub struct Progress {
    ways: [Option<Way>; VOICES],
}

impl Default for Progress {
    fn default() -> Self {
        Self { ways: [None; VOICES] }
    }
}

impl Progress {
    /// A voice is at a place at the absolute frame `at`, and goes on from there.
    pub fn set(&mut self, voice: VoiceId, at: u64, place: f64, pace: f64) {
        if let Some(way) = self.ways.get_mut(usize::from(voice.slot)) {
            *way = Some(Way { voice, at, place, pace });
        }
    }

    /// Where a voice is at a frame; at its first place until it begins.
    pub fn place(&self, voice: VoiceId, at: u64) -> Option<f64> {
        let way = self.ways.get(usize::from(voice.slot)).copied().flatten()?;
        (way.voice == voice).then(|| way.place + at.saturating_sub(way.at) as f64 * way.pace)
    }

    /// A voice goes on at another pace from a frame on; from its beginning where it has not begun.
    pub fn change(&mut self, voice: VoiceId, at: u64, pace: f64) {
        let Some(place) = self.place(voice, at) else { return };
        if let Some(way) = self.ways.get_mut(usize::from(voice.slot)).and_then(Option::as_mut) {
            *way = Way { voice, at: at.max(way.at), place, pace };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_voice_goes_on_from_where_it_was() {
        let mut progress = Progress::default();
        let voice = VoiceId { slot: 3, start: 9 };
        progress.set(voice, 1_000, 0.0, 0.5);
        let places = [0, 1_000, 1_100].map(|at| progress.place(voice, at));
        assert_eq!(places, [Some(0.0), Some(0.0), Some(50.0)]);
        progress.change(voice, 500, 1.0);
        assert_eq!(progress.place(voice, 1_100), Some(100.0), "it had not begun");
        progress.change(voice, 1_200, 2.0);
        assert_eq!(progress.place(voice, 1_300), Some(400.0));
        assert_eq!(progress.place(VoiceId { start: 8, ..voice }, 1_300), None);
    }
}
