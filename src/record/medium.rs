//! Is the recordings folder fit to record in? Asked before anything is made there.
//!
//! Runs on: main, writer.
use super::error::{Context, RecordError};
use super::naming;
use super::settings::RecordSettings;
use super::storage::Storage;
use std::io::ErrorKind;

/// Makes the folder if need be, then checks that it can be listed and written and has room. On an error a folder that
/// was made is taken away again.
pub fn probe(storage: &dyn Storage, settings: &RecordSettings) -> Result<(), RecordError> {
    let dir = &settings.dir;
    let made = match storage.create_dir(dir) {
        Ok(()) => true,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => false,
        Err(error) => return Err(error).at("create recordings folder", dir),
    };
    let fit = room(storage, settings).and_then(|_| {
        let last = naming::last_number(storage, dir)?;
        naming::stage_counter(storage, dir, last)?.discard(storage)
    });
    if fit.is_err() && made {
        let _ = storage.remove_dir(dir);
    }
    fit
}

/// Bytes free in the recordings folder; an error where that is less than asked for.
pub fn room(storage: &dyn Storage, settings: &RecordSettings) -> Result<u64, RecordError> {
    let dir = &settings.dir;
    let free = storage.free_bytes(dir).at("ask for the free space of", dir)?;
    let need = settings.min_free_bytes;
    if free < need { Err(RecordError::Full { path: dir.clone(), free, need }) } else { Ok(free) }
}
