//! Promise: what the converter delivered is what is on the disk, bit for bit, in each file its own input.
//!
//! Ten minutes of six different 24-bit noises go through the program, as fast as it can; sox reads the files back.
#[path = "common/cli.rs"]
mod cli;

use std::io::{BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use vestry::rt_io::offline::noise_sample;

const RATE: u64 = 48_000;
const SECONDS: u64 = 600;

fn config(extra: &str) -> String {
    let sources: Vec<String> =
        (1..=6).map(|seed| format!("{{ noise_seed = {seed}, level_db = 0 }}")).collect();
    format!(
        "realtime = {{ lock_memory = false }}\nloudness = false\n{extra}\n[device]\nkind = \"offline\"\n[device.offline]\npaced = false\n\
         duration_s = {SECONDS}\nsources = [{}]\n",
        sources.join(", ")
    )
}

fn record(dir: &Path, config: &str) -> std::path::PathBuf {
    let file = dir.join("noise.toml");
    std::fs::write(&file, config).unwrap();
    let output = cli::vestry(dir, &["run", "--config", "noise.toml", "--data", "takes"]);
    assert!(output.status.success(), "{}", cli::said(&output));
    let takes = cli::takes(&dir.join("takes"));
    assert_eq!(takes.len(), 1);
    let verified = cli::vestry(dir, &["verify", takes[0].to_str().unwrap()]);
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
    takes[0].clone()
}

/// sox decodes `file` to raw 24-bit samples.
fn sox(file: &Path) -> Child {
    let mut sox = Command::new("sox");
    sox.arg(file).args(["-t", "raw", "-e", "signed", "-b", "24", "-L", "-"]);
    sox.stdout(Stdio::piped()).spawn().expect("sox is installed")
}

/// Compares `file` with the noises of `seeds`, one a channel, sample for sample.
fn compare(file: &Path, seeds: &[u64]) {
    let mut child = sox(file);
    let mut samples = BufReader::with_capacity(1 << 20, child.stdout.take().unwrap());
    let mut raw = [0; 3];
    for position in 0..RATE * SECONDS {
        for seed in seeds {
            samples.read_exact(&mut raw).unwrap_or_else(|_| panic!("{} ends at {position}", file.display()));
            let [low, middle, high] = raw;
            let sample = i32::from_le_bytes([0, low, middle, high]) >> 8;
            assert_eq!(sample, noise_sample(*seed, position), "{} at {position}", file.display());
        }
    }
    assert_eq!(samples.read(&mut raw).unwrap(), 0, "{} is longer", file.display());
    assert!(child.wait().unwrap().success());
}

#[test]
fn ten_minutes_of_six_mono_files() {
    let dir = tempfile::tempdir().unwrap();
    let take = record(dir.path(), &config(""));
    for seed in 1..=6_u64 {
        compare(&take.join(format!("{seed:02}_Input_{seed}.wav")), &[seed]);
    }
}

#[test]
fn ten_minutes_of_one_polyphonic_file() {
    let dir = tempfile::tempdir().unwrap();
    let recording = "recording = { layout = \"polyphonic\", mix = false }";
    let take = record(dir.path(), &config(recording));
    compare(&take.join("Take.wav"), &[1, 2, 3, 4, 5, 6]);
}
