//! Journals of what was done to takes, a JSON object a line: `recovery.jsonl` and `retention.jsonl`.
//!
//! Runs on: repair, main (`lines`).
use super::durable::create_or_edit;
use super::error::{Context, RecordError};
use super::manifest::json_line;
use super::storage::{Storage, StorageFile};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// So much of the end of a journal is read back: tens of thousands of lines.
const LONGEST: u64 = 16 << 20;

/// Appends `entry` to the journal `name` in `dir`, on a line of its own even after a torn one; not durable yet.
pub fn append<T: Serialize>(
    storage: &dyn Storage,
    dir: &Path,
    name: &str,
    entry: &T,
) -> Result<(PathBuf, Box<dyn StorageFile>), RecordError> {
    let path = dir.join(name);
    let mut file = create_or_edit(storage, &path).at("open", &path)?;
    let length = file.length().at("read", &path)?;
    let mut last = [b'\n'];
    if length > 0 {
        file.read_at(length - 1, &mut last).at("read", &path)?;
    }
    let mut line = if last == [b'\n'] { String::new() } else { "\n".into() };
    line.push_str(&json_line(entry));
    file.write_at(length, line.as_bytes()).at("write", &path)?;
    Ok((path, file))
}

/// The entries of the journal `name` in `dir`, oldest first; what is torn or of another kind is left out. None where there is no
/// journal.
pub fn lines<T: DeserializeOwned>(
    storage: &dyn Storage,
    dir: &Path,
    name: &str,
) -> Result<Vec<T>, RecordError> {
    let path = dir.join(name);
    let file = match storage.open(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        file => file.at("open", &path)?,
    };
    let length = file.length().at("read", &path)?;
    let mut bytes = vec![0; length.min(LONGEST) as usize];
    let read = file.read_at(length.saturating_sub(LONGEST), &mut bytes).at("read", &path)?;
    bytes.truncate(read);
    Ok(bytes.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect())
}
