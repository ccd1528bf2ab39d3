//! A medium that stands still costs nothing while the pool lasts, and past it whole blocks of all inputs, counted.
#[path = "common/record.rs"]
mod common;
#[path = "common/stub.rs"]
mod stub;
use common::*;
use stub::Control;
use vestry::record::{At, Environment, RecordEvent, Writer};

const BLOCK: u64 = 1024;
/// 20 s of blocks at 48 kHz and a little more.
const POOL: usize = 960;

fn stalled(blocks: u64) -> (tempfile::TempDir, Feeder, Writer, Control) {
    let dir = tempfile::tempdir().unwrap();
    let control = Control::default();
    let (mut feeder, sink) = Feeder::new(6, BLOCK as usize, POOL);
    let world = Environment { storage: control.storage(), ..world() };
    let writer = Writer::spawn(settings(dir.path(), 6), sink, world).unwrap();
    feeder.feed(50 * BLOCK, BLOCK as usize);
    wait(&writer, |status| status.frames == 50 * BLOCK);
    control.set(|mood| mood.stalled = true);
    while control.waiting() == 0 {
        feeder.block_or_drop(BLOCK as usize);
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    for _ in 0..blocks {
        feeder.block_or_drop(BLOCK as usize);
    }
    (dir, feeder, writer, control)
}

#[test]
fn twenty_seconds_cost_nothing() {
    // 938 blocks are 20 s.
    let (dir, feeder, writer, control) = stalled(938);
    assert!(feeder.dropped.is_empty(), "the pool holds 20 s");
    control.set(|mood| mood.stalled = false);
    let (status, _) = writer.stop_and_join(At::Now);
    let take = takes(dir.path()).remove(0);
    let manifest = verify(&take);
    assert_eq!((status.frames_lost, manifest.gaps.len(), manifest.frames), (0, 0, Some(feeder.position)));
    for (lane, track) in manifest.tracks.iter().enumerate() {
        assert!(sound(&take, &manifest, track) == right(&[lane], 0, feeder.position, &[]));
    }
}

#[test]
fn past_the_pool_whole_blocks_are_lost_for_all_inputs_and_counted() {
    let (dir, mut feeder, writer, control) = stalled(POOL as u64 + 100);
    let lost: u64 = feeder.dropped.iter().map(|(_, frames)| frames).sum();
    let at = feeder.dropped[0].0;
    assert!(lost >= 100 * BLOCK && lost.is_multiple_of(BLOCK));
    control.set(|mood| mood.stalled = false);
    feeder.feed(20 * BLOCK, BLOCK as usize);
    let (status, events) = writer.stop_and_join(At::Now);
    let take = takes(dir.path()).remove(0);
    let manifest = verify(&take);
    assert_eq!((status.frames_lost, status.gaps), (lost, 1));
    let gap = &manifest.gaps[0];
    assert_eq!((gap.position, gap.absolute, gap.frames, gap.cause.as_str()), (at, at, lost, "pool_full"));
    let told = |event: &RecordEvent| matches!(event, RecordEvent::Gap { at: place, frames, .. } if *place == at && *frames == lost);
    assert!(events.iter().any(told), "{events:?}");
    for (lane, track) in manifest.tracks.iter().enumerate() {
        assert!(sound(&take, &manifest, track) == right(&[lane], 0, feeder.position, &[(at, lost)]));
    }
}

#[test]
fn a_slow_sync_is_in_the_ledger_and_told() {
    let dir = tempfile::tempdir().unwrap();
    let control = Control::default();
    let (mut feeder, sink) = Feeder::new(1, BLOCK as usize, 40);
    let world = Environment { storage: control.storage(), ..world() };
    let writer = Writer::spawn(settings(dir.path(), 1), sink, world).unwrap();
    feeder.feed(10 * BLOCK, BLOCK as usize);
    wait(&writer, |status| status.frames == 10 * BLOCK);
    control.set(|mood| mood.stalled = true);
    while control.waiting() == 0 {
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    // The time between two syncs is 50 ms here.
    std::thread::sleep(std::time::Duration::from_millis(200));
    control.set(|mood| mood.stalled = false);
    wait(&writer, |status| status.worst_sync_ms >= 190);
    let (_, events) = writer.stop_and_join(At::Now);
    let manifest = verify(&takes(dir.path()).remove(0));
    let slow = manifest.slow_syncs.first().expect("an entry");
    assert!(slow.ms >= 190 && slow.position == 10 * BLOCK && manifest.gaps.is_empty(), "{slow:?}");
    assert!(events.iter().any(|event| matches!(event, RecordEvent::SlowSync { ms, .. } if *ms == slow.ms)));
}

#[test]
fn what_is_lost_at_the_very_end_is_in_the_ledger_too() {
    let (dir, mut feeder, writer, control) = stalled(POOL as u64 + 100);
    feeder.lose(777, vestry::rt::block::GapCause::DeviceLost);
    control.set(|mood| mood.stalled = false);
    feeder.finish();
    writer.stop_and_join(At::Frame(feeder.position));
    let manifest = verify(&takes(dir.path()).remove(0));
    let gaps: Vec<(&str, u64)> = manifest.gaps.iter().map(|gap| (gap.cause.as_str(), gap.frames)).collect();
    let dropped = feeder.dropped.iter().map(|(_, frames)| frames).sum();
    assert_eq!(gaps, [("pool_full", dropped), ("device_lost", 777)]);
    assert_eq!(manifest.frames, Some(feeder.position));
}
