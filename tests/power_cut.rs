//! The promise: whatever instant the power goes at and whatever the medium had not written yet, a repair brings back all that
//! was synced, bit for bit, and the box records again.
//!
//! Takes are recorded to a medium in memory that logs every operation. The log is cut after each of them; what was not synced
//! by then is there, missing, torn or out of order as chance has it. Each such state is repaired, some repairs are cut in
//! their turn, and the outcome is held against what had been promised by then.
#[path = "common/record.rs"]
mod common;
#[path = "common/memory.rs"]
mod memory;

use common::{NOW, right, sample, settings};
use memory::{Image, Memory, Op, cut};
use proptest::prelude::Rng;
use proptest::test_runner::{RngAlgorithm, TestRng};
use std::collections::{BTreeMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use vestry::record::clock::WallTime;
use vestry::record::manifest::{FILE, Manifest, TakeState};
use vestry::record::naming::{create_folder, take_number};
use vestry::record::recovery::{folders, repair_all};
use vestry::record::retention::{GOING, JOURNAL, delete, finish, gone};
use vestry::record::storage::Storage;
use vestry::record::take::{Start, Take};
use vestry::record::verify::{text, verify};
use vestry::record::wave::{DATA_START, RIFF_LIMIT};
use vestry::record::{Layout, RecordEvent, RecordSettings};
use vestry::rt::block::CaptureBlock;

/// States that are looked at, at least.
const STATES: usize = 20_000;
/// Sessions for each kind of file, and what happens in the second take of each.
const SESSIONS: usize = 24;
const STEPS: usize = 14;
/// How often the power goes at each instant.
const ROUNDS: usize = 40;
const LANES: usize = 2;
/// What a test calls the recordings folder.
const TAKES: &str = "/takes";

/// What holds from an operation on.
#[derive(Clone, Debug)]
struct Promise {
    /// Operations of the log that had been asked for.
    after: usize,
    take: PathBuf,
    /// Frames of every track that are there, gaps included.
    frames: u64,
    closed: bool,
}

/// Takes in the making, with what is promised of them.
struct Session {
    medium: Memory,
    settings: RecordSettings,
    take: Option<Take>,
    position: u64,
    gaps: Vec<(u64, u64)>,
    promises: Vec<Promise>,
    /// All that was recorded, as the file of so many lanes from so many on has it.
    sound: BTreeMap<Vec<usize>, Vec<u8>>,
}

impl Session {
    fn new(layout: Layout) -> Self {
        let medium = Memory::default();
        medium.create_dir(Path::new(TAKES)).unwrap();
        medium.sync_dir(Path::new("/")).unwrap();
        let mut settings = settings(Path::new(TAKES), LANES as u32);
        settings.layout = layout;
        Self {
            medium,
            settings,
            take: None,
            position: 0,
            gaps: Vec::new(),
            promises: Vec::new(),
            sound: BTreeMap::new(),
        }
    }

    fn take(&mut self) -> &mut Take {
        self.take.as_mut().unwrap()
    }

    fn promise(&mut self, frames: u64, closed: bool) {
        let (after, take) = (self.medium.count(), self.take().folder().to_path_buf());
        self.promises.push(Promise { after, take, frames, closed });
    }

    fn open(&mut self) {
        let (frame, time) = (self.position, now());
        let start = Start { frame, time, clock: None, timing: None, riff_limit: RIFF_LIMIT, continues: None };
        self.take = Some(Take::open(Arc::new(self.medium.clone()), &self.settings, start).unwrap());
        self.promise(0, false);
    }

    fn write(&mut self, frames: usize) {
        let samples = Box::leak(vec![0.0; LANES * frames].into_boxed_slice());
        let mut block = CaptureBlock::new(samples, LANES);
        for lane in 0..LANES {
            let room = block.room(lane, frames).iter_mut();
            room.zip(self.position..).for_each(|(slot, at)| *slot = sample(lane, at));
        }
        block.advance(frames);
        self.take().write(&block, 0, frames).unwrap();
        self.position += frames as u64;
    }

    fn lose(&mut self, frames: u64) {
        self.take().silence(frames, "xrun").unwrap();
        self.gaps.push((self.position, frames));
        self.position += frames;
    }

    fn sync(&mut self) {
        self.take().sync().unwrap();
        let frames = self.take().frames();
        self.promise(frames, false);
    }

    fn close(&mut self) {
        self.take().close("stopped").unwrap();
        let frames = self.take().frames();
        self.promise(frames, true);
    }

    /// A plain take, and one in which chance says what happens.
    fn record(layout: Layout, chance: &mut TestRng) -> Self {
        let mut session = Self::new(layout);
        session.open();
        session.write(700);
        session.sync();
        session.write(300);
        session.close();
        session.open();
        for _ in 0..STEPS {
            session.step(chance);
        }
        session.close();
        for lanes in [vec![0], vec![1], vec![0, 1]] {
            let sound = right(&lanes, 0, session.position, &session.gaps);
            session.sound.insert(lanes, sound);
        }
        session
    }

    fn step(&mut self, chance: &mut TestRng) {
        let some = 1 + chance.next_u32() % 1_500;
        match chance.next_u32() % 16 {
            0..5 => self.write(some as usize),
            // Past what is held back in memory.
            5 => self.write(22_000 + some as usize),
            6..11 => self.sync(),
            11 | 12 => self.lose(u64::from(some)),
            13 | 14 => {
                let at = self.position;
                self.take().mark(at, format!("Song {some}"));
            }
            _ => self.take().split().unwrap(),
        }
    }
}

fn now() -> WallTime {
    WallTime::parse(NOW).unwrap()
}

fn repaired(medium: &Memory) -> Vec<RecordEvent> {
    let mut events = Vec::new();
    let takes = folders(medium, Path::new(TAKES)).unwrap();
    repair_all(medium, takes, &now(), RIFF_LIMIT, |event| events.push(event));
    events
}

/// The latest promise about each take after so many operations.
fn promised(promises: &[Promise], after: usize) -> BTreeMap<&Path, &Promise> {
    let kept = promises.iter().filter(|promise| promise.after <= after);
    kept.map(|promise| (promise.take.as_path(), promise)).collect()
}

/// Repairs the state and holds it against the promises; the medium after it.
fn check(
    state: &Image,
    promises: &BTreeMap<&Path, &Promise>,
    sound: &BTreeMap<Vec<usize>, Vec<u8>>,
) -> Memory {
    let medium = Memory::with(state.clone());
    let events = repaired(&medium);
    let failed = |event: &&RecordEvent| matches!(event, RecordEvent::RepairFailed { .. });
    assert_eq!(events.iter().find(failed), None);
    for (take, promise) in promises {
        let manifest = Manifest::read(&medium, take).unwrap();
        let touched =
            events.iter().any(|event| matches!(event, RecordEvent::Repaired { path, .. } if path == take));
        assert!(!touched || manifest.state == TakeState::Repaired);
        assert!(!promise.closed || manifest.state == TakeState::Closed, "a closed take is left alone");
        whole(&medium, take, &manifest, promise, sound);
    }
    for take in folders(&medium, Path::new(TAKES)).unwrap() {
        // One of which nothing was promised may be an empty folder.
        if medium.list(&take).unwrap().iter().any(|entry| entry.name == FILE) {
            let report = verify(&medium, &take).unwrap();
            assert!(report.findings.is_empty(), "{}", text(&report));
        }
    }
    let before = medium.image();
    assert_eq!(repaired(&medium), []);
    assert_eq!(medium.image().all(), before.all(), "a second repair changes nothing");
    let used = folders(&medium, Path::new(TAKES)).unwrap();
    let highest = used.iter().filter_map(|take| take_number(take.file_name()?.to_str()?)).max();
    let (_, number) = create_folder(&medium, Path::new(TAKES), &now()).unwrap();
    assert!(Some(number) > highest, "the box records again, under a number of its own");
    medium
}

/// All tracks have the frames promised, bit for bit.
fn whole(
    medium: &Memory,
    take: &Path,
    manifest: &Manifest,
    promise: &Promise,
    all: &BTreeMap<Vec<usize>, Vec<u8>>,
) {
    let image = medium.image();
    let mut lane = 0;
    for track in &manifest.tracks {
        let lanes: Vec<usize> = (lane..lane + track.channels.len()).collect();
        lane += lanes.len();
        let frame = manifest.spec(track).frame_bytes() as usize;
        let mut there = 0;
        for part in &track.parts {
            let frames = part.frames.unwrap().min(promise.frames.saturating_sub(part.start));
            let file = image.content(&take.join(&part.file)).unwrap();
            let (bytes, from) =
                (frames as usize * frame, (manifest.start_frame + part.start) as usize * frame);
            let sound = &file[DATA_START as usize..DATA_START as usize + bytes];
            assert!(sound == &all[&lanes][from..from + bytes], "{}", part.file);
            there = there.max(part.start + frames);
        }
        assert!(there >= promise.frames, "{}: {there} of {} frames", track.name, promise.frames);
    }
    assert_eq!(lane, LANES, "every track");
    assert!(!promise.closed || manifest.frames == Some(promise.frames));
}

/// Cuts `SESSIONS` sessions after each of their operations, `ROUNDS` times each; how many different states that were. Every tenth
/// is cut again in the middle of its repair.
fn explored(layout: Layout) -> usize {
    let mut seen = HashSet::new();
    for number in 0..SESSIONS {
        let session = Session::record(layout, &mut chance(number));
        let log = session.medium.log();
        let cuts: Vec<_> = (0..=log.len()).map(|end| cut(&Image::default(), &log[..end])).collect();
        for (end, round) in (0..=log.len()).flat_map(|end| (0..ROUNDS).map(move |round| (end, round))) {
            let mut chance = chance((number * 1_000 + round) * 1_000_003 + end);
            let state = cuts[end].state(&mut chance);
            if seen.insert(hash(&state)) {
                let last = end.checked_sub(1).and_then(|last| log.get(last));
                let told = || format!("session {number}, round {round}, after {end} operations: {last:?}");
                looked_at(&session, &state, end, &mut chance, told);
            }
        }
    }
    seen.len()
}

fn chance(seed: usize) -> TestRng {
    let mut bytes = [7; 16];
    bytes[..8].copy_from_slice(&(seed as u64).to_le_bytes());
    TestRng::from_seed(RngAlgorithm::XorShift, &bytes)
}

fn looked_at(session: &Session, state: &Image, end: usize, chance: &mut TestRng, told: impl Fn() -> String) {
    let (promises, sound) = (promised(&session.promises, end), &session.sound);
    let outcome = std::panic::catch_unwind(|| check(state, &promises, sound).log());
    let repairs: Vec<Op> = outcome.unwrap_or_else(|_| panic!("{}", told()));
    if chance.next_u32().is_multiple_of(10) && !repairs.is_empty() {
        let end = chance.next_u32() as usize % repairs.len();
        let again = cut(state, &repairs[..end]).state(chance);
        let outcome = std::panic::catch_unwind(|| check(&again, &promises, sound));
        outcome.unwrap_or_else(|_| panic!("cut again in the repair, {}", told()));
    }
}

fn hash(state: &Image) -> u64 {
    let mut hasher = DefaultHasher::new();
    for (path, content) in state.all() {
        (path, content.map(|content| (content.len(), crc32fast::hash(content)))).hash(&mut hasher);
    }
    hasher.finish()
}

#[test]
fn a_cut_at_any_instant_costs_nothing_that_was_synced() {
    let polyphonic = std::thread::spawn(|| explored(Layout::Polyphonic));
    let states = [explored(Layout::Mono), polyphonic.join().unwrap()];
    println!("different states, mono and polyphonic: {states:?}");
    assert!(states.iter().sum::<usize>() >= STATES, "{states:?}");
}

/// The medium in memory loses what a real one may lose: a take that never synced is not there.
#[test]
fn what_was_never_synced_can_be_lost() {
    let medium = Memory::default();
    medium.create_dir(Path::new(TAKES)).unwrap();
    medium.create(Path::new("/takes/file")).unwrap().write_at(0, &[1; 2000]).unwrap();
    let log = medium.log();
    let states: HashSet<_> =
        (0..200).map(|seed| cut(&Image::default(), &log).state(&mut chance(seed))).collect();
    let lengths: HashSet<_> =
        states.iter().map(|state| state.content(Path::new("/takes/file")).map(|file| file.len())).collect();
    assert!(
        lengths.contains(&None) && lengths.contains(&Some(0)) && lengths.contains(&Some(2000)),
        "{lengths:?}"
    );
}

/// A take that retention deletes is whole or gone, whatever instant the power goes at; others are not touched.
#[test]
fn a_cut_in_a_deletion_leaves_a_whole_take_or_none() {
    let session = Session::record(Layout::Mono, &mut chance(1));
    let [first, second] = &folders(&session.medium, Path::new(TAKES)).unwrap()[..] else {
        panic!("two takes")
    };
    let (before, begun) = (session.medium.image(), session.medium.count());
    delete(&session.medium, first, &now()).unwrap().unwrap();
    let log = session.medium.log().split_off(begun);
    let mut seen = [0; 2];
    for (end, round) in (0..=log.len()).flat_map(|end| (0..4 * ROUNDS).map(move |round| (end, round))) {
        let state = cut(&before, &log[..end]).state(&mut chance(round * 1_000_003 + end));
        let medium = Memory::with(state);
        assert_eq!(repaired(&medium), [], "after {end} operations, round {round}");
        finish(&medium, Path::new(TAKES), &now()).unwrap();
        assert!(verify(&medium, second).unwrap().findings.is_empty());
        let there = medium.list(first).unwrap();
        if medium.list(Path::new(TAKES)).unwrap().iter().any(|entry| entry.name.ends_with(GOING)) {
            panic!("left over after {end} operations, round {round}");
        }
        seen[usize::from(there.is_empty())] += 1;
        if there.is_empty() {
            let image = medium.image();
            let journal = image.content(&Path::new(TAKES).join(JOURNAL)).unwrap();
            assert!(journal.ends_with(b"}\n"), "told after {end} operations, round {round}");
            let noted = gone(&medium, Path::new(TAKES)).unwrap();
            assert!(noted.iter().any(|take| first.ends_with(&take.name)), "known after {end} operations");
        } else {
            assert!(verify(&medium, first).unwrap().findings.is_empty(), "after {end} operations");
        }
    }
    assert!(seen.iter().all(|count| *count > ROUNDS), "whole, gone: {seen:?}");
}
