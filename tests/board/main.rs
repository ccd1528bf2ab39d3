//! The ALSA device, the recorder, buttons, lamps and display on the emulated board: an i.MX 8M Plus with a PREEMPT_RT kernel.
//!
//! `cargo test --features board --test board`; what it boots, `scripts/image` makes, which this calls first.
mod bad;
mod card;
mod cuts;
mod display;
mod front;
mod guest;
mod judge;
mod keys;
mod log_writes;
mod pins;
mod qemu;
mod recorder;
mod remote;
mod screen;
mod signal;
mod sound;
mod spoken;
mod stall;
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
    ("a card that stalls for up to 20 s costs nothing, and the writer's light says so", stall::stalls),
    ("a card whose writes fail is a FAULT, and repaired by the next start", bad::errors),
    ("a card that turned read-only gets a new take when it no longer is", bad::read_only),
    ("a stick that was pulled gets a new take when it is back", bad::pulled),
    ("at every flush of a take the disk holds what was synced", log_writes::replayed),
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

/// The name of the check in `cuts.rs`.
const POWER_CUT: &str =
    "after each power cut in mid-take all but the last second is there, and the next start repairs it";

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
    let (wanted, count) = match arguments() {
        Ok(arguments) => arguments,
        Err(error) => {
            println!("board: {error}");
            return ExitCode::FAILURE;
        }
    };
    let chosen = |name: &str| wanted.is_empty() || wanted.iter().any(|part| name.contains(part.as_str()));
    let outcome = timed("image", || image(&[])).and_then(|()| {
        // Every check runs, so that one report tells all that is wrong.
        match parts(chosen)? + cut(chosen, count) + system::failed(chosen)? {
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

/// Parts of the names of wanted checks, and how many power cuts `--cuts` asks for. Other options are the test runner's.
fn arguments() -> Result<(Vec<String>, usize), String> {
    let (mut wanted, mut count) = (Vec::new(), cuts::CUTS);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--cuts" => {
                let number = arguments.next().and_then(|number| number.parse().ok());
                count = number
                    .filter(|count| *count > 0)
                    .ok_or("--cuts needs a number of power cuts, such as --cuts 20")?;
            }
            option if option.starts_with('-') => {}
            _ => wanted.push(argument),
        }
    }
    Ok((wanted, count))
}

/// The power cuts, each of a machine that is up at once; 1 if they failed.
fn cut(chosen: impl Fn(&str) -> bool, count: usize) -> usize {
    let failed = chosen(POWER_CUT) && timed(POWER_CUT, || cuts::cuts(count)).is_err();
    usize::from(failed)
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
    let [card, disk, stick] =
        [Medium::Card, Medium::Disk, Medium::Stick].map(|medium| card::make(medium).map(Some));
    let (card, disk, stick) = (card?, disk?, stick?);
    let machine = Machine { card, disk, stick, extra, ..qemu::with_content(content.path())? };
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
