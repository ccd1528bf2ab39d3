//! Promise: what a strip is fed by the player goes the whole way of an input, on its very frame, and no other input hears of it;
//! every vector unit makes the same sound.
#[path = "common/desk.rs"]
mod desk;

use desk::{Desk, PERIOD};
use std::sync::Arc;
use vestry::config::{ClickConfig, Db, EqBand, Quantise};
use vestry::play::grid::Grid;
use vestry::rt::clip::Clip;
use vestry::rt::feed::StripSource;
use vestry::rt::message::{Bus, Command, Event, Gain};
use vestry::rt::voice::{Loop, Quality, To, VoiceOrder, VoiceReport, VoiceSettings};
use vestry::supervisor::coefficients::band;
use vestry::supervisor::synthesis::click;

/// 24-bit noise, so that it is exact on its way.
fn noise(input: usize, frames: usize) -> Vec<f32> {
    (0..frames as u64).map(|at| Desk::input(input, at) as f32).collect()
}

fn on(strip: u8) -> VoiceSettings {
    VoiceSettings { route: [Some(To { strip, gain: Gain(1.0) }), None], ..VoiceSettings::default() }
}

fn order(desk: &mut Desk, order: VoiceOrder) {
    assert!(desk.remote.player.as_mut().unwrap().order(order).is_ok());
}

#[test]
fn stems_come_out_of_their_strips_on_one_frame_bit_for_bit() {
    let mut desk =
        Desk::new(4, 2, &[Command::Source(1, StripSource::Player), Command::Source(3, StripSource::Player)]);
    desk.send(&[Command::Route(Bus::Output(0), 1, Gain(1.0))]);
    desk.run(8);
    let at = 8 * PERIOD as u64 + 333;
    let stems = [1, 3].map(|strip| (strip, noise(10 + strip, 5_000)));
    for (strip, sound) in &stems {
        let (voice, clip) = (*strip as u8, Clip::new(48_000, &[sound]).unwrap());
        order(&mut desk, VoiceOrder::Start { voice, clip, settings: on(voice), at });
    }
    let heard = desk.run(100);
    for (strip, sound) in &stems {
        let wanted = |frame: usize| frame.checked_sub(333).and_then(|frame| sound.get(frame)).copied();
        for (frame, sample) in heard.lanes[*strip].iter().enumerate() {
            assert_eq!(*sample, f64::from(wanted(frame).unwrap_or_default()), "strip {strip}, frame {frame}");
        }
    }
    let (played, lane) = (&heard.outputs[0], &heard.lanes[1]);
    assert!(played.iter().zip(lane).all(|(played, lane)| (played - lane).abs() < 1e-6));
    for other in [0, 2] {
        let wanted = |frame: usize| Desk::input(other, (8 * PERIOD + frame) as u64);
        assert!(heard.lanes[other].iter().enumerate().all(|(frame, sample)| *sample == wanted(frame)));
    }
    let player = desk.remote.player.as_mut().unwrap();
    let ended = std::iter::from_fn(|| player.report()).inspect(|report| match report {
        VoiceReport::Ended { clip, .. } => assert_eq!(Arc::strong_count(clip), 1),
        other => panic!("{other:?}"),
    });
    assert_eq!(ended.count(), 2);
}

#[test]
fn what_waits_for_a_bar_begins_with_the_clicks() {
    let config = ClickConfig { on: true, bpm: 287.3, beats: 3, ..ClickConfig::default() };
    let mut desk = Desk::new(1, 1, &[]);
    desk.run(7);
    desk.send(&[Command::Click(click(&config, 1, 48_000))]);
    let first = 7 * PERIOD as u64;
    let heard = desk.run(2_000).outputs.remove(0);
    let bars: Vec<u64> = std::iter::from_fn(|| desk.remote.event())
        .map(|event| if let Event::Bar { position } = event { position } else { panic!("{event:?}") })
        .collect();
    assert!(bars.len() > 5 && bars[0] == first, "{bars:?}");
    let grid = Grid { tempo: config.tempo(48_000), beats_a_bar: 3, origin: bars[0] };
    let mut next = first;
    for bar in &bars[1..] {
        next = grid.next(next + 1, Quantise::Bar);
        assert!(next.abs_diff(*bar) <= 1, "a bar at {bar}, not {next}");
        let at = (*bar - first) as usize;
        assert!(heard[at - 200..at].iter().all(|sample| *sample == 0.0), "before the click of {bar}");
        assert!(heard[at..at + 10].iter().any(|sample| *sample != 0.0), "the click of {bar}");
    }
    desk.send(&[Command::Click(None)]);
    desk.run(2_000);
    assert_eq!(desk.remote.event(), None, "no click, no bar");
}

#[test]
fn every_vector_unit_makes_the_same_sound() {
    let heard = [false, true].map(|plain| {
        let mut desk = Desk::new(
            2,
            0,
            &[Command::Source(0, StripSource::Player), Command::Source(1, StripSource::Player)],
        );
        desk.plain = plain;
        for voice in 0..64 {
            let sound = [noise(voice, 900), noise(voice + 1, 900)];
            let clip = Clip::new(48_000, &[&sound[0][..], &sound[1]][..1 + voice % 2]).unwrap();
            let bell = band(
                &EqBand { hz: 100.0 * (1 + voice) as f32, gain_db: Db(4.0), ..EqBand::default() },
                48_000,
            );
            let settings = VoiceSettings {
                speed: 0.25 + voice as f64 * 0.05,
                quality: if voice % 3 == 0 { Quality::FourPoint } else { Quality::Sinc },
                repeat: (voice % 5 > 1).then_some(Loop { from: 200, to: 700, fade: 50 }),
                bands: [(voice % 4 > 1).then_some(bell), None, Some(bell)],
                route: [0, 1].map(|strip| Some(To { strip, gain: Gain(0.1) })),
                ..VoiceSettings::default()
            };
            order(&mut desk, VoiceOrder::Start { voice: voice as u8, clip, settings, at: voice as u64 * 11 });
        }
        desk.run(30).lanes
    });
    assert!(heard[0] == heard[1]);
    assert!(heard[0].iter().flatten().any(|sample| sample.abs() > 0.1));
}
