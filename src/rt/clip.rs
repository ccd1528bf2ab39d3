//! Decoded sound in memory, as voices play it. Built off the rt thread, which only reads it and hands it back.
//!
//! Before its first frame and after its last a clip has silent guard frames, so that an interpolator never leaves it.
use alloc::sync::Arc;
use alloc::vec::Vec;

/// Silent frames before the first: half of the longest interpolator.
pub(crate) const GUARD: usize = 16;
/// Silent frames after the last, for voices that run past it: the interpolator's reach twice, and eight frames at speed 4.
const GUARD_AFTER: usize = 80;
/// Frames after a part of a stream that belong to the next one: where that is late the voice fades on these.
pub const RUN_OUT: usize = 288;
/// Frames before a part of a stream that belong to the one before.
pub const RUN_IN: usize = GUARD;
/// Fewest frames of a part that is not the last: one chunk at the fastest speed ends in the next part.
pub const SHORTEST_PART: usize = 1_024;
/// Most frames: 12 hours at 48 kHz.
pub const MOST_FRAMES: usize = 1 << 31;
/// Largest sample, +60 dB: what is beyond is a broken file's.
pub const LOUDEST: f32 = 1_000.0;

/// Why there is no clip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClipError {
    /// A clip has one or two channels; this many were given.
    Channels(usize),
    /// A clip has 1 to [`MOST_FRAMES`] frames; this many were given.
    Frames(usize),
    /// Channels are of one length.
    Uneven,
    /// A sample rate is above 0.
    Rate,
    /// A part of a stream has at least [`SHORTEST_PART`] frames, [`RUN_IN`] before them and [`RUN_OUT`] after them; the last one
    /// has at least 1, and none after.
    Part,
}

impl core::fmt::Display for ClipError {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Channels(count) => write!(out, "{count} channels: a clip has 1 or 2"),
            Self::Frames(count) => write!(out, "{count} frames: a clip has 1 to {MOST_FRAMES}"),
            Self::Uneven => write!(out, "channels of different lengths"),
            Self::Rate => write!(out, "a sample rate of 0 Hz"),
            Self::Part => write!(out, "a part of a stream with too few frames"),
        }
    }
}

impl core::error::Error for ClipError {}

/// One or two channels of sound, full scale 1.0, planar.
#[derive(Debug)]
pub struct Clip {
    /// Left, or the only one; each with its guard frames.
    left: Vec<f32>,
    right: Option<Vec<f32>>,
    rate: u32,
    frames: usize,
    silenced: u64,
    part: Option<Part>,
}

/// Which part of a stream a clip is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The stream's frame that is its first.
    pub from: u64,
    /// Nothing comes after it.
    pub is_last: bool,
}

impl Clip {
    /// A clip of these channels (1 or 2) at `rate` (Hz).
    pub fn new(rate: u32, channels: &[&[f32]]) -> Result<Arc<Self>, ClipError> {
        let frames = channels.first().map_or(0, |channel| channel.len());
        let mut builder = ClipBuilder::new(rate, channels.len(), frames)?;
        channels.iter().enumerate().for_each(|(at, channel)| builder.push(at, channel.iter().copied()));
        builder.finish()
    }

    /// A part of a stream: each channel has [`RUN_IN`] frames, its own, and [`RUN_OUT`] more unless it is the last.
    pub fn part(rate: u32, mut channels: Vec<Vec<f32>>, part: Part) -> Result<Arc<Self>, ClipError> {
        let more = RUN_IN + if part.is_last { 0 } else { RUN_OUT };
        let frames = channels.first().map_or(0, |channel| channel.len().saturating_sub(more));
        if frames < if part.is_last { 1 } else { SHORTEST_PART } {
            return Err(ClipError::Part);
        }
        let mut silenced = 0;
        for channel in &mut channels {
            for sample in channel.iter_mut().filter(|sample| !is_sound(**sample)) {
                *sample = 0.0;
                silenced += 1;
            }
            if part.is_last {
                channel.resize(channel.len() + GUARD_AFTER, 0.0);
            }
        }
        Self::of(rate, channels, frames).map(|clip| Arc::new(Self { silenced, part: Some(part), ..clip }))
    }

    /// Of one or two channels of one length, guards and all.
    fn of(rate: u32, channels: Vec<Vec<f32>>, frames: usize) -> Result<Self, ClipError> {
        let (count, mut channels) = (channels.len(), channels.into_iter());
        let (Some(left), right, None) = (channels.next(), channels.next(), channels.next()) else {
            return Err(ClipError::Channels(count));
        };
        if rate == 0 {
            return Err(ClipError::Rate);
        }
        if right.as_ref().is_some_and(|right| right.len() != left.len()) {
            return Err(ClipError::Uneven);
        }
        Ok(Self { left, right, rate, frames, silenced: 0, part: None })
    }

    /// Which part of a stream it is, if it is one.
    pub fn of_stream(&self) -> Option<Part> {
        self.part
    }

    /// 1 or 2.
    pub fn channels(&self) -> usize {
        1 + usize::from(self.right.is_some())
    }

    /// Frames, guards not counted.
    pub fn frames(&self) -> usize {
        self.frames
    }

    /// Frames a second.
    pub fn rate(&self) -> u32 {
        self.rate
    }

    /// Samples that were no finite number or beyond [`LOUDEST`]; they are silent.
    pub fn silenced(&self) -> u64 {
        self.silenced
    }

    /// Bytes of memory that it takes.
    pub fn bytes(&self) -> usize {
        self.channels() * self.left.capacity() * size_of::<f32>() + size_of::<Self>()
    }

    /// All samples of channel 0 or 1, if it has it; what comes before frame 0 are [`RUN_IN`] frames.
    pub fn samples(&self, channel: usize) -> Option<&[f32]> {
        self.guarded(channel)
    }

    /// Channel 0 or 1, if it has it; frame 0 is at [`GUARD`].
    #[inline(always)]
    pub(crate) fn guarded(&self, channel: usize) -> Option<&[f32]> {
        if channel == 0 { Some(&self.left) } else { self.right.as_deref() }
    }
}

/// A clip that is being decoded. Allocates: not for the rt thread.
#[derive(Debug)]
pub struct ClipBuilder {
    channels: Vec<Vec<f32>>,
    rate: u32,
    silenced: u64,
}

impl ClipBuilder {
    /// For `channels` (1 or 2) at `rate` (Hz), with room for `frames`; it may become more or fewer.
    pub fn new(rate: u32, channels: usize, frames: usize) -> Result<Self, ClipError> {
        if rate == 0 {
            return Err(ClipError::Rate);
        }
        if !(1..=2).contains(&channels) {
            return Err(ClipError::Channels(channels));
        }
        if frames > MOST_FRAMES {
            return Err(ClipError::Frames(frames));
        }
        let empty = || {
            let mut channel = Vec::with_capacity(GUARD + frames + GUARD_AFTER);
            channel.resize(GUARD, 0.0);
            channel
        };
        Ok(Self { channels: (0..channels).map(|_| empty()).collect(), rate, silenced: 0 })
    }

    /// Adds samples to a channel, from 0; to one that is not there nothing.
    pub fn push(&mut self, channel: usize, samples: impl IntoIterator<Item = f32>) {
        let Self { channels, silenced, .. } = self;
        let Some(channel) = channels.get_mut(channel) else { return };
        channel.extend(samples.into_iter().map(|sample| {
            let sound = is_sound(sample);
            *silenced += u64::from(!sound);
            if sound { sample } else { 0.0 }
        }));
    }

    /// Frames of the first channel so far.
    pub fn frames(&self) -> usize {
        self.channels.first().map_or(0, |channel| channel.len() - GUARD)
    }

    /// The clip.
    pub fn finish(mut self) -> Result<Arc<Clip>, ClipError> {
        let frames = self.frames();
        if !(1..=MOST_FRAMES).contains(&frames) {
            return Err(ClipError::Frames(frames));
        }
        if self.channels.iter().any(|channel| channel.len() != GUARD + frames) {
            return Err(ClipError::Uneven);
        }
        for channel in &mut self.channels {
            channel.resize(GUARD + frames + GUARD_AFTER, 0.0);
        }
        let clip = Clip::of(self.rate, self.channels, frames)?;
        Ok(Arc::new(Clip { silenced: self.silenced, ..clip }))
    }
}

/// Not-a-number is none.
fn is_sound(sample: f32) -> bool {
    sample.abs() <= LOUDEST
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::vec;

    #[test]
    fn sound_lies_between_guards_and_what_is_no_number_is_silent() {
        let clip = Clip::new(48_000, &[&[0.5, f32::NAN, -0.25], &[1.0, 1e9, 2.0]]).unwrap();
        assert_eq!((clip.channels(), clip.frames(), clip.rate(), clip.silenced()), (2, 3, 48_000, 2));
        for (channel, sound) in [[0.5, 0.0, -0.25], [1.0, 0.0, 2.0]].iter().enumerate() {
            let guarded = clip.guarded(channel).unwrap();
            assert_eq!(guarded[GUARD..GUARD + 3], *sound);
            assert_eq!(guarded.iter().filter(|sample| **sample != 0.0).count(), 2);
            assert_eq!(guarded.len(), GUARD + 3 + GUARD_AFTER);
        }
        assert!(clip.bytes() > 2 * 4 * 99);
    }

    #[test]
    fn a_part_of_a_stream_lies_between_its_neighbours() {
        let part = |from, is_last| Part { from, is_last };
        let sound = |frames: usize| vec![0.25; frames];
        let middle = Clip::part(48_000, vec![sound(RUN_IN + 1_024 + RUN_OUT); 2], part(7, false)).unwrap();
        assert_eq!((middle.channels(), middle.frames()), (2, 1_024));
        assert_eq!((middle.of_stream(), middle.guarded(1).unwrap().len()), (Some(part(7, false)), 1_328));
        let last = Clip::part(48_000, vec![[&sound(RUN_IN)[..], &[f32::INFINITY]].concat()], part(9, true));
        let last = last.unwrap();
        assert_eq!((last.frames(), last.silenced()), (1, 1));
        assert_eq!(last.guarded(0).unwrap().len(), RUN_IN + 1 + GUARD_AFTER);
        for (channels, is_last) in
            [(vec![sound(RUN_IN + 1_023 + RUN_OUT)], false), (vec![sound(RUN_IN)], true), (Vec::new(), true)]
        {
            assert_eq!(Clip::part(48_000, channels, part(0, is_last)).unwrap_err(), ClipError::Part);
        }
        let uneven = vec![sound(RUN_IN + 2), sound(RUN_IN + 1)];
        assert_eq!(Clip::part(48_000, uneven, part(0, true)).unwrap_err(), ClipError::Uneven);
    }

    #[test]
    fn what_is_no_clip_is_refused() {
        let sound = [0.0; 4];
        assert_eq!(Clip::new(48_000, &[]).unwrap_err(), ClipError::Channels(0));
        assert_eq!(Clip::new(48_000, &[&sound[..]; 7]).unwrap_err(), ClipError::Channels(7));
        assert_eq!(Clip::new(48_000, &[&[]]).unwrap_err(), ClipError::Frames(0));
        assert_eq!(Clip::new(48_000, &[&sound, &sound[1..]]).unwrap_err(), ClipError::Uneven);
        assert_eq!(Clip::new(0, &[&sound]).unwrap_err(), ClipError::Rate);
    }
}
