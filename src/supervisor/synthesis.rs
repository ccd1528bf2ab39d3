//! From what people set on generator and click track to what the engine runs. Computed in `f64`.
//!
//! Runs on: supervisor.
use super::console::RAMP_MS;
use crate::config::{ClickConfig, Db, GeneratorConfig, GeneratorKind};
use vestry_rt::burst::BurstShape;
use vestry_rt::click::Click;
use vestry_rt::generator::{Generator, Signal};
use vestry_rt::identify::Identify;
use vestry_rt::pink::PINK_RMS;
use vestry_rt::sweep::Sweep;
use vestry_rt::tone::Step;

/// Pitch and length of the beeps by which outputs tell who they are, from one to the next, and before the next output.
const BEEP_HZ: f64 = 1_000.0;
const BEEP_MS: f64 = 100.0;
const BEEPS_MS: f64 = 250.0;
const PAUSE_MS: f64 = 1_000.0;
/// Pitches of the click, on the first beat of a bar and on the others: a fifth apart, and in the ear's best range.
const ACCENT_HZ: f64 = 1_500.0;
const BEAT_HZ: f64 = 1_000.0;
/// How long a click comes and goes.
const CLICK_RISE_MS: f64 = 0.5;
const CLICK_FALL_MS: f64 = 30.0;

/// The generator on `outputs` (bit i: output i, from 0); none while it is off. `number` is what a sweep tells at its end.
pub fn generator(config: &GeneratorConfig, outputs: u32, sample_rate: u32, number: u8) -> Option<Generator> {
    let rate = f64::from(sample_rate);
    let peak = gain(config.level_db);
    let (signal, level) = match config.kind {
        GeneratorKind::Off => return None,
        GeneratorKind::Sine => (Signal::Sine(Step::of(f64::from(config.hz) / rate)), peak),
        GeneratorKind::Pink => (Signal::Pink, peak / PINK_RMS),
        GeneratorKind::Sweep => (Signal::Sweep(sweep(config, rate, number)), peak),
        GeneratorKind::Identify => (Signal::Identify(identify(rate)), peak),
    };
    Some(Generator { outputs, level: level as f32, signal })
}

/// The click track on `outputs` (bit i: output i, from 0); none while it is off.
pub fn click(config: &ClickConfig, outputs: u32, sample_rate: u32) -> Option<Click> {
    let burst = |hz: f64| {
        let rate = f64::from(sample_rate);
        let (rise, fall) = (frames(CLICK_RISE_MS, rate), frames(CLICK_FALL_MS, rate));
        BurstShape { step: Step::of(hz / rate), rise, fall, length: rise + fall }
    };
    config.on.then(|| Click {
        outputs,
        level: gain(config.level_db) as f32,
        beats: config.beats,
        tempo: config.tempo(sample_rate),
        accent: burst(ACCENT_HZ),
        beat: burst(BEAT_HZ),
    })
}

fn sweep(config: &GeneratorConfig, rate: f64, number: u8) -> Sweep {
    let (from, to) = (f64::from(config.from_hz), f64::from(config.to_hz));
    let length = frames(f64::from(config.seconds) * 1_000.0, rate);
    let (ratio, edge) = ((to / from).powf(1.0 / f64::from(length)), frames(f64::from(RAMP_MS), rate));
    Sweep { from: from / rate, ratio, frames: length, edge, repeat: config.repeat, number }
}

fn identify(rate: f64) -> Identify {
    let edge = frames(f64::from(RAMP_MS), rate);
    let beep =
        BurstShape { step: Step::of(BEEP_HZ / rate), rise: edge, fall: edge, length: frames(BEEP_MS, rate) };
    Identify { beep, every: frames(BEEPS_MS, rate), pause: frames(PAUSE_MS, rate) }
}

/// Frames of a time.
fn frames(ms: f64, rate: f64) -> u32 {
    (ms / 1_000.0 * rate).round() as u32
}

/// As [`Db::to_gain`], in `f64`.
fn gain(level: Db) -> f64 {
    10_f64.powf(f64::from(level.0) / 20.0)
}
