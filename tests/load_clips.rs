//! Promise: 50 long clips, each with a speed and an equaliser of its own and some at another pitch, play while six inputs are recorded to an ext4 card, and
//! neither costs the other anything: every frame of the inputs is in the take or in its ledger, and clips stay within their memory.
//!
//! 15 s of it; `scripts/test --load` takes the clips' five minutes, beside a box that plays nothing.
#[path = "mqtt/broker.rs"]
#[allow(dead_code)]
mod broker;
#[path = "common/card.rs"]
mod card;
#[path = "common/cli.rs"]
mod cli;
#[path = "common/clips.rs"]
mod clips;
#[path = "mqtt/commands.rs"]
#[allow(dead_code)]
mod commands;
#[path = "common/running.rs"]
mod running;
#[path = "common/stress.rs"]
#[allow(dead_code)]
mod stress;

use broker::{Broker, Ear};
use card::Card;
use clips::{Kind, ffmpeg, make};
use commands::{ask, state};
use running::Running;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::time::Duration;
use vestry::record::manifest::{Manifest, TakeState};
use vestry::record::storage::Disk;
use vestry::rt_io::offline::noise_sample;

const BASE: &str = "vestry/hall";
const CLIPS: usize = 50;
const MINUTES: usize = 5;
/// Frames a second of the clips.
const RATE: usize = 44_100;
const INPUTS: usize = 6;
/// What the configuration allows clips, in bytes.
const MEMORY: u64 = 64_000_000;
/// What the program may take beside that: two more inputs in its pool, 50 decoders, the table of the voices' filters.
const BESIDE: u64 = 36_000_000;

/// Five minutes of two channels of noise that comes and goes, in each of the formats.
fn make_clips(dir: &Path) -> Vec<String> {
    fs::create_dir(dir).unwrap();
    let sound = |channel: usize| {
        let level =
            move |frame: usize| 0.1 + 0.1 * (frame as f32 / (20_000.0 + 3_000.0 * channel as f32)).sin();
        let noise = move |frame: usize| noise_sample(channel as u64 + 50, frame as u64) as f32 / 8_388_608.0;
        (0..MINUTES * 60 * RATE).map(|frame| level(frame) * noise(frame)).collect()
    };
    let whole = dir.join("clip.wav");
    make(&whole, &[sound(0), sound(1)], &Kind { rate: RATE as u32, codec: "pcm_s16le", more: &[] });
    let others = [("flac", "flac"), ("aiff", "pcm_s24be"), ("mp3", "libmp3lame")].map(|(ending, codec)| {
        let name = format!("clip.{ending}");
        let path = dir.join(&name);
        ffmpeg(&["-i", whole.to_str().unwrap(), "-c:a", codec, path.to_str().unwrap()]);
        name
    });
    ["clip.wav".to_owned()].into_iter().chain(others).collect()
}

/// Six inputs of noise, two strips for the clips, which all start as one.
fn config(names: &[String], port: u16) -> String {
    let mut text = format!(
        "inputs = 8\noutputs = 2\nperiods = 8\n\
         input = [{{}}, {{}}, {{}}, {{}}, {{}}, {{}}, {{ source = \"player\" }}, {{ source = \"player\" }}]\n\
         player = {{ dir = \"clips\", memory_mb = {} }}\n[recording]\nmin_free_mb = 1\n\
         [mqtt]\nid = \"hall\"\nhost = \"127.0.0.1\"\nport = {port}\n[device]\nkind = \"offline\"\n",
        MEMORY / 1_000_000,
    );
    for input in 0..8 {
        text += &format!("[[device.offline.sources]]\nnoise_seed = {}\nlevel_db = 0.0\n", input + 1);
    }
    for clip in 0..CLIPS {
        let (file, speed) = (&names[clip % names.len()], 0.9 + clip as f64 * 0.004);
        let (low, high) = (clip as f64 / 10.0 - 2.5, 2.0 - clip as f64 / 20.0);
        // Made while they are read.
        let pitch = if clip % 10 == 3 { clip as f64 / 10.0 - 2.0 } else { 0.0 };
        text += &format!(
            "[[pad]]\nfile = {file:?}\npitch = {pitch}\nstem = 1\ngain_db = -34\nspeed = {speed}\nlow_db = {low}\nmid_db = 1.5\nhigh_db = {high}\n"
        );
    }
    text
}

/// Another box that records the same and plays nothing: what it loses is the machine's own.
fn beside(dir: &Path) -> Running {
    let mut text = String::from("periods = 8\n[device]\nkind = \"offline\"\n");
    for input in 0..INPUTS {
        text += &format!("[[device.offline.sources]]\nnoise_seed = {}\nlevel_db = 0.0\n", input + 1);
    }
    Running::start(dir, &text)
}

fn player(ear: &mut Ear, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    state(ear, BASE, what, |state| wanted(&state["player"]))["player"].take()
}

/// The one take, whole, and its gaps' frames.
fn take(takes: &Path) -> (std::path::PathBuf, Manifest, u64) {
    let take = cli::takes(takes).remove(0);
    let manifest = Manifest::read(&Disk, &take).unwrap();
    assert_eq!(manifest.state, TakeState::Closed);
    let lost = manifest.gaps.iter().map(|gap| gap.frames).sum();
    (take, manifest, lost)
}

/// Seconds of a track in which nothing is heard, from the first sound on.
fn silent_tenths(take: &Path, manifest: &Manifest, track: usize) -> (usize, usize) {
    let samples = manifest.tracks[track].parts.iter().flat_map(|part| {
        let reader = hound::WavReader::open(take.join(&part.file)).unwrap();
        reader.into_samples::<i32>().map(Result::unwrap).collect::<Vec<_>>()
    });
    let samples: Vec<i32> = samples.collect();
    let first = samples.iter().position(|sample| *sample != 0).expect("clips are heard");
    let tenths = samples[first..].chunks_exact(4_800);
    let (count, silent) =
        (tenths.len(), tenths.filter(|tenth| tenth.iter().all(|sample| *sample == 0)).count());
    (count, silent)
}

struct Seen {
    lost: u64,
    lost_beside: u64,
    late_reads: u64,
}

fn fifty_clips(time: Duration) -> Seen {
    let work = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let dir = work.path().join("box");
    fs::create_dir_all(work.path().join("other")).unwrap();
    fs::create_dir(&dir).unwrap();
    let card = Card::new(&dir, "takes", 700 << 20);
    let names = make_clips(&dir.join("clips"));
    let broker = Broker::start();
    let mut ear = broker.listen();
    let other = beside(&work.path().join("other"));
    let vestry = Running::start(&dir, &config(&names, broker.port));
    let ready = |player: &Value| {
        player["pads"]
            .as_array()
            .is_some_and(|pads| pads.len() == CLIPS && pads.iter().all(|pad| pad["state"] == "ready"))
    };
    let bank = player(&mut ear, "the bank", ready);
    assert!(bank["pads"][0]["seconds"].as_f64().unwrap() > MINUTES as f64 * 60.0 - 1.0);
    let asked = ask(&broker, &mut ear, BASE, &json!({"command": "pad", "pad": "1.1.1", "action": "press"}));
    assert_eq!(asked["ok"], true, "{asked}");
    player(&mut ear, "all at once", |player| {
        player["playing"].as_array().is_some_and(|all| all.len() == CLIPS)
    });
    std::thread::sleep(time);
    let [resident, beside] = [vestry.id(), other.id()].map(stress::resident);
    let more = resident.saturating_sub(beside);
    let told = player(&mut ear, "how it went", |player| {
        player["playing"].as_array().is_some_and(|all| all.len() == CLIPS)
    });
    assert!(told["memory_bytes"].as_u64().unwrap() < MEMORY);
    assert!(more < MEMORY + BESIDE, "{resident} bytes, {beside} without clips");
    assert_eq!((&told["refused"], &told["broken_reads"]), (&json!(0), &json!(0)));
    vestry.end();
    other.end();
    let (take_dir, manifest, lost) = take(&card.at);
    for input in 0..INPUTS {
        stress::all_is_there(&take_dir, &manifest, input, |position| {
            noise_sample(input as u64 + 1, position)
        });
    }
    let late_reads = told["late_reads"].as_u64().unwrap();
    for track in [6, 7] {
        let (all, silent) = silent_tenths(&take_dir, &manifest, track);
        assert!(all as u64 * 100 > time.as_millis() as u64 - 500, "{all} tenths of a second");
        assert_eq!(silent, 0, "of {all} tenths of a second");
    }
    let (.., lost_beside) = take(&work.path().join("other/takes"));
    println!(
        "{CLIPS} clips for {} s: {} gaps of {lost} frames, {lost_beside} frames in the box beside it; {late_reads} parts late; \
         clips {} kB, {} kB more resident than there",
        time.as_secs(),
        manifest.gaps.len(),
        told["memory_bytes"].as_u64().unwrap() / 1_000,
        more / 1_000,
    );
    Seen { lost, lost_beside, late_reads }
}

#[test]
fn fifty_clips_play_while_six_inputs_are_recorded() {
    if card::root() {
        fifty_clips(Duration::from_secs(15));
    }
}

#[test]
#[ignore = "takes five minutes of real time and the whole machine"]
fn whole_clips_cost_no_more_than_the_machine_does() {
    if card::root() {
        let seen = fifty_clips(Duration::from_secs(MINUTES as u64 * 60 - 30));
        // What both lose is one stall of the machine; each sees it at a moment of its own.
        assert!(seen.lost <= seen.lost_beside + 4_800, "{} and {}", seen.lost, seen.lost_beside);
        assert_eq!(seen.late_reads, 0);
    }
}
