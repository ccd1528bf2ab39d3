//! Promise: filters, gates and compressors do what their formulas say, click at no change, and touch nothing but their strip.
#[path = "dynamics/cookbook.rs"]
mod cookbook;
#[path = "common/desk.rs"]
mod desk;

use cookbook::{Cookbook, decibels, magnitude};
use desk::{Desk, PERIOD};
use vestry::config::{BandKind, CompressorConfig, Db, EqBand, GateConfig, KeySource};
use vestry::rt::bank::Insert;
use vestry::rt::follow::GROUP;
use vestry::rt::message::{Command, Tap};
use vestry::supervisor::coefficients::{band, compressor, gate, high_pass};

const RATE: u32 = 48_000;
/// What the requirements allow, in dB.
const EQ_OFF: f64 = 0.05;
const DYNAMICS_OFF: f64 = 0.1;

fn post(input: u8) -> Command {
    Command::Tap(input, Tap::Post)
}

/// What comes out of one strip with `inserts`, after `frames` of `sound`.
fn through(inserts: &[Insert], frames: usize, sound: impl Fn(u64) -> f64) -> Vec<f64> {
    let mut commands = vec![post(0)];
    commands.extend(inserts.iter().map(|insert| Command::Insert(0, *insert)));
    let heard = Desk::new(1, 0, &commands).run_with(frames.div_ceil(PERIOD), |_, at| sound(at));
    heard.lanes[0].clone()
}

/// The response to half of full scale in one frame, made up for.
fn impulse_response(insert: Insert) -> Vec<f64> {
    let mut response = through(&[insert], 1 << 16, |at| if at == 0 { 0.5 } else { 0.0 });
    response.iter_mut().for_each(|sample| *sample *= 2.0);
    response
}

/// 100 frequencies from 20 Hz to 20 kHz, evenly spread by ratio.
fn frequencies() -> impl Iterator<Item = f64> {
    (0..100).map(|at| 20.0 * 1000_f64.powf(f64::from(at) / 99.0))
}

fn holds(insert: Insert, wanted: &Cookbook, what: &str) {
    let response = impulse_response(insert);
    for hz in frequencies() {
        let exact = wanted.decibels(hz / f64::from(RATE));
        // Far down, the rounding of the impulse itself is heard.
        if exact > -70.0 {
            let off = decibels(magnitude(&response, hz / f64::from(RATE))) - exact;
            assert!(off.abs() < EQ_OFF, "{what}: {off} dB off at {hz} Hz");
        }
    }
}

#[test]
fn bands_have_the_cookbooks_response() {
    for kind in [BandKind::Bell, BandKind::LowShelf, BandKind::HighShelf] {
        for (hz, gain_db, q) in [
            (20.0, 12.0, 4.0),
            (60.0, -24.0, 0.7),
            (1_000.0, 24.0, 0.1),
            (1_000.0, -6.0, 10.0),
            (8_000.0, 3.0, 0.7),
            (20_000.0, -12.0, 2.0),
        ] {
            let settings = EqBand { kind, hz, gain_db: Db(gain_db), q };
            let exact = Cookbook::band(&settings, f64::from(hz) / f64::from(RATE));
            holds(Insert::Band(5, Some(band(&settings, RATE))), &exact, &format!("{settings:?}"));
        }
    }
}

#[test]
fn the_high_pass_is_a_butterworth() {
    for hz in [10.0, 80.0, 2_000.0] {
        let exact = Cookbook::high_pass(f64::from(hz) / f64::from(RATE));
        holds(Insert::HighPass(Some(high_pass(hz, RATE))), &exact, &format!("high-pass {hz} Hz"));
        assert!((exact.decibels(f64::from(hz) / f64::from(RATE)) + 3.0103).abs() < 1e-3, "-3 dB at {hz} Hz");
    }
}

#[test]
fn eight_bands_add_up() {
    let bands: Vec<_> = (0..8_u8)
        .map(|at| EqBand {
            hz: 40.0 * 2_f32.powi(at.into()),
            gain_db: Db(f32::from(at) - 4.0),
            ..EqBand::default()
        })
        .collect();
    let inserts: Vec<_> =
        (0..).zip(&bands).map(|(at, one)| Insert::Band(at, Some(band(one, RATE)))).collect();
    let response = through(&inserts, 1 << 15, |at| if at == 0 { 0.5 } else { 0.0 });
    for hz in frequencies() {
        let of = |one: &EqBand| {
            Cookbook::band(one, f64::from(one.hz) / f64::from(RATE)).decibels(hz / f64::from(RATE))
        };
        let exact: f64 = bands.iter().map(of).sum();
        let off = decibels(2.0 * magnitude(&response, hz / f64::from(RATE))) - exact;
        assert!(off.abs() < EQ_OFF, "{off} dB off at {hz} Hz");
    }
}

fn amplitude(db: f64) -> f64 {
    10_f64.powf(db / 20.0)
}

fn compressed(settings: CompressorConfig, frames: usize, sound: impl Fn(u64) -> f64) -> Vec<f64> {
    through(&[Insert::Compressor(Some(compressor(&settings, RATE)))], frames, sound)
}

/// The curve of Giannoulis, Massberg and Reiss (2012), equation 4: dB out for dB in.
fn curve(settings: &CompressorConfig, level: f64) -> f64 {
    let (threshold, width) = (f64::from(settings.threshold_db.0), f64::from(settings.knee_db.0));
    let slope = 1.0 / f64::from(settings.ratio) - 1.0;
    let over = level - threshold;
    if 2.0 * over < -width {
        level
    } else if 2.0 * over.abs() <= width && width > 0.0 {
        level + slope * (over + width / 2.0).powi(2) / (2.0 * width)
    } else {
        level + slope * over
    }
}

#[test]
fn the_compressors_curve_is_exact() {
    for (ratio, knee, makeup) in [(2.0, 0.0, 0.0), (3.0, 6.0, 5.0), (20.0, 24.0, 0.0), (1.0, 6.0, -3.0)] {
        let settings = CompressorConfig {
            ratio,
            knee_db: Db(knee),
            makeup_db: Db(makeup),
            attack_ms: 1.0,
            release_ms: 500.0,
            ..CompressorConfig::default()
        };
        for level in (-48..=0).step_by(3).map(f64::from) {
            let exact = curve(&settings, level) + f64::from(makeup);
            let steady = compressed(settings, 9_600, |_| amplitude(level) * 0.999_999);
            let off = decibels(steady[9_500]) - exact;
            assert!(off.abs() < DYNAMICS_OFF, "{settings:?}: {off} dB off at {level} dB");
            let turn = std::f64::consts::TAU * 1_000.0 / f64::from(RATE);
            let sine =
                compressed(settings, 9_600, |at| amplitude(level) * 0.999_999 * (turn * at as f64).sin());
            let peak = sine[9_000..].iter().fold(0.0, |peak: f64, sample| peak.max(sample.abs()));
            let off = decibels(peak) - exact;
            assert!(off.abs() < DYNAMICS_OFF, "{settings:?}: {off} dB off at a sine of {level} dB");
        }
    }
}

#[test]
fn the_compressor_keeps_its_times() {
    let settings = CompressorConfig {
        threshold_db: Db(-30.0),
        ratio: 4.0,
        knee_db: Db(0.0),
        attack_ms: 10.0,
        release_ms: 100.0,
        ..CompressorConfig::default()
    };
    let (low, high, rise, fall) = (amplitude(-50.0), amplitude(-10.0), 9_600, 19_200);
    let loud = |at: u64| (rise..fall).contains(&at);
    let heard = compressed(settings, 28_800, |at| if loud(at) { high } else { low });
    let (attack, release, full) = (0.010, 0.100, 15.0);
    // A group is over before its level counts.
    let since = |at: u64, from: u64| (at.saturating_sub(from + GROUP as u64 - 1)) as f64 / f64::from(RATE);
    for at in (rise + 8..28_800).filter(|at| !(fall..fall + 8).contains(at)) {
        let gain = decibels(heard[at as usize] / if loud(at) { high } else { low });
        let exact = if at < fall {
            full * (1.0 - (-since(at, rise) / attack).exp())
        } else {
            // Two first-order stages after one another: first the release, then the attack.
            let passed = since(at, fall);
            let (slow, quick) = (release * (-passed / release).exp(), attack * (-passed / attack).exp());
            full * (slow - quick) / (release - attack)
        };
        assert!((gain + exact).abs() < DYNAMICS_OFF, "{gain} dB for {exact} dB at {at}");
    }
}

#[test]
fn music_goes_down_under_speech_and_a_mute_lets_it_up() {
    let settings = CompressorConfig {
        threshold_db: Db(-40.0),
        ratio: 10.0,
        knee_db: Db(0.0),
        key: Some(KeySource::Input(1)),
        release_ms: 50.0,
        ..CompressorConfig::default()
    };
    let duck = Insert::Compressor(Some(compressor(&settings, RATE)));
    // The key is in another eight than the music, and before it.
    let mut desk = Desk::new(10, 0, &[post(0), post(9), Command::Insert(9, duck)]);
    let mut listen = |speech: f64| {
        let heard = desk.run_with(300, |input, _| if input == 0 { speech } else { 0.5 });
        (*heard.lanes[9].last().unwrap(), *heard.lanes[0].last().unwrap())
    };
    assert!((listen(0.0).0 - 0.5).abs() < 1e-6, "no speech");
    let (music, speech) = listen(0.1);
    assert!((decibels(music / 0.5) + 18.0).abs() < DYNAMICS_OFF, "20 dB over, 10:1: {music}");
    assert_eq!((speech * 1e4).round(), 1e3, "the key itself is as it was");
    desk.send(&[Command::Mute(0, true)]);
    let heard = desk.run_with(300, |input, _| if input == 0 { 0.1 } else { 0.5 });
    assert!(decibels(heard.lanes[9].last().unwrap() / 0.5).abs() < DYNAMICS_OFF, "a muted pulpit is silent");
}

#[test]
fn the_gate_keeps_its_thresholds_range_and_hold() {
    let settings =
        GateConfig { threshold_db: Db(-30.0), hold_ms: 100.0, release_ms: 20.0, ..GateConfig::default() };
    let levels = [-31.0, -29.0, -32.5, -34.0];
    let part = RATE as usize / 2;
    let heard = through(&[Insert::Gate(Some(gate(&settings, RATE)))], 4 * part, |at| {
        amplitude(levels[(at as usize / part).min(3)])
    });
    let gain = |at: usize| decibels(heard[at]) - levels[at / part];
    for (at, wanted) in [
        (part - 1, -40.0),
        (part + 480, 0.0),
        (2 * part - 1, 0.0),
        (3 * part - 1, 0.0),
        (3 * part + 4_700, 0.0),
        (4 * part - 1, -40.0),
    ] {
        assert!((gain(at) - wanted).abs() < DYNAMICS_OFF, "{} dB for {wanted} dB at {at}", gain(at));
    }
}
