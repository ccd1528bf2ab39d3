//! Many files made durable for little more than one, and new versions put in the place of old ones.
//!
//! A file system commits everything at once, so what is written first and synced together afterwards costs one commit;
//! what is written and synced file by file costs one a file, which a slow card feels.
//!
//! Runs on: writer, repair, main (`Staged::discard`).
use super::error::{Context, RecordError};
use super::storage::{Storage, StorageFile};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// An open file and its path.
pub type Syncing<'a> = (&'a Path, &'a mut (dyn StorageFile + 'static));

/// Makes data and length of all `files` durable. All are being written before the first is waited for, and the last comes
/// first: once it is on the medium, so are the others, and one commit serves all.
pub fn sync_together<'a>(files: impl IntoIterator<Item = Syncing<'a>>) -> Result<(), RecordError> {
    let mut files: Vec<_> = files.into_iter().collect();
    files.iter_mut().for_each(|(_, file)| file.start_sync());
    files.iter_mut().rev().try_for_each(|(path, file)| file.sync_data().at("sync", path))
}

/// A new version of a file, beside it until [`commit`]: after a power cut there is the old one or the new one.
pub struct Staged {
    file: Box<dyn StorageFile>,
    temporary: PathBuf,
    path: PathBuf,
    bytes: u64,
}

impl Staged {
    /// Writes `bytes` to `temporary`, to be `path`; both in the same folder. Not durable yet.
    pub fn write(
        storage: &dyn Storage,
        temporary: PathBuf,
        path: PathBuf,
        bytes: &[u8],
    ) -> Result<Self, RecordError> {
        let mut file = create_or_edit(storage, &temporary).at("create", &temporary)?;
        let length = bytes.len() as u64;
        file.write_at(0, bytes).at("write", &temporary)?;
        // A cut gives back space that was set aside, so only where it has to be.
        if file.length().at("read", &temporary)? > length {
            file.set_len(length).at("write", &temporary)?;
        }
        Ok(Self { file, temporary, path, bytes: length })
    }

    /// For [`sync_together`], which has to come before [`commit`].
    pub fn syncing(&mut self) -> Syncing<'_> {
        (&self.temporary, &mut *self.file)
    }

    /// Length in bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Takes it away again; what is in its place stays.
    pub fn discard(self, storage: &dyn Storage) -> Result<(), RecordError> {
        storage.remove(&self.temporary).at("remove", &self.temporary)
    }
}

/// Opens the file at `path`, which is made if it is not there.
pub fn create_or_edit(storage: &dyn Storage, path: &Path) -> std::io::Result<Box<dyn StorageFile>> {
    match storage.create(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => storage.edit(path),
        other => other,
    }
}

/// Puts all of `staged`, which are durable, in their places, durably.
pub fn commit(storage: &dyn Storage, staged: impl IntoIterator<Item = Staged>) -> Result<(), RecordError> {
    let mut folders = Vec::new();
    for Staged { temporary, path, .. } in staged {
        storage.rename(&temporary, &path).at("rename", &path)?;
        folders.extend(path.parent().map(Path::to_path_buf));
    }
    folders.iter().try_for_each(|folder| storage.sync_dir(folder).at("sync", folder))
}

#[cfg(test)]
mod tests {
    use super::super::storage::Disk;
    use super::*;

    #[test]
    fn the_old_version_stays_until_the_new_one_is_committed() {
        let dir = tempfile::tempdir().unwrap();
        let (path, temporary) = (dir.path().join("file"), dir.path().join("file.tmp"));
        let read = || std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, "old").unwrap();
        std::fs::write(&temporary, "left over, and longer").unwrap();
        let stage = || Staged::write(&Disk, temporary.clone(), path.clone(), b"new").unwrap();
        let mut staged = stage();
        sync_together([staged.syncing()]).unwrap();
        assert_eq!(read(), "old");
        assert_eq!(staged.bytes(), 3);
        commit(&Disk, [staged]).unwrap();
        assert_eq!((read().as_str(), temporary.exists()), ("new", false));
        stage().discard(&Disk).unwrap();
        assert_eq!((read().as_str(), temporary.exists()), ("new", false));
    }
}
