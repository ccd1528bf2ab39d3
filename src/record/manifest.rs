//! `take.json`: what a take is, what is missing in it and what was done to it. The only home of `serde_json` here.
//!
//! Runs on: writer, repair, main.
use super::durable::{Staged, commit, sync_together};
use super::error::{Context, RecordError};
use super::loudness::Loudness;
use super::manifest_check;
use super::settings::Layout;
use super::stamp::ClockEntry;
use super::storage::Storage;
use super::timing::Timing;
use super::wave::{Format, Spec};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;
use vestry_rt::block::GapCause;

/// Its file name.
pub const FILE: &str = "take.json";
/// Its next version until that is durable: by turns, so that there always is one with its space set aside.
pub(super) const TEMPORARY: [&str; 2] = ["take.json.tmp", "take.json.new"];
/// What one that cannot be read is kept as when a repair makes it anew.
pub(super) const UNREADABLE: &str = "take.json.unreadable";
/// Longest manifest that is read, in bytes: hundreds of thousands of gaps. Read, it takes several times its length of memory, and
/// a card comes from anywhere.
const LONGEST: u64 = 32 << 20;

/// Whether a take is complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TakeState {
    /// Open, or left open by a power cut.
    Recording,
    /// Closed in order.
    Closed,
    /// Left open and put right at the next start.
    Repaired,
}

/// Where a channel comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TapName {
    /// An input as the converter delivered it.
    Pre,
    /// An input after its strip.
    Post,
    /// The stereo mix.
    Mix,
}

impl TapName {
    /// As in the file.
    pub fn text(self) -> &'static str {
        match self {
            Self::Pre => "pre",
            Self::Post => "post",
            Self::Mix => "mix",
        }
    }
}

/// One channel of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    /// Name of the track.
    pub name: String,
    /// Input, counted from 1; none for the mix.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub input: Option<u32>,
    /// Where it is tapped.
    pub tap: TapName,
}

/// One file of a take: a track, the mix or all tracks, in one or more parts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackEntry {
    /// Name of the track.
    pub name: String,
    /// File name of the first part, without its ending.
    pub stem: String,
    /// What each channel carries.
    pub channels: Vec<Channel>,
    /// The files, in order.
    pub parts: Vec<PartEntry>,
}

/// One file on disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartEntry {
    /// Its name.
    pub file: String,
    /// Its first frame, counted from the take's first.
    pub start: u64,
    /// Its length; none while it is being written.
    pub frames: Option<u64>,
    /// CRC-32 of its sound (the bytes of the data chunk), 8 hexadecimal digits; none while it is being written.
    pub crc32: Option<String>,
}

/// Silence in place of frames that are lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GapEntry {
    /// First missing frame, counted from the take's first.
    pub position: u64,
    /// The same, counted from the first period of the process.
    pub absolute: u64,
    /// How many.
    pub frames: u64,
    /// `xrun`, `pool_full`, `device_lost`, `suspend` or `write_error`.
    pub cause: String,
}

/// A sync that took longer than the time between two: nothing is missing, but a power cut then would have cost more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlowSync {
    /// Frame that the take had come to, counted from its first.
    pub position: u64,
    /// How long it took, in ms.
    pub ms: u64,
}

/// A place to find again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkerEntry {
    /// Frame, counted from the take's first.
    pub position: u64,
    /// What it says.
    pub label: String,
}

/// Something that was done to a take after a power cut.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepairEntry {
    /// When, local time.
    pub at: String,
    /// What, one line a thing.
    pub notes: Vec<String>,
}

/// The loudness of one track by EBU R 128, measured as one channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrackLoudness {
    /// Name of the track.
    pub name: String,
    /// Input, counted from 1.
    pub input: u32,
    /// The values.
    #[serde(flatten)]
    pub loudness: Loudness,
}

/// The loudness of a take by EBU R 128.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoudnessEntry {
    /// Frames of sound that were measured: those of the take but for its gaps. Fewer where measuring was too slow.
    pub frames: u64,
    /// The stereo mix, if it is recorded.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub mix: Option<Loudness>,
    /// Every input's track.
    pub tracks: Vec<TrackLoudness>,
}

/// The whole of `take.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of this format: 1.
    pub vestry_take: u32,
    /// Whether the take is complete.
    pub state: TakeState,
    /// Name of the folder.
    pub name: String,
    /// Number of the take, unique on its medium whatever the clock says.
    pub number: u64,
    /// Names the run of the process that recorded it, on whatever medium; with `start_frame` it says which takes on several
    /// media are the same.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub session: String,
    /// Name of the take on the same medium that a fault of that medium ended and this one goes on with.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub continues: Option<String>,
    /// Folder on another medium that it was copied from.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub copied_from: Option<String>,
    /// Local time of the first frame by the clock as it was then, with its offset from UTC. Folder name, time references and
    /// dates in files go by it, even where `clock` knows better.
    pub started: String,
    /// What is known about that clock by now.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub clock: Option<ClockEntry>,
    /// Which frame was captured when; none where the card or the clock could not tell.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub timing: Option<Timing>,
    /// Frames per second.
    pub sample_rate: u32,
    /// Sample format.
    pub format: Format,
    /// How tracks are shared out among files.
    pub layout: Layout,
    /// Frames from midnight to the first frame.
    pub time_reference: u64,
    /// Absolute position of the first frame.
    pub start_frame: u64,
    /// Length; none while it is being recorded.
    pub frames: Option<u64>,
    /// Why it was closed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub closed: Option<String>,
    /// The files.
    pub tracks: Vec<TrackEntry>,
    /// What is missing.
    pub gaps: Vec<GapEntry>,
    /// Syncs that the medium was slow with.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub slow_syncs: Vec<SlowSync>,
    /// Places to find again.
    pub markers: Vec<MarkerEntry>,
    /// Its loudness, once it is closed; none where nothing measured it, or it was left open by a power cut.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub loudness: Option<LoudnessEntry>,
    /// Facts about the system that recorded it.
    pub system: BTreeMap<String, String>,
    /// What was done to it since.
    #[serde(default)]
    pub repairs: Vec<RepairEntry>,
}

impl Manifest {
    /// What the files of `track` hold.
    pub fn spec(&self, track: &TrackEntry) -> Spec {
        let channels = u16::try_from(track.channels.len()).unwrap_or(u16::MAX).max(1);
        Spec { format: self.format, channels, sample_rate: self.sample_rate }
    }

    /// Reads the manifest of the take in `folder`. One that no take of ours can have is refused as one that is no JSON.
    pub fn read(storage: &dyn Storage, folder: &Path) -> Result<Self, RecordError> {
        let path = folder.join(FILE);
        let file = storage.open(&path).at("open", &path)?;
        let length = file.length().at("read", &path)?;
        if length > LONGEST {
            return Err(RecordError::Manifest {
                path,
                reason: format!("has {length} bytes, not 1..{LONGEST}"),
            });
        }
        let mut bytes = vec![0; length as usize];
        let read = file.read_at(0, &mut bytes).at("read", &path)?;
        bytes.truncate(read);
        let read = serde_json::from_slice(&bytes).map_err(|error| error.to_string());
        read.and_then(|manifest| manifest_check::fault(&manifest).map_or(Ok(manifest), Err))
            .map_err(|reason| RecordError::Manifest { path, reason })
    }

    /// Puts the manifest in its place at once, durably.
    pub fn write(&self, storage: &dyn Storage, folder: &Path) -> Result<(), RecordError> {
        let mut staged = self.stage(storage, folder, TEMPORARY[0])?;
        sync_together([staged.syncing()])?;
        commit(storage, [staged])
    }

    /// Writes the manifest beside the one that is in place.
    pub(super) fn stage(
        &self,
        storage: &dyn Storage,
        folder: &Path,
        temporary: &str,
    ) -> Result<Staged, RecordError> {
        let path = folder.join(FILE);
        let mut bytes = serde_json::to_vec_pretty(self)
            .map_err(|error| RecordError::Manifest { path: path.clone(), reason: error.to_string() })?;
        bytes.push(b'\n');
        Staged::write(storage, folder.join(temporary), path, &bytes)
    }
}

/// Takes away what an open take had set aside for its manifest; what cannot be removed does no harm.
pub(super) fn forget_temporaries(storage: &dyn Storage, folder: &Path) {
    for name in TEMPORARY {
        let _ = storage.remove(&folder.join(name));
    }
}

/// One object on one line.
pub(crate) fn json_line<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default() + "\n"
}

/// As in the gap ledger.
pub fn cause_text(cause: GapCause) -> &'static str {
    match cause {
        GapCause::Xrun => "xrun",
        GapCause::PoolFull => "pool_full",
        GapCause::DeviceLost => "device_lost",
        GapCause::Suspend => "suspend",
    }
}

#[cfg(test)]
mod tests {
    use super::super::storage::Disk;
    use super::*;

    #[test]
    fn one_that_would_fill_the_memory_is_refused_unread() {
        let dir = tempfile::tempdir().unwrap();
        let long = std::fs::File::create(dir.path().join(FILE)).unwrap();
        long.set_len(LONGEST + 1).unwrap();
        let error = Manifest::read(&Disk, dir.path()).unwrap_err().to_string();
        assert!(error.contains("has 33554433 bytes, not 1..33554432"), "{error}");
        long.set_len(LONGEST).unwrap();
        let error = Manifest::read(&Disk, dir.path()).unwrap_err().to_string();
        assert!(!error.contains("bytes, not"), "{error}");
    }
}
