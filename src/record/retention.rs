//! Makes room: the oldest take that may go, goes. Off unless it is asked for.
//!
//! A take goes by another name first, durably, and its files after it. So a power cut leaves a take that is whole, or a folder
//! that is no take any more and is cleared at the next start.
//!
//! Runs on: repair, main (`gone`).
use super::clock::WallTime;
use super::durable::sync_together;
use super::error::{Context, RecordError};
use super::manifest::{FILE, Manifest, TEMPORARY, TakeState};
use super::protect::is_protected;
use super::storage::{Entry, Storage};
use super::stretch::Stretch;
use super::{journal, list, naming};
use serde::{Deserialize, Serialize};
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
    oldest_that(storage, dir, |_| true)
}

/// The same of those that `may` go.
pub fn oldest_that(storage: &dyn Storage, dir: &Path, may: impl Fn(&str) -> bool) -> Option<PathBuf> {
    let mut takes = list::names(storage, dir);
    takes.pop();
    let takes = takes.into_iter().filter(|name| may(name)).map(|name| dir.join(name));
    takes.into_iter().find(|take| may_go(storage, take))
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

/// A line of the journal.
#[derive(Serialize, Deserialize)]
struct Line {
    at: String,
    deleted: String,
    bytes: u64,
    /// What was in it, so that nobody brings it back; none where its manifest could not be read.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    sound: Option<Stretch>,
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

/// A take that retention deleted: its name, and what it held.
pub struct Gone {
    /// Name of its folder.
    pub name: String,
    /// What it held.
    pub sound: Stretch,
}

/// What retention has deleted in `dir`, and what a power cut kept it from deleting altogether.
///
/// Errors: a journal that is there and cannot be read.
pub fn gone(storage: &dyn Storage, dir: &Path) -> Result<Vec<Gone>, RecordError> {
    let lines = journal::lines(storage, dir, JOURNAL)?.into_iter();
    let noted = lines.filter_map(|line: Line| Some(Gone { name: line.deleted, sound: line.sound? }));
    let folders = storage.list(dir).at("list", dir)?.into_iter().filter(|entry| entry.is_dir);
    let going = folders.filter_map(|entry| {
        let name = entry.name.strip_suffix(GOING)?.to_owned();
        let manifest = Manifest::read(storage, &dir.join(&entry.name)).ok()?;
        Some(Gone { name, sound: Stretch::of(&manifest) })
    });
    Ok(noted.chain(going).collect())
}

/// Writes the journal, then removes the files, then the folder. A medium without room for the journal has it after the sound has
/// gone, and before the manifest does, which knows what there was.
fn clear(storage: &dyn Storage, going: &Path, now: &WallTime) -> Result<u64, RecordError> {
    let Some((dir, name)) = parts(going) else { return Ok(0) };
    let entries = storage.list(going).at("list", going)?;
    let bytes = entries.iter().map(|entry| entry.bytes).sum();
    let sound = Manifest::read(storage, going).ok().map(|manifest| Stretch::of(&manifest));
    let line = Line { at: now.text(), deleted: name.trim_end_matches(GOING).into(), bytes, sound };
    let noted = note(storage, dir, &line);
    // The manifest goes last, so that what is left can be told for a take until then.
    let (last, files): (Vec<_>, Vec<_>) = entries.iter().partition(|entry| entry.name == FILE);
    let remove = |entry: &Entry| {
        let path = going.join(&entry.name);
        storage.remove(&path).at("remove", &path)
    };
    files.into_iter().try_for_each(remove)?;
    noted.or_else(|_| note(storage, dir, &line))?;
    last.into_iter().try_for_each(remove)?;
    storage.remove_dir(going).at("remove", going)?;
    storage.sync_dir(dir).at("sync", dir)?;
    Ok(bytes)
}

fn note(storage: &dyn Storage, dir: &Path, line: &Line) -> Result<(), RecordError> {
    let (path, mut file) = journal::append(storage, dir, JOURNAL, line)?;
    sync_together([(path.as_path(), &mut *file)])?;
    storage.sync_dir(dir).at("sync", dir)
}

fn parts(folder: &Path) -> Option<(&Path, &str)> {
    Some((folder.parent()?, folder.file_name()?.to_str()?))
}
