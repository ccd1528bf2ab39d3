//! A source at another length and the same pitch, by Signalsmith Stretch (a phase vocoder that joins peaks and all channels by
//! their phases): the only home of the crate `signalsmith-stretch`.
//!
//! It is fed one interval at a time from absolute places, so that nothing drifts however long the sound is, and its latency is
//! taken off: frame n is heard at round(n ratio).
//!
//! Runs on: player.
use super::window::Window;
use crate::play::stream::source::{Source, SourceError};
use signalsmith_stretch::Stretch;

/// Length of a block and from one block to the next, as the library's own preset has them, in parts of a second.
const BLOCK: f64 = 0.12;
const INTERVAL: f64 = 0.03;
/// Longest and shortest ratio of one stage. From 1.96 up its phases are predicted further than they hold: a tone loses 0.45 dB,
/// and from 2 on they are random. Towards 0.25 blocks no longer overlap, and what is between them is lost.
pub const MOST: f64 = 1.9;
/// See [`MOST`].
pub const LEAST: f64 = 0.45;

/// Rates beyond, which a broken file may have, get blocks as these do.
const SLOWEST: f64 = 1_000.0;
const FASTEST: f64 = 768_000.0;

/// One stage.
pub struct Stretched {
    window: Window,
    engine: Stretch,
    /// Frames out for a frame in.
    ratio: f64,
    block: usize,
    interval: usize,
    /// The output frame that the engine is fed for next.
    fed: u64,
    /// Made, the next one first.
    made: Vec<Vec<f32>>,
    /// Of those to be made next, so many are the engine's latency.
    latency: usize,
    /// The frame that is read next.
    at: u64,
    input: Vec<Vec<f32>>,
    interleaved: [Vec<f32>; 2],
}

impl Stretched {
    /// `ratio` frames for each of `source`, [`LEAST`] to [`MOST`].
    ///
    /// # Errors
    /// See [`SourceError`].
    pub fn new(source: Box<dyn Source>, ratio: f64) -> Result<Self, SourceError> {
        let (channels, rate) = (source.channels(), f64::from(source.rate()).clamp(SLOWEST, FASTEST));
        let (block, interval) = ((rate * BLOCK) as usize, (rate * INTERVAL) as usize);
        let count = u32::try_from(channels).unwrap_or(u32::MAX);
        let mut made = Self {
            window: Window::new(source)?,
            engine: Stretch::new(count, block, interval),
            ratio,
            block,
            interval,
            fed: 0,
            made: vec![Vec::new(); channels],
            latency: 0,
            at: 0,
            input: vec![Vec::new(); channels],
            interleaved: [Vec::new(), Vec::new()],
        };
        made.begin(0)?;
        Ok(made)
    }

    /// The frame of the source that the engine is to have taken in when it is at the output frame `frame`.
    fn head(&self, frame: u64) -> i64 {
        (frame as f64 / self.ratio).round() as i64 + self.engine.input_latency() as i64
    }

    /// Has the engine begin anew with an output frame, what is before it being known.
    fn begin(&mut self, frame: u64) -> Result<(), SourceError> {
        self.made.iter_mut().for_each(Vec::clear);
        self.engine.reset();
        let before = self.block + self.interval;
        self.window.fetch(self.head(frame) - before as i64, before, &mut self.input)?;
        interleave(&self.input, &mut self.interleaved[0]);
        self.engine.seek(&self.interleaved[0], 1.0 / self.ratio);
        (self.fed, self.at, self.latency) = (frame, frame, self.engine.output_latency());
        if frame == 0 {
            self.attack()?;
        }
        Ok(())
    }

    /// What the engine makes before the first frame is folded back onto what follows, as the library does with whole sounds: a
    /// sound that begins at once keeps its attack.
    fn attack(&mut self) -> Result<(), SourceError> {
        let latency = std::mem::take(&mut self.latency);
        while self.len() < 2 * latency {
            self.make()?;
        }
        for made in &mut self.made {
            let (before, after) = made.split_at_mut(latency);
            after.iter_mut().zip(before.iter().rev()).for_each(|(after, before)| *after -= before);
            made.drain(..latency);
        }
        Ok(())
    }

    /// One interval.
    fn make(&mut self) -> Result<(), SourceError> {
        let next = self.fed + self.interval as u64;
        let (from, to) = (self.head(self.fed), self.head(next));
        self.window.fetch(from, (to - from) as usize, &mut self.input)?;
        let [input, output] = &mut self.interleaved;
        interleave(&self.input, input);
        output.clear();
        output.resize(self.interval * self.made.len(), 0.0);
        self.engine.process(&*input, &mut *output);
        let channels = self.made.len().max(1);
        let late = self.latency.min(self.interval);
        for (channel, made) in self.made.iter_mut().enumerate() {
            made.extend(output.iter().skip(channel).step_by(channels).skip(late));
        }
        self.latency -= late;
        self.fed = next;
        Ok(())
    }

    fn len(&self) -> usize {
        self.made.first().map_or(0, Vec::len)
    }

    /// The frame after the last, once the source has ended.
    fn end(&self) -> Option<u64> {
        self.window.end().map(|end| scaled(end, self.ratio))
    }
}

impl Source for Stretched {
    fn rate(&self) -> u32 {
        self.window.source().rate()
    }

    fn channels(&self) -> usize {
        self.made.len()
    }

    fn frames(&self) -> Option<u64> {
        self.end().or_else(|| self.window.source().frames().map(|frames| scaled(frames, self.ratio)))
    }

    fn read(&mut self, frames: usize, into: &mut [Vec<f32>]) -> Result<usize, SourceError> {
        while self.len() == 0 && self.end().is_none_or(|end| self.at < end) {
            self.make()?;
        }
        let left = self.end().map_or(u64::MAX, |end| end.saturating_sub(self.at));
        let count = self.len().min(frames).min(usize::try_from(left).unwrap_or(usize::MAX));
        for (made, into) in self.made.iter_mut().zip(into) {
            into.extend(made.drain(..count));
        }
        self.at += count as u64;
        Ok(count)
    }

    fn seek(&mut self, frame: u64) -> Result<(), SourceError> {
        self.begin(frame)
    }
}

/// So many frames at a ratio, rounded.
pub fn scaled(frames: u64, ratio: f64) -> u64 {
    (frames as f64 * ratio).round() as u64
}

fn interleave(channels: &[Vec<f32>], into: &mut Vec<f32>) {
    let frames = channels.first().map_or(0, Vec::len);
    into.clear();
    for frame in 0..frames {
        into.extend(channels.iter().map(|channel| channel.get(frame).copied().unwrap_or_default()));
    }
}
