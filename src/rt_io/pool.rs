//! Allocates the capture pool, before the loop starts.
//!
//! Runs on: main.
use nix::sys::mman::{MmapAdvise, madvise};
use std::ptr::NonNull;
use vestry_rt::MAX_OUTPUTS;
use vestry_rt::block::{BlockQueue, BlockSink, BlockSource, CaptureBlock, POOL_BLOCKS, pool};
use vestry_rt::delay::{DelayRing, RING};

/// Frames of one block: 21 ms at 48 kHz, so that 60 s fit the queues and a block's hand-over costs next to nothing.
pub const BLOCK_FRAMES: usize = 1024;

/// Smallest page of any supported processor, in bytes.
const PAGE: usize = 4096;

/// Size of a capture pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolSize {
    /// Lanes of a block (1 to 34).
    pub lanes: usize,
    /// Frames of a block per lane.
    pub block_frames: usize,
    /// Blocks (1 to `POOL_BLOCKS`).
    pub blocks: usize,
}

impl PoolSize {
    /// Room for `seconds` of sound of `lanes` lanes at `rate` Hz, in blocks that grow when the queues would not hold them.
    pub fn for_seconds(lanes: usize, seconds: f64, rate: u32) -> Self {
        let frames = (seconds * f64::from(rate)).ceil() as usize;
        let mut block_frames = BLOCK_FRAMES;
        while frames.div_ceil(block_frames) + 2 > POOL_BLOCKS {
            block_frames *= 2;
        }
        Self { lanes, block_frames, blocks: (frames.div_ceil(block_frames) + 2).max(4) }
    }
}

/// Allocates a pool, touches every page of it and returns its two halves. The memory is never freed.
pub fn allocate(size: PoolSize) -> (BlockSource, BlockSink) {
    let mut samples: &'static mut [f32] = vec![0.0; size.blocks * size.lanes * size.block_frames].leak();
    want_large_pages(samples);
    touch(samples);
    let mut blocks: Vec<&'static mut CaptureBlock> = Vec::with_capacity(size.blocks);
    for _ in 0..size.blocks {
        let (head, rest) = samples.split_at_mut(size.lanes * size.block_frames);
        samples = rest;
        blocks.push(Box::leak(Box::new(CaptureBlock::new(head, size.lanes))));
    }
    let queue = || Box::leak(Box::new(BlockQueue::new()));
    pool(queue(), queue(), blocks.into_iter())
}

/// Allocates what the delays of `outputs` need, each page touched. The memory is never freed.
pub fn delay_rings(outputs: usize) -> heapless::Vec<&'static mut DelayRing, MAX_OUTPUTS> {
    let samples = vec![0.0; outputs.min(MAX_OUTPUTS) * RING].leak();
    touch(samples);
    samples.as_chunks_mut::<RING>().0.iter_mut().collect()
}

/// Brings in every page: zeroed memory comes without.
fn touch(samples: &mut [f32]) {
    let pages = samples.iter_mut().step_by(PAGE / size_of::<f32>());
    pages.for_each(|sample| *std::hint::black_box(sample) = 0.0);
}

/// Asks for large pages, which are there in a quarter of the time. A kernel without them (a real-time one) gives small ones.
fn want_large_pages(samples: &mut [f32]) {
    let skip = samples.as_ptr().align_offset(PAGE);
    let Some(whole) = samples.get_mut(skip..).filter(|whole| !whole.is_empty()) else { return };
    let length = size_of_val(whole);
    // SAFETY: the range lies within memory that is ours for good; the advice changes nothing in it.
    let _given_or_not = unsafe { madvise(NonNull::from(whole).cast(), length, MmapAdvise::MADV_HUGEPAGE) };
}
