//! A clip as it is played, and where in the clip that is, whatever was made of it.
//!
//! A place is a frame of the clip with its loop written out: it grows for as long as a voice plays. So a voice that goes on with
//! another rendering of its clip goes on where it was.
//!
//! Runs on: player; read by supervisor.
use super::PadState;
use super::cache::Clip;
use super::content::ContentId;
use super::stream::clip::Streamed;
use super::stretch::{Change, Plan, Rendering};
use std::sync::Arc;
use vestry_rt::clip;

/// A clip that can be played.
#[derive(Clone, Debug)]
pub struct Playable {
    /// What file it is from.
    pub id: ContentId,
    /// What voices play: its samples, or what was made of them.
    pub sound: Arc<clip::Clip>,
    /// Start and end of the loop in frames of `sound`; `None`: it is played once.
    pub repeat: Option<[u64; 2]>,
    /// How the rest is read of one that is too long for memory: `sound` is its first part then, and it repeats by itself.
    pub stream: Option<Arc<Streamed>>,
    /// Frames at the end of the loop that are blended into its start.
    pub blend: u32,
    /// How it was made, and how fast it is played.
    pub plan: Plan,
    /// What is not as it should be.
    pub note: Option<String>,
    /// Start and end of the loop in frames of the clip.
    of_clip: Option<[u64; 2]>,
    /// Frames of the clip.
    pub frames: u64,
}

impl Playable {
    /// A clip as it is.
    pub fn plain(id: ContentId, clip: Clip, repeat: Option<[u64; 2]>, plan: Plan) -> Self {
        let Clip { sound, note } = clip;
        let frames = sound.frames() as u64;
        Self { id, sound, repeat, stream: None, blend: 0, plan, note, of_clip: repeat, frames }
    }

    /// What was made of a clip, which is `plain`.
    pub fn made(sound: Arc<clip::Clip>, rendering: &Rendering, plan: Plan, plain: Self) -> Self {
        let (repeat, blend) = (rendering.loop_frames(), rendering.blend(sound.rate()));
        Self { sound, repeat, blend, plan, ..plain }
    }

    /// A clip of so many frames that is read while it plays.
    pub fn streamed(
        (id, frames): (ContentId, u64),
        stream: Arc<Streamed>,
        plan: Plan,
        note: Option<String>,
    ) -> Option<Self> {
        let sound = stream.head().first().cloned()?;
        Some(Self {
            id,
            sound,
            repeat: None,
            stream: Some(stream),
            blend: 0,
            plan,
            note,
            of_clip: None,
            frames,
        })
    }

    /// The same with another loop; only of one whose loop is not part of how it was made ([`is_made`](Self::is_made)).
    pub fn repeating(&self, repeat: Option<[u64; 2]>) -> Self {
        Self { repeat, of_clip: repeat, ..self.clone() }
    }

    /// Whether its loop is part of how it was made, or is read.
    pub fn is_made(&self) -> bool {
        self.stream.is_some() || self.plan.change.is_some()
    }

    /// Seconds of all of it as it is played.
    pub fn plays_for(&self) -> f64 {
        self.frames as f64 / (self.pace(self.sound.rate()) * f64::from(self.sound.rate().max(1)))
    }

    /// What is to be told of it.
    pub fn state(&self) -> PadState {
        PadState::Ready {
            seconds: self.frames as f64 / f64::from(self.sound.rate().max(1)),
            channels: self.sound.channels(),
            rate: self.sound.rate(),
            note: self.note.clone(),
        }
    }

    fn speed(&self) -> f64 {
        self.plan.change.map_or(1.0, |Change { speed, .. }| speed)
    }

    /// Frames of the clip that go by in a frame of a console at `sample_rate`.
    pub fn pace(&self, sample_rate: u32) -> f64 {
        let rates = f64::from(self.sound.rate()) / f64::from(sample_rate.max(1));
        self.plan.step * rates * self.speed()
    }

    /// The frame of the sound at a place; `None` where it is over by then.
    pub fn frame(&self, place: f64) -> Option<u64> {
        if let Some(stream) = &self.stream {
            // It is written out.
            let is_there = stream.repeats() || place < self.frames as f64;
            return is_there.then(|| (place / self.speed()).round() as u64);
        }
        let place = match self.of_clip {
            // Where it was made, its loop has one more round behind it, which is the one that is repeated.
            Some([start, end]) if place >= end as f64 => {
                let (from, length) =
                    if self.plan.change.is_some() { (end, end - start) } else { (start, end - start) };
                from as f64 + (place - end as f64) % length as f64
            }
            _ => place,
        };
        let frame = (place / self.speed()).round() as u64;
        let end = self.repeat.map_or(self.sound.frames() as u64, |[_, end]| end);
        match self.repeat {
            Some(_) => Some(frame.min(end.saturating_sub(1))),
            None => Some(frame).filter(|frame| *frame < end),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn clip(frames: usize) -> Clip {
        Clip { sound: clip::Clip::new(48_000, &[&vec![0.0; frames]]).unwrap(), note: None }
    }

    fn plain(repeat: Option<[u64; 2]>, plan: Plan) -> Playable {
        let id = ContentId::of(&mut Cursor::new([1]), &|| true).unwrap();
        Playable::plain(id, clip(10_000), repeat, plan)
    }

    #[test]
    fn a_place_is_the_same_in_the_clip_and_in_what_was_made_of_it() {
        let [once, round] = [None, Some([1_000, 9_000])].map(|repeat| {
            let plan = Plan { change: Some(Change { speed: 0.5, pitch: 1.5 }), step: 1.0 };
            let rendering = Rendering { change: plan.change.unwrap(), repeat };
            let sound = clip(rendering.frames(10_000)).sound;
            Playable::made(sound, &rendering, plan, plain(repeat, plan))
        });
        assert_eq!((once.pace(48_000), round.pace(96_000)), (0.5, 0.25));
        assert_eq!(
            [0.0, 7.4, 9_999.0, 10_000.0].map(|place| once.frame(place)),
            [Some(0), Some(15), Some(19_998), None]
        );
        assert_eq!(round.repeat, Some([18_000, 34_000]));
        let places = [8_999.5, 9_000.0, 16_999.0, 17_000.0, 809_001.0];
        assert_eq!(places.map(|place| round.frame(place).unwrap()), [17_999, 18_000, 33_998, 18_000, 18_002]);
        let plan = Plan { change: None, step: 2.0 };
        let turning = plain(Some([1_000, 9_000]), plan);
        assert_eq!(turning.pace(48_000), 2.0);
        assert_eq!(
            places.map(|place| turning.frame(place).unwrap()),
            [9_000 - 1, 1_000, 8_999, 1_000, 1_001]
        );
        assert_eq!(plain(None, plan).frame(10_000.0), None);
    }
}
