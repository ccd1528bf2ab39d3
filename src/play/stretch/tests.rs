//! Tests of plans, windows and stages.
//!
//! Runs on: tests.
use super::window::Window;
use super::*;
use proptest::prelude::*;

/// Noise of -0.5..0.5.
fn noise(seed: u32, frames: usize) -> Vec<f32> {
    let next = |state: &mut u32| {
        *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        Some((*state >> 8) as f32 / 16_777_216.0 - 0.5)
    };
    std::iter::repeat(()).scan(seed, |state, ()| next(state)).take(frames).collect()
}

fn memory(sound: &[f32], repeat: Option<[u64; 2]>) -> Box<dyn Source> {
    Box::new(InMemory::new(Clip::new(48_000, &[sound]).unwrap(), repeat))
}

fn all(source: &mut dyn Source, part: usize) -> Vec<f32> {
    let mut read = [Vec::new()];
    while source.read(part, &mut read).unwrap() > 0 {}
    read.into_iter().next().unwrap()
}

#[test]
fn a_change_is_made_ahead_only_where_the_voice_alone_cannot_make_it() {
    let pad = |speed, pitch, key_lock| PadConfig { speed, pitch, key_lock, ..PadConfig::default() };
    let change = |speed, semitones: f64| Some(Change { speed, pitch: (semitones / 12.0).exp2() });
    let organ = f64::exp2(0.125 / 12.0);
    for (pad, expected) in [
        (pad(1.5, 0.0, false), (None, 1.5)),
        (pad(1.0, 0.0, true), (None, 1.0)),
        (pad(1.5, 0.0, true), (change(1.5, 0.0), 1.0)),
        (pad(1.5, 3.0, false), (change(1.0, 3.0), 1.5)),
        (pad(1.5, -12.0, true), (change(1.5, -12.0), 1.0)),
        (pad(1.0, 0.125, true), (None, organ)),
        (pad(1.5, 0.125, false), (None, 1.5 * organ)),
        (pad(4.0, 0.125, false), (change(1.0, 0.125), 4.0)),
        (pad(1.25, 0.125, true), (change(1.25, 0.125), 1.0)),
        (PadConfig { stem: Some(1), ..pad(1.0, 0.125, false) }, (change(1.0, 0.125), 1.0)),
        (PadConfig { mode: PadMode::Loop, ..pad(1.0, 0.125, false) }, (change(1.0, 0.125), 1.0)),
        (PadConfig { quantise: Quantise::Bar, ..pad(1.0, 0.125, false) }, (change(1.0, 0.125), 1.0)),
    ] {
        let (change, step) = expected;
        assert_eq!(Plan::of(&pad), Plan { change, step }, "{pad:?}");
    }
}

#[test]
fn a_loop_has_one_more_round_behind_it() {
    let rendering = |speed, repeat| Rendering { change: Change { speed, pitch: 1.0 }, repeat };
    let once = rendering(1.5, None);
    assert_eq!((once.frames(48_001), once.loop_frames(), once.blend(48_000)), (32_001, None, 0));
    let round = rendering(0.5, Some([1_000, 25_000]));
    assert_eq!((round.frames(48_000), round.loop_frames()), (98_000, Some([50_000, 98_000])));
    assert_eq!(rendering(4.0, Some([3, 4])).loop_frames(), Some([1, 2]), "never empty");
    assert!(once.key() != round.key());
}

#[test]
fn a_clip_is_read_as_its_loop_is_heard() {
    let sound: Vec<f32> = (0..10).map(|frame| frame as f32).collect();
    let mut once = memory(&sound, None);
    assert_eq!(all(&mut *once, 3), sound);
    once.seek(7).unwrap();
    assert_eq!(all(&mut *once, 3), sound[7..]);
    let mut round = memory(&sound, Some([2, 5]));
    let mut read = [Vec::new()];
    while read[0].len() < 9 {
        round.read(4, &mut read).unwrap();
    }
    assert_eq!(read[0], [0.0, 1.0, 2.0, 3.0, 4.0, 2.0, 3.0, 4.0, 2.0, 3.0, 4.0]);
}

#[test]
fn a_stage_is_the_same_however_it_is_read_and_ends_where_it_says() {
    let sound = noise(7, 30_000);
    for (speed, pitch) in [(0.7, 1.0), (1.0, 1.3), (1.6, 0.8), (3.0, 0.5)] {
        let change = Change { speed, pitch };
        let [whole, parts] =
            [100_000, 777].map(|part| all(&mut *changed(memory(&sound, None), change).unwrap(), part));
        assert!(whole == parts, "{change:?}");
        let expected = scaled(30_000, 1.0 / speed);
        assert!(whole.len().abs_diff(expected as usize) <= 1, "{change:?}: {}", whole.len());
        let source = changed(memory(&sound, None), change).unwrap();
        assert!(source.frames().unwrap().abs_diff(expected) <= 1);
        assert_eq!((source.rate(), source.channels()), (48_000, 1));
    }
}

/// Power of sound in dB.
fn power(sound: &[f32]) -> f64 {
    let sum: f64 = sound.iter().map(|sample| f64::from(*sample).powi(2)).sum();
    10.0 * (sum / sound.len() as f64).log10()
}

#[test]
fn after_a_seek_the_same_is_heard_at_the_same_place() {
    // Bursts, so that their places are seen whatever their phases are.
    let burst = |frame: usize| if frame % 12_000 < 600 { 1.0 } else { 0.0 };
    let sound: Vec<f32> = noise(3, 96_000).iter().zip(0..).map(|(noise, at)| noise * burst(at)).collect();
    for (speed, pitch) in [(0.8, 1.0), (1.0, 1.5), (1.25, 0.7)] {
        let mut source = changed(memory(&sound, None), Change { speed, pitch }).unwrap();
        let whole = all(&mut *source, 4_096);
        for frame in [40_000, 5, 71_234, whole.len()] {
            source.seek(frame as u64).unwrap();
            let rest = all(&mut *source, 4_096);
            assert_eq!(rest.len(), whole.len() - frame);
            for (rest, whole) in rest.chunks(2_400).zip(whole[frame..].chunks(2_400)) {
                let (rest, whole) = (power(rest).max(-60.0), power(whole).max(-60.0));
                assert!((rest - whole).abs() < 6.0 || rest.max(whole) < -40.0, "{rest} {whole}");
            }
        }
    }
}

proptest! {
    #[test]
    fn a_window_shows_any_frames_of_its_source(
        places in prop::collection::vec((-3_000_i64..20_000, 0_usize..6_000), 1..12)
    ) {
        let sound = noise(5, 15_000);
        let mut window = Window::new(memory(&sound, None)).unwrap();
        let mut into = [vec![9.0]];
        for (from, frames) in places {
            window.fetch(from, frames, &mut into).unwrap();
            let at = |frame: i64| usize::try_from(frame).ok().and_then(|frame| sound.get(frame));
            let expected: Vec<f32> =
                (from..from + frames as i64).map(|frame| at(frame).copied().unwrap_or(0.0)).collect();
            prop_assert!(into[0] == expected, "{} {}", from, frames);
        }
    }
}
