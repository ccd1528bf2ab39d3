//! A clip in memory as a source, its loop written out.
//!
//! Runs on: player.
use crate::play::stream::source::{Source, SourceError};
use std::sync::Arc;
use vestry_rt::clip::Clip;

/// A clip that is read from its first frame to its last; or round and round, and so without an end.
pub struct InMemory {
    clip: Arc<Clip>,
    repeat: Option<[u64; 2]>,
    at: u64,
}

impl InMemory {
    /// With `repeat`, start and end of a loop within the clip, it goes on with the start at the end.
    pub fn new(clip: Arc<Clip>, repeat: Option<[u64; 2]>) -> Self {
        Self { clip, repeat: repeat.filter(|[start, end]| start < end), at: 0 }
    }

    /// The clip's frame that is next, and the one at which what follows on it is another.
    fn place(&self) -> (usize, usize) {
        let (frame, end) = match self.repeat {
            Some([start, end]) if self.at >= end => (start + (self.at - start) % (end - start), end),
            Some([_, end]) => (self.at, end),
            None => (self.at, self.clip.frames() as u64),
        };
        (usize::try_from(frame).unwrap_or(usize::MAX), end as usize)
    }
}

impl Source for InMemory {
    fn rate(&self) -> u32 {
        self.clip.rate()
    }

    fn channels(&self) -> usize {
        self.clip.channels()
    }

    fn frames(&self) -> Option<u64> {
        self.repeat.is_none().then_some(self.clip.frames() as u64)
    }

    fn read(&mut self, frames: usize, into: &mut [Vec<f32>]) -> Result<usize, SourceError> {
        let (from, end) = self.place();
        let count = end.min(self.clip.frames()).saturating_sub(from).min(frames);
        for (channel, into) in into.iter_mut().enumerate() {
            let samples = self.clip.samples(channel).and_then(|samples| samples.get(from..from + count));
            into.extend_from_slice(samples.unwrap_or_default());
        }
        self.at += count as u64;
        Ok(count)
    }

    fn seek(&mut self, frame: u64) -> Result<(), SourceError> {
        self.at = frame;
        Ok(())
    }
}
