//! The promise: whatever moment of an update the power is cut at, the next start takes a root that is whole; and one that does
//! not record gives way to the one that did. Here the record of slots, by the box's own script in both shells that run it; the
//! whole of it runs on the emulated board.
use proptest::prelude::*;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use tempfile::TempDir;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/board/initramfs/slots");
/// The initramfs' and Debian's.
const SHELLS: [&[&str]; 2] = [&["busybox", "sh"], &["dash"]];
const SIZE: u64 = 2 << 20;
/// Of a copy of the record, and where each begins.
const BLOCK: usize = 4096;
const COPIES: [usize; 2] = [0, 1 << 20];
/// Starts that a slot has to become good.
const TRIES: usize = 3;

/// A box's record of slots.
struct Record {
    folder: TempDir,
    shell: &'static [&'static str],
}

impl Record {
    fn new(shell: usize) -> Self {
        let record = Self { folder: tempfile::tempdir().unwrap(), shell: SHELLS[shell] };
        fs::File::create(record.path()).unwrap().set_len(SIZE).unwrap();
        record
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("slots")
    }

    /// What the script prints, where it succeeds.
    fn ask(&self, arguments: &str) -> Result<String, String> {
        let mut command = Command::new(self.shell[0]);
        command.args(&self.shell[1..]).arg(SCRIPT).args(arguments.split(' ')).env("SLOTS", self.path());
        let output = command.output().expect("busybox, dash");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
    }

    /// The same; the power is cut after `bytes` of what it writes are on the medium. Whether it got to its end.
    fn cut(&self, arguments: &str, bytes: Option<usize>) -> bool {
        let before = fs::read(self.path()).unwrap();
        self.ask(arguments).unwrap();
        let Some(bytes) = bytes else { return true };
        let mut after = fs::read(self.path()).unwrap();
        for copy in COPIES.map(|begin| begin + bytes.min(BLOCK)..begin + BLOCK) {
            after[copy.clone()].copy_from_slice(&before[copy]);
        }
        fs::write(self.path(), after).unwrap();
        false
    }

    /// The next slot, and what has become of slot B.
    fn state(&self) -> [Result<String, String>; 2] {
        ["get-primary", "on-trial B"].map(|ask| self.ask(ask))
    }

    fn start(&self) -> usize {
        slot(&self.ask("start").unwrap())
    }
}

fn slot(name: &str) -> usize {
    ["A", "B"].iter().position(|slot| *slot == name).unwrap_or_else(|| panic!("{name} is no slot"))
}

fn name(slot: usize) -> &'static str {
    ["A", "B"][slot]
}

#[test]
fn a_medium_just_flashed_starts_its_first_root_and_writes_nothing() {
    for shell in 0..SHELLS.len() {
        let record = Record::new(shell);
        assert_eq!((record.start(), record.start()), (0, 0));
        assert!(record.ask("on-trial A").is_err());
        assert!(fs::read(record.path()).unwrap().iter().all(|byte| *byte == 0));
    }
}

#[test]
fn a_root_that_never_becomes_good_has_three_tries() {
    for shell in 0..SHELLS.len() {
        let record = Record::new(shell);
        record.ask("set-state B bad").unwrap();
        record.ask("set-primary B").unwrap();
        for _ in 0..TRIES {
            assert_eq!(record.start(), 1);
            assert!(record.ask("on-trial B").is_ok(), "also at its last try");
        }
        assert_eq!((record.start(), record.start()), (0, 0));
        assert_eq!(record.ask("get-primary").unwrap(), "A");
        assert_eq!(record.ask("get-state B").unwrap(), "bad");
    }
}

#[test]
fn a_root_that_became_good_stays() {
    let record = Record::new(0);
    record.ask("set-primary B").unwrap();
    record.ask("start").unwrap();
    record.ask("set-state B good").unwrap();
    assert!((0..2 * TRIES).all(|_| record.start() == 1));
    assert!(record.ask("on-trial B").is_err());
}

#[test]
fn of_two_bad_roots_one_is_started_all_the_same() {
    let record = Record::new(1);
    record.ask("set-state A bad").unwrap();
    record.ask("set-state B bad").unwrap();
    assert_eq!((record.start(), record.start()), (0, 0));
}

#[test]
fn what_is_unknown_is_refused_and_changes_nothing() {
    let record = Record::new(1);
    record.ask("set-primary B").unwrap();
    let before = fs::read(record.path()).unwrap();
    for wrong in
        ["", "stop", "set-state A", "set-state A fine", "set-primary C", "set-primary", "get-state AB"]
    {
        assert!(record.ask(wrong).unwrap_err().starts_with("slots: "), "{wrong}");
    }
    assert!(before == fs::read(record.path()).unwrap());
    fs::remove_file(record.path()).unwrap();
    assert!(record.ask("get-primary").unwrap_err().contains("there is no"), "and none is made");
    assert!(!record.path().exists());
}

/// How long the take is that runs by a line of the firmware to the service manager; `None` where none runs.
fn take(said: &str) -> Option<String> {
    let script = ". ./board/update/usr/lib/vestry/take; takes \"$1\"";
    let output = Command::new("dash").args(["-c", script, "take", said]).output().unwrap();
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[test]
fn a_take_that_runs_is_known_by_what_the_firmware_says() {
    let name = "2026-11-26_101500_0042";
    let runs = [
        format!("REC {name} 0:00:21, 0 frames lost, SD card: REC, 0.1 h free, 0 frames lost"),
        format!("REC {name} 0:00:21, 17408 frames lost"),
        format!(
            "FAULT (USB stick failed, SD card records: unplugged) {name} 0:00:21, 0 frames lost, SD card: REC"
        ),
        format!("FAULT (2026-11-26_101400_0041 0:00:07, is broken) {name} 0:00:21, 0 frames lost"),
    ];
    for line in runs {
        assert_eq!(take(&line).as_deref(), Some("0:00:21"), "{line}");
    }
    let ended = format!("NOT REC {name} 0:00:21, 0 frames lost, SD card: NOT REC, 0.1 h free, 0 frames lost");
    for line in ["", "NOT REC, 0 frames lost", "FAULT (sound card is gone), 0 frames lost", &ended] {
        assert_eq!(take(line), None, "{line}");
    }
}

#[test]
fn updates_go_to_partitions_that_the_medium_has_and_the_start_looks_for() {
    let read = |name: &str| fs::read_to_string(name).unwrap();
    let table = read("scripts/image.d/medium.sh");
    let named = |name: &str| table.contains(&format!(", name={name}\n"));
    let init = read("board/initramfs/init");
    let conf = read("board/update/etc/rauc/system.conf");
    let slots: Vec<_> =
        conf.lines().filter_map(|line| line.strip_prefix("device=/dev/disk/by-partlabel/")).collect();
    assert_eq!(slots, ["vestry-root-a", "vestry-root-b"]);
    for slot in slots {
        assert!(named(slot) && init.contains(&format!("name={slot}")), "{slot}");
    }
    assert!(named("vestry-slots") && init.contains("partition vestry-slots"));
    assert!(conf.contains("\nbootloader-custom-backend=/usr/lib/vestry/slots\n"));
}

/// Every length of the line, with what was there before behind it.
#[test]
fn a_write_that_is_cut_off_changes_all_or_nothing() {
    let record = Record::new(0);
    for command in ["set-state B bad", "set-primary B", "start"] {
        record.ask(command).unwrap();
    }
    let (kept, before) = (fs::read(record.path()).unwrap(), record.state());
    record.ask("set-state B good").unwrap();
    let after = record.state();
    assert!(before != after);
    let mut seen = [0; 2];
    for bytes in 0..128 {
        fs::write(record.path(), &kept).unwrap();
        record.cut("set-state B good", Some(bytes));
        let now = record.state();
        seen[usize::from(now == after)] += 1;
        assert!(now == before || now == after, "{bytes}: {now:?}");
    }
    assert!(seen.iter().all(|times| *times > 10), "{seen:?}");
}

/// What is done to a box from one power cut to the next.
#[derive(Clone, Debug)]
struct Session {
    /// Where its own writes are cut off, if one is: which of them, and after how many bytes.
    cut: Option<(usize, usize)>,
    /// Whether an update is installed, and whether that records.
    update: Option<bool>,
}

fn sessions() -> impl Strategy<Value = Vec<Session>> {
    let cut = proptest::option::weighted(0.7, (0..5_usize, 0..130_usize));
    let session = (cut, proptest::option::weighted(0.7, any::<bool>()));
    proptest::collection::vec(session.prop_map(|(cut, update)| Session { cut, update }), 1..12)
}

/// A box with its two roots.
struct Box {
    record: Record,
    whole: [bool; 2],
    records: [bool; 2],
    /// Steps of this session so far, and the one at which the power is cut.
    step: usize,
    cut: Option<(usize, usize)>,
}

impl Box {
    /// Whether the power is still there after it.
    fn does(&mut self, command: &str) -> Option<()> {
        let here = self.cut.filter(|(step, _)| *step == self.step).map(|(_, bytes)| bytes);
        self.step += 1;
        self.record.cut(command, here).then_some(())
    }

    /// The slot that was started; `None` once the power is cut.
    fn session(&mut self, session: &Session) -> Option<usize> {
        (self.step, self.cut) = (0, session.cut);
        // The slot that a start prints is known only if its write was finished.
        let slot = match self.cut {
            Some((0, _)) => return self.does("start").map(|()| 0),
            _ => self.record.start(),
        };
        self.step = 1;
        assert!(self.whole[slot], "slot {} is started by halves", name(slot));
        if !self.records[slot] {
            return Some(slot);
        }
        self.does(&format!("set-state {} good", name(slot)))?;
        let Some(good) = session.update else { return Some(slot) };
        let other = 1 - slot;
        self.does(&format!("set-state {} bad", name(other)))?;
        self.whole[other] = false;
        if self.cut.is_some_and(|(step, _)| step == self.step) {
            return None;
        }
        self.step += 1;
        (self.whole[other], self.records[other]) = (true, good);
        self.does(&format!("set-primary {}", name(other)))?;
        Some(slot)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    /// Good and broken updates, one upon the other, with power cuts in the middle of any write: what is started is whole, and left
    /// alone the box records after as many starts as a slot has tries, and one more.
    #[test]
    fn whatever_happens_a_whole_root_is_started_and_one_that_records_at_last(life in sessions(), shell in 0..2_usize) {
        let mut the_box = Box { record: Record::new(shell), whole: [true; 2], records: [true; 2], step: 0, cut: None };
        for session in &life {
            the_box.session(session);
        }
        let calm = Session { cut: None, update: None };
        let started: Vec<_> = (0..=TRIES).map_while(|_| the_box.session(&calm)).collect();
        prop_assert!(started.iter().any(|slot| the_box.records[*slot]), "{started:?}");
    }
}
