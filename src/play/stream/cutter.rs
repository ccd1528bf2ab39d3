//! Cuts a source into the parts that voices play.
//!
//! Runs on: streams, and player for a clip's first parts.
use super::source::{Source, SourceError};
use std::ops::Range;
use std::sync::Arc;
use vestry_rt::clip::{Clip, Part, RUN_IN, RUN_OUT, SHORTEST_PART};

/// Frames of the fade where a source fails.
const FADE: usize = 256;

/// The next part of each voice.
#[derive(Clone, Debug)]
pub struct Parts {
    /// One a voice.
    pub clips: Vec<Arc<Clip>>,
    /// Nothing comes after it.
    pub is_last: bool,
}

/// A source on its way to voices.
pub struct Cutter {
    source: Box<dyn Source>,
    /// The one or two channels of each voice.
    voices: Vec<Range<usize>>,
    length: usize,
    /// Of each channel the run-in of the next part and what is read behind it.
    held: Vec<Vec<f32>>,
    from: u64,
    ends: bool,
    is_over: bool,
    fault: Option<SourceError>,
}

impl Cutter {
    /// From where the source is, in parts of `length` frames ([`SHORTEST_PART`] at least), for voices that play these channels of
    /// it, one or two each.
    pub fn new(source: Box<dyn Source>, voices: Vec<Range<usize>>, length: usize) -> Self {
        let held = vec![vec![0.0; RUN_IN]; source.channels()];
        let length = length.max(SHORTEST_PART);
        Self { source, voices, length, held, from: 0, ends: false, is_over: false, fault: None }
    }

    /// Frames a second.
    pub fn rate(&self) -> u32 {
        self.source.rate()
    }

    /// Bytes of the next part of all voices.
    pub fn bytes(&self) -> usize {
        let channels: usize = self.voices.iter().map(ExactSizeIterator::len).sum();
        channels * (RUN_IN + self.length + RUN_OUT) * size_of::<f32>()
    }

    /// Why it ended before its end.
    pub fn take_fault(&mut self) -> Option<SourceError> {
        self.fault.take()
    }

    /// The next part; `None` after the last.
    pub fn next_parts(&mut self) -> Option<Parts> {
        if self.is_over {
            return None;
        }
        self.fill();
        let there = self.there();
        self.is_over = self.ends && there <= self.length + RUN_OUT;
        let parts = self.cut(if self.is_over { there } else { self.length });
        Some(parts)
    }

    /// Frames behind the run-in.
    fn there(&self) -> usize {
        self.held.first().map_or(0, |channel| channel.len() - RUN_IN)
    }

    fn fill(&mut self) {
        while !self.ends && self.there() < self.length + RUN_OUT {
            let missing = self.length + RUN_OUT - self.there();
            match self.source.read(missing, &mut self.held) {
                Ok(0) => self.ends = true,
                Ok(_) => {}
                Err(fault) => self.fail(fault),
            }
        }
        // A source without a frame is one of silence: a voice that plays nothing would never end.
        if self.ends && self.there() == 0 {
            self.held.iter_mut().for_each(|channel| channel.push(0.0));
        }
    }

    /// What there is fades out.
    fn fail(&mut self, fault: SourceError) {
        (self.ends, self.fault) = (true, Some(fault));
        let shortest = self.held.iter().map(Vec::len).min().unwrap_or(0);
        for channel in &mut self.held {
            channel.truncate(shortest);
            let first = shortest.saturating_sub(FADE);
            for (sample, left) in channel.iter_mut().skip(first).zip((0..FADE.min(shortest)).rev()) {
                *sample *= left as f32 / FADE as f32;
            }
        }
    }

    /// Cuts so many frames off.
    fn cut(&mut self, frames: usize) -> Parts {
        let is_last = self.is_over;
        let end = RUN_IN + frames + if is_last { 0 } else { RUN_OUT };
        let part = Part { from: self.from, is_last };
        let rate = self.source.rate();
        let clip = |channels: &Range<usize>| {
            let sound = self.held.get(channels.clone()).unwrap_or_default();
            let sound = sound.iter().map(|channel| channel.get(..end).unwrap_or_default().to_vec()).collect();
            // A voice of channels that are not there plays silence.
            Clip::part(rate, sound, part).or_else(|_| Clip::part(rate, vec![vec![0.0; end]], part)).ok()
        };
        let clips = self.voices.iter().filter_map(clip).collect();
        self.held.iter_mut().for_each(|channel| drop(channel.drain(..frames.min(channel.len()))));
        self.from += frames as u64;
        Parts { clips, is_last }
    }
}
