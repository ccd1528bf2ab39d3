//! Captured sound on its way to the writer: blocks of all lanes, and the pool that they circulate in.
//!
//! A *lane* is one mono stream of a block: the inputs in order, then mix left and right where the mix is recorded.
use heapless::Vec;
use heapless::spsc::{Consumer, Producer, Queue};

/// Most blocks a pool may hold. 60 s at 48 kHz in blocks of 1,024 frames are 2,813.
pub const POOL_BLOCKS: usize = 4095;
/// Most losses one block can carry; further ones are added to the last.
pub const GAPS_PER_BLOCK: usize = 8;

/// Why frames are missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GapCause {
    /// The card's ring overran or the driver stopped it.
    Xrun,
    /// No free block: the writer stood still for longer than the pool lasts.
    PoolFull,
    /// The card was gone.
    DeviceLost,
    /// The system slept.
    Suspend,
}

/// Frames that were never captured, the same for every lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Absolute position of the first missing frame.
    pub position: u64,
    /// Missing frames, at least 1.
    pub frames: u64,
    /// Why.
    pub cause: GapCause,
}

/// How far the card had captured at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Absolute position after the last frame that had been captured.
    pub position: u64,
    /// When it had, in ns of CLOCK_MONOTONIC.
    pub ns: u64,
}

/// A stretch of captured sound of all lanes with its absolute position.
///
/// Positions count frames from the first period of the process, lost ones included. A block begins where the last
/// one ended plus the sum of its `gaps`, so lanes can never shift against each other.
#[derive(Debug)]
pub struct CaptureBlock {
    position: u64,
    frames: usize,
    lanes: usize,
    gaps: Vec<Gap, GAPS_PER_BLOCK>,
    moment: Option<Moment>,
    samples: &'static mut [f32],
}

impl CaptureBlock {
    /// An empty block over `samples`, whose length is shared out evenly among `lanes` (at least 1).
    pub fn new(samples: &'static mut [f32], lanes: usize) -> Self {
        Self { position: 0, frames: 0, lanes: lanes.max(1), gaps: Vec::new(), moment: None, samples }
    }

    /// Absolute position of the first frame.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Absolute position after the last frame.
    pub fn end(&self) -> u64 {
        self.position + self.frames as u64
    }

    /// Frames filled in every lane.
    pub fn frames(&self) -> usize {
        self.frames
    }

    /// Number of lanes.
    pub fn lanes(&self) -> usize {
        self.lanes
    }

    /// Frames each lane can hold.
    pub fn capacity(&self) -> usize {
        self.samples.len() / self.lanes
    }

    /// Losses directly before this block, oldest first.
    pub fn gaps(&self) -> &[Gap] {
        &self.gaps
    }

    /// A moment that became known while the block was filled.
    pub fn moment(&self) -> Option<Moment> {
        self.moment
    }

    /// The filled samples of one lane (full scale is 1.0; 24-bit samples are exact); empty for a lane that is not there.
    pub fn lane(&self, lane: usize) -> &[f32] {
        let start = lane * self.capacity();
        self.samples.get(start..start + self.frames).unwrap_or(&[])
    }

    /// Room for `frames` more samples of one lane after those filled; empty where they do not fit.
    pub fn room(&mut self, lane: usize, frames: usize) -> &mut [f32] {
        let (capacity, start) = (self.capacity(), self.frames);
        if start + frames > capacity {
            return &mut [];
        }
        self.samples.get_mut(lane * capacity + start..lane * capacity + start + frames).unwrap_or(&mut [])
    }

    /// Counts `frames` written to every lane's `room` as filled.
    pub fn advance(&mut self, frames: usize) {
        self.frames = (self.frames + frames).min(self.capacity());
    }

    /// Empties the block and sets where it begins.
    pub fn begin(&mut self, position: u64) {
        self.position = position;
        self.frames = 0;
        self.gaps.clear();
        self.moment = None;
    }

    /// Has a moment travel with the block.
    pub fn set_moment(&mut self, moment: Option<Moment>) {
        self.moment = moment;
    }

    /// Adds a loss before this block; over `GAPS_PER_BLOCK` the last one grows, so that no frame goes uncounted.
    pub fn add_gap(&mut self, gap: Gap) {
        if self.gaps.push(gap).is_err()
            && let Some(last) = self.gaps.last_mut()
        {
            last.frames += gap.frames;
        }
    }

    /// Moves the block to `position` once its losses are known.
    pub fn set_position(&mut self, position: u64) {
        self.position = position;
    }
}

/// A block as it travels: allocated once, never freed.
pub type BlockRef = &'static mut CaptureBlock;
/// One direction of the pool's circulation. Leak two of them at start.
pub type BlockQueue = Queue<BlockRef, { POOL_BLOCKS + 1 }>;

/// The rt half of the pool: takes empty blocks, gives full ones.
pub struct BlockSource {
    /// Empty blocks to fill.
    pub free: Consumer<'static, BlockRef>,
    /// Full blocks for the writer.
    pub filled: Producer<'static, BlockRef>,
}

/// The writer's half of the pool: takes full blocks, gives empty ones back.
pub struct BlockSink {
    /// Full blocks in order of position.
    pub filled: Consumer<'static, BlockRef>,
    /// Where a block goes when it is written.
    pub free: Producer<'static, BlockRef>,
}

/// Joins two queues and a supply of blocks to the two halves of a pool.
///
/// Blocks over `POOL_BLOCKS` are not used. Called before the loop; nothing here allocates.
pub fn pool(
    filled: &'static mut BlockQueue,
    free: &'static mut BlockQueue,
    blocks: impl Iterator<Item = BlockRef>,
) -> (BlockSource, BlockSink) {
    let (mut give_free, take_free) = free.split();
    for block in blocks {
        if give_free.enqueue(block).is_err() {
            break;
        }
    }
    let (give_filled, take_filled) = filled.split();
    (BlockSource { free: take_free, filled: give_filled }, BlockSink { filled: take_filled, free: give_free })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(lanes: usize, frames: usize) -> CaptureBlock {
        CaptureBlock::new(std::vec![0.0; lanes * frames].leak(), lanes)
    }

    #[test]
    fn lanes_are_filled_side_by_side() {
        let mut block = block(2, 4);
        block.begin(100);
        block.room(0, 3).copy_from_slice(&[1.0, 2.0, 3.0]);
        block.room(1, 3).copy_from_slice(&[4.0, 5.0, 6.0]);
        block.advance(3);
        assert_eq!((block.lane(0), block.lane(1)), (&[1.0, 2.0, 3.0][..], &[4.0, 5.0, 6.0][..]));
        assert_eq!((block.position(), block.end(), block.lane(2).len()), (100, 103, 0));
        assert!(block.room(0, 2).is_empty(), "two more frames do not fit");
    }

    #[test]
    fn a_gap_too_many_is_added_to_the_last() {
        let mut block = block(1, 1);
        block.begin(0);
        for position in 0..GAPS_PER_BLOCK as u64 + 2 {
            block.add_gap(Gap { position, frames: 10, cause: GapCause::Xrun });
        }
        assert_eq!(block.gaps().iter().map(|gap| gap.frames).sum::<u64>(), 10 * (GAPS_PER_BLOCK as u64 + 2));
    }
}
