//! Promise: a medium that fills up costs what comes after, never what is there, and every frame of it is counted and told.
#[path = "common/cli.rs"]
mod cli;
#[path = "common/record.rs"]
mod common;
#[path = "common/memory.rs"]
mod memory;
#[path = "common/scarce.rs"]
mod scarce;

use common::*;
use memory::{Image, Memory};
use scarce::Room;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use vestry::record::clock::WallTime;
use vestry::record::manifest::{Manifest, TakeState};
use vestry::record::recovery::{folders, repair_all};
use vestry::record::wave::{DATA_START, RIFF_LIMIT};
use vestry::record::{At, Environment, Phase, RecordCommand, RecordEvent, Writer};
use vestry::rt::block::GapCause;

/// Operations of a session that find no room, one after the other.
const OPERATIONS: u64 = 160;

/// A small file system of its own; gone with the test.
struct Medium(tempfile::TempDir);

impl Medium {
    /// None where it cannot be mounted.
    fn new(size: &str) -> Option<Self> {
        if !nix::unistd::geteuid().is_root() {
            eprintln!("skipped: mounting a small file system needs root");
            return None;
        }
        let dir = tempfile::tempdir().unwrap();
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", size, "none"]).arg(dir.path()).status();
        assert!(mounted.unwrap().success(), "mounting needs root");
        Some(Self(dir))
    }
}

impl Drop for Medium {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

#[test]
fn the_take_closes_and_what_could_not_be_written_is_told() {
    // Room for about a second above the 64 MB that stay free.
    let Some(medium) = Medium::new("size=62m") else { return };
    let work = tempfile::tempdir().unwrap();
    let takes = medium.0.path().join("takes");
    let output = cli::vestry(work.path(), &["run", "--for", "4s", "--data", takes.to_str().unwrap()]);
    let said = cli::said(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    let take = cli::takes(&takes).remove(0);
    let verified = cli::vestry(Path::new("."), &["verify", take.to_str().unwrap()]);
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
    let manifest = std::fs::read_to_string(take.join("take.json")).unwrap();
    assert!(manifest.contains("medium full"), "{manifest}");
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    let last = said.lines().last().unwrap();
    let counted = last.strip_suffix(" frames could not be written").and_then(|told| told.rsplit(' ').next());
    let unwritten: u64 = counted.unwrap_or_else(|| panic!("not told: {said}")).parse().unwrap();
    assert_eq!(manifest["frames"].as_u64().unwrap() + unwritten, 4 * 48_000, "{said}");
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(shown.contains("FAULT (medium full"), "{shown}");
}

/// Somebody else fills the medium in mid-take, and again whatever becomes free: the take is closed all the same.
#[test]
fn a_take_closes_validly_with_not_a_byte_to_be_had() {
    let Some(medium) = Medium::new("size=40m") else { return };
    let dir = medium.0.path().join("takes");
    let (mut feeder, sink) = Feeder::new(3, 1024, 400);
    let writer = Writer::spawn(settings(&dir, 3), sink, world()).unwrap();
    feeder.feed(100_000, 1000);
    writer.send(RecordCommand::Marker { at: At::Now, label: "before it is full".into() });
    wait(&writer, |status| status.frames == 100_000);
    let other = medium.0.path().join("other");
    let stop = Arc::new(AtomicBool::new(false));
    let filler = std::thread::spawn({
        let (stop, mut file) = (Arc::clone(&stop), std::fs::File::create(&other).unwrap());
        move || {
            let piece = [7; 4096];
            while !stop.load(Ordering::Relaxed) {
                if file.write_all(&piece).is_err() {
                    std::thread::yield_now();
                }
            }
        }
    });
    while writer.status().phase == Phase::Recording {
        feeder.feed(1000, 1000);
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    let take = takes(&dir).remove(0);
    for _ in 0..20_000 {
        if manifest(&take).state == TakeState::Closed {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    let first = verify(&take);
    assert_eq!((first.state, first.markers.len()), (TakeState::Closed, 1));
    assert!(first.frames.unwrap() >= 100_000 && !take.join("take.json.tmp").exists());
    for (lane, track) in first.tracks.iter().enumerate() {
        let end = first.gaps.first().map_or(first.frames.unwrap(), |gap| gap.position);
        let sound = sound(&take, &first, track);
        assert!(sound[..end as usize * 3] == right(&[lane], 0, end, &[]), "bit for bit up to the end");
    }
    stop.store(true, Ordering::Relaxed);
    filler.join().unwrap();
    std::fs::remove_file(&other).unwrap();
    feeder.feed(7 * u64::from(RATE), 1000);
    wait(&writer, |status| status.phase == Phase::Recording && status.waiting == 0);
    let (status, events) = writer.stop_and_join(At::Now);
    let second = verify(&takes(&dir)[1]);
    assert_eq!(status.frames_unwritten, second.start_frame - first.frames.unwrap());
    let full = |event: &RecordEvent| matches!(event, RecordEvent::Fault { reason } if reason.contains("No space left"));
    assert!(events.iter().any(full), "{events:?}");
}

/// No file can be made any more, but there are bytes: sound goes on, and the take closes with all that was noted.
#[test]
fn a_medium_without_inodes_costs_nothing_of_the_take() {
    let Some(medium) = Medium::new("size=40m,nr_inodes=60") else { return };
    let dir = medium.0.path().join("takes");
    let (mut feeder, sink) = Feeder::new(2, 1024, 100);
    let writer = Writer::spawn(settings(&dir, 2), sink, world()).unwrap();
    feeder.feed(10_000, 1000);
    wait(&writer, |status| status.frames == 10_000);
    let more = (0..200).map(|number| std::fs::write(medium.0.path().join(format!("other{number}")), ""));
    assert!(more.filter(Result::is_err).count() > 0, "no more files");
    writer.send(RecordCommand::Marker { at: At::Now, label: "no more files".into() });
    feeder.feed(90_000, 1000);
    wait(&writer, |status| status.frames == 100_000);
    writer.send(RecordCommand::Split { at: At::Frame(100_000) });
    feeder.feed(10_000, 1000);
    wait(&writer, |status| status.phase == Phase::Fault);
    let manifest = verify(&takes(&dir)[0]);
    assert_eq!((manifest.state, manifest.frames), (TakeState::Closed, Some(100_000)));
    assert_eq!((manifest.markers.len(), manifest.gaps.len()), (1, 0));
    let (status, _) = writer.stop_and_join(At::Now);
    assert_eq!(status.frames_unwritten, 10_000, "a part that cannot be begun is told and counted");
}

/// Whatever operation finds no room, and however many after it.
#[test]
fn no_room_at_any_operation_leaves_takes_that_are_valid_or_are_repaired_to_it() {
    let workers: Vec<_> = (0..4)
        .map(|worker| {
            std::thread::spawn(move || (worker..OPERATIONS).step_by(4).map(no_room_at).sum::<u64>())
        })
        .collect();
    let refused: u64 = workers.into_iter().map(|worker| worker.join().unwrap()).sum();
    assert!(refused > OPERATIONS, "{refused} operations found no room");
}

/// Records with no room from operation `good` on, for as long as chance has it; then there is room again.
fn no_room_at(good: u64) -> u64 {
    const TAKES: &str = "/takes";
    let (medium, room, dir) = (Memory::default(), Room::default(), Path::new(TAKES));
    let mut settings = settings(dir, 2);
    (settings.sample_rate, settings.sync_interval) = (8_000, std::time::Duration::from_millis(2));
    let (mut feeder, sink) = Feeder::new(2, 500, 64);
    let world = Environment { storage: room.on(medium.clone()), ..world() };
    let writer = Writer::spawn(settings, sink, world).unwrap();
    room.plan(good, [1, 3, 20, u64::MAX][good as usize % 4], good % 8 < 4);
    for round in 0..4 {
        feeder.feed(23_000, 500);
        feeder.lose(100, GapCause::Xrun);
        feeder.feed(2_000, 500);
        wait(&writer, |status| status.waiting < 8 || status.phase == Phase::Fault);
        let at = At::Frame(feeder.position);
        writer.send(match round % 2 {
            0 => RecordCommand::Marker { at, label: format!("round {round}") },
            _ => RecordCommand::Split { at },
        });
    }
    let refused = room.refused();
    room.plan(0, 0, false);
    feeder.feed(48_000, 500);
    wait(&writer, |status| status.phase == Phase::Recording && status.waiting < 8);
    let (status, events) = writer.stop_and_join(At::Frame(feeder.position));
    let told = || format!("no room from operation {good} on: {status:?} {events:?}");
    let now = WallTime::parse(NOW).unwrap();
    repair_all(&medium, folders(&medium, dir).unwrap(), &now, RIFF_LIMIT, |event| {
        assert!(!matches!(event, RecordEvent::RepairFailed { .. }), "{event:?}, {}", told());
    });
    let mut frames = 0;
    for take in folders(&medium, dir).unwrap() {
        let report = vestry::record::verify::verify(&medium, &take).unwrap();
        assert!(report.findings.is_empty(), "{}{}", vestry::record::verify::text(&report), told());
        frames += report.manifest.frames.unwrap();
        exact(&medium.image(), &take, &report.manifest, &told());
    }
    assert_eq!(frames + status.frames_unwritten, feeder.position, "{}", told());
    let fault = |event: &RecordEvent| matches!(event, RecordEvent::Fault { .. });
    assert!(status.frames_unwritten == 0 || events.iter().any(fault), "{}", told());
    refused
}

/// Every sample outside the ledger's gaps is the one that was recorded there. In a gap that a failed write left in one file,
/// others may have sound.
fn exact(image: &Image, take: &Path, manifest: &Manifest, told: &str) {
    let missing =
        |at: u64| manifest.gaps.iter().any(|gap| (gap.absolute..gap.absolute + gap.frames).contains(&at));
    for (lane, track) in manifest.tracks.iter().enumerate() {
        for part in &track.parts {
            let (from, frames) = (manifest.start_frame + part.start, part.frames.unwrap());
            let file = image.content(&take.join(&part.file)).unwrap();
            let sound = &file[DATA_START as usize..][..frames as usize * 3];
            let wanted = right(&[lane], from, from + frames, &[]);
            let wrong = (0..frames as usize).filter(|at| sound[3 * at..][..3] != wanted[3 * at..][..3]);
            let wrong: Vec<_> = wrong.map(|at| from + at as u64).filter(|at| !missing(*at)).take(3).collect();
            assert!(wrong.is_empty(), "{}: {wrong:?}, {told}", part.file);
        }
    }
}
