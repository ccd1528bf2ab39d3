//! Promise: a service manager is told when the box records, how it does and that it lives, and that it ends in order.
#[path = "common/cli.rs"]
mod cli;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::os::unix::net::UnixDatagram;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// What it says next; nothing for half a minute is a failure.
fn said(manager: &UnixDatagram) -> String {
    let mut text = [0; 4096];
    let length = manager.recv(&mut text).expect("a word to the service manager");
    String::from_utf8_lossy(&text[..length]).into_owned()
}

fn signal(child: &Child, signal: Signal) {
    kill(Pid::from_raw(child.id() as i32), signal).unwrap();
}

#[test]
fn it_says_that_it_is_ready_alive_and_ending() {
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("notify");
    let manager = UnixDatagram::bind(&socket).unwrap();
    manager.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let mut vestry = Command::new(env!("CARGO_BIN_EXE_vestry"));
    vestry.args(["run", "--data", "takes"]).current_dir(dir.path()).stdin(Stdio::null());
    vestry.env("NOTIFY_SOCKET", &socket).env("WATCHDOG_USEC", "400000").env_remove("WATCHDOG_PID");
    let child = vestry.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut words = Vec::new();
    let count = |words: &[String], start: &str| words.iter().filter(|word| word.starts_with(start)).count();
    while count(&words, "WATCHDOG=1") < 5 || count(&words, "STATUS=REC 2") < 2 {
        words.push(said(&manager));
    }
    assert_eq!(count(&words, "READY=1"), 1, "{words:?}");
    signal(&child, Signal::SIGTERM);
    while count(&words, "STOPPING=1") < 1 {
        words.push(said(&manager));
    }
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", cli::said(&output));
    let lines = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        lines.starts_with("take: ") && lines.lines().count() == 1,
        "no status lines beside STATUS: {lines}"
    );
    let take = cli::takes(&dir.path().join("takes")).remove(0);
    assert!(cli::vestry(dir.path(), &["verify", take.to_str().unwrap()]).status.success());
}
