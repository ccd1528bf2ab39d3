//! What to record, and how. Plain values: whoever reads the configuration fills them in.
//!
//! Runs on: writer, main.
use super::error::RecordError;
use super::manifest::{Channel, TapName};
use super::naming;
use super::state::Limits;
use super::status::{Phase, RecordStatus};
use super::wave::{DATA_START, Format};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;
use vestry_rt::message::Tap;

/// Most channels of one file, and lanes of one block.
pub const MAX_LANES: usize = 34;

/// From a fault to the next try, in seconds of sound.
const RETRY: u64 = 5;
/// Bytes of a file beside its sound, at most: its head, and tens of thousands of markers.
const ENDS: u64 = 16 << 20;

/// How tracks are shared out among files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Layout {
    /// One mono file a track.
    #[default]
    Mono,
    /// One file with a channel a track.
    Polyphonic,
}

/// A track to record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Track {
    /// Name as people say it; becomes part of the file name.
    pub name: String,
    /// The input it comes from, counted from 1.
    pub input: u32,
    /// The lane of a block that carries it, counted from 0.
    pub lane: usize,
    /// Where the lane is tapped.
    pub tap: Tap,
}

/// Everything the writer needs to know.
#[derive(Clone, Debug)]
pub struct RecordSettings {
    /// The recordings folder; made if its parent exists.
    pub dir: PathBuf,
    /// Frames per second.
    pub sample_rate: u32,
    /// Tracks in order, 1 to 32.
    pub tracks: Vec<Track>,
    /// Lanes of the stereo mix (left, right), if it is recorded.
    pub mix: Option<[usize; 2]>,
    /// Sample format of the files.
    pub format: Format,
    /// One file a track, or one for all.
    pub layout: Layout,
    /// Sound from before the start that a take begins with; 0 to 60 s, and no more than the pool can spare.
    pub preroll: Duration,
    /// Begin a new part after this long.
    pub split_after: Option<Duration>,
    /// Begin a new part before any file is longer than this, in bytes.
    pub split_bytes: Option<u64>,
    /// How much sound a power cut may cost; default 1 s.
    pub sync_interval: Duration,
    /// Close the take when less than this is free.
    pub min_free_bytes: u64,
    /// Folders whose media this one must not be: on them it would be no second medium.
    pub apart_from: Vec<PathBuf>,
    /// Whether it is as it should be that this medium is not in, unless it goes in the middle of a take.
    pub optional: bool,
    /// Names the run of the process, so that takes of it on several media are known to belong together.
    pub session: String,
    /// Keep room for so much more by deleting the oldest takes; none: nothing is ever deleted.
    pub retention: Option<Duration>,
    /// Retention deletes no take that is not delivered.
    pub keep_until_delivered: bool,
    /// Record from the first block.
    pub start_at_once: bool,
    /// Facts about the system for `take.json`: scheduling, memory lock, pinning.
    pub system: BTreeMap<String, String>,
}

/// One file of a take.
#[derive(Clone, Debug)]
pub(crate) struct FilePlan {
    /// File name without part number and ending.
    pub stem: String,
    /// Name of the file's content.
    pub name: String,
    /// Lanes, one a channel.
    pub lanes: Vec<usize>,
    /// What each channel carries.
    pub channels: Vec<Channel>,
}

impl RecordSettings {
    /// Refuses what no take can be made of.
    pub(crate) fn check(&self) -> Result<(), RecordError> {
        let lanes = self.tracks.len() + self.mix.map_or(0, |_| 2);
        let fault = if self.tracks.is_empty() && self.mix.is_none() {
            "no track: name at least one input or the mix"
        } else if lanes > MAX_LANES {
            "too many tracks: at most 32 and the mix"
        } else if self.sample_rate == 0 {
            "sample_rate is 0: give the rate of the card"
        } else {
            return Ok(());
        };
        Err(RecordError::Settings(fault.into()))
    }

    /// The files of a take, in order.
    pub(crate) fn files(&self) -> Vec<FilePlan> {
        let mut files = match self.layout {
            Layout::Mono => self.mono_files(),
            Layout::Polyphonic if self.tracks.is_empty() => Vec::new(),
            Layout::Polyphonic => vec![FilePlan {
                stem: "Take".into(),
                name: "Take".into(),
                lanes: self.tracks.iter().map(|track| track.lane).collect(),
                channels: self.tracks.iter().map(channel).collect(),
            }],
        };
        if let Some(lanes) = self.mix {
            let side = |name: &str| Channel { name: name.into(), input: None, tap: TapName::Mix };
            files.push(FilePlan {
                stem: "Mix".into(),
                name: "Mix".into(),
                lanes: lanes.to_vec(),
                channels: vec![side("Mix L"), side("Mix R")],
            });
        }
        files
    }

    /// Mono files are numbered by input, or by place where two tracks share an input.
    fn mono_files(&self) -> Vec<FilePlan> {
        let shared =
            |track: &Track| self.tracks.iter().filter(|other| other.input == track.input).count() > 1;
        let by_place = self.tracks.iter().any(shared);
        let number = |place: usize, track: &Track| if by_place { place as u32 + 1 } else { track.input };
        let plan = |(place, track): (usize, &Track)| FilePlan {
            stem: format!("{:02}_{}", number(place, track), naming::sanitise(&track.name)),
            name: track.name.clone(),
            lanes: vec![track.lane],
            channels: vec![channel(track)],
        };
        self.tracks.iter().enumerate().map(plan).collect()
    }

    /// Bytes a second of all files together.
    pub(crate) fn bytes_per_second(&self) -> u64 {
        let lanes = self.tracks.len() + self.mix.map_or(0, |_| 2);
        lanes as u64 * self.format.bytes() as u64 * u64::from(self.sample_rate)
    }

    /// What is known before the first look at the medium.
    pub(crate) fn status(&self) -> RecordStatus {
        RecordStatus {
            phase: Phase::Starting,
            bytes_per_second: self.bytes_per_second(),
            reserve_bytes: self.min_free_bytes,
            ..RecordStatus::default()
        }
    }

    /// Lengths that the take machine keeps to.
    pub(crate) fn limits(&self) -> Limits {
        let rate = u64::from(self.sample_rate);
        let preroll = self.frames(self.preroll);
        Limits { preroll, part: self.part(u64::MAX), write: rate, retry: RETRY * rate }
    }

    /// Frames of the longest part, where no file may have more than `largest` bytes.
    pub(crate) fn part(&self, largest: u64) -> Option<u64> {
        let by_time = self.split_after.map(|length| self.frames(length));
        let widest = self.files().iter().map(|plan| plan.lanes.len()).max().unwrap_or(1).max(1);
        let frame = (widest * self.format.bytes()) as u64;
        let by_size = self.split_bytes.map(|bytes| bytes.saturating_sub(2 * DATA_START) / frame);
        let by_medium = (largest < u64::MAX).then(|| largest.saturating_sub(ENDS) / frame);
        let part = [by_time, by_size, by_medium].into_iter().flatten().min();
        // A part shorter than a second would spend its time on opening files.
        part.map(|length| length.max(self.sample_rate.into()))
    }

    /// Bytes to be kept free by deleting takes; none where that is not wanted.
    pub(crate) fn keep_free(&self) -> Option<u64> {
        let bytes = |room: Duration| room.as_secs_f64() * self.bytes_per_second() as f64;
        self.retention.map(|room| self.min_free_bytes.saturating_add(bytes(room) as u64))
    }

    /// `duration` in frames, rounded down.
    pub(crate) fn frames(&self, duration: Duration) -> u64 {
        let frames = duration.as_nanos() * u128::from(self.sample_rate) / 1_000_000_000;
        u64::try_from(frames).unwrap_or(u64::MAX)
    }
}

fn channel(track: &Track) -> Channel {
    let tap = match track.tap {
        Tap::Pre => TapName::Pre,
        Tap::Post => TapName::Post,
    };
    Channel { name: track.name.clone(), input: Some(track.input), tap }
}
