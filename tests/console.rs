//! Promise: every output, mix and recorded lane is the blend that was asked for, and no change of it clicks.
#[path = "common/desk.rs"]
mod desk;

use desk::{Desk, Heard, PERIOD, RAMP, largest_step, off_by};
use proptest::prelude::*;
use vestry::rt::message::{Bus, Command, Gain, Tap};

/// -120 dB below full scale.
const EXACT: f64 = 1e-6;
/// Periods that a change takes, and one more.
const CHANGE: usize = RAMP as usize / PERIOD + 1;

fn route(output: u8, input: u8, level: f32) -> Command {
    Command::Route(Bus::Output(output), input, Gain(level))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Any gains, polarities, mutes, routes and output gains: outputs and mix are the sums that f64 gives.
    #[test]
    fn sums_are_exact(
        strips in prop::collection::vec((0.0..2.0_f32, any::<bool>(), any::<bool>()), 6),
        levels in prop::collection::vec(0.0..0.1_f32, 24),
        output_gain in 0.0..2.0_f32,
    ) {
        let mut commands = Vec::new();
        for (input, (gain, invert, mute)) in (0..).zip(&strips) {
            commands.extend([Command::Gain(input, Gain(*gain)), Command::Invert(input, *invert), Command::Mute(input, *mute)]);
        }
        let buses = [Bus::Output(0), Bus::Output(1), Bus::MixLeft, Bus::MixRight];
        for (at, level) in levels.iter().enumerate() {
            commands.push(Command::Route(buses[at % 4], (at / 4) as u8, Gain(*level)));
        }
        commands.push(Command::OutputGain(1, Gain(output_gain)));
        let strip = |input: usize, at| {
            let (gain, invert, mute) = strips[input];
            let sign = if invert { -1.0 } else { 1.0 };
            if mute { 0.0 } else { Desk::input(input, at) * f64::from(gain) * sign }
        };
        let bus = |bus: usize, at| (0..6).map(|input| strip(input, at) * f64::from(levels[input * 4 + bus])).sum::<f64>();
        let heard = Desk::new(6, 2, &commands).run(3);
        prop_assert!(off_by(&heard.outputs[0], |at| bus(0, at).clamp(-1.0, 1.0)) < EXACT);
        prop_assert!(off_by(&heard.outputs[1], |at| (bus(1, at) * f64::from(output_gain)).clamp(-1.0, 1.0)) < EXACT);
        prop_assert!(off_by(&heard.lanes[6], |at| bus(2, at)) < EXACT);
        prop_assert!(off_by(&heard.lanes[7], |at| bus(3, at)) < EXACT);
    }
}

#[test]
fn a_pre_tap_is_untouched_and_a_post_tap_has_the_strip() {
    let commands = [0, 1].map(|input| Command::Gain(input, Gain(0.5)));
    let mut desk = Desk::new(2, 1, &commands);
    desk.send(&[Command::Tap(1, Tap::Post)]);
    let heard = desk.run(4);
    assert!(off_by(&heard.lanes[0], |at| Desk::input(0, at)) == 0.0, "bit-exact");
    assert!(off_by(&heard.lanes[1], |at| Desk::input(1, at) * 0.5) < EXACT);
}

#[test]
fn every_vector_unit_makes_the_same_sound_to_the_bit() {
    let commands: Vec<Command> = (0..6)
        .flat_map(|input| {
            let level = Gain(0.11 + 0.07 * f32::from(input));
            [
                Command::Gain(input, level),
                route(0, input, level.0),
                Command::Route(Bus::MixLeft, input, level),
            ]
        })
        .collect();
    let listen = |plain| {
        let mut desk = Desk::new(6, 3, &commands);
        desk.plain = plain;
        desk.send(&[Command::Gain(2, Gain(0.9)), Command::Tap(3, Tap::Post)]);
        desk.run(10)
    };
    let (plain, vector) = (listen(true), listen(false));
    assert!(plain.outputs == vector.outputs && plain.lanes == vector.lanes);
    assert!(plain.outputs[0].iter().any(|sample| *sample != 0.0));
}

/// Full scale on every input, so that any jump of a factor is a jump of the sound.
fn steady(desk: &mut Desk, periods: usize) -> Heard {
    desk.run_with(periods, |_, _| 0.5)
}

/// From full scale to none in `RAMP` frames is this much a frame; twice that through zero.
const SMOOTH: f64 = 2.0 * 0.5 / RAMP as f64 + EXACT;

#[test]
fn no_change_clicks() {
    let commands = [route(0, 0, 1.0), Command::MonitorTo(1, Gain(1.0)), Command::Select(0)];
    let changes = [
        vec![Command::Gain(0, Gain(0.1))],
        vec![Command::Mute(0, true)],
        vec![Command::Mute(0, false), Command::Invert(0, true)],
        vec![route(0, 0, 0.0)],
        vec![route(0, 1, 0.9)],
        vec![Command::OutputGain(0, Gain(0.2))],
        vec![Command::Select(1)],
        vec![Command::Solo(0, true)],
        vec![Command::MuteMonitor(true)],
        vec![Command::MuteMonitor(false), Command::Solo(0, false)],
        vec![Command::MonitorTo(1, Gain(0.3))],
    ];
    let mut desk = Desk::new(2, 2, &commands);
    desk.send(&[Command::Tap(0, Tap::Post)]);
    let mut whole: [Vec<f64>; 3] = Default::default();
    for change in &changes {
        desk.send(change);
        // A change upon a change that is not finished yet must not click either.
        let heard = steady(&mut desk, CHANGE / 2);
        let lines = heard.outputs.iter().chain(heard.lanes.first());
        whole.iter_mut().zip(lines).for_each(|(whole, line)| whole.extend(line));
    }
    for line in &whole {
        let step = largest_step(line);
        assert!(step > 0.0 && step < SMOOTH, "{step}");
    }
}

#[test]
fn the_monitor_is_the_selected_input_and_solo_goes_before() {
    let mut desk = Desk::new(3, 1, &[Command::MonitorTo(0, Gain(1.0)), Command::Select(1)]);
    let mut hears = |commands: &[Command], wanted: Option<usize>| {
        desk.send(commands);
        desk.run(CHANGE);
        let from = desk.remote.counters.position.get();
        let heard = desk.run(1);
        let input = |at| wanted.map_or(0.0, |input| Desk::input(input, from + at));
        assert!(off_by(&heard.outputs[0], input) < EXACT, "{commands:?}");
    };
    hears(&[], Some(1));
    hears(&[Command::Select(2)], Some(2));
    hears(&[Command::Solo(0, true)], Some(0));
    hears(&[Command::Solo(0, false)], Some(2));
    hears(&[Command::MuteMonitor(true)], None);
    hears(&[Command::MuteMonitor(false)], Some(2));
}

#[test]
fn a_solo_is_heard_in_the_monitor_and_changes_no_recording_and_no_route() {
    let commands = [route(0, 0, 1.0), Command::Route(Bus::MixLeft, 0, Gain(1.0)), Command::Tap(0, Tap::Post)];
    let mut desk = Desk::new(2, 1, &commands);
    desk.send(&[Command::Solo(1, true)]);
    let heard = desk.run(CHANGE);
    for line in [&heard.outputs[0], &heard.lanes[0], &heard.lanes[2]] {
        assert!(off_by(line, |at| Desk::input(0, at)) < EXACT);
    }
}

#[test]
fn what_is_not_there_is_refused_and_counted_and_the_rest_of_the_batch_holds() {
    let mut desk = Desk::new(2, 1, &[]);
    desk.send(&[
        Command::Gain(2, Gain(1.0)),
        Command::Gain(0, Gain(f32::INFINITY)),
        route(1, 0, 1.0),
        Command::Select(9),
        Command::Gain(1, Gain(0.5)),
    ]);
    desk.send(&[Command::Tap(1, Tap::Post)]);
    desk.run(CHANGE);
    assert_eq!(desk.remote.counters.refused_commands.get(), 4);
    let from = desk.remote.counters.position.get();
    let heard = desk.run(1);
    assert!(off_by(&heard.lanes[1], |at| Desk::input(1, from + at) * 0.5) < EXACT);
}

#[test]
fn meters_follow_a_known_level() {
    let mut desk = Desk::new(2, 1, &[Command::Gain(1, Gain(0.5)), route(0, 1, 0.5)]);
    steady(&mut desk, 10);
    let meters = desk.remote.meters();
    assert_eq!((meters.frames, meters.pre[1].peak, meters.post[1].peak), (10 * PERIOD as u32, 0.5, 0.25));
    assert!((meters.pre[0].power - 0.25).abs() < 1e-6 && (meters.post[1].power - 0.0625).abs() < 1e-6);
    assert!((meters.outputs[0] - 0.125).abs() < 1e-6);
}
