//! Promise: days of sound, or a machine that is busy beside it, cost no frame that is not in the ledger and no memory.
//!
//! `scripts/test --load` sends a day through and takes half an hour of real time; else it is half an hour of simulated time.
#[path = "common/cli.rs"]
mod cli;
#[path = "common/sink.rs"]
mod sink;
#[path = "common/stress.rs"]
mod stress;

use sink::{Content, Sink};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};
use vestry::record::manifest::{Manifest, PartEntry, TakeState};
use vestry::record::wave::parse::parse;
use vestry::record::wave::{DATA_START, RIFF_LIMIT};
use vestry::record::{At, Environment, Format, Layout, RecordSettings, Track, Writer};
use vestry::rt::engine::Shape;
use vestry::rt::message::Tap;
use vestry::rt_io::assemble::assemble;
use vestry::rt_io::cycle;
use vestry::rt_io::offline::{OfflineDevice, OfflineSettings, Source, noise_sample};
use vestry::rt_io::pool::PoolSize;

const RATE: u64 = 48_000;
const INPUTS: usize = 6;
const PERIOD: usize = 128;
/// Bytes of a sample.
const SAMPLE: u64 = 3;
/// Parts of a take.
const PARTS: u64 = 2;
/// By how much resident memory may grow once everything has been used.
const GROWTH: u64 = 4 << 20;

/// A number of the environment, such as VESTRY_LOAD_MINUTES.
fn wanted(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().expect(name))
}

/// Frames of noise that an input hears over and over: a prime, so that no block, period or second divides it.
const ROUND: usize = 99_991;

/// Inputs hear full-scale noise, each its own.
fn seed(input: usize) -> u64 {
    input as u64 + 1
}

fn noise(input: usize) -> Vec<i32> {
    (0..ROUND as u64).map(|position| noise_sample(seed(input), position)).collect()
}

fn source(input: usize) -> Source {
    // Left-justified, as a converter's samples.
    Source::Clip { samples: noise(input).into_iter().map(|sample| sample << 8).collect(), gap: 0 }
}

fn device(length: u64) -> OfflineDevice {
    OfflineDevice::new(OfflineSettings {
        sources: (0..INPUTS).map(source).collect(),
        outputs: 2,
        sample_rate: RATE as u32,
        frames_per_period: PERIOD,
        periods: 4,
        paced: false,
        length,
        rotation: 0,
    })
}

fn shape() -> Shape {
    Shape {
        inputs: INPUTS,
        capture_map: std::array::from_fn(|at| at as u8),
        outputs: 2,
        playback_map: std::array::from_fn(|at| at as u8),
        record_mix: true,
        ramp_frames: 480,
        period_ns: 2_666_667,
    }
}

/// As the default configuration records: a file an input and the mix.
fn settings(part: u64) -> RecordSettings {
    let track = |lane: usize| Track { name: "Noise".into(), input: lane as u32 + 1, lane, tap: Tap::Pre };
    RecordSettings {
        dir: "/takes".into(),
        sample_rate: RATE as u32,
        tracks: (0..INPUTS).map(track).collect(),
        mix: Some([INPUTS, INPUTS + 1]),
        format: Format::Pcm24,
        layout: Layout::Mono,
        preroll: Duration::ZERO,
        split_after: Some(Duration::from_secs(part / RATE)),
        split_bytes: None,
        sync_interval: Duration::from_secs(1),
        min_free_bytes: 0,
        apart_from: Vec::new(),
        optional: false,
        session: "load".into(),
        retention: None,
        keep_until_delivered: false,
        start_at_once: true,
        system: BTreeMap::new(),
    }
}

/// The sound of input 3 is in `03_Noise.wav`, from the second part on in `03_Noise_p002.wav`.
fn expected(part: u64) -> sink::Expected {
    let bytes = |sample: i32| sample.to_le_bytes().into_iter().take(SAMPLE as usize);
    let rounds: Vec<Vec<u8>> =
        (0..INPUTS).map(|input| noise(input).into_iter().flat_map(bytes).collect()).collect();
    Arc::new(move |file, offset, right| {
        let Some(input) = file.split('_').next().and_then(|number| number.parse::<usize>().ok()) else {
            return false;
        };
        let number = file.rsplit_once("_p").map_or(1, |(_, rest)| rest[..3].parse().unwrap());
        let round = &rounds[input - 1];
        let mut at = (((number - 1) * part * SAMPLE + offset) % round.len() as u64) as usize;
        let mut rest = right;
        while !rest.is_empty() {
            let (now, later) = rest.split_at_mut(rest.len().min(round.len() - at));
            now.copy_from_slice(&round[at..at + now.len()]);
            (at, rest) = (0, later);
        }
        true
    })
}

/// What came of the run.
struct Run {
    files: BTreeMap<PathBuf, Content>,
    lost: u64,
    memory: Vec<u64>,
}

/// Sends `frames` through engine, pool and writer as fast as they go.
fn run(frames: u64, part: u64, riff_limit: u64) -> Run {
    let medium = Sink::new(expected(part));
    let pool = PoolSize::for_seconds(INPUTS + 2, 5.0, RATE as u32);
    let (mut engine, _remote, mut sinks) = assemble(shape(), &[pool], &[]);
    let world = Environment { storage: Box::new(medium.clone()), riff_limit, ..Environment::default() };
    let writer = Writer::spawn(settings(part), sinks.remove(0), world).unwrap();
    let mut memory = Vec::new();
    std::thread::scope(|scope| {
        let stop = AtomicBool::new(false);
        let period = scope.spawn(move || cycle::run(&mut device(frames), &mut engine, &stop));
        while !period.is_finished() {
            std::thread::sleep(Duration::from_millis(100));
            while writer.event().is_some() {}
            memory.push(stress::resident(std::process::id()));
        }
    });
    let (status, _) = writer.stop_and_join(At::Now);
    assert_eq!(status.fault, None);
    Run { files: medium.files(), lost: status.frames_lost + status.frames_unwritten, memory }
}

fn manifest(files: &BTreeMap<PathBuf, Content>) -> (PathBuf, Manifest) {
    let (path, content) = files.iter().find(|(path, _)| path.ends_with("take.json")).unwrap();
    (path.parent().unwrap().into(), serde_json::from_slice(&content.head).unwrap())
}

/// A part is as long as it should be, checked to its end, and as its header and the manifest have it.
fn right(content: &Content, part: &PartEntry, channels: u64, riff_limit: u64) {
    let bytes = part.frames.unwrap() * SAMPLE * channels;
    assert_eq!(content.length, DATA_START + bytes, "{}", part.file);
    let input = channels == 1;
    assert_eq!(content.checked, if input { bytes } else { 0 }, "{}", part.file);
    let sum = format!("{:08x}", content.sum.clone().finalize());
    assert_eq!(part.crc32.as_ref(), Some(&sum), "{}", part.file);
    let header = parse(&content.head).unwrap();
    assert_eq!(header.data, Some((DATA_START, bytes)), "{}", part.file);
    assert_eq!(header.large, content.length - 8 > riff_limit, "{}", part.file);
}

/// Largest growth of memory after the first tenth, in bytes.
fn growth(memory: &[u64]) -> u64 {
    let after = &memory[memory.len() / 10..];
    after.iter().max().unwrap().saturating_sub(after[0])
}

#[test]
fn hours_of_six_inputs_lose_nothing_and_memory_stays_flat() {
    let minutes = wanted("VESTRY_LOAD_SIMULATED_MINUTES", 30);
    let (frames, part) = (minutes * 60 * RATE, minutes * 60 * RATE / PARTS);
    // Every part becomes RF64 on its way, also where it is shorter than that takes.
    let riff_limit = RIFF_LIMIT.min(part * SAMPLE * 2 / 3);
    let begun = Instant::now();
    let run = run(frames, part, riff_limit);
    let (folder, manifest) = manifest(&run.files);
    assert_eq!((manifest.state, manifest.frames, run.lost), (TakeState::Closed, Some(frames), 0));
    assert_eq!(manifest.gaps, []);
    assert_eq!(manifest.tracks.len(), INPUTS + 1);
    for track in &manifest.tracks {
        let starts: Vec<u64> = track.parts.iter().map(|part| part.start).collect();
        assert_eq!(starts, (0..PARTS).map(|number| number * part).collect::<Vec<_>>());
        for part in &track.parts {
            right(&run.files[&folder.join(&part.file)], part, track.channels.len() as u64, riff_limit);
        }
    }
    let (memory, seconds) = (growth(&run.memory), begun.elapsed().as_secs_f64());
    let most = run.memory.iter().max().unwrap() >> 20;
    println!("{minutes} min in {seconds:.0} s; resident at most {most} MB, grown by {} kB", memory >> 10);
    assert!(memory < GROWTH, "memory grows: {:?}", run.memory);
}

/// Six noises for the program, each a function of the position.
fn noises(dir: &Path) {
    let sources: String = (0..INPUTS)
        .map(|input| format!("[[device.offline.sources]]\nnoise_seed = {}\nlevel_db = 0.0\n", seed(input)))
        .collect();
    // The ring of a card; what is late by more is lost, and has to be in the ledger.
    let text = format!("periods = 8\n[device]\nkind = \"offline\"\n{sources}");
    std::fs::write(dir.join("box.toml"), text).unwrap();
}

#[test]
#[ignore = "takes VESTRY_LOAD_MINUTES of real time, 30 by default, and the whole machine"]
fn a_busy_machine_costs_no_frame_that_is_not_in_the_ledger() {
    let minutes = wanted("VESTRY_LOAD_MINUTES", 30);
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    noises(dir.path());
    let time = format!("{}s", minutes * 60);
    let memory = stress::beside(
        dir.path(),
        minutes,
        &["run", "--config", "box.toml", "--data", "takes", "--for", &time],
    );
    let take = cli::takes(&dir.path().join("takes")).remove(0);
    let verified = cli::vestry(dir.path(), &["verify", take.to_str().unwrap()]);
    println!("{}", String::from_utf8_lossy(&verified.stdout));
    assert!(verified.status.success(), "{}", cli::said(&verified));
    let manifest = Manifest::read(&vestry::record::storage::Disk, &take).unwrap();
    assert_eq!(manifest.frames, Some(minutes * 60 * RATE));
    for input in 0..INPUTS {
        stress::all_is_there(&take, &manifest, input, |position| noise_sample(seed(input), position));
    }
    let lost: u64 = manifest.gaps.iter().map(|gap| gap.frames).sum();
    println!(
        "{minutes} min: {} gaps of {lost} frames, all in the ledger; {} slow syncs; resident {} kB, at the end {} kB, grown by {} kB",
        manifest.gaps.len(),
        manifest.slow_syncs.len(),
        memory[memory.len() / 10] >> 10,
        memory.last().unwrap() >> 10,
        growth(&memory) >> 10
    );
    assert!(growth(&memory) < GROWTH, "memory grows: {memory:?}");
}
