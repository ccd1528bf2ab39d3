//! The firmware ended, kindly and not; a system that hangs.
use super::SHORT;
use super::boots::{noted, recording, repaired, settled, words};
use super::flash::Medium;
use crate::guest::Guest;
use crate::sound::expect;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

/// Seconds from SIGTERM to the end.
const CLOSED: f64 = 2.0;
/// Seconds from SIGKILL to a new take.
const RUNS_AGAIN: f64 = 3.0;
/// For the watchdog: its own 15 s, and a busy host's.
const RESET: Duration = Duration::from_secs(60);

/// The service is stopped; its take is closed and valid. Then it is started again.
pub fn stops(guest: &mut Guest) -> Result<(), String> {
    settled(guest)?;
    let take = recording(guest)?;
    let script = format!(
        "systemctl stop vestry; systemctl show vestry -p ActiveExitTimestampMonotonic -p InactiveEnterTimestampMonotonic \
         -p Result; vestry verify /var/lib/vestry/takes/{take}; echo verified: $?; systemctl start --no-block vestry"
    );
    let lines = guest.run(&script, SHORT)?;
    let took =
        noted(&lines, "InactiveEnterTimestampMonotonic")? - noted(&lines, "ActiveExitTimestampMonotonic")?;
    println!("board: {took:.2} s from SIGTERM to the closed take");
    expect(lines.iter().any(|line| line == "verified: 0"), "the take is valid", &lines)?;
    expect(lines.iter().any(|line| line == "Result=success"), "it ended by itself", &lines)?;
    expect(took < CLOSED, "closed in time", &lines)
}

/// The firmware is killed in mid-take.
pub fn restarts(guest: &mut Guest) -> Result<(), String> {
    settled(guest)?;
    let take = recording(guest)?;
    // Nobody looks meanwhile: reading the log costs the emulator more than the start itself. And the log may be some moments
    // behind: the line of the new take is waited for.
    let script = "L() { journalctl -u vestry -o short-monotonic --no-pager | grep ' recording '; }; N=$(L | wc -l); \
        P=$(systemctl show vestry -p MainPID --value); read U _ </proc/uptime; kill -KILL $P; echo killed: $U; \
        until sleep 4; [ $(L | wc -l) -gt $N ]; do :; done; L | tail -n 1 | tr -d '[]' | sed 's/^/began: /'";
    let lines = guest.run(script, SHORT)?;
    let seconds = |start| words(&lines, start).first().and_then(|word| word.parse::<f64>().ok());
    let (Some(killed), Some(began)) = (seconds("killed:"), seconds("began:")) else {
        return expect(false, "both times", &lines);
    };
    println!("board: {:.2} s from SIGKILL to the new take", began - killed);
    repaired(guest, &take)?;
    expect(began > killed && began - killed < RUNS_AGAIN, "a new take in time", &lines)
}

/// Freezes the service manager, which feeds the watchdog; the machine is reset by it and by nothing else.
pub fn hangs(guest: &mut Guest, medium: &Medium) -> Result<(), String> {
    recording(guest)?;
    let failed = |error: std::io::Error| format!("control socket: {error}");
    let mut socket = UnixStream::connect(medium.control()).map_err(failed)?;
    socket.set_read_timeout(Some(RESET)).map_err(failed)?;
    writeln!(socket, "{{\"execute\": \"qmp_capabilities\"}}").map_err(failed)?;
    guest.run("echo 1 >/sys/fs/cgroup/init.scope/cgroup.freeze; sleep 1; grep frozen /sys/fs/cgroup/init.scope/cgroup.events", SHORT)?;
    let begun = Instant::now();
    let mut told = Vec::new();
    for line in BufReader::new(socket).lines() {
        told.push(line.map_err(|error| format!("no reset: {error}; the emulator told {told:?}"))?);
        if told.last().is_some_and(|line| line.contains("\"WATCHDOG\"")) {
            println!("board: reset {:.0} s after the hang", begun.elapsed().as_secs_f64());
            return Ok(());
        }
    }
    Err(format!("the guest ended without its watchdog; the emulator told {told:?}"))
}
