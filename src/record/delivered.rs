//! Which takes are delivered to somewhere else: delivery notes it beside them, and retention goes by it.
//!
//! Runs on: repair.
use super::storage::Storage;
use serde::Deserialize;
use std::path::Path;

/// The folder of the notes, in that of the recordings; each is called as the take, with `.json`.
const FOLDER: &str = "deliveries";
/// Longest note that is read, in bytes.
const LONGEST: u64 = 4 << 20;

/// What matters of a note.
#[derive(Deserialize)]
struct Note {
    state: String,
}

/// Whether all of the take is somewhere else. What cannot be read says that it is not.
pub fn is_delivered(storage: &dyn Storage, dir: &Path, take: &str) -> bool {
    let read = || {
        let file = storage.open(&dir.join(FOLDER).join(format!("{take}.json"))).ok()?;
        let length = file.length().ok().filter(|length| *length <= LONGEST)?;
        let mut bytes = vec![0; usize::try_from(length).ok()?];
        let read = file.read_at(0, &mut bytes).ok()?;
        serde_json::from_slice::<Note>(bytes.get(..read)?).ok()
    };
    read().is_some_and(|note| note.state == "done")
}

#[cfg(test)]
mod tests {
    use super::super::storage::Disk;
    use super::*;

    #[test]
    fn a_take_is_delivered_where_its_note_says_so() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join(FOLDER)).unwrap();
        let is = |text: &str| {
            std::fs::write(dir.path().join(FOLDER).join("t.json"), text).unwrap();
            is_delivered(&Disk, dir.path(), "t")
        };
        assert!(is(r#"{"state": "done", "files": {}}"#));
        assert!(
            !is(r#"{"state": "waiting"}"#) && !is("") && !is("{") && !is_delivered(&Disk, dir.path(), "u")
        );
    }
}
