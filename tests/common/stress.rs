//! The program beside a load, and what it has to show for it afterwards.
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use vestry::record::manifest::Manifest;
use vestry::record::wave::DATA_START;

/// Resident memory of a process, in bytes.
pub fn resident(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kilobytes.unwrap_or(0) << 10
}

/// All cores, the disk that is recorded to, and the network.
fn stress(dir: &Path, minutes: u64) -> Child {
    let mut stress = Command::new("stress-ng");
    stress.args(["--cpu", "0", "--hdd", "2", "--hdd-bytes", "512m", "--sock", "1", "--udp", "1"]);
    stress.args(["--timeout", &format!("{}s", minutes * 60 + 30), "--temp-path"]).arg(dir);
    stress.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("stress-ng (package stress-ng)")
}

/// Runs the program with `arguments` under load; its resident memory every 5 s.
pub fn beside(dir: &Path, minutes: u64, arguments: &[&str]) -> Vec<u64> {
    let mut load = stress(dir, minutes);
    let mut vestry = Command::new(env!("CARGO_BIN_EXE_vestry"));
    vestry.args(arguments).current_dir(dir).stdin(Stdio::null()).stdout(Stdio::null());
    let mut program = vestry.spawn().unwrap();
    let mut memory = Vec::new();
    let ended = loop {
        std::thread::sleep(Duration::from_secs(5));
        match program.try_wait().unwrap() {
            Some(ended) => break ended,
            None => memory.push(resident(program.id())),
        }
    };
    assert!(matches!(load.try_wait(), Ok(None)), "the load ended before its time");
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(load.id() as i32), nix::sys::signal::Signal::SIGTERM)
        .unwrap();
    load.wait().unwrap();
    assert!(ended.success(), "{ended}");
    memory
}

/// Holds every sample of an input against `right`, and silence against the ledger.
pub fn all_is_there(take: &Path, manifest: &Manifest, input: usize, right: impl Fn(u64) -> i32) {
    let track = &manifest.tracks[input];
    let mut gaps = manifest.gaps.iter().flat_map(|gap| gap.position..gap.position + gap.frames).peekable();
    for part in &track.parts {
        let mut file = File::open(take.join(&part.file)).unwrap();
        file.seek(SeekFrom::Start(DATA_START)).unwrap();
        let mut sound = BufReader::with_capacity(1 << 20, file);
        for position in part.start..part.start + part.frames.unwrap() {
            let mut sample = [0; 4];
            sound.read_exact(&mut sample[1..]).unwrap();
            let silent = gaps.next_if_eq(&position).is_some();
            let wanted = if silent { 0 } else { right(manifest.start_frame + position) };
            assert_eq!(i32::from_le_bytes(sample) >> 8, wanted, "{} at {position}", part.file);
        }
    }
}
