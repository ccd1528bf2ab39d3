//! Journals of what was done to takes, a JSON object a line: `recovery.jsonl` and `retention.jsonl`.
//!
//! Runs on: repair.
use super::durable::create_or_edit;
use super::error::{Context, RecordError};
use super::manifest::json_line;
use super::storage::{Storage, StorageFile};
use serde::Serialize;
use std::path::{Path, PathBuf};

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
