//! Files that are given away: whole, or of one that is being written as much as its header covers.
//!
//! Runs on: web-files.
use crate::hal::linux::open_plain;
use crate::record::manifest::{Manifest, TakeState};
use crate::record::storage::{Disk, Entry, Storage};
use crate::record::wave::{DATA_START, any};
use crate::web::{Opened, Part};
use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;

/// Endings of what is being written and will have another name, or none.
const UNFINISHED: [&str; 2] = [".tmp", ".new"];
/// Tries to read a header that is not being written just then.
const TRIES: usize = 20;

/// Changes with every change of a file.
pub fn version(about: &Metadata) -> String {
    format!("{:x}-{:x}-{:x}.{:x}", about.ino(), about.size(), about.mtime(), about.mtime_nsec())
}

/// Whether somebody else may have it.
fn is_given(entry: &Entry) -> bool {
    !entry.is_dir && !UNFINISHED.iter().any(|end| entry.name.ends_with(end))
}

fn is_open(folder: &Path) -> bool {
    Manifest::read(&Disk, folder).is_ok_and(|manifest| manifest.state == TakeState::Recording)
}

/// All files of a take, without those that have no sound yet.
pub fn files(folder: &Path) -> io::Result<Vec<Part>> {
    let open = is_open(folder);
    let mut parts = Vec::new();
    for entry in Disk.list(folder)?.into_iter().filter(is_given) {
        if let Some(opened) = opened(&folder.join(&entry.name), open)? {
            parts.push(Part { name: entry.name, opened });
        }
    }
    Ok(parts)
}

/// One file; none where the folder lists none of that name, or it has no sound yet.
pub fn file(folder: &Path, name: &str) -> io::Result<Option<Opened>> {
    let listed = Disk.list(folder)?.into_iter().any(|entry| entry.name == name && is_given(&entry));
    if listed { opened(&folder.join(name), is_open(folder)) } else { Ok(None) }
}

fn opened(path: &Path, open: bool) -> io::Result<Option<Opened>> {
    let file = match open_plain(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let about = file.metadata()?;
    let (version, bytes) = (version(&about), about.size());
    let written = open && path.extension().is_some_and(|end| end == "wav");
    if !written {
        return Ok(Some(Opened { file, bytes, head: Vec::new(), version }));
    }
    let Some((head, bytes)) = covered(&file)? else { return Ok(None) };
    Ok(Some(Opened { file, bytes, head, version: format!("{version}-{bytes:x}") }))
}

/// The header of a file that is being written, and the bytes that it covers; none where it covers no sound yet.
fn covered(file: &File) -> io::Result<Option<(Vec<u8>, u64)>> {
    for _ in 0..TRIES {
        let before = head(file)?;
        // Of a file that was never closed this would mean all of it; here it is not known yet to be on the medium.
        if before.ends_with(&[0; 4]) {
            return Ok(None);
        }
        let Ok(sound) = any::read(file) else { return Ok(None) };
        let bytes = sound.start + sound.frames * u64::from(sound.coding.bytes) * u64::from(sound.channels);
        if sound.start == before.len() as u64 && before == head(file)? {
            return Ok((sound.frames > 0).then_some((before, bytes)));
        }
    }
    Err(io::Error::new(io::ErrorKind::InvalidData, "its header keeps changing"))
}

fn head(file: &File) -> io::Result<Vec<u8>> {
    let mut head = vec![0; DATA_START as usize];
    file.read_exact_at(&mut head, 0)?;
    Ok(head)
}
