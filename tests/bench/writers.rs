//! Six mono files of 24 bit, a block of 1,024 frames at a time: ours without what a take adds (tests/bench/pack.rs has that),
//! and hound; tests/bench/peers/sndfile.c has libsndfile. New files after every ten seconds in each of them.
use criterion::{Criterion, criterion_group, criterion_main};
use hound::{SampleFormat, WavSpec, WavWriter};
use std::fs::File;
use std::hint::black_box;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use vestry::record::Format;
use vestry::record::wave::pack::Packer;

const BLOCK: usize = 1024;
const CHANNELS: usize = 6;
const BLOCKS: usize = 469;
const CHUNK: usize = 64 * 1024;
const SPEC: WavSpec =
    WavSpec { channels: 1, sample_rate: 48_000, bits_per_sample: 24, sample_format: SampleFormat::Int };

fn noise() -> Vec<Vec<f32>> {
    let value = |seed: usize| ((seed as u32).wrapping_mul(2_654_435_761) as i32 >> 8) as f32 / 8_388_608.0;
    (0..CHANNELS).map(|lane| (0..BLOCK).map(|at| value(lane * BLOCK + at)).collect()).collect()
}

/// What writes the file of one lane.
trait Writer {
    fn create(path: PathBuf) -> Self;
    fn write(&mut self, lane: &[f32]);
    fn end(self);
}

struct Ours {
    file: File,
    packer: Packer,
    bytes: Vec<u8>,
}

impl Writer for Ours {
    fn create(path: PathBuf) -> Self {
        let (file, packer) = (File::create(path).unwrap(), Packer::new(Format::Pcm24, 1));
        Self { file, packer, bytes: Vec::with_capacity(2 * CHUNK) }
    }

    fn write(&mut self, lane: &[f32]) {
        self.packer.pack(&[lane], &mut self.bytes);
        if self.bytes.len() >= CHUNK {
            self.file.write_all(&self.bytes).unwrap();
            self.bytes.clear();
        }
    }

    fn end(mut self) {
        self.file.write_all(&self.bytes).unwrap();
    }
}

impl Writer for WavWriter<BufWriter<File>> {
    fn create(path: PathBuf) -> Self {
        Self::create(path, SPEC).unwrap()
    }

    /// Hound takes whole numbers, so rounding is the caller's.
    fn write(&mut self, lane: &[f32]) {
        for sample in lane {
            let number = (sample * 8_388_608.0).round().clamp(-8_388_608.0, 8_388_607.0) as i32;
            self.write_sample(number).unwrap();
        }
    }

    fn end(self) {
        self.finalize().unwrap();
    }
}

fn block<W: Writer>(criterion: &mut Criterion, name: &str) {
    let shared = Path::new("/dev/shm");
    let memory = if shared.is_dir() { shared.into() } else { std::env::temp_dir() };
    let (dir, lanes) = (tempfile::tempdir_in(memory).unwrap(), noise());
    let created = || (0..CHANNELS).map(|lane| W::create(dir.path().join(lane.to_string()))).collect();
    let (mut writers, mut written): (Vec<W>, usize) = (created(), 0);
    criterion.benchmark_group("6 mono files").bench_function(name, |bencher| {
        bencher.iter(|| {
            if written == BLOCKS {
                writers.drain(..).for_each(Writer::end);
                (writers, written) = (created(), 0);
            }
            writers.iter_mut().zip(black_box(&lanes)).for_each(|(writer, lane)| writer.write(lane));
            written += 1;
        });
    });
}

fn bench(criterion: &mut Criterion) {
    block::<Ours>(criterion, "pack and write");
    block::<WavWriter<BufWriter<File>>>(criterion, "hound");
}

criterion_group!(benches, bench);
criterion_main!(benches);
