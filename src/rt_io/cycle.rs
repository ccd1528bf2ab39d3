//! The period loop: wait, process, commit, publish.
//!
//! Runs on: rt.
use super::clock;
use super::device::{Cycle, Device};
use super::vector;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use vestry_rt::engine::Engine;

/// How often a lost card is looked for.
const REVIVE_EVERY: Duration = Duration::from_millis(250);
/// How long a device that could go faster waits for the writer.
const BACK_PRESSURE: Duration = Duration::from_micros(200);
/// How long the end waits for a free block.
const FINISH: Duration = Duration::from_millis(500);

/// Moves periods until `stop` is set or the source ends. Neither allocates nor locks, but for `Device::revive`.
pub fn run(device: &mut dyn Device, engine: &mut Engine, stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        if !device.paced() && !engine.has_room() {
            std::thread::sleep(BACK_PRESSURE);
            continue;
        }
        match turn(device, engine) {
            Cycle::Period => {}
            Cycle::Idle => engine.begin_period(),
            Cycle::Lost { frames, cause } => engine.lost(frames, cause),
            Cycle::Gone => revive(device, engine, stop),
            Cycle::Ended => break,
        }
    }
    finish(engine);
}

/// Waits a moment for a writer that stands still, so that the ledger is whole to its end.
fn finish(engine: &mut Engine) {
    let mut patience = FINISH.as_micros() / BACK_PRESSURE.as_micros();
    while !engine.finish() && patience > 0 {
        patience -= 1;
        std::thread::sleep(BACK_PRESSURE);
    }
    engine.ended();
}

/// One turn of the device, with the engine around its period.
fn turn(device: &mut dyn Device, engine: &mut Engine) -> Cycle {
    let mut begun = false;
    let mut begun_ns = None;
    let outcome = device.cycle(&mut |input, output| {
        if !begun {
            begun = true;
            engine.begin_period();
            begun_ns = engine.latency_on().then(clock::now_ns);
        }
        vector::process(engine, input, output);
    });
    if begun {
        if let Some(heard_ns) = device.heard_ns() {
            engine.note_time(heard_ns);
        }
        engine.end_period();
    }
    if let Some(begun_ns) = begun_ns {
        let duration = clock::now_ns().saturating_sub(begun_ns);
        engine.note_duration(u32::try_from(duration).unwrap_or(u32::MAX));
    }
    outcome
}

fn revive(device: &mut dyn Device, engine: &mut Engine, stop: &AtomicBool) {
    engine.device_gone();
    while !stop.load(Ordering::Relaxed) {
        if device.revive() {
            return engine.device_back();
        }
        engine.begin_period();
        std::thread::sleep(REVIVE_EVERY);
    }
}
