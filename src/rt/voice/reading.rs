//! What a voice has of a stream: parts that follow one another, and what happens where the next one is late.
//!
//! Sound then fades out on the run-out of the last part, and the voice goes on in silence, so that it comes back where it would be
//! by then: tracks that began together stay together.
use super::playhead::Playhead;
use crate::clip::{Clip, GUARD, Part, RUN_OUT};
use crate::ramp::Ramp;
use alloc::sync::Arc;
use core::ops::Range;
use heapless::Deque;

/// Parts that may wait behind the one that is played.
pub const AHEAD: usize = 3;
/// Frames of the fades around what is missing: 1.3 ms at 48 kHz. At the fastest speed they take what a run-out has.
pub const LATE_FADE: u32 = 64;
/// As good as no end.
const ENDLESS: usize = usize::MAX / 2;

/// Of one voice; of one that plays a whole clip it does nothing.
#[derive(Debug)]
pub struct Reading {
    is_streamed: bool,
    ahead: Deque<Arc<Clip>, AHEAD>,
    spent: Deque<Arc<Clip>, { AHEAD + 1 }>,
    /// The stream's frame with which the next part to come has to begin.
    next: u64,
    /// 1 while there is sound.
    level: Ramp,
    is_missing: bool,
    /// How often sound was missing since somebody asked.
    missed: u32,
}

impl Reading {
    /// Of no stream.
    pub const fn new() -> Self {
        Self {
            is_streamed: false,
            ahead: Deque::new(),
            spent: Deque::new(),
            next: 0,
            level: Ramp::at(1.0),
            is_missing: false,
            missed: 0,
        }
    }

    /// A voice takes up a clip; tells how many frames there will be, as far as is known.
    pub fn begin(&mut self, clip: &Clip) -> usize {
        self.is_streamed = clip.of_stream().is_some();
        (self.level, self.is_missing) = (Ramp::at(1.0), false);
        match clip.of_stream() {
            Some(part) => {
                self.next = part.from + clip.frames() as u64;
                end(clip, part)
            }
            None => clip.frames(),
        }
    }

    /// Takes the next part of a stream, and tells where all of it ends; gives it back where it does not follow.
    pub fn accept(&mut self, clip: Arc<Clip>) -> Result<usize, Arc<Clip>> {
        let follows = |part: &Part| self.is_streamed && part.from == self.next;
        let Some(part) = clip.of_stream().filter(follows) else { return Err(clip) };
        let (next, end) = (part.from + clip.frames() as u64, end(&clip, part));
        self.ahead.push_back(clip)?;
        self.next = next;
        Ok(end)
    }

    /// Whether it is one of a stream.
    pub fn is_streamed(&self) -> bool {
        self.is_streamed
    }

    /// Something to hand back.
    pub fn spent(&mut self) -> Option<Arc<Clip>> {
        self.spent.pop_front()
    }

    /// What is left of a voice that is over.
    pub fn rest(&mut self) -> Option<Arc<Clip>> {
        self.spent.pop_front().or_else(|| self.ahead.pop_front())
    }

    /// How often sound was missing since this was asked.
    pub fn take_missed(&mut self) -> u32 {
        core::mem::take(&mut self.missed)
    }

    /// Its level on the way to silence or back, if it is on such a way or silent.
    pub fn fade(&mut self) -> Option<&mut Ramp> {
        Some(&mut self.level).filter(|level| level.settled() != Some(1.0))
    }

    /// Before so many frames are played: sees whether they are there.
    #[inline(always)]
    pub fn look(&mut self, clip: &mut Arc<Clip>, head: &Playhead, frames: usize) {
        if self.is_streamed {
            self.see(clip, head, frames);
        }
    }

    fn see(&mut self, clip: &mut Arc<Clip>, head: &Playhead, frames: usize) {
        self.turn(clip, head.frame());
        let (end, is_last) = of(clip);
        let is_here = is_last || head.frame() < end && (!self.ahead.is_empty() || head.after(frames) < end);
        if is_here == self.is_missing {
            self.is_missing = !is_here;
            self.missed += u32::from(!is_here);
            self.level.to(if is_here { 1.0 } else { 0.0 }, LATE_FADE);
        }
    }

    /// Goes on to the part that has this frame, or to the last that is here.
    fn turn(&mut self, clip: &mut Arc<Clip>, frame: usize) {
        while frame >= of(clip).0 && self.spent.len() <= AHEAD {
            let Some(next) = self.ahead.pop_front() else { break };
            let before = core::mem::replace(clip, next);
            // There is room, as was just seen; it is never freed here.
            self.spent.push_back(before).unwrap_or_else(core::mem::forget);
        }
    }

    /// The stretch of frames that can be read where this one is; `None`: nothing.
    #[inline(always)]
    pub fn within(&mut self, clip: &mut Arc<Clip>, frame: usize) -> Option<Range<usize>> {
        if self.is_streamed { self.part(clip, frame) } else { Some(0..usize::MAX) }
    }

    fn part(&mut self, clip: &mut Arc<Clip>, frame: usize) -> Option<Range<usize>> {
        self.turn(clip, frame);
        let from = clip.of_stream().map_or(0, |part| part.from as usize);
        let readable = match of(clip) {
            (_, true) => usize::MAX,
            (end, _) if self.ahead.is_empty() => end + RUN_OUT - GUARD,
            (end, _) => end,
        };
        Some(from..readable).filter(|within| within.contains(&frame))
    }
}

/// The frame after a part's last, and whether it is the last part.
fn of(clip: &Clip) -> (usize, bool) {
    let part = clip.of_stream().unwrap_or(Part { from: 0, is_last: true });
    (part.from as usize + clip.frames(), part.is_last)
}

fn end(clip: &Clip, part: Part) -> usize {
    if part.is_last { part.from as usize + clip.frames() } else { ENDLESS }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_fade_ends_within_the_run_out_at_the_fastest_speed() {
        const { assert!(LATE_FADE as usize * super::super::FASTEST as usize + 2 * GUARD <= RUN_OUT) };
    }
}
