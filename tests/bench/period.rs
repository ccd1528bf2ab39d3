//! One period of the console at 128 frames: what it costs, and that the latency monitor costs nothing when off.
//!
//! `cargo bench --bench period`. The budget is in DESIGN section 4: 0.6 us for six inputs, a plain loop takes 1.1 us.
use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use std::time::Instant;
use vestry::config::{CompressorConfig, Db, EqBand};
use vestry::rt::area::{CaptureArea, PlaybackArea};
use vestry::rt::bank::Insert;
use vestry::rt::block::BlockSink;
use vestry::rt::engine::{Engine, Shape};
use vestry::rt::message::{Bus, Command, Gain, Tap};
use vestry::rt::sample::SampleFormat;
use vestry::rt_io::assemble::{Remote, assemble};
use vestry::rt_io::pool::{BLOCK_FRAMES, PoolSize};
use vestry::rt_io::vector;
use vestry::supervisor::coefficients;

#[path = "strips.rs"]
mod strips;

const FRAMES: usize = 128;

fn engine(
    inputs: usize,
    channels: usize,
    record_mix: bool,
    media: usize,
) -> (Box<Engine>, Remote, Vec<BlockSink>) {
    let map = std::array::from_fn(|at| at as u8);
    let shape = Shape {
        inputs,
        capture_map: map,
        outputs: 2,
        playback_map: map,
        record_mix,
        ramp_frames: 480,
        period_ns: 2_666_667,
    };
    let mut commands = Vec::new();
    for input in 0..inputs as u8 {
        commands.push(Command::Gain(input, Gain(0.8)));
        commands.push(Command::Tap(input, if input % 2 == 0 { Tap::Pre } else { Tap::Post }));
        for bus in [Bus::Output(0), Bus::Output(1), Bus::MixLeft, Bus::MixRight] {
            commands.push(Command::Route(bus, input, Gain(0.3 + 0.05 * f32::from(input))));
        }
    }
    let pool = PoolSize { lanes: inputs + 2, block_frames: BLOCK_FRAMES, blocks: 16 };
    assert!(channels >= inputs);
    assemble(shape, &vec![pool; media], &commands)
}

fn noise(bytes: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..bytes).map(|_| next()).collect()
}

fn one_period(engine: &mut Engine, sinks: &mut [BlockSink], input: CaptureArea<'_>, out: &mut [u8]) {
    engine.begin_period();
    vector::process(engine, input, PlaybackArea { bytes: out, format: SampleFormat::S32, channels: 2 });
    engine.end_period();
    for sink in sinks {
        while let Some(block) = sink.filled.dequeue() {
            let _room = sink.free.enqueue(block);
        }
    }
}

fn period(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("period of 128 frames");
    for (name, inputs, channels, mix, media) in [
        ("6 inputs to 2", 6, 6, false, 1),
        ("6 inputs to 2, two media", 6, 6, false, 2),
        ("6 of 8 channels to 2, stereo mix", 6, 8, true, 1),
        ("6 of 8 channels to 2, stereo mix, two media", 6, 8, true, 2),
        ("32 to 2", 32, 32, false, 1),
    ] {
        let (mut engine, _remote, mut sinks) = engine(inputs, channels, mix, media);
        let bytes = noise(FRAMES * channels * 4);
        let mut out = vec![0; FRAMES * 2 * 4];
        let area = CaptureArea { bytes: &bytes, format: SampleFormat::S32, channels };
        group.bench_function(name, |bencher| {
            bencher.iter(|| one_period(&mut engine, &mut sinks, black_box(area), black_box(&mut out)));
        });
    }
    group.finish();
}

/// The plain loop that the budget compares with: frame by frame, channel by channel.
fn plain(criterion: &mut Criterion) {
    let bytes = noise(FRAMES * 6 * 4);
    let mut out = vec![0_u8; FRAMES * 2 * 4];
    let mut blocks = vec![0.0_f32; FRAMES * 6];
    let levels = [[0.3_f32, 0.35, 0.4, 0.45, 0.5, 0.55]; 2];
    criterion.bench_function("a plain loop", |bencher| {
        bencher.iter(|| {
            let (mut peak, mut energy) = ([0.0_f32; 12], [0.0_f32; 12]);
            for (at, frame) in black_box(&bytes).chunks_exact(24).enumerate() {
                let mut sums = [0.0_f32; 2];
                for (input, raw) in frame.chunks_exact(4).enumerate() {
                    let pre = i32::from_le_bytes([raw[0], raw[1], raw[2], raw[3]]) as f32 / 2_147_483_648.0;
                    let post = pre * 0.8;
                    peak[input] = peak[input].max(pre.abs());
                    energy[input] += pre * pre;
                    peak[input + 6] = peak[input + 6].max(post.abs());
                    energy[input + 6] += post * post;
                    blocks[input * FRAMES + at] = if input % 2 == 0 { pre } else { post };
                    sums.iter_mut().zip(levels).for_each(|(sum, level)| *sum += post * level[input]);
                }
                for (out, sum) in out[at * 8..at * 8 + 8].chunks_exact_mut(4).zip(sums) {
                    out.copy_from_slice(&((sum * 2_147_483_648.0) as i32).to_le_bytes());
                }
            }
            black_box((peak, energy, &mut out, &mut blocks));
        });
    });
}

fn latency_monitor(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("latency monitor");
    for on in [false, true] {
        let (mut engine, mut remote, mut sinks) = engine(6, 6, false, 1);
        assert!(remote.send(&[Command::LatencyMonitor(on)]).is_ok());
        let bytes = noise(FRAMES * 6 * 4);
        let mut out = vec![0; FRAMES * 2 * 4];
        let area = CaptureArea { bytes: &bytes, format: SampleFormat::S32, channels: 6 };
        group.bench_function(if on { "on" } else { "off" }, |bencher| {
            bencher.iter(|| {
                let begun = engine.latency_on().then(Instant::now);
                one_period(&mut engine, &mut sinks, black_box(area), black_box(&mut out));
                if let Some(begun) = begun {
                    engine.note_duration(begun.elapsed().as_nanos() as u32);
                }
            });
        });
    }
    group.finish();
}

/// Strips with four bands and a compressor each, by how many there are, and a plain loop over 32 of them.
fn processed(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("4 bands and a compressor on each strip");
    let compressor = CompressorConfig { threshold_db: Db(-20.0), ..CompressorConfig::default() };
    let band = |at: u8| EqBand { hz: 100.0 * 4_f32.powi(at.into()), gain_db: Db(3.0), ..EqBand::default() };
    for inputs in [0, 1, 6, 8, 16, 24, 32_u8] {
        let (mut engine, mut remote, mut sinks) = engine(32, 32, false, 1);
        for input in 0..inputs {
            let mut inserts =
                vec![Insert::Compressor(Some(coefficients::compressor(&compressor, strips::RATE)))];
            inserts
                .extend((0..4).map(|at| Insert::Band(at, Some(coefficients::band(&band(at), strips::RATE)))));
            let commands: Vec<_> = inserts.into_iter().map(|insert| Command::Insert(input, insert)).collect();
            assert!(remote.send(&commands).is_ok());
            engine.begin_period();
        }
        let bytes = noise(FRAMES * 32 * 4);
        let mut out = vec![0; FRAMES * 2 * 4];
        let area = CaptureArea { bytes: &bytes, format: SampleFormat::S32, channels: 32 };
        group.bench_function(format!("{inputs} of 32"), |bencher| {
            bencher.iter(|| one_period(&mut engine, &mut sinks, black_box(area), black_box(&mut out)));
        });
    }
    let (mut loops, bytes) = (strips::PlainStrips::new(32), noise(FRAMES * 32 * 4));
    group.bench_function("a plain loop over 32", |bencher| {
        bencher.iter(|| {
            black_box(loops.period(black_box(&bytes)));
        });
    });
    group.finish();
}

/// The third of all periods in which the guard looks at every channel of the card.
fn snapshot(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("snapshot of 8 channels");
    for on in [false, true] {
        let (mut engine, remote, mut sinks) = engine(6, 8, false, 1);
        let bytes = noise(FRAMES * 8 * 4);
        let mut out = vec![0; FRAMES * 2 * 4];
        let area = CaptureArea { bytes: &bytes, format: SampleFormat::S32, channels: 8 };
        group.bench_function(if on { "on" } else { "off" }, |bencher| {
            bencher.iter(|| {
                one_period(&mut engine, &mut sinks, black_box(area), black_box(&mut out));
                if on && remote.snapshot.take(|_| ()).is_none() {
                    remote.snapshot.want(usize::MAX);
                }
            });
        });
    }
    group.finish();
}

criterion_group!(benches, period, plain, processed, latency_monitor, snapshot);
criterion_main!(benches);
