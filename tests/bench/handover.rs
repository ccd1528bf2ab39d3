//! A block of six lanes of 128 frames on its way to a writer and back: our pool over heapless, and the same blocks over the
//! queues of other crates. All of it on one core, so what is timed is the queue, not the wait for another core.
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main};
use crossbeam_queue::ArrayQueue;
use ringbuf::HeapRb;
use ringbuf::traits::{Consumer as _, Producer as _, Split as _};
use std::hint::black_box;
use vestry::rt::block::{BlockRef, CaptureBlock, POOL_BLOCKS};
use vestry::rt_io::pool::{PoolSize, allocate};

const LANES: usize = 6;
const FRAMES: usize = 128;
/// A third of a second; the queues have room for more.
const POOL: PoolSize = PoolSize { lanes: LANES, block_frames: FRAMES, blocks: 128 };

/// The four ends of a circulation, in the order in which a block passes them.
struct Ends<TakeFree, GiveFull, TakeFull, GiveFree> {
    take_free: TakeFree,
    give_full: GiveFull,
    take_full: TakeFull,
    give_free: GiveFree,
}

impl<TakeFree, GiveFull, TakeFull, GiveFree> Ends<TakeFree, GiveFull, TakeFull, GiveFree>
where
    TakeFree: FnMut() -> Option<BlockRef>,
    GiveFull: FnMut(BlockRef) -> bool,
    TakeFull: FnMut() -> Option<BlockRef>,
    GiveFree: FnMut(BlockRef) -> bool,
{
    /// Once round; `fill` and `read` do what is done with the block on either side.
    fn round(&mut self, fill: impl Fn(&mut CaptureBlock), read: impl FnOnce(&CaptureBlock)) -> bool {
        let Some(block) = (self.take_free)() else { return false };
        fill(block);
        if !(self.give_full)(block) {
            return false;
        }
        let Some(block) = (self.take_full)() else { return false };
        read(block);
        (self.give_free)(block)
    }

    fn bench(mut self, group: &mut BenchmarkGroup<'_, WallTime>, name: &str) {
        let period = [[0.25_f32; FRAMES]; LANES];
        let mut out = [[0.0_f32; FRAMES]; LANES];
        group.bench_function(format!("{name}, with its samples"), |bencher| {
            bencher.iter(|| {
                let fill = |block: &mut CaptureBlock| filled(block, black_box(&period));
                assert!(self.round(fill, |block| read(block, black_box(&mut out))));
            });
        });
        group.bench_function(format!("{name}, the block alone"), |bencher| {
            bencher.iter(|| assert!(self.round(|_| (), |block| _ = black_box(block))));
        });
    }
}

fn filled(block: &mut CaptureBlock, period: &[[f32; FRAMES]; LANES]) {
    block.begin(0);
    for (at, lane) in period.iter().enumerate() {
        block.room(at, FRAMES).copy_from_slice(lane);
    }
    block.advance(FRAMES);
}

fn read(block: &CaptureBlock, out: &mut [[f32; FRAMES]; LANES]) {
    for (at, lane) in out.iter_mut().enumerate() {
        lane.copy_from_slice(block.lane(at));
    }
}

/// Blocks in the same memory as our pool's.
fn blocks() -> impl Iterator<Item = BlockRef> {
    let (mut source, _sink) = allocate(POOL);
    std::iter::from_fn(move || source.free.dequeue())
}

fn ours(group: &mut BenchmarkGroup<'_, WallTime>) {
    let (mut source, mut sink) = allocate(POOL);
    let ends = Ends {
        take_free: || source.free.dequeue(),
        give_full: |block| source.filled.enqueue(block).is_ok(),
        take_full: || sink.filled.dequeue(),
        give_free: |block| sink.free.enqueue(block).is_ok(),
    };
    ends.bench(group, "heapless (ours)");
}

fn rtrb(group: &mut BenchmarkGroup<'_, WallTime>) {
    let (mut give_full, mut take_full) = rtrb::RingBuffer::new(POOL_BLOCKS);
    let (mut give_free, mut take_free) = rtrb::RingBuffer::new(POOL_BLOCKS);
    blocks().for_each(|block| assert!(give_free.push(block).is_ok()));
    let ends = Ends {
        take_free: || take_free.pop().ok(),
        give_full: |block| give_full.push(block).is_ok(),
        take_full: || take_full.pop().ok(),
        give_free: |block| give_free.push(block).is_ok(),
    };
    ends.bench(group, "rtrb");
}

fn ringbuf(group: &mut BenchmarkGroup<'_, WallTime>) {
    let (mut give_full, mut take_full) = HeapRb::<BlockRef>::new(POOL_BLOCKS).split();
    let (mut give_free, mut take_free) = HeapRb::<BlockRef>::new(POOL_BLOCKS).split();
    blocks().for_each(|block| assert!(give_free.try_push(block).is_ok()));
    let ends = Ends {
        take_free: || take_free.try_pop(),
        give_full: |block| give_full.try_push(block).is_ok(),
        take_full: || take_full.try_pop(),
        give_free: |block| give_free.try_push(block).is_ok(),
    };
    ends.bench(group, "ringbuf");
}

fn crossbeam(group: &mut BenchmarkGroup<'_, WallTime>) {
    let (full, free) = (ArrayQueue::new(POOL_BLOCKS), ArrayQueue::new(POOL_BLOCKS));
    blocks().for_each(|block| assert!(free.push(block).is_ok()));
    let ends = Ends {
        take_free: || free.pop(),
        give_full: |block| full.push(block).is_ok(),
        take_full: || full.pop(),
        give_free: |block| free.push(block).is_ok(),
    };
    ends.bench(group, "crossbeam-queue");
}

fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("hand-over of a block and back");
    ours(&mut group);
    rtrb(&mut group);
    ringbuf(&mut group);
    crossbeam(&mut group);
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
