//! An engine with known sound on its inputs, and all that comes out of it.
#![allow(dead_code)]
use vestry::rt::area::{CaptureArea, PlaybackArea};
use vestry::rt::block::BlockSink;
use vestry::rt::engine::{Engine, Shape};
use vestry::rt::message::Command;
use vestry::rt::sample::SampleFormat;
use vestry::rt_io::assemble::{Remote, assemble};
use vestry::rt_io::offline::noise_sample;
use vestry::rt_io::pool::PoolSize;
use vestry::rt_io::vector;

pub const PERIOD: usize = 96;
pub const RAMP: u32 = 480;
const SCALE: f64 = 8_388_608.0;

/// What passes through the console, by frame; full scale is 1.0.
#[derive(Default)]
pub struct Heard {
    /// By lane: the inputs, then mix left and right.
    pub lanes: Vec<Vec<f64>>,
    /// By output.
    pub outputs: Vec<Vec<f64>>,
}

pub struct Desk {
    engine: Box<Engine>,
    pub remote: Remote,
    sink: BlockSink,
    inputs: usize,
    outputs: usize,
    position: u64,
    /// Leaves the processor's best vector unit alone.
    pub plain: bool,
}

impl Desk {
    pub fn new(inputs: usize, outputs: usize, commands: &[Command]) -> Self {
        Self::built(inputs, outputs, true, commands)
    }

    /// One that records no mix.
    pub fn without_mix(inputs: usize, outputs: usize, commands: &[Command]) -> Self {
        Self::built(inputs, outputs, false, commands)
    }

    fn built(inputs: usize, outputs: usize, record_mix: bool, commands: &[Command]) -> Self {
        let map = std::array::from_fn(|at| at as u8);
        let shape = Shape {
            inputs,
            capture_map: map,
            outputs,
            playback_map: map,
            record_mix,
            ramp_frames: RAMP,
            period_ns: 2_000_000,
        };
        let pool = PoolSize { lanes: inputs + 2, block_frames: PERIOD, blocks: 8 };
        let (engine, remote, mut sinks) = assemble(shape, &[pool], commands);
        let sink = sinks.remove(0);
        Self { engine, remote, sink, inputs, outputs, position: 0, plain: false }
    }

    /// An input's sample: noise of its own, or full scale where `dc` is wanted.
    pub fn input(input: usize, position: u64) -> f64 {
        f64::from(noise_sample(input as u64 + 1, position)) / SCALE
    }

    pub fn send(&mut self, commands: &[Command]) {
        self.remote.send(commands).expect("room for commands");
    }

    /// Runs periods of noise.
    pub fn run(&mut self, periods: usize) -> Heard {
        self.run_with(periods, Self::input)
    }

    /// Runs periods of whatever `sound` says.
    pub fn run_with(&mut self, periods: usize, sound: impl Fn(usize, u64) -> f64) -> Heard {
        let mut heard =
            Heard { lanes: vec![Vec::new(); self.inputs + 2], outputs: vec![Vec::new(); self.outputs] };
        for _ in 0..periods {
            self.period(&sound, &mut heard);
        }
        heard
    }

    fn period(&mut self, sound: &impl Fn(usize, u64) -> f64, heard: &mut Heard) {
        let frames = self.position..self.position + PERIOD as u64;
        let samples =
            frames.flat_map(|at| (0..self.inputs).map(move |input| (sound(input, at) * SCALE) as i32));
        let bytes: Vec<u8> = samples.flat_map(|sample| (sample << 8).to_le_bytes()).collect();
        let mut played = vec![0; PERIOD * self.outputs * 4];
        self.engine.begin_period();
        let input = CaptureArea { bytes: &bytes, format: SampleFormat::S32, channels: self.inputs };
        let output = PlaybackArea { bytes: &mut played, format: SampleFormat::S32, channels: self.outputs };
        if self.plain {
            self.engine.process(input, output);
        } else {
            vector::process(&mut self.engine, input, output);
        }
        self.engine.end_period();
        self.position += PERIOD as u64;
        for (at, raw) in played.as_chunks::<4>().0.iter().enumerate() {
            heard.outputs[at % self.outputs].push(f64::from(i32::from_le_bytes(*raw)) / 2_147_483_648.0);
        }
        while let Some(block) = self.sink.filled.dequeue() {
            for (lane, out) in heard.lanes.iter_mut().enumerate() {
                out.extend(block.lane(lane).iter().map(|sample| f64::from(*sample)));
            }
            assert!(self.sink.free.enqueue(block).is_ok());
        }
    }
}

/// Largest difference from `wanted(frame)`.
pub fn off_by(heard: &[f64], wanted: impl Fn(u64) -> f64) -> f64 {
    heard.iter().zip(0..).map(|(sample, at)| (sample - wanted(at)).abs()).fold(0.0, f64::max)
}

/// Largest step from one frame to the next.
pub fn largest_step(heard: &[f64]) -> f64 {
    heard.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f64::max)
}
