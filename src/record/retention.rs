//! Makes room: the oldest take that may go, goes. Off unless it is asked for.
//!
//! A take goes by another name first, durably, and its files after it. So a power cut leaves a take that is whole, or a folder
//! that is no take any more and is cleared at the next start.
//!
//! Runs on: repair.
use super::clock::WallTime;
use super::durable::sync_together;
use super::error::{Context, RecordError};
use super::manifest::{FILE, Manifest, TEMPORARY, TakeState};
use super::protect::is_protected;
use super::storage::{Entry, Storage};
use super::{journal, list, naming};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// The journal of what went, in the recordings folder.
pub const JOURNAL: &str = "retention.jsonl";
/// What is added to the name of a take that goes.
pub const GOING: &str = ".deleting";

/// The oldest take in `dir` that may go; none where none may. Age goes by number, whatever the clock said.
///
/// A take stays while it is open or was not repaired, while it is protected, while its folder holds anything that is not of
/// the take (somebody works in it), and while there is none with a higher number.
pub fn oldest(storage: &dyn Storage, dir: &Path) -> Option<PathBuf> {
    let mut takes = list::names(storage, dir);
    takes.pop();
    takes.into_iter().map(|name| dir.join(name)).find(|take| may_go(storage, take))
}

fn may_go(storage: &dyn Storage, take: &Path) -> bool {
    let (Ok(entries), Ok(manifest)) = (storage.list(take), Manifest::read(storage, take)) else {
        return false;
    };
    manifest.state != TakeState::Recording && entries.iter().all(|entry| is_of(entry, &manifest))
}

/// Whether an entry is of the take and does not protect it.
fn is_of(entry: &Entry, manifest: &Manifest) -> bool {
    let mut parts = manifest.tracks.iter().flat_map(|track| &track.parts);
    let name = entry.name.as_str();
    !entry.is_dir && (name == FILE || TEMPORARY.contains(&name) || parts.any(|part| part.file == name))
}

#[derive(Serialize)]
struct Line<'a> {
    at: String,
    deleted: &'a str,
    bytes: u64,
}

/// Deletes the take in `folder`; how many bytes its files had. None where it was protected meanwhile: then it stays.
pub fn delete(storage: &dyn Storage, folder: &Path, now: &WallTime) -> Result<Option<u64>, RecordError> {
    let Some((dir, name)) = parts(folder) else { return Ok(None) };
    let going = dir.join(format!("{name}{GOING}"));
    storage.rename(folder, &going).at("rename", folder)?;
    if is_protected(storage, &going) {
        storage.rename(&going, folder).at("rename", &going)?;
        return Ok(None);
    }
    storage.sync_dir(dir).at("sync", dir)?;
    clear(storage, &going, now).map(Some)
}

/// Ends what a power cut interrupted. One that was protected at the last moment gets its name back.
pub fn finish(storage: &dyn Storage, dir: &Path, now: &WallTime) -> Result<(), RecordError> {
    for entry in storage.list(dir).at("list", dir)? {
        let Some(name) = entry.name.strip_suffix(GOING).filter(|_| entry.is_dir) else { continue };
        let going = dir.join(&entry.name);
        if naming::take_number(name).is_none() {
            continue;
        }
        if is_protected(storage, &going) && storage.open(&going.join(FILE)).is_ok() {
            storage.rename(&going, &dir.join(name)).at("rename", &going)?;
            storage.sync_dir(dir).at("sync", dir)?;
        } else {
            clear(storage, &going, now)?;
        }
    }
    Ok(())
}

/// Writes the journal, then removes the files, then the folder. A medium without room for the journal gets it after them.
fn clear(storage: &dyn Storage, going: &Path, now: &WallTime) -> Result<u64, RecordError> {
    let Some((dir, name)) = parts(going) else { return Ok(0) };
    let entries = storage.list(going).at("list", going)?;
    let bytes = entries.iter().map(|entry| entry.bytes).sum();
    let line = Line { at: now.text(), deleted: name.trim_end_matches(GOING), bytes };
    let noted = note(storage, dir, &line);
    // The manifest goes last, so that what is left can be told for a take until then.
    let (last, files): (Vec<_>, Vec<_>) = entries.iter().partition(|entry| entry.name == FILE);
    for entry in files.into_iter().chain(last) {
        let path = going.join(&entry.name);
        storage.remove(&path).at("remove", &path)?;
    }
    storage.remove_dir(going).at("remove", going)?;
    storage.sync_dir(dir).at("sync", dir)?;
    noted.or_else(|_| note(storage, dir, &line))?;
    Ok(bytes)
}

fn note(storage: &dyn Storage, dir: &Path, line: &Line<'_>) -> Result<(), RecordError> {
    let (path, mut file) = journal::append(storage, dir, JOURNAL, line)?;
    sync_together([(path.as_path(), &mut *file)])?;
    storage.sync_dir(dir).at("sync", dir)
}

fn parts(folder: &Path) -> Option<(&Path, &str)> {
    Some((folder.parent()?, folder.file_name()?.to_str()?))
}
