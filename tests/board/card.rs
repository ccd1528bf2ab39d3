//! What takes are recorded to, the SD card or a quick disk: the image, and a take read from it.
use crate::guest::Guest;
use crate::qemu::{Machine, ask};
use crate::sound::SHORT;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::Command;
use vestry::record::manifest::{Manifest, TapName};
use vestry::record::storage::Disk;
use vestry::record::verify::{text, verify};

/// What a check records to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Medium {
    /// The SD card, which the emulator moves byte by byte (about 2 MB/s) with all processors standing still meanwhile: for
    /// what is promised of the card itself.
    Card,
    /// A disk in the PCIe slot, which does not hold anything up: for what is promised of all else.
    Disk,
    /// A disk beside that one which can be pulled, also for a log of what is written.
    Stick,
}

impl Medium {
    /// Its image in a machine.
    pub fn image(self, machine: &Machine) -> Result<&Path, String> {
        let path = match self {
            Self::Card => &machine.card,
            Self::Disk => &machine.disk,
            Self::Stick => &machine.stick,
        };
        path.as_deref().ok_or_else(|| format!("the machine has no {self:?}"))
    }

    fn device(self) -> &'static str {
        match self {
            Self::Card => "mmcblk1",
            Self::Disk => "vda",
            Self::Stick => "sda",
        }
    }
}

/// Makes an image of 512 MB of ext4 in `folder`.
pub fn make(folder: &Path, medium: Medium) -> Result<PathBuf, String> {
    let path = folder.join(format!("{medium:?}.img").to_lowercase());
    std::fs::File::create(&path)
        .and_then(|file| file.set_len(512 << 20))
        .map_err(|error| error.to_string())?;
    tool("mke2fs", &["-q", "-t", "ext4", "-F", &path.display().to_string()])?;
    Ok(path)
}

/// Runs a program of the host; what it printed.
pub fn tool(name: &str, arguments: &[&str]) -> Result<String, String> {
    let path = format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default());
    let output = Command::new(name).args(arguments).env("PATH", path).output();
    let output = output.map_err(|error| format!("{name}: {error}"))?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(format!("{name}: {}", String::from_utf8_lossy(&output.stderr))),
    }
}

/// Mounts the medium at /mnt and removes the takes on it. The emulator holds all cores up while it writes to the card, so not
/// for long at once.
pub fn mount(guest: &mut Guest, medium: Medium) -> Result<(), String> {
    let device = medium.device();
    let mount = format!(
        "umount /mnt 2>/dev/null; for n in $(seq 50); do [ -e /dev/{device} ] && break; sleep 0.1; done; \
        echo 64 >/sys/block/{device}/queue/max_sectors_kb; mount -t ext4 /dev/{device} /mnt && rm -rf /mnt/[0-9]*"
    );
    guest.run(&mount, SHORT).map(drop)
}

/// Shell: removes what recorders left on the stick.
pub const WIPE: &str = "rm -rf /stick/[0-9]* /stick/*.jsonl";

/// Mounts the stick at /stick, whatever device it is by now.
pub fn plug(guest: &mut Guest) -> Result<(), String> {
    let mount = "for n in $(seq 100); do ls /dev/sd? >/dev/null 2>&1 && break; sleep 0.1; done; \
        mkdir -p /stick && mount -t ext4 /dev/sd? /stick";
    guest.run(mount, SHORT).map(drop)
}

/// Pulls the stick, mounted or not.
pub fn pull(guest: &Guest) -> Result<(), String> {
    ask(&guest.machine, "device_del", json!({"id": "stick"}))
}

/// Puts a stick in: the one that was, "stick", or another that the machine has.
pub fn put_in(guest: &Guest, drive: &str) -> Result<(), String> {
    let stick = json!({"driver": "scsi-hd", "drive": drive, "id": "stick", "bus": "scsi.0"});
    ask(&guest.machine, "device_add", stick)
}

/// A take with its samples.
pub struct Take {
    pub manifest: Manifest,
    /// Samples of each input.
    pub inputs: Vec<Vec<i32>>,
    /// Samples of the stereo mix, left and right by turns.
    pub mix: Vec<i32>,
}

/// Unmounts the medium and reads the takes on it with `debugfs`, so without mounting the image; all have to be valid.
pub fn takes(guest: &mut Guest, medium: Medium) -> Result<(tempfile::TempDir, Vec<PathBuf>), String> {
    guest.run("umount /mnt", SHORT)?;
    let (folder, takes) = dumped(medium.image(&guest.machine)?)?;
    if takes.is_empty() {
        return Err("no take on the medium".into());
    }
    for take in &takes {
        let report = verify(&Disk, take).map_err(|error| error.to_string())?;
        if !report.findings.is_empty() {
            return Err(format!("a take is not valid:\n{}", text(&report)));
        }
    }
    Ok((folder, takes))
}

/// A copy of everything in an image, and the takes in it, oldest first.
pub fn dumped(image: &Path) -> Result<(tempfile::TempDir, Vec<PathBuf>), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let target = folder.path().display();
    tool("debugfs", &["-R", &format!("rdump / {target}"), &image.display().to_string()])?;
    let entries = std::fs::read_dir(folder.path()).into_iter().flatten().flatten();
    let mut takes: Vec<_> =
        entries.map(|entry| entry.path()).filter(|path| path.join("take.json").exists()).collect();
    // By number, which is the end of the name.
    takes.sort_by_key(|path| path.to_string_lossy().rsplit('_').next().map(str::to_owned));
    Ok((folder, takes))
}

impl Take {
    /// The only take on the medium, which is unmounted.
    pub fn read(guest: &mut Guest, medium: Medium) -> Result<Self, String> {
        let (_folder, takes) = takes(guest, medium)?;
        let [take] = takes.as_slice() else { return Err(format!("one take, but: {takes:?}")) };
        Self::of(take)
    }

    /// The take in a folder, as far as the headers of its files say.
    pub fn of(take: &Path) -> Result<Self, String> {
        let manifest = Manifest::read(&Disk, take).map_err(|error| error.to_string())?;
        let (mut inputs, mut mix) = (Vec::new(), Vec::new());
        for track in &manifest.tracks {
            let mut samples = Vec::new();
            for part in &track.parts {
                samples.extend(samples_of(&take.join(&part.file))?);
            }
            match track.channels.first().map(|channel| channel.tap) {
                Some(TapName::Mix) => mix = samples,
                _ => inputs.push(samples),
            }
        }
        Ok(Self { manifest, inputs, mix })
    }

    /// Frames of the take, where all its inputs have as many.
    pub fn frames(&self) -> Result<usize, String> {
        let lengths: Vec<usize> = self.inputs.iter().map(Vec::len).collect();
        match lengths.first() {
            Some(&length) if lengths.iter().all(|&other| other == length) => Ok(length),
            _ => Err(format!("files of one length, but: {lengths:?}")),
        }
    }
}

/// A file of the unmounted medium's root.
pub fn file(machine: &Machine, medium: Medium, name: &str) -> Result<Vec<u8>, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let target = folder.path().join(name);
    tool(
        "debugfs",
        &["-R", &format!("dump /{name} {}", target.display()), &medium.image(machine)?.display().to_string()],
    )?;
    std::fs::read(&target).map_err(|error| format!("{name}: {error}"))
}

fn samples_of(path: &Path) -> Result<Vec<i32>, String> {
    let read = || hound::WavReader::open(path)?.samples::<i32>().collect::<Result<Vec<_>, _>>();
    read().map_err(|error| format!("{}: {error}", path.display()))
}
