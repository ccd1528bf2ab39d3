//! Takes that one medium lacks, copied from the other (`vestry sync`). Nothing is overwritten and nothing deleted; a copy
//! that is cut short is made anew.
//!
//! Runs on: main.
mod copy;
mod plan;

use super::error::{Context, RecordError};
use super::manifest::{Manifest, TakeState};
use super::naming::take_number;
use super::retention::{self, Gone};
use super::storage::Storage;
use super::verify;
use plan::Known;
use std::path::{Path, PathBuf};

/// What became of a take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The other medium has all of it, in the take of that name.
    There(String),
    /// It was copied and checked; under that name.
    Copied(String),
    /// Retention deleted it on the other medium, where it had that name; so it is not brought back.
    Deleted(String),
    /// It is being recorded, or waits to be repaired by the box at its next start.
    Open,
    /// It was not copied: it is damaged, or one of the media does not do its part.
    Failed(String),
}

/// A take in one direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Name of its folder.
    pub take: String,
    /// Where it was to go.
    pub to: PathBuf,
    /// What became of it.
    pub outcome: Outcome,
}

/// Copies the takes of `from` that `to` lacks, oldest first, as long as `min_free` bytes stay free there.
///
/// A take is there if a take of the same run of the box covers its frames and lost no more of them; one that a fault ended
/// counts only if its checksums are right. So a broken copy is never taken for a whole one. One that retention deleted there to
/// make room stays away; one that a person removed is copied.
///
/// Errors: a folder that cannot be listed, or a journal of retention that cannot be read. What goes wrong with a take is in its row.
pub fn sync(storage: &dyn Storage, from: &Path, to: &Path, min_free: u64) -> Result<Vec<Row>, RecordError> {
    let mut there: Vec<Known> = known(storage, to)?.into_iter().filter_map(|(_, known)| known.ok()).collect();
    let gone = retention::gone(storage, to)?;
    let mut rows = Vec::new();
    for (take, known) in known(storage, from)? {
        let outcome = match known {
            Err(error) => Outcome::Failed(error.to_string()),
            Ok(known) => one(storage, (from, to), (known, &mut there, &gone), min_free),
        };
        rows.push(Row { take, to: to.into(), outcome });
    }
    Ok(rows)
}

/// A take's name and what is known of it.
type Read = (String, Result<Known, RecordError>);

/// The takes of a folder by number. An empty folder is what a power cut leaves of a take that had not begun.
fn known(storage: &dyn Storage, dir: &Path) -> Result<Vec<Read>, RecordError> {
    let folders = storage.list(dir).at("list", dir)?.into_iter().filter(|entry| entry.is_dir);
    let mut names: Vec<_> =
        folders.filter_map(|entry| Some((take_number(&entry.name)?, entry.name))).collect();
    names.sort();
    names.retain(|(_, name)| !storage.list(&dir.join(name)).is_ok_and(|files| files.is_empty()));
    let read = |(_, name): (u64, String)| {
        let known = Manifest::read(storage, &dir.join(&name)).map(|manifest| Known::new(&name, manifest));
        (name, known)
    };
    Ok(names.into_iter().map(read).collect())
}

fn one(
    storage: &dyn Storage,
    (from, to): (&Path, &Path),
    (take, there, gone): (Known, &mut Vec<Known>, &[Gone]),
    min_free: u64,
) -> Outcome {
    if take.manifest.state == TakeState::Recording {
        return Outcome::Open;
    }
    while let Some(at) = there.iter().position(|other| other.holds(&take)) {
        let Some(held) = there.get(at) else { break };
        if !held.is_doubtful() || is_good(storage, &to.join(&held.name)).is_ok() {
            return Outcome::There(held.name.clone());
        }
        there.remove(at);
    }
    if let Some(gone) = gone.iter().find(|gone| gone.sound.covers(&take.stretch())) {
        return Outcome::Deleted(gone.name.clone());
    }
    match is_good(storage, &from.join(&take.name))
        .and_then(|()| copy::copy(storage, (from, to), &take, min_free).map_err(|error| error.to_string()))
    {
        Ok(manifest) => {
            let name = manifest.name.clone();
            there.push(Known::new(&name, manifest));
            Outcome::Copied(name)
        }
        Err(why) => Outcome::Failed(why),
    }
}

/// Reads all of a take; the first thing that is wrong with it.
fn is_good(storage: &dyn Storage, folder: &Path) -> Result<(), String> {
    let report = verify::verify(storage, folder).map_err(|error| error.to_string())?;
    report.findings.first().map_or(Ok(()), |finding| Err(format!("damaged: {finding}")))
}

/// The rows as a table with a heading; one line says so when there is none.
pub fn table(rows: &[Row]) -> String {
    if rows.is_empty() {
        return "no takes\n".into();
    }
    let width = rows.iter().map(|row| row.take.chars().count()).max().unwrap_or(4).max(4);
    let wide = rows.iter().map(|row| row.to.display().to_string().chars().count()).max().unwrap_or(2).max(2);
    let mut text = format!("{:width$}  {:wide$}  outcome\n", "take", "to");
    for Row { take, to, outcome } in rows {
        let outcome = match outcome {
            Outcome::There(name) => format!("there as {name}"),
            Outcome::Copied(name) => format!("copied as {name}"),
            Outcome::Deleted(name) => format!("left out: retention deleted it there, as {name}"),
            Outcome::Open => "open: being recorded, or to be repaired by the box at its next start".into(),
            Outcome::Failed(why) => format!("FAILED {why}"),
        };
        text.push_str(&format!("{take:width$}  {:wide$}  {outcome}\n", to.display().to_string()));
    }
    text
}

/// Whether nothing failed.
pub fn is_complete(rows: &[Row]) -> bool {
    rows.iter().all(|row| !matches!(row.outcome, Outcome::Failed(_)))
}
