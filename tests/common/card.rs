//! An ext4 file system on a loop device, which can be pulled. Mounting it needs root.
#![allow(dead_code)]
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

nix::ioctl_read!(fs_shutdown, b'X', 125, u32);
/// The file system stops at once and writes nothing more, as if the medium were pulled.
const WITHOUT_A_WORD: u32 = 2;

/// Whether file systems can be mounted; says if not.
pub fn root() -> bool {
    let root = nix::unistd::geteuid().is_root();
    if !root {
        eprintln!("skipped: mounting a file system needs root");
    }
    root
}

pub fn run(program: &str, arguments: &[&str]) {
    let ended = Command::new(program).args(arguments).status().unwrap();
    assert!(ended.success(), "{program} {arguments:?}");
}

/// An ext4 file system in a file.
pub struct Card {
    /// Where it is mounted.
    pub at: PathBuf,
    image: PathBuf,
}

impl Card {
    /// Of so many bytes, mounted.
    pub fn new(work: &Path, name: &str, bytes: u64) -> Self {
        let (at, image) = (work.join(name), work.join(format!("{name}.img")));
        fs::create_dir(&at).unwrap();
        File::create(&image).unwrap().set_len(bytes).unwrap();
        run("mkfs.ext4", &["-q", "-F", image.to_str().unwrap()]);
        let card = Self { at, image };
        card.mount(&card.image);
        card
    }

    fn mount(&self, image: &Path) {
        run("mount", &["-o", "loop,errors=remount-ro", image.to_str().unwrap(), self.at.to_str().unwrap()]);
    }

    pub fn takes(&self) -> PathBuf {
        self.at.join("takes")
    }

    /// Pulls it: what is open leads nowhere from now on, and the folder it was mounted on is empty.
    pub fn pull(&self) {
        let folder = File::open(&self.at).unwrap();
        let how = WITHOUT_A_WORD;
        // SAFETY: the file is open, and the kernel only reads the number.
        unsafe { fs_shutdown(std::os::fd::AsRawFd::as_raw_fd(&folder), &mut how.clone()) }.unwrap();
        drop(folder);
        run("umount", &["-l", self.at.to_str().unwrap()]);
    }

    /// Has an error, upon which the file system lets nothing be written any more.
    pub fn read_only(&self) {
        let source = Command::new("findmnt").args(["-n", "-o", "SOURCE"]).arg(&self.at).output().unwrap();
        let source = String::from_utf8(source.stdout).unwrap();
        let device = source.trim().trim_start_matches("/dev/");
        fs::write(format!("/sys/fs/ext4/{device}/trigger_fs_error"), "test").unwrap();
    }

    /// Puts it back, as another block device.
    pub fn put_back(&self) {
        let _was_out_already = Command::new("umount").arg("-l").arg(&self.at).output();
        let image = self.image.with_extension("again");
        fs::copy(&self.image, &image).unwrap();
        self.mount(&image);
    }
}

impl Drop for Card {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.at).status();
    }
}
