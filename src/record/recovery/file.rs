//! Puts one file right.
//!
//! Runs on: writer.
use super::plan::{Plan, plan};
use crate::record::error::{Context, RecordError};
use crate::record::header;
use crate::record::manifest::{Manifest, TrackEntry};
use crate::record::storage::{Storage, StorageFile};
use crate::record::wave::header::Sizes;
use crate::record::wave::{DATA_START, Spec};
use crc32fast::Hasher;
use std::path::Path;

/// Bytes read at once.
const PIECE: usize = 1 << 20;

/// Judges a file on the medium.
pub fn judge(storage: &dyn Storage, path: &Path, known: Option<Spec>) -> Result<Option<Plan>, RecordError> {
    let file = storage.open(path).at("open", path)?;
    let mut prefix = vec![0; DATA_START as usize];
    let read = file.read_at(0, &mut prefix).at("read", path)?;
    prefix.truncate(read);
    Ok(plan(&prefix, file.length().at("read", path)?, known))
}

/// Checksum of `data` bytes of sound, read from where `known` (sum, bytes) ends.
pub fn checksum(file: &dyn StorageFile, data: u64, known: Option<(u32, u64)>) -> std::io::Result<u32> {
    let (sum, mut at) = known.unwrap_or((0, 0));
    let mut hasher = Hasher::new_with_initial_len(sum, at);
    let mut piece = vec![0; PIECE];
    while at < data {
        let most = (data - at).min(PIECE as u64) as usize;
        let read = file.read_at(DATA_START + at, piece.get_mut(..most).unwrap_or(&mut []))?;
        if read == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        hasher.update(piece.get(..read).unwrap_or(&[]));
        at += read as u64;
    }
    Ok(hasher.finalize())
}

/// Cuts a file to the sound in `plan`, gives it a new header and tail, and returns its checksum.
///
/// In the order of a normal close, so that a power cut at any point leaves a file that is judged the same again.
pub fn rewrite(
    storage: &dyn Storage,
    path: &Path,
    (manifest, track, start): (&Manifest, &TrackEntry, u64),
    plan: &Plan,
    limit: u64,
) -> Result<u32, RecordError> {
    let mut file = storage.edit(path).at("open", path)?;
    let crc = checksum(&*file, plan.data, plan.checksum).at("read", path)?;
    let tail = header::tail(manifest, track, start, plan.data);
    let sizes = Sizes { data: plan.data, tail: tail.len() as u64, crc };
    let bytes = header::bytes(manifest, track, start, sizes, limit);
    let end = DATA_START + plan.data;
    file.set_len(end).at("cut", path)?;
    file.sync_data().at("sync", path)?;
    file.write_at(0, &bytes).at("write", path)?;
    file.sync_data().at("sync", path)?;
    file.write_at(end, &tail).at("write", path)?;
    file.sync_data().at("sync", path)?;
    Ok(crc)
}
