//! Where takes go, and who we are there: what is configured, and the file that it names, read once.
//!
//! Runs on: main.
use super::queue::When;
pub use crate::config::DeliveryTarget as Target;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// Everything that delivery goes by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliverySettings {
    /// Where to.
    pub target: Target,
    /// The target as it was written: what was delivered to another one was not delivered to this one.
    pub target_text: String,
    /// Where an S3 service is reached, as a URL.
    pub endpoint: String,
    /// What the S3 service calls its region.
    pub region: String,
    /// What the target asks for.
    pub secret: Secret,
    /// Bytes a second; none: as fast as it goes.
    pub limit: Option<u64>,
    /// What goes by itself.
    pub when: When,
    /// The folder of the recordings.
    pub dir: PathBuf,
}

/// What shows who we are. It is in no log: its `Debug` says nothing.
#[derive(Clone, PartialEq, Eq)]
pub enum Secret {
    /// Nobody in particular.
    None,
    /// A user, or an access key, with what nobody else knows.
    Pair(String, String),
    /// A file with the private key for `ssh`.
    Key(PathBuf),
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Secret")
    }
}

/// What keeps delivery from being started, in one line that names setting and file.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A file could not be read.
    #[error("delivery.credentials_file: {path}: {source}; expected {wanted}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
        /// What would be right.
        wanted: &'static str,
    },
    /// A file does not hold what it should, or everybody may read it.
    #[error("delivery.credentials_file: {path}: {fault}; expected {wanted}")]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        fault: &'static str,
        /// What would be right.
        wanted: &'static str,
    },
    /// The thread could not be started.
    #[error("delivery: cannot start its thread: {0}")]
    Thread(io::Error),
    /// The target cannot be used so.
    #[error("delivery.{key}: {fault}")]
    Target {
        /// The setting.
        key: &'static str,
        /// What is wrong.
        fault: String,
    },
}

impl Secret {
    /// Reads what `target` needs.
    ///
    /// # Errors
    /// The file is not there, everybody may read it, or it does not hold what it should.
    pub fn read(target: &Target, path: Option<&Path>) -> Result<Self, SettingsError> {
        let Some(path) = path else { return Ok(Self::None) };
        let wanted = match target {
            Target::S3 { .. } => "the access key in its first line and the secret key in its second",
            Target::Ssh { .. } => "a private key of ssh",
            _ => "the user's name in its first line and the password in its second",
        };
        let fault = |fault| SettingsError::Content { path: path.to_owned(), fault, wanted };
        let text = fs::read(path);
        let text = text.map_err(|source| SettingsError::Read { path: path.to_owned(), source, wanted })?;
        if fs::metadata(path).map_or(0, |metadata| metadata.permissions().mode()) & 0o004 != 0 {
            return Err(fault("everybody can read it: chmod o-r"));
        }
        if matches!(target, Target::Ssh { .. }) {
            return Ok(Self::Key(path.to_owned()));
        }
        let text = String::from_utf8(text).map_err(|_| fault("no UTF-8 text"))?;
        let mut lines = text.lines().map(str::trim);
        match (lines.next(), lines.next()) {
            (Some(user), Some(password)) if !user.is_empty() && !password.is_empty() => {
                Ok(Self::Pair(user.into(), password.into()))
            }
            _ => Err(fault("two lines are not there")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_that_everybody_can_read_is_refused_and_none_is_ever_shown() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secret");
        let target = Target::parse("webdav+https://cloud.local/dav").unwrap();
        let read = || Secret::read(&target, Some(&path)).map_err(|error| error.to_string());
        let shown = format!("delivery.credentials_file: {}: ", path.display());
        assert!(read().unwrap_err().starts_with(&shown));
        fs::write(&path, "me\nhidden\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let error = read().unwrap_err();
        assert!(error.contains("everybody can read it: chmod o-r") && !error.contains("hidden"), "{error}");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let secret = read().unwrap();
        assert_eq!(secret, Secret::Pair("me".into(), "hidden".into()));
        assert!(!format!("{secret:?}").contains("hidden"));
        fs::write(&path, "me\n").unwrap();
        assert!(read().unwrap_err().contains("two lines are not there"));
    }
}
