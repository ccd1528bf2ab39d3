//! The mix that `scripts/bench peers` compares with its peers': six inputs of a file to two outputs, with the levels of
//! tests/bench/period.rs. Prints the mean power of each output in dB. Not timed.
//!
//! `cargo bench --bench mix -- FILE` (WAV, six channels of 32 bit).
use hound::WavReader;
use std::path::{Path, PathBuf};
use vestry::rt::area::{CaptureArea, PlaybackArea};
use vestry::rt::block::BlockSink;
use vestry::rt::engine::{Engine, Shape};
use vestry::rt::message::{Bus, Command, Gain};
use vestry::rt::sample::SampleFormat;
use vestry::rt_io::assemble::assemble;
use vestry::rt_io::pool::{BLOCK_FRAMES, PoolSize};
use vestry::rt_io::vector;

const FRAMES: usize = 128;
const INPUTS: usize = 6;

fn commands() -> Vec<Command> {
    let strip = |input: u8| {
        let level = Gain(0.3 + 0.05 * f32::from(input));
        let routes = [0, 1].map(|output| Command::Route(Bus::Output(output), input, level));
        [Command::Gain(input, Gain(0.8))].into_iter().chain(routes)
    };
    (0..INPUTS as u8).flat_map(strip).collect()
}

fn engine() -> (Box<Engine>, Vec<BlockSink>) {
    let map = std::array::from_fn(|at| at as u8);
    let shape = Shape {
        inputs: INPUTS,
        capture_map: map,
        outputs: 2,
        playback_map: map,
        record_mix: false,
        ramp_frames: 480,
        period_ns: 2_666_667,
    };
    let pool = PoolSize { lanes: INPUTS, block_frames: BLOCK_FRAMES, blocks: 4 };
    let (engine, _remote, sinks) = assemble(shape, &[pool], &commands());
    (engine, sinks)
}

/// Frames as they are played, full scale 1.0.
fn played(engine: &mut Engine, period: &[i32]) -> Vec<[f64; 2]> {
    let bytes: Vec<u8> = period.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let mut out = [0; 2 * FRAMES * 4];
    let input = CaptureArea { bytes: &bytes, format: SampleFormat::S32, channels: INPUTS };
    engine.begin_period();
    vector::process(engine, input, PlaybackArea { bytes: &mut out, format: SampleFormat::S32, channels: 2 });
    engine.end_period();
    let sample = |bytes: &[u8; 4]| f64::from(i32::from_le_bytes(*bytes)) / 2_147_483_648.0;
    out.as_chunks::<4>().0.as_chunks::<2>().0.iter().map(|frame| frame.each_ref().map(sample)).collect()
}

/// Of both outputs, in dB.
fn powers(path: &Path) -> [f64; 2] {
    let samples = WavReader::open(path).expect("a WAV file").into_samples();
    let sound: Vec<i32> = samples.map(|sample| sample.expect("a sample")).collect();
    let (mut engine, mut sinks) = engine();
    let (mut energy, mut frames) = ([0.0; 2], 0.0);
    for period in sound.chunks_exact(FRAMES * INPUTS) {
        for frame in played(&mut engine, period) {
            energy.iter_mut().zip(frame).for_each(|(energy, sample)| *energy += sample * sample);
            frames += 1.0;
        }
        for sink in &mut sinks {
            sink.filled.dequeue().into_iter().for_each(|block| _ = sink.free.enqueue(block));
        }
    }
    energy.map(|energy: f64| 10.0 * (energy / frames).log10())
}

fn main() {
    // Cargo adds `--bench` to what a bench is given; without a file there is nothing to do.
    if let Some(path) = std::env::args_os().skip(1).map(PathBuf::from).find(|path| path.is_file()) {
        let [left, right] = powers(&path);
        println!("{left:.3} {right:.3}");
    }
}
