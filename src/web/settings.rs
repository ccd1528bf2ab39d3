//! Where the page is served, and why it cannot be.
//!
//! Runs on: main, supervisor.
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Where and as what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebSettings {
    /// Address and port; port 0 takes a free one, which the log names.
    pub listen: SocketAddr,
    /// File with the hash of the password.
    pub password_file: PathBuf,
    /// Certificates and their key (PEM); plain HTTP without.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// Names by which the box is called beside addresses, names without a dot and names that no one can own in the internet.
    pub names: Vec<String>,
    /// What the box is called.
    pub id: String,
    /// Version of the firmware.
    pub version: String,
}

/// What keeps the page from being started; each in one line that names key and file.
#[derive(Debug, thiserror::Error)]
pub enum WebError {
    /// A file could not be read.
    #[error("web.{key} = {path:?}: {source}; expected {wanted}")]
    Read {
        /// The key that names it.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
        /// What would be right.
        wanted: &'static str,
    },
    /// A file does not hold what it should.
    #[error("web.{key} = {path:?}: {fault}; expected {wanted}")]
    Content {
        /// The key that names it.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        fault: String,
        /// What would be right.
        wanted: &'static str,
    },
    /// The thread could not be started.
    #[error("cannot start the web thread: {0}")]
    Thread(io::Error),
}
