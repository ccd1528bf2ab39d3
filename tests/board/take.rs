//! The recorder itself on the board: a take on the SD card, and what the kernel says about its threads.
use crate::guest::Guest;
use crate::signal::Follower;
use crate::sound::expect;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use vestry::rt::sample::SampleFormat;

/// Seconds recorded.
const SECONDS: u64 = 22;
/// Periods so long that an emulator on a busy machine keeps them.
const CONFIGURATION: &str = "sample_rate = 48000\\nframes_per_period = 512\\nperiods = 32\\ninputs = 6\\noutputs = 2\\n\
    [device]\\ncapture = \\\"Loopback,1,0\\\"\\nplayback = \\\"Loopback,1,1\\\"\\ncapture_channels = 8\\n\
    playback_channels = 2\\nformat = \\\"S24_3LE\\\"\\ncapture_map = [1, 2, 4, 5, 7, 8]\\n\
    [realtime]\\ncore = 3\\nrequired = true\\n";
/// Where those inputs are among the card's channels, from 0.
const MAP: [usize; 6] = [0, 1, 3, 4, 6, 7];

/// The SD card's image: 256 MB of ext4.
pub fn card() -> Result<PathBuf, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/board/sd.img");
    std::fs::File::create(&path)
        .and_then(|file| file.set_len(256 << 20))
        .map_err(|error| error.to_string())?;
    tool("mke2fs", &["-q", "-t", "ext4", "-F", &path.display().to_string()])?;
    Ok(path)
}

fn tool(name: &str, arguments: &[&str]) -> Result<String, String> {
    let path = format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default());
    let output = Command::new(name).args(arguments).env("PATH", path).output();
    let output = output.map_err(|error| format!("{name}: {error}"))?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(format!("{name}: {}", String::from_utf8_lossy(&output.stderr))),
    }
}

/// `vestry run` as the board runs it; its files are then read from the card's image.
pub fn recorded(guest: &mut Guest) -> Result<(), String> {
    let short = Duration::from_secs(30);
    guest.run(
        &format!("printf \"{CONFIGURATION}\" >/tmp/vestry.toml && vestry check --config /tmp/vestry.toml"),
        short,
    )?;
    let empty = "umount /mnt 2>/dev/null; mount -t ext4 /dev/mmcblk1 /mnt && rm -rf /mnt/[0-9]*";
    guest.run(empty, short)?;
    let run = format!(
        "(board-probe tone format=S24_3LE channels=8 seconds={} | aplay -q -D hw:Loopback,0,0 -t raw -f S24_3LE -r 48000 \
         -c 8 --buffer-size=48000) & sleep 1; vestry run --config /tmp/vestry.toml --data /mnt --for {SECONDS}s </dev/null & \
         P=$!; sleep 12; grep VmLck /proc/$P/status; for t in /proc/$P/task/*; do echo \"thread: $(cat $t/comm) \
         $(sed 's/.*) //' $t/stat | cut -d' ' -f 37,38,39) $(grep Cpus_allowed_list $t/status)\"; done; wait $P",
        SECONDS + 4
    );
    let lines = guest.run(&run, Duration::from_secs(90))?;
    guest.run("vestry verify /mnt/[0-9]*; umount /mnt", short)?;
    // Fields 39 to 41 of /proc/PID/stat: the processor, the priority, the policy (1 is SCHED_FIFO).
    let rt = lines.iter().find(|line| line.starts_with("thread: rt "));
    let rt = rt.map(|line| line.split_whitespace().collect::<Vec<_>>()).unwrap_or_default();
    expect(
        rt.get(2..) == Some(&["3", "80", "1", "Cpus_allowed_list:", "3"]),
        "rt: SCHED_FIFO 80 on core 3",
        &lines,
    )?;
    let locked = lines
        .iter()
        .find_map(|line| line.strip_prefix("VmLck:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    expect(locked.is_some_and(|kilobytes| kilobytes > 1024), "memory is locked", &lines)?;
    exact(&lines)
}

/// Reads the take with `debugfs`, so without mounting the image, and follows the signal through its six files.
fn exact(lines: &[String]) -> Result<(), String> {
    let image = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/board/sd.img");
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let target = folder.path().display();
    tool("debugfs", &["-R", &format!("rdump / {target}"), &image.display().to_string()])?;
    let files = waves(folder.path());
    let files: Vec<_> = files.iter().filter(|path| name(path).starts_with("0")).take(6).collect();
    expect(files.len() == 6, &format!("six files in {target}: {files:?}"), lines)?;
    let mut tracks = Vec::new();
    for path in files {
        let mut reader =
            hound::WavReader::open(path).map_err(|error| format!("{}: {error}", path.display()))?;
        tracks
            .push(reader.samples::<i32>().collect::<Result<Vec<_>, _>>().map_err(|error| error.to_string())?);
    }
    let length = tracks[0].len();
    expect(tracks.iter().all(|track| track.len() == length), "six files of one length", lines)?;
    let mut follower = Follower { lenient: true, ..Follower::default() };
    let mut frame = [0; 8 * 3];
    for at in 0..length {
        for (track, channel) in tracks.iter().zip(MAP) {
            frame[channel * 3..channel * 3 + 3].copy_from_slice(&track[at].to_le_bytes()[..3]);
        }
        follower.follow(&frame, SampleFormat::S24_3, 8, &MAP);
    }
    println!("board: {length} frames on the card, {follower:?}");
    let enough = length as u64 >= 20 * 48_000 && follower.good + 48_000 >= length as u64;
    expect(enough && follower.faults == 0, "six files bit for bit what was played", lines)
}

fn name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Wave files below a folder, by name.
fn waves(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.path() {
            path if path.is_dir() => found.extend(waves(&path)),
            path if name(&path).ends_with(".wav") => found.push(path),
            _ => {}
        }
    }
    found.sort();
    found
}
