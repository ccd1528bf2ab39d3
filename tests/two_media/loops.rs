//! The program on real file systems, each on a loop device of its own. Mounting them needs root.
#[path = "../common/card.rs"]
mod card;
use super::cli;
use super::common::verify;
use card::{Card, root, run};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use vestry::record::manifest::{Manifest, TakeState};

/// Bytes of a card.
const SIZE: u64 = 64 << 20;

fn configured(work: &Path, card: &Path, stick: &Path) -> PathBuf {
    let text = format!(
        "inputs = 6\noutputs = 0\nrecord_pool_seconds = 5\n\
         recordings_dir = {card:?}\nsecond_recordings_dir = {stick:?}\n\
         [device]\nkind = \"offline\"\n[recording]\nmin_free_mb = 1\n[realtime]\nlock_memory = false\n\
         [[device.offline.sources]]\nnoise_seed = 7\nlevel_db = -12\n"
    );
    let path = work.join("vestry.toml");
    fs::write(&path, text).unwrap();
    path
}

struct Running {
    child: Child,
    said: PathBuf,
}

impl Running {
    fn start(work: &Path, config: &Path) -> Self {
        let said = work.join("said");
        let child = Command::new(env!("CARGO_BIN_EXE_vestry"))
            .args(["run", "--config", config.to_str().unwrap()])
            .current_dir(work)
            .stdin(Stdio::null())
            .stdout(File::create(&said).unwrap())
            .stderr(File::create(work.join("errors")).unwrap())
            .spawn()
            .unwrap();
        Self { child, said }
    }

    fn until(&self, what: &str, wanted: impl Fn() -> bool) {
        for _ in 0..1_200 {
            if wanted() {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("{what}: {}", self.told());
    }

    fn told(&self) -> String {
        let errors = fs::read_to_string(self.said.with_file_name("errors"));
        fs::read_to_string(&self.said).unwrap_or_default() + &errors.unwrap_or_default()
    }

    fn stop(&self) {
        let pid = nix::unistd::Pid::from_raw(self.child.id() as i32);
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
    }

    fn end(mut self) -> (Option<i32>, String) {
        self.stop();
        let code = self.child.wait().unwrap().code();
        (code, self.told())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

/// Takes of a folder, none while it is not there.
fn takes(dir: &Path) -> Vec<PathBuf> {
    if dir.is_dir() { super::common::takes(dir) } else { Vec::new() }
}

/// A valid take that lost nothing to its medium. The machine may be too slow for the sound; that is in both takes.
fn unhurt(take: &Path) -> Manifest {
    let manifest = verify(take);
    assert!(manifest.gaps.iter().all(|gap| gap.cause == "xrun"), "{:?}", manifest.gaps);
    manifest
}

/// A box that records to a card and a stick, each a medium of its own.
struct Pair {
    running: Running,
    card: Card,
    stick: Card,
    work: tempfile::TempDir,
}

impl Pair {
    /// Once both have a take; none where the rights for that are missing.
    fn start() -> Option<Self> {
        if !root() {
            return None;
        }
        let work = tempfile::tempdir().unwrap();
        let (card, stick) = (Card::new(work.path(), "card", SIZE), Card::new(work.path(), "stick", SIZE));
        let config = configured(work.path(), &card.takes(), &stick.takes());
        let running = Running::start(work.path(), &config);
        let one = |card: &Card| takes(&card.takes()).len() == 1;
        running.until("takes", || one(&card) && one(&stick));
        Some(Self { running, card, stick, work })
    }
}

/// How a card dies.
#[derive(Clone, Copy)]
pub enum Death {
    Pulled,
    ReadOnly,
}

pub fn dies_and_comes_back(how: Death, state: fn(&Path) -> TakeState) {
    // What is named last goes first: the program, then what it writes to.
    let Some(Pair { work: _work, stick, card, running }) = Pair::start() else { return };
    let broken = takes(&card.takes()).remove(0);
    std::thread::sleep(Duration::from_secs(2));
    match how {
        Death::Pulled => card.pull(),
        Death::ReadOnly => card.read_only(),
    }
    running.until("FAULT", || running.told().contains("FAULT: SD card failed, USB stick records"));
    match how {
        Death::Pulled => assert!(!card.takes().exists(), "nothing may be made where the card was"),
        Death::ReadOnly => assert_eq!(takes(&card.takes()).len(), 1, "nothing more is written"),
    }
    card.put_back();
    running.until("a new take", || takes(&card.takes()).len() == 2);
    running.until("the repair", || state(&broken) == TakeState::Repaired);
    running.until("no FAULT", || running.told().contains("no FAULT any more: REC"));
    std::thread::sleep(Duration::from_secs(1));
    let (code, told) = running.end();
    assert_eq!(code, Some(1), "frames are missing on the card: {told}");
    assert!(told.contains("SD card: ") && told.contains("frames could not be written"), "{told}");
    let all = takes(&card.takes());
    let (first, second) = (unhurt(&all[0]), unhurt(&all[1]));
    assert_eq!(second.continues, Some(first.name));
    let [whole] = &takes(&stick.takes())[..] else { panic!("{told}") };
    let whole = unhurt(whole);
    assert_eq!((&whole.session, whole.start_frame), (&first.session, first.start_frame));
    assert_eq!(whole.frames.unwrap(), second.start_frame + second.frames.unwrap(), "to the very end");
}

/// A file system that takes nothing in until it is thawed; at the latest with the end of the test.
struct Frozen<'a>(&'a Card);

impl<'a> Frozen<'a> {
    fn new(card: &'a Card) -> Self {
        run("fsfreeze", &["-f", card.at.to_str().unwrap()]);
        Self(card)
    }
}

impl Drop for Frozen<'_> {
    fn drop(&mut self) {
        let _ = Command::new("fsfreeze").arg("-u").arg(&self.0.at).status();
    }
}

pub fn hangs() {
    let Some(Pair { work: _work, stick, card, running }) = Pair::start() else { return };
    std::thread::sleep(Duration::from_secs(1));
    let frozen = Frozen::new(&stick);
    running.until("a light", || running.told().contains("writer slow: USB stick slow"));
    running.stop();
    // The other medium's take is closed and the program through, though a thread of it hangs in the kernel.
    running.until("the end", || running.told().contains("the medium does not answer"));
    unhurt(&takes(&card.takes())[0]);
    assert!(!running.told().contains("SD card slow"), "{}", running.told());
    drop(frozen);
    let (code, told) = running.end();
    assert_eq!(code, Some(1), "{told}");
}

pub fn fills_up() {
    if !root() {
        return;
    }
    let work = tempfile::tempdir().unwrap();
    let (card, stick) = (Card::new(work.path(), "card", SIZE), Card::new(work.path(), "stick", SIZE));
    // Room for about two seconds above the megabyte that stays free.
    let free = nix::sys::statvfs::statvfs(&stick.at).unwrap();
    let free = free.blocks_available() * free.fragment_size();
    fs::write(stick.at.join("ballast"), vec![1; (free - 3_500_000) as usize]).unwrap();
    let config = configured(work.path(), &card.takes(), &stick.takes());
    let output = cli::vestry(work.path(), &["run", "--for", "6s", "--config", config.to_str().unwrap()]);
    let said = cli::said(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    let last = said.lines().last().unwrap();
    assert!(said.contains("USB stick: medium full"), "{said}");
    assert!(last.contains("USB stick: ") && !last.contains("SD card: "), "{said}");
    assert_eq!(unhurt(&takes(&card.takes())[0]).frames, Some(6 * 48_000));
    let short = unhurt(&takes(&stick.takes())[0]);
    assert!(short.frames.unwrap() < 6 * 48_000, "{said}");
}

pub fn is_not_in() {
    let work = tempfile::tempdir().unwrap();
    let (card, mounted_on) = (work.path().join("card"), work.path().join("stick"));
    fs::create_dir(&mounted_on).unwrap();
    let config = configured(work.path(), &card, &mounted_on.join("takes"));
    let output = cli::vestry(work.path(), &["run", "--for", "2s", "--config", config.to_str().unwrap()]);
    let said = cli::said(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("USB stick: ") && said.contains("is not on a medium of its own"), "{said}");
    assert_eq!(fs::read_dir(&mounted_on).unwrap().count(), 0);
    assert_eq!(unhurt(&takes(&card)[0]).frames, Some(2 * 48_000));
}

pub fn need_not_be_in() {
    let work = tempfile::tempdir().unwrap();
    let (card, stick) = (work.path().join("card"), work.path().join("stick/vestry/takes"));
    let config = configured(work.path(), &card, &stick);
    let text = fs::read_to_string(&config).unwrap();
    fs::write(&config, format!("second_recordings_optional = true\n{text}")).unwrap();
    let output = cli::vestry(work.path(), &["run", "--for", "2s", "--config", config.to_str().unwrap()]);
    let said = cli::said(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(!said.contains("FAULT") && !said.contains("USB stick"), "{said}");
    assert!(!work.path().join("stick").exists());
    assert_eq!(unhurt(&takes(&card)[0]).frames, Some(2 * 48_000));
}
