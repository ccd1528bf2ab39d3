//! What happens when it is the driver that stops: both streams, one of them, a whole system that goes to sleep.
use crate::guest::Guest;
use crate::sound::{LONG, SHORT, expect, numbers};

/// A source of `seconds` on one card, and a recorder where `heard` says, into /tmp/out.raw.
fn source(heard: &str, seconds: u32) -> String {
    format!(
        "rm -f /tmp/out.raw; arecord -q -D hw:{heard} -t raw -f S32_LE -r 48000 -c 2 --buffer-size=48000 -d {seconds} /tmp/out.raw & \
         board-probe tone format=S32_LE channels=8 seconds={seconds} | \
         aplay -q -D hw:Loopback,0,0 -t raw -f S32_LE -r 48000 -c 8 --buffer-size=48000 & "
    )
}

const PROBE: &str = "board-probe capture capture=Loopback,1,0 channels=8 play=2 format=S32_LE";

/// Frames that a count by the clock may be off: the loop reports its position every 4 ms (192 frames), and a busy emulator
/// may be late once more with the clock.
const TOLERANCE: u64 = 480;

/// EPIPE: the kernel stops the stream, and it stands still for 0.7 s. The numbers in the signal tell how many frames
/// those were.
pub fn capture(guest: &mut Guest) -> Result<(), String> {
    guest.run(&source("Loopback,0,1", 16), SHORT)?;
    let probe = format!("{PROBE} playback=Loopback,1,1 stop=capture hold=700 loss=clock seconds=13");
    let lines = guest.run(&probe, LONG)?;
    let stops = lines.iter().filter(|line| *line == "stopped: Ok(0), state: XRUN").count();
    expect(stops == 4, "stopped four times, and the kernel says so", &lines)?;
    let off = numbers(&lines, "off: ")?;
    println!("board: four stops of 0.7 s, counted {off:?} frames off");
    expect(off.len() >= 4 && off.iter().all(|&off| off <= TOLERANCE), "each counted", &lines)?;
    let captured = numbers(&lines, "end: ")?;
    expect(captured[4] > 4 * 33_600 && captured[2] == 0, "the stream goes on without a fault", &lines)
}

/// EPIPE on playback alone, on another card. What is heard is out of step by no more than the loops' ticks.
pub fn playback(guest: &mut Guest) -> Result<(), String> {
    guest.run(&source("Other,0,0", 14), SHORT)?;
    let probe = format!("{PROBE} playback=Other,1,0 stop=playback seconds=12");
    let mut lines = guest.run(&probe, LONG)?;
    lines.extend(guest.run("wait; board-probe check format=S32_LE channels=2 </tmp/out.raw", SHORT)?);
    let stops = lines.iter().filter(|line| *line == "stopped: Ok(0), state: XRUN").count();
    expect(stops == 4, "stopped four times, and the kernel says so", &lines)?;
    undisturbed(&lines)?;
    let jumps = lines.iter().filter(|line| line.starts_with("fault: ")).map(|line| {
        let line = std::slice::from_ref(line);
        numbers(line, "fault: ").map(|numbers| numbers[0].abs_diff(numbers[1]))
    });
    let jumps = jumps.collect::<Result<Vec<_>, _>>()?;
    println!("board: playback stopped four times, out of step by {jumps:?} frames");
    let heard = numbers(&lines, "check: ")?;
    let in_step = jumps.len() <= 4 && jumps.iter().all(|&jump| jump <= TOLERANCE);
    expect(in_step && heard[0] > 240_000 && heard[1] <= 4, "heard again after each stop, in step", &lines)
}

fn undisturbed(lines: &[String]) -> Result<(), String> {
    let captured = numbers(lines, "end: ")?;
    let exact = captured[1] > 480_000 && captured[2] == 0 && captured[4] == 0;
    expect(exact, "capture without a fault or a loss", lines)
}

/// The card that plays is pulled, the one that captures stays.
pub fn other_card(guest: &mut Guest) -> Result<(), String> {
    guest.run(&source("Other,0,0", 14), SHORT)?;
    let probe = format!("{PROBE} playback=Other,1,0 seconds=12 & P=$!");
    let lines =
        guest.run(&format!("{probe}; sleep 4; {DRIVER}; echo snd_aloop.1 >unbind; cd /; wait $P"), LONG)?;
    guest.run(&format!("{DRIVER}; echo snd_aloop.1 >bind; cd /"), SHORT)?;
    undisturbed(&lines)
}

const DRIVER: &str = "cd /sys/bus/platform/drivers/snd_aloop";

/// Both cards are pulled, and only the one that captures comes back.
pub fn only_card(guest: &mut Guest) -> Result<(), String> {
    let tone = "(board-probe tone format=S32_LE channels=8 seconds=14 | \
        aplay -q -D hw:Loopback,0,0 -t raw -f S32_LE -r 48000 -c 8 --buffer-size=48000 2>/dev/null) &";
    let probe = format!("{PROBE} playback=Other,1,0 seconds=10 & P=$!");
    // Unbinding waits until the last program has closed the card.
    let pull = "for n in 1 0; do (echo snd_aloop.$n >unbind) & done; sleep 2; echo snd_aloop.0 >bind; cd /";
    let lines =
        guest.run(&format!("{tone} {probe}; sleep 3; {DRIVER}; {pull}; sleep 0.5; {tone} wait $P"), LONG)?;
    guest.run(&format!("{DRIVER}; echo snd_aloop.1 >bind; cd /"), SHORT)?;
    let said = |text: &str| lines.iter().any(|line| line == text);
    expect(said("gone") && said("revived"), "gone and back", &lines)?;
    let captured = numbers(&lines, "end: ")?;
    expect(captured[2] == 0 && captured[1] > 240_000, "the stream goes on without a fault", &lines)
}

/// ESTRPIPE: the kernel suspends every device and resumes them after 5 s (its own test of that). The source stands still
/// as well, so it is the clock that the count is held against.
pub fn suspended(guest: &mut Guest) -> Result<(), String> {
    guest.run(&source("Loopback,0,1", 20), SHORT)?;
    let sleep = "sleep 4; echo devices >/sys/power/pm_test; echo freeze >/sys/power/state";
    let probe = format!("{PROBE} playback=Loopback,1,1 loss=clock seconds=16 & P=$!; {sleep}; wait $P");
    let lines = guest.run(&probe, LONG)?;
    let lost = lines.iter().find(|line| line.starts_with("lost: ") && line.ends_with("Suspend"));
    let lost = lost.and_then(|line| line.split(' ').nth(1)?.parse::<u64>().ok());
    expect(lost.is_some_and(|lost| lost > 5 * 48_000), "more than 5 s lost to it", &lines)?;
    let shift = numbers(&lines, "shift: ")?[0];
    println!("board: the position is {shift} us off the time after a suspend of {lost:?} frames");
    expect(shift < 25_000, "as many frames lost as the clock says", &lines)?;
    let captured = numbers(&lines, "end: ")?;
    expect(captured[2] == 0 && captured[1] > 384_000, "the stream goes on without a fault", &lines)
}
