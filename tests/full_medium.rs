//! Promise: a medium that fills up costs what comes after, never what is there, and every frame of it is counted and told.
#[path = "common/cli.rs"]
mod cli;

use std::path::Path;
use std::process::Command;

/// A small file system of its own; gone with the test.
struct Medium(tempfile::TempDir);

impl Medium {
    fn new(size: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", size, "none"]).arg(dir.path()).status();
        assert!(mounted.unwrap().success(), "mounting needs root");
        Self(dir)
    }
}

impl Drop for Medium {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

#[test]
fn the_take_closes_and_what_could_not_be_written_is_told() {
    if !nix::unistd::geteuid().is_root() {
        eprintln!("skipped: mounting a small file system needs root");
        return;
    }
    // Room for about a second above the 64 MB that stay free.
    let medium = Medium::new("size=62m");
    let work = tempfile::tempdir().unwrap();
    let takes = medium.0.path().join("takes");
    let output = cli::vestry(work.path(), &["run", "--for", "4s", "--data", takes.to_str().unwrap()]);
    let said = cli::said(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    let take = cli::takes(&takes).remove(0);
    let verified = cli::vestry(Path::new("."), &["verify", take.to_str().unwrap()]);
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
    let manifest = std::fs::read_to_string(take.join("take.json")).unwrap();
    assert!(manifest.contains("medium full"), "{manifest}");
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    let last = said.lines().last().unwrap();
    let counted = last.strip_suffix(" frames could not be written").and_then(|told| told.rsplit(' ').next());
    let unwritten: u64 = counted.unwrap_or_else(|| panic!("not told: {said}")).parse().unwrap();
    assert_eq!(manifest["frames"].as_u64().unwrap() + unwritten, 4 * 48_000, "{said}");
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(shown.contains("FAULT (medium full"), "{shown}");
}
