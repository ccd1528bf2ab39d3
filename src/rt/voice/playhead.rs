//! Where in its clip a voice is: position, speed, loop.
//!
//! Position and speed are in 2^-64 frames. A speed from 0.25 up, a float of 53 bits, is exact in these, so a position is exact
//! for as long as it runs.
use super::Loop;
use super::interpolate::Points;
use super::seam::{Round, SEAM};
use crate::clip::GUARD;
use core::ops::Range;

/// Frames for which a gliding speed stays the same.
const GLIDE: usize = 8;
/// 2^64, as a float.
const FRAME: f64 = 18_446_744_073_709_551_616.0;

/// The next points, all of them in one stretch of sound.
#[derive(Clone, Copy, Debug)]
pub struct Piece {
    /// How many, at least 1.
    pub frames: usize,
    /// Where, in the clip.
    pub points: Points,
    /// The loop, if they are near its ends, in sound that the clip does not have so.
    pub seam: Option<Round>,
}

/// The position of a voice.
#[derive(Clone, Copy, Debug)]
pub struct Playhead {
    at: u128,
    step: u128,
    target: u128,
    /// What the speed changes by at each step of its glide, and how many are left.
    change: i128,
    left: u32,
    /// Frames until the next step of the glide.
    until_step: usize,
    repeat: Option<Loop>,
    wanted: Option<Loop>,
    /// Whether the loop has come round, so that its end lies before its start.
    round: bool,
    /// Frames of the clip.
    frames: usize,
}

impl Playhead {
    /// At the clip's frame `start`.
    pub fn new(start: usize, speed: f64, repeat: Option<Loop>, frames: usize) -> Self {
        let step = (speed * FRAME) as u128;
        let at = (start as u128) << 64;
        Self {
            at,
            step,
            target: step,
            change: 0,
            left: 0,
            until_step: 0,
            repeat,
            wanted: repeat,
            round: false,
            frames,
        }
    }

    /// Moves on as if so many frames had been played.
    pub fn skip(&mut self, frames: u64) {
        // No clip is as long as 2^32 frames at the slowest speed.
        let mut frames = frames.min(1 << 34) as usize;
        while self.left > 0 && frames > 0 {
            let step = frames.min(self.until_step);
            self.advance(step);
            frames -= step;
        }
        self.advance(frames);
    }

    /// Heads for a speed, there after about `frames`.
    pub fn glide(&mut self, speed: f64, frames: u32) {
        self.target = (speed * FRAME) as u128;
        self.left = frames.div_ceil(GLIDE as u32);
        self.until_step = GLIDE;
        if self.left == 0 {
            self.step = self.target;
        } else {
            self.change = (self.target as i128 - self.step as i128) / i128::from(self.left);
        }
    }

    /// Repeats this from here on, or nothing more; after the seam of the old loop, if it has anything else.
    pub fn repeat(&mut self, wanted: Option<Loop>) {
        self.wanted = wanted;
    }

    /// Whether there is nothing more to be heard.
    #[inline(always)]
    pub fn is_over(&self) -> bool {
        self.frame() >= self.frames + GUARD
    }

    /// The last frame that is reached.
    #[inline(always)]
    pub fn frame(&self) -> usize {
        (self.at >> 64) as usize
    }

    /// The clip ends after so many frames after all.
    pub fn ends_at(&mut self, frames: usize) {
        self.frames = frames;
    }

    /// The frame that is reached after so many more are played.
    #[inline(always)]
    pub fn after(&self, frames: usize) -> usize {
        // A glide may be on its way to the faster of both speeds.
        let step = self.step.max(self.target);
        ((self.at + step * frames as u128) >> 64) as usize
    }

    /// The next piece, of `most` frames at most (at least 1), and moves on to its end. It begins with a frame of `within`, which
    /// holds so much of the clip, and its last point lies before the end of that; its place is told from there.
    #[inline(always)]
    pub fn piece(&mut self, most: usize, within: Range<usize>) -> Piece {
        let most = if self.left == 0 { most } else { most.min(self.until_step) };
        if self.wanted != self.repeat {
            self.turn_over();
        }
        let at = self.at.wrapping_sub((within.start as u128) << 64);
        let points = Points { at: (at >> 32) as u64, step: (self.step >> 32) as u64 };
        let (seam, limit) = self.stretch();
        let room = if seam { ((SEAM - 2 * GUARD - 2) as u64) << 32 } else { u64::MAX };
        let limit = limit.min(within.end).saturating_sub(within.start);
        let way = ((limit as u64) << 32).saturating_sub(points.at).min(room);
        let frames = if points.step * most as u64 <= way { most } else { until(way, points.step) };
        let seam = self.repeat.filter(|_| seam).map(|repeat| (repeat, self.round));
        self.advance(frames);
        Piece { frames, points, seam }
    }

    /// Whether the sound here is a seam's, and up to which frame it is the same.
    #[inline(always)]
    fn stretch(&self) -> (bool, usize) {
        let (frame, end) = (self.frame(), self.frames + GUARD);
        match self.repeat {
            Some(repeat) if frame < repeat.to => {
                let zone = (repeat.to - repeat.blend()).saturating_sub(GUARD);
                if self.round && frame < repeat.from + GUARD {
                    (true, repeat.from + GUARD)
                } else if frame < zone {
                    (false, zone)
                } else {
                    (true, repeat.to + GUARD)
                }
            }
            _ => (false, end),
        }
    }

    /// Takes on the loop that is wanted where the old one sounds as the clip does, or if it never does.
    #[cold]
    fn turn_over(&mut self) {
        let short = |repeat: Loop| repeat.len() <= repeat.blend() + 2 * GUARD;
        if !self.stretch().0 || self.repeat.is_some_and(short) {
            (self.repeat, self.round) = (self.wanted, false);
        }
    }

    #[inline(always)]
    fn advance(&mut self, frames: usize) {
        let before = self.frame();
        self.at += self.step * frames as u128;
        self.until_step = self.until_step.saturating_sub(frames);
        if self.left > 0 && self.until_step == 0 {
            self.until_step = GLIDE;
            self.left -= 1;
            self.step = if self.left == 0 { self.target } else { (self.step as i128 + self.change) as u128 };
        }
        if let Some(repeat) = self.repeat
            && before < repeat.to
            && self.frame() >= repeat.to
        {
            let from = (repeat.from as u128) << 64;
            self.at = from + (self.at - from) % ((repeat.len() as u128) << 64);
            self.round = true;
        }
    }
}

/// Points on a way, at least 1.
#[cold]
fn until(way: u64, step: u64) -> usize {
    way.div_ceil(step.max(1)).max(1) as usize
}
