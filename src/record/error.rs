//! What can go wrong with takes, each in one line that names the path.
//!
//! Runs on: writer, main.
use std::io;
use std::path::{Path, PathBuf};

/// A fault of the recording side.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// A file or folder could not be read or written.
    #[error("{path}: cannot {what}: {source}")]
    Io {
        /// What was being done, as a verb with its object.
        what: &'static str,
        /// Where.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Less free space than `min_free_bytes`.
    #[error(
        "{path}: {free} bytes free, recording needs at least {need}: make room or lower recording.min_free_mb"
    )]
    Full {
        /// The recordings folder.
        path: PathBuf,
        /// Bytes free.
        free: u64,
        /// Bytes asked for.
        need: u64,
    },
    /// The settings name no track, a lane that is not there, or too many of them.
    #[error("record settings: {0}")]
    Settings(String),
    /// A `take.json` that is not one.
    #[error("{path}: not a take manifest: {reason}")]
    Manifest {
        /// The file.
        path: PathBuf,
        /// What the parser says.
        reason: String,
    },
    /// The path is not the folder of a take.
    #[error("{path}: not a take: expected a folder YYYY-MM-DD_HHMMSS_NNNN with a take.json")]
    NotATake {
        /// The path given.
        path: PathBuf,
    },
    /// The folder of a second medium is not on a medium of its own: that one is out, or not mounted.
    #[error("{path}: is not on a medium of its own, but on that of {other}: put the medium in and mount it")]
    NotApart {
        /// The folder.
        path: PathBuf,
        /// What is on the same medium.
        other: PathBuf,
    },
    /// None of several media can be recorded to.
    #[error("{0}")]
    NoMedium(String),
    /// The writer thread could not be started.
    #[error("cannot start the writer thread: {0}")]
    Thread(io::Error),
}

impl RecordError {
    /// Whether it says that there is no medium, not that there is a bad one.
    pub(super) fn is_absence(&self) -> bool {
        match self {
            Self::NotApart { .. } => true,
            Self::Io { source, .. } => source.kind() == io::ErrorKind::NotFound,
            _ => false,
        }
    }
}

/// Gives an `io::Error` its verb and path.
pub(crate) trait Context<T> {
    /// Names what was being done and where.
    fn at(self, what: &'static str, path: &Path) -> Result<T, RecordError>;
}

impl<T> Context<T> for io::Result<T> {
    fn at(self, what: &'static str, path: &Path) -> Result<T, RecordError> {
        self.map_err(|source| RecordError::Io { what, path: path.to_path_buf(), source })
    }
}
