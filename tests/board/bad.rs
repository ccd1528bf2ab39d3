//! A card that fails, turns read-only or is pulled in mid-take: FAULT, no hang, no panic; a new take once it works again, and
//! all that was durable of the old one.
use crate::card::{self, Medium, Take};
use crate::guest::Guest;
use crate::judge;
use crate::recorder::{self, PLAIN, logged, sees, until};
use crate::sound::{SHORT, expect};
use crate::watch::Watch;

/// Tables of the device mapper: no write gets through, and nothing at all does.
const FAILING: [&str; 2] = ["0 $S flakey $D 0 0 3600 1 error_writes", "0 $S error"];

/// How many frames the recorder said it had synced of its first take.
fn synced(lines: &[String], take: &str) -> u64 {
    let frames = |line: &String| {
        let (frames, rest) = line.split_once("synced ")?.1.split_once(" frames of ")?;
        rest.starts_with(take).then(|| frames.parse().ok()).flatten()
    };
    lines.iter().filter_map(frames).max().unwrap_or(0)
}

/// Holds the takes of an image against what was played and what the log said of them, and repairs what is still open.
fn judged(guest: &Guest, medium: Medium, lines: &[String], count: usize) -> Result<(), String> {
    expect(!lines.iter().any(|line| line.contains("panicked")), "no panic", lines)?;
    let found = judge::found(medium.image(&guest.machine)?)?;
    let names: Vec<_> = found.takes.iter().filter_map(|take| take.file_name()?.to_str()).collect();
    expect(names.len() == count, &format!("{count} takes, not {names:?}"), lines)?;
    for (take, name) in found.takes.iter().zip(names) {
        judge::valid(take)?;
        judge::opens(take)?;
        let (frames, least) = (judge::exact(&Take::of(take)?)?, synced(lines, name));
        println!("board: {name}: {frames} frames exact, {least} of them synced");
        expect(frames >= least && least > 48_000, "everything that was synced", lines)?;
    }
    Ok(())
}

/// Plays and lays a configuration for somebody who watches.
fn watched(guest: &mut Guest, seconds: u32) -> Result<Watch, String> {
    let watch = Watch::begin(guest)?;
    recorder::play(guest, seconds)?;
    recorder::configure(guest, "", &watch.tables())?;
    Ok(watch)
}

/// Every write fails, then every access: the recorder says FAULT and ends when it is told to; with a disk that works the next
/// start repairs.
pub fn errors(guest: &mut Guest) -> Result<(), String> {
    recorder::lay(guest, PLAIN)?;
    let mut watch = watched(guest, 100)?;
    let mut lines = Vec::new();
    for (table, repairs) in FAILING.into_iter().zip(0..) {
        begun(guest, &mut watch, repairs)?;
        sees(guest, &recorder::relay(table))?;
        let fault = watch.fault("Input/output error");
        logged(guest, fault)?;
        sees(guest, "sleep 6 && kill -0 $V")?;
        lines.extend(recorder::stop(guest)?);
        // A file system that gave up its journal takes it up again when it is mounted anew.
        sees(guest, &format!("umount /mnt; {}; mount -t ext4 /dev/dm-0 /mnt", recorder::relay(PLAIN)))?;
    }
    begun(guest, &mut watch, 1)?;
    lines.extend(recorder::stop(guest)?);
    recorder::lift(guest)?;
    judged(guest, Medium::Disk, &lines, 3)
}

/// Starts the recorder on the disk; it repairs so many takes and shows no FAULT.
fn begun(guest: &mut Guest, watch: &mut Watch, repairs: u32) -> Result<(), String> {
    recorder::start(guest, "/mnt")?;
    sees(guest, &format!("{} && {}", until("synced ", 4), until("repaired ", repairs)))?;
    let records = watch.records();
    logged(guest, records)
}

/// The kernel turns the file system read-only, and back after some seconds: a new take begins by itself.
pub fn read_only(guest: &mut Guest) -> Result<(), String> {
    card::mount(guest, Medium::Disk)?;
    let mut watch = watched(guest, 100)?;
    begun(guest, &mut watch, 0)?;
    sees(guest, "echo u >/proc/sysrq-trigger")?;
    let fault = watch.fault("Read-only file system");
    logged(guest, fault)?;
    sees(guest, "sleep 3 && kill -0 $V && mount -o remount,rw /mnt")?;
    sees(guest, &format!("{} && sleep 4", until(" recording ", 2)))?;
    let records = watch.records();
    logged(guest, records)?;
    let lines = recorder::stop(guest)?;
    guest.run("umount /mnt", SHORT)?;
    judged(guest, Medium::Disk, &lines, 2)
}

/// The stick is pulled and put back, where it is another device: a new take begins by itself, and the old one is repaired.
pub fn pulled(guest: &mut Guest) -> Result<(), String> {
    // Without the stick there is nothing that could be written to.
    guest.run("mkdir -p /stick; mount -t tmpfs -o ro none /stick", SHORT)?;
    card::plug(guest)?;
    guest.run(card::WIPE, SHORT)?;
    let mut watch = watched(guest, 100)?;
    recorder::start(guest, "/stick")?;
    sees(guest, &until("synced ", 4))?;
    card::pull(guest)?;
    let fault = watch.fault("");
    logged(guest, fault)?;
    sees(guest, "sleep 3 && kill -0 $V && umount -l /stick")?;
    card::put_in(guest, "stick")?;
    card::plug(guest)?;
    sees(guest, &format!("{} && {} && sleep 4", until(" recording ", 2), until("repaired ", 1)))?;
    let records = watch.records();
    logged(guest, records)?;
    let lines = recorder::stop(guest)?;
    guest.run("umount /stick; umount /stick", SHORT)?;
    judged(guest, Medium::Stick, &lines, 2)
}
