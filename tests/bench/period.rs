//! One period of the console at 128 frames: what it costs, and that the latency monitor costs nothing when off.
//!
//! `cargo bench --bench period`. The budget is in DESIGN section 4: 0.6 us for six inputs, a plain loop takes 1.1 us.
use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use std::time::Instant;
use vestry::rt::area::CaptureArea;
use vestry::rt::message::Command;
use vestry::rt::sample::SampleFormat;

#[path = "rig.rs"]
mod rig;
#[path = "strips.rs"]
mod strips;

use rig::{FRAMES, engine, noise, one_period};

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
    for inputs in [0, 1, 6, 8, 16, 24, 32_u8] {
        let (mut engine, mut remote, mut sinks) = engine(32, 32, false, 1);
        rig::process(&mut engine, &mut remote, inputs);
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
