//! Repairs takes that a power cut, or a medium that was taken out, left open. Nothing is ever deleted; a repair that is cut short is done again, with the
//! same result.
//!
//! Runs on: repair.
pub mod file;
pub mod plan;
mod rebuild;

use super::clock::WallTime;
use super::durable::{commit, sync_together};
use super::error::{Context, RecordError};
use super::manifest::{
    FILE, Manifest, PartEntry, RepairEntry, TEMPORARY, TakeState, UNREADABLE, forget_temporaries,
};
use super::naming::{part_file, split_part};
use super::status::RecordEvent;
use super::storage::{Storage, StorageFile};
use super::{journal, list};
use file::Repair;
use plan::Plan;
use std::path::{Path, PathBuf};

/// The journal of repairs in the recordings folder, a JSON object a line.
pub const JOURNAL: &str = "recovery.jsonl";
/// Most files that are repaired at once: far below what a process may have open.
const OPEN: usize = 64;

/// The takes in `dir`, by number.
pub fn folders(storage: &dyn Storage, dir: &Path) -> Result<Vec<PathBuf>, RecordError> {
    Ok(list::try_names(storage, dir)?.into_iter().map(|name| dir.join(name)).collect())
}

/// Repairs every orphaned take of `takes`, none of which may be open. One that cannot be repaired stays as it is and does
/// not keep others from it.
pub fn repair_all(
    storage: &dyn Storage,
    takes: Vec<PathBuf>,
    now: &WallTime,
    limit: u64,
    mut tell: impl FnMut(RecordEvent),
) {
    for path in takes {
        match repair(storage, &path, now, limit) {
            Ok(None) => {}
            Ok(Some(notes)) => tell(RecordEvent::Repaired { path, note: notes.join("; ") }),
            Err(error) => tell(RecordEvent::RepairFailed { path, reason: error.to_string() }),
        }
    }
}

/// Repairs the take in `folder` if it was left open; what was done, none where nothing had to be.
pub fn repair(
    storage: &dyn Storage,
    folder: &Path,
    now: &WallTime,
    limit: u64,
) -> Result<Option<Vec<String>>, RecordError> {
    let mut files: Vec<String> =
        storage.list(folder).at("list", folder)?.into_iter().map(|entry| entry.name).collect();
    files.retain(|name| split_part(name).is_some());
    let mut notes = Vec::new();
    let Some(mut manifest) = manifest_of(storage, folder, &files, &mut notes)? else { return Ok(None) };
    find_parts(&mut manifest, &files);
    let plans = measure(storage, folder, &mut manifest)?;
    trim(&mut manifest);
    rewrite_all(storage, folder, (&mut manifest, plans), limit, &mut notes)?;
    manifest.state = TakeState::Repaired;
    manifest.repairs.push(RepairEntry { at: now.text(), notes: notes.clone() });
    let take = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let line = Line { at: now.text(), take, notes: &notes };
    let journal = journal::append(storage, folder.parent().unwrap_or(folder), JOURNAL, &line)?;
    settle(storage, folder, &manifest, journal)?;
    Ok(Some(notes))
}

/// The manifest of a take that needs repair, rebuilt if need be; none where the take is closed or is nothing at all.
fn manifest_of(
    storage: &dyn Storage,
    folder: &Path,
    files: &[String],
    notes: &mut Vec<String>,
) -> Result<Option<Manifest>, RecordError> {
    let manifest = match Manifest::read(storage, folder) {
        Ok(manifest) => return Ok((manifest.state == TakeState::Recording).then_some(manifest)),
        Err(RecordError::Manifest { reason, .. }) => {
            let made = rebuild::rebuild(storage, folder, files)?;
            if made.is_some() {
                let kept = set_aside(storage, folder)?;
                notes.push(format!(
                    "{FILE} was unreadable ({reason}): kept as {kept}, made anew from the wave files"
                ));
            }
            made
        }
        Err(RecordError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
            notes.push(format!("{FILE} was missing and is made anew from the wave files"));
            rebuild::rebuild(storage, folder, files)?
        }
        Err(error) => return Err(error),
    };
    Ok(manifest)
}

/// Gives an unreadable manifest another name, under which people may still make sense of it.
fn set_aside(storage: &dyn Storage, folder: &Path) -> Result<String, RecordError> {
    let names: Vec<String> =
        storage.list(folder).at("list", folder)?.into_iter().map(|entry| entry.name).collect();
    let candidates = (2..).map(|number: u64| format!("{UNREADABLE}.{number}"));
    let free = std::iter::once(UNREADABLE.to_owned()).chain(candidates).find(|name| !names.contains(name));
    let name = free.unwrap_or_else(|| UNREADABLE.into());
    storage.rename(&folder.join(FILE), &folder.join(&name)).at("rename", &folder.join(FILE))?;
    Ok(name)
}

/// Adds parts that a split had begun before the manifest knew.
fn find_parts(manifest: &mut Manifest, files: &[String]) {
    for track in &mut manifest.tracks {
        let mut number =
            track.parts.last().and_then(|part| split_part(&part.file)).map_or(1, |(_, part)| part + 1);
        while files.contains(&part_file(&track.stem, number)) {
            let file = part_file(&track.stem, number);
            track.parts.push(PartEntry { file, start: 0, frames: None, crc32: None });
            number += 1;
        }
    }
}

type Plans = Vec<Vec<Option<Plan>>>;

/// Judges every file and sets where parts begin and how long they are. A file that is missing keeps its entry, with no
/// frames.
fn measure(storage: &dyn Storage, folder: &Path, manifest: &mut Manifest) -> Result<Plans, RecordError> {
    let mut plans = Vec::new();
    let time_reference = manifest.time_reference;
    for place in 0..manifest.tracks.len() {
        let Some(spec) = manifest.tracks.get(place).map(|track| manifest.spec(track)) else { break };
        let Some(track) = manifest.tracks.get_mut(place) else { break };
        let mut of_track = Vec::new();
        let mut end = 0;
        for (number, part) in track.parts.iter_mut().enumerate() {
            let plan = match file::judge(storage, &folder.join(&part.file), Some(spec)) {
                Err(RecordError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => None,
                other => other?,
            };
            if part.start == 0 && number > 0 {
                let told = plan.as_ref().and_then(|plan| plan.info.as_ref()?.bext.as_ref());
                let told = told.and_then(|bext| bext.time_reference.checked_sub(time_reference));
                part.start = told.filter(|start| *start >= end).unwrap_or(end);
            }
            let frames = plan.as_ref().map_or(0, |plan| plan.data / spec.frame_bytes());
            end = part.start.saturating_add(frames);
            of_track.push(plan);
            part.frames = Some(frames);
        }
        plans.push(of_track);
    }
    Ok(plans)
}

/// Sets the take's length and forgets markers and gaps that lie beyond it.
fn trim(manifest: &mut Manifest) {
    let parts = manifest.tracks.iter().flat_map(|track| &track.parts);
    let end = parts.map(|part| part.start.saturating_add(part.frames.unwrap_or(0))).max().unwrap_or(0);
    manifest.frames = Some(end);
    manifest.closed = Some("power cut, or medium taken out".into());
    manifest.markers.retain(|marker| marker.position <= end);
    manifest.gaps.retain(|gap| gap.position < end);
    for gap in &mut manifest.gaps {
        gap.frames = gap.frames.min(end - gap.position);
    }
}

/// Closes all files, so many at a time as may well be open at once.
fn rewrite_all(
    storage: &dyn Storage,
    folder: &Path,
    (manifest, plans): (&mut Manifest, Plans),
    limit: u64,
    notes: &mut Vec<String>,
) -> Result<(), RecordError> {
    let mut open = Vec::new();
    for (place, of_track) in plans.into_iter().enumerate() {
        for (number, plan) in of_track.into_iter().enumerate() {
            let Some(track) = manifest.tracks.get(place) else { break };
            let Some(part) = track.parts.get(number) else { break };
            let Some(plan) = plan else {
                notes.push(format!("{}: missing", part.file));
                continue;
            };
            notes.push(note(part, &plan));
            let about = (&*manifest, track, part.start);
            let (file, crc) = Repair::prepare(storage, folder.join(&part.file), about, &plan, limit)?;
            open.push(file);
            if let Some(part) = manifest.tracks.get_mut(place).and_then(|track| track.parts.get_mut(number)) {
                part.crc32 = Some(format!("{crc:08x}"));
            }
            if open.len() == OPEN {
                file::rewrite(&mut std::mem::take(&mut open))?;
            }
        }
    }
    file::rewrite(&mut open)
}

fn note(part: &PartEntry, plan: &Plan) -> String {
    let frame = plan.spec.frame_bytes();
    let after = (plan.data - plan.vouched.min(plan.data)) / frame;
    format!("{}: {} frames kept, {after} of them after the last confirmed sync", part.file, plan.data / frame)
}

#[derive(serde::Serialize)]
struct Line<'a> {
    at: String,
    take: &'a str,
    notes: &'a [String],
}

/// The journal is durable before the manifest says that nothing is left to do.
fn settle(
    storage: &dyn Storage,
    folder: &Path,
    manifest: &Manifest,
    (path, mut journal): (PathBuf, Box<dyn StorageFile>),
) -> Result<(), RecordError> {
    let mut staged = manifest.stage(storage, folder, TEMPORARY[0])?;
    sync_together([(path.as_path(), &mut *journal), staged.syncing()])?;
    let dir = folder.parent().unwrap_or(folder);
    storage.sync_dir(dir).at("sync", dir)?;
    commit(storage, [staged])?;
    forget_temporaries(storage, folder);
    Ok(())
}
