//! What takes there are (`vestry takes`).
//!
//! Runs on: main, writer and repair (names alone).
use super::error::{Context, RecordError};
use super::manifest::{Manifest, TakeState, json_line};
use super::naming::{split_part, take_number};
use super::protect::MARK;
use super::storage::{Entry, Storage};
use serde::Serialize;
use std::path::Path;

/// A take in one line.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// Name of the folder.
    pub name: String,
    /// `recording`, `closed`, `repaired`, or `unreadable` where there is no manifest to tell.
    pub state: &'static str,
    /// Local time of the first frame, as far as the clock was right or is known to have been wrong by; none where there is no
    /// manifest to tell.
    pub started: Option<String>,
    /// Length in seconds; none while it is open.
    pub seconds: Option<f64>,
    /// Tracks, mix channels included.
    pub tracks: usize,
    /// Gaps in the ledger.
    pub gaps: usize,
    /// Size of all files of the folder, in bytes.
    pub bytes: u64,
    /// Whether retention may never delete it.
    pub protected: bool,
}

/// All takes in `dir`, by number: whatever the clock said, the oldest first. An error only where `dir` cannot be read.
pub fn takes(storage: &dyn Storage, dir: &Path) -> Result<Vec<Summary>, RecordError> {
    let entries = storage.list(dir).at("list", dir)?;
    Ok(by_number(entries).into_iter().map(|name| summary(storage, &dir.join(&name), name)).collect())
}

/// Names of the takes in `dir`, oldest number first, without a look into them; none where `dir` cannot be read.
pub fn names(storage: &dyn Storage, dir: &Path) -> Vec<String> {
    try_names(storage, dir).unwrap_or_default()
}

/// Names of the takes in `dir`, oldest number first, without a look into them. An error where `dir` cannot be read.
pub(super) fn try_names(storage: &dyn Storage, dir: &Path) -> Result<Vec<String>, RecordError> {
    Ok(by_number(storage.list(dir).at("list", dir)?))
}

fn by_number(entries: Vec<Entry>) -> Vec<String> {
    let folders = entries.into_iter().filter(|entry| entry.is_dir);
    let mut names: Vec<_> =
        folders.filter_map(|entry| Some((take_number(&entry.name)?, entry.name))).collect();
    names.sort();
    names.into_iter().map(|(_, name)| name).collect()
}

fn summary(storage: &dyn Storage, folder: &Path, name: String) -> Summary {
    let files = storage.list(folder).unwrap_or_default();
    let bytes = files.iter().map(|file| file.bytes).sum();
    let protected = files.iter().any(|file| file.name == MARK);
    let Ok(manifest) = Manifest::read(storage, folder) else {
        let tracks =
            files.iter().filter(|file| split_part(&file.name).is_some_and(|(_, part)| part == 1)).count();
        return Summary {
            name,
            state: "unreadable",
            started: None,
            seconds: None,
            tracks,
            gaps: 0,
            bytes,
            protected,
        };
    };
    Summary {
        name,
        state: match manifest.state {
            TakeState::Recording => "recording",
            TakeState::Closed => "closed",
            TakeState::Repaired => "repaired",
        },
        started: manifest.clock.and_then(|clock| clock.started_corrected).or(Some(manifest.started)),
        seconds: manifest.frames.map(|frames| frames as f64 / f64::from(manifest.sample_rate.max(1))),
        tracks: manifest.tracks.iter().map(|track| track.channels.len()).sum(),
        gaps: manifest.gaps.len(),
        bytes,
        protected,
    }
}

/// The takes as a JSON array.
pub fn json(takes: &[Summary]) -> String {
    json_line(&takes)
}

/// The takes as a table with a heading; one line says so when there is none.
pub fn table(takes: &[Summary]) -> String {
    if takes.is_empty() {
        return "no takes\n".into();
    }
    let width = takes.iter().map(|take| take.name.chars().count()).max().unwrap_or(4).max(4);
    let mut text = format!(
        "{:width$}  {:10}  {:>11}  {:>6}  {:>4}  {:>10}\n",
        "take", "state", "length", "tracks", "gaps", "size"
    );
    for take in takes {
        let length = take.seconds.map_or("-".into(), clock_time);
        text.push_str(&format!(
            "{:width$}  {:10}  {length:>11}  {:>6}  {:>4}  {:>7.1} MB{}\n",
            take.name,
            take.state,
            take.tracks,
            take.gaps,
            take.bytes as f64 / 1e6,
            if take.protected { "  protected" } else { "" }
        ));
    }
    text
}

fn clock_time(seconds: f64) -> String {
    let tenths = (seconds * 10.0) as u64;
    format!("{}:{:02}:{:02}.{}", tenths / 36_000, tenths / 600 % 60, tenths / 10 % 60, tenths % 10)
}
