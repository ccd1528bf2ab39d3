//! Sticks in a system that records, with no one touching anything else.
use super::SHORT;
use super::boots::growing;
use crate::card;
use crate::guest::Guest;

const TAKES: &str = "/media/stick/takes";

/// Waits until the firmware says so to the service manager.
fn says(guest: &mut Guest, what: &str) -> Result<(), String> {
    let status = "systemctl show vestry -p StatusText";
    let wait = format!("until {status} | grep '^StatusText={what}'; do sleep 0.2; done");
    let said = guest.run(&wait, SHORT);
    said.map(drop).map_err(|error| format!("{error}\n{}", told(guest)))
}

/// What the system has to say of the stick.
fn told(guest: &mut Guest) -> String {
    let ask = "systemctl show vestry -p StatusText; grep ' /media' /proc/mounts; \
        journalctl --no-pager -o short-monotonic -u vestry -u 'vestry-stick@*' | tail -n 30";
    guest.run(ask, SHORT).unwrap_or_default().join("\n")
}

/// What is in from the start gets the take as well; pulled it is a FAULT, and nothing is mounted any more; another one that is put
/// in goes on; and without any, a new start shows no FAULT.
pub fn changed(guest: &mut Guest) -> Result<(), String> {
    guest.run("until systemctl -q is-active vestry-later; do sleep 0.5; done", super::PATIENCE)?;
    on_the_stick(guest)?;
    says(guest, "REC ")?;
    pulled(guest)?;
    card::put_in(guest, "exfat")?;
    on_the_stick(guest)?;
    says(guest, "REC ")?;
    pulled(guest)?;
    guest.run("systemctl restart vestry", SHORT)?;
    says(guest, "REC ")
}

/// Pulls what is in, in mid-take.
fn pulled(guest: &mut Guest) -> Result<(), String> {
    card::pull(guest)?;
    says(guest, "FAULT (USB stick failed, SD card records: ")?;
    guest.run("while grep ' /media/stick ' /proc/mounts; do sleep 0.2; done", SHORT).map(drop)
}

/// Waits until a take grows on the stick.
fn on_the_stick(guest: &mut Guest) -> Result<(), String> {
    growing(guest, TAKES).map(drop).map_err(|error| format!("{error}\n{}", told(guest)))
}
