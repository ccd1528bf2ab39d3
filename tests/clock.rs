//! Promise: whatever the clock does, takes never overwrite or reorder each other, not a frame is lost by it, and once the clock
//! is right `take.json` says when a take truly began.
#[path = "common/cli.rs"]
mod cli;
#[path = "common/record.rs"]
mod common;

use common::*;
use proptest::prelude::*;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, Instant};
use vestry::record::clock::{Clock, SystemClock, WallTime};
use vestry::record::naming::take_number;
use vestry::record::stamp::{Reading, Watch};
use vestry::record::storage::Disk;
use vestry::record::{At, Environment, RecordCommand, RecordEvent, Writer, list};

const YEAR_MS: i64 = 365 * 24 * 3_600_000;

/// A clock that can be set, in summer time or in winter time.
#[derive(Clone)]
struct Settable {
    begun: Instant,
    /// What it is wrong by, in ms.
    off: Arc<AtomicI64>,
    synced: Arc<AtomicBool>,
    summer: Arc<AtomicBool>,
    boot: &'static str,
}

impl Settable {
    fn new(off: i64) -> Self {
        let (off, synced, summer) = (Arc::new(AtomicI64::new(off)), Arc::default(), Arc::default());
        Self { begun: Instant::now(), off, synced, summer, boot: "this one" }
    }

    fn set(&self, off: i64) {
        self.off.store(off, Ordering::Relaxed);
    }

    /// What a right clock says.
    fn truth(&self) -> WallTime {
        self.true_at(self.begun.elapsed())
    }

    fn true_at(&self, uptime: Duration) -> WallTime {
        WallTime::parse("2025-03-30T01:59:58+01:00").unwrap().shifted(uptime.as_millis() as i64)
    }
}

impl Clock for Settable {
    fn now(&self) -> WallTime {
        let winter = self.truth().shifted(self.off.load(Ordering::Relaxed));
        if !self.summer.load(Ordering::Relaxed) {
            return winter;
        }
        // The same instant, an hour later by the clock on the wall.
        let text = winter.shifted(3_600_000).text();
        WallTime::parse(&text.replace("+01:00", "+02:00")).unwrap()
    }

    fn uptime(&self) -> Option<Duration> {
        Some(self.begun.elapsed())
    }

    fn boot(&self) -> Option<String> {
        Some(self.boot.into())
    }

    fn synced(&self) -> bool {
        self.synced.load(Ordering::Relaxed)
    }
}

fn started(dir: &Path, clock: &Settable) -> (Feeder, Writer) {
    let (feeder, sink) = Feeder::new(1, 1024, 100);
    let world = Environment { clock: Box::new(clock.clone()), ..world() };
    (feeder, Writer::spawn(settings(dir, 1), sink, world).unwrap())
}

/// By how much the clock was set until a time source vouched for it, as it was told.
fn told(writer: &Writer) -> i64 {
    let mut sum = 0;
    loop {
        if let RecordEvent::ClockSet { step_ms, synced } = event(writer) {
            sum += step_ms;
            if synced {
                return sum;
            }
        }
    }
}

/// Waits until `take.json` says what is wanted of the clock.
fn noted(take: &Path, wanted: impl Fn(&vestry::record::stamp::ClockEntry) -> bool) {
    for _ in 0..20_000 {
        if manifest(take).clock.as_ref().is_some_and(&wanted) {
            return;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    panic!("{:?}", manifest(take).clock);
}

fn near(one: &WallTime, other: &WallTime, ms: i64) -> bool {
    (one.millis() - other.millis()).abs() <= ms
}

#[test]
fn a_clock_that_is_set_in_mid_take_corrects_that_take_and_those_before() {
    let dir = tempfile::tempdir().unwrap();
    // No clock of its own: the year is 1975.
    let clock = Settable::new(-50 * YEAR_MS);
    let (mut feeder, writer) = started(dir.path(), &clock);
    feeder.feed(48_000, 1000);
    wait(&writer, |status| status.frames == 48_000);
    writer.send(RecordCommand::Stop { at: At::Frame(48_000) });
    writer.send(RecordCommand::Start { at: At::Frame(49_000) });
    feeder.feed(1000, 1000);
    writer.send(RecordCommand::Marker { at: At::Frame(60_000), label: "here".into() });
    feeder.feed(48_000, 1000);
    wait(&writer, |status| status.position == 97_000 && status.frames == 48_000);
    clock.set(0);
    clock.synced.store(true, Ordering::Relaxed);
    let step = told(&writer);
    assert!((step - 50 * YEAR_MS).abs() < 1_000, "{step}");
    let takes = takes(dir.path());
    takes.iter().for_each(|take| noted(take, |entry| entry.synced && entry.offset_ms != 0));
    feeder.feed(48_000, 1000);
    let (status, _) = writer.stop_and_join(At::Now);
    assert_eq!((status.frames_lost, takes.len()), (0, 2));
    for take in &takes {
        let manifest = verify(take);
        let entry = manifest.clock.unwrap();
        assert!(manifest.name.starts_with("1975-") && manifest.started.starts_with("1975-"));
        let corrected = WallTime::parse(entry.started_corrected.as_ref().unwrap()).unwrap();
        assert!(near(&corrected, &clock.true_at(Duration::from_millis(entry.uptime_ms)), 100), "{entry:?}");
        let wrong = WallTime::parse(&manifest.started).unwrap();
        assert_eq!(wrong.shifted(entry.offset_ms).millis(), corrected.millis());
        assert_eq!(manifest.time_reference, wrong.frames_since_midnight(RATE), "as in the files");
    }
    let second = manifest(&takes[1]);
    assert_eq!((second.frames, second.markers[0].position), (Some(96_000), 60_000 - second.start_frame));
    let listed = list::takes(&Disk, dir.path()).unwrap();
    assert!(listed.iter().all(|take| take.started.as_ref().unwrap().starts_with("2025-03-30T0")));
}

#[test]
fn what_an_earlier_process_recorded_is_corrected_and_an_earlier_start_of_the_system_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    for (boot, frames) in [("the one before", 1_000), ("this one", 2_000)] {
        let (mut feeder, writer) = started(dir.path(), &Settable { boot, ..Settable::new(-YEAR_MS) });
        feeder.feed(frames, 1000);
        writer.stop_and_join(At::Now);
    }
    let takes = takes(dir.path());
    let before = std::fs::read(takes[0].join("take.json")).unwrap();
    let (mut feeder, writer) = started(dir.path(), &Settable::new(0));
    feeder.feed(1_000, 1000);
    noted(&takes[1], |entry| entry.offset_ms >= YEAR_MS - 60_000);
    writer.stop_and_join(At::Now);
    assert_eq!(std::fs::read(takes[0].join("take.json")).unwrap(), before);
    verify(&takes[1]);
}

#[test]
fn summer_time_is_no_step() {
    let clock = Settable::new(0);
    let mut watch = Watch::default();
    let mut look = || watch.look(&Reading::of(&clock).unwrap());
    assert_eq!(look(), None);
    clock.summer.store(true, Ordering::Relaxed);
    assert_eq!(look(), None, "forwards");
    clock.summer.store(false, Ordering::Relaxed);
    assert_eq!(look(), None, "backwards");
    clock.synced.store(true, Ordering::Relaxed);
    assert!(look().is_some_and(|step| step.abs() < 100), "somebody vouches for it from now on");
    clock.set(-40);
    assert_eq!(look(), None, "less than can be told from the time that a reading takes");
    clock.set(-400);
    assert!(look().is_some_and(|step| (step + 400).abs() < 100), "the least step of a running time source");
    clock.set(5_000);
    assert!(look().is_some_and(|step| (step - 5_400).abs() < 100));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]
    /// Many small steps come to a large one: it is told, and stamped, to a reading's accuracy.
    #[test]
    fn steps_are_told_and_stamped_to_a_tenth_of_a_second(steps in proptest::collection::vec(-250i64..=250, 1..20)) {
        static TAKE: std::sync::LazyLock<vestry::record::manifest::Manifest> = std::sync::LazyLock::new(|| {
            let dir = tempfile::tempdir().unwrap();
            let (mut feeder, writer) = started(dir.path(), &Settable::new(0));
            feeder.feed(1_000, 1000);
            writer.stop_and_join(At::Now);
            manifest(&takes(dir.path())[0])
        });
        let clock = Settable::new(0);
        let begun = Reading::of(&clock).unwrap();
        let mut take = TAKE.clone();
        (take.started, take.clock) = (begun.now().text(), Some(begun.entry(0, RATE)));
        let mut watch = Watch::default();
        watch.look(&begun);
        let (mut off, mut told) = (0, 0);
        for step in steps {
            off += step;
            clock.set(off);
            told += watch.look(&Reading::of(&clock).unwrap()).unwrap_or(0);
            prop_assert!((told - off).abs() <= 155, "told {told} of {off} ms");
        }
        Reading::of(&clock).unwrap().correct(&mut take);
        let noted = take.clock.unwrap().offset_ms;
        prop_assert!((noted - off).abs() <= 55 || noted == 0 && off.abs() <= 155, "noted {noted} of {off} ms");
    }
}

#[test]
fn an_hour_that_comes_twice_orders_takes_by_number_and_overwrites_none() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Settable::new(0);
    for summer in [true, false, true] {
        clock.summer.store(summer, Ordering::Relaxed);
        let (mut feeder, writer) = started(dir.path(), &clock);
        feeder.feed(1_000, 1000);
        writer.stop_and_join(At::Now);
    }
    let names: Vec<_> = list::takes(&Disk, dir.path()).unwrap().into_iter().map(|take| take.name).collect();
    assert_eq!(names.iter().map(|name| take_number(name)).collect::<Vec<_>>(), [Some(1), Some(2), Some(3)]);
    assert!(names[0][11..13] > names[1][11..13], "the second one has the earlier hour: {names:?}");
}

#[derive(Clone, Debug)]
enum Turn {
    /// Years, a part of one, and whether summer time begins or ends.
    Set(i64, i64, bool),
    Feed(u64),
    Start,
    Stop,
    Split,
}

fn turn() -> impl Strategy<Value = Turn> {
    prop_oneof![
        3 => (-50i64..=50, 0..YEAR_MS, any::<bool>()).prop_map(|(years, part, summer)| Turn::Set(years, part, summer)),
        4 => (1u64..20_000).prop_map(Turn::Feed),
        1 => Just(Turn::Start),
        1 => Just(Turn::Stop),
        1 => Just(Turn::Split),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn no_setting_of_the_clock_at_any_moment_costs_or_reorders_anything(turns in proptest::collection::vec(turn(), 1..30)) {
        let dir = tempfile::tempdir().unwrap();
        let clock = Settable::new(0);
        let (mut feeder, writer) = started(dir.path(), &clock);
        let mut stopped = false;
        for turn in turns {
            match turn {
                Turn::Set(years, part, summer) => {
                    clock.set(years * YEAR_MS + part);
                    clock.summer.store(summer, Ordering::Relaxed);
                }
                Turn::Feed(frames) => feeder.feed(frames, 1000),
                Turn::Start => writer.send(RecordCommand::Start { at: At::Frame(feeder.position) }),
                Turn::Stop => {
                    stopped = true;
                    writer.send(RecordCommand::Stop { at: At::Frame(feeder.position) });
                }
                Turn::Split => writer.send(RecordCommand::Split { at: At::Frame(feeder.position) }),
            }
        }
        feeder.feed(100, 100);
        // As at the very end: all of it is right at last.
        clock.set(0);
        let (status, _) = writer.stop_and_join(At::Frame(feeder.position));
        prop_assert_eq!(status.frames_lost, 0);
        let takes = takes(dir.path());
        let manifests: Vec<_> = takes.iter().map(|take| verify(take)).collect();
        let order: Vec<_> = manifests.iter().map(|manifest| manifest.start_frame).collect();
        prop_assert!(order.is_sorted(), "numbers follow the sound: {:?}", order);
        let frames: u64 = manifests.iter().map(|manifest| manifest.frames.unwrap()).sum();
        prop_assert!(stopped || frames == feeder.position);
        let listed: Vec<_> = list::takes(&Disk, dir.path()).unwrap().into_iter().map(|take| take.name).collect();
        prop_assert_eq!(listed, manifests.iter().map(|manifest| manifest.name.clone()).collect::<Vec<_>>());
        for (take, manifest) in takes.iter().zip(&manifests) {
            for (lane, track) in manifest.tracks.iter().enumerate() {
                let (from, to) = (manifest.start_frame, manifest.start_frame + manifest.frames.unwrap());
                prop_assert!(sound(take, manifest, track) == right(&[lane], from, to, &[]));
            }
        }
    }
}

/// The kernel's own clocks tell a start of the system that does not move.
#[test]
fn the_system_tells_how_long_it_has_been_running() {
    let (first, again) = (Reading::of(&SystemClock).unwrap(), Reading::of(&SystemClock).unwrap());
    let mut watch = Watch::default();
    assert_eq!((watch.look(&first), watch.look(&again)), (None, None));
    assert_eq!(SystemClock.boot().unwrap().len(), 36);
    assert_eq!(SystemClock.synced(), Path::new("/run/systemd/timesync/synchronized").exists());
    assert!(SystemClock.uptime().unwrap() > Duration::ZERO);
}

/// A machine without the time zone that it is told to be in records all the same, and for as long as it was told.
#[test]
fn without_time_zones_the_box_records() {
    let work = tempfile::tempdir().unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_vestry"))
        .args(["run", "--for", "2s", "--data", "takes"])
        .env("TZ", "Nowhere/At_All")
        .current_dir(work.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", cli::said(&output));
    let manifest = verify(&cli::takes(&work.path().join("takes")).remove(0));
    assert_eq!(manifest.frames, Some(2 * u64::from(manifest.sample_rate)));
    assert!(WallTime::parse(&manifest.started).is_some(), "{}", manifest.started);
    assert!(manifest.clock.is_some_and(|entry| entry.offset_ms == 0));
}

/// Who asks for the time of day: names and dates of takes, the fault list, events, and the self-test, which holds it against the
/// time since the start. Nothing that waits or measures does.
#[test]
fn the_time_of_day_is_asked_for_in_few_places() {
    let mut files = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut asking = Vec::new();
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        if ["SystemTime", "Zoned::now", "Timestamp::now", "CLOCK_REALTIME"]
            .iter()
            .any(|call| text.contains(call))
        {
            asking.push(path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap().to_str().unwrap().to_owned());
        }
    }
    asking.sort();
    let may = ["src/record/clock.rs", "src/supervisor/exam.rs", "src/supervisor/outside/broker.rs"];
    assert_eq!(asking, may);
}
