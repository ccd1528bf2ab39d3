//! A power cut costs what was not synced and nothing else: the take is repaired, opens everywhere and is exact.
#[path = "common/record.rs"]
mod common;
use common::*;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use vestry::record::clock::WallTime;
use vestry::record::manifest::{FILE, TakeState};
use vestry::record::recovery::{JOURNAL, folders, repair_all};
use vestry::record::storage::Disk;
use vestry::record::wave::RIFF_LIMIT;
use vestry::record::{At, Format, Layout, RecordCommand, RecordEvent, Writer};
use vestry::rt::block::GapCause;

/// Copies what is on the medium while a take is open: what a power cut would leave. Returns the copied take.
fn cut(dir: &Path, to: &Path, poly: bool) -> (PathBuf, u64) {
    let mut settings = settings(dir, 2);
    settings.layout = if poly { Layout::Polyphonic } else { Layout::Mono };
    let (mut feeder, sink) = Feeder::new(2, 1024, 200);
    let writer = Writer::spawn(settings, sink, world()).unwrap();
    writer.send(RecordCommand::Marker { at: At::Frame(900), label: "Song".into() });
    feeder.feed(50_000, 1000);
    feeder.lose(500, GapCause::Xrun);
    feeder.feed(20_000, 1000);
    wait(&writer, |status| status.frames == 70_500 && status.blocks_done == 70);
    std::thread::sleep(std::time::Duration::from_millis(120));
    let take = takes(dir).remove(0);
    let copy = to.join(take.file_name().unwrap());
    std::fs::create_dir(&copy).unwrap();
    for file in std::fs::read_dir(&take).unwrap() {
        let path = file.unwrap().path();
        std::fs::copy(&path, copy.join(path.file_name().unwrap())).unwrap();
    }
    writer.stop_and_join(At::Now);
    (copy, 70_500)
}

fn repair(dir: &Path) -> Vec<RecordEvent> {
    let (now, mut events) = (WallTime::parse(NOW).unwrap(), Vec::new());
    repair_all(&Disk, folders(&Disk, dir).unwrap(), &now, RIFF_LIMIT, |event| events.push(event));
    events
}

/// All files below a folder with their content.
fn content(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(content(&path));
        } else {
            all.insert(path.clone(), std::fs::read(path).unwrap());
        }
    }
    all
}

const GAP: &[(u64, u64)] = &[(50_000, 500)];

/// Repairs and checks everything that holds for any damage; returns the frames of each track.
fn check(dir: &Path, take: &Path) -> Vec<u64> {
    assert!(matches!(repair(dir).as_slice(), [RecordEvent::Repaired { .. }]));
    let manifest = verify(take);
    assert_eq!((manifest.state, manifest.repairs.len()), (TakeState::Repaired, 1));
    let mut lane = 0;
    let mut frames = Vec::new();
    for track in &manifest.tracks {
        let lanes: Vec<usize> = (lane..lane + track.channels.len()).collect();
        lane += track.channels.len();
        let part = &track.parts[0];
        let path = take.join(&part.file);
        let kept = part.frames.unwrap();
        frames.push(kept);
        let info = told("sox", &["--i", path.to_str().unwrap()]);
        assert!(kept == 0 || info.contains(&format!("= {kept} samples")), "{info}");
        let raw = reader("sox", &["-D", path.to_str().unwrap(), "-t", "raw", "-"]);
        assert!(raw == right(&lanes, 0, kept, GAP));
    }
    let before = content(dir);
    assert!(repair(dir).is_empty() && content(dir) == before, "a second repair changes nothing");
    frames
}

#[test]
fn all_that_was_synced_is_there() {
    for poly in [false, true] {
        let (dir, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (take, frames) = cut(dir.path(), to.path(), poly);
        assert!(check(to.path(), &take).iter().all(|kept| *kept == frames));
        let manifest = manifest(&take);
        assert_eq!((manifest.gaps.len(), manifest.markers.len(), manifest.frames), (1, 1, Some(frames)));
        let journal = std::fs::read_to_string(to.path().join(JOURNAL)).unwrap();
        assert!(journal.lines().count() == 1 && journal.contains(&manifest.name));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_length_and_any_torn_header_are_put_right(
        poly: bool, lengths in proptest::collection::vec(0u64..240_000, 2), torn in 0usize..17_000,
        junk in proptest::collection::vec(any::<u8>(), 0..600), lost_manifest in 0..3,
    ) {
        let (dir, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (take, _) = cut(dir.path(), to.path(), poly);
        let files: Vec<PathBuf> = content(&take).into_keys().filter(|path| path.extension().unwrap() == "wav").collect();
        let mut right = Vec::new();
        for (path, length) in files.iter().zip(lengths) {
            let mut bytes = std::fs::read(path).unwrap();
            bytes.truncate(length as usize);
            right.push((bytes.len() as u64).saturating_sub(16_384) / if poly { 6 } else { 3 });
            if lost_manifest > 0 && bytes.len() < 16_384 {
                // Neither manifest nor header: no one can tell what is in it.
                return Ok(());
            }
            let head = bytes.len().min(16_384);
            if lost_manifest == 0 {
                bytes[..head].iter_mut().skip(torn).zip(&junk).for_each(|(byte, junk)| *byte = *junk);
            }
            std::fs::write(path, bytes).unwrap();
        }
        match lost_manifest {
            1 => std::fs::remove_file(take.join("take.json")).unwrap(),
            2 => std::fs::write(take.join("take.json"), &junk).unwrap(),
            _ => {}
        }
        prop_assert_eq!(check(to.path(), &take), right);
    }
}

/// Closed files with every possible loss after their sound: the sound is whole, the tail is written again.
#[test]
fn a_cut_while_closing_keeps_the_tail_out_of_the_sound() {
    let (dir, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (mut feeder, sink) = Feeder::new(1, 1024, 20);
    let writer = Writer::spawn(settings(dir.path(), 1), sink, world()).unwrap();
    writer.send(RecordCommand::Marker { at: At::Frame(10), label: "a marker with a name".into() });
    feeder.feed(2001, 1000);
    writer.stop_and_join(At::Now);
    let take = takes(dir.path()).remove(0);
    let whole = std::fs::read(take.join("01_Input_1.wav")).unwrap();
    let open = std::fs::read_to_string(take.join("take.json")).unwrap();
    let open = open
        .replace("\"closed\"", "\"recording\"")
        .replace("\"recording\": \"stopped\"", "\"closed\": \"stopped\"");
    let copy = to.path().join(take.file_name().unwrap());
    for length in 16_384 + 2001 * 3..=whole.len() {
        let _ = std::fs::remove_dir_all(&copy);
        std::fs::create_dir(&copy).unwrap();
        std::fs::write(copy.join("01_Input_1.wav"), &whole[..length]).unwrap();
        std::fs::write(copy.join("take.json"), &open).unwrap();
        assert!(matches!(repair(to.path()).as_slice(), [RecordEvent::Repaired { .. }]));
        assert_eq!(verify(&copy).frames, Some(2001));
        assert!(std::fs::read(copy.join("01_Input_1.wav")).unwrap() == whole, "as if nothing had happened");
    }
}

#[test]
fn a_part_that_the_manifest_does_not_know_is_taken_in() {
    let dir = tempfile::tempdir().unwrap();
    let mut settings = settings(dir.path(), 1);
    settings.format = Format::Float32;
    let (mut feeder, sink) = Feeder::new(1, 1024, 20);
    let writer = Writer::spawn(settings, sink, world()).unwrap();
    writer.send(RecordCommand::Split { at: At::Frame(1500) });
    feeder.feed(4000, 1000);
    writer.stop_and_join(At::Now);
    let take = takes(dir.path()).remove(0);
    let mut manifest = manifest(&take);
    manifest.state = TakeState::Recording;
    manifest.tracks[0].parts.truncate(1);
    manifest.write(&Disk, &take).unwrap();
    assert_eq!(repair(dir.path()).len(), 1);
    let manifest = verify(&take);
    assert_eq!((manifest.frames, manifest.tracks[0].parts[1].start), (Some(4000), 1500));
}

#[test]
fn a_manifest_that_names_files_elsewhere_is_not_followed() {
    for name in ["../victim.wav", "/tmp/victim.wav", "take.json", "../victim"] {
        let dir = tempfile::tempdir().unwrap();
        let (mut feeder, sink) = Feeder::new(1, 1024, 20);
        let writer = Writer::spawn(settings(dir.path(), 1), sink, world()).unwrap();
        feeder.feed(4000, 1000);
        writer.stop_and_join(At::Now);
        let take = takes(dir.path()).remove(0);
        let victim = dir.path().join("victim.wav");
        std::fs::write(&victim, "not of a take").unwrap();
        let mut manifest = manifest(&take);
        manifest.state = TakeState::Recording;
        let track = &mut manifest.tracks[0];
        track.parts[0].file = name.into();
        track.stem = name.trim_end_matches(".wav").into();
        manifest.write(&Disk, &take).unwrap();
        let hostile = std::fs::read(take.join(FILE)).unwrap();
        assert!(matches!(repair(dir.path()).as_slice(), [RecordEvent::Repaired { .. }]));
        assert_eq!(std::fs::read(&victim).unwrap(), b"not of a take", "{name}");
        assert_eq!(verify(&take).frames, Some(4000), "{name}");
        assert_eq!(std::fs::read(take.join("take.json.unreadable")).unwrap(), hostile, "nothing is deleted");
    }
}

#[test]
fn the_writer_records_first_and_repairs_meanwhile() {
    let (dir, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (take, _) = cut(dir.path(), to.path(), false);
    let (mut feeder, sink) = Feeder::new(2, 1024, 20);
    let writer = Writer::spawn(settings(to.path(), 2), sink, world()).unwrap();
    feeder.feed(2000, 1000);
    let (first, second) = (event(&writer), event(&writer));
    assert!(matches!(&first, RecordEvent::TakeStarted { .. }), "{first:?}");
    assert!(matches!(&second, RecordEvent::Repaired { path, .. } if *path == take), "{second:?}");
    writer.stop_and_join(At::Now);
    assert_eq!(takes(to.path()).len(), 2);
    takes(to.path()).iter().for_each(|take| drop(verify(take)));
}
