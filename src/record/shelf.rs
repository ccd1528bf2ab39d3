//! Small texts by name that outlive a power cut: one file each in a folder, of which there is the old one or the new one.
//!
//! Runs on: scenes, schedule.
use super::durable::{Staged, commit, sync_together};
use super::error::{Context, RecordError};
use super::storage::Storage;
use std::io::ErrorKind;
use std::path::Path;

/// What the files' names end with.
const ENDING: &str = ".toml";
/// What is being written.
const TEMPORARY: &str = ".new";
/// No text is longer, in bytes.
const LONGEST: u64 = 1 << 20;

/// A file's name, and what it is called and says, or why it is none of ours.
pub type Found = (String, Result<(String, String), String>);

/// Every file in `dir`, by name; none where there is no such folder yet.
///
/// # Errors
/// The folder cannot be listed.
pub fn load(storage: &dyn Storage, dir: &Path) -> Result<Vec<Found>, RecordError> {
    let entries = match storage.list(dir) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.at("list", dir)?,
    };
    let ours = entries.into_iter().filter(|entry| entry.name != TEMPORARY);
    let read = |file: String, is_dir: bool, bytes: u64| {
        let name = name(&file).filter(|_| !is_dir).ok_or("is not called as ours are".to_owned());
        let text = name.and_then(|name| Ok((name, text(storage, &dir.join(&file), bytes)?)));
        (file, text)
    };
    Ok(ours.map(|entry| read(entry.name, entry.is_dir, entry.bytes)).collect())
}

fn text(storage: &dyn Storage, path: &Path, bytes: u64) -> Result<String, String> {
    if bytes > LONGEST {
        return Err(format!("is too long: {bytes} bytes, {LONGEST} at most"));
    }
    let mut content = vec![0; bytes as usize];
    let read = storage.open(path).and_then(|file| file.read_at(0, &mut content));
    content.truncate(read.map_err(|error| format!("cannot be read: {error}"))?);
    String::from_utf8(content).map_err(|_| "is no UTF-8 text".into())
}

/// Keeps a text under `name`, in place of the one that is there; durable when it returns. The folder is made if need be, never
/// its parent.
///
/// # Errors
/// The folder cannot be made or written. The old text is there then, whole, unless the medium fails in the last step: then there
/// is the old one or the new one.
pub fn save(storage: &dyn Storage, dir: &Path, name: &str, text: &str) -> Result<(), RecordError> {
    match storage.create_dir(dir) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        made => {
            made.at("create folder", dir)?;
            let parent = super::medium::parent(dir);
            storage.sync_dir(parent).at("sync", parent)?;
        }
    }
    let mut staged = Staged::write(storage, dir.join(TEMPORARY), dir.join(file(name)), text.as_bytes())?;
    sync_together([staged.syncing()])?;
    commit(storage, [staged])
}

/// Forgets the text under `name`; durable when it returns. One that is not there is no error.
///
/// # Errors
/// The folder cannot be written.
pub fn remove(storage: &dyn Storage, dir: &Path, name: &str) -> Result<(), RecordError> {
    let path = dir.join(file(name));
    match storage.remove(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed.at("remove", &path).and_then(|()| storage.sync_dir(dir).at("sync", dir)),
    }
}

/// A file's name that every file system takes: what might not be is written as %2F and the like.
fn file(name: &str) -> String {
    let plain = |char: char| !char.is_ascii() || char.is_ascii_alphanumeric() || " _-".contains(char);
    let written = |char: char| if plain(char) { char.to_string() } else { format!("%{:02X}", char as u32) };
    name.chars().map(written).chain([ENDING.to_owned()]).collect()
}

/// What a text in a file of that name is called; none for a name that `file` does not make.
fn name(of: &str) -> Option<String> {
    let mut pieces = of.strip_suffix(ENDING)?.split('%');
    let mut name = pieces.next()?.to_owned();
    for piece in pieces {
        let (code, rest) = piece.split_at_checked(2)?;
        name.push(u8::from_str_radix(code, 16).ok().map(char::from)?);
        name.push_str(rest);
    }
    (!name.is_empty() && file(&name) == of).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::super::storage::Disk;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_name_becomes_that_of_a_file_and_back(text in "\\PC{1,40}", foreign in "[%A-F0-9a-z./]{0,9}(.toml)?") {
            let file = file(&text);
            prop_assert!(file.len() < 255 && !file.contains(['/', '\\', ':']) && !file.starts_with('.'));
            prop_assert_eq!(name(&file), Some(text));
            if let Some(name) = name(&foreign) {
                prop_assert_eq!(super::file(&name), foreign);
            }
        }
    }

    #[test]
    fn texts_are_kept_replaced_and_removed_and_what_is_not_ours_is_named() {
        let parent = tempfile::tempdir().unwrap();
        let dir = parent.path().join("scenes");
        let load = || load(&Disk, &dir).unwrap();
        assert_eq!(load(), []);
        save(&Disk, &dir, "a/b", "a longer text").unwrap();
        save(&Disk, &dir, "a/b", "one").unwrap();
        save(&Disk, &dir, "Größe", "two").unwrap();
        std::fs::write(dir.join(TEMPORARY), "left over").unwrap();
        let kept = |file: &str, name: &str, text: &str| (file.into(), Ok((name.into(), text.into())));
        let both = [kept("Größe.toml", "Größe", "two"), kept("a%2Fb.toml", "a/b", "one")];
        assert_eq!(load(), both);
        std::fs::create_dir(dir.join("x.toml")).unwrap();
        std::fs::write(dir.join("y.toml"), [0xFF]).unwrap();
        std::fs::write(dir.join("z.txt"), "").unwrap();
        let wrong: Vec<_> = load().into_iter().filter_map(|(file, text)| Some((file, text.err()?))).collect();
        let names: Vec<_> = wrong.iter().map(|(file, _)| file.as_str()).collect();
        assert_eq!((names, wrong[1].1.as_str()), (vec!["x.toml", "y.toml", "z.txt"], "is no UTF-8 text"));
        remove(&Disk, &dir, "a/b").unwrap();
        remove(&Disk, &dir, "a/b").unwrap();
        assert_eq!(load()[0], both[0]);
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let parent = tempfile::tempdir().unwrap();
        let refusal = save(&Disk, &parent.path().join("away/scenes"), "a", "").unwrap_err().to_string();
        assert!(refusal.contains("away/scenes: cannot create folder"), "{refusal}");
    }
}
