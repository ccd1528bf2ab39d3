//! A full or unwritable medium is said in one line, costs what it must and is tried again.
#[path = "common/record.rs"]
mod common;
#[path = "common/stub.rs"]
mod stub;
use common::*;
use std::os::unix::fs::PermissionsExt;
use stub::Control;
use vestry::record::{At, Environment, Phase, RecordEvent, Writer};

fn refused(settings: vestry::record::RecordSettings) -> String {
    let (_, sink) = Feeder::new(1, 1024, 4);
    let error = Writer::spawn(settings, sink, world()).err().expect("it must be refused").to_string();
    assert_eq!(error.lines().count(), 1);
    error
}

#[test]
fn what_cannot_be_recorded_to_is_refused_in_one_line_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let (path, missing) = (dir.path().to_str().unwrap(), dir.path().join("no/such"));
    assert!(refused(settings(&missing, 1)).contains("no/such: cannot create recordings folder"));
    let mut full = settings(&dir.path().join("new"), 1);
    full.min_free_bytes = u64::MAX;
    assert!(refused(full).contains("make room or lower recording.min_free_mb"));
    let file = dir.path().join("file");
    std::fs::write(&file, "in the way").unwrap();
    assert!(refused(settings(&file, 1)).contains("file: cannot"));
    assert!(refused(settings(dir.path(), 0)).contains("no track"));
    assert!(refused(settings(std::path::Path::new("/proc"), 1)).contains("/proc"));
    std::fs::remove_file(file).unwrap();
    assert_eq!(std::fs::read_dir(path).unwrap().count(), 0, "nothing half-created");
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o500)).unwrap();
    if std::fs::write(dir.path().join("probe"), "").is_err() {
        assert!(refused(settings(dir.path(), 1)).contains("counter.tmp: cannot create"));
    }
}

#[test]
fn a_full_medium_ends_the_take_validly_and_the_next_one_begins_when_there_is_room() {
    let dir = tempfile::tempdir().unwrap();
    let control = Control::default();
    let (mut feeder, sink) = Feeder::new(3, 1024, 400);
    let world = Environment { storage: control.storage(), ..world() };
    let writer = Writer::spawn(settings(dir.path(), 3), sink, world).unwrap();
    feeder.feed(10_000, 1000);
    wait(&writer, |status| status.frames == 10_000);
    control.set(|mood| mood.room = Some(400_000));
    while writer.status().phase == Phase::Recording {
        feeder.feed(1000, 1000);
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    let status = wait(&writer, |status| status.phase == Phase::Fault);
    assert!(status.fault.unwrap().contains("cannot write"));
    control.set(|mood| mood.room = None);
    feeder.feed(6 * u64::from(RATE), 1000);
    let status = wait(&writer, |status| status.phase == Phase::Recording && status.waiting == 0);
    let (_, events) = writer.stop_and_join(At::Now);
    let all = takes(dir.path());
    assert_eq!(all.len(), 2);
    let (first, second) = (verify(&all[0]), verify(&all[1]));
    let end = first.start_frame + first.frames.unwrap();
    assert_eq!(status.frames_lost, second.start_frame - end, "{events:?}");
    let padded = first.gaps.first().map(|gap| (gap.absolute, gap.frames));
    assert!(first.gaps.iter().all(|gap| gap.cause == "write_error"));
    for (lane, track) in first.tracks.iter().enumerate() {
        let sound = sound(&all[0], &first, track);
        let sure = padded.map_or(first.frames.unwrap(), |(at, _)| at) as usize * 3;
        assert!(sound[..sure] == right(&[lane], 0, sure as u64 / 3, &[]));
        let sound = self::sound(&all[1], &second, &second.tracks[lane]);
        assert!(
            sound == right(&[lane], second.start_frame, second.start_frame + second.frames.unwrap(), &[])
        );
    }
    let fault = |event: &&RecordEvent| matches!(event, RecordEvent::Fault { .. });
    assert_eq!(events.iter().filter(fault).count(), 1);
}

/// As where the file system turns read-only: not even what is to be cut off can be, until it is writable again.
#[test]
fn a_take_that_nothing_could_be_done_for_is_closed_validly_when_the_medium_works_again() {
    let dir = tempfile::tempdir().unwrap();
    let control = Control::default();
    let (mut feeder, sink) = Feeder::new(3, 1024, 400);
    let world = Environment { storage: control.storage(), ..world() };
    let writer = Writer::spawn(settings(dir.path(), 3), sink, world).unwrap();
    feeder.feed(30_000, 1000);
    wait(&writer, |status| status.frames == 30_000);
    control.set(|mood| mood.out = true);
    while writer.status().phase == Phase::Recording {
        feeder.feed(1000, 1000);
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    wait(&writer, |status| status.phase == Phase::Fault);
    control.set(|mood| mood.out = false);
    feeder.feed(6 * u64::from(RATE), 1000);
    wait(&writer, |status| status.phase == Phase::Recording && status.waiting == 0);
    writer.stop_and_join(At::Now);
    let all = takes(dir.path());
    assert_eq!(all.len(), 2);
    for take in &all {
        let manifest = verify(take);
        for (lane, track) in manifest.tracks.iter().enumerate() {
            let sound = sound(take, &manifest, track);
            let end = manifest.start_frame
                + manifest.gaps.first().map_or(manifest.frames.unwrap(), |gap| gap.position);
            let sure = right(&[lane], manifest.start_frame, end, &[]);
            assert!(sound.starts_with(&sure) && !sure.is_empty());
        }
    }
}

#[test]
fn below_the_reserve_the_take_is_closed() {
    let dir = tempfile::tempdir().unwrap();
    let control = Control::default();
    let (mut feeder, sink) = Feeder::new(1, 1024, 40);
    let mut settings = settings(dir.path(), 1);
    settings.min_free_bytes = 1_000;
    let world = Environment { storage: control.storage(), ..world() };
    let writer = Writer::spawn(settings, sink, world).unwrap();
    feeder.feed(10_000, 1000);
    wait(&writer, |status| status.frames == 10_000);
    control.set(|mood| mood.free = Some(999));
    wait(&writer, |status| status.phase == Phase::Fault);
    let take = takes(dir.path()).remove(0);
    let manifest = verify(&take);
    assert_eq!(
        (manifest.closed.as_deref(), manifest.frames, manifest.gaps.len()),
        (Some("medium full"), Some(10_000), 0)
    );
    feeder.feed(500_000, 1000);
    let (status, _) = writer.stop_and_join(At::Now);
    assert_eq!((status.frames_lost, takes(dir.path()).len()), (500_000, 1), "no room, no take");
}

#[test]
fn a_take_in_the_way_is_stepped_over() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("2025-05-01_095959_0001")).unwrap();
    std::fs::write(dir.path().join("2025-05-01_095959_0002"), "mine").unwrap();
    std::fs::write(dir.path().join("2025-05-01_100000_0002"), "mine").unwrap();
    let (mut feeder, sink) = Feeder::new(1, 1024, 40);
    let writer = Writer::spawn(settings(dir.path(), 1), sink, world()).unwrap();
    feeder.feed(1000, 1000);
    let (status, _) = writer.stop_and_join(At::Now);
    assert!(status.take.unwrap().to_str().unwrap().ends_with("_0003"));
    assert_eq!(std::fs::read_dir(dir.path().join("2025-05-01_095959_0001")).unwrap().count(), 0);
    assert_eq!(std::fs::read(dir.path().join("2025-05-01_095959_0002")).unwrap(), b"mine");
}

#[test]
fn lists_tell_what_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let (mut feeder, sink) = Feeder::new(2, 1024, 40);
    let writer = Writer::spawn(settings(dir.path(), 2), sink, world()).unwrap();
    feeder.feed(96_000, 1000);
    writer.stop_and_join(At::Now);
    let takes = vestry::record::list::takes(&vestry::record::storage::Disk, dir.path()).unwrap();
    assert_eq!((takes.len(), takes[0].state, takes[0].seconds, takes[0].tracks), (1, "closed", Some(2.0), 2));
    let table = vestry::record::list::table(&takes);
    assert!(table.lines().count() == 2 && table.contains("0:00:02.0"), "{table}");
    let json: serde_json::Value = serde_json::from_str(&vestry::record::list::json(&takes)).unwrap();
    assert_eq!(json[0]["state"], "closed");
}
