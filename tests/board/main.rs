//! The ALSA device, the recorder, buttons, lamps and display on the emulated board: an i.MX 8M Plus with a PREEMPT_RT kernel.
//!
//! `cargo test --features board --test board`; what it boots, `scripts/image` makes, which this calls first.
mod card;
mod display;
mod front;
mod guest;
mod keys;
mod pins;
mod qemu;
mod remote;
mod screen;
mod signal;
mod sound;
mod spoken;
mod stops;
mod system;
mod take;
mod unplug;

use card::Medium;
use guest::Guest;
use qemu::Machine;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

type Check = fn(&mut Guest) -> Result<(), String>;

const CHECKS: &[(&str, Check)] = &[
    ("errors are one line that says what to change", sound::errors),
    ("S32_LE, 6 of 8 channels, is captured and played bit-exact", sound::exact_s32),
    ("S24_3LE, 6 of 8 channels, is captured and played bit-exact", sound::exact_s24),
    ("S16_LE, 6 of 8 channels, is captured and played bit-exact", sound::exact_s16),
    ("frames lost while stopped are counted exactly", sound::stopped),
    ("frames lost while the board stood still are counted exactly", sound::frozen),
    ("a card that was pulled comes back", sound::unplugged),
    ("frames lost while the driver had stopped are counted", stops::capture),
    ("playback that the driver stops leaves capture as it was", stops::playback),
    ("a card to play on that was pulled leaves capture as it was", stops::other_card),
    ("a card to capture from that comes back alone records", stops::only_card),
    ("frames lost while the system was suspended are counted", stops::suspended),
    ("a take is on the SD card bit for bit, made on the real-time core", take::recorded),
    ("six spoken channels are in their files and in the mixes, over a minute", spoken::recorded),
    ("a USB interface unplugged in mid-take leaves one exact gap in it", unplug::unplugged),
    ("a USB interface with a bad contact leaves exact gaps", unplug::rattled),
    ("what a technician asks for is done, and meters follow a tone", remote::steered),
    ("a broker that is away for half a minute costs nothing", remote::left_alone),
    ("with TLS only the right broker is talked to", remote::secured),
    ("each button acts once at the time of its press, however it bounces", keys::bounces),
    ("buttons that are held, alone and together, act once", keys::holds),
    ("buttons that are down at the start do nothing until let go", keys::down_at_the_start),
    ("GPIO lines that cannot be had are refused in one line", keys::errors),
    ("lamps change when they are told to and end dark", keys::lamps),
    ("every golden page is on the glass dot for dot", display::pages),
    ("a display that is absent comes when it is there", display::absent),
    ("a display on a bus that fails recovers", display::disturbed),
    ("every button does its job, and the glass shows it", front::buttons),
];

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
/// How often a check is tried whose failure the host can have caused. One that is exact fails at once, unless the player
/// of the signal itself says that it ran dry, or a process that has nothing to do with it all was not woken in time either.
const ATTEMPTS: usize = 3;
const STARVED: &str = "underrun!!!";
/// A pause of all processors, in ms, that a ring of the card need not outlast.
const STOOD_STILL: u64 = 300;

fn main() -> ExitCode {
    let begun = Instant::now();
    let wanted: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let chosen = |name: &str| wanted.is_empty() || wanted.iter().any(|part| name.contains(part.as_str()));
    let outcome = timed("image", || image(&[])).and_then(|()| {
        // Every check runs, so that one report tells all that is wrong.
        match parts(chosen)? + system::failed(chosen)? {
            0 => Ok(()),
            failed => Err(format!("{failed} checks failed")),
        }
    });
    println!("board: {} s in all", begun.elapsed().as_secs());
    if let Err(error) = &outcome {
        println!("board: {error}");
    }
    if outcome.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The checks of parts, on a machine that is up at once; how many failed.
fn parts(chosen: impl Fn(&str) -> bool) -> Result<usize, String> {
    let checks: Vec<_> = CHECKS.iter().filter(|(name, _)| chosen(name)).collect();
    if checks.is_empty() {
        return Ok(0);
    }
    let content = tempfile::tempdir().map_err(|error| error.to_string())?;
    spoken::prepare(content.path())?;
    let extra = ["-nic", "user"].map(String::from).into();
    let (card, disk) = (Some(card::make(Medium::Card)?), Some(card::make(Medium::Disk)?));
    let machine = Machine { card, disk, extra, ..qemu::with_content(content.path())? };
    let mut guest = timed("boot", || Guest::boot(&machine, Duration::from_secs(120)))?;
    Ok(checks.into_iter().filter(|(name, check)| !passes(name, *check, &mut guest)).count())
}

/// Runs one check; again, at most `ATTEMPTS` times in all, where the host can have failed it. Each failure is printed.
fn passes(name: &str, check: Check, guest: &mut Guest) -> bool {
    for _ in 0..ATTEMPTS {
        let mut pause = Ok(0);
        let outcome = timed(name, || {
            watch(guest)?;
            let outcome = check(guest);
            pause = longest_pause(guest);
            outcome.and(sound::tidy(guest))
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
    guest.run("(taskset 4 board-probe witness >/tmp/witness 2>&1 &)", sound::SHORT).map(drop)
}

/// The longest pause since then, in ms.
fn longest_pause(guest: &mut Guest) -> Result<u64, String> {
    let lines = guest.run("tail -n 1 /tmp/witness", sound::SHORT)?;
    lines.last().and_then(|line| line.parse().ok()).ok_or_else(|| format!("no witness: {lines:?}"))
}

/// Whether the host can have caused the failure.
fn again(name: &str, error: &str) -> bool {
    BY_THE_CLOCK.contains(&name) || error.contains(STARVED)
}

/// Runs one step and prints how it went and how long it took.
fn timed<T>(name: &str, step: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    let begun = Instant::now();
    let result = step();
    let outcome = result.as_ref().err().map_or("ok".to_owned(), |error| format!("FAILED\n{error}"));
    println!("board: {name}: {:.1} s, {outcome}", begun.elapsed().as_secs_f64());
    result
}

/// Makes what is booted.
fn image(arguments: &[&str]) -> Result<(), String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/image");
    match Command::new(script).args(arguments).status() {
        Ok(status) if status.success() => Ok(()),
        other => Err(format!("scripts/image {}: {other:?}", arguments.join(" "))),
    }
}
