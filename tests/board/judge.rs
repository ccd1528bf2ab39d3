//! What a medium's image holds, judged on the host: the file system replays its journal in a copy, other programs open the
//! files, and every sample is held against what was played.
use crate::card::{self, Take, tool};
use crate::signal::Follower;
use std::path::{Path, PathBuf};
use std::process::Command;
use vestry::record::clock::{Clock, SystemClock};
use vestry::record::recovery;
use vestry::record::storage::Disk;
use vestry::record::verify::{text, verify};
use vestry::record::wave::RIFF_LIMIT;
use vestry::rt::sample::SampleFormat;

/// What was on the medium.
pub struct Found {
    /// A copy of everything on it.
    pub folder: tempfile::TempDir,
    /// Its takes, oldest first.
    pub takes: Vec<PathBuf>,
}

/// Looks at a copy of `image` after the file system's own check has replayed its journal; the image stays as it is.
pub fn found(image: &Path) -> Result<Found, String> {
    let work = tempfile::tempdir().map_err(|error| error.to_string())?;
    let copy = work.path().join("image").display().to_string();
    tool("cp", &["--sparse=always", "--reflink=auto", &image.display().to_string(), &copy])?;
    let path = format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default());
    let check = Command::new("e2fsck").args(["-fy", &copy]).env("PATH", path).output();
    let check = check.map_err(|error| format!("e2fsck: {error}"))?;
    // 1: something was put right.
    if !matches!(check.status.code(), Some(0 | 1)) {
        return Err(format!("e2fsck: {}", String::from_utf8_lossy(&check.stdout)));
    }
    let (folder, takes) = card::dumped(Path::new(&copy))?;
    Ok(Found { folder, takes })
}

/// Repairs what was left open in `folder`, as the next start would; what was done.
pub fn repair(folder: &Path) -> Result<Vec<String>, String> {
    let all = recovery::folders(&Disk, folder).map_err(|error| error.to_string())?;
    let mut done = Vec::new();
    recovery::repair_all(&Disk, all, &SystemClock.now(), RIFF_LIMIT, |event| done.push(format!("{event:?}")));
    match done.iter().find(|event| !event.starts_with("Repaired")) {
        Some(failed) => Err(failed.clone()),
        None => Ok(done),
    }
}

/// Fails unless headers, lengths and checksums of a take are right.
pub fn valid(take: &Path) -> Result<(), String> {
    let report = verify(&Disk, take).map_err(|error| error.to_string())?;
    match report.findings.is_empty() {
        true => Ok(()),
        false => Err(format!("{} is not valid:\n{}", take.display(), text(&report))),
    }
}

/// Fails unless sox and ffmpeg read every file of a take to its end without a complaint.
pub fn opens(take: &Path) -> Result<(), String> {
    for entry in std::fs::read_dir(take).into_iter().flatten().flatten() {
        let path = entry.path().display().to_string();
        if !path.ends_with(".wav") {
            continue;
        }
        tool("sox", &[&path, "-n"])?;
        let read = ["-nostdin", "-v", "error", "-i", &path, "-f", "null", "-"];
        let output =
            Command::new("ffmpeg").args(read).output().map_err(|error| format!("ffmpeg: {error}"))?;
        if !output.status.success() || !output.stderr.is_empty() {
            return Err(format!("ffmpeg {path}: {}", String::from_utf8_lossy(&output.stderr)));
        }
    }
    Ok(())
}

/// Fails unless the take is the signal (`signal.rs`) bit for bit on all inputs from its first sound to its end, or to the first
/// gap in its ledger; its frames up to there.
pub fn exact(take: &Take) -> Result<u64, String> {
    let map = (0..take.inputs.len()).collect::<Vec<_>>();
    let length = take.manifest.gaps.first().map_or(take.frames()?, |gap| gap.position as usize);
    let (mut follower, mut frame) = (Follower::default(), vec![0; take.inputs.len() * 3]);
    for at in 0..length {
        for (place, track) in frame.chunks_exact_mut(3).zip(&take.inputs) {
            place.copy_from_slice(&track[at].to_le_bytes()[..3]);
        }
        follower.follow(&frame, SampleFormat::S24_3, map.len(), &map);
    }
    match follower.faults + follower.silent {
        0 => Ok(length as u64),
        _ => Err(format!("{length} frames are not the signal: {follower:?}")),
    }
}

/// Fails unless `take` is the beginning of `whole`, on all inputs and equally long; its frames.
pub fn begins(take: &Take, whole: &Take) -> Result<u64, String> {
    let length = take.frames()?;
    let same = take.inputs.len() == whole.inputs.len()
        && take.inputs.iter().zip(&whole.inputs).all(|(one, all)| all.starts_with(one));
    if same { Ok(length as u64) } else { Err(format!("{length} frames are not the take's beginning")) }
}
