//! From the configuration to what the engine is built of: shape and pool.
//!
//! Runs on: main.
use crate::config::Config;
use crate::rt_io::pool::PoolSize;
use vestry_rt::engine::Shape;

/// Time that a change of a level takes: long enough to be no click, short enough to feel immediate.
pub const RAMP_MS: u32 = 10;

/// Time that a recall of a scene takes: long enough for a whole console to change over.
const FADE_MS: u32 = 50;

/// Frames that a recall of a scene takes.
pub fn fade_frames(config: &Config) -> u32 {
    config.sample_rate * FADE_MS / 1000
}

/// The engine's fixed shape.
pub fn shape(config: &Config) -> Shape {
    Shape {
        inputs: config.inputs,
        capture_map: map(&config.device.capture_map),
        outputs: config.outputs,
        playback_map: map(&config.device.playback_map),
        record_mix: config.recording.mix,
        ramp_frames: config.sample_rate * RAMP_MS / 1000,
        period_ns: (config.frames_per_period as u64 * 1_000_000_000 / u64::from(config.sample_rate)) as u32,
    }
}

/// A pool for each medium.
pub fn pools(config: &Config) -> Vec<PoolSize> {
    vec![pool(config); config.media().len()]
}

/// A pool for `record_pool_seconds` and, beside that, the pre-roll that the writer holds back.
fn pool(config: &Config) -> PoolSize {
    let lanes = config.inputs + if config.recording.mix { 2 } else { 0 };
    let seconds = f64::from(config.record_pool_seconds) + config.recording.preroll_s;
    PoolSize::for_seconds(lanes, seconds, config.sample_rate)
}

/// Channels of the card from 0; in order where the file names none.
fn map<const N: usize>(channels: &[usize]) -> [u8; N] {
    std::array::from_fn(|at| channels.get(at).map_or(at as u8, |channel| index(*channel)))
}

/// From counting in the file, from 1, to counting in the engine, from 0.
fn index(number: usize) -> u8 {
    u8::try_from(number.saturating_sub(1)).unwrap_or(u8::MAX)
}
