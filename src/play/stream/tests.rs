//! Tests of streams, with sources in memory.
//!
//! Runs on: tests.
use super::cutter::Cutter;
use super::repeat::Repeated;
use super::source::{Source, SourceError};
use super::thread::{News, Streams};
use proptest::prelude::*;
use std::ops::Range;
use std::time::{Duration, Instant};
use vestry_rt::clip::{RUN_IN, RUN_OUT};
use vestry_rt::voice::Loop;

/// Sound in memory, which is given in pieces and fails at a frame.
#[derive(Clone)]
struct Memory {
    sound: Vec<Vec<f32>>,
    at: usize,
    piece: usize,
    fails_at: usize,
}

impl Memory {
    fn of(channels: usize, frames: usize) -> Self {
        let channel = |channel: usize| (0..frames).map(|at| (at * 3 + channel) as f32 / 1e6).collect();
        Self { sound: (0..channels).map(channel).collect(), at: 0, piece: usize::MAX, fails_at: usize::MAX }
    }
}

impl Source for Memory {
    fn rate(&self) -> u32 {
        48_000
    }

    fn channels(&self) -> usize {
        self.sound.len()
    }

    fn frames(&self) -> Option<u64> {
        Some(self.sound[0].len() as u64)
    }

    fn read(&mut self, frames: usize, into: &mut [Vec<f32>]) -> Result<usize, SourceError> {
        if self.at >= self.fails_at {
            return Err(SourceError::Read("the stick is gone".into()));
        }
        let end = self.sound[0].len().min(self.fails_at);
        let count = frames.min(self.piece).min(end.saturating_sub(self.at));
        for (sound, into) in self.sound.iter().zip(into) {
            into.extend(&sound[self.at..self.at + count]);
        }
        self.at += count;
        Ok(count)
    }

    fn seek(&mut self, frame: u64) -> Result<(), SourceError> {
        self.at = frame as usize;
        Ok(())
    }
}

/// For one voice.
fn alone(channels: Range<usize>) -> Vec<Range<usize>> {
    std::iter::once(channels).collect()
}

/// A voice's samples out of its parts, which have to fit.
fn joined(
    mut next: impl FnMut() -> Option<std::sync::Arc<vestry_rt::clip::Clip>>,
    channel: usize,
) -> Vec<f32> {
    let (mut sound, mut from): (Vec<f32>, u64) = (vec![0.0; RUN_IN], 0);
    while let Some(clip) = next() {
        let part = clip.of_stream().unwrap();
        assert_eq!(part.from, from);
        let held = clip.laid_out(channel).unwrap();
        assert_eq!(held[..RUN_IN], sound[sound.len() - RUN_IN..], "the run-in is what was before");
        sound.extend(&held[RUN_IN..RUN_IN + clip.frames()]);
        from += clip.frames() as u64;
        if part.is_last {
            break;
        }
    }
    sound.split_off(RUN_IN)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn parts_are_the_source_cut_up(
        frames in 1_usize..20_000, length in 1_024_usize..5_000, piece in 1_usize..3_000,
    ) {
        let source = Memory { piece, ..Memory::of(3, frames) };
        for (voice, channels) in [0..2, 2..3].into_iter().enumerate() {
            let mut cutter = Cutter::new(Box::new(source.clone()), vec![0..2, 2..3], length);
            for (at, channel) in channels.enumerate() {
                let heard = joined(|| cutter.next_parts().map(|parts| parts.clips[voice].clone()), at);
                prop_assert!(heard == source.sound[channel]);
                cutter = Cutter::new(Box::new(source.clone()), vec![0..2, 2..3], length);
            }
        }
    }

    #[test]
    fn a_loop_is_the_source_written_out(
        from in 0_usize..900, len in 1_usize..900, fade in 0_usize..200, piece in 1_usize..500, seek in 0_u64..4_000,
    ) {
        let source = Memory { piece, ..Memory::of(1, 1_800) };
        let repeat = Loop { from, to: from + len, fade };
        let sound = &source.sound[0];
        let blend = fade.min(from).min(len);
        let written = |frame: u64| {
            let frame = frame as usize;
            let at = if frame < from + len { frame } else { from + (frame - from) % len };
            match (at + blend).checked_sub(from + len) {
                Some(place) => {
                    let share = (place + 1) as f32 / (blend + 1) as f32;
                    sound[at] * (1.0 - share) + sound[at - len] * share
                }
                None => sound[at],
            }
        };
        let mut repeated = Repeated::new(Box::new(source.clone()), repeat).unwrap();
        for begin in [0, seek] {
            repeated.seek(begin).unwrap();
            let mut heard = vec![Vec::new()];
            while heard[0].len() < 3_000 {
                prop_assert!(repeated.read(3_000 - heard[0].len(), &mut heard).unwrap() > 0);
            }
            for (sample, frame) in heard[0].iter().zip(begin..) {
                prop_assert_eq!(*sample, written(frame), "{}", frame);
            }
        }
    }
}

#[test]
fn a_source_that_fails_fades_out_and_says_why() {
    let source = Memory { piece: 1_000, fails_at: 5_000, ..Memory::of(1, 9_000) };
    let mut cutter = Cutter::new(Box::new(source.clone()), alone(0..1), 2_000);
    let heard = joined(|| cutter.next_parts().map(|parts| parts.clips[0].clone()), 0);
    assert_eq!(cutter.take_fault(), Some(SourceError::Read("the stick is gone".into())));
    assert_eq!(heard.len(), 5_000);
    assert!(heard[..4_744] == source.sound[0][..4_744]);
    assert!(heard[4_999] == 0.0 && heard[4_900] > 0.0 && heard[4_900] < source.sound[0][4_900]);
    assert!(cutter.next_parts().is_none());
}

#[test]
fn a_source_without_a_frame_is_one_frame_of_silence() {
    let mut cutter = Cutter::new(Box::new(Memory::of(2, 0)), alone(0..2), 2_000);
    assert_eq!(joined(|| cutter.next_parts().map(|parts| parts.clips[0].clone()), 1), [0.0]);
}

fn wait(streams: &Streams) -> News {
    let begun = Instant::now();
    loop {
        if let Some(news) = streams.news() {
            return news;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "the thread tells nothing");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn the_thread_reads_ahead_as_far_as_it_may_and_goes_on_as_parts_are_played() {
    let source = Memory::of(1, 100_000);
    let part = (RUN_IN + 4_000 + RUN_OUT) * 4;
    let opening = |source: &Memory| {
        let source = source.clone();
        Box::new(move || Ok(Cutter::new(Box::new(source), alone(0..1), 4_000)))
    };
    // One stream's first two parts are known; of both together there is room for five more.
    let mut streams = Streams::start().unwrap();
    streams.allow(part * 5);
    let (one, two) = (streams.open(opening(&source), 2), streams.open(opening(&source), 0));
    let (mut of_one, mut of_two) = (Vec::new(), Vec::new());
    let mut take = |streams: &Streams| match wait(streams) {
        News::Parts(id, parts) if id == one => of_one.push(parts.clips[0].of_stream().unwrap().from),
        News::Parts(_, parts) => of_two.push(parts.clips[0].of_stream().unwrap().from),
        News::Fault { why, .. } => panic!("{why}"),
    };
    (0..5).for_each(|_| take(&streams));
    std::thread::sleep(Duration::from_millis(50));
    assert!(streams.news().is_none(), "there is no room for more");
    // Of the known parts none takes room.
    streams.spent(one);
    std::thread::sleep(Duration::from_millis(50));
    assert!(streams.news().is_none());
    streams.close(two);
    (0..2).for_each(|_| take(&streams));
    assert!(of_one.starts_with(&[8_000, 12_000]) && of_two.starts_with(&[0, 4_000]), "{of_one:?} {of_two:?}");
    let why = streams.open(Box::new(|| Err("a.wav is gone".into())), 0);
    loop {
        match wait(&streams) {
            News::Fault { stream, why: told, goes_on } => {
                break assert_eq!((stream, &*told, goes_on), (why, "a.wav is gone", false));
            }
            News::Parts(..) => {}
        }
    }
}
