//! One take to another medium: under a temporary name, durable and read back before it has its own.
//!
//! Runs on: main.
use super::super::error::{Context, RecordError};
use super::super::manifest::{FILE, Manifest, TEMPORARY};
use super::super::naming;
use super::super::storage::{Entry, Storage, StorageFile};
use super::plan::Known;
use crc32fast::Hasher;
use std::io::{Error, ErrorKind};
use std::path::Path;

/// Bytes that are copied at once.
const CHUNK: usize = 1 << 20;

/// Copies the take and returns the manifest of the copy. On an error there is at most a folder `NAME.tmp`, which the next
/// try makes use of.
pub fn copy(
    storage: &dyn Storage,
    (from, to): (&Path, &Path),
    take: &Known,
    min_free: u64,
) -> Result<Manifest, RecordError> {
    let source = from.join(&take.name);
    let entries = storage.list(&source).at("list", &source)?;
    let of_take = |entry: &Entry| {
        let name = entry.name.as_str();
        !entry.is_dir && name != FILE && !TEMPORARY.contains(&name)
    };
    let files: Vec<Entry> = entries.into_iter().filter(of_take).collect();
    let temporary = to.join(format!("{}.tmp", take.name));
    begin(storage, &temporary, &files)?;
    let have: u64 = storage.list(&temporary).at("list", &temporary)?.iter().map(|entry| entry.bytes).sum();
    let bytes: u64 = files.iter().map(|entry| entry.bytes).sum();
    let (free, need) =
        (storage.free_bytes(to).at("ask for the free space of", to)?, bytes.saturating_add(min_free));
    if free.saturating_add(have) < need {
        return Err(RecordError::Full { path: to.into(), free, need });
    }
    for entry in &files {
        copy_file(storage, &source.join(&entry.name), &temporary.join(&entry.name))?;
    }
    finish(storage, to, &temporary, take, &source)
}

/// Makes the temporary folder, or takes away what an earlier try left in it of another take of that name.
fn begin(storage: &dyn Storage, temporary: &Path, files: &[Entry]) -> Result<(), RecordError> {
    match storage.create_dir(temporary) {
        Ok(()) => return Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error).at("create folder", temporary),
    }
    let left = storage.list(temporary).at("list", temporary)?;
    for entry in left.iter().filter(|entry| !files.iter().any(|file| file.name == entry.name)) {
        let path = temporary.join(&entry.name);
        storage.remove(&path).at("remove", &path)?;
    }
    Ok(())
}

/// Copies a file, makes it durable, reads it back from the medium and compares.
fn copy_file(storage: &dyn Storage, from: &Path, to: &Path) -> Result<(), RecordError> {
    let source = storage.open(from).at("open", from)?;
    let mut target = match storage.create(to) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => storage.edit(to),
        other => other,
    }
    .at("create", to)?;
    target.set_len(0).at("write", to)?;
    let write = |offset, bytes: &[u8]| target.write_at(offset, bytes).at("write", to);
    let right = each_chunk(&*source, from, write)?;
    target.sync_data().at("sync", to)?;
    // What is durable leaves the memory, so that the medium itself is read.
    target.start_sync();
    if each_chunk(&*target, to, |_, _| Ok(()))? != right {
        let other = Error::new(ErrorKind::InvalidData, "another sum than that of what was written");
        return Err(other).at("read back", to);
    }
    Ok(())
}

/// Hands out a file piece by piece; its length and checksum.
fn each_chunk(
    file: &dyn StorageFile,
    path: &Path,
    mut take: impl FnMut(u64, &[u8]) -> Result<(), RecordError>,
) -> Result<(u64, u32), RecordError> {
    let (mut offset, mut sum, mut chunk) = (0, Hasher::new(), vec![0; CHUNK]);
    loop {
        let read = file.read_at(offset, &mut chunk).at("read", path)?;
        let bytes = chunk.get(..read).unwrap_or(&[]);
        if bytes.is_empty() {
            return Ok((offset, sum.finalize()));
        }
        sum.update(bytes);
        take(offset, bytes)?;
        offset += read as u64;
    }
}

/// Gives the copy its manifest and its name, which becomes durable last.
fn finish(
    storage: &dyn Storage,
    to: &Path,
    temporary: &Path,
    take: &Known,
    source: &Path,
) -> Result<Manifest, RecordError> {
    let (folder, number) = naming::create_copy(storage, to, &take.name)?;
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let copied_from = Some(source.display().to_string());
    let manifest = Manifest { name, number, copied_from, ..take.manifest.clone() };
    manifest.write(storage, temporary)?;
    // The folder with the name is empty: the file system puts the full one in its place at once, or not at all.
    storage.rename(temporary, &folder).at("rename", temporary)?;
    storage.sync_dir(to).at("sync", to)?;
    Ok(manifest)
}
