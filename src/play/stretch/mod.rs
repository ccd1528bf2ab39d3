//! Clips at another pitch or length, made ahead: key lock and pitch shift. A voice plays what is made here as it plays any clip.
//!
//! Pitch is changed by resampling, which is exact, and length by stretching, before or after it, whichever leaves the stretcher
//! fewer frames of higher pitch. (The stretcher's own pitch shift was 22 cents off on a low tone.)
//!
//! Runs on: player.
mod memory;
mod resampled;
mod stretched;
mod window;

use super::stream::source::{Source, SourceError};
use crate::config::{PadConfig, PadMode, Quantise};
use memory::InMemory;
use resampled::Resampled;
use std::sync::Arc;
use stretched::{LEAST, MOST, Stretched, scaled};
use vestry_rt::clip::{Clip, ClipBuilder, ClipError};
use vestry_rt::voice::{FASTEST, SLOWEST};

/// Shifts up to here are made by the voice alone where nobody counts on the length: 2.9 % then.
const SMALL: f32 = 0.5;
/// Blend of a rendered loop's end into its start, in parts of a second: phases on both sides are not the same.
const BLEND: u32 = 50;
/// Frames that are made between two looks at whether it goes on.
const PART: usize = 4_800;

/// What is changed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// How fast the music goes, 0.25..4.
    pub speed: f64,
    /// Factor of all frequencies, 0.5..2.
    pub pitch: f64,
}

/// How a pad's settings are brought about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    /// What is made ahead, if anything.
    pub change: Option<Change>,
    /// How fast the voice plays what was made, or the clip.
    pub step: f64,
}

impl Plan {
    /// Without key lock the speed is the voice's, and so changes at once; what `pitch` adds to it is made ahead, but for small
    /// shifts of a pad that is neither stem nor loop and waits for no beat.
    pub fn of(pad: &PadConfig) -> Self {
        let (speed, pitch) = (f64::from(pad.speed), (f64::from(pad.pitch) / 12.0).exp2());
        let (change, step) = if pad.key_lock { (speed, 1.0) } else { (1.0, speed) };
        let is_free = pad.stem.is_none() && pad.quantise == Quantise::Off && !is_loop(pad);
        let is_small = change == 1.0 && pad.pitch.abs() <= SMALL && is_free && is_speed(step * pitch);
        if pitch == change || is_small {
            return Self { change: None, step: step * pitch };
        }
        Self { change: Some(Change { speed: change, pitch }), step }
    }
}

/// Whether a voice can play a clip of the console's rate so.
fn is_speed(step: f64) -> bool {
    (SLOWEST..=FASTEST).contains(&step)
}

fn is_loop(pad: &PadConfig) -> bool {
    pad.mode == PadMode::Loop || pad.loop_s.is_some() || pad.loop_frames.is_some()
}

/// What is made of a clip.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rendering {
    /// How it differs.
    pub change: Change,
    /// Start and end of the clip's loop. It is made with one more round behind it, so that its start follows its end.
    pub repeat: Option<[u64; 2]>,
}

impl Rendering {
    /// What it is known by, beside its clip.
    pub fn key(&self) -> [u64; 4] {
        let [start, end] = self.repeat.unwrap_or([0, 0]);
        [self.change.speed.to_bits(), self.change.pitch.to_bits(), start, end]
    }

    /// The rendering's frame of a frame of the clip, its loop written out.
    fn frame(&self, frame: u64) -> u64 {
        scaled(frame, 1.0 / self.change.speed)
    }

    /// Frames of what is made of a clip of so many, to the frame.
    pub fn frames(&self, clip: usize) -> usize {
        let all = self.loop_frames().map_or_else(|| self.frame(clip as u64).max(1), |[_, end]| end);
        usize::try_from(all).unwrap_or(usize::MAX)
    }

    /// Start and end of the loop in it.
    pub fn loop_frames(&self) -> Option<[u64; 2]> {
        let [start, end] = self.repeat?;
        let first = self.frame(end);
        Some([first, self.frame(2 * end - start).max(first + 1)])
    }

    /// Frames of the blend of its loop.
    pub fn blend(&self, rate: u32) -> u32 {
        if self.repeat.is_some() { rate / BLEND } else { 0 }
    }
}

/// Why nothing was made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// Nobody wants it any more.
    #[error("was not finished")]
    Ended,
    /// The clip cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// No clip can be so long.
    #[error("{0}")]
    Clip(ClipError),
}

/// The clip with a change. `goes_on` is asked many times for each second of sound.
///
/// # Errors
/// See [`RenderError`].
pub fn render(
    clip: &Arc<Clip>,
    rendering: &Rendering,
    goes_on: &dyn Fn() -> bool,
) -> Result<Arc<Clip>, RenderError> {
    let (channels, frames) = (clip.channels(), rendering.frames(clip.frames()));
    let mut source = changed(Box::new(InMemory::new(Arc::clone(clip), rendering.repeat)), rendering.change)?;
    let mut made = ClipBuilder::new(clip.rate(), channels, frames).map_err(RenderError::Clip)?;
    let mut part = vec![Vec::new(); channels];
    while made.frames() < frames {
        if !goes_on() {
            return Err(RenderError::Ended);
        }
        let left = frames - made.frames();
        part.iter_mut().for_each(Vec::clear);
        let read = source.read(left.min(PART), &mut part)?;
        // Each stage rounds its length; where they come to one frame less, that one is silent.
        let silent = if read == 0 { left } else { 0 };
        for (channel, part) in part.iter().enumerate() {
            made.push(channel, part.iter().copied().chain(std::iter::repeat_n(0.0, silent)));
        }
    }
    made.finish().map_err(RenderError::Clip)
}

/// A source with a change, made while it is read. After a seek phases are others than if it had been read up to there.
///
/// # Errors
/// See [`SourceError`].
pub fn changed(source: Box<dyn Source>, change: Change) -> Result<Box<dyn Source>, SourceError> {
    let Change { speed, pitch } = change;
    let resampled = |source: Box<dyn Source>| Ok(Box::new(Resampled::new(source, pitch)?) as Box<dyn Source>);
    let ratio = pitch / speed;
    if pitch > 1.0 {
        stretched(resampled(source)?, ratio)
    } else if pitch < 1.0 {
        resampled(stretched(source, ratio)?)
    } else {
        stretched(source, ratio)
    }
}

/// As many stages as none of them is stretched too far.
fn stretched(mut source: Box<dyn Source>, ratio: f64) -> Result<Box<dyn Source>, SourceError> {
    let most = if ratio > 1.0 { MOST } else { LEAST };
    let stages = (ratio.ln() / most.ln()).ceil();
    for _ in 0..stages as u32 {
        source = Box::new(Stretched::new(source, ratio.powf(1.0 / stages))?);
    }
    Ok(source)
}

#[cfg(test)]
mod tests;
