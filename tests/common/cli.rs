//! The program as a user calls it.
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Runs `vestry` with `arguments` in `folder` and waits for it.
pub fn vestry(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_vestry"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("vestry starts")
}

/// The takes in `dir`, oldest first.
pub fn takes(dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).expect("the recordings folder");
    let mut takes: Vec<PathBuf> =
        entries.map(|entry| entry.expect("entry").path()).filter(|path| path.is_dir()).collect();
    takes.sort();
    takes
}

/// What it said on standard error.
pub fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
