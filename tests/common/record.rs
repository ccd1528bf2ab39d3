//! What tests of takes share: a pool that is fed with known sound, and readers that are not ours.
#![allow(dead_code)]
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use vestry::record::clock::{Clock, WallTime};
use vestry::record::manifest::{Manifest, TrackEntry};
use vestry::record::naming::take_number;
use vestry::record::storage::Disk;
use vestry::record::wave::DATA_START;
use vestry::record::{Environment, Format, Layout, RecordEvent, RecordSettings, RecordStatus, Track, Writer};
use vestry::rt::block::GapCause;
use vestry::rt::capture::CaptureTap;
use vestry::rt::message::Tap;
use vestry::rt_io::pool::{PoolSize, allocate};

pub const RATE: u32 = 48_000;
pub const NOW: &str = "2025-05-01T10:00:00+00:00";

/// A clock that stands still.
pub struct Still;

impl Clock for Still {
    fn now(&self) -> WallTime {
        WallTime::parse(NOW).unwrap()
    }
}

pub fn world() -> Environment {
    Environment { clock: Box::new(Still), ..Environment::default() }
}

/// Settings for `tracks` mono tracks of 24 bit.
pub fn settings(dir: &Path, tracks: u32) -> RecordSettings {
    let track =
        |input| Track { name: format!("Input {input}"), input, lane: input as usize - 1, tap: Tap::Pre };
    RecordSettings {
        dir: dir.into(),
        sample_rate: RATE,
        tracks: (1..=tracks).map(track).collect(),
        mix: None,
        format: Format::Pcm24,
        layout: Layout::Mono,
        preroll: Duration::ZERO,
        split_after: None,
        split_bytes: None,
        sync_interval: Duration::from_millis(50),
        min_free_bytes: 0,
        apart_from: Vec::new(),
        optional: false,
        session: "test".into(),
        retention: None,
        keep_until_delivered: false,
        start_at_once: true,
        system: BTreeMap::from([("scheduling".into(), "fifo 80".into())]),
    }
}

/// The 24-bit number that stands at a position of a lane: every place is different.
pub fn number(lane: usize, position: u64) -> i32 {
    let mut mixed = position.wrapping_mul(64).wrapping_add(lane as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed ^= mixed >> 29;
    mixed = mixed.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (mixed as i32) >> 8
}

/// As `number`, as the converter's float.
pub fn sample(lane: usize, position: u64) -> f32 {
    number(lane, position) as f32 / 8_388_608.0
}

/// The rt side of a pool: the engine's own tap, fed with known sound.
pub struct Feeder {
    tap: CaptureTap,
    lanes: usize,
    pub position: u64,
    /// Positions and lengths of what found no free block.
    pub dropped: Vec<(u64, u64)>,
}

impl Feeder {
    pub fn new(lanes: usize, block_frames: usize, blocks: usize) -> (Self, vestry::rt::block::BlockSink) {
        let (source, sink) = allocate(PoolSize { lanes, block_frames, blocks });
        (Self { tap: CaptureTap::new(source, block_frames), lanes, position: 0, dropped: Vec::new() }, sink)
    }

    /// Sends one block of `frames`, waiting for a free one.
    pub fn block(&mut self, frames: usize) {
        while !self.try_block(frames) {
            std::thread::sleep(Duration::from_micros(200));
        }
    }

    /// Sends `frames` in blocks of at most `block`.
    pub fn feed(&mut self, frames: u64, block: usize) {
        let end = self.position + frames;
        while self.position < end {
            self.block(block.min((end - self.position) as usize));
        }
    }

    /// Loses frames as a card does.
    pub fn lose(&mut self, frames: u64, cause: GapCause) {
        self.tap.lost(frames, cause);
        self.position = self.tap.position();
    }

    /// Hands over what is left, losses at the very end included.
    pub fn finish(&mut self) {
        while !self.tap.finish() {
            std::thread::sleep(Duration::from_micros(200));
        }
    }

    /// Sends one block of `frames`; false if none is free.
    pub fn try_block(&mut self, frames: usize) -> bool {
        let free = self.tap.free_blocks() > 0;
        if free {
            self.block_or_drop(frames);
        }
        free
    }

    /// Sends a block of `frames` without waiting, as the period loop does.
    pub fn block_or_drop(&mut self, frames: usize) {
        let mut left = frames;
        while left > 0 {
            let piece = self.tap.prepare().min(left);
            if self.tap.is_dropping() {
                self.dropped.push((self.position, piece as u64));
            }
            for lane in 0..self.lanes {
                let room = self.tap.room(lane, piece);
                room.iter_mut().zip(self.position..).for_each(|(slot, at)| *slot = sample(lane, at));
            }
            self.tap.commit(piece);
            self.position = self.tap.position();
            left -= piece;
        }
        self.tap.flush();
    }
}

/// Waits until the writer's status is as wanted.
pub fn wait(writer: &Writer, wanted: impl Fn(&RecordStatus) -> bool) -> RecordStatus {
    for _ in 0..20_000 {
        let status = writer.status();
        if wanted(&status) {
            return status;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    panic!("the writer never came to it: {:?}", writer.status());
}

/// Waits for the next event, the list of takes that a writer begins with aside.
pub fn event(writer: &Writer) -> RecordEvent {
    for _ in 0..20_000 {
        let listed = |event: &RecordEvent| matches!(event, RecordEvent::TakesFound { .. });
        if let Some(event) = writer.event().filter(|event| !listed(event)) {
            return event;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    panic!("no event: {:?}", writer.status());
}

/// Folders of all takes, by number.
pub fn takes(dir: &Path) -> Vec<PathBuf> {
    let mut takes: Vec<PathBuf> =
        std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    takes.retain(|path| path.is_dir());
    takes.sort_by_key(|path| take_number(path.file_name().unwrap().to_str().unwrap()));
    takes
}

pub fn manifest(take: &Path) -> Manifest {
    Manifest::read(&Disk, take).unwrap()
}

/// Nothing may be wrong with a take.
pub fn verify(take: &Path) -> Manifest {
    let report = vestry::record::verify::verify(&Disk, take).unwrap();
    assert!(report.findings.is_empty(), "{}", vestry::record::verify::text(&report));
    report.manifest
}

/// Bytes of sound of all parts of a track.
pub fn sound(take: &Path, manifest: &Manifest, track: &TrackEntry) -> Vec<u8> {
    let mut out = Vec::new();
    for part in &track.parts {
        let bytes = std::fs::read(take.join(&part.file)).unwrap();
        let length = part.frames.unwrap() as usize * manifest.spec(track).frame_bytes() as usize;
        out.extend(&bytes[DATA_START as usize..DATA_START as usize + length]);
    }
    out
}

/// The 24-bit bytes that `lanes` should have from frame `from` to `to`, with silence in `gaps` (absolute).
pub fn right(lanes: &[usize], from: u64, to: u64, gaps: &[(u64, u64)]) -> Vec<u8> {
    let mut out = Vec::new();
    for at in from..to {
        let silent = gaps.iter().any(|(gap, frames)| (*gap..gap + frames).contains(&at));
        for lane in lanes {
            let number = if silent { 0 } else { number(*lane, at) };
            out.extend(&number.to_le_bytes()[..3]);
        }
    }
    out
}

/// Runs a reader; it has to succeed, and to be silent on standard error.
pub fn reader(program: &str, arguments: &[&str]) -> Vec<u8> {
    let output = Command::new(program).args(arguments).output();
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}: install its package"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.trim().is_empty(), "{program} {arguments:?}: {said}");
    output.stdout
}

/// What a reader prints.
pub fn told(program: &str, arguments: &[&str]) -> String {
    String::from_utf8(reader(program, arguments)).unwrap()
}
