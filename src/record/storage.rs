//! The few file operations that takes are made of, so that tests can stall, fail or replay them.
//!
//! Runs on: writer, repair, main.
use nix::errno::Errno;
use nix::fcntl::{FallocateFlags, PosixFadviseAdvice, fallocate, posix_fadvise};
use nix::sys::statfs::{MSDOS_SUPER_MAGIC, statfs};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;

/// An entry of a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Name without its folder.
    pub name: String,
    /// Whether it is a folder itself.
    pub is_dir: bool,
    /// Length in bytes; of no meaning for a folder.
    pub bytes: u64,
}

/// A medium. All errors are the system's own.
pub trait Storage: Send + Sync {
    /// Creates a folder whose parent exists; an error where something is in the way.
    fn create_dir(&self, path: &Path) -> io::Result<()>;
    /// Creates a file to read and write; an error where something is in the way.
    fn create(&self, path: &Path) -> io::Result<Box<dyn StorageFile>>;
    /// Opens a file to read.
    fn open(&self, path: &Path) -> io::Result<Box<dyn StorageFile>>;
    /// Opens a file to read and write.
    fn edit(&self, path: &Path) -> io::Result<Box<dyn StorageFile>>;
    /// Puts a file in the place of another, or a folder in that of an empty one or of none, at once.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file: a temporary one, one of a take that failed to start, or one of a take that retention lets go.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Removes an empty folder, for the same reasons.
    fn remove_dir(&self, path: &Path) -> io::Result<()>;
    /// Makes what was created in or renamed within a folder durable.
    fn sync_dir(&self, path: &Path) -> io::Result<()>;
    /// Bytes that may still be written to the medium of `path`.
    fn free_bytes(&self, path: &Path) -> io::Result<u64>;
    /// The file system that `path` is on, as a number that no other one has meanwhile.
    fn medium(&self, path: &Path) -> io::Result<u64>;
    /// Bytes that a file on the medium of `path` can have at most.
    fn largest_file(&self, _path: &Path) -> io::Result<u64> {
        Ok(u64::MAX)
    }
    /// What is in a folder, by name. Names that are not UTF-8 are left out: none of them is ours.
    fn list(&self, path: &Path) -> io::Result<Vec<Entry>>;
}

/// An open file.
pub trait StorageFile: Send {
    /// Writes all of `bytes`; a hole before them reads as zeros.
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()>;
    /// Reads up to `bytes.len()` bytes; less only at the end of the file.
    fn read_at(&self, offset: u64, bytes: &mut [u8]) -> io::Result<usize>;
    /// Length in bytes.
    fn length(&self) -> io::Result<u64>;
    /// Cuts the file, or extends it with zeros that take no space where the file system knows holes.
    fn set_len(&mut self, bytes: u64) -> io::Result<()>;
    /// Sets space aside from byte `from` on, so that so many bytes can be written there however full the medium gets. The
    /// length stays. Where the file system cannot do that, nothing is done and that is no error.
    fn reserve(&mut self, _from: u64, _bytes: u64) -> io::Result<()> {
        Ok(())
    }
    /// Starts to write to the medium what is only in memory, without waiting. Promises nothing: what it does not do,
    /// `sync_data` does.
    fn start_sync(&mut self);
    /// Makes data and length durable.
    fn sync_data(&mut self) -> io::Result<()>;
}

/// The file system.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk;

impl Storage for Disk {
    fn create_dir(&self, path: &Path) -> io::Result<()> {
        std::fs::create_dir(path)
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn StorageFile>> {
        Ok(Box::new(OpenOptions::new().read(true).write(true).create_new(true).open(path)?))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn StorageFile>> {
        Ok(Box::new(File::open(path)?))
    }

    fn edit(&self, path: &Path) -> io::Result<Box<dyn StorageFile>> {
        Ok(Box::new(OpenOptions::new().read(true).write(true).open(path)?))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_file(path)
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_dir(path)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    fn free_bytes(&self, path: &Path) -> io::Result<u64> {
        let medium = nix::sys::statvfs::statvfs(path)?;
        // The two fields are u32 on some targets and u64 on others.
        #[allow(clippy::useless_conversion)]
        Ok(u64::from(medium.blocks_available()).saturating_mul(u64::from(medium.fragment_size())))
    }

    fn medium(&self, path: &Path) -> io::Result<u64> {
        Ok(std::fs::metadata(path)?.dev())
    }

    fn largest_file(&self, path: &Path) -> io::Result<u64> {
        // The size in an entry of a FAT folder has 32 bits (Microsoft, FAT File System Specification). No other file system that
        // sound is recorded to has a limit that it would reach.
        let fat = statfs(path)?.filesystem_type() == MSDOS_SUPER_MAGIC;
        Ok(if fat { u32::MAX.into() } else { u64::MAX })
    }

    fn list(&self, path: &Path) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for entry in std::fs::read_dir(path)? {
            let entry = entry?;
            let (Ok(name), Ok(about)) = (entry.file_name().into_string(), entry.metadata()) else { continue };
            entries.push(Entry { name, is_dir: about.is_dir(), bytes: about.len() });
        }
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }
}

impl StorageFile for File {
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        FileExt::write_all_at(self, bytes, offset)
    }

    fn read_at(&self, offset: u64, bytes: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while filled < bytes.len() {
            match FileExt::read_at(self, &mut bytes[filled..], offset + filled as u64) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn set_len(&mut self, bytes: u64) -> io::Result<()> {
        File::set_len(self, bytes)
    }

    fn reserve(&mut self, from: u64, bytes: u64) -> io::Result<()> {
        let (Ok(from), Ok(bytes)) = (i64::try_from(from), i64::try_from(bytes)) else { return Ok(()) };
        loop {
            match fallocate(&*self, FallocateFlags::FALLOC_FL_KEEP_SIZE, from, bytes) {
                Err(Errno::EINTR) => {}
                Ok(()) | Err(Errno::EOPNOTSUPP | Errno::ENOSYS) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn start_sync(&mut self) {
        // Written sound is not read again, so its memory may be given back; Linux begins by writing what is dirty.
        let _ = posix_fadvise(&*self, 0, 0, PosixFadviseAdvice::POSIX_FADV_DONTNEED);
    }

    fn sync_data(&mut self) -> io::Result<()> {
        File::sync_data(self)
    }
}
