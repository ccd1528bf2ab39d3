//! The recorder in a volunteer's hands: buttons pressed through the pins, the glass read back and held against what the
//! pages draw, dot for dot.
#[path = "../common/oled.rs"]
#[allow(dead_code)]
mod drawing;

use crate::card;
use crate::guest::Guest;
use crate::pins::{BUTTONS, LAMPS, Pins};
use crate::screen::{Picture, Screen};
use crate::sound::{SHORT, expect};
use std::time::Duration;
use vestry::panel::{BoxState, MeterView, Page, Storage, TakeView, View};

/// Nothing is played: what the glass shows is known. Bounces are debounced for longer than a busy host makes them.
const CONFIGURATION: &str = "frames_per_period = 512\\nperiods = 32\\noutputs = 2\\n[device]\\ncapture = \\\"Loopback,1,0\\\"\\n\
    playback = \\\"Loopback,1,1\\\"\\ncapture_channels = 6\\n[recording]\\nsync_interval_s = 20\\n\
    [realtime]\\ncore = 3\\nrequired = true\\n[display]\\nkind = \\\"sh1106\\\"\\nbus = \\\"/dev/i2c-2\\\"\\n[panel]\\ndebounce_ms = 80\\n";
const NAMES: [&str; 5] = ["rec", "mark", "select", "page", "mute"];
const REC: u32 = BUTTONS[0];
const MARK: u32 = BUTTONS[1];
const SELECT: u32 = BUTTONS[2];
const PAGE: u32 = BUTTONS[3];
const MUTE: u32 = BUTTONS[4];
const TAP: Duration = Duration::from_millis(200);
const PATIENCE: Duration = Duration::from_secs(30);
/// Longest take and shortest room that are reckoned with.
const SECONDS: u64 = 240;
const MINUTES: u64 = 12;

/// One who presses and looks.
struct Volunteer<'a> {
    guest: &'a mut Guest,
    pins: Pins,
    screen: Screen,
    view: View,
}

impl Volunteer<'_> {
    fn press(&mut self, line: u32) -> Result<(), String> {
        self.pins.press(line, TAP)?;
        std::thread::sleep(TAP);
        Ok(())
    }

    /// Waits until the glass shows the view, whatever the time of the take and the room left.
    fn sees(&mut self, what: &str) -> Result<(), String> {
        let view = self.view.clone();
        let seen = self.screen.wait_for(PATIENCE, |picture| shown(picture, &view));
        seen.map(drop).map_err(|error| format!("{what}: {error}"))
    }

    /// Waits until the log has `count` lines with `what`.
    fn hears(&mut self, what: &str, count: usize) -> Result<Vec<String>, String> {
        let wait = format!(
            "for n in $(seq 100); do [ $(grep -c '{what}' /tmp/hands.log) -ge {count} ] && break; sleep 0.1; done; \
             cat /tmp/hands.log"
        );
        let said = self.guest.run(&wait, SHORT)?;
        let heard = said.iter().filter(|line| line.contains(what)).count();
        expect(heard == count, &format!("{count} times \"{what}\""), &said)?;
        Ok(said)
    }

    /// The take that is being written, by the log's last word on it.
    fn records(&mut self, count: usize) -> Result<(), String> {
        let said = self.hears("INFO recording ", count)?;
        let name = said.iter().filter_map(|line| line.split("INFO recording ").nth(1)).next_back();
        let name = name.unwrap_or_default().trim().to_owned();
        self.view.takes.insert(0, name.clone());
        self.view.take = Some(TakeView { name, time: Duration::ZERO });
        self.view.state = BoxState::Recording;
        Ok(())
    }
}

/// Whether the picture is the view at any second of the take, with any room left.
fn shown(picture: &Picture, view: &View) -> Result<(), String> {
    let mut fault = String::new();
    for (second, minute) in (0..SECONDS).flat_map(|second| (0..MINUTES).map(move |minute| (second, minute))) {
        let free_time = Duration::from_secs(minute * 60);
        let mut view = View { storage: Some(Storage { free_bytes: 1, free_time }), ..view.clone() };
        view.take.iter_mut().for_each(|take| take.time = Duration::from_secs(second));
        let frame = drawing::drawn(&view, 64);
        match picture.is(|x, y| frame.lit(x, y)) {
            Ok(()) => return Ok(()),
            Err(error) if fault.is_empty() => fault = error,
            Err(_) => {}
        }
    }
    Err(fault)
}

fn start(guest: &mut Guest) -> Result<(), String> {
    let buttons = NAMES
        .iter()
        .zip(BUTTONS)
        .map(|(name, line)| format!("{name} = {{ line = \\\"gpiochip0:{line}\\\" }}\\n"));
    let lamps = ["rec_led", "fault_led"].iter().zip(LAMPS);
    let lamps = lamps.map(|(name, line)| format!("{name} = {{ line = \\\"gpiochip0:{line}\\\" }}\\n"));
    let lines: String = buttons.chain(lamps).collect();
    guest.run(&format!("printf \"{CONFIGURATION}{lines}\" >/tmp/hands.toml"), SHORT)?;
    card::mount(guest)?;
    let run = "until [ -e /dev/i2c-2 ]; do sleep 0.1; done; \
        vestry run --config /tmp/hands.toml --data /mnt </dev/null >/tmp/hands.log 2>&1 &";
    guest.run(run, SHORT).map(drop)
}

/// Every button does its job, bouncing; the glass shows each consequence.
pub fn held(guest: &mut Guest) -> Result<(), String> {
    let (pins, screen) = (Pins::connect(&guest.machine)?, Screen::connect(&guest.machine)?);
    start(guest)?;
    let meter = |number: usize| MeterView { name: format!("Input {number}"), ..MeterView::default() };
    let view = View { meters: (1..=6).map(meter).collect(), ..View::default() };
    let mut hands = Volunteer { guest, pins, screen, view };
    hands.view.meters[0].selected = true;
    let outcome = session(&mut hands);
    let said = hands.guest.run("killall vestry; wait $!; cat /tmp/hands.log", SHORT)?;
    outcome.map_err(|error| format!("{error}\n{}", said.join("\n")))?;
    hands.guest.run("for take in /mnt/[0-9]*; do vestry verify $take || exit 1; done", SHORT)?;
    Ok(())
}

fn session(hands: &mut Volunteer<'_>) -> Result<(), String> {
    hands.records(1)?;
    hands.sees("switched on, it records")?;
    hands.press(MARK)?;
    hands.hears("INFO Marker 1 at frame", 1)?;
    hands.press(SELECT)?;
    (hands.view.meters[0].selected, hands.view.meters[1].selected) = (false, true);
    hands.sees("SELECT")?;
    hands.press(MUTE)?;
    hands.view.monitor_muted = true;
    hands.sees("MUTE")?;
    for _ in 0..3 {
        hands.press(PAGE)?;
    }
    hands.view.page = Page::Takes;
    hands.sees("PAGE")?;
    hands.press(PAGE)?;
    hands.press(PAGE)?;
    hands.view.page = Page::Levels;
    hands.press(REC)?;
    hands.hears("INFO recording ", 1)?;
    hands.sees("REC, pressed while it records, does no harm")?;
    stopped(hands)?;
    locked(hands)?;
    hands.press(REC)?;
    hands.records(2)?;
    hands.sees("REC")
}

/// REC held for two seconds ends the take.
fn stopped(hands: &mut Volunteer<'_>) -> Result<(), String> {
    hands.pins.press(REC, Duration::from_millis(2_600))?;
    hands.hears("INFO closed ", 1)?;
    hands.view.state = BoxState::Idle;
    hands.sees("REC held")
}

/// PAGE and MUTE held for three seconds lock the buttons; held again they unlock them.
fn locked(hands: &mut Volunteer<'_>) -> Result<(), String> {
    for locked in [true, false] {
        hands.pins.press_all(&[PAGE, MUTE], Duration::from_millis(3_600))?;
        hands.view.locked = locked;
        hands.sees("PAGE and MUTE held")?;
        if locked {
            hands.press(REC)?;
            hands.press(SELECT)?;
            hands.hears("INFO the buttons are locked", 3)?;
            hands.sees("locked buttons")?;
        }
    }
    Ok(())
}
