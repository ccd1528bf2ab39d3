//! From what people set on a strip to what the engine runs: coefficients of filters, times as shares of a difference.
//! Computed in `f64`.
//!
//! Runs on: supervisor.
use crate::config::{BandKind, CompressorConfig, Db, EqBand, GateConfig, KeySource};
use std::f64::consts::{LOG2_10, PI, SQRT_2};
use vestry_rt::compressor::{Compressor, Log2};
use vestry_rt::follow::{GROUP, Key};
use vestry_rt::gate::Gate;
use vestry_rt::limiter::Limit;
use vestry_rt::section::Section;

/// How far a gate's closing threshold lies below the other one.
const HYSTERESIS: Db = Db(-3.0);

/// What is heard of a state variable filter: so much of the sound, of its band-pass and of its low-pass.
type Blend = [f64; 3];

/// A high-pass of second order after Butterworth: -3 dB at `hz` (below half the rate), 12 dB an octave.
pub fn high_pass(hz: f32, sample_rate: u32) -> Section {
    section(warped(hz, sample_rate), SQRT_2, [1.0, -SQRT_2, -1.0])
}

/// A band with the transfer function of R. Bristow-Johnson, "Cookbook formulae for audio equalizer biquad filter
/// coefficients" (peakingEQ, lowShelf, highShelf with Q), in Simper's form for the state variable filter.
pub fn band(band: &EqBand, sample_rate: u32) -> Section {
    let g = warped(band.hz, sample_rate);
    let (a, k) = (10_f64.powf(f64::from(band.gain_db.0) / 40.0), 1.0 / f64::from(band.q));
    match band.kind {
        BandKind::Bell => section(g, k / a, [1.0, k / a * (a * a - 1.0), 0.0]),
        BandKind::LowShelf => section(g / a.sqrt(), k, [1.0, k * (a - 1.0), a * a - 1.0]),
        BandKind::HighShelf => section(g * a.sqrt(), k, [a * a, k * (1.0 - a) * a, 1.0 - a * a]),
    }
}

/// A gate, closing 3 dB below its threshold.
pub fn gate(gate: &GateConfig, sample_rate: u32) -> Gate {
    let open = gate.threshold_db.to_gain();
    Gate {
        open,
        close: open * HYSTERESIS.to_gain(),
        floor: gate.range_db.to_gain(),
        hold: groups(gate.hold_ms, sample_rate).round() as f32,
        attack: left(gate.attack_ms, sample_rate),
        release: left(gate.release_ms, sample_rate),
    }
}

/// A compressor; its key from counting from 1 to counting from 0.
pub fn compressor(compressor: &CompressorConfig, sample_rate: u32) -> Compressor {
    Compressor {
        threshold: log2(compressor.threshold_db),
        knee: log2(compressor.knee_db),
        slope: 1.0 - 1.0 / compressor.ratio,
        makeup: log2(compressor.makeup_db),
        attack: left(compressor.attack_ms, sample_rate),
        release: left(compressor.release_ms, sample_rate),
        key: compressor.key.map(key),
    }
}

fn key(source: KeySource) -> Key {
    match source {
        KeySource::Input(number) => Key::Strip(u8::try_from(number.saturating_sub(1)).unwrap_or(u8::MAX)),
        KeySource::Bus(bus) => Key::Bus(bus),
    }
}

/// A limiter with this ceiling, whose gain comes back in 150 ms to 63 %: slow enough for speech not to pump.
pub fn limit(ceiling: Db, sample_rate: u32) -> Limit {
    Limit { ceiling: ceiling.to_gain(), release: left(150.0, sample_rate) }
}

/// The frequency of the analogue filter that the trapezoidal rule takes to `hz`: tan(pi f / rate).
fn warped(hz: f32, sample_rate: u32) -> f64 {
    (PI * f64::from(hz) / f64::from(sample_rate)).tan()
}

/// The filter of frequency `g` and damping `k` (Simper 2013: a1, a2, a3 of the paper are `a`, `b`, `c`).
fn section(g: f64, k: f64, [sound, band, low]: Blend) -> Section {
    let a = 1.0 / (1.0 + g * (g + k));
    let (b, c) = (g * a, g * g * a);
    Section {
        keep: (2.0 * a - 1.0) as f32,
        couple: (2.0 * b) as f32,
        lift: (2.0 * c) as f32,
        direct: (sound + band * b + low * c) as f32,
        first: (band * a + low * b) as f32,
        second: (sound + low) as f32,
    }
}

/// A level as a power of two.
fn log2(level: Db) -> Log2 {
    Log2((f64::from(level.0) * LOG2_10 / 20.0) as f32)
}

/// A time in groups of frames.
fn groups(ms: f32, sample_rate: u32) -> f64 {
    f64::from(ms) / 1000.0 * f64::from(sample_rate) / GROUP as f64
}

/// What is left of a difference after one group where 1/e is left after `ms`.
fn left(ms: f32, sample_rate: u32) -> f32 {
    (-1.0 / groups(ms, sample_rate)).exp() as f32
}
