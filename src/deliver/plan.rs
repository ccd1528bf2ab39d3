//! What a take consists of, told by whoever knows takes.
//!
//! Runs on: delivery.
use std::path::PathBuf;

/// The sound of a file, with the checksum that was made while it was recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sound {
    /// Its first byte in the file.
    pub start: u64,
    /// How many there are.
    pub bytes: u64,
    /// CRC-32 (ISO-HDLC) of them.
    pub crc32: u32,
}

/// A file to deliver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePlan {
    /// Its name in the folder.
    pub name: String,
    /// What is known of its sound; none of a file without any.
    pub sound: Option<Sound>,
}

/// A take to deliver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Where it is.
    pub folder: PathBuf,
    /// In the order in which they go: what says that the take is whole goes last.
    pub files: Vec<FilePlan>,
}

/// The takes of a medium. Called on the thread `delivery`: a medium may take its time.
pub trait Shelf: Send {
    /// Names of the takes that are there and complete, the oldest first. Those that are `known` to be need not be looked into.
    ///
    /// # Errors
    /// The medium cannot be read now.
    fn complete(&self, known: &dyn Fn(&str) -> bool) -> Result<Vec<String>, String>;

    /// What a take consists of.
    ///
    /// # Errors
    /// It is not there, not complete or cannot be read.
    fn plan(&self, take: &str) -> Result<Plan, String>;
}
