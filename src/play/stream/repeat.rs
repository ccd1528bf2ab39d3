//! A source of which a part is played over and over, as if it were written out in a row: what a voice does with a clip's loop.
//!
//! Runs on: streams.
use super::source::{Source, SourceError};
use vestry_rt::voice::Loop;

/// The source, with its loop.
pub struct Repeated {
    source: Box<dyn Source>,
    repeat: Loop,
    /// The frame of the source that is read next.
    at: u64,
    /// The frames before the loop, into which its end is blended.
    before: Vec<Vec<f32>>,
    is_over: bool,
}

impl Repeated {
    /// Begins at the source's start, and comes back from the loop's end to its start for ever. A loop that the source turns out
    /// not to have whole ends with it.
    ///
    /// # Errors
    /// See [`SourceError`].
    pub fn new(mut source: Box<dyn Source>, repeat: Loop) -> Result<Self, SourceError> {
        let blend = repeat.fade.min(repeat.from).min(repeat.to.saturating_sub(repeat.from));
        let mut before = vec![Vec::new(); source.channels()];
        if blend > 0 {
            source.seek((repeat.from - blend) as u64)?;
            while before.first().is_some_and(|first| first.len() < blend) {
                let missing = blend - before.first().map_or(0, Vec::len);
                if source.read(missing, &mut before)? == 0 {
                    break;
                }
            }
            source.seek(0)?;
        }
        Ok(Self { source, repeat, at: 0, before, is_over: false })
    }

    /// Blends what was just read, the last `count` frames of each channel, with what comes before the loop.
    fn blend(&self, count: usize, into: &mut [Vec<f32>]) {
        let blend = self.before.first().map_or(0, Vec::len);
        let first = (self.repeat.to - blend) as u64;
        for (channel, before) in into.iter_mut().zip(&self.before) {
            let begin = channel.len() - count;
            for (sample, frame) in channel.iter_mut().skip(begin).zip(self.at..) {
                let Some(at) = frame.checked_sub(first).map(|at| at as usize) else { continue };
                let share = (at + 1) as f32 / (blend + 1) as f32;
                let other = before.get(at).copied().unwrap_or_default();
                *sample = *sample * (1.0 - share) + other * share;
            }
        }
    }

    /// Comes back to the loop's start.
    fn come_round(&mut self) -> Result<(), SourceError> {
        self.at = self.repeat.from as u64;
        self.source.seek(self.at)
    }
}

impl Source for Repeated {
    fn rate(&self) -> u32 {
        self.source.rate()
    }

    fn channels(&self) -> usize {
        self.source.channels()
    }

    fn frames(&self) -> Option<u64> {
        None
    }

    fn read(&mut self, frames: usize, into: &mut [Vec<f32>]) -> Result<usize, SourceError> {
        if self.is_over {
            return Ok(0);
        }
        let mut left = (self.repeat.to as u64).saturating_sub(self.at);
        if left == 0 {
            self.come_round()?;
            left = (self.repeat.to as u64).saturating_sub(self.at);
        }
        let count = self.source.read(frames.min(left as usize), into)?;
        if count == 0 {
            self.is_over = true;
            return Ok(0);
        }
        self.blend(count, into);
        self.at += count as u64;
        Ok(count)
    }

    /// Frames are counted as they are heard.
    fn seek(&mut self, frame: u64) -> Result<(), SourceError> {
        let (from, to) = (self.repeat.from as u64, self.repeat.to as u64);
        self.at = if frame < to { frame } else { from + (frame - from) % (to - from).max(1) };
        self.is_over = false;
        self.source.seek(self.at)
    }
}
