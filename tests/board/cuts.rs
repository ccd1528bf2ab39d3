//! The power is cut in mid-take, again and again: the emulator is killed at a moment that nobody chose.
//!
//! What the guest has not yet handed to its disk is lost with it, its page cache above all. What it has handed over stays: the
//! host lives on (`cache=unsafe` in `qemu.rs`). A disk that loses what it had confirmed, or tears a write in two, is not met
//! here but in `tests/power_cut.rs`, and one that has only what was flushed in `log_writes.rs`.
use crate::card::{self, Medium, Take};
use crate::guest::Guest;
use crate::judge::{self, Found};
use crate::lane::{ATTEMPTS, STARVED};
use crate::qemu::Machine;
use crate::recorder;
use crate::sound::{LONG, SHORT, expect};
use crate::timed;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use vestry::record::manifest::TakeState;
use vestry::record::recovery::JOURNAL;

/// Cuts where nobody says how many.
pub const CUTS: usize = 5;
/// Shortest and longest time from the beginning of a take, or the repair of the one before, to its cut, in ms.
const MOMENT: std::ops::Range<u64> = 200..6_000;
/// `sync_interval_s`, and how much later than that a busy emulator may be, in frames.
const INTERVAL: u64 = 48_000;
const LATE: u64 = 48_000;

/// Says on the console what the recorder says, and ten times a second how far the sound card is.
const RECORD: &str = "(vestry run --config /tmp/media.toml --data /mnt </dev/null 2>&1 | while read -r l; do case \"$l\" in \
    *' recording '*) echo \"began: ${l##* recording }\";; *' synced '*) echo \"synced: ${l##* synced }\";; \
    *repair*) echo \"repair: $l\";; *FAULT*|*ERROR*|*panicked*) echo \"bad: $l\";; esac; done) & \
    (while sleep 0.1; do while read -r k _ v; do [ $k = hw_ptr ] && echo \"card: $v\"; done \
    </proc/asound/Loopback/pcm1c/sub0/status; done) 2>/dev/null &";

/// A take that was cut off.
struct Cut {
    lines: Vec<String>,
    /// Frames that the recorder had said to be synced, by its last sync and by the one before, and how long the slowest took,
    /// in frames.
    synced: u64,
    before: u64,
    slowest: u64,
    /// Frames that the sound card had captured.
    captured: u64,
}

/// Cuts the power `count` times.
pub fn cuts(count: usize) -> Result<(), String> {
    let seed = SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |time| time.as_nanos() as u64);
    let machine = Machine::named("cuts")?;
    let machine = Machine { disk: Some(card::make(&machine.files, Medium::Disk)?), ..machine };
    let mut moment = seed;
    let mut last = None;
    let (mut good, mut number) = (0, 0);
    while good < count {
        number += 1;
        expect(
            number <= count * ATTEMPTS,
            "a machine that keeps time",
            &[format!("{good} of {number} cuts")],
        )?;
        moment = moment.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let wait = MOMENT.start + (moment >> 33) % (MOMENT.end - MOMENT.start);
        timed(&format!("cut {number}, {good} of {count} done, after {wait} ms"), || {
            let cut = Cut::make(&machine, number > 1, Duration::from_millis(wait))?;
            // Its sound and its times are not what they should be; another one takes its place.
            if cut.lines.iter().any(|line| line.contains(STARVED)) {
                println!("board: the player of the signal ran dry: the host was busy");
                last = None;
                return Ok(());
            }
            let found = judge::found(Medium::Disk.image(&machine)?)?;
            let said = cut.lines.join("\n");
            cut.judge(&found, number, last.as_ref()).map_err(|error| format!("{error}\n{said}"))?;
            last = Some(cut);
            good += 1;
            Ok(())
        })?;
    }
    Ok(())
}

impl Cut {
    /// Boots, records, and cuts some time after the take has begun and the one before is repaired.
    fn make(machine: &Machine, again: bool, wait: Duration) -> Result<Self, String> {
        let mut guest = Guest::boot(machine, Duration::from_secs(180))?;
        guest.run("until [ -e /dev/vda ]; do sleep 0.1; done; mount -t ext4 /dev/vda /mnt", SHORT)?;
        recorder::play(&mut guest, 60)?;
        guest.run(RECORD, SHORT)?;
        let mut lines = guest.wait_for("began: ", LONG)?;
        if again && !lines.iter().any(|line| line.starts_with("repair: ")) {
            lines.extend(guest.wait_for("repair: ", LONG)?);
        }
        lines.extend(guest.listen(wait));
        lines.extend(guest.cut());
        let figures = |start: &str| {
            let of = lines.iter().filter_map(|line| line.strip_prefix(start)).map(|line| {
                let numbers =
                    line.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok());
                numbers.collect::<Vec<u64>>()
            });
            of.collect::<Vec<_>>()
        };
        let syncs = figures("synced: ");
        let nth = |from_last: usize| syncs.iter().rev().nth(from_last).and_then(|sync| sync.first().copied());
        let captured = figures("card: ").iter().filter_map(|line| line.first().copied()).max().unwrap_or(0);
        Ok(Self {
            synced: nth(0).unwrap_or(0),
            before: nth(1).unwrap_or(0),
            slowest: syncs.iter().filter_map(|sync| sync.last().copied()).max().unwrap_or(0) * 48,
            captured,
            lines,
        })
    }

    /// The take that was cut off opens as it is and is whole up to the last second once it is repaired; the one before is.
    fn judge(&self, found: &Found, number: usize, before: Option<&Self>) -> Result<(), String> {
        let said = |what: &str| self.lines.iter().any(|line| line.starts_with(what));
        expect(!said("bad: "), "no fault", &self.lines)?;
        let [.., take] = found.takes.as_slice() else { return Err("no take on the disk".into()) };
        expect(found.takes.len() == number, &format!("{number} takes"), &[format!("{:?}", found.takes)])?;
        if let (Some(before), [.., repaired, _]) = (before, found.takes.as_slice()) {
            before.repaired(repaired)?;
            let journal = std::fs::read_to_string(found.folder.path().join(JOURNAL)).unwrap_or_default();
            expect(
                journal.lines().count() + 1 == number,
                "a line of the journal for each repair",
                &[journal],
            )?;
        }
        judge::opens(take)?;
        let at_once = Take::of(take)?;
        let done = judge::repair(found.folder.path())?;
        expect(done.len() == 1, "one repair on the host", &done)?;
        let frames = self.repaired(take)?;
        let whole = Take::of(take)?;
        let begins = at_once.inputs.iter().zip(&whole.inputs).all(|(one, all)| all.starts_with(one));
        let least = at_once.inputs.iter().map(Vec::len).min().unwrap_or(0) as u64;
        println!("board: {least} frames open at once, {frames} after the repair, {} synced", self.synced);
        expect(begins && least >= self.before, &format!("{} frames open at once", self.before), &[])
    }

    /// The take is repaired, valid, the signal bit for bit and at most the interval and a sync shorter than what was
    /// captured; its frames.
    fn repaired(&self, path: &Path) -> Result<u64, String> {
        judge::valid(path)?;
        judge::opens(path)?;
        let take = Take::of(path)?;
        let frames = judge::exact(&take)?;
        let state = format!("{:?}", take.manifest.state);
        expect(take.manifest.state == TakeState::Repaired, "repaired", &[state])?;
        expect(frames >= self.synced, &format!("{frames} frames, and {} synced", self.synced), &[])?;
        let lost = self.captured.saturating_sub(take.manifest.start_frame + frames);
        println!("board: {:.2} s before the cut are lost", lost as f64 / 48_000.0);
        expect(lost <= INTERVAL + self.slowest + LATE, &format!("{lost} frames lost"), &[])?;
        Ok(frames)
    }
}
