//! What voices do when: starts, ends, loops, changes, and what becomes of clips.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may panic")]
use super::rig::{RAMP, Rig, both, heard_on_both, mono, noise, sine};
use super::*;
use crate::clip::{Clip, GUARD};
use crate::message::Gain;
use crate::voice::{Loop, Quality, SHORTEST_FADE, To, VoiceSettings};
use alloc::sync::Arc;
use proptest::prelude::*;
use std::vec::Vec;

/// The largest bend from one frame to the next two: a click is one as large as itself.
fn largest_bend(heard: &[f32]) -> f32 {
    heard.windows(3).map(|three| (three[0] - 2.0 * three[1] + three[2]).abs()).fold(0.0, f32::max)
}

/// The largest difference.
fn apart(one: &[f32], other: &[f32]) -> f32 {
    one.iter().zip(other).map(|(one, other)| (one - other).abs()).fold(0.0, f32::max)
}

#[test]
fn at_speed_one_a_clip_is_heard_as_it_is_times_its_gains() {
    let (left, right) = (noise(1, 700), noise(2, 700));
    let clip = Clip::new(48_000, &[&left, &right]).unwrap();
    for quality in [Quality::FourPoint, Quality::Sinc] {
        let mut rig = Rig::new();
        let route = [Some(To { strip: 1, gain: Gain(0.5) }), Some(To { strip: 0, gain: Gain(-2.0) })];
        rig.start(
            63,
            &clip,
            VoiceSettings { gain: Gain(0.25), route, quality, ..VoiceSettings::default() },
            0,
        );
        let heard = rig.hear(1_000, 100);
        for (at, (to_right, to_left)) in heard[0].iter().zip(&heard[1]).enumerate() {
            let frame = |sound: &[f32], gain: f32| sound.get(at).map_or(0.0, |sample| sample * gain);
            assert_eq!((*to_left, *to_right), (frame(&left, 0.125), frame(&right, -0.5)), "{at}");
        }
        assert_eq!((rig.back(), rig.counters.voices.get()), ((std::vec![63], std::vec![]), 0));
    }
    assert_eq!(Arc::strong_count(&clip), 1);
}

#[test]
fn what_is_routed_to_one_strip_adds_up_and_what_is_not_fed_is_not_heard() {
    let clip = Clip::new(48_000, &[&[0.25; 500], &[0.125; 500]]).unwrap();
    let mut rig = Rig::new();
    let to = |strip, gain| Some(To { strip, gain: Gain(gain) });
    rig.start(0, &clip, VoiceSettings { route: [to(0, 1.0), to(0, 2.0)], ..heard_on_both() }, 0);
    rig.start(1, &clip, VoiceSettings { route: [to(2, 1.0), None], ..heard_on_both() }, 0);
    assert_eq!(rig.hear(100, 100), [std::vec![0.5; 100], std::vec![0.0; 100]]);
    rig.fed = 2;
    assert_eq!(rig.hear(100, 100)[0], [0.5; 100], "the strip's own input");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]
    /// Stems of one start begin on that frame wherever periods are cut, and stay together at any speed.
    #[test]
    fn stems_start_on_one_frame(at in 0..700_u64, period in 1..=CHUNK, speed in 0.25..4.0_f64) {
        let clip = mono(&noise(3, 5_000));
        let mut rig = Rig::new();
        let to = |strip| VoiceSettings { route: [Some(To { strip, gain: Gain(1.0) }), None], speed, ..heard_on_both() };
        rig.start(7, &clip, to(0), rig.position + at);
        rig.start(8, &clip, to(1), rig.position + at);
        let [first, second] = rig.hear(1_000, period);
        prop_assert_eq!(&first, &second);
        let begin = first.iter().position(|sample| *sample != 0.0);
        prop_assert_eq!(begin, Some(at as usize));
        prop_assert_eq!(rig.counters.late_starts.get(), 0);
    }

    /// Where periods are cut changes nothing.
    #[test]
    fn periods_are_not_heard(period in 1..=CHUNK, speed in 0.25..4.0_f64, start in 0..900_usize, fade in 0..300_usize) {
        let clip = mono(&noise(4, 1_000));
        let repeat = Some(Loop { from: 300, to: 800, fade });
        let heard = [CHUNK, period].map(|period| {
            let mut rig = Rig::new();
            rig.start(0, &clip, VoiceSettings { speed, start, repeat, ..heard_on_both() }, 0);
            rig.hear(1_500, period)
        });
        // The inner loop's places are rounded to 2^-32 frames from the start of each chunk.
        prop_assert!(apart(&heard[0][0], &heard[1][0]) < 1e-5);
    }

    /// A loop is what it would be written out in a row, and after its release the clip goes on. One that is shorter than the filter
    /// reaches has heard itself from its first round on, where a row still has what was before it: it is the same before and after.
    #[test]
    fn a_loop_is_the_clip_written_out(
        from in 0..200_usize, len in 1..300_usize, speed in 0.25..4.0_f64, sinc: bool,
    ) {
        let sound = noise(5, 600);
        let quality = if sinc { Quality::Sinc } else { Quality::FourPoint };
        let rounds = (4_000 / len) + 2;
        let mut row = sound[..from].to_vec();
        (0..rounds).for_each(|_| row.extend(&sound[from..from + len]));
        let heard = [(mono(&sound), Some(Loop { from, to: from + len, fade: 0 })), (mono(&row), None)].map(|(clip, repeat)| {
            let mut rig = Rig::new();
            rig.start(0, &clip, VoiceSettings { speed, repeat, quality, ..heard_on_both() }, 0);
            let [heard, _] = rig.hear(900, CHUNK);
            if repeat.is_some() {
                assert!(rig.orders.enqueue(VoiceOrder::Release { voice: 0 }).is_ok());
                rig.hear(8_000, CHUNK);
                assert_eq!(rig.back().0, [0], "released");
            }
            heard
        });
        // In frames that are heard: from where the filter reaches the end, until it reaches nothing before the loop.
        let passed = |frame: usize| ((frame as f64 / speed) as usize).min(900);
        let first = if len < GUARD { passed((from + len).saturating_sub(GUARD)) } else { 900 };
        let then = if len < GUARD { passed(from + len + 2 * GUARD) + 1 } else { 900 };
        prop_assert!(apart(&heard[0][..first], &heard[1][..first]) < 1e-5);
        prop_assert!(apart(&heard[0][then.min(900)..], &heard[1][then.min(900)..]) < 1e-5);
    }

    /// Whatever is ordered: no panic, no number that is none, and every clip comes back.
    #[test]
    fn any_orders_lose_no_clip(
        orders in prop::collection::vec((0..8_u8, 0..70_u8, any::<u16>(), -0.1..4.1_f64, any::<u32>()), 1..150),
        drained in 1..40_usize,
    ) {
        let clips = [mono(&noise(1, 40)), mono(&noise(2, 3_000)), Clip::new(44_100, &[&noise(3, 999), &noise(4, 999)]).unwrap()];
        let mut rig = Rig::new();
        let mut heard = 0.0_f32;
        for (turn, (kind, voice, a, speed, b)) in orders.into_iter().enumerate() {
            let _full_queue_is_fine = rig.orders.enqueue(order(kind, voice, (a, speed, b), &clips, rig.position));
            let frames = usize::from(a) % 300;
            let most = rig.hear(frames, 1 + b as usize % CHUNK).concat().into_iter();
            heard = most.fold(heard, |most, sample| if sample.abs() <= most { most } else { sample.abs() });
            prop_assert!(heard < 1e6, "{}", heard);
            if turn % drained == 0 {
                rig.back();
            }
        }
        (0..VOICES as u8).for_each(|voice| {
            while rig.orders.len() > 100 {
                rig.hear(CHUNK, CHUNK);
                rig.back();
            }
            rig.stop(voice, 10);
        });
        for _ in 0..10 {
            rig.hear(CHUNK, CHUNK);
            rig.back();
        }
        prop_assert_eq!(rig.counters.voices.get(), 0);
        prop_assert!(clips.iter().all(|clip| Arc::strong_count(clip) == 1), "a clip is lost");
    }
}

/// Some order, sound or not.
fn order(kind: u8, voice: u8, (a, speed, b): (u16, f64, u32), clips: &[Arc<Clip>], now: u64) -> VoiceOrder {
    let (frame, short) = (usize::from(a) % 1_000, usize::from(a) % 50);
    let section =
        crate::section::Section { keep: 0.2, couple: 0.2, lift: 0.1, direct: 1.0, first: 0.3, second: 1.0 };
    let band = (!b.is_multiple_of(3)).then_some(section);
    let repeat = (b % 4 > 1).then_some(Loop { from: short, to: frame, fade: short });
    let strip = (b % 40) as u8;
    let route =
        [Some(To { strip: strip % 2, gain: Gain(0.5) }), Some(To { strip, gain: Gain(speed as f32) })];
    let quality = if b % 8 > 3 { Quality::Sinc } else { Quality::FourPoint };
    match kind {
        0..3 => {
            let gain = if b.is_multiple_of(50) { f32::NAN } else { 0.5 };
            let settings = VoiceSettings {
                gain: Gain(gain),
                fade_in: u32::from(a % 7) * 30,
                speed,
                start: frame / 3,
                repeat,
                quality,
                bands: [band, None, band],
                route,
            };
            let at = if b.is_multiple_of(3) { 0 } else { (now + u64::from(b % 500)).saturating_sub(200) };
            VoiceOrder::Start { voice, clip: clips[usize::from(a) % clips.len()].clone(), settings, at }
        }
        3 => VoiceOrder::Stop { voice, at: u64::from(b % 3) * 700, fade: b % 2_000 },
        4 => VoiceOrder::Release { voice },
        5 => VoiceOrder::Set { voice, change: VoiceChange::Speed(speed) },
        6 => VoiceOrder::Set { voice, change: VoiceChange::Repeat(repeat) },
        _ => {
            let change = match b % 3 {
                0 => VoiceChange::Gain(Gain(speed as f32)),
                1 => VoiceChange::Route(route),
                _ => VoiceChange::Band((a % 4) as u8, band),
            };
            VoiceOrder::Set { voice, change }
        }
    }
}

#[test]
fn a_stop_waits_for_its_frame_and_one_before_the_start_lets_nothing_sound() {
    let clip = mono(&[0.5; 4_000]);
    let mut rig = Rig::new();
    let on = |strip| VoiceSettings { route: [Some(To { strip, gain: Gain(1.0) }), None], ..heard_on_both() };
    let now = rig.position;
    rig.start(0, &clip, on(0), now);
    rig.start(1, &clip, on(1), now + 600);
    rig.stop_at(0, now + 1_000, 100);
    rig.stop_at(1, now + 600, 100);
    let [first, second] = rig.hear(1_500, 125);
    let chunk = 1_000 / 125 * 125;
    assert!(first[..chunk].iter().all(|sample| *sample == 0.5), "until its time");
    assert!(first[chunk + 100..].iter().all(|sample| *sample == 0.0), "and not beyond its fade");
    assert!(second.iter().all(|sample| *sample == 0.0));
    assert_eq!(rig.back().0.len(), 2);
    assert_eq!(Arc::strong_count(&clip), 1);
}

#[test]
fn a_late_start_is_told_and_catches_up_with_those_in_time() {
    let clip = mono(&noise(6, 4_000));
    let mut rig = Rig::new();
    let to = |strip| VoiceSettings {
        route: [Some(To { strip, gain: Gain(1.0) }), None],
        speed: 1.2345,
        ..heard_on_both()
    };
    let at = rig.position + 10;
    rig.start(0, &clip, to(0), at);
    rig.hear(500, CHUNK);
    rig.start(1, &clip, to(1), at);
    let [first, second] = rig.hear(500, CHUNK);
    assert!(first[..SHORTEST_FADE as usize] != second[..SHORTEST_FADE as usize], "it fades in");
    assert!(apart(&first[SHORTEST_FADE as usize..], &second[SHORTEST_FADE as usize..]) < 1e-5);
    assert!(matches!(rig.reports.dequeue(), Some(VoiceReport::Late { voice: 1, frames: 490 })));
    assert_eq!(rig.counters.late_starts.get(), 1);
}

#[test]
fn nothing_that_is_asked_of_a_voice_clicks() {
    let clip = mono(&sine(0.002, 100_000));
    let mut rig = Rig::new();
    let repeat = Some(Loop { from: 10_000, to: 20_111, fade: 480 });
    rig.start(0, &clip, VoiceSettings { start: 125, fade_in: 480, repeat, ..heard_on_both() }, 0);
    let bell = crate::section::Section {
        keep: 0.9,
        couple: 0.05,
        lift: 0.002,
        direct: 1.0,
        first: 0.4,
        second: 1.0,
    };
    let changes = [
        VoiceChange::Gain(Gain(0.3)),
        VoiceChange::Speed(1.5),
        VoiceChange::Route(both(1.5)),
        VoiceChange::Band(1, Some(bell)),
        VoiceChange::Speed(0.7),
        VoiceChange::Band(1, None),
        VoiceChange::Route([None, both(1.0)[0]]),
        VoiceChange::Gain(Gain(1.0)),
        VoiceChange::Route(both(1.0)),
        VoiceChange::Repeat(None),
    ];
    let mut heard = Vec::new();
    for change in changes {
        heard.extend(rig.hear(12_000, 100)[0].clone());
        rig.set(0, change);
    }
    rig.stop(0, 480);
    heard.extend(rig.hear(2_000, 100)[0].clone());
    let bend = largest_bend(&heard);
    assert!(bend < 0.006, "{bend}");
    assert!(heard.ends_with(&[0.0; 500]) && rig.back().0 == [0]);
}

#[test]
fn changes_arrive_exactly_after_their_ramp() {
    let clip = mono(&[0.5; 20_000]);
    let mut rig = Rig::new();
    rig.start(0, &clip, heard_on_both(), 0);
    rig.hear(100, 100);
    rig.set(0, VoiceChange::Gain(Gain(0.5)));
    let [heard, _] = rig.hear(RAMP as usize + 1, 100);
    let step = 0.25 / RAMP as f32;
    assert!(heard[..RAMP as usize].windows(2).all(|pair| (pair[0] - pair[1] - step).abs() < 1e-6));
    assert_eq!(heard[RAMP as usize], 0.25);
    rig.stop(0, 100);
    let [heard, _] = rig.hear(101, 128);
    assert!(heard[98] > 0.0 && heard[99] == 0.0);
}

#[test]
fn a_stop_can_be_hurried_and_one_before_the_start_makes_no_sound() {
    let clip = mono(&[0.5; 20_000]);
    let mut rig = Rig::new();
    rig.start(0, &clip, heard_on_both(), 0);
    rig.hear(100, 100);
    rig.stop(0, 10_000);
    rig.start(1, &clip, heard_on_both(), rig.position + 50);
    rig.stop(1, 10_000);
    assert!(rig.hear(300, 100)[0][299] > 0.4);
    rig.stop(0, 100);
    assert_eq!(rig.hear(201, 100)[0][100..], [0.0; 101]);
    assert_eq!(rig.back().0, [1, 0]);
}

#[test]
fn a_busy_voice_refuses_and_a_full_queue_of_reports_holds_starts_back() {
    let clip = mono(&[0.5; 300]);
    let mut rig = Rig::new();
    rig.start(0, &clip, heard_on_both(), 0);
    rig.start(0, &clip, heard_on_both(), 0);
    rig.start(128, &clip, heard_on_both(), 0);
    rig.start(1, &clip, VoiceSettings { start: 300, ..heard_on_both() }, 0);
    rig.hear(100, 100);
    assert_eq!((rig.back().1, rig.counters.refused_starts.get()), (std::vec![0, 128, 1], 3));
    rig.hear(400, 100);
    assert_eq!(rig.back().0, [0]);
    for round in 0..8 {
        for voice in 0..128 {
            let _full = rig.orders.enqueue(VoiceOrder::Start {
                voice,
                clip: clip.clone(),
                settings: heard_on_both(),
                at: 0,
            });
        }
        rig.hear(500, 100);
        assert!(rig.reports.len() <= 640, "{round}");
    }
    assert!(rig.counters.held_starts.get() > 0);
    for _ in 0..20 {
        rig.back();
        rig.hear(500, 100);
    }
    assert_eq!((Arc::strong_count(&clip), rig.counters.voices.get()), (1, 0));
}
