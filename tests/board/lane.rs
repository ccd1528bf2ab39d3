//! A machine and the checks that are made on it one after another.
use crate::card::{self, Medium};
use crate::guest::Guest;
use crate::qemu::Machine;
use crate::sound::{SHORT, tidy};
use crate::timed;
use std::path::Path;
use std::time::Duration;

/// What is made on a machine that is up.
pub type Check = fn(&mut Guest) -> Result<(), String>;

/// A machine's checks.
pub struct Lane {
    /// What the machine's folder is called.
    pub name: &'static str,
    /// Lays what the checks need into the machine's root.
    pub prepare: fn(&Path) -> Result<(), String>,
    /// Name and check, in order.
    pub checks: &'static [(&'static str, Check)],
}

/// How often a check is tried whose failure the host can have caused. One that is exact fails at once, unless the player
/// of the signal itself says that it ran dry, or a process that has nothing to do with it all was not woken in time either.
pub const ATTEMPTS: usize = 3;
pub const STARVED: &str = "underrun!!!";
/// A pause of all processors, in ms, that a ring of the card need not outlast.
const STOOD_STILL: u64 = 300;

/// Checks that compare with a clock, which a guest whose host is busy reads late now and then.
const BY_THE_CLOCK: &[&str] = &[
    "a USB interface unplugged in mid-take leaves one exact gap in it",
    "a USB interface with a bad contact leaves exact gaps",
    "a card that was pulled comes back",
    "frames lost while the driver had stopped are counted",
    "frames lost while the system was suspended are counted",
    "each button acts once at the time of its press, however it bounces",
    "buttons that are held, alone and together, act once",
    "buttons that are down at the start do nothing until let go",
    "every button does its job, and the glass shows it",
];

impl Lane {
    /// Makes the chosen checks; how many failed.
    pub fn failed(&self, chosen: impl Fn(&str) -> bool) -> Result<usize, String> {
        let checks: Vec<_> = self.checks.iter().filter(|(name, _)| chosen(name)).collect();
        if checks.is_empty() {
            return Ok(0);
        }
        let machine = self.machine()?;
        let boot = || Guest::boot(&machine, Duration::from_secs(180));
        let mut guest = timed(&format!("boot for {}", self.name), boot)?;
        Ok(checks.into_iter().filter(|(name, check)| !passes(name, *check, &mut guest)).count())
    }

    fn machine(&self) -> Result<Machine, String> {
        let content = tempfile::tempdir().map_err(|error| error.to_string())?;
        (self.prepare)(content.path())?;
        let machine = Machine::named(self.name)?;
        machine.lay(content.path())?;
        let made = |medium| card::make(&machine.files, medium).map(Some);
        let (card, disk, stick) = (made(Medium::Card)?, made(Medium::Disk)?, made(Medium::Stick)?);
        let extra = ["-nic", "user"].map(String::from).into();
        Ok(Machine { card, disk, stick, extra, ..machine })
    }
}

/// Runs one check; again, at most `ATTEMPTS` times in all, where the host can have failed it. Each failure is printed.
fn passes(name: &str, check: Check, guest: &mut Guest) -> bool {
    for _ in 0..ATTEMPTS {
        let mut pause = Ok(0);
        let outcome = timed(name, || {
            watch(guest)?;
            let outcome = check(guest);
            pause = longest_pause(guest);
            outcome.and(tidy(guest))
        });
        match outcome {
            Ok(()) => return true,
            Err(error) => {
                println!("board: {name}: the machine stood still for {pause:?} ms at most");
                if !again(name, &error) && pause.is_ok_and(|pause| pause < STOOD_STILL) {
                    return false;
                }
            }
        }
    }
    false
}

/// Begins to look how long the machine stands still, on a core that no check needs; not as a child of the shell, which waits
/// for all of those.
fn watch(guest: &mut Guest) -> Result<(), String> {
    guest.run("(taskset 4 board-probe witness >/tmp/witness 2>&1 &)", SHORT).map(drop)
}

/// The longest pause since then, in ms.
fn longest_pause(guest: &mut Guest) -> Result<u64, String> {
    let lines = guest.run("tail -n 1 /tmp/witness", SHORT)?;
    lines.last().and_then(|line| line.parse().ok()).ok_or_else(|| format!("no witness: {lines:?}"))
}

/// Whether the host can have caused the failure.
fn again(name: &str, error: &str) -> bool {
    BY_THE_CLOCK.contains(&name) || error.contains(STARVED)
}
