//! Promise: a card that delivers its channels in another order is read in the right one or FAULT is shown, and the take says
//! so; whatever is played or not played on channels that are in order, they are left alone.
#[path = "common/cli.rs"]
mod cli;
#[path = "common/running.rs"]
mod running;
#[path = "channel_order/whole.rs"]
mod whole;

use proptest::prelude::*;
use vestry::guard::{ChannelGuard, Echo, EchoStep, Look, Order, OrderSettings, Twins, Verdict};
use vestry::rt::area::{CaptureArea, PlaybackArea};
use vestry::rt::engine::Shape;
use vestry::rt::message;
use vestry::rt::sample::SampleFormat;
use vestry::rt_io::assemble::assemble;
use vestry::rt_io::offline::noise_sample;
use vestry::rt_io::pool::PoolSize;
use vestry::rt_io::vector;

const CHANNELS: usize = 8;
const FRAMES: usize = 256;
/// -60 dBFS.
const SILENT_BELOW: f64 = 0.001;

fn settings(silent: &[usize]) -> OrderSettings {
    OrderSettings { silent: silent.into(), silent_below: SILENT_BELOW, loopback: None }
}

/// Noise of these levels (full scale is 1.0; 0 is digital silence) on channels that come `rotation` further on.
fn look(number: u64, levels: [f64; CHANNELS], rotation: usize) -> Look {
    let noise = |channel: usize, frame: usize| {
        let wired = (channel + CHANNELS - rotation) % CHANNELS;
        let noise = noise_sample(wired as u64, number * FRAMES as u64 + frame as u64) << 8;
        (f64::from(noise) * levels[wired]) as i32
    };
    let samples = (0..FRAMES).flat_map(|frame| (0..CHANNELS).map(move |channel| noise(channel, frame)));
    Look::new(number * FRAMES as u64, CHANNELS, samples.collect())
}

/// Whether some other rotation puts silence on the same channels.
fn is_turned_into_itself(silent: &[bool; CHANNELS]) -> bool {
    (1..CHANNELS).any(|by| (0..CHANNELS).all(|at| silent[at] == silent[(at + by) % CHANNELS]))
}

fn silent_sets() -> impl Strategy<Value = [bool; CHANNELS]> {
    any::<[bool; CHANNELS]>()
        .prop_filter("some are silent, some are not, in a way that shows a rotation", |silent| {
            silent.contains(&true) && silent.contains(&false) && !is_turned_into_itself(silent)
        })
}

fn places(silent: &[bool; CHANNELS]) -> Vec<usize> {
    (0..CHANNELS).filter(|channel| silent[*channel]).collect()
}

proptest! {
    /// Whatever is wired where, once every other channel has had sound, now this one and now that one.
    #[test]
    fn any_rotation_is_found_at_the_start_and_after_a_recovery(
        silent in silent_sets(),
        rotations in any::<[u8; 2]>(),
        active in prop::collection::vec(any::<[bool; CHANNELS]>(), 40),
        level in 0.01..1.0_f64,
    ) {
        let mut guard = ChannelGuard::new(settings(&places(&silent)));
        let mut number = 0;
        for rotation in rotations.map(|rotation| usize::from(rotation) % CHANNELS) {
            guard.restarted(number * FRAMES as u64);
            // At last everybody at once, in case somebody was never heard.
            let all = [[true; CHANNELS]; 3];
            for active in active.iter().chain(&all) {
                let levels = std::array::from_fn(|at| if active[at] && !silent[at] { level } else { 0.0 });
                match guard.look(&look(number, levels, rotation)) {
                    Verdict::Rotate(by) => {
                        prop_assert_eq!(usize::from(by), rotation);
                        guard.rotated(by);
                    }
                    Verdict::Leave => {}
                }
                number += 1;
            }
            prop_assert_eq!((guard.order(), guard.rotation()), (Order::Right, rotation));
        }
    }

    /// Speech, music, hiss, clicks, a converter's offset, a quiet church, digital silence: nothing on channels that carry
    /// something is ever taken for another order.
    #[test]
    fn nothing_that_is_played_in_order_is_taken_for_another(
        silent in any::<[bool; CHANNELS]>(),
        levels in prop::collection::vec(any::<[u8; CHANNELS]>(), 1..60),
        hiss in 0.0..0.000_5_f64,
        offset in any::<i32>(),
        restart in 0..60_usize,
    ) {
        let mut guard = ChannelGuard::new(settings(&places(&silent)));
        for (number, levels) in levels.into_iter().enumerate() {
            if number == restart {
                guard.restarted((number * FRAMES) as u64);
            }
            let level = |at: usize| match (silent[at], levels[at]) {
                (true, 0..120) | (false, 0..60) => 0.0,
                (true, _) | (false, 60..100) => hiss,
                (false, level) => f64::from(level) / 255.0,
            };
            let mut heard = look(number as u64, std::array::from_fn(level), 0);
            if levels[0] % 3 == 0 {
                heard = Look::new(heard.position, CHANNELS, vec![offset; FRAMES * CHANNELS]);
            }
            prop_assert_eq!(guard.look(&heard), Verdict::Leave);
            prop_assert!(!matches!(guard.order(), Order::Wrong(_) | Order::Realigning), "{:?}", guard.order());
        }
    }

    /// A plug that is pulled, twice within four seconds, on a channel that carries nothing.
    #[test]
    fn two_pops_are_no_sound(channel in 0..CHANNELS, pops in any::<[u8; 2]>()) {
        let mut guard = ChannelGuard::new(settings(&[channel]));
        for number in 0..60 {
            let pop = pops.iter().any(|pop| u64::from(pop % 60) == number);
            let levels = std::array::from_fn(|at| if pop && at == channel { 1.0 } else { 0.0 });
            prop_assert_eq!(guard.look(&look(number, levels, 0)), Verdict::Leave);
            prop_assert_eq!(guard.order(), Order::Unknown);
        }
    }
}

#[test]
fn what_no_rotation_explains_or_more_than_one_is_wrong_and_left() {
    let all_but = |silent: &[usize]| std::array::from_fn(|at| if silent.contains(&at) { 0.0 } else { 0.3 });
    let after = |silent: &[usize], levels, rotation| {
        let mut guard = ChannelGuard::new(settings(silent));
        for number in 0..10 {
            assert_eq!(guard.look(&look(number, levels, rotation)), Verdict::Leave);
        }
        guard.order()
    };
    let wrong =
        |channel: usize| Order::Wrong(format!("channel order wrong: channel {channel} should be silent"));
    assert_eq!(after(&[6, 7], [0.3; CHANNELS], 0), wrong(7));
    assert_eq!(after(&[3, 7], all_but(&[3, 7]), 1), wrong(4), "by 1 or by 5");
    assert_eq!(after(&[3, 7], all_but(&[3, 7]), 4), Order::Unknown, "by 4 is as good as not at all");
    assert_eq!(after(&[], [0.3; CHANNELS], 3), Order::Unchecked);
    assert_eq!(after(&[6, 7], all_but(&[0, 1, 2, 3, 4, 6, 7]), 0), Order::Unknown, "one voice alone");
}

#[test]
fn channels_that_become_the_same_with_a_recovery_are_a_fault_and_a_desk_in_mono_is_none() {
    let mut twins = Twins::new(SILENT_BELOW);
    let mut number = 0;
    let mut hear = |twins: &mut Twins, looks: u64, same: bool| {
        for _ in 0..looks {
            let one = &look(number, [0.3; CHANNELS], 0);
            let samples = (0..FRAMES).flat_map(|frame| {
                let of = move |channel| one.channel(channel).nth(frame).unwrap();
                (0..CHANNELS).map(move |channel| of(if same && channel == 4 { 1 } else { channel }))
            });
            twins.look(&Look::new(one.position, CHANNELS, samples.collect()), 0);
            number += 1;
        }
        number * FRAMES as u64
    };
    let recovered = hear(&mut twins, 5, false);
    assert_eq!((twins.pairs().count(), twins.fault()), (0, None));
    twins.restarted(recovered);
    hear(&mut twins, 5, true);
    assert_eq!(twins.pairs().collect::<Vec<_>>(), [(1, 4)]);
    assert_eq!(twins.fault().as_deref(), Some("channel order wrong: channels 2 and 5 carry the same"));
    hear(&mut twins, 30, false);
    assert_eq!((twins.pairs().count(), twins.fault()), (0, None), "different again");
    let recovered = hear(&mut twins, 5, true);
    assert_eq!((twins.pairs().count(), twins.fault()), (1, None), "long after it: a desk does that");
    twins.restarted(recovered);
    hear(&mut twins, 5, true);
    assert_eq!(twins.fault(), None, "as before");
}

/// The engine with output 2 wired to channel 8 of a card whose channels come `rotation` further on, noise on the others.
fn echo(rotation: usize, cable: bool, noise: f64) -> EchoStep {
    const PERIOD: usize = 128;
    let map = std::array::from_fn(|at| at as u8);
    let (inputs, outputs) = (6, 2);
    let shape = Shape {
        inputs,
        capture_map: map,
        outputs,
        playback_map: map,
        record_mix: false,
        ramp_frames: 480,
        period_ns: 2_666_667,
    };
    let pool = PoolSize { lanes: inputs, block_frames: PERIOD, blocks: 8 };
    let (mut engine, mut remote, mut sinks) = assemble(shape, &[pool], &[]);
    let mut echo = Echo::new(1, 1_000.0, 0.01, 48_000);
    let mut played = vec![0_u8; PERIOD * outputs * 4];
    for period in 0_u64..6_000 {
        let back: Vec<i32> =
            played.chunks_exact(8).map(|frame| i32::from_le_bytes(*frame.last_chunk().unwrap())).collect();
        let mut bytes = Vec::new();
        for (frame, back) in (period * PERIOD as u64..).zip(back) {
            for channel in 0..CHANNELS {
                let wired = (channel + CHANNELS - rotation) % CHANNELS;
                let other = (f64::from(noise_sample(wired as u64, frame) << 8) * noise) as i32;
                bytes.extend_from_slice(&if wired == 7 && cable { back } else { other }.to_le_bytes());
            }
        }
        engine.begin_period();
        let format = SampleFormat::S32;
        let output = PlaybackArea { bytes: &mut played, format, channels: outputs };
        vector::process(&mut engine, CaptureArea { bytes: &bytes, format, channels: CHANNELS }, output);
        engine.end_period();
        let sink = &mut sinks[0];
        while let Some(block) = sink.filled.dequeue() {
            assert!(sink.free.enqueue(block).is_ok());
        }
        if let Some(look) = Look::take(remote.snapshot) {
            match echo.look(&look) {
                EchoStep::Wait => {}
                EchoStep::Play(tone) => remote.send(&[message::Command::Tone(tone)]).unwrap(),
                last => return last,
            }
        }
        remote.snapshot.want(8_192);
    }
    panic!("no verdict after sixteen seconds");
}

#[test]
fn the_loopback_tone_of_the_real_engine_is_heard_where_it_arrives() {
    for rotation in 0..CHANNELS {
        assert_eq!(echo(rotation, true, 0.05), EchoStep::Heard((7 + rotation) % CHANNELS));
    }
    assert_eq!(echo(0, true, 0.0), EchoStep::Heard(7), "nothing else to be heard");
    assert_eq!(echo(3, false, 0.05), EchoStep::Missing);
}

#[test]
fn one_echo_is_enough_to_know_the_order() {
    let mut guard = ChannelGuard::new(OrderSettings {
        loopback: Some(7),
        silent_below: SILENT_BELOW,
        ..OrderSettings::default()
    });
    assert_eq!(guard.look(&look(0, [0.0; CHANNELS], 0)), Verdict::Leave);
    assert_eq!(guard.order(), Order::Unknown);
    assert_eq!(guard.heard_echo(2), Verdict::Rotate(3));
    guard.rotated(3);
    assert_eq!(guard.order(), Order::Right);
}
