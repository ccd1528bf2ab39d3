//! Splits and pre-roll are exact to the sample.
#[path = "common/record.rs"]
mod common;
use common::*;
use proptest::prelude::*;
use std::time::Duration;
use vestry::record::{At, Layout, RecordCommand, RecordEvent, Writer};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn a_split_loses_and_doubles_no_sample(
        mut splits in proptest::collection::vec(1u64..20_000, 0..5), block in 1usize..1024, frames in 20_000u64..21_000,
    ) {
        let dir = tempfile::tempdir().unwrap();
        let (mut feeder, sink) = Feeder::new(2, 1024, 10);
        let writer = Writer::spawn(settings(dir.path(), 2), sink, world()).unwrap();
        for at in &splits {
            writer.send(RecordCommand::Split { at: At::Frame(*at) });
        }
        feeder.feed(frames, block);
        writer.stop_and_join(At::Now);
        let take = takes(dir.path()).remove(0);
        let manifest = verify(&take);
        splits.sort();
        splits.dedup();
        splits.insert(0, 0);
        for (lane, track) in manifest.tracks.iter().enumerate() {
            prop_assert!(track.parts.iter().map(|part| part.start).eq(splits.iter().copied()));
            prop_assert!(sound(&take, &manifest, track) == right(&[lane], 0, frames, &[]));
        }
    }
}

#[test]
fn a_part_is_never_longer_than_asked_for() {
    let bytes = 400_000;
    for (by_time, longest) in [(true, 60_000), (false, (bytes - 16_384) / 6)] {
        let dir = tempfile::tempdir().unwrap();
        let mut settings = settings(dir.path(), 2);
        settings.layout = Layout::Polyphonic;
        match by_time {
            true => settings.split_after = Some(Duration::from_millis(1250)),
            false => settings.split_bytes = Some(bytes),
        }
        let (mut feeder, sink) = Feeder::new(2, 1024, 10);
        let writer = Writer::spawn(settings, sink, world()).unwrap();
        feeder.feed(180_000, 1000);
        writer.stop_and_join(At::Now);
        let take = takes(dir.path()).remove(0);
        let manifest = verify(&take);
        let track = &manifest.tracks[0];
        assert!(track.parts.iter().all(|part| part.frames.unwrap() <= longest), "{track:?}");
        assert_eq!(track.parts.len(), 3, "no empty part at the end");
        for part in track.parts.iter().filter(|_| !by_time) {
            assert!(std::fs::metadata(take.join(&part.file)).unwrap().len() <= bytes);
        }
        assert!(sound(&take, &manifest, track) == right(&[0, 1], 0, 180_000, &[]));
    }
}

/// Sound is there from 2,000 to 50,000; then a start is asked for, and one more block of 1,000 comes.
#[test]
fn preroll_is_exact_and_the_time_reference_back_dated() {
    let midnight = 10 * 3600 * u64::from(RATE);
    for (preroll_ms, start, first) in [
        (500, At::Now, 26_000),
        (500, At::Frame(50_000), 26_000),
        (500, At::Frame(50_501), 26_501),
        (500, At::Frame(30_000), 26_000),
        (1_000, At::Frame(50_001), 2_001),
        (60_000, At::Frame(30_000), 2_000),
        (0, At::Frame(50_501), 50_501),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let mut settings = settings(dir.path(), 1);
        (settings.start_at_once, settings.preroll) = (false, Duration::from_millis(preroll_ms));
        let (mut feeder, sink) = Feeder::new(1, 1000, 200);
        let writer = Writer::spawn(settings, sink, world()).unwrap();
        feeder.position = 2_000;
        feeder.feed(48_000, 1000);
        let held = (50_000 - (preroll_ms * 48).min(48_000)).max(2_000);
        wait(&writer, |status| status.position == held && status.blocks_done == (held - 2_000) / 1000);
        writer.send(RecordCommand::Start { at: start });
        let late = matches!(start, At::Frame(at) if at > 50_000);
        let seen = if late { 51_000 } else { 50_000 };
        feeder.feed(seen - 50_000, 1000);
        let RecordEvent::TakeStarted { path, at } = event(&writer) else { panic!("no take") };
        assert_eq!(at, first, "{preroll_ms} {start:?}");
        feeder.feed(3_000, 1000);
        writer.stop_and_join(At::Now);
        let manifest = verify(&path);
        assert_eq!((manifest.start_frame, manifest.time_reference), (first, midnight - (seen - first)));
        assert!(sound(&path, &manifest, &manifest.tracks[0]) == right(&[0], first, feeder.position, &[]));
    }
}
