//! How fast sound becomes bytes on a medium. Bytes a second are those of the samples as they arrive, 4 a sample.
//!
//! Target: 1.2 GB/s packed and written.
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::fs::File;
use std::hint::black_box;
use std::os::unix::fs::FileExt;
use std::path::Path;
use vestry::record::Format;
use vestry::record::part::Part;
use vestry::record::wave::pack::Packer;
use vestry::record::wave::{DATA_START, RIFF_LIMIT, Spec};

const BLOCK: usize = 1024;
/// Blocks between rewinds of the file: 10 s.
const BLOCKS: usize = 469;
const CHUNK: usize = 64 * 1024;

fn lanes(count: usize) -> Vec<Vec<f32>> {
    let value = |seed: usize| ((seed as u32).wrapping_mul(2_654_435_761) as i32 >> 8) as f32 / 8_388_608.0;
    (0..count).map(|lane| (0..BLOCK).map(|at| value(lane * BLOCK + at)).collect()).collect()
}

/// What a straightforward writer does.
fn plain(lanes: &[&[f32]], out: &mut Vec<u8>) {
    for at in 0..BLOCK {
        for lane in lanes {
            let number = (lane[at] * 8_388_608.0).round().clamp(-8_388_608.0, 8_388_607.0) as i32;
            out.extend_from_slice(&number.to_le_bytes()[..3]);
        }
    }
}

fn memory() -> std::path::PathBuf {
    let shared = Path::new("/dev/shm");
    if shared.is_dir() { shared.into() } else { std::env::temp_dir() }
}

fn bench(criterion: &mut Criterion) {
    for channels in [6, 32] {
        let owned = lanes(channels);
        let lanes: Vec<&[f32]> = owned.iter().map(Vec::as_slice).collect();
        let mut group = criterion.benchmark_group(format!("{channels} channels"));
        group.throughput(Throughput::Bytes((channels * BLOCK * 4) as u64));
        let mut out = Vec::with_capacity(channels * BLOCK * 4);
        group.bench_function("plain loop, interleaved", |bencher| {
            bencher.iter(|| {
                out.clear();
                plain(black_box(&lanes), &mut out);
            })
        });
        let mut packer = Packer::new(Format::Pcm24, channels);
        group.bench_function("pack 24, interleaved", |bencher| {
            bencher.iter(|| {
                out.clear();
                packer.pack(black_box(&lanes), &mut out);
            })
        });
        let mut packer = Packer::new(Format::Pcm24, 1);
        group.bench_function("pack 24, mono", |bencher| {
            bencher.iter(|| {
                out.clear();
                black_box(&lanes).iter().for_each(|lane| packer.pack(&[lane], &mut out));
            })
        });
        write(&mut group, &lanes);
        group.finish();
    }
}

type Group<'a> = criterion::BenchmarkGroup<'a, criterion::measurement::WallTime>;

fn write(group: &mut Group<'_>, lanes: &[&[f32]]) {
    let dir = tempfile::tempdir_in(memory()).unwrap();
    let files: Vec<File> =
        (0..lanes.len()).map(|lane| File::create(dir.path().join(lane.to_string())).unwrap()).collect();
    let mut buffers = vec![Vec::with_capacity(2 * CHUNK); lanes.len()];
    let mut packer = Packer::new(Format::Pcm24, 1);
    let mut at = 0;
    group.bench_function("pack 24 and write, mono files", |bencher| {
        bencher.iter(|| {
            for ((lane, buffer), file) in lanes.iter().zip(&mut buffers).zip(&files) {
                packer.pack(&[lane], buffer);
                if buffer.len() >= CHUNK {
                    file.write_all_at(buffer, at).unwrap();
                    buffer.clear();
                }
            }
            at = (at + BLOCK as u64 * 3) % (BLOCKS * BLOCK * 3) as u64;
        })
    });
    let spec = Spec { format: Format::Pcm24, channels: 1, sample_rate: 48_000 };
    let part = |lane: usize, round: usize| {
        let path = dir.path().join(format!("{lane}_{}", round % 2));
        Part::begin(Box::new(File::create(&path).unwrap()), path, spec, &[0; DATA_START as usize], RIFF_LIMIT)
            .unwrap()
    };
    let mut round = 0;
    let mut parts: Vec<Part> = Vec::new();
    group.bench_function("a take's files, checksum and all", |bencher| {
        bencher.iter(|| {
            if parts.first().is_none_or(|part| part.frames() > (BLOCKS * BLOCK) as u64) {
                parts = (0..lanes.len()).map(|lane| part(lane, round)).collect();
                round += 1;
            }
            for (lane, part) in lanes.iter().zip(&mut parts) {
                part.write(&[lane]).unwrap();
            }
        })
    });
}

criterion_group!(benches, bench);
criterion_main!(benches);
