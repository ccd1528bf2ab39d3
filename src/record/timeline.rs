//! Full blocks that are held, as one line of sound and silence.
//!
//! Runs on: writer, loudness.
use std::collections::VecDeque;
use std::convert::Infallible;
use vestry_rt::block::{BlockRef, BlockSink, CaptureBlock, GapCause, Moment};

/// Blocks that are always left to the rt thread while nothing is being recorded, whatever the pre-roll wants.
const SPARE: usize = 4;

/// A stretch of the line.
pub enum Piece<'a> {
    /// Frames of a block.
    Sound {
        /// The block.
        block: &'a CaptureBlock,
        /// First frame in it.
        offset: usize,
        /// How many.
        frames: usize,
    },
    /// Frames that are lost.
    Silence {
        /// First one.
        at: u64,
        /// How many.
        frames: u64,
        /// Why.
        cause: GapCause,
    },
}

struct Held {
    block: BlockRef,
    /// Where the gaps before the block begin.
    begins: u64,
}

/// The writer's half of the pool with what it has not given back yet.
pub struct Timeline {
    sink: BlockSink,
    held: VecDeque<Held>,
    end: Option<u64>,
    given_back: u64,
    /// The newest moment that came with a block.
    moment: Option<Moment>,
}

impl Timeline {
    /// An empty line.
    pub fn new(sink: BlockSink) -> Self {
        Self { sink, held: VecDeque::new(), end: None, given_back: 0, moment: None }
    }

    /// Takes all full blocks from the pool; how many.
    pub fn drain(&mut self) -> usize {
        let mut count = 0;
        while let Some(block) = self.sink.filled.dequeue() {
            count += 1;
            self.moment = block.moment().or(self.moment);
            let missing: u64 = block.gaps().iter().map(|gap| gap.frames).sum();
            let end = self.end.unwrap_or(block.position().saturating_sub(missing));
            if block.end() <= end {
                // Empty, or from the past, which the rt side never sends: nothing new is in it.
                self.give_back(block);
                continue;
            }
            self.end = Some(block.end());
            self.held.push_back(Held { block, begins: end });
        }
        count
    }

    /// First frame that is held.
    pub fn oldest(&self) -> Option<u64> {
        self.held.front().map(|held| held.begins).or(self.end)
    }

    /// The newest moment that is known.
    pub fn moment(&self) -> Option<Moment> {
        self.moment
    }

    /// The moment nearest to the absolute frame `at` that came with a block which is held.
    pub fn moment_near(&self, at: u64) -> Option<Moment> {
        let held = self.held.iter().filter_map(|held| held.block.moment());
        held.chain(self.moment).min_by_key(|moment| moment.position.abs_diff(at))
    }

    /// Lost frames from `at` on, which is where everything before was played.
    pub fn silence_at(&self, at: u64) -> u64 {
        self.held.front().map_or(0, |held| held.block.position().saturating_sub(at))
    }

    /// Frame after the last that has arrived; none before the first block.
    pub fn end(&self) -> Option<u64> {
        self.end
    }

    /// Blocks held or waiting.
    pub fn waiting(&self) -> usize {
        self.held.len() + self.sink.filled.len()
    }

    /// Blocks given back since the beginning.
    pub fn given_back(&self) -> u64 {
        self.given_back
    }

    /// Whether nothing waits in the pool.
    pub fn is_drained(&self) -> bool {
        self.sink.filled.is_empty()
    }

    /// Gives back the blocks that end at or before `position`.
    pub fn release(&mut self, position: u64) {
        while self.held.front().is_some_and(|held| held.block.end() <= position) {
            self.pop();
        }
    }

    /// Whether the rt thread is short of empty blocks.
    pub fn is_short(&self) -> bool {
        self.sink.free.len() + self.sink.filled.len() < SPARE
    }

    /// Gives back the oldest blocks while the rt thread is short of empty ones; the position from which sound is held.
    pub fn relieve(&mut self) -> u64 {
        while self.held.len() > 1 && self.is_short() {
            self.pop();
        }
        self.oldest().unwrap_or(0)
    }

    /// Hands out the pieces from `from` to `to` in order and gives blocks back as soon as they are used up.
    pub fn play<E>(
        &mut self,
        from: u64,
        to: u64,
        mut piece: impl FnMut(Piece<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.release(from);
        let mut at = from;
        while at < to
            && let Some(held) = self.held.front()
        {
            at = held.play(at, to, &mut piece)?;
            self.release(at);
        }
        Ok(())
    }

    /// Hands out the pieces from `from` to `to` that are held, in order, and keeps them.
    pub fn look(&self, from: u64, to: u64, mut piece: impl FnMut(Piece<'_>)) {
        let first = self.held.partition_point(|held| held.block.end() <= from);
        let mut give = |stretch: Piece<'_>| -> Result<(), Infallible> {
            piece(stretch);
            Ok(())
        };
        for held in self.held.range(first..).take_while(|held| held.begins < to) {
            let Ok(_) = held.play(from, to, &mut give);
        }
    }

    fn pop(&mut self) {
        if let Some(held) = self.held.pop_front() {
            self.give_back(held.block);
        }
    }

    fn give_back(&mut self, block: BlockRef) {
        self.given_back += 1;
        // The queue has room for every block there is.
        let _ = self.sink.free.enqueue(block);
    }
}

impl Held {
    /// Hands out what lies between `from` and `to` of this block; where that ended.
    fn play<E>(
        &self,
        from: u64,
        to: u64,
        piece: &mut impl FnMut(Piece<'_>) -> Result<(), E>,
    ) -> Result<u64, E> {
        let sound = self.block.position().max(self.begins);
        let mut at = from.max(self.begins);
        if at < sound {
            let mut gap_end = self.begins;
            let gaps = self.block.gaps();
            for (place, gap) in gaps.iter().enumerate() {
                // The last gap reaches the sound, whatever the count says: lanes must not shift against time.
                let last = place + 1 == gaps.len();
                gap_end = if last { sound } else { gap_end.saturating_add(gap.frames).min(sound) };
                at = silence(at, gap_end.min(to), gap.cause, piece)?;
            }
            at = silence(at, sound.min(to), GapCause::Xrun, piece)?;
        }
        let end = self.block.end().min(to);
        if at >= sound && at < end {
            let (offset, frames) = ((at - self.block.position()) as usize, (end - at) as usize);
            piece(Piece::Sound { block: self.block, offset, frames })?;
            at = end;
        }
        Ok(at)
    }
}

fn silence<E>(
    at: u64,
    end: u64,
    cause: GapCause,
    piece: &mut impl FnMut(Piece<'_>) -> Result<(), E>,
) -> Result<u64, E> {
    if at >= end {
        return Ok(at);
    }
    piece(Piece::Silence { at, frames: end - at, cause })?;
    Ok(end)
}
