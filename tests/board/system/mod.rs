//! The whole system, as it is flashed: it records with no one touching it, and goes on whatever is done to it.
pub mod boots;
mod flash;
mod kill;
mod stick;
mod threads;

use crate::guest::Guest;
use crate::qemu::Machine;
use crate::{image, timed};
use flash::Medium;
use std::time::Duration;

/// From power to the root shell, on a busy host.
const PATIENCE: Duration = Duration::from_secs(180);
/// For what is over at once but for a busy host.
const SHORT: Duration = Duration::from_secs(60);
/// How often a check is tried that holds the guest's clock against a limit: its host may be busy.
const ATTEMPTS: usize = 3;

const RECORDS: &str =
    "switched on, the system records on its own, with the other threads off the real-time core";
const STICK: &str =
    "a stick that is in gets the take as well, pulled it is a FAULT, and another that is put in goes on";
const STOPS: &str = "SIGTERM closes the take within 2 s";
const RESTARTS: &str = "SIGKILL: the service manager restarts the firmware, a new take runs within 3 s";
const POWER_CUT: &str = "power cut in mid-take: the take is repaired, the root untouched";
const HANGS: &str = "the hardware watchdog resets a system that hangs";

/// Runs the chosen checks, in order, since each leaves the system recording for the next; how many failed.
pub fn failed(chosen: impl Fn(&str) -> bool) -> Result<usize, String> {
    if ![RECORDS, STICK, STOPS, RESTARTS, POWER_CUT, HANGS].iter().any(|name| chosen(name)) {
        return Ok(0);
    }
    timed("image of the whole system", || image(&["--board", "imx8mp-evk"]))?;
    let medium = flash::medium()?;
    let machine = medium.machine();
    let mut failed = 0;
    let mut check = |name: &str, attempts, run: &mut dyn FnMut() -> Result<(), String>| {
        let passes = !chosen(name) || (0..attempts).any(|_| timed(name, &mut *run).is_ok());
        failed += usize::from(!passes);
    };
    let mut guest = timed("boot of the whole system", || Guest::boot(&machine, PATIENCE))?;
    check(RECORDS, 1, &mut || boots::records(&mut guest));
    check(STICK, 1, &mut || stick::changed(&mut guest));
    check(STOPS, ATTEMPTS, &mut || kill::stops(&mut guest));
    check(RESTARTS, ATTEMPTS, &mut || kill::restarts(&mut guest));
    let mut guest = Some(guest);
    check(POWER_CUT, 1, &mut || power_cut(&mut guest, &machine, &medium));
    check(HANGS, 1, &mut || match &mut guest {
        Some(guest) => kill::hangs(guest, &medium),
        None => Err("the system did not come back from the power cut".into()),
    });
    Ok(failed)
}

/// Takes the power away while a take runs and gives it back.
fn power_cut(guest: &mut Option<Guest>, machine: &Machine, medium: &Medium) -> Result<(), String> {
    let Some(mut running) = guest.take() else { return Err("no system runs".into()) };
    let take = boots::recording(&mut running)?;
    drop(running);
    medium.root_is_untouched()?;
    let running = guest.insert(Guest::boot(machine, PATIENCE)?);
    boots::repaired(running, &take)?;
    medium.root_is_untouched()
}
