//! The password: its hash lies in a file that is replaced as a whole, and nothing else knows it.
//!
//! Runs on: web (whether there is one), web-files (all that hashes or writes).
use super::super::shared::lock;
use super::random;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// Lengths of a password, in characters.
pub const LENGTHS: std::ops::RangeInclusive<usize> = 8..=128;
/// Memory of a hash in KiB and passes over it: a choice of the OWASP Password Storage Cheat Sheet for Argon2id that takes a Raspberry
/// Pi some tenths of a second.
const COST: (u32, u32) = (12 * 1_024, 3);
/// Longest file that is read, in bytes; a hash has some 100.
const LONGEST: u64 = 1_024;

/// The file and what is in it.
#[derive(Debug)]
pub struct Password {
    path: PathBuf,
    hash: Mutex<Option<String>>,
}

impl Password {
    /// Reads the file. One that is missing or holds no hash is as none: then the code on the display sets a new one, and the box records
    /// meanwhile. What is wrong with it is logged.
    pub fn read(path: PathBuf) -> Self {
        let hash = match found(&path) {
            Ok(hash) => Some(hash),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => {
                tracing::warn!(
                    "web.password_file: {}: {error}; the page asks for a new password",
                    path.display()
                );
                None
            }
        };
        Self { path, hash: Mutex::new(hash) }
    }

    /// Whether there is one.
    pub fn is_set(&self) -> bool {
        lock(&self.hash).is_some()
    }

    /// Whether that is it. Takes some tenths of a second and 12 MiB.
    pub fn is(&self, typed: &str) -> bool {
        let hash = lock(&self.hash).clone();
        let parsed = hash.as_deref().and_then(|hash| PasswordHash::new(hash).ok());
        parsed.is_some_and(|hash| {
            hasher().is_ok_and(|argon| argon.verify_password(typed.as_bytes(), &hash).is_ok())
        })
    }

    /// Sets it, durably. Takes some tenths of a second, 12 MiB and the medium.
    ///
    /// # Errors
    /// The file cannot be written; then it is as before.
    pub fn set(&self, password: &str) -> io::Result<()> {
        let failed = |error: argon2::password_hash::Error| io::Error::other(error.to_string());
        let salt = SaltString::encode_b64(&random::<16>()?).map_err(failed)?;
        let hash = hasher()?.hash_password(password.as_bytes(), &salt).map_err(failed)?.to_string();
        write(&self.path, &hash)?;
        *lock(&self.hash) = Some(hash);
        Ok(())
    }
}

fn hasher() -> io::Result<Argon2<'static>> {
    let (memory, passes) = COST;
    let params = Params::new(memory, passes, 1, None).map_err(|error| io::Error::other(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// The hash in the file, which is one.
fn found(path: &Path) -> io::Result<String> {
    let wrong = || io::Error::new(io::ErrorKind::InvalidData, "holds no hash of a password ($argon2id$...)");
    let mut text = String::new();
    io::Read::read_to_string(&mut io::Read::take(File::open(path)?, LONGEST), &mut text)?;
    let text = text.trim();
    match PasswordHash::new(text) {
        Ok(hash) if hash.algorithm == argon2::ARGON2ID_IDENT => Ok(text.to_owned()),
        _ => Err(wrong()),
    }
}

/// Beside it first, for its owner alone, then in its place at once.
fn write(path: &Path, hash: &str) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".tmp");
    let beside = folder.join(name);
    match std::fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    writeln!(file, "{hash}")?;
    file.sync_all()?;
    std::fs::rename(&beside, path)?;
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_password_outlives_the_process_and_nobody_else_may_read_its_hash() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("web_password");
        let password = Password::read(path.clone());
        assert!(!password.is_set() && !password.is("correct horse"));
        password.set("correct horse").unwrap();
        assert!(password.is("correct horse") && !password.is("correct horsf"));
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is left beside it");
        let again = Password::read(path.clone());
        assert!(again.is_set() && again.is("correct horse"));
        again.set("another one").unwrap();
        assert!(Password::read(path).is("another one"));
    }

    #[test]
    fn a_file_that_holds_no_hash_is_no_password() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("web_password");
        for text in ["", "secret", "$argon2i$v=19$m=16,t=2,p=1$c29tZXNhbHQ$aaaa", &"x".repeat(5_000)] {
            std::fs::write(&path, text).unwrap();
            let password = Password::read(path.clone());
            assert!(!password.is_set() && !password.is(text), "{text}");
        }
        let gone = Password::read(dir.path().join("not/there"));
        assert!(gone.set("long enough").is_err() && !gone.is_set());
    }
}
