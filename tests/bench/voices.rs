//! Fifty playback voices in one period of 128 frames, each with a clip, a speed and a place of its own, to two strips.
//!
//! `cargo bench --bench voices`. The budget is 8 us for four points and 20 us for the sinc, without equalisers; a plain loop
//! over as many voices of four points stands beside them. Clips are of one channel, as the peers' are; two are said so.
use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use vestry::config::{Db, EqBand};
use vestry::rt::area::CaptureArea;
use vestry::rt::clip::Clip;
use vestry::rt::feed::StripSource;
use vestry::rt::message::{Command, Gain};
use vestry::rt::sample::SampleFormat;
use vestry::rt::voice::{Loop, Quality, To, VoiceOrder, VoiceSettings};
use vestry::rt_io::assemble::Remote;
use vestry::supervisor::coefficients;

#[path = "rig.rs"]
mod rig;

use rig::{FRAMES, RATE, engine, noise, one_period};

const VOICES: u8 = 50;
/// Ten seconds a clip: together more than any cache holds, as minutes are.
const LENGTH: usize = 480_000;

fn sound(voice: u8) -> Vec<f32> {
    noise(LENGTH).iter().map(|byte| f32::from(byte ^ voice) / 256.0 - 0.5).collect()
}

/// Within three semitones, no two alike.
fn speed(voice: u8) -> f64 {
    0.85 + f64::from(voice) * 0.0065
}

fn play(remote: &mut Remote, quality: Quality, channels: usize, equalised: bool) {
    let player = remote.player.as_mut().unwrap();
    let band = |at: u8| EqBand { hz: 100.0 * 8_f32.powi(at.into()), gain_db: Db(3.0), ..EqBand::default() };
    for voice in 0..VOICES {
        let sound = sound(voice);
        let clip = Clip::new(RATE, &[&sound[..], &sound][..channels]).unwrap();
        let settings = VoiceSettings {
            speed: speed(voice),
            quality,
            repeat: Some(Loop { from: 0, to: LENGTH, fade: 0 }),
            bands: [0, 1, 2].map(|at| equalised.then(|| coefficients::band(&band(at), RATE))),
            route: [0, 1].map(|strip| Some(To { strip, gain: Gain(0.02) })),
            ..VoiceSettings::default()
        };
        assert!(player.order(VoiceOrder::Start { voice, clip, settings, at: 0 }).is_ok());
    }
}

/// A whole period of two strips to two outputs, without voices and with fifty.
fn voices(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("period of 128 frames");
    let both = [(Quality::FourPoint, "four points"), (Quality::Sinc, "sinc")];
    let kinds =
        [(1, false, ""), (1, true, ", 3 bands"), (2, false, ", stereo"), (2, true, ", stereo, 3 bands")];
    let voices = both.iter().flat_map(|quality| kinds.iter().map(move |kind| Some((quality, kind))));
    for played in [None].into_iter().chain(voices) {
        let (mut engine, mut remote, mut sinks) = engine(2, 2, false, 1);
        assert!(
            remote
                .send(&[Command::Source(0, StripSource::Player), Command::Source(1, StripSource::Player)])
                .is_ok()
        );
        let mut name = "no voice".to_owned();
        if let Some(((quality, how), (channels, equalised, what))) = played {
            play(&mut remote, *quality, *channels, *equalised);
            name = format!("50 voices, {how}{what}");
        }
        let (bytes, mut out) = (noise(FRAMES * 2 * 4), vec![0; FRAMES * 2 * 4]);
        let area = CaptureArea { bytes: &bytes, format: SampleFormat::S32, channels: 2 };
        group.bench_function(name, |bencher| {
            bencher.iter(|| one_period(&mut engine, &mut sinks, black_box(area), black_box(&mut out)));
            let playing = if played.is_some() { u64::from(VOICES) } else { 0 };
            assert_eq!(remote.counters.voices.get(), playing);
        });
    }
    group.finish();
}

/// Voice by voice, frame by frame: four points, two sides.
fn plain(criterion: &mut Criterion) {
    let clips: Vec<Vec<f32>> = (0..VOICES).map(sound).collect();
    let (mut places, mut out) = ([0.0_f64; VOICES as usize], [[0.0_f32; FRAMES]; 2]);
    criterion.bench_function("a plain loop over 50 voices", |bencher| {
        bencher.iter(|| {
            out = [[0.0; FRAMES]; 2];
            for (voice, (place, clip)) in (0..).zip(places.iter_mut().zip(black_box(&clips))) {
                for frame in 0..FRAMES {
                    let (at, t) = (*place as usize, place.fract() as f32);
                    let [a, b, c, d] = [clip[at], clip[at + 1], clip[at + 2], clip[at + 3]];
                    let (slope, square) = (0.5 * (c - a), a - 2.5 * b + 2.0 * c - 0.5 * d);
                    let cubic = 0.5 * (d - a) + 1.5 * (b - c);
                    let sample = ((cubic * t + square) * t + slope) * t + b;
                    out.iter_mut().for_each(|side| side[frame] += 0.02 * sample);
                    *place += speed(voice);
                    if *place >= (LENGTH - 4) as f64 {
                        *place -= (LENGTH - 4) as f64;
                    }
                }
            }
            black_box(&mut out);
        });
    });
}

criterion_group!(benches, voices, plain);
criterion_main!(benches);
