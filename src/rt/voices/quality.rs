//! How true voices are to their clips: images, aliases, level, drift, and fifty of them together.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may panic")]
use super::rig::{Rig, heard_on_both, mono, noise, sine, table};
use super::*;
use crate::section::Section;
use crate::sinc::BAND;
use crate::voice::interpolate::{Points, Scratch, four_point, sinc};
use crate::voice::playhead::Playhead;
use crate::voice::{Quality, VOICE_BANDS, VoiceSettings};
use core::f64::consts::TAU;
use proptest::prelude::*;
use std::vec::Vec;

const FRAMES: usize = 4_096;

/// Points of a clip's tone (turns a frame, amplitude 1) at a speed.
fn points(quality: Quality, turns: f64, speed: f64) -> Vec<f64> {
    let clip = mono(&sine(turns, (FRAMES as f64 * speed) as usize + 200));
    let mut rig = Rig::new();
    rig.start(0, &clip, VoiceSettings { speed, quality, start: 60, ..heard_on_both() }, 0);
    rig.hear(64, 64);
    rig.hear(FRAMES, CHUNK)[0].iter().map(|sample| f64::from(*sample)).collect()
}

/// Takes the best sine of this pitch out, and tells its amplitude.
fn take_out(sound: &mut [f64], turns: f64) -> f64 {
    let base = |at: usize| (TAU * turns * at as f64).sin_cos();
    let (mut ss, mut sc, mut cc, mut ys, mut yc) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for (at, y) in sound.iter().enumerate() {
        let (s, c) = base(at);
        (ss, sc, cc, ys, yc) = (ss + s * s, sc + s * c, cc + c * c, ys + y * s, yc + y * c);
    }
    let whole = ss * cc - sc * sc;
    let (a, b) = ((ys * cc - yc * sc) / whole, (yc * ss - ys * sc) / whole);
    for (at, y) in sound.iter_mut().enumerate() {
        let (s, c) = base(at);
        *y -= a * s + b * c;
    }
    a.hypot(b)
}

/// The power of what is left, in dB of a sine of amplitude 1.
fn db(sound: &[f64]) -> f64 {
    10.0 * (2.0 * sound.iter().map(|y| y * y).sum::<f64>() / sound.len() as f64).log10()
}

/// All that is heard of a tone beside itself, in dB below it.
fn rejection(quality: Quality, turns: f64, speed: f64) -> f64 {
    let mut heard = points(quality, turns, speed);
    let level = take_out(&mut heard, turns * speed);
    20.0 * level.log10() - db(&heard)
}

fn semitones(count: f64) -> f64 {
    (count / 12.0).exp2()
}

#[test]
fn no_image_of_a_tone_is_louder_than_80_db_within_three_semitones() {
    for turns in [0.002, 0.02, 0.1, 0.2, 0.3, 0.35, BAND] {
        for count in [-3.0, -2.13, -1.0, -0.01, 0.02, 1.0, 1.7, 3.0] {
            let rejected = rejection(Quality::Sinc, turns, semitones(count));
            assert!(rejected > 80.0, "{turns} at {count} semitones: {rejected} dB");
        }
    }
}

/// The loudest of all that is heard up to the band's end, but for what is near `turns`, in dB of a sine of amplitude 1.
fn loudest_beside(heard: &[f64], turns: f64) -> f64 {
    // Kaiser's window again: below -110 dB from the eighth bin on.
    let heard = &heard[..1_024];
    let bessel = |y: f64| (1..80).rev().fold(1.0, |sum, n| 1.0 + sum * (y / 2.0 / f64::from(n)).powi(2));
    let window = |at: usize| bessel(16.0 * (1.0 - (at as f64 / 511.5 - 1.0).powi(2)).max(0.0).sqrt());
    let whole: f64 = (0..1_024).map(window).sum();
    let shaped: Vec<f64> = heard.iter().enumerate().map(|(at, y)| y * window(at)).collect();
    let bins = (0..(1_024.0 * BAND) as usize - 8).filter(|bin| (*bin as f64 - turns * 1_024.0).abs() > 8.0);
    let power = |bin: usize| {
        let (s, c) = shaped.iter().enumerate().fold((0.0, 0.0), |(a, b), (at, y)| {
            let (s, c) = (TAU * (bin * at % 1_024) as f64 / 1_024.0).sin_cos();
            (a + y * s, b + y * c)
        });
        2.0 * (s * s + c * c).sqrt() / whole
    };
    20.0 * bins.map(power).fold(0.0, f64::max).log10()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn nor_of_any_other_tone(turns in 0.001..BAND, count in -3.0..3.0_f64) {
        let speed = semitones(count);
        let heard = &mut points(Quality::Sinc, turns, speed);
        // One so near to half of the rate cannot be told from its alias.
        prop_assume!((turns * speed - 0.5).abs() > 0.001);
        let level = take_out(heard, turns * speed);
        let rejected = 20.0 * level.log10() - db(heard);
        prop_assert!(rejected > 80.0, "{} dB", rejected);
        let flat = if speed <= 1.0 { BAND } else if speed <= 1.09 { 0.328 } else { 0.28 };
        if turns < flat {
            prop_assert!((level - 1.0).abs() < 0.001, "a level of {}", level);
        }
    }

    /// Whatever tone a clip has, up to half of its rate: nothing but that tone is heard below the band's end.
    #[test]
    fn nothing_folds_into_the_band(turns in 0.01..0.5_f64, speed in prop_oneof![0.76..1.2, 0.76..4.0_f64]) {
        let loudest = loudest_beside(&points(Quality::Sinc, turns, speed), turns * speed);
        prop_assert!(loudest < -80.0, "{} dB", loudest);
    }

    /// 300 s at any speed end on the exact frame: 2^53 speeds and more, none of which drifts.
    #[test]
    fn five_minutes_end_on_the_exact_frame(speed in 0.25..4.0_f64, period in 1..=CHUNK) {
        let mut head = Playhead::new(7, speed, None, 60_000_000);
        let mut left = 300 * 48_000_usize;
        while left > 0 {
            left -= head.piece(left.min(period), 0..usize::MAX).frames;
        }
        // The speed as a fraction of two whole numbers, times the frames.
        let exact = (7_u128 << 64) + (speed * 18_446_744_073_709_551_616.0) as u128 * 14_400_000;
        prop_assert_eq!(head.frame(), (exact >> 64) as usize);
    }
}

#[test]
fn four_points_are_as_good_as_they_are_said_to_be() {
    let worst_of = |turns: f64| {
        let each = [-3.0, -1.1, 0.7, 3.0].map(|count| rejection(Quality::FourPoint, turns, semitones(count)));
        each.into_iter().fold(f64::INFINITY, f64::min)
    };
    for (khz, least) in [(1.0, 90.0), (5.0, 48.0), (10.0, 28.0)] {
        let worst = worst_of(khz / 48.0);
        assert!((least..least + 2.0).contains(&worst), "{khz} kHz at 48 kHz: {worst} dB");
    }
}

/// The windowed sinc as it is defined, in f64: straight lines between 128ths of a frame.
fn exact_sinc(sound: &[f32], at: f64, speed: f64) -> f64 {
    let until = [1.0, 1.09, 1.19].into_iter().find(|until| speed <= *until).unwrap();
    let cutoff = if until == 1.0 { 0.5 } else { 0.62 / until - 0.12 };
    let tap = |x: f64| {
        let bessel = |y: f64| (1..60).rev().fold(1.0, |sum, n| 1.0 + sum * (y / 2.0 / f64::from(n)).powi(2));
        let angle = TAU * cutoff * x;
        let sinc = if x == 0.0 { 1.0 } else { angle.sin() / angle };
        sinc * bessel(8.63 * (1.0 - (x / 12.0).powi(2)).max(0.0).sqrt())
    };
    let (frame, fraction) = (at.floor(), at.fract() * 128.0);
    let sum_at = |phase: f64| {
        let taps: Vec<f64> = (-11..=12).map(|k| tap(f64::from(k) - phase / 128.0)).collect();
        let heard =
            |k: usize| sound.get((frame as usize + k).wrapping_sub(11)).map_or(0.0, |s| f64::from(*s));
        let products = taps.iter().enumerate().map(|(k, tap)| tap * heard(k));
        products.sum::<f64>() / taps.iter().sum::<f64>()
    };
    sum_at(fraction.floor()) * (1.0 - fraction.fract()) + sum_at(fraction.floor() + 1.0) * fraction.fract()
}

fn exact_four_point(sound: &[f32], at: f64, _speed: f64) -> f64 {
    let (frame, t) = (at.floor() as usize, at.fract());
    let y = |k: usize| sound.get((frame + k).wrapping_sub(1)).map_or(0.0, |s| f64::from(*s));
    let (a, b, c, d) = (y(0), y(1), y(2), y(3));
    let (slope_b, slope_c) = ((c - a) / 2.0, (d - b) / 2.0);
    let (t2, t3) = (t * t, t * t * t);
    (2.0 * t3 - 3.0 * t2 + 1.0) * b
        + (t3 - 2.0 * t2 + t) * slope_b
        + (3.0 * t2 - 2.0 * t3) * c
        + (t3 - t2) * slope_c
}

fn equalise(bands: &[Option<Section>], sound: &mut [f64]) {
    for band in bands.iter().flatten() {
        let values = [band.keep, band.couple, band.lift, band.direct, band.first, band.second];
        let [keep, couple, lift, direct, first, second] = values.map(f64::from);
        let (mut s, mut t) = (0.0, 0.0);
        for x in &mut *sound {
            let v = *x - t;
            *x = direct * v + first * s + second * t;
            (s, t) = (keep * s + couple * v, t + couple * s + lift * v);
        }
    }
}

#[test]
fn fifty_voices_are_the_sum_of_fifty_to_a_hundred_thousandth() {
    let band = Section { keep: 0.6, couple: 0.3, lift: 0.06, direct: 1.0, first: 0.2, second: 1.0 };
    for quality in [Quality::FourPoint, Quality::Sinc] {
        let (mut rig, mut exact) = (Rig::new(), std::vec![0.0; 1_000]);
        for voice in 0..50 {
            let sound = noise(voice + 10, 2_000);
            let speed = semitones(f64::from(voice) / 9.0 - 2.8);
            let gain = 0.3 - 0.01 * voice as f32;
            let bands: [_; VOICE_BANDS] = core::array::from_fn(|at| (voice >> at & 1 == 1).then_some(band));
            let settings =
                VoiceSettings { speed, gain: crate::message::Gain(gain), quality, bands, ..heard_on_both() };
            rig.start(voice as u8, &mono(&sound), settings, 0);
            let of = if quality == Quality::Sinc { exact_sinc } else { exact_four_point };
            let mut alone: Vec<f64> = (0..1_000).map(|at| of(&sound, f64::from(at) * speed, speed)).collect();
            equalise(&bands, &mut alone);
            exact.iter_mut().zip(alone).for_each(|(sum, sample)| *sum += sample * f64::from(gain));
        }
        let [heard, _] = rig.hear(1_000, CHUNK);
        let apart = heard.iter().zip(&exact).map(|(heard, exact)| (f64::from(*heard) - exact).abs());
        let apart = apart.fold(0.0, f64::max);
        assert!(apart < 1e-5, "{quality:?}: {apart}");
    }
}

/// Where frames are missing points are silent, and whatever is left over at the end is made too.
#[test]
fn inner_loops_end_where_they_are_told() {
    let sound = noise(1, 300);
    let filter = table().filter(1 << 32);
    let mut room = Scratch::new();
    let points = Points { at: 20 << 32, step: 3 << 31 };
    let (mut all, mut curve) = ([1.0; CHUNK], [1.0; CHUNK]);
    sinc(filter, &sound, points, &mut all, &mut room);
    four_point(&sound, points, &mut curve, &mut room);
    for frames in 0..CHUNK {
        let mut out = [[7.0; CHUNK]; 2];
        sinc(filter, &sound, points, &mut out[0][..frames], &mut room);
        four_point(&sound, points, &mut out[1][..frames], &mut room);
        assert!(out[0][..frames] == all[..frames] && out[1][..frames] == curve[..frames]);
        assert!(out.iter().all(|out| out[frames..].iter().all(|sample| *sample == 7.0)));
    }
    let beyond = Points { at: 1 << 50, step: 3 << 31 };
    sinc(filter, &sound, beyond, &mut all, &mut room);
    four_point(&sound, beyond, &mut curve, &mut room);
    assert_eq!((all, curve), ([0.0; CHUNK], [0.0; CHUNK]));
}
