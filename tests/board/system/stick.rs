//! A stick that is put into a system that records, with no one touching anything else.
use super::SHORT;
use super::boots::{growing, settled};
use crate::card;
use crate::guest::Guest;
use crate::sound::expect;

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

/// Put in it gets the take as well; pulled it is a FAULT, and nothing is mounted any more; back in it goes on.
pub fn plugged(guest: &mut Guest) -> Result<(), String> {
    settled(guest)?;
    says(guest, "REC ")?;
    card::put_in(guest)?;
    let first = on_the_stick(guest)?;
    says(guest, "REC ")?;
    card::pull(guest)?;
    says(guest, "FAULT (USB stick failed, SD card records: ")?;
    guest.run("while grep ' /media/stick ' /proc/mounts; do sleep 0.2; done", SHORT)?;
    card::put_in(guest)?;
    guest.run(&format!("until grep -qs {first} {TAKES}/recovery.jsonl; do sleep 0.2; done"), SHORT)?;
    says(guest, "REC ")?;
    let script = format!(
        "cd {TAKES}; vestry verify {first}; echo verified: $?; grep -l '\"continues\": *\"{first}\"' */take.json; cd /"
    );
    let lines = guest.run(&script, SHORT)?;
    expect(lines.iter().any(|line| line == "verified: 0"), "the take that was cut off is repaired", &lines)?;
    expect(
        lines.last().is_some_and(|line| line.ends_with("/take.json")),
        "a new take goes on with it",
        &lines,
    )
}

/// Waits until a take grows on the stick; its name.
pub fn on_the_stick(guest: &mut Guest) -> Result<String, String> {
    growing(guest, TAKES).map_err(|error| format!("{error}\n{}", told(guest)))
}
