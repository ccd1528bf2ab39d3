//! A card with a quartz of its own that plays sound into a writer, and a clock that is kept by a time source.
#![allow(dead_code)]
use super::common::{RATE, settings};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use vestry::record::clock::{Bridge, Clock, Discipline, Source, WallTime};
use vestry::record::{At, Environment, RecordCommand, RecordSettings, Writer};
use vestry::rt::capture::CaptureTap;
use vestry::rt_io::pool::{PoolSize, allocate};

/// A May morning, in ns since 1970.
pub const MORNING_NS: i64 = 1_780_000_000_000_000_000;
/// The most that the clock says it is wrong by.
pub const UNCERTAIN_US: u64 = 350;
const BLOCK: usize = 1_024;

/// A clock whose time of day is so many ns ahead of the kernel's monotonic clock. It is read late, as on a busy machine.
#[derive(Clone)]
pub struct Kept {
    pub ahead_ns: Arc<AtomicI64>,
    pub source: Source,
}

impl Kept {
    pub fn new(ahead_ns: i64) -> Self {
        Self { ahead_ns: Arc::new(AtomicI64::new(ahead_ns)), source: Source::Ptp }
    }

    pub fn set(&self, ahead_ns: i64) {
        self.ahead_ns.store(ahead_ns, Ordering::Relaxed);
    }
}

impl Clock for Kept {
    fn now(&self) -> WallTime {
        WallTime::from_unix_ns(self.ahead_ns.load(Ordering::Relaxed) + 900_000_000_000).unwrap()
    }

    fn discipline(&self) -> Option<Discipline> {
        let synchronised = self.source != Source::Free;
        Some(Discipline {
            source: self.source,
            synchronised,
            uncertainty_us: synchronised.then_some(UNCERTAIN_US),
        })
    }

    fn bridge(&self) -> Option<Bridge> {
        Some(Bridge { offset_ns: self.ahead_ns.load(Ordering::Relaxed), width_ns: 400 })
    }
}

/// A card that began at `began_ns` of the monotonic clock and runs `ppm` faster than it says.
#[derive(Clone, Copy)]
pub struct Card {
    pub began_ns: u64,
    pub ppm: f64,
}

impl Card {
    /// When it has captured up to `position`.
    pub fn captured_ns(&self, position: u64) -> u64 {
        let seconds = position as f64 / (f64::from(RATE) * (1.0 + self.ppm / 1e6));
        self.began_ns + (seconds * 1e9).round() as u64
    }
}

/// The rt side of a pool, one lane.
pub struct Tape {
    tap: CaptureTap,
    card: Card,
}

impl Tape {
    /// With a writer behind it that keeps time by `clock`.
    pub fn new(settings: RecordSettings, card: Card, clock: &Kept) -> (Self, Writer) {
        let (source, sink) = allocate(PoolSize { lanes: 1, block_frames: BLOCK, blocks: 200 });
        let world = Environment { clock: Box::new(clock.clone()), ..Environment::default() };
        let writer = Writer::spawn(settings, sink, world).unwrap();
        (Self { tap: CaptureTap::new(source, BLOCK), card }, writer)
    }

    /// Plays `sound`; the card tells a moment with every block.
    pub fn play(&mut self, sound: &[f32]) {
        for piece in sound.chunks(BLOCK) {
            while self.tap.free_blocks() < 2 {
                std::thread::sleep(Duration::from_micros(200));
            }
            let mut left = piece;
            while !left.is_empty() {
                let (now, rest) = left.split_at(self.tap.prepare().min(left.len()));
                self.tap.room(0, now.len()).copy_from_slice(now);
                self.tap.note_time(self.card.captured_ns(self.tap.position()));
                self.tap.commit(now.len());
                left = rest;
            }
        }
        self.tap.note_time(self.card.captured_ns(self.tap.position()));
        self.tap.flush();
    }

    pub fn position(&self) -> u64 {
        self.tap.position()
    }
}

/// A take of `sound`, recorded from its first frame on; its folder.
pub fn record(dir: &Path, sound: &[f32], card: Card, clock: &Kept) -> PathBuf {
    let (mut tape, writer) = Tape::new(settings(dir, 1), card, clock);
    tape.play(sound);
    let (status, _) = writer.stop_and_join(At::Frame(tape.position()));
    assert_eq!(status.frames, sound.len() as u64, "{:?}", status.fault);
    super::common::takes(dir).remove(0)
}

/// Settings that wait for a command and then have a second from before it.
pub fn waiting(dir: &Path) -> RecordSettings {
    RecordSettings { start_at_once: false, preroll: Duration::from_secs(1), ..settings(dir, 1) }
}

/// Starts a take at a frame.
pub fn start(writer: &Writer, frame: u64) {
    writer.send(RecordCommand::Start { at: At::Frame(frame) });
}
