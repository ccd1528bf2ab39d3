//! A folder as tracks that can be played again: a take of ours, or what another recorder left. Nothing in it is ever changed.
//!
//! Runs on: soundcheck.
mod foreign;
mod number;
mod own;

use super::manifest::FILE;
use super::storage::{Entry, Storage};
use super::wave::any::{self, AnyFault, AnySound, Coding};
use std::path::{Path, PathBuf};
use vestry_rt::MAX_INPUTS;

/// Most tracks of a folder: those of all strips and a stereo mix.
const MOST_TRACKS: usize = MAX_INPUTS + 2;

/// What is played of a folder. Frames are its own, counted from the first of its first file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Multitrack {
    /// Frames a second, of all of its files.
    pub rate: u32,
    /// Length of the longest track.
    pub frames: u64,
    /// 1..=34 of them, in their order.
    pub tracks: Vec<Track>,
    /// The files.
    pub files: Vec<TrackFile>,
    /// Frame and text of each marker.
    pub markers: Vec<(u64, String)>,
    /// What is not as it should be, one line each.
    pub notes: Vec<String>,
}

/// One channel to be played.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Track {
    /// What it is called.
    pub name: String,
    /// The input that it is of, from 1; none where nothing tells.
    pub input: Option<usize>,
}

/// A file, or a part of one that was split.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrackFile {
    /// Where it is.
    pub path: PathBuf,
    /// How samples lie in it.
    pub coding: Coding,
    /// The byte with which sound begins.
    pub start: u64,
    /// Its frames.
    pub frames: u64,
    /// The folder's frame that its first one is.
    pub at: u64,
    /// The track that each of its channels is; none for one that is not played.
    pub tracks: Vec<Option<usize>>,
}

/// Why a folder cannot be played.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// It is not there, or its medium failed.
    #[error("{folder} cannot be read: {reason}")]
    Folder {
        /// Which.
        folder: String,
        /// The system's reason.
        reason: String,
    },
    /// Its `take.json` is none.
    #[error("{0}")]
    Manifest(String),
    /// There is nothing in it to be played; with the reasons of its files.
    #[error("{folder} has no wave file that can be played{reasons}")]
    Nothing {
        /// Which.
        folder: String,
        /// `: ` and what is wrong with each file, if there is any.
        reasons: String,
    },
    /// Its files do not go together.
    #[error("{file} has {has} frames a second, {first} has {rate}; all files of a folder must have the same")]
    Rates {
        /// The file.
        file: String,
        /// Its rate.
        has: u32,
        /// The first file.
        first: String,
        /// Its rate.
        rate: u32,
    },
    /// More than strips and a mix.
    #[error("{folder} has {tracks} tracks; must have 1..{MOST_TRACKS}")]
    Tracks {
        /// Which.
        folder: String,
        /// How many.
        tracks: usize,
    },
}

/// Opens a folder. What is wrong with some of its files is a note, and the others are played.
///
/// # Errors
/// Nothing of it can be played.
pub fn open(storage: &dyn Storage, folder: &Path) -> Result<Multitrack, OpenError> {
    let called = folder.display().to_string();
    let entries = storage
        .list(folder)
        .map_err(|error| OpenError::Folder { folder: called.clone(), reason: error.to_string() })?;
    let read = if entries.iter().any(|entry| entry.name == FILE && !entry.is_dir) {
        own::open(storage, folder, &entries)?
    } else {
        foreign::open(storage, folder, &entries)?
    };
    match read.tracks.len() {
        _ if read.frames == 0 => Err(nothing(folder, &read.notes)),
        1..=MOST_TRACKS => Ok(read),
        tracks => Err(OpenError::Tracks { folder: called, tracks }),
    }
}

fn nothing(folder: &Path, notes: &[String]) -> OpenError {
    let reasons = if notes.is_empty() { String::new() } else { format!(": {}", notes.join("; ")) };
    OpenError::Nothing { folder: folder.display().to_string(), reasons }
}

/// What sound a file of a folder has; what is wrong with it goes to the notes.
fn sound(
    storage: &dyn Storage,
    (folder, entries): (&Path, &[Entry]),
    name: &str,
    notes: &mut Vec<String>,
) -> Option<AnySound> {
    // One without bytes is not opened: to open a pipe is to wait for its other end.
    let open = || match entries.iter().find(|entry| entry.name == name && !entry.is_dir) {
        None => Err(AnyFault::Read("there is no such file".into())),
        Some(Entry { bytes: 0, .. }) => Err(AnyFault::Empty),
        Some(_) => storage.open(&folder.join(name)).map_err(|error| AnyFault::Read(error.to_string())),
    };
    match open().and_then(|file| any::read(&*file)) {
        Ok(sound) => {
            if sound.missing > 0 {
                notes.push(format!("{name} is cut off: {} frames of it are missing", sound.missing));
            }
            Some(sound)
        }
        Err(fault) => {
            notes.push(format!("{name} {fault}"));
            None
        }
    }
}

#[cfg(test)]
mod tests;
