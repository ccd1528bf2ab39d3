//! Promise: `vestry sync` copies what a medium lacks, checked and under names of its own; nothing is overwritten or
//! deleted, what retention deleted stays away, a broken take is never taken for a whole one, and a power cut leaves no half of a copy.
#[path = "common/cli.rs"]
mod cli;
#[path = "common/record.rs"]
mod common;
#[path = "common/memory.rs"]
mod memory;

use common::*;
use memory::{Image, Memory, cut};
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use vestry::record::clock::WallTime;
use vestry::record::manifest::{FILE, Manifest, TakeState};
use vestry::record::retention;
use vestry::record::storage::{Disk, Storage};
use vestry::record::sync::{Outcome, is_complete, sync};
use vestry::record::{At, Environment, Writer, verify as check};
use vestry::rt::block::GapCause;

/// Records a take of run `session` and loses `lost` frames of it for want of room.
fn record(world: Environment, dir: &Path, session: &str, lost: u64) {
    let (mut feeder, sink) = Feeder::new(2, 1024, 40);
    let mut settings = settings(dir, 2);
    settings.session = session.into();
    let writer = Writer::spawn(settings, sink, world).unwrap();
    feeder.feed(5_000, 1000);
    if lost > 0 {
        feeder.lose(lost, GapCause::PoolFull);
    }
    feeder.feed(5_000 - lost, 1000);
    let (status, _) = writer.stop_and_join(At::Now);
    assert_eq!(status.frames, 10_000);
}

/// Two media, and runs of the box that were recorded on the first, the second or both, with frames lost on either.
fn media(runs: &[(&str, Option<u64>, Option<u64>)]) -> [TempDir; 2] {
    let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    for (session, first, second) in runs {
        for (dir, lost) in dirs.iter().zip([first, second]) {
            if let Some(lost) = lost {
                record(world(), dir.path(), session, *lost);
            }
        }
    }
    dirs
}

fn contents(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(contents(&path));
        } else {
            all.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
    all
}

fn synced(from: &TempDir, to: &TempDir) -> Vec<Outcome> {
    let (before, there) = (contents(from.path()), contents(to.path()));
    let rows = sync(&Disk, from.path(), to.path(), 0).unwrap();
    assert!(contents(from.path()) == before, "the source is only read");
    let after = contents(to.path());
    assert!(there.iter().all(|(path, bytes)| after.get(path) == Some(bytes)), "what was there is as it was");
    rows.into_iter().map(|row| row.outcome).collect()
}

fn name(take: &Path) -> String {
    take.file_name().unwrap().to_str().unwrap().into()
}

/// The same sound in both, and a valid take.
fn same(a: &Path, b: &Path) {
    let (left, right) = (verify(a), verify(b));
    assert_eq!((left.frames, &left.session, left.gaps), (right.frames, &right.session, right.gaps));
    for track in &left.tracks {
        let file = &track.parts[0].file;
        assert!(fs::read(a.join(file)).unwrap() == fs::read(b.join(file)).unwrap());
    }
}

#[test]
fn what_one_medium_lacks_is_copied_and_what_both_have_is_not() {
    let [first, second] = &media(&[("a", Some(0), Some(0)), ("b", Some(0), None), ("c", Some(0), Some(0))]);
    let names: Vec<_> = takes(first.path()).iter().map(|take| name(take)).collect();
    // The second medium missed a run, so its numbers are others.
    let there = |number: usize| Outcome::There(name(&takes(second.path())[number]));
    let expected = [there(0), Outcome::Copied(names[1].replace("_0002", "_0003")), there(1)];
    assert_eq!(synced(first, second), expected);
    let copy = takes(second.path()).remove(2);
    same(&takes(first.path())[1], &copy);
    let copied = manifest(&copy);
    assert_eq!((copied.name, copied.number), (name(&copy), 3));
    assert!(copied.copied_from.unwrap().ends_with(&names[1]));
    for (from, to) in [(first, second), (second, first)] {
        assert!(synced(from, to).iter().all(|outcome| matches!(outcome, Outcome::There(_))), "all is there");
    }
    assert_eq!((takes(first.path()).len(), takes(second.path()).len()), (3, 3));
}

#[test]
fn a_copy_keeps_its_name_where_that_is_free() {
    let [first, second] = &media(&[("a", Some(0), None), ("b", Some(0), None)]);
    fs::write(second.path().join("mine.txt"), "mine").unwrap();
    let names: Vec<_> = takes(first.path()).iter().map(|take| name(take)).collect();
    assert_eq!(synced(first, second), names.iter().cloned().map(Outcome::Copied).collect::<Vec<_>>());
    // What is recorded there next has the next number.
    record(world(), second.path(), "c", 0);
    assert!(name(takes(second.path()).last().unwrap()).ends_with("_0003"));
}

#[test]
fn the_better_one_of_two_is_copied_beside_the_other() {
    let [first, second] = &media(&[("a", Some(700), Some(0)), ("b", Some(0), Some(1))]);
    let [there, copied] = &synced(first, second)[..] else { panic!() };
    assert_eq!(*there, Outcome::There(name(&takes(second.path())[0])), "the worse one adds nothing");
    assert!(matches!(copied, Outcome::Copied(name) if name.ends_with("_0003")));
    let back = synced(second, first);
    assert!(matches!(&back[0], Outcome::Copied(name) if name.ends_with("_0003")), "{back:?}");
    assert!(back[1..].iter().all(|outcome| matches!(outcome, Outcome::There(_))), "{back:?}");
    same(&takes(second.path())[0], &takes(first.path())[2]);
    assert_eq!((takes(first.path()).len(), takes(second.path()).len()), (3, 3));
}

fn spoil(take: &Path) {
    let file = take.join("01_Input_1.wav");
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(file, bytes).unwrap();
}

fn change(take: &Path, change: impl FnOnce(&mut Manifest)) {
    let mut manifest = manifest(take);
    change(&mut manifest);
    manifest.write(&Disk, take).unwrap();
}

#[test]
fn a_damaged_take_is_told_and_neither_copied_nor_trusted() {
    let [first, second] = &media(&[("a", Some(0), None), ("b", Some(0), Some(0))]);
    spoil(&takes(first.path())[0]);
    // On the second medium a fault ended the take, and what it wrote last is not what was meant.
    let broken = takes(second.path()).remove(0);
    change(&broken, |manifest| manifest.closed = Some("cannot write: Input/output error".into()));
    spoil(&broken);
    let outcomes = synced(first, second);
    assert!(
        matches!(&outcomes[0], Outcome::Failed(why) if why.contains("damaged: 01_Input_1.wav")),
        "{outcomes:?}"
    );
    assert!(matches!(&outcomes[1], Outcome::Copied(_)), "{outcomes:?}");
    same(&takes(first.path())[1], &takes(second.path())[1]);
}

#[test]
fn a_take_that_is_open_is_left_alone() {
    let [first, second] = &media(&[("a", Some(0), Some(0))]);
    change(&takes(first.path())[0], |manifest| manifest.state = TakeState::Recording);
    assert_eq!(synced(first, second), [Outcome::Open]);
    // Nor does it stand for a whole one.
    assert!(matches!(synced(second, first)[..], [Outcome::Copied(_)]));
}

#[test]
fn what_an_earlier_try_left_is_done_anew() {
    let [first, second] = &media(&[("a", Some(0), None)]);
    let left = second.path().join(format!("{}.tmp", name(&takes(first.path())[0])));
    fs::create_dir(&left).unwrap();
    fs::write(left.join("01_Input_1.wav"), vec![7; 100_000]).unwrap();
    fs::write(left.join("04_of_another_take.wav"), "x").unwrap();
    let rows = sync(&Disk, first.path(), second.path(), 0).unwrap();
    assert!(is_complete(&rows) && !left.exists());
    same(&takes(first.path())[0], &takes(second.path())[0]);
    assert_eq!(fs::read_dir(&takes(second.path())[0]).unwrap().count(), 3, "two tracks and the manifest");
}

#[test]
fn without_room_nothing_is_left_of_the_copy() {
    let [first, second] = &media(&[("a", Some(0), None)]);
    let rows = sync(&Disk, first.path(), second.path(), u64::MAX / 2).unwrap();
    assert!(matches!(&rows[0].outcome, Outcome::Failed(why) if why.contains("bytes free")), "{rows:?}");
    assert!(vestry::record::list::takes(&Disk, second.path()).unwrap().is_empty());
}

/// Power goes at every operation of a copy, and several states of each cut are looked at.
#[test]
fn a_power_cut_leaves_a_whole_copy_or_none() {
    let medium = Memory::default();
    for dir in ["/card", "/stick"] {
        medium.create_dir(Path::new(dir)).unwrap();
        medium.sync_dir(Path::new("/")).unwrap();
    }
    for session in ["a", "b"] {
        let world = Environment { storage: Box::new(medium.clone()), ..world() };
        record(world, Path::new("/card"), session, 0);
    }
    let before = medium.image();
    let medium = Memory::with(before.clone());
    assert!(is_complete(&run(&medium)));
    let log = medium.log();
    let mut chance = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let (mut states, mut copies) = (0, 0);
    for after in 0..=log.len() {
        let cut = cut(&before, &log[..after]);
        for _ in 0..8 {
            let state = cut.state(&mut chance);
            copies += whole(&before, &state, false);
            let again = Memory::with(state.clone());
            let rows = run(&again);
            assert!(is_complete(&rows), "after {after}: {rows:?}");
            assert_eq!(whole(&before, &again.image(), true), 2);
            states += 1;
        }
    }
    assert!(states > 200 && copies > 20, "{states} states with {copies} copies in them");
}

fn run(medium: &Memory) -> Vec<vestry::record::sync::Row> {
    sync(medium, Path::new("/card"), Path::new("/stick"), 0).unwrap()
}

/// That the source is untouched and every copy whole; how many there are.
fn whole(before: &Image, state: &Image, repeated: bool) -> usize {
    for (path, content) in before.all().iter().filter(|(path, _)| path.starts_with("/card")) {
        assert_eq!(state.all().get(path), Some(content), "{}", path.display());
    }
    let medium = Memory::with(state.clone());
    let entries = medium.list(Path::new("/stick")).unwrap().into_iter();
    let folders = entries.filter(|entry| entry.is_dir && !entry.name.ends_with(".tmp"));
    let mut runs = Vec::new();
    for entry in folders {
        let folder = Path::new("/stick").join(&entry.name);
        if medium.list(&folder).unwrap().is_empty() {
            continue;
        }
        let report = check::verify(&medium, &folder).unwrap();
        assert!(report.findings.is_empty(), "{:?}", report.findings);
        assert_eq!((report.manifest.frames, &report.manifest.name), (Some(10_000), &entry.name));
        let from = PathBuf::from(report.manifest.copied_from.unwrap());
        for file in medium.list(&folder).unwrap().iter().filter(|file| file.name != FILE) {
            assert_eq!(state.content(&folder.join(&file.name)), before.content(&from.join(&file.name)));
        }
        runs.push(report.manifest.session);
    }
    runs.sort();
    let all = runs.len();
    runs.dedup();
    assert!(!repeated || runs.len() == all, "no take is copied twice");
    runs.len()
}

/// Runs by name, and where each was recorded: numbers of the two media differ.
const RUNS: [(&str, Option<u64>, Option<u64>); 5] = [
    ("a", Some(0), Some(0)),
    ("b", Some(0), None),
    ("c", Some(0), Some(0)),
    ("d", None, Some(0)),
    ("e", Some(0), Some(0)),
];

/// What becomes of a take before the media are brought together.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    Stays,
    /// By retention.
    Deleted,
    /// By retention, and the power went before it was done.
    Going,
    /// By a person.
    Removed,
}

fn befall(take: &Path, fate: Fate) {
    let now = WallTime::parse("2025-05-01T10:00:00+00:00").unwrap();
    match fate {
        Fate::Stays => {}
        Fate::Deleted => assert!(retention::delete(&Disk, take, &now).unwrap().is_some()),
        Fate::Going => {
            let going = take.with_file_name(name(take) + retention::GOING);
            fs::rename(take, &going).unwrap();
            fs::remove_file(going.join("01_Input_1.wav")).unwrap();
        }
        Fate::Removed => fs::remove_dir_all(take).unwrap(),
    }
}

/// Whole takes and their runs, by number.
fn by_number(dir: &Path) -> impl Iterator<Item = (String, PathBuf)> {
    let whole = takes(dir).into_iter().filter(|take| !name(take).ends_with(retention::GOING));
    whole.map(|take| (manifest(&take).session, take))
}

fn by_run(dir: &Path) -> BTreeMap<String, PathBuf> {
    by_number(dir).collect()
}

fn fates() -> impl Strategy<Value = [Fate; 5]> {
    prop::array::uniform5(prop::sample::select(vec![Fate::Stays, Fate::Deleted, Fate::Going, Fate::Removed]))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever retention and people did to either medium: what one of them lacks is copied unless retention deleted it there,
    /// once as at the tenth time.
    #[test]
    fn what_retention_deleted_stays_away_and_what_a_person_removed_comes_back(fates in [fates(), fates()]) {
        static TEMPLATE: std::sync::LazyLock<[TempDir; 2]> = std::sync::LazyLock::new(|| media(&RUNS));
        let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let mut fate = BTreeMap::new();
        for ((dir, template), fates) in dirs.iter().zip(&*TEMPLATE).zip(fates) {
            for (path, bytes) in contents(template.path()) {
                let to = dir.path().join(path.strip_prefix(template.path()).unwrap());
                fs::create_dir_all(to.parent().unwrap()).unwrap();
                fs::write(to, bytes).unwrap();
            }
            for (run, take) in by_run(dir.path()) {
                let at = RUNS.iter().position(|(name, ..)| *name == run).unwrap();
                fate.insert((dir.path(), run), fates[at]);
                befall(&take, fates[at]);
            }
        }
        for _ in 0..2 {
            for (from, to) in [(&dirs[0], &dirs[1]), (&dirs[1], &dirs[0])] {
                let had = by_run(to.path());
                let runs: Vec<_> = by_number(from.path()).map(|(run, _)| run).collect();
                let outcomes = synced(from, to);
                prop_assert_eq!(outcomes.len(), runs.len());
                for (run, outcome) in runs.iter().zip(&outcomes) {
                    let banned = matches!(fate.get(&(to.path(), run.clone())), Some(Fate::Deleted | Fate::Going));
                    let right = match outcome {
                        Outcome::There(_) => had.contains_key(run),
                        Outcome::Deleted(_) => banned && !had.contains_key(run),
                        Outcome::Copied(_) => !banned && !had.contains_key(run),
                        _ => false,
                    };
                    prop_assert!(right, "{run}: {outcome:?}");
                    prop_assert_eq!(by_run(to.path()).contains_key(run), !banned || had.contains_key(run));
                }
            }
        }
    }
}

#[test]
fn the_program_says_what_became_of_each_take() {
    let dirs = media(&[("a", Some(0), Some(0)), ("b", Some(0), None), ("c", None, Some(0))]);
    let [first, second] = [0, 1].map(|place: usize| dirs[place].path().to_str().unwrap().to_owned());
    let work = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let output = cli::vestry(work.path(), arguments);
        (output.status.code(), String::from_utf8(output.stdout.clone()).unwrap(), cli::said(&output))
    };
    let (code, told, _) = run(&["sync", &first, &second]);
    assert_eq!((code, told.lines().count()), (Some(0), 3), "{told}");
    assert!(told.contains("there as") && told.contains("copied as"), "{told}");
    let config = work.path().join("vestry.toml");
    let text = format!(
        "recordings_dir = {first:?}\nsecond_recordings_dir = {second:?}\n[device]\nkind = \"offline\""
    );
    fs::write(&config, text).unwrap();
    let (code, told, _) = run(&["sync", "--config", config.to_str().unwrap()]);
    assert_eq!((code, told.matches("copied as").count()), (Some(0), 1), "{told}");
    assert_eq!((takes(dirs[0].path()).len(), takes(dirs[1].path()).len()), (3, 3));
    let now = WallTime::parse("2025-05-01T10:00:00+00:00").unwrap();
    retention::delete(&Disk, &takes(dirs[1].path())[1], &now).unwrap().unwrap();
    let (code, told, _) = run(&["sync", &first, &second]);
    assert!(
        code == Some(0) && told.matches("left out: retention deleted it there, as 2").count() == 1,
        "{told}"
    );
    spoil(&takes(dirs[0].path())[0]);
    fs::remove_dir_all(&takes(dirs[1].path())[0]).unwrap();
    let (code, told, _) = run(&["sync", &first, &second]);
    assert!(code == Some(1) && told.contains("FAILED damaged: 01_Input_1.wav"), "{told}");
    for wrong in [&["sync"][..], &["sync", &first], &["sync", &first, &first], &["sync", &first, "/no/such"]]
    {
        let (code, told, said) = run(wrong);
        assert_eq!((code, told.as_str(), said.lines().count()), (Some(2), "", 1), "{wrong:?}: {said}");
    }
}
