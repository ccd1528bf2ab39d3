//! What is wrong with a configuration, and what would be right.
//!
//! Runs on: main.
use std::fmt;
use std::path::PathBuf;

/// One fault, shown as one line: `file: key = value: what is right`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file that the key was read from; for a key that nobody wrote, the file named on the command line.
    pub file: PathBuf,
    /// The key (`input[2].gain_db`, positions from 1), or `line 3` where the text is no TOML; may be empty.
    pub key: String,
    /// The value found, as TOML; empty where there is none.
    pub value: String,
    /// What would be right.
    pub right: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: ", self.file.display())?;
        match (self.key.is_empty(), self.value.is_empty()) {
            (true, _) => {}
            (false, true) => write!(out, "{}: ", self.key)?,
            (false, false) => write!(out, "{} = {}: ", self.key, self.value)?,
        }
        out.write_str(&self.right)
    }
}

/// Every fault of a configuration, at least one; shown one a line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .faults.iter().map(Fault::to_string).collect::<Vec<_>>().join("\n"))]
pub struct ConfigError {
    /// In the order of the files.
    pub faults: Vec<Fault>,
}
