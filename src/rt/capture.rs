//! The record tap: fills blocks of the pool, and keeps an exact account of every frame that it cannot.
use crate::block::{BlockRef, BlockSource, GAPS_PER_BLOCK, Gap, GapCause, Moment};
use heapless::Vec;

/// Frames that one block could have held and none was free for.
#[derive(Clone, Copy, Debug)]
struct Dropping {
    left: usize,
    dropped: usize,
}

/// Puts captured frames of all lanes into blocks. A loss is always the same for every lane.
pub struct CaptureTap {
    source: BlockSource,
    block_frames: usize,
    position: u64,
    current: Option<BlockRef>,
    /// A block taken from the pool that turned out not to be needed yet.
    spare: Option<BlockRef>,
    dropping: Option<Dropping>,
    /// Losses since the last block that went out.
    pending: Vec<Gap, GAPS_PER_BLOCK>,
    /// The newest moment since the last block that went out.
    moment: Option<Moment>,
}

impl CaptureTap {
    /// A tap at position 0 that drops in units of `block_frames`, the capacity of the pool's blocks.
    pub fn new(source: BlockSource, block_frames: usize) -> Self {
        let block_frames = block_frames.max(1);
        Self {
            source,
            block_frames,
            position: 0,
            current: None,
            spare: None,
            dropping: None,
            pending: Vec::new(),
            moment: None,
        }
    }

    /// Notes that everything so far had been captured at `ns` of CLOCK_MONOTONIC; it goes out with the next block.
    pub fn note_time(&mut self, ns: u64) {
        self.moment = Some(Moment { position: self.position, ns });
    }

    /// Absolute position of the next frame.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Blocks waiting to be filled.
    pub fn free_blocks(&self) -> usize {
        self.source.free.len()
    }

    /// How many frames the next `commit` may cover at most; at least 1.
    pub fn prepare(&mut self) -> usize {
        if self.current.is_none() && self.dropping.is_none() {
            match self.spare.take().or_else(|| self.source.free.dequeue()) {
                Some(block) => {
                    block.begin(self.position);
                    self.current = Some(block);
                }
                None => self.dropping = Some(Dropping { left: self.block_frames, dropped: 0 }),
            }
        }
        match (&self.current, &self.dropping) {
            (Some(block), _) => (block.capacity() - block.frames()).max(1),
            (None, Some(dropping)) => dropping.left.max(1),
            (None, None) => 1,
        }
    }

    /// True while frames have no block to go to.
    pub fn is_dropping(&self) -> bool {
        self.dropping.is_some()
    }

    /// Room for one lane's next `frames`; empty while dropping.
    pub fn room(&mut self, lane: usize, frames: usize) -> &mut [f32] {
        self.current.as_deref_mut().map_or(&mut [], |block| block.room(lane, frames))
    }

    /// Counts `frames` as gone through; true if a whole block was dropped with them.
    pub fn commit(&mut self, frames: usize) -> bool {
        self.position += frames as u64;
        if let Some(block) = &mut self.current {
            block.advance(frames);
            if block.frames() == block.capacity() {
                self.send();
            }
            return false;
        }
        let Some(dropping) = &mut self.dropping else { return false };
        dropping.dropped += frames;
        dropping.left = dropping.left.saturating_sub(frames);
        let whole = dropping.left == 0;
        if whole {
            self.close_drop();
        }
        whole
    }

    /// Notes `frames` that never came, from here on.
    pub fn lost(&mut self, frames: u64, cause: GapCause) {
        self.close_drop();
        self.send();
        self.note(Gap { position: self.position, frames, cause });
        self.position += frames;
    }

    /// Hands over what is filled so far, however little. At the end, or where the reader must not wait.
    pub fn flush(&mut self) {
        self.close_drop();
        self.send();
    }

    /// Hands over everything, losses that no sound follows included; false if that takes a free block and none is there.
    pub fn finish(&mut self) -> bool {
        self.flush();
        if self.pending.is_empty() {
            return true;
        }
        let Some(block) = self.spare.take().or_else(|| self.source.free.dequeue()) else { return false };
        block.begin(self.position);
        self.hand_over(block);
        true
    }

    fn close_drop(&mut self) {
        if let Some(Dropping { dropped, .. }) = self.dropping.take()
            && dropped > 0
        {
            let frames = dropped as u64;
            self.note(Gap { position: self.position - frames, frames, cause: GapCause::PoolFull });
        }
    }

    fn note(&mut self, gap: Gap) {
        if frames_join(self.pending.last_mut(), gap) {
            return;
        }
        if let Err(gap) = self.pending.push(gap)
            && let Some(last) = self.pending.last_mut()
        {
            last.frames += gap.frames;
        }
    }

    fn send(&mut self) {
        let Some(block) = self.current.take() else { return };
        if block.frames() == 0 {
            self.spare = Some(block);
            return;
        }
        self.hand_over(block);
    }

    /// Sends a block with the losses before it.
    fn hand_over(&mut self, block: BlockRef) {
        for gap in &self.pending {
            block.add_gap(*gap);
        }
        block.set_moment(self.moment.take());
        // The queue has a place for every block there is, so this cannot fail; if it did, the frames are a gap.
        match self.source.filled.enqueue(block) {
            Ok(()) => self.pending.clear(),
            Err(block) => {
                self.note(Gap {
                    position: block.position(),
                    frames: block.frames() as u64,
                    cause: GapCause::PoolFull,
                });
                self.spare = Some(block);
            }
        }
    }
}

/// Adds `gap` to the one before it if it goes on where that ended, for the same cause.
fn frames_join(last: Option<&mut Gap>, gap: Gap) -> bool {
    match last {
        Some(last) if last.cause == gap.cause && last.position + last.frames == gap.position => {
            last.frames += gap.frames;
            true
        }
        _ => false,
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::block::{BlockQueue, BlockSink, CaptureBlock, pool};
    use proptest::prelude::*;
    use std::boxed::Box;
    use std::vec;

    const BLOCK: usize = 8;

    fn tap(blocks: usize) -> (CaptureTap, BlockSink) {
        let queue = || Box::leak(Box::new(BlockQueue::new()));
        let block = |_| &mut *Box::leak(Box::new(CaptureBlock::new(vec![0.0; 2 * BLOCK].leak(), 2)));
        let (source, sink) = pool(queue(), queue(), (0..blocks).map(block));
        (CaptureTap::new(source, BLOCK), sink)
    }

    /// Runs `frames` through, each sample its own position in lane 0 and its negative in lane 1.
    fn feed(tap: &mut CaptureTap, mut frames: usize) {
        while frames > 0 {
            let piece = tap.prepare().min(frames).min(5);
            let position = tap.position();
            for (lane, sign) in [(0, 1.0), (1, -1.0)] {
                for (at, sample) in tap.room(lane, piece).iter_mut().enumerate() {
                    *sample = sign * (position + at as u64) as f32;
                }
            }
            tap.commit(piece);
            frames -= piece;
        }
    }

    /// Takes all that is filled, checks that it joins up with `next` and says how many frames came and were lost.
    fn drain(sink: &mut BlockSink, next: &mut u64, give_back: bool) -> (u64, u64) {
        let (mut came, mut lost) = (0, 0);
        while let Some(block) = sink.filled.dequeue() {
            for gap in block.gaps() {
                assert_eq!(gap.position, *next);
                *next += gap.frames;
                lost += gap.frames;
            }
            assert_eq!(block.position(), *next);
            let positions = (*next..).map(|at| at as f32);
            assert!(block.lane(0).iter().zip(positions.clone()).all(|(sample, at)| *sample == at));
            assert!(block.lane(1).iter().zip(positions).all(|(sample, at)| *sample == -at));
            *next = block.end();
            came += block.frames() as u64;
            if give_back {
                assert!(sink.free.enqueue(block).is_ok());
            }
        }
        (came, lost)
    }

    #[test]
    fn a_full_pool_drops_whole_blocks_and_says_where() {
        let (mut tap, mut sink) = tap(2);
        feed(&mut tap, 2 * BLOCK + 3 * BLOCK);
        let mut next = 0;
        assert_eq!(drain(&mut sink, &mut next, true), (2 * BLOCK as u64, 0));
        feed(&mut tap, BLOCK);
        assert_eq!(drain(&mut sink, &mut next, true), (BLOCK as u64, 3 * BLOCK as u64));
    }

    #[test]
    fn a_moment_goes_out_once_with_the_next_block() {
        let (mut tap, mut sink) = tap(3);
        feed(&mut tap, BLOCK / 2);
        tap.note_time(100);
        feed(&mut tap, BLOCK / 4);
        tap.note_time(200);
        feed(&mut tap, BLOCK);
        feed(&mut tap, BLOCK);
        let mut moments = core::iter::from_fn(|| sink.filled.dequeue()).map(|block| block.moment());
        let position = BLOCK as u64 / 2 + BLOCK as u64 / 4;
        assert_eq!(moments.next(), Some(Some(Moment { position, ns: 200 })));
        assert_eq!((moments.next(), moments.next()), (Some(None), None));
    }

    proptest! {
        /// Whatever happens, frames that came and frames in the ledger add up, and each sample is at its position.
        #[test]
        fn every_frame_is_accounted_for(steps in prop::collection::vec((0..4_u8, 1..40_usize), 1..60)) {
            let (mut tap, mut sink) = tap(3);
            let (mut next, mut came, mut lost) = (0, 0, 0);
            for (kind, frames) in steps {
                match kind {
                    0 => tap.lost(frames as u64, GapCause::Xrun),
                    1 => {
                        let (more, gone) = drain(&mut sink, &mut next, true);
                        came += more;
                        lost += gone;
                    }
                    2 => tap.flush(),
                    _ => feed(&mut tap, frames),
                }
            }
            while !tap.finish() {
                let (more, gone) = drain(&mut sink, &mut next, true);
                came += more;
                lost += gone;
            }
            let (more, gone) = drain(&mut sink, &mut next, true);
            prop_assert_eq!(next, tap.position());
            prop_assert_eq!(came + more + lost + gone, tap.position());
        }
    }
}
