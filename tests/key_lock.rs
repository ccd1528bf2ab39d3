//! Promise: a clip at another pitch or speed has the pitch that was asked for within 1 cent, its level within 0.5 dB, its length to
//! the frame, each attack at its place, and its stereo image.
use std::cell::Cell;
use std::f64::consts::TAU;
use std::sync::Arc;
use std::time::{Duration, Instant};
use vestry::play::stretch::{Change, RenderError, Rendering, render};
use vestry::rt::clip::Clip;

const RATE: u32 = 48_000;
const SECONDS: usize = 2;
const FRAMES: usize = SECONDS * RATE as usize;

fn semitones(pitch: f64) -> f64 {
    (pitch / 12.0).exp2()
}

fn tone(hz: f64, frames: usize) -> Vec<f32> {
    (0..frames).map(|frame| (0.5 * (TAU * hz / f64::from(RATE) * frame as f64).sin()) as f32).collect()
}

fn noise(seed: u32, frames: usize) -> Vec<f32> {
    let next = |state: &mut u32| {
        *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        Some((*state >> 8) as f32 / 16_777_216.0 - 0.5)
    };
    std::iter::repeat(()).scan(seed, |state, ()| next(state)).take(frames).collect()
}

fn rendered(channels: &[&[f32]], speed: f64, pitch: f64) -> Arc<Clip> {
    let clip = Clip::new(RATE, channels).unwrap();
    let rendering = Rendering { change: Change { speed, pitch: semitones(pitch) }, repeat: None };
    let made = render(&clip, &rendering, &|| true).unwrap();
    let frames = ((clip.frames() as f64 / speed).round() as usize).max(1);
    assert_eq!((made.frames(), made.rate(), made.channels()), (frames, RATE, channels.len()));
    made
}

/// How far a tone is from `hz`, in cents, by the slope of its phase.
fn cents_off(sound: &[f32], hz: f64) -> f64 {
    const WINDOW: usize = 8_192;
    const HOP: usize = 512;
    let turn = TAU * hz / f64::from(RATE);
    let phase = |at: usize| {
        let (mut real, mut imaginary) = (0.0, 0.0);
        for (frame, sample) in sound[at..at + WINDOW].iter().enumerate() {
            let window = 0.5 - 0.5 * (TAU * frame as f64 / WINDOW as f64).cos();
            let angle = turn * (at + frame) as f64;
            real += window * f64::from(*sample) * angle.cos();
            imaginary -= window * f64::from(*sample) * angle.sin();
        }
        imaginary.atan2(real)
    };
    let mut phases: Vec<f64> = (0..sound.len() - WINDOW).step_by(HOP).map(phase).collect();
    for at in 1..phases.len() {
        phases[at] -= TAU * ((phases[at] - phases[at - 1]) / TAU).round();
    }
    let middle = (phases.len() as f64 - 1.0) / 2.0;
    let (mut along, mut square) = (0.0, 0.0);
    for (at, phase) in phases.iter().enumerate() {
        along += (at as f64 - middle) * phase;
        square += (at as f64 - middle).powi(2);
    }
    let hz_off = along / square / HOP as f64 * f64::from(RATE) / TAU;
    1200.0 * ((hz + hz_off) / hz).log2()
}

fn power(sound: &[f32]) -> f64 {
    let sum: f64 = sound.iter().map(|sample| f64::from(*sample).powi(2)).sum();
    10.0 * (sum / sound.len() as f64).log10()
}

/// Without what is heard of its ends.
fn inside(sound: &[f32]) -> &[f32] {
    let edge = (sound.len() / 4).min(RATE as usize / 4);
    &sound[edge..sound.len() - edge]
}

#[test]
fn tones_have_their_pitch_and_their_level() {
    let shifts = [-12.0, -7.0, -3.0, 3.0, 7.0, 12.0].map(|pitch| (1.0, pitch));
    let locked = [0.5, 0.8, 1.25, 2.0].map(|speed| (speed, 0.0));
    let both = [(0.25, 12.0), (0.5, -5.0), (1.1, -0.3), (1.5, 4.5), (2.0, -12.0)];
    let (mut cents, mut decibels, mut taken) = (0.0_f64, 0.0_f64, Duration::ZERO);
    let cases: Vec<_> = [&shifts[..], &locked, &both].concat();
    for hz in [110.0, 997.0, 5_000.0] {
        let sound = tone(hz, FRAMES);
        for (speed, pitch) in &cases {
            let begun = Instant::now();
            let made = rendered(&[&sound], *speed, *pitch);
            taken += begun.elapsed();
            let made = inside(made.samples(0).unwrap());
            let pitched = hz * semitones(*pitch);
            let (off, level) = (cents_off(made, pitched), power(made) - power(&sound));
            assert!(off.abs() < 1.0, "{hz} Hz, speed {speed}, pitch {pitch}: {off} cents off");
            assert!(level.abs() < 0.5, "{hz} Hz, speed {speed}, pitch {pitch}: {level} dB off");
            (cents, decibels) = (cents.max(off.abs()), decibels.max(level.abs()));
        }
    }
    let ratio = (3 * cases.len() * SECONDS) as f64 / taken.as_secs_f64();
    println!("{cents:.4} cents and {decibels:.3} dB off at most; {ratio:.0} s of sound a second");
}

#[test]
fn noise_loses_little_of_its_level() {
    let sound = noise(1, 2 * FRAMES);
    // Its phases have no law that could be kept.
    for (speed, pitch) in [(0.5, 0.0), (0.8, 0.0), (1.25, 0.0), (2.0, 0.0), (1.0, -5.0)] {
        let made = rendered(&[&sound], speed, pitch);
        let level = power(inside(made.samples(0).unwrap())) - power(&sound);
        println!("speed {speed}, pitch {pitch}: {level:.2} dB");
        assert!(level.abs() < 2.5, "speed {speed}, pitch {pitch}: {level} dB off");
    }
}

#[test]
fn attacks_are_at_their_places_and_the_first_one_is_kept() {
    const PLACES: [usize; 4] = [0, 24_000, 48_123, 90_000];
    let burst: Vec<f32> = noise(9, 200).iter().map(|noise| 1.6 * noise).collect();
    let mut sound = vec![0.0; FRAMES];
    for place in PLACES {
        sound[place..place + burst.len()].copy_from_slice(&burst);
    }
    for (speed, pitch) in [(1.0, -5.0), (1.0, 4.0), (1.0, 12.0), (0.7, 0.0), (1.6, 0.0), (0.5, 3.0)] {
        let made = rendered(&[&sound], speed, pitch);
        let made = made.samples(0).unwrap();
        for place in PLACES {
            let middle = ((place + burst.len() / 2) as f64 / speed) as usize;
            let (from, to) = (middle.saturating_sub(7_200), (middle + 7_200).min(made.len()));
            // Where half of its power is through.
            let power: Vec<f64> = made[from..to].iter().map(|sample| f64::from(*sample).powi(2)).collect();
            let half = power.iter().sum::<f64>() / 2.0;
            let through = |sum: &mut f64, power: &f64| {
                *sum += power;
                Some(*sum)
            };
            let found = from + power.iter().scan(0.0, through).position(|sum| sum >= half).unwrap();
            println!("speed {speed}, pitch {pitch}, {place}: {} frames off", found as i64 - middle as i64);
            assert!(found.abs_diff(middle) < 480, "speed {speed}, pitch {pitch}: {place} at {found}");
        }
    }
}

#[test]
fn the_stereo_image_stays_and_silence_stays_silence() {
    let left = noise(4, FRAMES);
    let right: Vec<f32> = left.iter().map(|sample| 0.25 * sample).collect();
    let silent = vec![0.0; FRAMES];
    for (speed, pitch) in [(1.0, 5.0), (0.75, -2.0), (1.5, 0.0)] {
        let made = rendered(&[&left, &right], speed, pitch);
        let off = |(left, right): (&f32, &f32)| (0.25 * left - right).abs();
        let sides = made.samples(0).unwrap().iter().zip(made.samples(1).unwrap());
        let off = sides.map(off).fold(0.0, f32::max);
        assert!(off < 1e-4, "speed {speed}, pitch {pitch}: {off}");
        let made = rendered(&[&left, &silent], speed, pitch);
        let heard = made.samples(1).unwrap().iter().fold(0.0_f32, |most, sample| most.max(sample.abs()));
        assert!(heard < 1e-6, "speed {speed}, pitch {pitch}: {heard} on the other side");
        let made = rendered(&[&silent], speed, pitch);
        assert!(made.samples(0).unwrap().iter().all(|sample| *sample == 0.0));
    }
}

#[test]
fn clips_of_any_length_and_rate_have_theirs_to_the_frame() {
    for frames in [1, 2, 47, 1_440, 5_759, 12_345] {
        for (speed, pitch) in [(0.25, 12.0), (0.9, -12.0), (1.0, 1.0), (4.0, -7.0)] {
            let made = rendered(&[&noise(2, frames)], speed, pitch);
            assert!(made.samples(0).unwrap().iter().all(|sample| sample.abs() < 4.0));
        }
    }
    let clip = Clip::new(8_000, &[&tone(997.0 * 6.0, 48_000)]).unwrap();
    let rendering = Rendering { change: Change { speed: 1.0, pitch: semitones(3.0) }, repeat: None };
    let made = render(&clip, &rendering, &|| true).unwrap();
    assert_eq!((made.frames(), made.rate()), (48_000, 8_000));
    // As if it were of the other rate: its tone is at six times as many hertz then.
    let off = cents_off(inside(made.samples(0).unwrap()), 997.0 * 6.0 * semitones(3.0));
    assert!(off.abs() < 1.0, "{off} cents off");
}

#[test]
fn a_rate_that_no_sound_has_does_no_harm() {
    for rate in [1, 700, u32::MAX] {
        let clip = Clip::new(rate, &[&noise(8, 9_600)]).unwrap();
        let rendering = Rendering { change: Change { speed: 1.25, pitch: semitones(2.0) }, repeat: None };
        assert_eq!(render(&clip, &rendering, &|| true).unwrap().frames(), 7_680);
    }
}

#[test]
fn it_ends_soon_after_nobody_wants_it() {
    let clip = Clip::new(RATE, &[&noise(3, 60 * RATE as usize)]).unwrap();
    let rendering = Rendering { change: Change { speed: 0.5, pitch: 1.5 }, repeat: None };
    let asked = Cell::new(0);
    let goes_on = || {
        asked.set(asked.get() + 1);
        asked.get() < 10
    };
    assert_eq!(render(&clip, &rendering, &goes_on).unwrap_err(), RenderError::Ended);
    assert_eq!(asked.get(), 10);
}
