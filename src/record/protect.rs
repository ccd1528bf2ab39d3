//! Takes that retention never touches, however full the medium is.
//!
//! A file in the take's folder says so: it needs no other file to be written anew, so it is as safe as a take gets, and a
//! person can make and remove it, on any computer.
//!
//! Runs on: repair, main.
use super::error::{Context, RecordError};
use super::manifest::FILE;
use super::storage::Storage;
use std::io::ErrorKind;
use std::path::Path;

/// The file that says it.
pub const MARK: &str = "protected";

/// Whether the take in `folder` is protected; also where that cannot be found out.
pub fn is_protected(storage: &dyn Storage, folder: &Path) -> bool {
    storage.list(folder).map_or(true, |entries| entries.iter().any(|entry| entry.name == MARK))
}

/// Protects the take in `folder`, or no longer; durable when it returns. What is as wanted already stays as it is.
///
/// Errors: `folder` is no take, or cannot be written.
pub fn protect(storage: &dyn Storage, folder: &Path, on: bool) -> Result<(), RecordError> {
    if storage.open(&folder.join(FILE)).is_err() {
        return Err(RecordError::NotATake { path: folder.to_path_buf() });
    }
    let mark = folder.join(MARK);
    let (done, what, as_wanted) = match on {
        true => (storage.create(&mark).map(drop), "create", ErrorKind::AlreadyExists),
        false => (storage.remove(&mark), "remove", ErrorKind::NotFound),
    };
    match done {
        Err(error) if error.kind() == as_wanted => {}
        other => other.at(what, &mark)?,
    }
    storage.sync_dir(folder).at("sync", folder)
}
