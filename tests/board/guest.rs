//! A running guest: commands to its console, lines back, each within a time-out.
use crate::qemu::Machine;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// A booted machine. Dropping it is a power cut.
pub struct Guest {
    /// What it is made of.
    pub machine: Machine,
    child: Child,
    console: ChildStdin,
    lines: Receiver<String>,
    commands: usize,
}

impl Guest {
    /// Boots a machine and waits for its console.
    pub fn boot(machine: &Machine, patience: Duration) -> Result<Self, String> {
        Self::until(machine, "board: ready", patience)
    }

    /// Boots a machine and waits for a line that begins with `start`.
    pub fn until(machine: &Machine, start: &str, patience: Duration) -> Result<Self, String> {
        let mut child =
            machine.spawn().map_err(|error| format!("qemu-system-aarch64 does not start: {error}"))?;
        let (Some(console), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("the emulator has no console".into());
        };
        let (give, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
                let line = String::from_utf8_lossy(&line).trim_end_matches('\r').to_owned();
                if give.send(line).is_err() {
                    break;
                }
            }
        });
        let mut guest = Self { machine: machine.clone(), child, console, lines, commands: 0 };
        let ready = guest.wait_for(start, patience);
        machine.forget_memory();
        ready?;
        Ok(guest)
    }

    /// Runs one shell line to its end; its output if it succeeds. Longer than 4,000 characters it would be cut.
    pub fn run(&mut self, command: &str, patience: Duration) -> Result<Vec<String>, String> {
        self.commands += 1;
        let mark = format!("@{}@", self.commands);
        writeln!(self.console, "{command}\necho {mark} $?")
            .map_err(|error| format!("console closed: {error}"))?;
        let mut lines = self.wait_for(&mark, patience).map_err(|error| format!("{command}: {error}"))?;
        let status = lines.pop().unwrap_or_default();
        match status.strip_prefix(&mark).map(str::trim) {
            Some("0") => Ok(lines),
            _ => Err(format!("{command}: ended with {status}\n{}", lines.join("\n"))),
        }
    }

    /// Stops the whole machine for a while; its clock goes on, as if no interrupt had been served.
    pub fn freeze(&self, duration: Duration) -> Result<(), String> {
        let process = Pid::from_raw(self.child.id() as i32);
        let stopped = kill(process, Signal::SIGSTOP);
        std::thread::sleep(duration);
        stopped.and(kill(process, Signal::SIGCONT)).map_err(|error| format!("freeze: {error}"))
    }

    /// What is said within a time, or until the guest ends.
    pub fn listen(&mut self, duration: Duration) -> Vec<String> {
        let end = Instant::now() + duration;
        let mut lines = Vec::new();
        while let Ok(line) = self.lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
            lines.push(line);
        }
        lines
    }

    /// Waits for the guest to end by itself; what it said until then.
    pub fn ends(mut self, patience: Duration) -> Result<Vec<String>, String> {
        let end = Instant::now() + patience;
        let said = self.listen(patience);
        // Its console is closed some moments before it is gone.
        while Instant::now() < end {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return Ok(said);
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Err(format!("the guest does not end; so far:\n{}", said.join("\n")))
    }

    /// Cuts the power; what was said before.
    pub fn cut(mut self) -> Vec<String> {
        let _ = self.child.kill();
        self.listen(Duration::from_secs(10))
    }

    /// Lines up to and with the first that begins with `start`.
    pub fn wait_for(&mut self, start: &str, patience: Duration) -> Result<Vec<String>, String> {
        let end = Instant::now() + patience;
        let mut lines = Vec::new();
        loop {
            match self.lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(line) => lines.push(line),
                Err(reason) => {
                    let what =
                        if reason == RecvTimeoutError::Timeout { "time is up" } else { "the guest ended" };
                    return Err(format!("no line \"{start}\": {what}; so far:\n{}", lines.join("\n")));
                }
            }
            if lines.last().is_some_and(|line| line.starts_with(start)) {
                return Ok(lines);
            }
        }
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
