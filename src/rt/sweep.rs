//! A sine that goes through the frequencies, as long in every octave.
use crate::tone::{Oscillator, Step};

/// A logarithmic sweep (Farina 2000): the pitch grows by the same factor every frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sweep {
    /// Where it begins, in turns a frame, above 0 and below 0.5.
    pub from: f64,
    /// Factor from one frame to the next.
    pub ratio: f64,
    /// How long it takes.
    pub frames: u32,
    /// Frames in which it comes and goes, at least 1.
    pub edge: u32,
    /// Again and again.
    pub repeat: bool,
    /// What `Event::Swept` says at its end.
    pub number: u8,
}

impl Sweep {
    pub(crate) fn is_sound(&self) -> bool {
        let pitch = self.from > 0.0 && self.from < 0.5 && self.ratio > 0.0 && self.ratio < 2.0;
        pitch && self.edge > 0 && self.frames / 2 >= self.edge && self.frames < 1 << 24
    }
}

/// One under way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sweeper {
    sweep: Sweep,
    oscillator: Oscillator,
    turns: f64,
    at: u32,
}

impl Sweeper {
    /// At its start.
    pub const fn new(sweep: Sweep) -> Self {
        Self { sweep, oscillator: Oscillator::new(Step(0)), turns: sweep.from, at: 0 }
    }

    /// One frame on; silence after its end.
    #[inline(always)]
    pub fn next(&mut self) -> f32 {
        if self.is_over() {
            return 0.0;
        }
        let Sweep { from, ratio, frames, edge, repeat, .. } = self.sweep;
        self.oscillator.turn_by(Step::of(self.turns));
        let ends = (self.at + 1).min(frames - self.at).min(edge) as f32 / edge as f32;
        self.turns *= ratio;
        self.at += 1;
        if repeat && self.at == frames {
            (self.turns, self.at) = (from, 0);
        }
        self.oscillator.next() * ends
    }

    /// Whether it is at its end.
    #[inline(always)]
    pub fn is_over(&self) -> bool {
        self.at >= self.sweep.frames
    }
}
