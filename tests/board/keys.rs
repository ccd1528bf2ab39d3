//! Buttons and lamps: what the firmware's parts make of pins that are moved from outside.
use crate::guest::Guest;
use crate::pins::{BOUNCES, BUTTONS, LAMPS, Pins};
use crate::sound::{SHORT, expect};
use std::thread::sleep;
use std::time::Duration;

const SOON: Duration = Duration::from_millis(200);
/// A debounce time that bounces of some 10 ms keep, even if the host has other things to do in the middle of one.
const DEBOUNCE_MS: u32 = 80;

/// Starts the probe on `lines`, plays, and returns what the probe said.
fn played(
    guest: &mut Guest,
    pins: &mut Pins,
    options: &str,
    play: impl FnOnce(&mut Pins) -> Result<(), String>,
) -> Result<Vec<String>, String> {
    let lines = BUTTONS.map(|line| format!("gpiochip0:{line}")).join(",");
    let probe =
        format!("board-probe buttons lines={lines} debounce={DEBOUNCE_MS} {options} >/tmp/buttons & P=$!");
    guest.run(&format!("{probe}; until grep -q : /tmp/buttons; do sleep 0.1; done"), SHORT)?;
    play(pins)?;
    sleep(2 * SOON);
    guest.run("kill $P; wait $P; cat /tmp/buttons", SHORT)
}

/// Gestures in the order in which they were told, with their times in microseconds.
fn gestures(lines: &[String]) -> Vec<(&str, u64)> {
    let told = lines.iter().filter_map(|line| line.strip_prefix("gesture: ")?.split_once(' '));
    told.map(|(action, at)| (action, at.parse().unwrap_or(0))).collect()
}

fn actions(lines: &[String]) -> Vec<&str> {
    gestures(lines).into_iter().map(|(action, _)| action).collect()
}

/// Time stamps of a button's edges, in microseconds.
fn edges(lines: &[String], button: usize) -> Vec<u64> {
    let start = format!("edge: {button} ");
    let edges = lines.iter().filter_map(|line| line.strip_prefix(&start)?.split_once(' '));
    edges.filter_map(|(_, at)| at.parse().ok()).collect()
}

/// Each of the five is pressed, bouncing: one act each, that of REC, MARK and SELECT at the kernel's time of the press.
pub fn bounces(guest: &mut Guest) -> Result<(), String> {
    let mut pins = Pins::connect(&guest.machine)?;
    let lines = played(guest, &mut pins, "recording=1", |pins| {
        BUTTONS.iter().try_for_each(|line| {
            pins.press(*line, SOON)?;
            sleep(SOON);
            Ok(())
        })
    })?;
    let expected = ["StartRecording", "Marker", "SelectNext", "NextPage", "ToggleMonitorMute"];
    expect(actions(&lines) == expected, "one act of each button", &lines)?;
    for (button, (_, at)) in gestures(&lines).into_iter().enumerate() {
        let edges = edges(&lines, button);
        expect(edges.len() > 3, "contacts that bounce", &lines)?;
        let (first, last) = (edges[0], edges[edges.len() - 1]);
        let pressed = if button < 3 { at == first } else { at > first + 150_000 && at <= last };
        expect(pressed, "the act of a press at its first edge, that of a release at its", &lines)?;
    }
    Ok(())
}

/// Holds: REC ends only the take that was running before, PAGE clears, both PAGE and MUTE lock.
pub fn holds(guest: &mut Guest) -> Result<(), String> {
    let [rec, _, _, page, mute] = BUTTONS;
    let (short, held, locked) = (1_500, 2_400, 3_500);
    let cases: [(&[u32], &str, u64, &[&str]); 8] = [
        (&[rec], "recording=1", short, &["StartRecording"]),
        (&[rec], "recording=1", held, &["StartRecording", "StopRecording"]),
        (&[rec], "recording=0", held, &["StartRecording"]),
        (&[page], "", held, &["ClearClips"]),
        (&[mute], "", held, &["ToggleMonitorMute"]),
        (&[page, mute], "", short, &[]),
        (&[page, mute], "", held, &[]),
        (&[mute, page], "", locked, &["ToggleLock"]),
    ];
    let mut pins = Pins::connect(&guest.machine)?;
    for (buttons, options, time, expected) in cases {
        let lines =
            played(guest, &mut pins, options, |pins| pins.press_all(buttons, Duration::from_millis(time)))?;
        expect(
            actions(&lines) == expected,
            &format!("{buttons:?} for {time} ms, {options}: {expected:?}"),
            &lines,
        )?;
    }
    Ok(())
}

/// Buttons that are down when the box starts do nothing until they have been let go, bounces included.
pub fn down_at_the_start(guest: &mut Guest) -> Result<(), String> {
    let mut pins = Pins::connect(&guest.machine)?;
    BUTTONS.iter().try_for_each(|line| pins.move_to(*line, true, &[]))?;
    let lines = played(guest, &mut pins, "recording=1", |pins| {
        sleep(4 * SOON);
        BUTTONS.iter().try_for_each(|line| pins.move_to(*line, false, &BOUNCES))?;
        sleep(SOON);
        pins.press(BUTTONS[1], SOON)
    })?;
    expect(lines.iter().any(|line| line == "open: down [0, 1, 2, 3, 4]"), "all five down", &lines)?;
    expect(actions(&lines) == ["Marker"], "nothing but the press after them", &lines)
}

/// Lines that cannot be had are refused in one line that says what to do.
pub fn errors(guest: &mut Guest) -> Result<(), String> {
    let hold = "board-probe buttons lines=gpiochip0:3 seconds=20 >/dev/null & P=$!; sleep 0.5; ";
    let cases = [
        ("", "lines=GPIO99", "error: 0: no GPIO line is named GPIO99: `gpioinfo` lists them"),
        (
            "",
            "lines=gpiochip0:3,gpiochip9:1",
            "error: 1: there is no /dev/gpiochip9: `gpiodetect` lists the GPIO chips",
        ),
        ("", "lines=gpiochip0:99", "error: 0: gpiochip0 has lines 0 to 31, no 99: choose one of these"),
        (
            "",
            "lines=gpiochip1:6",
            "error: 0: GPIO line gpiochip1:6 is in use by \"regulator-pcie\": choose another line or take it from there",
        ),
        (
            hold,
            "lines=gpiochip0:3; kill $P",
            "error: 0: GPIO line gpiochip0:3 is in use by \"vestry\": choose another line or take it from there",
        ),
    ];
    for (before, options, error) in cases {
        let lines = guest.run(&format!("{before}board-probe buttons seconds=1 {options}"), SHORT)?;
        expect(lines == [error], &format!("{options}: expected \"{error}\""), &lines)?;
    }
    Ok(())
}

/// A lamp's line is driven on every change and on no other call, and dark at the end; one that is lit by ground too.
pub fn lamps(guest: &mut Guest) -> Result<(), String> {
    let mut pins = Pins::connect(&guest.machine)?;
    let [high, low] = LAMPS;
    guest.run(&format!("printf '1\\n1\\n0\\n1\\n' | board-probe lamp line=gpiochip0:{high}"), SHORT)?;
    let told = pins.driven(high)?;
    let told_of = |told: &[bool]| vec![format!("{told:?}")];
    expect(told == [true, false, true, false], "lit, dark, lit, dark at the end", &told_of(&told))?;
    guest.run(&format!("printf '1\\n0\\n' | board-probe lamp low=1 line=gpiochip0:{low}"), SHORT)?;
    let told = pins.driven(low)?;
    expect(told == [true, false, true], "dark is high, lit is low, dark again", &told_of(&told))
}
