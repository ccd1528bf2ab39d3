//! Clips made at another pitch or speed, per second of stereo sound at 48 kHz: a thousandth of the time is how much of a core it
//! takes while it goes on.
//!
//! `cargo bench --bench stretch`; `-- IN.wav OUT.wav` makes IN three semitones higher at its length, for `scripts/bench peers`.
use criterion::{Criterion, Throughput, criterion_group};
use hound::{SampleFormat, WavReader, WavSpec, WavWriter};
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use vestry::play::stretch::{Change, Rendering, render};
use vestry::rt::clip::Clip;

const RATE: u32 = 48_000;
const SECONDS: usize = 10;
/// Full scale of 16 bits.
const FULL: f32 = 32_768.0;

fn noise(seed: u32) -> Vec<f32> {
    let next = |state: &mut u32| {
        *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        Some((*state >> 8) as f32 / 16_777_216.0 - 0.5)
    };
    std::iter::repeat(()).scan(seed, |state, ()| next(state)).take(SECONDS * RATE as usize).collect()
}

fn made(clip: &Arc<Clip>, speed: f64, semitones: f64) -> Arc<Clip> {
    let change = Change { speed, pitch: (semitones / 12.0).exp2() };
    render(clip, &Rendering { change, repeat: None }, &|| true).expect("a clip in memory")
}

fn stretch(criterion: &mut Criterion) {
    let clip = Clip::new(RATE, &[&noise(1), &noise(2)]).expect("a clip");
    let mut group = criterion.benchmark_group("10 s of stereo");
    group.sample_size(10).throughput(Throughput::Elements(SECONDS as u64));
    let changes =
        [(1.0, 3.0), (1.0, -3.0), (1.0, 12.0), (1.0, -12.0), (0.8, 0.0), (1.25, 0.0), (0.5, 0.0), (2.0, 0.0)];
    for (speed, semitones) in changes {
        group.bench_function(format!("speed {speed}, {semitones:+} semitones"), |bench| {
            bench.iter(|| black_box(made(&clip, speed, semitones)));
        });
    }
    group.finish();
}

/// A WAV file of 16-bit integers.
fn file(from: &Path, to: &Path) -> hound::Result<()> {
    let mut reader = WavReader::open(from)?;
    let WavSpec { channels, sample_rate, .. } = reader.spec();
    let mut sound = vec![Vec::new(); usize::from(channels)];
    for (sample, channel) in reader.samples::<i16>().zip((0..usize::from(channels)).cycle()) {
        sound[channel].push(f32::from(sample?) / FULL);
    }
    let sound: Vec<&[f32]> = sound.iter().map(Vec::as_slice).collect();
    let made = made(&Clip::new(sample_rate, &sound).expect("a clip"), 1.0, 3.0);
    let spec = WavSpec { channels, sample_rate, bits_per_sample: 16, sample_format: SampleFormat::Int };
    let mut writer = WavWriter::create(to, spec)?;
    for frame in 0..made.frames() {
        for channel in (0..made.channels()).filter_map(|channel| made.samples(channel)) {
            writer.write_sample((channel[frame] * FULL).round() as i16)?;
        }
    }
    writer.finalize()
}

criterion_group!(benches, stretch);

fn main() {
    let mut files = std::env::args_os().skip(1).map(PathBuf::from);
    match files.find(|path| path.is_file()).and_then(|from| Some((from, files.next()?))) {
        Some((from, to)) => file(&from, &to).expect("a WAV file of 16 bit"),
        None => {
            benches();
            Criterion::default().configure_from_args().final_summary();
        }
    }
}
