//! A console whose periods are measured.
#![allow(dead_code, reason = "each bench uses a part")]
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

/// Frames a second.
pub const RATE: u32 = 48_000;
/// Of one period.
pub const FRAMES: usize = 128;

/// Every input to two outputs, and to the mix where that is recorded; taps on both sides.
pub fn engine(
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

/// So many bytes.
pub fn noise(bytes: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..bytes).map(|_| next()).collect()
}

/// One period, whose blocks come back at once.
pub fn one_period(engine: &mut Engine, sinks: &mut [BlockSink], input: CaptureArea<'_>, out: &mut [u8]) {
    engine.begin_period();
    vector::process(engine, input, PlaybackArea { bytes: out, format: SampleFormat::S32, channels: 2 });
    engine.end_period();
    for sink in sinks {
        while let Some(block) = sink.filled.dequeue() {
            let _room = sink.free.enqueue(block);
        }
    }
}

/// Gives the first `strips` four bands and a compressor each.
pub fn process(engine: &mut Engine, remote: &mut Remote, strips: u8) {
    let compressor = CompressorConfig { threshold_db: Db(-20.0), ..CompressorConfig::default() };
    let band = |at: u8| EqBand { hz: 100.0 * 4_f32.powi(at.into()), gain_db: Db(3.0), ..EqBand::default() };
    for input in 0..strips {
        let bands = (0..4).map(|at| Insert::Band(at, Some(coefficients::band(&band(at), RATE))));
        let compressor = Insert::Compressor(Some(coefficients::compressor(&compressor, RATE)));
        let commands: Vec<_> =
            bands.chain([compressor]).map(|insert| Command::Insert(input, insert)).collect();
        assert!(remote.send(&commands).is_ok());
        engine.begin_period();
    }
}
