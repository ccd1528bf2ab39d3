//! A card that fails, turns read-only or is pulled in mid-take: FAULT, no hang, no panic; a new take once it works again, and
//! all that was durable of the old one.
use crate::card::{self, Medium, Take};
use crate::guest::Guest;
use crate::judge;
use crate::qemu::ask;
use crate::recorder::{self, PLAIN};
use crate::sound::{LONG, SHORT, expect};
use serde_json::json;

/// Shell: waits until the log has as many lines with a text.
fn until(text: &str, times: u32) -> String {
    format!(
        "for n in $(seq 200); do [ $(grep -c '{text}' /tmp/media.log) -ge {times} ] && break; sleep 0.1; done; \
         [ $(grep -c '{text}' /tmp/media.log) -ge {times} ]"
    )
}

/// Fails with the log unless the shell line does its work.
fn sees(guest: &mut Guest, script: &str) -> Result<(), String> {
    guest.run(script, LONG).map(drop).map_err(|error| {
        let log = guest.run("grep -v ' status {' /tmp/media.log | tail -n 40", SHORT);
        format!("{error}\n{}", log.unwrap_or_default().join("\n"))
    })
}

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

/// Every write fails: the recorder says FAULT and ends when it is told to; with a disk that works the next start repairs.
pub fn errors(guest: &mut Guest) -> Result<(), String> {
    recorder::lay(guest, PLAIN)?;
    recorder::play(guest, 60)?;
    recorder::start(guest, "/mnt")?;
    sees(
        guest,
        &(until("synced ", 4) + " && " + &recorder::relay("0 $S flakey $D 0 0 3600 1 error_writes")),
    )?;
    sees(guest, &format!("{} && sleep 6 && kill -0 $V", until("FAULT: ", 1)))?;
    let mut lines = recorder::stop(guest)?;
    // A file system that gave up its journal takes it up again when it is mounted anew.
    sees(guest, &format!("umount /mnt; {}; mount -t ext4 /dev/dm-0 /mnt", recorder::relay(PLAIN)))?;
    recorder::start(guest, "/mnt")?;
    sees(guest, &format!("{} && {}", until("synced ", 4), until("repaired ", 1)))?;
    lines.extend(recorder::stop(guest)?);
    recorder::lift(guest)?;
    judged(guest, Medium::Disk, &lines, 2)
}

/// The kernel turns the file system read-only, and back after some seconds: a new take begins by itself.
pub fn read_only(guest: &mut Guest) -> Result<(), String> {
    card::mount(guest, Medium::Disk)?;
    recorder::play(guest, 60)?;
    recorder::start(guest, "/mnt")?;
    sees(guest, &(until("synced ", 4) + " && echo u >/proc/sysrq-trigger"))?;
    sees(guest, &format!("{} && sleep 3 && kill -0 $V && mount -o remount,rw /mnt", until("FAULT: ", 1)))?;
    sees(guest, &format!("{} && sleep 4", until(" recording ", 2)))?;
    let lines = recorder::stop(guest)?;
    guest.run("umount /mnt", SHORT)?;
    judged(guest, Medium::Disk, &lines, 2)
}

/// The stick is pulled and put back, where it is another device: a new take begins by itself, and the next start repairs.
pub fn pulled(guest: &mut Guest) -> Result<(), String> {
    let mount = "for n in $(seq 100); do ls /dev/sd? >/dev/null 2>&1 && break; sleep 0.1; done; mount -t ext4 /dev/sd? /stick";
    // Without the stick there is nothing that could be written to.
    guest.run(&format!("mkdir -p /stick; mount -t tmpfs -o ro none /stick; {mount} && rm -rf /stick/[0-9]* /stick/*.jsonl"), SHORT)?;
    recorder::play(guest, 60)?;
    recorder::start(guest, "/stick")?;
    sees(guest, &until("synced ", 4))?;
    ask(&guest.machine, "device_del", json!({"id": "stick"}))?;
    sees(guest, &format!("{} && sleep 3 && kill -0 $V && umount -l /stick", until("FAULT: ", 1)))?;
    ask(
        &guest.machine,
        "device_add",
        json!({"driver": "scsi-hd", "drive": "stick", "id": "stick", "bus": "scsi.0"}),
    )?;
    sees(guest, &format!("{mount} && {} && sleep 4", until(" recording ", 2)))?;
    let mut lines = recorder::stop(guest)?;
    recorder::start(guest, "/stick")?;
    sees(guest, &format!("{} && {}", until("synced ", 3), until("repaired ", 1)))?;
    lines.extend(recorder::stop(guest)?);
    guest.run("umount /stick; umount /stick", SHORT)?;
    judged(guest, Medium::Stick, &lines, 3)
}
