//! A box that runs while a test looks on.
#![allow(dead_code)]
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

pub struct Running {
    child: Child,
    dir: PathBuf,
}

impl Running {
    /// Runs a box by `config` in `dir`; its takes are in `takes` there, and what it says in `log`.
    pub fn start(dir: &Path, config: &str) -> Self {
        fs::write(dir.join("box.toml"), config).unwrap();
        let log = fs::File::create(dir.join("log")).unwrap();
        let mut vestry = Command::new(env!("CARGO_BIN_EXE_vestry"));
        vestry.args(["run", "--config", "box.toml", "--data", "takes"]).current_dir(dir);
        let child = vestry.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap();
        Self { child, dir: dir.to_owned() }
    }

    /// Runs it beside the broker on `port`; `config` ends in its section `[mqtt]`.
    pub fn beside(port: u16, dir: &Path, config: &str) -> Self {
        Self::start(dir, &format!("{config}port = {port}\n"))
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id() as i32), signal).unwrap();
    }

    /// Ends it as a service manager does, which has to go well; what it said.
    pub fn end(mut self) -> String {
        self.signal(Signal::SIGTERM);
        let status = self.child.wait().unwrap();
        let said = fs::read_to_string(self.dir.join("log")).unwrap();
        assert!(status.success(), "{said}");
        said
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
