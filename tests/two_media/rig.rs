//! The engine and the writers of two media that do as they are told.
use super::common::*;
use super::stub::Control;
use std::ops::Deref;
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;
use vestry::record::manifest::Manifest;
use vestry::record::{At, Environment, RecordEvent, RecordStatus, Writers};
use vestry::rt::area::{CaptureArea, PlaybackArea};
use vestry::rt::engine::{Engine, Shape};
use vestry::rt::sample::SampleFormat;
use vestry::rt_io::assemble::{Remote, assemble};
use vestry::rt_io::pool::PoolSize;

pub const INPUTS: usize = 2;
pub const BLOCK: u64 = 1024;
const PERIOD: u64 = 128;
/// Free blocks that a medium which is to lose nothing has before each period.
const SPARE: u64 = 4;

pub struct Rig {
    engine: Box<Engine>,
    remote: Remote,
    pub writers: Writers,
    pub stub: [Control; 2],
    pub dirs: [TempDir; 2],
    events: [Vec<RecordEvent>; 2],
}

/// What the writers said at the end, and how far the sound had come.
pub struct Ended {
    writers: Vec<(RecordStatus, Vec<RecordEvent>)>,
    pub frames: u64,
    /// What rt counted as dropped for each medium.
    pub dropped: [u64; 2],
}

impl Deref for Ended {
    type Target = [(RecordStatus, Vec<RecordEvent>)];
    fn deref(&self) -> &Self::Target {
        &self.writers
    }
}

impl Rig {
    pub fn new(blocks: usize, at_once: bool) -> Self {
        Self::with(blocks, at_once, |_| {})
    }

    /// Media that are as `mood` sets them from the start.
    pub fn with(blocks: usize, at_once: bool, mood: impl FnOnce(&[Control; 2])) -> Self {
        Self::made(blocks, [at_once, false], mood)
    }

    /// The second medium may be out, and is.
    pub fn optional(blocks: usize, at_once: bool) -> Self {
        Self::made(blocks, [at_once, true], |stub| stub[1].set(|mood| mood.medium = 0))
    }

    fn made(blocks: usize, [at_once, optional]: [bool; 2], mood: impl FnOnce(&[Control; 2])) -> Self {
        let map = std::array::from_fn(|at| at as u8);
        let shape = Shape {
            inputs: INPUTS,
            capture_map: map,
            outputs: 0,
            playback_map: map,
            record_mix: false,
            ramp_frames: 480,
            period_ns: 2_666_667,
        };
        let pool = PoolSize { lanes: INPUTS, block_frames: BLOCK as usize, blocks };
        let (engine, remote, sinks) = assemble(shape, &[pool; 2], &[]);
        let stub = [Control::default(), Control::default()];
        stub[1].set(|mood| mood.medium = 1);
        mood(&stub);
        let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let media = sinks.into_iter().enumerate().map(|(place, sink)| {
            let apart_from: Vec<PathBuf> = if place == 1 { vec![dirs[0].path().into()] } else { Vec::new() };
            let mut settings = settings(dirs[place].path(), INPUTS as u32);
            (settings.apart_from, settings.start_at_once) = (apart_from, at_once);
            settings.optional = optional && place == 1;
            // The first medium's file system is number 0, whoever asks.
            let storage = stub[place].storage_beside(dirs[0].path());
            (settings, sink, Environment { storage, ..world() })
        });
        let writers = Writers::start(media.collect()).unwrap();
        Self { engine, remote, writers, stub, dirs, events: Default::default() }
    }

    pub fn position(&self) -> u64 {
        self.remote.counters.position.get()
    }

    /// Sends `frames` of known sound through the engine; waits for the media of `unhurt` to have room for it, and for no
    /// other.
    pub fn feed(&mut self, frames: u64, unhurt: &[usize]) {
        let end = self.position() + frames;
        while self.position() < end {
            let counters = self.remote.counters;
            while unhurt.iter().any(|place| counters.media[*place].free_blocks.get() < SPARE) {
                std::thread::sleep(Duration::from_micros(200));
                self.engine.end_period();
            }
            self.period((end - self.position()).min(PERIOD));
        }
    }

    /// Pulls the second medium, which leaves the folder behind that it was mounted on.
    pub fn pull(&self) {
        self.stub[1].set(|mood| (mood.put_in, mood.medium) = (mood.put_in + 1, 0));
    }

    fn period(&mut self, frames: u64) {
        let position = self.position();
        let mut bytes = Vec::new();
        for at in position..position + frames {
            (0..INPUTS).for_each(|lane| bytes.extend((number(lane, at) << 8).to_le_bytes()));
        }
        let input = CaptureArea { bytes: &bytes, format: SampleFormat::S32, channels: INPUTS };
        self.engine.begin_period();
        self.engine.process(input, PlaybackArea { bytes: &mut [], format: SampleFormat::S32, channels: 0 });
        self.engine.end_period();
    }

    /// Feeds until the writers are as wanted.
    pub fn feed_until(&mut self, unhurt: &[usize], wanted: impl Fn(&[RecordStatus]) -> bool) {
        for _ in 0..4_000 {
            if wanted(&self.writers.status()) {
                return;
            }
            self.feed(PERIOD * 8, unhurt);
            std::thread::sleep(Duration::from_millis(1));
        }
        panic!("the writers never came to it: {:?}", self.writers.status());
    }

    /// Waits until the writers are as wanted.
    pub fn wait(&mut self, wanted: impl Fn(&[RecordStatus]) -> bool) -> Vec<RecordStatus> {
        self.wait_for(|| true);
        for _ in 0..30_000 {
            let status = self.writers.status();
            if wanted(&status) {
                return status;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        panic!("the writers never came to it: {:?}", self.writers.status());
    }

    pub fn wait_for(&mut self, wanted: impl Fn() -> bool) {
        for _ in 0..30_000 {
            while let Some((place, event)) = self.writers.event() {
                self.events[place].push(event);
            }
            if wanted() {
                return;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        panic!("it never came to it: {:?}", self.writers.status());
    }

    /// Ends as the program does.
    pub fn end(mut self) -> (Ended, [TempDir; 2]) {
        let _left_behind_for_a_medium_that_hangs = self.engine.finish();
        let (frames, media) = (self.position(), &self.remote.counters.media);
        let dropped = [0, 1].map(|place: usize| media[place].dropped_frames.get());
        let mut writers = self.writers.stop(At::Frame(frames));
        for ((_, late), events) in writers.iter_mut().zip(&mut self.events) {
            events.append(late);
            *late = std::mem::take(events);
        }
        (Ended { writers, frames, dropped }, self.dirs)
    }
}

/// That there is one take, whole and exact from `from` to `to`.
pub fn whole(takes: &[PathBuf], from: u64, to: u64) -> Manifest {
    let [take] = takes else { panic!("{takes:?}") };
    let manifest = verify(take);
    assert_eq!((manifest.start_frame, manifest.frames, manifest.gaps.len()), (from, Some(to - from), 0));
    for (lane, track) in manifest.tracks.iter().enumerate() {
        assert!(sound(take, &manifest, track) == right(&[lane], from, to, &[]), "{}", take.display());
    }
    manifest
}
