//! Takes of writers, fed with known sound, and the thread that measures it beside them.
use super::programme;
use super::record::{self, Feeder, RATE, event, sample, settings, verify, wait, world};
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;
use vestry::record::loudness::{Each, Loudness, LoudnessMonitor, LoudnessSettings, LoudnessStatus};
use vestry::record::manifest::LoudnessEntry;
use vestry::record::{At, Environment, Phase, RecordCommand, RecordEvent, Writer};
use vestry::rt::block::GapCause;

/// A monitor of two inputs, and the rt side of its pool; held up until something comes from `hold_up`.
fn monitor(blocks: usize, hold: Duration, patience: Duration) -> (Feeder, LoudnessMonitor, Sender<()>) {
    let (feeder, sink) = Feeder::new(2, 1024, blocks);
    let (go, wait) = channel::<()>();
    let settings = LoudnessSettings { sample_rate: RATE, inputs: 2, mix: false, hold, patience };
    (feeder, LoudnessMonitor::spawn(settings, sink, move || _ = wait.recv()).unwrap(), go)
}

fn status(monitor: &LoudnessMonitor, wanted: impl Fn(&LoudnessStatus) -> bool) -> LoudnessStatus {
    for _ in 0..20_000 {
        let status = monitor.status();
        if wanted(&status) {
            return status;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    panic!("it never came to it: {:?}", monitor.status());
}

/// What the sound of the feeders from frame `from` to `to` comes to, but for `gap`.
fn right(from: u64, to: u64, gap: std::ops::Range<u64>) -> Vec<Loudness> {
    let lane =
        |lane| -> Vec<f32> { (from..to).filter(|at| !gap.contains(at)).map(|at| sample(lane, at)).collect() };
    (0..2).map(|at| programme(&[&lane(at)], RATE)).collect()
}

fn values(entry: &LoudnessEntry) -> Vec<Loudness> {
    entry.tracks.iter().map(|track| track.loudness).collect()
}

#[test]
fn a_take_is_measured_from_its_pre_roll_to_its_last_frame_and_gaps_count_as_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (mut heard, monitor, go) = monitor(400, Duration::from_secs(3), Duration::from_secs(60));
    go.send(()).unwrap();
    let (mut feeder, sink) = Feeder::new(2, 1024, 400);
    let mut settings = settings(dir.path(), 2);
    (settings.start_at_once, settings.preroll) = (false, Duration::from_secs(1));
    let writer =
        Writer::spawn(settings, sink, Environment { loudness: Some(monitor.client()), ..world() }).unwrap();
    let mut feed = |frames: u64, lost: u64| {
        for feeder in [&mut heard, &mut feeder] {
            feeder.feed(frames, 1000);
            if lost > 0 {
                feeder.lose(lost, GapCause::Xrun);
            }
        }
    };
    feed(100_000, 0);
    wait(&writer, |status| status.position >= 52_000);
    writer.send(RecordCommand::Start { at: At::Frame(100_123) });
    feed(1_000, 0);
    let started = event(&writer);
    assert!(matches!(started, RecordEvent::TakeStarted { at: 52_123, .. }), "{started:?}");
    feed(49_000, 777);
    feed(50_000, 0);
    wait(&writer, |status| status.phase == Phase::Recording && status.position >= 200_000);
    let running = status(&monitor, |status| status.take.as_ref().is_some_and(|take| take.frames > 100_000));
    assert!(running.take.unwrap().each.inputs[0].integrated_lufs.is_some());
    assert!(running.now.inputs[1].momentary.is_some() && running.now.mix.is_none());
    writer.send(RecordCommand::Stop { at: At::Frame(230_007) });
    feed(60_000, 0);
    writer.stop_and_join(At::Now);
    let manifest = verify(&record::takes(dir.path())[0]);
    assert_eq!((manifest.start_frame, manifest.frames), (52_123, Some(230_007 - 52_123)));
    let loudness = manifest.loudness.unwrap();
    assert_eq!(loudness.frames, 230_007 - 52_123 - 777);
    assert_eq!(values(&loudness), right(52_123, 230_007, 150_000..150_777));
    let idle = status(&monitor, |status| status.take.is_none());
    assert_eq!(idle.missed_frames, 0);
}

#[test]
fn takes_on_two_media_end_each_where_it_ends() {
    let (mut heard, monitor, go) = monitor(100, Duration::from_secs(1), Duration::from_secs(60));
    go.send(()).unwrap();
    let client = monitor.client();
    let (first, second, other) = (client.begin(5), client.begin(5), client.begin(30_000));
    heard.feed(40_000, 1000);
    second.written(21_000);
    first.written(20_000);
    let of = |each: Each<Loudness>| each.inputs;
    let measured = first.end(20_000).unwrap();
    assert_eq!((measured.frames, of(measured.each)), (19_995, right(5, 20_000, 0..0)));
    second.written(40_000);
    heard.feed(20_000, 1000);
    let measured = second.end(50_000).unwrap();
    assert_eq!((measured.frames, of(measured.each)), (49_995, right(5, 50_000, 0..0)));
    drop(other);
    let idle = status(&monitor, |status| status.take.is_none() && status.now.inputs[0].momentary.is_some());
    assert_eq!(idle.missed_frames, 0);
}

#[test]
fn a_take_that_began_while_measuring_stood_still_is_measured_from_its_first_frame_to_its_last() {
    let (mut heard, monitor, go) = monitor(100, Duration::from_secs(1), Duration::from_secs(60));
    let gauge = monitor.client().begin(5);
    gauge.written(50_000);
    // The whole pool, twice as much as is held back.
    (0..100).for_each(|_| heard.block(1024));
    go.send(()).unwrap();
    status(&monitor, |status| status.take.as_ref().is_some_and(|take| take.frames > 0));
    let measured = gauge.end(60_000).unwrap();
    assert_eq!((measured.frames, measured.each.inputs), (59_995, right(5, 60_000, 0..0)));
}

#[test]
fn measuring_that_stands_still_costs_a_take_nothing_and_what_it_missed_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let (mut heard, monitor, go) = monitor(8, Duration::from_millis(20), Duration::from_secs(1));
    let (mut feeder, sink) = Feeder::new(2, 1024, 100);
    let world = || Environment { loudness: Some(monitor.client()), ..world() };
    let writer = Writer::spawn(settings(dir.path(), 2), sink, world()).unwrap();
    for _ in 0..50 {
        feeder.block(1024);
        heard.block_or_drop(1024);
    }
    let missed = heard.dropped.iter().map(|(_, frames)| frames).sum::<u64>();
    assert!(missed > 30_000);
    writer.send(RecordCommand::Stop { at: At::Frame(50 * 1024) });
    let events: Vec<_> = std::iter::repeat_with(|| event(&writer)).take(2).collect();
    assert!(matches!(events[1], RecordEvent::TakeClosed { frames: 51_200, .. }), "{events:?}");
    go.send(()).unwrap();
    // One more block tells what was lost before it.
    status(&monitor, |status| status.now.inputs.len() == 2);
    while !heard.try_block(1024) {}
    assert_eq!(status(&monitor, |status| status.missed_frames > 0).missed_frames, missed);
    writer.stop_and_join(At::Now);
    assert_eq!(verify(&record::takes(dir.path())[0]).loudness, None, "it came too late");
}
