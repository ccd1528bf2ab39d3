//! Takes as the page sees them, and who knows of them.
//!
//! Runs on: web-files.
use serde::{Serialize, Serializer};
use std::fs::File;
use std::io;

/// Who knows of takes. Everything here may wait for the medium. A name is one only if a folder or file of that name is listed, so that no
/// name leads out of the recordings folders.
pub trait Shelf: Send + Sync {
    /// All takes, newest first.
    ///
    /// # Errors
    /// In one line, where no medium can be read.
    fn takes(&self) -> Result<Vec<TakeLine>, String>;

    /// One take; none of that name.
    fn take(&self, name: &str) -> Option<TakeWhole>;

    /// The files of a take, opened; none where there is no take of that name.
    ///
    /// # Errors
    /// The medium's own.
    fn files(&self, name: &str) -> io::Result<Option<Vec<Part>>>;

    /// One file of a take; none where there is no such file.
    ///
    /// # Errors
    /// The medium's own.
    fn file(&self, name: &str, file: &str) -> io::Result<Option<Opened>>;

    /// The smallest and largest sample of each of `points` equal parts of a file, over all channels, full scale 1.0; none where there is
    /// no such file.
    ///
    /// # Errors
    /// In one line, where the file has no sound that can be read.
    fn overview(&self, name: &str, file: &str, points: usize) -> Result<Option<Vec<[f32; 2]>>, String>;
}

/// A file that is given away: as many bytes of it as are sure to be there, whatever is written on meanwhile.
#[derive(Debug)]
pub struct Opened {
    /// The file.
    pub file: File,
    /// Bytes that are given away.
    pub bytes: u64,
    /// What it begins with, in place of what is there by then: the header that fits `bytes`, where it is still being written.
    pub head: Vec<u8>,
    /// Changes with every change of what is given away.
    pub version: String,
}

/// A file of a take with its name.
#[derive(Debug)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// What is in it.
    pub opened: Opened,
}

/// A take in the list.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TakeLine {
    /// Name of the folder.
    pub name: String,
    /// What the medium is called that has it; none where the box has but one.
    pub medium: Option<String>,
    /// `recording`, `closed`, `recovered` after a power cut, or `unreadable`.
    pub state: &'static str,
    /// Length in seconds, so far where it is being recorded; none where that is not known.
    pub length_s: Option<f64>,
    /// Frames a second; none where that is not known.
    pub sample_rate: Option<u32>,
    /// Size of all its files.
    pub bytes: u64,
    /// Gaps in its ledger.
    pub gaps: usize,
    /// Whether retention may never delete it.
    pub protected: bool,
    /// How its delivery is; none where nobody delivers it.
    pub delivery: Option<DeliveryLine>,
}

/// Where a take is delivered to, and how far that is.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct DeliveryLine {
    /// Where to.
    pub target: String,
    /// `waiting`, `sending`, `done` or `failed`.
    pub state: &'static str,
    /// 0..1.
    pub progress: f64,
    /// Why it failed.
    pub reason: Option<String>,
}

/// All of a take.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TakeWhole {
    /// As in the list.
    #[serde(flatten)]
    pub line: TakeLine,
    /// Its files.
    pub tracks: Vec<TrackLine>,
    /// Its markers.
    pub markers: Vec<MarkerLine>,
    /// Where sound is missing.
    pub gap_list: Vec<GapLine>,
    /// `loudness` of `take.json`, as JSON; none before it is closed.
    #[serde(serialize_with = "as_it_is")]
    pub loudness: Option<String>,
}

/// JSON within JSON.
fn as_it_is<S: Serializer>(json: &Option<String>, to: S) -> Result<S::Ok, S::Error> {
    let value = json.as_deref().and_then(|json| serde_json::from_str::<serde_json::Value>(json).ok());
    value.serialize(to)
}

/// A file with sound.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TrackLine {
    /// Its name.
    pub file: String,
    /// Name of the track.
    pub name: String,
    /// Its size.
    pub bytes: u64,
}

/// A place in a take.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct MarkerLine {
    /// Seconds from the take's first frame.
    pub at_s: f64,
    /// What it says.
    pub label: String,
}

/// Silence in place of frames that are lost.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct GapLine {
    /// Seconds from the take's first frame.
    pub at_s: f64,
    /// Its length in seconds.
    pub length_s: f64,
    /// As in `take.json`.
    pub cause: String,
}
