//! From power to recording.
use super::{SHORT, threads};
use crate::guest::Guest;
use crate::sound::expect;
use std::time::Duration;

const TAKES: &str = "/var/lib/vestry/takes";
/// Until the firmware says that it is ready, on a busy host.
const PATIENCE: Duration = Duration::from_secs(120);

/// Waits until the service is up; the newest take, which is open and growing.
pub fn recording(guest: &mut Guest) -> Result<String, String> {
    guest.run("until systemctl -q is-active vestry; do sleep 0.2; done", PATIENCE)?;
    growing(guest, TAKES)
}

/// Waits for a take in `folder`; the newest one, which is open and growing.
pub fn growing(guest: &mut Guest, folder: &str) -> Result<String, String> {
    let script = format!(
        "until cd {folder} 2>/dev/null; do sleep 0.2; done; T=; A=0; B=0; \
         S() {{ stat -c %s $T*.wav | {{ B=0; while read -r b; do B=$((B + b)); done; echo $B; }}; }}; \
         for n in $(seq 25); do T=$(ls -d *_[0-9]*/ 2>/dev/null | sort -t_ -k3 | tail -n 1); [ -n \"$T\" ] || {{ sleep 0.2; continue; }}; \
         A=$(S); sleep 2; B=$(S); [ $B -gt $A ] && break; done; echo take: $T $A $B; cd /"
    );
    let lines = guest.run(&script, SHORT)?;
    let words: Vec<_> = words(&lines, "take:");
    let sizes: Vec<u64> = words.iter().skip(1).filter_map(|word| word.parse().ok()).collect();
    expect(sizes.len() == 2 && sizes[0] < sizes[1], "a take that grows", &lines)?;
    Ok(words[0].trim_end_matches('/').to_owned())
}

/// Waits until nothing is left to start: what holds a clock has no use for an emulator that is busy with that.
pub fn settled(guest: &mut Guest) -> Result<(), String> {
    let wait = "until systemctl -q is-active multi-user.target && systemctl -q is-active vestry-later; do sleep 0.5; done; sleep 3";
    guest.run(wait, super::PATIENCE).map(drop)
}

/// The words of the line that begins with `start`, without it.
pub fn words<'a>(lines: &'a [String], start: &str) -> Vec<&'a str> {
    let line = lines.iter().find_map(|line| line.strip_prefix(start));
    line.map(|line| line.split_whitespace().collect()).unwrap_or_default()
}

/// A time that the service manager noted, in seconds of the kernel's clock.
pub fn noted(lines: &[String], what: &str) -> Result<f64, String> {
    let value = lines.iter().find_map(|line| line.strip_prefix(what)?.strip_prefix('='));
    let microseconds = value.and_then(|value| value.parse::<f64>().ok()).filter(|value| *value > 0.0);
    microseconds.map(|value| value / 1e6).ok_or(format!("no {what} in {lines:?}"))
}

/// Check 1 of the board.
pub fn records(guest: &mut Guest) -> Result<(), String> {
    let take = recording(guest)?;
    let lines = guest
        .run("systemctl show vestry -p ActiveEnterTimestampMonotonic -p NRestarts -p StatusText", SHORT)?;
    let ready = noted(&lines, "ActiveEnterTimestampMonotonic")?;
    println!("board: {ready:.1} s from kernel start to recording {take}");
    expect(
        lines.iter().any(|line| line == "NRestarts=0"),
        "the first start is the one that records",
        &lines,
    )?;
    expect(lines.iter().any(|line| line.starts_with("StatusText=REC")), "and says so", &lines)?;
    let names = guest.run(&format!("ls -1 {TAKES}/{take}"), SHORT)?;
    expect(
        names.iter().any(|name| name == "01_Pulpit.wav"),
        "the name that was put on the boot partition",
        &names,
    )?;
    threads::placed(guest)?;
    settled(guest)?;
    let lines = guest.run(
        "df -m --output=size /var/lib/vestry; \
         grep ' / ' /proc/mounts; systemctl --failed --no-legend --plain",
        PATIENCE,
    )?;
    let size = lines.get(1).and_then(|size| size.trim().parse::<u64>().ok());
    expect(size.is_some_and(|size| size > 400), "the data partition fills the card", &lines)?;
    expect(lines.get(2).is_some_and(|line| line.contains(" ext4 ro,")), "the root is read-only", &lines)?;
    expect(lines.len() == 3, "no service has failed", &lines)
}

/// That a new take runs and the one that the power cut left open is closed, valid, and in the journal of repairs.
pub fn repaired(guest: &mut Guest, take: &str) -> Result<(), String> {
    let new = recording(guest)?;
    let script =
        format!("cd {TAKES}; grep -c {take} recovery.jsonl; vestry verify {take}; echo verified: $?; cd /");
    let lines = guest.run(&script, SHORT)?;
    expect(new != take, "a new take runs", &lines)?;
    expect(lines.first().is_some_and(|count| count != "0"), "the repair is in the journal", &lines)?;
    expect(lines.iter().any(|line| line == "verified: 0"), "the take is valid", &lines)
}
