//! Promise: nothing is ever deleted unless retention is switched on; then the oldest takes make room, those that are protected,
//! open, unrepaired, newest or in use never, and the take that is recorded does not notice.
#[path = "common/cli.rs"]
mod cli;
#[path = "common/record.rs"]
mod common;

use common::*;
use std::io::Result;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;
use vestry::record::manifest::TakeState;
use vestry::record::protect::{MARK, protect};
use vestry::record::recovery::repair;
use vestry::record::retention::{JOURNAL, delete, finish, oldest};
use vestry::record::storage::{Disk, Entry, Storage, StorageFile};
use vestry::record::{At, Environment, Phase, RecordEvent, RecordSettings, RecordStatus, Writer, list};

/// Bytes of a take of the tests, of its one second of one track.
const TAKE: u64 = 144_000;

/// A card of a size of its own. Its removals can be stopped.
#[derive(Clone, Default)]
struct Card {
    dir: PathBuf,
    bytes: Arc<AtomicU64>,
    stopped: Arc<(Mutex<bool>, Condvar)>,
    removing: Arc<AtomicBool>,
}

impl Card {
    fn new(dir: &Path) -> Self {
        Self { dir: dir.into(), ..Self::default() }
    }

    fn used(&self) -> u64 {
        let takes = Disk.list(&self.dir).unwrap().into_iter().filter(|entry| entry.is_dir);
        let files = takes.flat_map(|take| Disk.list(&self.dir.join(take.name)).unwrap_or_default());
        files.map(|file| file.bytes).sum()
    }

    /// From now on so much is free.
    fn set_free(&self, bytes: u64) {
        self.bytes.store(self.used() + bytes, Ordering::Relaxed);
    }

    fn stop(&self, stopped: bool) {
        *self.stopped.0.lock().unwrap() = stopped;
        self.stopped.1.notify_all();
    }
}

impl Storage for Card {
    fn create_dir(&self, path: &Path) -> Result<()> {
        Disk.create_dir(path)
    }
    fn create(&self, path: &Path) -> Result<Box<dyn StorageFile>> {
        Disk.create(path)
    }
    fn open(&self, path: &Path) -> Result<Box<dyn StorageFile>> {
        Disk.open(path)
    }
    fn edit(&self, path: &Path) -> Result<Box<dyn StorageFile>> {
        Disk.edit(path)
    }
    fn rename(&self, from: &Path, to: &Path) -> Result<()> {
        Disk.rename(from, to)
    }
    fn remove(&self, path: &Path) -> Result<()> {
        if path.extension().is_some_and(|ending| ending == "wav") {
            self.removing.store(true, Ordering::Relaxed);
            drop(self.stopped.1.wait_while(self.stopped.0.lock().unwrap(), |stopped| *stopped).unwrap());
        }
        Disk.remove(path)
    }
    fn remove_dir(&self, path: &Path) -> Result<()> {
        Disk.remove_dir(path)
    }
    fn sync_dir(&self, path: &Path) -> Result<()> {
        Disk.sync_dir(path)
    }
    fn free_bytes(&self, _: &Path) -> Result<u64> {
        Ok(self.bytes.load(Ordering::Relaxed).saturating_sub(self.used()))
    }
    fn medium(&self, path: &Path) -> Result<u64> {
        Disk.medium(path)
    }
    fn list(&self, path: &Path) -> Result<Vec<Entry>> {
        Disk.list(path)
    }
}

/// Takes 1 to `count` of a second each, in a folder of their own. Their dates run backwards.
fn recorded(count: u32) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for number in 1..=count {
        let (mut feeder, sink) = Feeder::new(1, 1024, 100);
        let writer = Writer::spawn(settings(dir.path(), 1), sink, world()).unwrap();
        feeder.feed(48_000, 1000);
        writer.stop_and_join(At::Now);
        let take = takes(dir.path()).pop().unwrap();
        std::fs::rename(take, dir.path().join(format!("20{:02}-05-01_100000_{number:04}", 50 - number)))
            .unwrap();
    }
    dir
}

fn keeping(dir: &Path, free: u64) -> RecordSettings {
    let mut settings = settings(dir, 1);
    settings.retention = Some(Duration::from_secs_f64(free as f64 / TAKE as f64));
    settings
}

fn started(settings: RecordSettings, card: &Card) -> (Feeder, Writer) {
    let (mut feeder, sink) = Feeder::new(1, 1024, 100);
    let writer = Writer::spawn(settings, sink, Environment { storage: Box::new(card.clone()), ..world() });
    feeder.feed(1000, 1000);
    (feeder, writer.unwrap())
}

/// Numbers of the takes there are.
fn numbers(dir: &Path) -> Vec<u64> {
    let names = list::names(&Disk, dir).into_iter();
    names.filter_map(|name| vestry::record::naming::take_number(&name)).collect()
}

fn deleted(writer: &Writer) -> PathBuf {
    loop {
        match event(writer) {
            RecordEvent::TakeDeleted { path, bytes } => {
                assert!(bytes >= TAKE, "{bytes}");
                return path;
            }
            RecordEvent::RetentionFailed { reason, .. } => panic!("{reason}"),
            _ => {}
        }
    }
}

#[test]
fn off_by_default_and_then_nothing_is_deleted_on_a_full_medium() {
    assert_eq!(vestry::config::board::sim().unwrap().recording.retention_hours, 0.0);
    let dir = recorded(2);
    let card = Card::new(dir.path());
    card.set_free(10_000_000);
    let mut settings = settings(dir.path(), 1);
    settings.min_free_bytes = 1_000_000;
    let (mut feeder, writer) = started(settings, &card);
    wait(&writer, |status| status.frames == 1000);
    card.set_free(0);
    wait(&writer, |status| status.phase == Phase::Fault);
    feeder.feed(48_000, 1000);
    writer.stop_and_join(At::Now);
    assert_eq!(numbers(dir.path()), [1, 2, 3]);
    assert!(!dir.path().join(JOURNAL).exists());
}

#[test]
fn the_oldest_by_number_goes_first_and_what_must_stay_stays() {
    let dir = recorded(6);
    let all = takes(dir.path());
    protect(&Disk, &all[1], true).unwrap();
    std::fs::write(all[2].join("take.RPP"), "somebody edits it").unwrap();
    // Left open by a power cut, and beyond repair: a folder stands where its sound was.
    let open = std::fs::read_to_string(all[4].join("take.json")).unwrap();
    std::fs::write(all[4].join("take.json"), open.replace("\"closed\",", "\"recording\",")).unwrap();
    std::fs::remove_file(all[4].join("01_Input_1.wav")).unwrap();
    std::fs::create_dir(all[4].join("01_Input_1.wav")).unwrap();
    for other in ["2010-01-01_000000_0000x", "Sermons", "2010-01-01_000000"] {
        std::fs::create_dir(dir.path().join(other)).unwrap();
        std::fs::write(dir.path().join(other).join("take.json"), "mine").unwrap();
    }
    std::fs::write(dir.path().join("2010-01-01_000000_0000"), "a file, not a take").unwrap();
    let card = Card::new(dir.path());
    card.set_free(0);
    let (mut feeder, writer) = started(keeping(dir.path(), 400_000), &card);
    assert_eq!(
        [deleted(&writer), deleted(&writer), deleted(&writer)],
        [&all[0], &all[3], &all[5]].map(Clone::clone)
    );
    assert_eq!(numbers(dir.path()), [2, 3, 5, 7]);
    card.set_free(0);
    loop {
        match event(&writer) {
            RecordEvent::RetentionFailed { reason, .. } => break assert!(reason.contains("no more takes")),
            RecordEvent::TakeDeleted { path, .. } => panic!("{path:?}"),
            _ => {}
        }
    }
    feeder.feed(48_000, 1000);
    let (status, events) = writer.stop_and_join(At::Now);
    assert_eq!((status.frames, status.frames_lost), (49_000, 0));
    let again = |event: &&RecordEvent| matches!(event, RecordEvent::RetentionFailed { .. });
    assert_eq!(events.iter().filter(again).count(), 0, "told once");
    assert_eq!(numbers(dir.path()), [2, 3, 5, 7]);
    verify(&all[1]);
    verify(&all[2]);
    verify(&status.take.unwrap());
    for other in ["2010-01-01_000000_0000x", "Sermons", "2010-01-01_000000", "2010-01-01_000000_0000"] {
        assert!(dir.path().join(other).exists(), "{other}");
    }
    let journal = std::fs::read_to_string(dir.path().join(JOURNAL)).unwrap();
    let lines: Vec<serde_json::Value> =
        journal.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let names: Vec<_> = lines.iter().map(|line| line["deleted"].as_str().unwrap()).collect();
    let gone = [&all[0], &all[3], &all[5]].map(|take| take.file_name().unwrap().to_str().unwrap());
    assert_eq!(names, gone);
    assert!(lines.iter().all(|line| line["bytes"].as_u64() >= Some(TAKE) && line["at"] == NOW));
}

#[test]
fn a_box_that_starts_on_a_full_medium_makes_room_and_records() {
    let dir = recorded(4);
    let card = Card::new(dir.path());
    card.set_free(0);
    let mut settings = keeping(dir.path(), 100_000);
    settings.min_free_bytes = 150_000;
    let (mut feeder, writer) = started(settings, &card);
    deleted(&writer);
    while !writer.status().take.is_some_and(|take| take.exists()) {
        feeder.feed(1000, 1000);
    }
    writer.stop_and_join(At::Now);
    let left = numbers(dir.path());
    assert!(left.ends_with(&[5]) && !left.contains(&1), "{left:?}");
    verify(&takes(dir.path()).pop().unwrap());
}

#[test]
fn what_lies_on_a_medium_is_told_in_order_before_anything_is_recorded() {
    let dir = recorded(3);
    let all = takes(dir.path());
    let (mut feeder, sink) = Feeder::new(1, 1024, 100);
    let writer = Writer::spawn(settings(dir.path(), 1), sink, world()).unwrap();
    feeder.feed(1000, 1000);
    let (_, events) = writer.stop_and_join(At::Now);
    let names = all.iter().map(|take| take.file_name().unwrap().to_str().unwrap().to_owned()).collect();
    assert_eq!(events.first(), Some(&RecordEvent::TakesFound { names }));
    assert!(matches!(events[1], RecordEvent::TakeStarted { .. }), "{events:?}");
}

#[test]
fn a_deletion_that_takes_long_holds_up_no_take() {
    let dir = recorded(3);
    let card = Card::new(dir.path());
    card.set_free(0);
    card.stop(true);
    let (mut feeder, writer) = started(keeping(dir.path(), 50_000), &card);
    while !card.removing.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(1));
    }
    let synced = |status: &RecordStatus, frames| status.frames == frames && status.waiting == 0;
    for round in 2..=20 {
        feeder.feed(1000, 1000);
        wait(&writer, |status| synced(status, round * 1000));
    }
    assert_eq!(oldest(&Disk, dir.path()).map(|take| take.ends_with("2048-05-01_100000_0002")), Some(true));
    card.stop(false);
    deleted(&writer);
    let (status, _) = writer.stop_and_join(At::Now);
    assert_eq!((status.frames, status.frames_lost), (20_000, 0));
    assert_eq!(numbers(dir.path()), [2, 3, 4]);
}

#[test]
fn the_running_take_is_protected_while_it_runs_and_stays_so_after_a_repair() {
    let dir = tempfile::tempdir().unwrap();
    let (_feeder, writer) = started(settings(dir.path(), 1), &Card::new(dir.path()));
    wait(&writer, |status| status.frames == 1000);
    let take = takes(dir.path()).remove(0);
    writer.protect(None, true);
    writer.protect(Some("2001-01-01_000000_0099".into()), true);
    let changed =
        |event: &RecordEvent| matches!(event, RecordEvent::Protected { on: true, path } if *path == take);
    let failed = |event: &RecordEvent| matches!(event, RecordEvent::ProtectFailed { reason, .. } if reason.contains("not a take"));
    let seen: Vec<_> = std::iter::repeat_with(|| event(&writer)).take_while(|event| !failed(event)).collect();
    assert!(seen.iter().any(changed), "{seen:?}");
    // As a power cut leaves it.
    let cut = tempfile::tempdir().unwrap();
    let left = cut.path().join(take.file_name().unwrap());
    std::fs::create_dir(&left).unwrap();
    for entry in std::fs::read_dir(&take).unwrap().map(|entry| entry.unwrap()) {
        std::fs::copy(entry.path(), left.join(entry.file_name())).unwrap();
    }
    writer.stop_and_join(At::Now);
    let now = vestry::record::clock::WallTime::parse(NOW).unwrap();
    assert!(repair(&Disk, &left, &now, u64::from(u32::MAX)).unwrap().is_some());
    assert_eq!(verify(&left).state, TakeState::Repaired);
    assert!(left.join(MARK).exists() && delete(&Disk, &left, &now).unwrap().is_none(), "it stays");
    verify(&left);
}

#[test]
fn a_deletion_that_was_cut_short_is_ended_at_the_next_start() {
    let dir = recorded(3);
    let all = takes(dir.path());
    let now = vestry::record::clock::WallTime::parse(NOW).unwrap();
    let going = |take: &Path| {
        take.with_file_name(format!("{}.deleting", take.file_name().unwrap().to_str().unwrap()))
    };
    std::fs::rename(&all[0], going(&all[0])).unwrap();
    std::fs::remove_file(going(&all[0]).join("01_Input_1.wav")).unwrap();
    std::fs::rename(&all[1], going(&all[1])).unwrap();
    std::fs::write(going(&all[1]).join(MARK), "").unwrap();
    assert_eq!(numbers(dir.path()), [3], "neither is a take");
    finish(&Disk, dir.path(), &now).unwrap();
    assert_eq!(numbers(dir.path()), [2, 3], "the one that was protected at the last moment is back");
    assert!(!going(&all[0]).exists() && !going(&all[1]).exists());
    verify(&all[1]);
    // Without retention, too, the box does that at its start.
    std::fs::rename(&all[2], going(&all[2])).unwrap();
    let (_feeder, writer) = started(settings(dir.path(), 1), &Card::new(dir.path()));
    for _ in 0..20_000 {
        if !going(&all[2]).exists() {
            break;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    writer.stop_and_join(At::Now);
    assert_eq!(numbers(dir.path()), [2, 4], "the number is not used again");
}

#[test]
fn people_protect_takes_by_name() {
    let dir = recorded(1);
    let take = takes(dir.path()).remove(0);
    let (take, data) = (take.to_str().unwrap(), dir.path().to_str().unwrap());
    let shown = || cli::vestry(dir.path(), &["takes", "--data", data, "--json"]).stdout;
    let protected = || serde_json::from_slice::<serde_json::Value>(&shown()).unwrap()[0]["protected"].clone();
    assert_eq!(protected(), false);
    for _ in 0..2 {
        assert!(cli::vestry(dir.path(), &["protect", take]).status.success());
        assert_eq!(protected(), true);
    }
    let table = cli::vestry(dir.path(), &["takes", "--data", data]).stdout;
    assert!(String::from_utf8(table).unwrap().contains("protected"));
    assert!(cli::vestry(dir.path(), &["verify", take]).status.success());
    for _ in 0..2 {
        assert!(cli::vestry(dir.path(), &["unprotect", take]).status.success());
        assert_eq!(protected(), false);
    }
    let refused = cli::vestry(dir.path(), &["protect", data]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(cli::said(&refused).contains("not a take"), "{}", cli::said(&refused));
}

#[test]
fn a_take_that_is_not_delivered_stays_where_it_is_to() {
    let dir = recorded(3);
    let all = takes(dir.path());
    let notes = dir.path().join("deliveries");
    std::fs::create_dir(&notes).unwrap();
    let note = |take: &Path, state: &str| {
        let name = take.file_name().unwrap().to_str().unwrap();
        std::fs::write(notes.join(format!("{name}.json")), format!("{{\"state\": \"{state}\"}}")).unwrap();
    };
    note(&all[0], "sending");
    note(&all[1], "done");
    let card = Card::new(dir.path());
    card.set_free(0);
    let settings = RecordSettings { keep_until_delivered: true, ..keeping(dir.path(), 400_000) };
    let (_feeder, writer) = started(settings, &card);
    assert_eq!(deleted(&writer), all[1], "the oldest that is delivered");
    let reason = loop {
        match event(&writer) {
            RecordEvent::RetentionFailed { reason, .. } => break reason,
            RecordEvent::TakeDeleted { path, .. } => panic!("{path:?}"),
            _ => {}
        }
    };
    assert!(reason.contains("not delivered yet"), "{reason}");
    writer.stop_and_join(At::Now);
    assert_eq!(numbers(dir.path()), [1, 3, 4]);
}
