//! What is remembered of each take: a small file of its own beside the takes, put in its place at once. So a power cut costs the
//! part that was under way and no more, and no folder of a take has anything that is not of the take.
//!
//! Runs on: delivery.
use super::queue::Remembered;
use super::status::TakeState;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Its folder, in that of the recordings. Retention reads there what was delivered.
pub const FOLDER: &str = "deliveries";
/// Longest file that is read, in bytes: a thousand files of a take have less.
const LONGEST: u64 = 4 << 20;

/// A file of the take.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FileNote {
    /// Its length.
    pub bytes: u64,
    /// Its MD5, in hexadecimal digits.
    pub md5: String,
    /// The upload that is under way, as S3 calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upload: Option<String>,
    /// It is there, and was compared.
    pub done: bool,
}

/// A take.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Entry {
    /// Where it goes.
    pub target: String,
    /// How it stands.
    pub state: TakeState,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Somebody asked for it.
    pub asked: bool,
    /// Its files by name.
    pub files: BTreeMap<String, FileNote>,
}

impl Entry {
    /// What the queue is to know.
    pub fn remembered(&self) -> Remembered {
        Remembered { state: self.state, reason: self.reason.clone(), asked: self.asked }
    }
}

/// The folder.
pub struct Ledger {
    dir: PathBuf,
    /// Entries for another target are none.
    target: String,
}

impl Ledger {
    /// In the folder of recordings `dir`.
    pub fn new(dir: &Path, target: String) -> Self {
        Self { dir: dir.join(FOLDER), target }
    }

    /// Where it lies.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// What is known of the take; none where nothing is, or of another target. What cannot be read is as if it were not there:
    /// then the other side is asked what it has.
    pub fn read(&self, take: &str) -> Option<Entry> {
        let path = self.path(take);
        let length = fs::metadata(&path).ok()?.len();
        let bytes = (length <= LONGEST).then(|| fs::read(&path).ok())??;
        serde_json::from_slice(&bytes).ok().filter(|entry: &Entry| entry.target == self.target)
    }

    /// A new entry for the take.
    pub fn begin(&self) -> Entry {
        Entry { target: self.target.clone(), ..Entry::default() }
    }

    /// Puts it in its place, durably.
    ///
    /// # Errors
    /// The medium does not take it.
    pub fn write(&self, take: &str, entry: &Entry) -> io::Result<()> {
        match fs::create_dir(&self.dir) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        let temporary = self.dir.join(format!("{take}.json.tmp"));
        let mut bytes = serde_json::to_vec_pretty(entry).map_err(io::Error::other)?;
        bytes.push(b'\n');
        let mut file = File::create(&temporary)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, self.path(take))?;
        File::open(&self.dir)?.sync_all()
    }

    /// Forgets a take that is gone; where that fails there is a file too many.
    pub fn forget(&self, take: &str) {
        let _ = fs::remove_file(self.path(take));
    }

    fn path(&self, take: &str) -> PathBuf {
        self.dir.join(format!("{take}.json"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_read_back_and_one_for_another_target_or_torn_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let ledger = Ledger::new(dir.path(), "s3://a".into());
        assert_eq!(ledger.read("t"), None);
        let note = FileNote { bytes: 7, md5: "x".into(), upload: Some("id".into()), done: false };
        let files = BTreeMap::from([("01.wav".to_owned(), note)]);
        let entry = Entry { state: TakeState::Failed, reason: Some("rot".into()), files, ..ledger.begin() };
        ledger.write("t", &entry).unwrap();
        ledger.write("t", &entry).unwrap();
        assert_eq!(ledger.read("t"), Some(entry));
        assert_eq!(Ledger::new(dir.path(), "s3://b".into()).read("t"), None);
        let path = dir.path().join("deliveries/t.json");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, &text[..text.len() / 2]).unwrap();
        assert_eq!(ledger.read("t"), None);
        ledger.forget("t");
        assert!(!path.exists());
    }
}
