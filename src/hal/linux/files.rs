//! Files on media that come from anywhere, read without getting in the way of who writes.
//!
//! Runs on: web-files, delivery.
use nix::errno::Errno;
use nix::fcntl::{OFlag, PosixFadviseAdvice, posix_fadvise};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Opens a plain file to read: no link that leads out of its folder, no pipe that would be waited for.
///
/// # Errors
/// The system's own; one that is no plain file counts as not found.
pub fn open_plain(path: &Path) -> io::Result<File> {
    let flags = OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK;
    let none = || io::Error::from(io::ErrorKind::NotFound);
    let opened = OpenOptions::new().read(true).custom_flags(flags.bits()).open(path);
    let file = opened.map_err(|error| match error.raw_os_error().map(Errno::from_raw) {
        // It is a link.
        Some(Errno::ELOOP) => none(),
        _ => error,
    })?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(none()) }
}

/// Says that so many bytes of a file are not needed again soon, so that they take no memory from who writes.
pub fn forget(file: &File, from: u64, bytes: u64) {
    let (Ok(from), Ok(bytes)) = (from.try_into(), bytes.try_into()) else { return };
    // A system that does not care costs memory, no more.
    let _ = posix_fadvise(file, from, bytes, PosixFadviseAdvice::POSIX_FADV_DONTNEED);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn a_plain_file_is_opened_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let plain = dir.path().join("plain");
        std::fs::write(&plain, "sound").unwrap();
        let mut file = open_plain(&plain).unwrap();
        forget(&file, 0, 5);
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        assert_eq!(text, "sound");
        std::os::unix::fs::symlink(&plain, dir.path().join("link")).unwrap();
        nix::unistd::mkfifo(&dir.path().join("pipe"), nix::sys::stat::Mode::S_IRWXU).unwrap();
        for name in ["link", "pipe", ".", "gone"] {
            let error = open_plain(&dir.path().join(name)).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::NotFound, "{name}");
        }
    }
}
