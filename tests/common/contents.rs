//! What media of tests have in common.
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use vestry::record::storage::Entry;

/// What lies directly in the folder `dir`; of each, `bytes` says how long it is, and nothing of a folder.
pub fn inside<T>(names: &BTreeMap<PathBuf, T>, dir: &Path, bytes: impl Fn(&T) -> Option<u64>) -> Vec<Entry> {
    let inside = names.iter().filter(|(name, _)| name.parent() == Some(dir));
    let entry = |(name, what): (&PathBuf, &T)| {
        let length = bytes(what);
        let name = name.file_name().unwrap().to_string_lossy().into_owned();
        Entry { name, is_dir: length.is_none(), bytes: length.unwrap_or(0) }
    };
    inside.map(entry).collect()
}

/// Reads from `offset` on as far as there is anything; how many bytes that were.
pub fn read(content: &[u8], offset: u64, bytes: &mut [u8]) -> usize {
    let rest = content.get(offset as usize..).unwrap_or(&[]);
    let count = rest.len().min(bytes.len());
    bytes[..count].copy_from_slice(&rest[..count]);
    count
}
