//! The ALSA device, the recorder, buttons, lamps and display on the emulated board: an i.MX 8M Plus with a PREEMPT_RT kernel.
//!
//! `cargo test --features board --test board`; what it boots, `scripts/image` makes, which this calls first.
mod bad;
mod calibrate;
mod card;
mod cuts;
mod display;
mod front;
mod guest;
mod judge;
mod keys;
mod lane;
mod log_writes;
mod pair;
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
mod update;
mod watch;

use lane::Lane;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Instant;

/// The box's parts: sound, the network, buttons, lamps and the display.
const PARTS: Lane = Lane {
    name: "parts",
    prepare: spoken::prepare,
    checks: &[
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
    ],
};

/// Media that fail.
const MEDIA: Lane = Lane {
    name: "media",
    prepare: |_| Ok(()),
    checks: &[
        ("a card that stalls for up to 20 s costs nothing, and the writer's light says so", stall::stalls),
        ("a card whose writes fail, or all of it, is a FAULT, and repaired by the next start", bad::errors),
        ("a card that turned read-only gets a new take when it no longer is", bad::read_only),
        ("a stick that was pulled gets a new take when it is back", bad::pulled),
        ("of two media one that stalls for 20 s is not noticed by the other", pair::stalls),
        (
            "of two media a stick that is pulled goes on when it is back, and is brought up to date",
            pair::pulled,
        ),
        ("at every flush of a take the disk holds what was synced", log_writes::replayed),
        ("what the card's wake-ups allow is proposed", calibrate::calibrated),
    ],
};

/// The name of the check in `cuts.rs`.
const POWER_CUT: &str =
    "after each power cut in mid-take all but the last second is there, and the next start repairs it";

/// What is to be run.
struct Wanted {
    /// Parts of the names of checks; all where there are none.
    names: Vec<String>,
    /// How many power cuts.
    cuts: usize,
    /// The checks of the box, those of media, those of updates.
    suites: [bool; 3],
}

fn main() -> ExitCode {
    let begun = Instant::now();
    let outcome = arguments().and_then(|wanted| {
        if wanted.suites == [false; 3] {
            println!("board: left out, as asked");
            return Ok(());
        }
        timed("image", || image(&[]))?;
        match failed(&wanted)? {
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

/// Runs what is wanted; how many checks failed. Every one runs, so that one report tells all that is wrong.
fn failed(wanted: &Wanted) -> Result<usize, String> {
    let Wanted { names, cuts, suites: [the_box, media, updates] } = wanted;
    let chosen = |name: &str| names.is_empty() || names.iter().any(|part| name.contains(part.as_str()));
    let mut failed = 0;
    if *the_box {
        failed += PARTS.failed(chosen)? + system::failed(chosen)?;
    }
    if *media {
        failed += MEDIA.failed(chosen)? + cut(chosen, *cuts);
    }
    if *updates {
        failed += update::failed(chosen)?;
    }
    Ok(failed)
}

/// What all of this is called where every test of the project is run but this: `cargo test -- --skip emulated-board`.
const ALL: &str = "emulated-board";

/// Parts of the names of wanted checks, `--cuts N`, `--suite` with `box`, `media` or `update`, and `--skip emulated-board`, which leaves
/// nothing to do. Other options are the test runner's.
fn arguments() -> Result<Wanted, String> {
    let mut wanted = Wanted { names: Vec::new(), cuts: cuts::CUTS, suites: [true; 3] };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--cuts" => {
                let number = arguments.next().and_then(|number| number.parse().ok());
                wanted.cuts = number
                    .filter(|count| *count > 0)
                    .ok_or("--cuts needs a number of power cuts, such as --cuts 20")?;
            }
            "--skip" if arguments.next().as_deref() == Some(ALL) => wanted.suites = [false; 3],
            "--suite" => {
                wanted.suites = match arguments.next().as_deref() {
                    Some("box") => [true, false, false],
                    Some("media") => [false, true, false],
                    Some("update") => [false, false, true],
                    other => return Err(format!("--suite needs box, media or update, not {other:?}")),
                }
            }
            option if option.starts_with('-') => {}
            _ => wanted.names.push(argument),
        }
    }
    Ok(wanted)
}

/// The power cuts, each of a machine that is up at once; 1 if they failed.
fn cut(chosen: impl Fn(&str) -> bool, count: usize) -> usize {
    let failed = chosen(POWER_CUT) && timed(POWER_CUT, || cuts::cuts(count)).is_err();
    usize::from(failed)
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
