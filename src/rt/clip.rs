//! Decoded sound in memory, as voices play it. Built off the rt thread, which only reads it and hands it back.
//!
//! Before its first frame and after its last a clip has silent guard frames, so that an interpolator never leaves it.
use alloc::sync::Arc;
use alloc::vec::Vec;

/// Silent frames before the first: half of the longest interpolator.
pub(crate) const GUARD: usize = 16;
/// Silent frames after the last, for voices that run past it: the interpolator's reach twice, and eight frames at speed 4.
const GUARD_AFTER: usize = 80;
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
}

impl core::fmt::Display for ClipError {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Channels(count) => write!(out, "{count} channels: a clip has 1 or 2"),
            Self::Frames(count) => write!(out, "{count} frames: a clip has 1 to {MOST_FRAMES}"),
            Self::Uneven => write!(out, "channels of different lengths"),
            Self::Rate => write!(out, "a sample rate of 0 Hz"),
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
}

impl Clip {
    /// A clip of these channels (1 or 2) at `rate` (Hz).
    pub fn new(rate: u32, channels: &[&[f32]]) -> Result<Arc<Self>, ClipError> {
        let frames = channels.first().map_or(0, |channel| channel.len());
        let mut builder = ClipBuilder::new(rate, channels.len(), frames)?;
        channels.iter().enumerate().for_each(|(at, channel)| builder.push(at, channel.iter().copied()));
        builder.finish()
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

    /// Samples of channel 0 or 1, if it has it, without guard frames.
    pub fn samples(&self, channel: usize) -> Option<&[f32]> {
        self.guarded(channel)?.get(GUARD..GUARD + self.frames)
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
            let sound = sample.abs() <= LOUDEST;
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
        let mut channels = self.channels.into_iter();
        let left = channels.next().unwrap_or_default();
        let clip = Clip { left, right: channels.next(), rate: self.rate, frames, silenced: self.silenced };
        Ok(Arc::new(clip))
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn sound_lies_between_guards_and_what_is_no_number_is_silent() {
        let clip = Clip::new(48_000, &[&[0.5, f32::NAN, -0.25], &[1.0, 1e9, 2.0]]).unwrap();
        assert_eq!((clip.channels(), clip.frames(), clip.rate(), clip.silenced()), (2, 3, 48_000, 2));
        for (channel, sound) in [[0.5, 0.0, -0.25], [1.0, 0.0, 2.0]].iter().enumerate() {
            let guarded = clip.guarded(channel).unwrap();
            assert_eq!(guarded[GUARD..GUARD + 3], *sound);
            assert_eq!(guarded.iter().filter(|sample| **sample != 0.0).count(), 2);
            assert_eq!(guarded.len(), GUARD + 3 + GUARD_AFTER);
            assert_eq!(clip.samples(channel), Some(&sound[..]));
        }
        assert!(clip.bytes() > 2 * 4 * 99);
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
