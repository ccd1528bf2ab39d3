//! `rsync`, to a daemon or over `ssh`: a child of its own, that goes on in the file that is there (`--inplace`, compared by checksums), and
//! is asked afterwards whether there is any difference. It has our low priority, stands still while delivery is held, and ends with us.
//!
//! Runs on: delivery.
use super::brake::Brake;
use super::failure::Failure;
use super::settings::{DeliverySettings, Secret};
use super::target::{Carrier, Parcel, Way};
use crate::config::DeliveryTarget;
use crate::hal::linux::{GroupSignal, never_block, signal_group, wait};
use std::io::{ErrorKind, PipeReader, Read};
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Between two looks at the child.
const LOOK: Duration = Duration::from_millis(200);
/// Seconds without a byte after which it gives up.
const SILENCE_S: u32 = 60;
/// What of its output is kept to tell why it failed, in bytes.
const KEPT: usize = 400;

/// A place that rsync knows.
pub struct Rsync {
    /// With a slash at its end.
    place: String,
    /// What it finds in its environment.
    env: Vec<(&'static str, String)>,
    limit: Option<u64>,
}

impl Rsync {
    /// The target of `settings`; `own` is a folder of ours, where ssh remembers the keys of hosts.
    pub fn new(settings: &DeliverySettings, own: &Path) -> Self {
        let limit = settings.limit;
        match &settings.target {
            DeliveryTarget::Ssh { place } => {
                let env = vec![("RSYNC_RSH", shell(&settings.secret, &own.join("known_hosts")))];
                Self { place: place.clone(), env, limit }
            }
            DeliveryTarget::Rsync { url } => match &settings.secret {
                Secret::Pair(user, password) => {
                    let place = url.replacen("rsync://", &format!("rsync://{user}@"), 1);
                    Self { place, env: vec![("RSYNC_PASSWORD", password.clone())], limit }
                }
                _ => Self { place: url.clone(), env: Vec::new(), limit },
            },
            other => Self { place: format!("{other:?}"), env: Vec::new(), limit },
        }
    }

    /// `rsync` with what it always gets. It ends when the thread that started it does.
    fn command(&self) -> Command {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "rsync"]);
        command.args(["--inplace", "--no-whole-file", "--checksum", "--times"]);
        command.arg(format!("--timeout={SILENCE_S}"));
        command.envs(self.env.iter().map(|(name, value)| (*name, value))).env("LC_ALL", "C");
        command.stdin(Stdio::null()).process_group(0);
        command
    }

    /// From where to where.
    fn places(&self, parcel: &Parcel<'_>) -> [PathBuf; 2] {
        let to = format!("{}{}/", self.place, parcel.take);
        // A name that begins with a dash would be an option; a path that begins with a slash is none.
        let from = std::path::absolute(&parcel.source.path).unwrap_or_else(|_| parcel.source.path.clone());
        [from, to.into()]
    }

    /// Sends it.
    fn send(&self, parcel: &Parcel<'_>, way: &mut Way<'_>) -> Result<(), Failure> {
        let mut command = self.command();
        if let Some(limit) = self.limit {
            command.arg(format!("--bwlimit={}", limit.div_ceil(1024).max(1)));
        }
        command.args(["--info=progress2", "--outbuf=L"]).args(self.places(parcel));
        let (mut told, length) = (0, parcel.source.length);
        let sent = &mut *way.sent;
        let mut progress = |line: &str| {
            // "  1,234,567  45%  1.2MB/s  0:00:01"
            let digits: String = line.split_whitespace().next().unwrap_or("").replace(',', "");
            let there = digits.parse::<u64>().unwrap_or(0).min(length);
            sent(there.saturating_sub(told));
            told = told.max(there);
        };
        run(command, way.brake, &mut progress)?;
        sent(length.saturating_sub(told));
        Ok(())
    }

    /// Whether there is no difference, by checksums of all bytes on both sides.
    fn is_same(&self, parcel: &Parcel<'_>, brake: &mut Brake) -> Result<bool, Failure> {
        let mut command = self.command();
        command.args(["--dry-run", "--itemize-changes"]).args(self.places(parcel));
        let mut differs = false;
        run(command, brake, &mut |line| differs |= line.starts_with("<f"))?;
        Ok(!differs)
    }
}

/// How rsync calls ssh. The key of a host is taken as it comes at first, and refused when it has changed.
fn shell(secret: &Secret, known_hosts: &Path) -> String {
    let key = match secret {
        Secret::Key(path) => format!(" -o IdentitiesOnly=yes -i '{}'", path.display()),
        _ => String::new(),
    };
    format!(
        "ssh -F none -o BatchMode=yes -o ConnectTimeout=20 -o ServerAliveInterval=15 -o StrictHostKeyChecking=accept-new \
         -o UserKnownHostsFile='{}'{key}",
        known_hosts.display()
    )
}

/// A child that does not outlive what it is for.
struct Kept(Child);

impl Drop for Kept {
    fn drop(&mut self) {
        signal_group(self.0.id(), GroupSignal::Kill);
        let _ = self.0.wait();
    }
}

/// Runs it to its end; `line` is told each line of its output.
fn run(mut command: Command, brake: &Brake, line: &mut dyn FnMut(&str)) -> Result<(), Failure> {
    let later = |error: std::io::Error| Failure::Later(format!("rsync: {error}"));
    let (mut reader, writer) = std::io::pipe().map_err(later)?;
    never_block(&reader).map_err(later)?;
    command.stderr(writer.try_clone().map_err(later)?).stdout(writer);
    let mut child =
        Kept(command.spawn().map_err(|error| Failure::Later(format!("cannot start rsync: {error}")))?);
    // Its ends of the pipe are ours too until then, and the pipe would never end.
    drop(command);
    let (mut output, mut paused) = (Output::default(), false);
    loop {
        if brake.is_closed() {
            return Err(Failure::Stopped);
        }
        if paused != brake.is_on() {
            paused = !paused;
            signal_group(child.0.id(), if paused { GroupSignal::Pause } else { GroupSignal::Resume });
        }
        if paused {
            std::thread::sleep(LOOK);
        } else if !output.take(&mut reader, line).map_err(later)? {
            break;
        }
    }
    let status = child.0.wait().map_err(later)?;
    if status.success() {
        return Ok(());
    }
    Err(Failure::Later(format!("rsync: {} ({status})", output.last())))
}

/// What it says.
#[derive(Default)]
struct Output {
    line: Vec<u8>,
    kept: String,
}

impl Output {
    /// Waits a little for more and takes it in; false at the end.
    fn take(&mut self, reader: &mut PipeReader, line: &mut dyn FnMut(&str)) -> std::io::Result<bool> {
        wait(&[reader.as_fd()], LOOK);
        let mut bytes = [0; 4096];
        let read = match reader.read(&mut bytes) {
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {
                return Ok(true);
            }
            read => read?,
        };
        for byte in bytes.iter().take(read) {
            if matches!(byte, b'\n' | b'\r') {
                self.end(line);
            } else if self.line.len() < KEPT {
                self.line.push(*byte);
            }
        }
        Ok(read > 0)
    }

    fn end(&mut self, line: &mut dyn FnMut(&str)) {
        let text = String::from_utf8_lossy(&self.line).trim().to_owned();
        self.line.clear();
        line(&text);
        if text.starts_with("rsync error") || text.is_empty() || text.contains('%') {
            return;
        }
        self.kept = text;
    }

    /// The last line that tells of more than how far it has come.
    fn last(&self) -> &str {
        if self.kept.is_empty() { "it failed" } else { &self.kept }
    }
}

impl Carrier for Rsync {
    fn part_bytes(&self, length: u64) -> u64 {
        length
    }

    fn begin(&mut self, _take: &str, brake: &mut Brake) -> Result<(), Failure> {
        brake.wait()
    }

    fn deliver(&mut self, parcel: &Parcel<'_>, way: &mut Way<'_>) -> Result<(), Failure> {
        self.send(parcel, way)?;
        if self.is_same(parcel, way.brake)? {
            return Ok(());
        }
        Err(Failure::Wrong(format!("{}: the target has something else than was sent", parcel.name)))
    }
}
