//! Promise: nothing that is switched on, changed or switched off on a strip clicks; a tail ends in silence, a neighbour hears
//! nothing of it, and every vector unit makes the same sound.
#[path = "common/desk.rs"]
mod desk;

use desk::{Desk, Heard, off_by};
use vestry::config::{BandKind, CompressorConfig, Db, EqBand, GateConfig, GeneratorConfig, GeneratorKind};
use vestry::rt::bank::Insert;
use vestry::rt::compressor::Compressor;
use vestry::rt::follow::Key;
use vestry::rt::lag::KeyBus;
use vestry::rt::limiter::LATENCY;
use vestry::rt::message::{Bus, Command, Gain, Side, SoloMode, Tap};
use vestry::supervisor::coefficients::{band, compressor, gate, high_pass, limit};
use vestry::supervisor::synthesis::generator;

const RATE: u32 = 48_000;

fn bell(hz: f32, gain_db: f32, q: f32) -> EqBand {
    EqBand { kind: BandKind::Bell, hz, gain_db: Db(gain_db), q }
}

fn on(settings: EqBand) -> Insert {
    Insert::Band(2, Some(band(&settings, RATE)))
}

fn squeeze(threshold_db: f32, makeup_db: f32) -> Insert {
    let (threshold_db, makeup_db) = (Db(threshold_db), Db(makeup_db));
    Insert::Compressor(Some(compressor(
        &CompressorConfig { threshold_db, makeup_db, ..CompressorConfig::default() },
        RATE,
    )))
}

/// Everything at once.
fn all_inserts(input: u8) -> Vec<Command> {
    let shelf = EqBand { kind: BandKind::HighShelf, ..bell(5_000.0, -6.0, 0.7) };
    let inserts = [
        Insert::HighPass(Some(high_pass(100.0, RATE))),
        Insert::Gate(Some(gate(&GateConfig { threshold_db: Db(-10.0), ..GateConfig::default() }, RATE))),
        on(bell(300.0, 6.0, 2.0)),
        Insert::Band(7, Some(band(&shelf, RATE))),
        squeeze(-20.0, 4.0),
    ];
    inserts.map(|insert| Command::Insert(input, insert)).into()
}

fn tone(_input: usize, at: u64) -> f64 {
    0.5 * (std::f64::consts::TAU * 100.0 / f64::from(RATE) * at as f64).sin()
}

/// The largest bend from one frame to the next two: a click is one as large as itself.
fn largest_bend(heard: &[f64]) -> f64 {
    heard.windows(3).map(|three| (three[0] - 2.0 * three[1] + three[2]).abs()).fold(0.0, f64::max)
}

#[test]
fn no_change_clicks() {
    let gated = |threshold_db| {
        let settings = GateConfig { threshold_db: Db(threshold_db), attack_ms: 5.0, ..GateConfig::default() };
        Insert::Gate(Some(gate(&settings, RATE)))
    };
    let changes = [
        on(bell(100.0, 12.0, 1.0)),
        on(bell(100.0, -12.0, 4.0)),
        on(bell(4_000.0, 6.0, 0.5)),
        on(EqBand { kind: BandKind::LowShelf, ..bell(200.0, 6.0, 0.7) }),
        on(EqBand { kind: BandKind::HighShelf, ..bell(50.0, -9.0, 0.7) }),
        Insert::Band(2, None),
        Insert::HighPass(Some(high_pass(300.0, RATE))),
        Insert::HighPass(Some(high_pass(20.0, RATE))),
        Insert::HighPass(None),
        squeeze(-30.0, 0.0),
        squeeze(-6.0, 12.0),
        Insert::Compressor(None),
        gated(0.0),
        gated(-60.0),
        Insert::Gate(None),
    ];
    for periods in [2, 40] {
        let mut desk = Desk::new(1, 0, &[Command::Tap(0, Tap::Post)]);
        let mut heard = desk.run_with(10, tone).lanes[0].clone();
        for change in changes {
            desk.send(&[Command::Insert(0, change)]);
            let more = desk.run_with(periods, tone).lanes[0].clone();
            let bend = largest_bend(&[&heard[heard.len() - 2..], &more].concat());
            assert!(bend < 0.005, "{change:?}: {bend}");
            heard.extend(more);
        }
        let rest = desk.run_with(100, tone);
        let from = heard.len() as u64 + 90 * desk::PERIOD as u64;
        let after = &rest.lanes[0][90 * desk::PERIOD..];
        assert!(off_by(after, |at| tone(0, from + at)) < 1e-6, "all is off, and as if it had never been on");
    }
}

/// Everything that goes to an output: sends, the main mix, solos of both kinds and delays.
#[test]
fn no_change_of_what_an_output_plays_clicks() {
    let changes = [
        Command::SendTo(0, 0, Gain(0.7)),
        Command::SendLevel(0, Gain(0.3)),
        Command::Route(Bus::Send(0), 0, Gain(0.2)),
        Command::SendTo(1, 0, Gain(0.2)),
        Command::SendTo(0, 0, Gain(0.0)),
        Command::Route(Bus::Send(0), 0, Gain(1.0)),
        Command::SendTo(0, 0, Gain(0.2)),
        Command::SendTo(0, 0, Gain(0.0)),
        Command::SendTo(1, 0, Gain(0.0)),
        Command::MixTo(Side::Left, 0, Gain(0.4)),
        Command::MixLevel(Gain(0.2)),
        Command::MixTo(Side::Right, 0, Gain(0.3)),
        Command::MixLevel(Gain(1.5)),
        Command::MixTo(Side::Left, 0, Gain(0.0)),
        Command::MixTo(Side::Right, 0, Gain(0.0)),
        Command::Solo(0, true),
        Command::SoloMode(SoloMode::Pfl),
        Command::Mute(0, true),
        Command::SoloMode(SoloMode::Afl),
        Command::SoloMode(SoloMode::Pfl),
        Command::Solo(0, false),
        Command::Mute(0, false),
        Command::Delay(0, 240),
        Command::Delay(0, 16_320),
        Command::Delay(0, 1),
        Command::Delay(0, 0),
    ];
    let commands = [
        Command::MonitorTo(0, Gain(0.5)),
        Command::Select(0),
        Command::Route(Bus::Send(0), 0, Gain(1.0)),
        Command::Route(Bus::Send(1), 0, Gain(1.0)),
        Command::Route(Bus::MixLeft, 0, Gain(0.7)),
        Command::Route(Bus::MixRight, 0, Gain(0.5)),
    ];
    for periods in [2, 12, 200] {
        let mut desk = Desk::new(1, 1, &commands);
        let mut heard = desk.run_with(10, tone).outputs[0].clone();
        for change in changes {
            desk.send(&[change]);
            let more = desk.run_with(periods, tone).outputs[0].clone();
            let bend = largest_bend(&[&heard[heard.len() - 2..], &more].concat());
            assert!(bend < 0.005, "{change:?}: {bend}");
            heard.extend(more);
        }
        desk.run_with(20, tone);
        let from = desk.remote.counters.position.get();
        let rest = desk.run_with(5, tone);
        assert!(
            off_by(&rest.outputs[0], |at| 0.5 * tone(0, from + at)) < 1e-6,
            "as if nothing had ever been on"
        );
    }
}

/// Low sines, so that a click would stand out; beeps are high and therefore quiet.
#[test]
fn no_change_of_the_generator_clicks() {
    let mut number = 0;
    let mut set = |kind, hz: f32, level_db: f32, outputs| {
        number += 1;
        let (from_hz, to_hz, level_db) = (hz, 2.0 * hz, Db(level_db));
        let config = GeneratorConfig {
            kind,
            hz,
            from_hz,
            to_hz,
            level_db,
            seconds: 1.0,
            ..GeneratorConfig::default()
        };
        Command::Generator(generator(&config, outputs, RATE, number))
    };
    let changes = [
        set(GeneratorKind::Sine, 100.0, -6.0, 1),
        set(GeneratorKind::Sine, 100.0, -20.0, 1),
        set(GeneratorKind::Sine, 100.0, -6.0, 1),
        set(GeneratorKind::Sine, 70.0, -6.0, 1),
        set(GeneratorKind::Sine, 70.0, -6.0, 2),
        set(GeneratorKind::Sine, 70.0, -6.0, 3),
        set(GeneratorKind::Sweep, 50.0, -6.0, 3),
        set(GeneratorKind::Sweep, 60.0, -6.0, 3),
        set(GeneratorKind::Identify, 0.0, -30.0, 3),
        set(GeneratorKind::Sine, 90.0, -6.0, 1),
        set(GeneratorKind::Off, 0.0, 0.0, 1),
    ];
    for periods in [2, 7, 40, 1_000] {
        let mut desk = Desk::new(1, 2, &[]);
        let mut whole = [Vec::new(), Vec::new()];
        for change in changes {
            desk.send(&[change]);
            let heard = desk.run_with(periods, |_, _| 0.0);
            whole.iter_mut().zip(heard.outputs).for_each(|(whole, line)| whole.extend(line));
        }
        desk.run_with(20, |_, _| 0.0);
        assert!(desk.run_with(1, |_, _| 0.0).outputs.iter().flatten().all(|sample| *sample == 0.0));
        let bends = whole.each_ref().map(|line| largest_bend(line));
        assert!(bends.iter().all(|bend| *bend < 0.002), "{periods} periods: {bends:?}");
        assert!(periods < 40 || bends[0] > 0.0);
    }
}

/// Noise far over the ceiling through a limiter that changes all the time.
#[test]
fn a_limited_output_stays_below_its_ceiling_and_plays_late() {
    let route = Command::Route(Bus::Output(0), 0, Gain(8.0));
    let ceiling = |db| Command::Limiter(0, Some(limit(Db(db), RATE)));
    let mut desk = Desk::new(1, 1, &[route, ceiling(-6.0)]);
    let most = |heard: &Heard| heard.outputs[0].iter().fold(0.0, |most: f64, sample| most.max(sample.abs()));
    assert!(most(&desk.run(200)) <= f64::from(Db(-6.0).to_gain()));
    desk.send(&[ceiling(-20.0)]);
    desk.run(6);
    assert!(most(&desk.run(200)) <= f64::from(Db(-20.0).to_gain()));
    desk.send(&[Command::Route(Bus::Output(0), 0, Gain(0.05))]);
    desk.run(700);
    let from = desk.remote.counters.position.get() - LATENCY as u64;
    let heard = desk.run(10);
    assert!(
        off_by(&heard.outputs[0], |at| 0.05 * Desk::input(0, from + at)) < 1e-5,
        "quiet sound is untouched"
    );
    desk.send(&[Command::Route(Bus::Output(0), 0, Gain(0.0))]);
    assert_eq!(desk.run(20).outputs[0].last(), Some(&0.0));
}

#[test]
fn a_tail_ends_in_silence_without_a_denormal() {
    let mut commands = all_inserts(0);
    commands.extend([Command::Insert(0, Insert::Gate(None)), Command::Tap(0, Tap::Post)]);
    let mut desk = Desk::new(1, 0, &commands);
    desk.run(20);
    let tail = desk.run_with(2_000, |_, _| 0.0).lanes[0].clone();
    assert!(tail.iter().all(|sample| *sample == 0.0 || sample.abs() >= f64::from(f32::MIN_POSITIVE)));
    assert!(tail[100_000..].iter().all(|sample| *sample == 0.0));
}

#[test]
fn a_pre_tap_and_the_neighbours_hear_nothing_of_it() {
    let mut commands = all_inserts(1);
    commands.extend([Command::Tap(0, Tap::Post), Command::Tap(2, Tap::Post)]);
    let heard = Desk::new(3, 0, &commands).run(50);
    for (input, lane) in heard.lanes.iter().enumerate().take(3) {
        assert!(off_by(lane, |at| Desk::input(input, at)) == 0.0, "input {input}");
    }
}

#[test]
fn every_vector_unit_makes_the_same_sound_to_the_bit() {
    let listen = |plain| -> Heard {
        let mut commands: Vec<Command> = (0..9).flat_map(all_inserts).collect();
        commands.extend((0..9).map(|input| Command::Tap(input, Tap::Post)));
        let mut desk = Desk::new(9, 0, &commands);
        desk.plain = plain;
        desk.run(5);
        desk.send(&[Command::Insert(4, on(bell(900.0, -9.0, 1.0))), Command::Insert(5, Insert::Gate(None))]);
        desk.run(20)
    };
    let (plain, vector) = (listen(true), listen(false));
    assert!(plain.lanes == vector.lanes);
    assert!(
        off_by(&plain.lanes[3], |at| Desk::input(3, 5 * desk::PERIOD as u64 + at)) > 0.01,
        "it is processed"
    );
}

#[test]
fn every_vector_unit_makes_the_same_sound_of_sends_solos_and_delays_to_the_bit() {
    let keyed = |bus| {
        let sound =
            compressor(&CompressorConfig { threshold_db: Db(-40.0), ..CompressorConfig::default() }, RATE);
        Insert::Compressor(Some(Compressor { key: Some(Key::Bus(bus)), ..sound }))
    };
    let mut commands: Vec<Command> = (0..6_u8)
        .flat_map(|input| {
            let level = Gain(0.02 + 0.013 * f32::from(input));
            let sends = [Bus::Send(input % 2), Bus::Monitor, Bus::Output(2), Bus::MixLeft];
            sends.map(|bus| Command::Route(bus, input, level))
        })
        .collect();
    commands.extend([
        Command::SendTo(0, 0, Gain(0.7)),
        Command::SendTo(1, 1, Gain(0.9)),
        Command::SendLevel(1, Gain(0.37)),
        Command::MonitorTo(1, Gain(0.77)),
        Command::MixTo(Side::Left, 2, Gain(0.61)),
        Command::MixLevel(Gain(0.83)),
        Command::Delay(1, 333),
        Command::Insert(4, keyed(KeyBus::Send(1))),
        Command::Insert(5, keyed(KeyBus::Monitor)),
        Command::Tap(4, Tap::Post),
    ]);
    let listen = |plain| -> Heard {
        let mut desk = Desk::new(6, 3, &commands);
        desk.plain = plain;
        desk.run(5);
        desk.send(&[
            Command::SendTo(1, 1, Gain(0.1)),
            Command::SendLevel(0, Gain(0.9)),
            Command::Delay(1, 60),
        ]);
        desk.send(&[Command::SoloMode(SoloMode::Pfl), Command::Solo(3, true), Command::Delay(2, 17)]);
        desk.run(20)
    };
    let (plain, vector) = (listen(true), listen(false));
    assert!(plain.outputs == vector.outputs && plain.lanes == vector.lanes);
    assert!(plain.outputs.iter().all(|line| line.iter().any(|sample| *sample != 0.0)));
}
