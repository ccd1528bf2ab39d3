//! A stream sounds as the clip does that it was cut from, and where a part is late it is silent in time.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may panic")]
use super::rig::{Rig, heard_on_both, noise};
use crate::clip::{Clip, Part, RUN_IN, RUN_OUT};
use crate::voice::{VoiceChange, VoiceOrder, VoiceReport, VoiceSettings};
use alloc::sync::Arc;
use proptest::prelude::*;
use std::collections::VecDeque;
use std::vec::Vec;

/// Cuts a clip behind each of `lengths`, and the rest off.
fn parts(channels: &[&[f32]], lengths: &[usize]) -> VecDeque<Arc<Clip>> {
    let frames = channels[0].len();
    let (mut from, mut parts) = (0, VecDeque::new());
    for length in lengths.iter().copied().chain([frames]) {
        let is_last = from + length + RUN_OUT >= frames;
        let to = if is_last { frames } else { from + length + RUN_OUT };
        let frame = |sound: &[f32], at: usize| at.checked_sub(RUN_IN).map_or(0.0, |at| sound[at]);
        let cut = |sound: &&[f32]| (from..to + RUN_IN).map(|at| frame(sound, at)).collect();
        let sound = channels.iter().map(cut).collect();
        parts.push_back(Clip::part(48_000, sound, Part { from: from as u64, is_last }).unwrap());
        if is_last {
            break;
        }
        from += length;
    }
    parts
}

/// Places in a piece are told to 2^-32 frames from its first, and pieces end where parts do.
fn are_alike(one: &[f32], other: &[f32]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| (one - other).abs() < 1e-6)
}

struct Fed {
    rig: Rig,
    parts: VecDeque<Arc<Clip>>,
    /// Parts that are there.
    held: usize,
    back: Vec<Arc<Clip>>,
    has_ended: bool,
}

impl Fed {
    fn start(mut parts: VecDeque<Arc<Clip>>, settings: VoiceSettings) -> Self {
        let mut rig = Rig::new();
        rig.start(0, &parts.pop_front().unwrap(), settings, 1_000);
        Self { rig, parts, held: 1, back: Vec::new(), has_ended: false }
    }

    fn feed(&mut self) {
        while self.held < 4
            && let Some(part) = self.parts.pop_front()
        {
            assert!(self.rig.orders.enqueue(VoiceOrder::Feed { voice: 0, part }).is_ok());
            self.held += 1;
        }
    }

    fn take_reports(&mut self) {
        while let Some(report) = self.rig.reports.dequeue() {
            match report {
                VoiceReport::Spent { voice: 0, part: clip } => self.back.push(clip),
                VoiceReport::Ended { voice: 0, clip } => {
                    self.back.push(clip);
                    self.has_ended = true;
                }
                other => assert!(false, "{other:?}"),
            }
            self.held -= 1;
        }
    }

    /// Fed in time.
    fn hear(&mut self, frames: usize, period: usize) -> [Vec<f32>; 2] {
        let mut heard = [Vec::new(), Vec::new()];
        while heard[0].len() < frames {
            self.feed();
            let more = self.rig.hear(period.min(frames - heard[0].len()), period);
            heard.iter_mut().zip(more).for_each(|(heard, more)| heard.extend(more));
            self.take_reports();
        }
        heard
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_stream_is_heard_as_the_whole_clip_is(
        lengths in prop::collection::vec(1_024_usize..4_000, 0..8),
        frames in 1_usize..24_000,
        (speed, other) in (prop_oneof![Just(1.0), 0.25_f64..4.0], 0.25_f64..4.0),
        (period, stereo) in (1_usize..=128, any::<bool>()),
    ) {
        let (left, right) = (noise(1, frames), noise(2, frames));
        let channels = if stereo { std::vec![&left[..], &right] } else { std::vec![&left[..]] };
        let settings = VoiceSettings { speed, ..heard_on_both() };
        let mut whole = Rig::new();
        whole.start(0, &Clip::new(48_000, &channels).unwrap(), settings, 1_000);
        let cut = parts(&channels, &lengths);
        let count = cut.len();
        let mut fed = Fed::start(cut, settings);
        let first = (frames as f64 / speed / 2.0) as usize + 1;
        let (right, heard) = (whole.hear(first, period), fed.hear(first, period));
        prop_assert!(right.iter().zip(&heard).all(|(right, heard)| are_alike(right, heard)));
        prop_assert!(speed != 1.0 || right == heard);
        whole.set(0, VoiceChange::Speed(other));
        fed.rig.set(0, VoiceChange::Speed(other));
        let rest = (frames as f64 / speed.min(other) / 2.0) as usize + 4_000;
        let (right, heard) = (whole.hear(rest, period), fed.hear(rest, period));
        prop_assert!(right.iter().zip(&heard).all(|(right, heard)| are_alike(right, heard)));
        prop_assert_eq!((fed.has_ended, fed.back.len(), fed.held), (true, count, 0));
        prop_assert_eq!((whole.back().0, fed.rig.counters.late_reads.get()), (std::vec![0], 0));
    }

    #[test]
    fn one_whose_part_is_late_fades_and_comes_back_in_time(
        speed in prop_oneof![Just(1.0), 0.25_f64..4.0], period in 1_usize..=128, late in 0_usize..6_000,
    ) {
        // So slow a wave that a step would be seen; it ends in silence.
        let slow = |at: u16| (f32::from(at) / 400.0).sin() * (f32::from(40_000 - at) / 2_000.0).min(1.0);
        let wave: Vec<f32> = (0..40_000).map(slow).collect();
        let settings = VoiceSettings { speed, ..heard_on_both() };
        let mut whole = Rig::new();
        whole.start(0, &Clip::new(48_000, &[&wave]).unwrap(), settings, 1_000);
        let mut fed = Fed::start(parts(&[&wave], &[4_000, 4_000, 4_000]), settings);
        // The first part ends meanwhile.
        let until = (4_000.0 / speed) as usize + late;
        let mut heard = fed.rig.hear(until, period).map(|heard| heard.to_vec());
        heard.iter_mut().zip(fed.hear(9_000, period)).for_each(|(heard, more)| heard.extend(more));
        let right = whole.hear(until + 9_000, period);
        prop_assert!(heard[0].windows(2).all(|pair| (pair[0] - pair[1]).abs() < 0.05));
        // The time for a chunk at the start of which it is seen, and for both fades.
        let (before, after) = ((4_000.0 / speed) as usize - 130, until + 2 * 64 + period);
        prop_assert!(heard[0][..before.saturating_sub(128)] == right[0][..before.saturating_sub(128)]);
        prop_assert!(are_alike(&heard[0][after..], &right[0][after..]));
        if late > 300 {
            let silent = (4_000.0 / speed) as usize + 200..until;
            prop_assert!(heard[0][silent].iter().all(|sample| *sample == 0.0));
            prop_assert_eq!(fed.rig.counters.late_reads.get(), 1);
        }
    }
}

#[test]
fn a_part_that_does_not_follow_or_finds_nobody_comes_back() {
    let sound = noise(3, 30_000);
    let mut cut = parts(&[&sound], &[2_000; 10]);
    let mut rig = Rig::new();
    let feed = |rig: &mut Rig, voice, part: &Arc<Clip>| {
        let part = part.clone();
        assert!(rig.orders.enqueue(VoiceOrder::Feed { voice, part }).is_ok());
        rig.voices.take_in();
    };
    let back = |rig: &mut Rig| {
        let mut back = Vec::new();
        while let Some(report) = rig.reports.dequeue() {
            match report {
                VoiceReport::Spent { voice, part } => back.push((voice, part.of_stream().unwrap().from)),
                VoiceReport::Ended { voice, .. } | VoiceReport::Refused { voice, .. } => {
                    back.push((voice, 99))
                }
                VoiceReport::Late { .. } => {}
            }
        }
        back
    };
    // One that is no first part begins nothing, and a part without a voice, or for one that plays a whole clip, is no part.
    rig.start(1, &cut[1], heard_on_both(), 0);
    feed(&mut rig, 1, &cut[1]);
    feed(&mut rig, 200, &cut[1]);
    rig.start(2, &Clip::new(48_000, &[&sound]).unwrap(), heard_on_both(), 0);
    feed(&mut rig, 2, &cut[1]);
    assert_eq!(back(&mut rig), [(1, 99), (1, 2_000), (200, 2_000), (2, 2_000)]);
    // Not the next one; the next three; one too many.
    rig.start(0, &cut.pop_front().unwrap(), heard_on_both(), 0);
    feed(&mut rig, 0, &cut[1]);
    (0..4).for_each(|at| feed(&mut rig, 0, &cut[at]));
    assert_eq!(back(&mut rig), [(0, 4_000), (0, 8_000)]);
    rig.stop(0, 0);
    rig.hear(256, 128);
    assert_eq!(back(&mut rig), [(0, 2_000), (0, 4_000), (0, 6_000), (0, 99)]);
    assert_eq!(cut.iter().map(Arc::strong_count).max(), Some(1));
}
