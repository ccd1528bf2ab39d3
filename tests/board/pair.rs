//! Two media, the quick disk and the stick: what befalls one costs the other nothing, and the box says which is which.
use crate::card::{self, Medium, Take};
use crate::guest::Guest;
use crate::judge::{self, Found};
use crate::recorder::{self, PLAIN, logged, sees, until};
use crate::sound::{SHORT, expect, numbers};
use crate::stall;
use crate::watch::Watch;
use serde_json::Value;
use vestry::panel::Pace;
use vestry::record::manifest::TakeState;

/// In place of the SD card, the emulator's slowest part, stands the disk.
const KEYS: &str = "recordings_dir = \"/mnt\"\nsecond_recordings_dir = \"/stick\"\n";
/// Longest sync of the medium that does not stall, in ms: an emulated one takes its time, but nothing like a stall.
const SYNC: u64 = stall::LONGEST * 1_000 / 8;
/// Hundredths of a second from the mount of a stick that is back to its new take: it is looked for every 5 s.
const BACK: u64 = 800;
/// Frames that a stick may have synced less than the disk when it was pulled, and be told so.
const BEHIND: u64 = 3 * 48_000;

/// Records to /mnt, which is there already, and to the stick.
fn begin(guest: &mut Guest) -> Result<Watch, String> {
    card::plug(guest)?;
    guest.run(card::WIPE, SHORT)?;
    let mut watch = Watch::begin(guest)?;
    recorder::play(guest, 120)?;
    recorder::configure(guest, KEYS, &watch.tables())?;
    recorder::start(guest, "/mnt")?;
    sees(guest, &until("synced ", 8))?;
    let records = watch.records();
    logged(guest, records)?;
    Ok(watch)
}

/// The disk stands still for 20 s.
pub fn stalls(guest: &mut Guest) -> Result<(), String> {
    recorder::lay(guest, PLAIN)?;
    let mut watch = begin(guest)?;
    let seen = stalled(guest, &mut watch);
    logged(guest, seen)?;
    let lines = recorder::stop(guest)?;
    let status = recorder::status(guest)?;
    recorder::lift(guest)?;
    guest.run("umount /stick", SHORT)?;
    let worst = |medium: usize| status["media"][medium]["writer"]["sync_total"]["max_ms"].as_u64();
    println!("board: longest sync of the disk {:?} ms, of the stick {:?} ms", worst(0), worst(1));
    expect(worst(1).is_some_and(|worst| worst < SYNC), "no trace of the stall in the stick's syncs", &lines)?;
    for (place, medium) in [Medium::Disk, Medium::Stick].into_iter().enumerate() {
        let found = judge::found(medium.image(&guest.machine)?)?;
        let frames = whole(only(&found)?, &lines)?.frames()? as u64;
        println!("board: {frames} frames exact on the {medium:?}");
        expect(frames > (stall::LONGEST + 10) * 48_000, "a take over the stall", &lines)?;
        let lost = &status["media"][place]["frames_lost"];
        expect(*lost == 0, &format!("nothing lost on the {medium:?}, not {lost}"), &lines)?;
    }
    Ok(())
}

/// Light and verdicts over a stall.
fn stalled(guest: &mut Guest, watch: &mut Watch) -> Result<(), String> {
    guest.run(&stall::begin(), SHORT)?;
    watch.light(Pace::Behind)?;
    watch.health("the disk is far behind, the stick is not", |health| {
        let writer = |medium: usize| &health["media"][medium]["writer"];
        let far = writer(0)["buffered_s"].as_f64() >= Some(stall::LONGEST as f64 * 0.75);
        states(health) == ["REC", "REC"]
            && far
            && writer(0)["light"] == "behind"
            && writer(1)["light"] == "ok"
    })?;
    guest.run(stall::END, crate::sound::LONG)?;
    watch.records()
}

/// The verdicts on both media.
fn states(health: &Value) -> [&str; 2] {
    [0, 1].map(|medium: usize| health["media"][medium]["state"].as_str().unwrap_or_default())
}

/// The only take of a medium.
fn only(found: &Found) -> Result<&std::path::Path, String> {
    let [take] = found.takes.as_slice() else { return Err(format!("one take, but: {:?}", found.takes)) };
    Ok(take)
}

/// A valid take that is the signal from its beginning to its end.
fn whole(take: &std::path::Path, lines: &[String]) -> Result<Take, String> {
    judge::valid(take)?;
    judge::opens(take)?;
    let take = Take::of(take)?;
    expect(take.manifest.gaps.is_empty(), &format!("no gap: {:?}", take.manifest.gaps), lines)?;
    judge::exact(&take)?;
    Ok(take)
}

/// The stick is pulled in mid-take and put back, and has all that it missed from `vestry sync`.
pub fn pulled(guest: &mut Guest) -> Result<(), String> {
    card::mount(guest, Medium::Disk)?;
    let mut watch = begin(guest)?;
    card::pull(guest)?;
    let seen = watch
        .fault("USB stick failed, SD card records: ")
        .and_then(|()| watch.health("FAULT of the stick alone", |health| states(health) == ["REC", "FAULT"]));
    let health = logged(guest, seen)?;
    println!("board: verdict on the stick: {}", health["media"][1]["reason"]);
    sees(guest, "sleep 3 && kill -0 $V && umount -l /stick")?;
    card::put_in(guest, "stick")?;
    let back = back(guest)?;
    let seen =
        watch.records().and_then(|()| watch.health("both record", |health| states(health) == ["REC"; 2]));
    logged(guest, seen)?;
    let lines = recorder::stop(guest)?;
    expect(back < BACK, "a new take in time", &lines)?;
    synced(guest)?;
    guest.run("umount /mnt; umount /stick", SHORT)?;
    judged(guest, &lines)
}

/// Mounts the stick that is back in; hundredths of a second until its new take, which is some seconds long then, and the
/// broken one repaired.
fn back(guest: &mut Guest) -> Result<u64, String> {
    card::plug(guest)?;
    let clock = |name: &str| format!("read {name} _ </proc/uptime");
    let takes = until("USB stick: recording ", 2);
    let wait = format!("{}; {takes} && {} && echo back: $A $B", clock("A"), clock("B"));
    let lines = sees(guest, &wait)?;
    let [a, a_hundredths, b, b_hundredths] = numbers(&lines, "back:")?[..] else {
        return Err(format!("two times, but: {lines:?}"));
    };
    let took = b * 100 + b_hundredths - a * 100 - a_hundredths;
    println!("board: {}.{:02} s from the stick's mount to its new take", took / 100, took % 100);
    sees(guest, &format!("{} && sleep 4", until("USB stick: repaired ", 1)))?;
    Ok(took)
}

/// `vestry sync` copies, and `vestry verify` passes every take of both media.
fn synced(guest: &mut Guest) -> Result<(), String> {
    let script = "vestry sync --config /tmp/media.toml; echo sync: $?; for t in /mnt/*/take.json /stick/*/take.json; do \
        vestry verify ${t%/take.json} >/tmp/verified || cat /tmp/verified; echo verified: $?; done";
    let lines = guest.run(script, crate::sound::LONG)?;
    lines.iter().for_each(|line| println!("board: {line}"));
    let count = |text: &str| lines.iter().filter(|line| *line == text).count();
    expect(count("sync: 0") == 1, "the stick brought up to date", &lines)?;
    expect(count("verified: 0") == 4, "four takes that pass", &lines)
}

/// The disk has one whole take; the stick what it got of that before it was pulled, what it got afterwards, and a copy.
fn judged(guest: &Guest, lines: &[String]) -> Result<(), String> {
    expect(!lines.iter().any(|line| line.contains("panicked")), "no panic", lines)?;
    let found = |medium: Medium| judge::found(medium.image(&guest.machine)?);
    let (disk, stick) = (found(Medium::Disk)?, found(Medium::Stick)?);
    let all = whole(only(&disk)?, lines)?;
    let takes = stick.takes.iter().map(|take| whole(take, lines)).collect::<Result<Vec<_>, _>>()?;
    let (copies, [broken, second]) = split(&takes)?;
    let (before, after) = (broken.frames()? as u64, second.frames()? as u64);
    println!("board: {} frames exact on the disk; {before} and {after} on the stick", all.frames()?);
    let continues = second.manifest.continues.as_deref() == Some(broken.manifest.name.as_str());
    expect(continues && broken.manifest.state == TakeState::Repaired, "repaired, and gone on with", lines)?;
    let least = lines
        .iter()
        .take_while(|line| !line.contains("FAULT: "))
        .filter_map(|line| line.split_once("synced ")?.1.split_once(" frames of ")?.0.parse::<u64>().ok());
    expect(before + BEHIND > least.max().unwrap_or(u64::MAX / 2), "what was synced on the stick", lines)?;
    let begun = second.manifest.start_frame - broken.manifest.start_frame;
    expect(begun > before && begun + after == all.frames()? as u64, "to the very end", lines)?;
    expect(copies.inputs == all.inputs, "a copy of the whole take", lines)
}

/// Of the stick's takes the copy, and the others in order.
fn split(takes: &[Take]) -> Result<(&Take, [&Take; 2]), String> {
    let (copies, own): (Vec<_>, Vec<_>) = takes.iter().partition(|take| take.manifest.copied_from.is_some());
    match (copies.as_slice(), own.as_slice()) {
        ([copy], [first, second]) => Ok((copy, [first, second])),
        _ => Err(format!("two takes and a copy, but {} and {}", own.len(), copies.len())),
    }
}
