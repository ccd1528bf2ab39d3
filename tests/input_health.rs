//! Promise: an input that is dead, stuck, clipping or humming is told within half a minute, by name; a quiet one is not.
#[path = "mqtt/broker.rs"]
#[allow(dead_code)]
mod broker;
#[path = "common/running.rs"]
mod running;

use broker::Broker;
use proptest::prelude::*;
use running::Running;
use serde_json::{Value, json};
use vestry::guard::{HealthMonitor, InputHealth, Look};
use vestry::rt_io::offline::noise_sample;

const RATE: u32 = 48_000;
/// Frames between two readings of the meters.
const TICK: u32 = 2_400;
/// Readings between two looks.
const LOOKS: u64 = 10;
const FRAMES: usize = 8_160;

/// What an input carries at a frame, left-justified in 32 bits.
type Sound<'a> = &'a dyn Fn(u64) -> i32;

fn noise(seed: u64, level: f64) -> impl Fn(u64) -> i32 {
    move |at| (f64::from(noise_sample(seed, at) << 8) * level) as i32
}

fn sine(hertz: f64, level: f64) -> impl Fn(u64) -> i32 {
    move |at| {
        let phase = std::f64::consts::TAU * hertz * at as f64 / f64::from(RATE);
        (phase.sin() * level * 2_147_483_392.0).round() as i32
    }
}

/// Inputs that are heard for some seconds from a frame on, as the supervisor hears them.
fn hear(monitor: &mut HealthMonitor, sounds: &[Sound<'_>], from: u64, seconds: u64) -> u64 {
    for tick in 0..seconds * u64::from(RATE / TICK) {
        let begin = from + tick * u64::from(TICK);
        // Every seventh sample is enough to know the level of what is played here.
        let peak = |sound: &Sound<'_>| {
            let loudest =
                (begin..begin + u64::from(TICK)).step_by(7).map(|at| sound(at).unsigned_abs()).max();
            loudest.map_or(0.0, |loudest| loudest as f32 / 2_147_483_648.0)
        };
        monitor.meters(TICK, sounds.iter().map(peak));
        if tick % LOOKS == 0 {
            let samples =
                (begin..begin + FRAMES as u64).flat_map(|at| sounds.iter().map(move |sound| sound(at)));
            let look = Look::new(begin, sounds.len(), samples.collect());
            monitor.look(&look, 0..sounds.len());
        }
    }
    from + seconds * u64::from(RATE)
}

#[test]
fn each_illness_is_found_and_goes_away() {
    use InputHealth::{Clipping, Dead, Hum, Ok, Stuck, Unused};
    let (speech, silence) = (noise(1, 0.1), |_| 0);
    let (constant, loud, hum) = (|_| 0x0012_3400, sine(1_000.0, 1.0), sine(50.0, 0.05));
    let mut monitor = HealthMonitor::new(RATE, &[false, false, false, false, false, true]);
    let ill: [Sound<'_>; 6] = [&speech, &silence, &constant, &loud, &hum, &silence];
    let at = hear(&mut monitor, &ill, 0, 9);
    assert_eq!(monitor.inputs(), [Ok, Ok, Ok, Clipping, Ok, Unused], "nine seconds are too few for most");
    let at = hear(&mut monitor, &ill, at, 20);
    assert_eq!(monitor.inputs(), [Ok, Dead, Stuck, Clipping, Hum, Unused]);
    let well: [Sound<'_>; 6] = [&speech; 6];
    hear(&mut monitor, &well, at, 60);
    assert_eq!(monitor.inputs(), [Ok, Ok, Ok, Ok, Ok, Unused]);
}

#[test]
fn where_everything_is_silent_nothing_is_known() {
    let (silence, voice) = (|_| 0, noise(1, 0.1));
    let mut monitor = HealthMonitor::new(RATE, &[false; 3]);
    let at = hear(&mut monitor, &[&silence, &silence, &silence], 0, 60);
    assert_eq!(monitor.inputs(), [InputHealth::Ok; 3], "a card without a clock, or nobody there");
    hear(&mut monitor, &[&voice, &silence, &silence], at, 12);
    assert_eq!(monitor.inputs(), [InputHealth::Ok, InputHealth::Dead, InputHealth::Dead]);
}

#[test]
fn a_clap_is_no_clipping_and_half_a_minute_of_organ_is_no_hum() {
    let clap = |at: u64| if at % 480_000 < 1_000 { i32::MAX } else { noise(3, 0.05)(at) };
    let (pedal, octave) = (sine(49.0, 0.3), sine(98.0, 0.2));
    let organ = move |at: u64| pedal(at) + octave(at);
    let mut monitor = HealthMonitor::new(RATE, &[false; 2]);
    hear(&mut monitor, &[&clap, &organ], 0, 40);
    assert_eq!(monitor.inputs(), [InputHealth::Ok; 2]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Speech with pauses at any level, hiss of the last bits, a little hum below it, an offset: all well.
    #[test]
    fn quiet_is_no_illness(level in -100.0..-1.0_f64, offset in -1000..1000_i32, hum in 0.0..0.000_9_f64, pause in 1..12_u64) {
        let gain = 10_f64.powf(level / 20.0);
        let (voice, hiss, mains) = (noise(5, gain), noise(6, 0.000_001), sine(50.0, hum));
        let speech = move |at: u64| {
            let speaks = at / u64::from(RATE) % (2 * pause) < pause;
            let sound = if speaks { voice(at) } else { 0 };
            sound.saturating_add(hiss(at)).saturating_add(mains(at)).saturating_add(offset << 8)
        };
        let other = noise(7, 0.2);
        let mut monitor = HealthMonitor::new(RATE, &[false; 2]);
        hear(&mut monitor, &[&speech, &other], 0, 30);
        prop_assert_eq!(monitor.inputs(), [InputHealth::Ok; 2]);
    }
}

const BOX: &str = r#"
inputs = 6
realtime = { lock_memory = false }
[[input]]
name = "Pulpit"
[[input]]
name = "Altar"
[[input]]
name = "Organ"
[[input]]
name = "Choir"
[[input]]
name = "Spare"
unused = true
[[input]]
name = "Quiet"
[device]
kind = "offline"
[device.offline]
sources = [
  { file = "/usr/share/sounds/alsa/Front_Left.wav" },
  {},
  { tone_hz = 50.0, level_db = -20.0 },
  { tone_hz = 1000.0, level_db = 0.0 },
  {},
  { noise_seed = 1, level_db = -90.0 },
]
[mqtt]
id = "hall"
host = "127.0.0.1"
meters_hz = 0.0
health_s = 3600
"#;

#[test]
fn the_box_tells_which_input_is_ill_and_how() {
    let broker = Broker::start();
    let mut ear = broker.listen();
    let dir = tempfile::tempdir().unwrap();
    let _running = Running::beside(broker.port, dir.path(), BOX);
    let told = |message: &broker::Message, health: &str| {
        message.topic == "vestry/hall/event"
            && message.json()["event_type"] == "input_health"
            && message.json()["health"] == health
    };
    for (health, input, name) in [("clipping", 4, "Choir"), ("dead", 2, "Altar"), ("hum", 3, "Organ")] {
        let place = ear.place();
        let event = ear.until(health, |message| told(message, health)).json();
        assert_eq!((&event["input"], &event["name"]), (&json!(input), &json!(name)));
        ear.back_to(place);
    }
    let all = json!(["ok", "dead", "hum", "clipping", "unused", "ok"]);
    let health: Value = ear
        .until("all of it, at once", |message| {
            message.topic == "vestry/hall/health" && message.json()["inputs"] == all
        })
        .json();
    assert_eq!(health["channels"]["order"], "unchecked");
}
