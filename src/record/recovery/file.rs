//! Puts files right.
//!
//! Runs on: repair, main (`checksum`).
use super::plan::{Plan, plan};
use crate::record::durable::{Syncing, sync_together};
use crate::record::error::{Context, RecordError};
use crate::record::header;
use crate::record::manifest::{Manifest, TrackEntry};
use crate::record::storage::{Storage, StorageFile};
use crate::record::wave::header::Sizes;
use crate::record::wave::{DATA_START, Spec};
use crc32fast::Hasher;
use std::path::{Path, PathBuf};

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

/// A file that is to be closed as a take closes its own.
pub struct Repair {
    file: Box<dyn StorageFile>,
    path: PathBuf,
    header: Vec<u8>,
    tail: Vec<u8>,
    /// Where the sound ends.
    end: u64,
}

impl Repair {
    /// What has to be written to a file of which `plan` is kept; with the checksum of its sound. Writes nothing.
    pub fn prepare(
        storage: &dyn Storage,
        path: PathBuf,
        (manifest, track, start): (&Manifest, &TrackEntry, u64),
        plan: &Plan,
        limit: u64,
    ) -> Result<(Self, u32), RecordError> {
        let file = storage.edit(&path).at("open", &path)?;
        let crc = checksum(&*file, plan.data, plan.checksum).at("read", &path)?;
        let tail = header::tail(manifest, track, start, plan.data);
        let sizes = Sizes { data: plan.data, tail: tail.len() as u64, crc };
        let header = header::bytes(manifest, track, start, sizes, limit);
        Ok((Self { file, path, header, tail, end: DATA_START + plan.data }, crc))
    }

    fn syncing(&mut self) -> Syncing<'_> {
        (&self.path, &mut *self.file)
    }

    fn cut(&mut self) -> Result<(), RecordError> {
        self.file.set_len(self.end).at("cut", &self.path)
    }

    fn write_header(&mut self) -> Result<(), RecordError> {
        self.file.write_at(0, &self.header).at("write", &self.path)
    }

    fn write_tail(&mut self) -> Result<(), RecordError> {
        self.file.write_at(self.end, &self.tail).at("write", &self.path)
    }
}

/// Cuts files to the sound that is kept and gives them new headers and tails.
///
/// In the order of a normal close, so that a power cut at any point leaves files that are judged the same again.
pub fn rewrite(files: &mut [Repair]) -> Result<(), RecordError> {
    for step in [Repair::cut, Repair::write_header, Repair::write_tail] {
        files.iter_mut().try_for_each(step)?;
        sync_together(files.iter_mut().map(Repair::syncing))?;
    }
    Ok(())
}
