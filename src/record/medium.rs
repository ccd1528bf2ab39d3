//! Is the recordings folder fit to record in? Asked before anything is made there.
//!
//! Runs on: main, writer.
use super::error::{Context, RecordError};
use super::naming;
use super::settings::RecordSettings;
use super::storage::Storage;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Makes the folder if need be, then checks that it can be listed and written and has room. On an error a folder that
/// was made is taken away again.
pub fn probe(storage: &dyn Storage, settings: &RecordSettings) -> Result<(), RecordError> {
    let dir = &settings.dir;
    apart(storage, dir, &settings.apart_from)?;
    let made = match storage.create_dir(dir) {
        Ok(()) => true,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => false,
        Err(error) => return Err(error).at("create recordings folder", dir),
    };
    // Retention makes room, once the box runs.
    let roomy = if settings.retention.is_some() { Ok(0) } else { room(storage, settings) };
    let fit = roomy.and_then(|_| {
        let last = naming::last_number(storage, dir)?;
        naming::stage_counter(storage, dir, last)?.discard(storage)
    });
    if fit.is_err() && made {
        let _ = storage.remove_dir(dir);
    }
    fit
}

/// An error where the folder, or its parent while it is to be made, is on a medium that it must be apart from. The folder
/// that a medium is mounted on stays when that is out; what is recorded there would fill the wrong medium, unseen.
pub fn apart(storage: &dyn Storage, dir: &Path, others: &[PathBuf]) -> Result<(), RecordError> {
    if others.is_empty() {
        return Ok(());
    }
    let own = match storage.medium(dir) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            storage.medium(parent(dir)).at("create recordings folder", dir)?
        }
        other => other.at("look at", dir)?,
    };
    // Another one that is not there shares nothing.
    let shared = |other: &&PathBuf| storage.medium(other).is_ok_and(|other| other == own);
    match others.iter().find(shared) {
        Some(other) => Err(RecordError::NotApart { path: dir.into(), other: other.clone() }),
        None => Ok(()),
    }
}

/// Where the folder is or would be made.
pub fn parent(dir: &Path) -> &Path {
    dir.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Frames of the longest part, of which each file fits the medium.
pub fn part(storage: &dyn Storage, settings: &RecordSettings) -> Result<Option<u64>, RecordError> {
    let largest = storage.largest_file(&settings.dir).at("ask what files fit", &settings.dir)?;
    Ok(settings.part(largest))
}

/// Bytes free in the recordings folder; an error where that is less than asked for.
pub fn room(storage: &dyn Storage, settings: &RecordSettings) -> Result<u64, RecordError> {
    let dir = &settings.dir;
    let free = storage.free_bytes(dir).at("ask for the free space of", dir)?;
    let need = settings.min_free_bytes;
    if free < need { Err(RecordError::Full { path: dir.clone(), free, need }) } else { Ok(free) }
}
