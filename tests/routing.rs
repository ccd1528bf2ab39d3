//! Promise: sends, the main mix, solos, keys and delays are what their words say: sums to -120 dB, and delays to the frame.
#[path = "common/desk.rs"]
mod desk;

use desk::{Desk, Heard, PERIOD, off_by};
use proptest::prelude::*;
use vestry::config::{CompressorConfig, Db, GateConfig, KeySource};
use vestry::rt::CHUNK;
use vestry::rt::bank::Insert;
use vestry::rt::delay::MOST;
use vestry::rt::lag::KeyBus;
use vestry::rt::limiter::LATENCY;
use vestry::rt::message::{Bus, Command, Gain, Side, SoloMode, Tap, Tone};
use vestry::supervisor::coefficients::{compressor, gate, limit};

/// -120 dB below full scale.
const EXACT: f64 = 1e-6;
const RATE: u32 = 48_000;
/// Periods after which every ramp has ended.
const CHANGE: usize = desk::RAMP as usize / PERIOD + 1;
const INPUTS: usize = 6;
const OUTPUTS: usize = 3;

/// Levels of a console, each linear, or frames.
#[derive(Clone, Debug)]
struct Levels {
    strips: Vec<(f32, bool, bool)>,
    routes: Vec<f32>,
    monitor: Vec<f32>,
    monitor_to: Vec<f32>,
    sends: Vec<f32>,
    masters: Vec<f32>,
    sends_to: Vec<f32>,
    /// Of each input left and right, over both, and of each output left and right.
    mix: Vec<f32>,
    mix_level: f32,
    mix_to: Vec<f32>,
    gains: Vec<f32>,
    delays: Vec<u16>,
}

/// Now and then off, else up to `most`: chosen so that no sum clips.
fn level(most: f32) -> impl Strategy<Value = f32> {
    prop_oneof![1 => Just(0.0), 4 => 0.0..most]
}

fn levels() -> impl Strategy<Value = Levels> {
    let many = |count: usize, most: f32| prop::collection::vec(level(most), count);
    let strips = prop::collection::vec((0.0..2.0_f32, any::<bool>(), prop::bool::weighted(0.2)), INPUTS);
    let inputs = (strips, many(INPUTS * OUTPUTS, 0.02), many(INPUTS, 0.1), many(INPUTS * 2, 0.2));
    let delays =
        prop::collection::vec(prop_oneof![2 => Just(0), 3 => 1..500_u16, 1 => Just(MOST as u16)], OUTPUTS);
    let outputs = (many(OUTPUTS, 0.2), many(2, 0.5), many(OUTPUTS * 2, 0.1), many(OUTPUTS, 1.3), delays);
    let mix = (many(INPUTS * 2, 0.1), level(1.5), many(OUTPUTS * 2, 0.2));
    (inputs, outputs, mix).prop_map(
        |((strips, routes, monitor, sends), outputs, (mix, mix_level, mix_to))| {
            let (monitor_to, masters, sends_to, gains, delays) = outputs;
            Levels {
                strips,
                routes,
                monitor,
                monitor_to,
                sends,
                masters,
                sends_to,
                mix,
                mix_level,
                mix_to,
                gains,
                delays,
            }
        },
    )
}

impl Levels {
    fn commands(&self) -> Vec<Command> {
        let mut commands = Vec::new();
        for (input, (gain, invert, mute)) in (0..).zip(&self.strips) {
            let at = usize::from(input);
            commands.extend([
                Command::Gain(input, Gain(*gain)),
                Command::Invert(input, *invert),
                Command::Mute(input, *mute),
                Command::Route(Bus::Monitor, input, Gain(self.monitor[at])),
                Command::Route(Bus::MixLeft, input, Gain(self.mix[at * 2])),
                Command::Route(Bus::MixRight, input, Gain(self.mix[at * 2 + 1])),
            ]);
            let routes = (0..).zip(&self.routes[at * OUTPUTS..][..OUTPUTS]);
            commands.extend(
                routes.map(|(output, level)| Command::Route(Bus::Output(output), input, Gain(*level))),
            );
            let sends = (0..).zip(&self.sends[at * 2..][..2]);
            commands.extend(sends.map(|(send, level)| Command::Route(Bus::Send(send), input, Gain(*level))));
        }
        commands.extend((0..).zip(&self.masters).map(|(send, level)| Command::SendLevel(send, Gain(*level))));
        commands.push(Command::MixLevel(Gain(self.mix_level)));
        for output in 0..OUTPUTS as u8 {
            let at = usize::from(output);
            commands.extend([
                Command::MonitorTo(output, Gain(self.monitor_to[at])),
                Command::SendTo(0, output, Gain(self.sends_to[at * 2])),
                Command::SendTo(1, output, Gain(self.sends_to[at * 2 + 1])),
                Command::MixTo(Side::Left, output, Gain(self.mix_to[at * 2])),
                Command::MixTo(Side::Right, output, Gain(self.mix_to[at * 2 + 1])),
                Command::OutputGain(output, Gain(self.gains[at])),
                Command::Delay(output, self.delays[at]),
            ]);
        }
        commands
    }

    /// What an output plays, in f64.
    fn wanted(&self, output: usize, at: u64) -> f64 {
        let Some(then) = at.checked_sub(self.delays[output].into()) else { return 0.0 };
        let inputs = (0..INPUTS).map(|input| {
            let sent = (0..2).map(|send| {
                f64::from(self.sends[input * 2 + send])
                    * f64::from(self.masters[send])
                    * f64::from(self.sends_to[output * 2 + send])
            });
            let level = f64::from(self.routes[input * OUTPUTS + output])
                + f64::from(self.monitor[input]) * f64::from(self.monitor_to[output])
                + sent.sum::<f64>();
            self.strip(input, then) * level
        });
        let mix = (0..2).map(|side| self.mixed(side, then) * f64::from(self.mix_to[output * 2 + side]));
        (inputs.sum::<f64>() + mix.sum::<f64>()) * f64::from(self.gains[output])
    }

    /// What comes out of a strip, in f64.
    fn strip(&self, input: usize, at: u64) -> f64 {
        let (gain, invert, mute) = self.strips[input];
        let factor = if mute { 0.0 } else { f64::from(gain) } * if invert { -1.0 } else { 1.0 };
        Desk::input(input, at) * factor
    }

    /// A side of the main mix, in f64.
    fn mixed(&self, side: usize, at: u64) -> f64 {
        let inputs = (0..INPUTS).map(|input| self.strip(input, at) * f64::from(self.mix[input * 2 + side]));
        inputs.sum::<f64>() * f64::from(self.mix_level)
    }

    fn holds(&self, heard: &Heard, from: u64) {
        for (output, line) in heard.outputs.iter().enumerate() {
            let off = off_by(line, |at| self.wanted(output, from + at));
            assert!(off < EXACT, "output {output}: {off} off with {self:?}");
        }
        for (side, line) in heard.lanes[INPUTS..].iter().enumerate() {
            let off = off_by(line, |at| self.mixed(side, from + at));
            assert!(off < EXACT, "recorded side {side}: {off} off with {self:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Strips, routes, monitor, sends, main mix, output gains and delays at random, set at the start and changed afterwards.
    #[test]
    fn every_output_is_the_sum_that_f64_gives(first in levels(), then in levels()) {
        let mut desk = Desk::new(INPUTS, OUTPUTS, &first.commands());
        first.holds(&desk.run(8), 0);
        then.commands().chunks(60).for_each(|commands| desk.send(commands));
        // The longest delay is there once it has as much sound.
        desk.run(MOST / PERIOD + 2 * CHANGE);
        let from = desk.remote.counters.position.get();
        then.holds(&desk.run(4), from);
    }
}

/// Two inputs, of which each is on one side at half its level, and outputs that play one side each.
fn mix_on_outputs() -> Vec<Command> {
    let routes = [(Bus::MixLeft, 0), (Bus::MixRight, 1)].map(|(bus, at)| Command::Route(bus, at, Gain(0.5)));
    let sides = [Side::Left, Side::Right].into_iter().zip(0..);
    routes.into_iter().chain(sides.map(|(side, output)| Command::MixTo(side, output, Gain(1.0)))).collect()
}

/// Its gain is in it once, on whatever way it is heard, also on the way from one gain to another.
#[test]
fn what_is_recorded_of_the_main_mix_is_what_outputs_play_of_it() {
    let mut desk = Desk::new(2, 2, &mix_on_outputs());
    for gain in [0.25, 2.0, 0.0, 1.0] {
        desk.send(&[Command::MixLevel(Gain(gain))]);
        let from = desk.remote.counters.position.get();
        let heard = desk.run(CHANGE + 4);
        for side in 0..2 {
            assert!(off_by(&heard.outputs[side], |at| heard.lanes[2 + side][at as usize]) < EXACT, "{gain}");
            let after = &heard.lanes[2 + side][CHANGE * PERIOD..];
            let wanted = |at| Desk::input(side, from + (CHANGE * PERIOD) as u64 + at) * 0.5 * f64::from(gain);
            assert!(off_by(after, wanted) < EXACT, "{gain}");
        }
    }
}

#[test]
fn the_main_mix_is_played_also_where_it_is_not_recorded_and_metered_only_where_it_is_wanted() {
    let mut desk = Desk::without_mix(2, 2, &mix_on_outputs());
    let heard = desk.run(4);
    for (side, line) in heard.outputs.iter().enumerate() {
        assert!(off_by(line, |at| Desk::input(side, at) * 0.5) < EXACT);
    }
    assert!(desk.remote.meters().mix.iter().all(|peak| *peak > 0.1));
    let silent = [Side::Left, Side::Right].into_iter().zip(0..);
    desk.send(&silent.map(|(side, output)| Command::MixTo(side, output, Gain(0.0))).collect::<Vec<_>>());
    desk.run(CHANGE + 1);
    desk.remote.meters();
    assert!(desk.run(4).outputs.iter().flatten().all(|sample| *sample == 0.0));
    assert_eq!(desk.remote.meters().mix, [0.0; 2], "nobody mixes it");
}

/// The monitor after some commands, beside what input 0 has.
fn hears(desk: &mut Desk, commands: &[Command], wanted: impl Fn(u64) -> f64) {
    desk.send(commands);
    desk.run(CHANGE);
    let from = desk.remote.counters.position.get();
    let off = off_by(&desk.run(2).outputs[0], |at| wanted(from + at));
    assert!(off < EXACT, "{commands:?}: {off} off");
}

#[test]
fn a_solo_before_the_strip_is_heard_as_converted_also_where_it_is_muted() {
    let shut = gate(&GateConfig { threshold_db: Db(0.0), ..GateConfig::default() }, RATE);
    let commands = [
        Command::MonitorTo(0, Gain(1.0)),
        Command::Select(1),
        Command::Gain(0, Gain(0.1)),
        Command::Mute(0, true),
        Command::Insert(0, Insert::Gate(Some(shut))),
        Command::Route(Bus::Monitor, 0, Gain(0.3)),
        Command::SoloMode(SoloMode::Pfl),
    ];
    let mut desk = Desk::new(3, 1, &commands);
    let input = |at: usize| move |frame| Desk::input(at, frame);
    hears(&mut desk, &[], input(1));
    hears(&mut desk, &[Command::Solo(0, true)], input(0));
    hears(&mut desk, &[Command::Solo(0, false), Command::Solo(2, true)], input(2));
    hears(&mut desk, &[Command::Solo(2, false)], input(1));
    hears(&mut desk, &[Command::Solo(0, true), Command::SoloMode(SoloMode::Afl)], |_| 0.0);
    let open = [Command::Mute(0, false), Command::Insert(0, Insert::Gate(None))];
    hears(&mut desk, &open, |at| 0.03 * Desk::input(0, at));
}

#[test]
fn a_solo_before_the_strip_changes_no_recording_no_route_and_no_send() {
    let commands = [
        Command::SoloMode(SoloMode::Pfl),
        Command::Route(Bus::Output(0), 0, Gain(0.5)),
        Command::Route(Bus::Send(0), 0, Gain(0.5)),
        Command::SendTo(0, 0, Gain(1.0)),
        Command::Route(Bus::MixLeft, 0, Gain(1.0)),
        Command::Tap(0, Tap::Post),
    ];
    let mut desk = Desk::new(2, 1, &commands);
    desk.send(&[Command::Solo(1, true), Command::Solo(0, true)]);
    let heard = desk.run(CHANGE);
    for line in [&heard.outputs[0], &heard.lanes[0], &heard.lanes[2]] {
        assert!(off_by(line, |at| Desk::input(0, at)) < EXACT);
    }
}

/// Goes down by 9 dB for 10 dB above -40 dB.
fn ducker(key: KeySource) -> Insert {
    let settings = CompressorConfig {
        threshold_db: Db(-40.0),
        ratio: 10.0,
        knee_db: Db(0.0),
        key: Some(key),
        release_ms: 50.0,
        ..CompressorConfig::default()
    };
    Insert::Compressor(Some(compressor(&settings, RATE)))
}

/// Input 0 begins to speak at frame 1,000, in bursts; input 9 plays music.
fn service(input: usize, at: u64) -> f64 {
    match input {
        0 if at >= 1_000 && at / 700 % 2 == 1 => 0.1 + 0.0001 * (at % 100) as f64,
        9 => 0.5,
        _ => 0.0,
    }
}

/// The music while input 0 speaks.
fn music(key: KeySource, more: &[Command]) -> Vec<f64> {
    let mut commands = vec![Command::Tap(9, Tap::Post), Command::Insert(9, ducker(key))];
    commands.extend(more);
    Desk::new(10, 0, &commands).run_with(60, service).lanes[9].clone()
}

/// No output plays any of these buses, and there is none to play them.
#[test]
fn a_bus_as_key_counts_as_its_strips_would_128_frames_later_to_the_bit() {
    let by_strip = music(KeySource::Input(1), &[]);
    assert!(by_strip.iter().any(|sample| *sample < 0.1), "it ducks");
    let unity = |bus| Command::Route(bus, 0, Gain(1.0));
    for (bus, feed) in [
        (KeyBus::Send(0), unity(Bus::Send(0))),
        (KeyBus::Send(1), unity(Bus::Send(1))),
        (KeyBus::Monitor, unity(Bus::Monitor)),
        (KeyBus::Mix, unity(Bus::MixLeft)),
        (KeyBus::Mix, unity(Bus::MixRight)),
    ] {
        let by_bus = music(KeySource::Bus(bus), &[feed]);
        assert!(by_bus[CHUNK..] == by_strip[..by_strip.len() - CHUNK], "{bus:?}");
        assert!(music(KeySource::Bus(bus), &[]).iter().all(|sample| *sample == 0.5), "nothing feeds it");
    }
}

#[test]
fn a_bus_as_key_is_the_sum_of_its_strips_at_its_level() {
    let mut commands: Vec<Command> = (0..4).map(|at| Command::Route(Bus::Send(1), at, Gain(1.0))).collect();
    commands.extend([
        Command::SendLevel(1, Gain(0.5)),
        Command::Tap(9, Tap::Post),
        Command::Insert(9, ducker(KeySource::Bus(KeyBus::Send(1)))),
    ]);
    let mut desk = Desk::new(10, 1, &commands);
    let speech = |input: usize, _| if input < 4 { 0.05 } else { 0.5 };
    let decibels = |heard: f64| 20.0 * (heard / 0.5).log10();
    let ducked = *desk.run_with(300, speech).lanes[9].last().unwrap();
    assert!((decibels(ducked) + 18.0).abs() < 0.1, "four of 0.05, halved: 20 dB over, 10:1: {ducked}");
    desk.send(&[Command::SendLevel(1, Gain(0.05))]);
    let back = *desk.run_with(300, speech).lanes[9].last().unwrap();
    assert!(decibels(back).abs() < 0.1, "below the threshold: {back}");
}

#[test]
fn the_limiter_stands_after_the_delay() {
    let ceiling = limit(Db(-6.0), RATE);
    let commands = [
        Command::Route(Bus::Output(0), 0, Gain(8.0)),
        Command::Limiter(0, Some(ceiling)),
        Command::Delay(0, 700),
    ];
    let mut desk = Desk::new(1, 1, &commands);
    for late in [700, 20, 0, 1_000] {
        desk.send(&[Command::Delay(0, late)]);
        let heard = desk.run(30);
        assert!(heard.outputs[0].iter().all(|sample| sample.abs() <= f64::from(ceiling.ceiling)));
    }
    desk.send(&[Command::Route(Bus::Output(0), 0, Gain(0.05))]);
    desk.run(700);
    let from = desk.remote.counters.position.get() - 1_000 - LATENCY as u64;
    assert!(off_by(&desk.run(5).outputs[0], |at| 0.05 * Desk::input(0, from + at)) < 1e-5, "both add up");
}

#[test]
fn what_is_not_there_is_refused_and_counted() {
    let mut desk = Desk::new(2, 1, &[]);
    let refused = [
        Command::Route(Bus::Send(2), 0, Gain(1.0)),
        Command::Route(Bus::Send(0), 2, Gain(1.0)),
        Command::SendLevel(2, Gain(1.0)),
        Command::SendLevel(0, Gain(f32::NAN)),
        Command::SendTo(0, 1, Gain(1.0)),
        Command::SendTo(2, 0, Gain(1.0)),
        Command::MixLevel(Gain(f32::INFINITY)),
        Command::MixTo(Side::Left, 1, Gain(1.0)),
        Command::MixTo(Side::Right, 0, Gain(f32::NAN)),
        Command::Delay(1, 1),
        Command::Delay(0, MOST as u16 + 1),
        Command::Insert(0, ducker(KeySource::Bus(KeyBus::Send(2)))),
    ];
    desk.send(&refused);
    desk.run(1);
    assert_eq!(desk.remote.counters.refused_commands.get(), refused.len() as u64);
}

/// The guard, which listens for its tone, knows no delays.
#[test]
fn a_tone_is_not_delayed() {
    let tone = Tone { output: 0, step: vestry::rt::tone::Step::of(0.1), level: 0.5 };
    let mut desk = Desk::new(1, 1, &[Command::Delay(0, MOST as u16)]);
    desk.send(&[Command::Tone(Some(tone))]);
    let heard = desk.run(CHANGE + 1);
    assert!(heard.outputs[0][CHANGE * PERIOD..].iter().any(|sample| sample.abs() > 0.4));
}
