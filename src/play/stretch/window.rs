//! A source as its listeners need it: any frames around a place that moves on, silence before the first and after the last.
//!
//! Runs on: player.
use crate::play::stream::source::{Source, SourceError};

/// Fewest frames that are read at a time.
const READ: usize = 4_096;

/// A source, and those of its frames that may be needed again.
pub struct Window {
    source: Box<dyn Source>,
    held: Vec<Vec<f32>>,
    /// The frame that `held` begins with.
    first: u64,
    /// Where it ended, once that is known; no later than that if nothing was read before it.
    end: Option<u64>,
}

impl Window {
    /// From its first frame on, wherever it stands.
    ///
    /// # Errors
    /// See [`SourceError`].
    pub fn new(mut source: Box<dyn Source>) -> Result<Self, SourceError> {
        source.seek(0)?;
        let held = vec![Vec::new(); source.channels()];
        Ok(Self { source, held, first: 0, end: None })
    }

    /// What is read.
    pub fn source(&self) -> &dyn Source {
        &*self.source
    }

    /// The frame after the last, once one beyond it was asked for.
    pub fn end(&self) -> Option<u64> {
        self.end
    }

    /// Makes `into` the frames from `from` on, so many, one `Vec` a channel. Cheap where `from` never goes back.
    ///
    /// # Errors
    /// See [`SourceError`].
    pub fn fetch(&mut self, from: i64, frames: usize, into: &mut [Vec<f32>]) -> Result<(), SourceError> {
        let place = |frame: i64| u64::try_from(frame).unwrap_or(0);
        let (low, high) = (place(from), place(from.saturating_add_unsigned(frames as u64)));
        self.hold(low, high)?;
        let silent = (low as i64 - from).clamp(0, frames as i64) as usize;
        let start = (low - self.first) as usize;
        for (held, out) in self.held.iter().zip(into) {
            out.clear();
            out.resize(silent, 0.0);
            let there = held.get(start..).unwrap_or_default();
            out.extend(there.iter().take(frames - silent));
            out.resize(frames, 0.0);
        }
        Ok(())
    }

    /// Has the frames `low..high`, as far as there are any, and none before.
    fn hold(&mut self, low: u64, high: u64) -> Result<(), SourceError> {
        if low < self.first || low > self.first + self.len() as u64 {
            self.source.seek(low)?;
            self.held.iter_mut().for_each(Vec::clear);
            self.first = low;
        }
        let gone = ((low - self.first) as usize).min(self.len());
        if gone > READ {
            self.held.iter_mut().for_each(|held| drop(held.drain(..gone)));
            self.first += gone as u64;
        }
        let mut next = self.first + self.len() as u64;
        while next < high.min(self.end.unwrap_or(u64::MAX)) {
            let wanted = (high - next) as usize;
            match self.source.read(wanted.max(READ), &mut self.held)? as u64 {
                0 => self.end = Some(self.end.map_or(next, |end| end.min(next))),
                read => next += read,
            }
        }
        Ok(())
    }

    fn len(&self) -> usize {
        self.held.first().map_or(0, Vec::len)
    }
}
