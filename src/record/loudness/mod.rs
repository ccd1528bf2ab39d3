//! Loudness by EBU R 128: of what is heard now, and of each take from its first frame to its last.
//!
//! Runs on: loudness ([`LoudnessMonitor`]'s thread), writer ([`Gauge`]), supervisor (the handle).
//!
//! [`measure`] measures, with `window` and `range` for what is longer than 400 ms; `takes` keeps count of what belongs to which
//! take, `monitor` has the thread.
//! An input is one channel: a mono signal reads 3 LU less than the same in both channels of a stereo one, as a mono file does.
//! Frames that are lost count as nothing: no silence is measured in their place. A take is measured to its very end unless
//! its writer, whose medium stood still, was further behind then than sound is held back, or its medium broke: then what is
//! lost of it at the end may have been measured.
pub mod measure;
mod monitor;
mod range;
mod takes;
mod window;

pub use measure::{Live, Loudness, Programme};
pub use monitor::{Heard, LoudnessClient, LoudnessMonitor, LoudnessSettings, LoudnessStatus};
pub use takes::{Gauge, Measured};

use vestry_rt::block::CaptureBlock;

/// Something of every input, in order, and of the stereo mix where that is recorded.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Each<T> {
    /// One an input.
    pub inputs: Vec<T>,
    /// Of both channels of the mix together.
    pub mix: Option<T>,
}

impl<T> Each<T> {
    /// The same of what `f` makes of each.
    pub fn map<U>(&self, mut f: impl FnMut(&T) -> U) -> Each<U> {
        Each { inputs: self.inputs.iter().map(&mut f).collect(), mix: self.mix.as_ref().map(f) }
    }
}

/// What sound is fed to.
pub trait Meter {
    /// Adds frames of all channels, equally many of each.
    fn add(&mut self, channels: &[&[f32]]);
}

impl<T: Meter> Each<T> {
    /// Adds `frames` frames of a block from its frame `offset` on: a lane an input, then the two of the mix.
    fn add(&mut self, block: &CaptureBlock, offset: usize, frames: usize) {
        let lane = |at: usize| block.lane(at).get(offset..offset + frames).unwrap_or(&[]);
        for (at, meter) in self.inputs.iter_mut().enumerate() {
            meter.add(&[lane(at)]);
        }
        let left = self.inputs.len();
        if let Some(meter) = &mut self.mix {
            meter.add(&[lane(left), lane(left + 1)]);
        }
    }
}
