//! The front of the box while `vestry run` is behind it: fingers on the pins, eyes on the glass and the lamps.
use crate::card::{self, Medium};
use crate::guest::Guest;
use crate::pins::{BUTTONS, LAMPS, Pins};
use crate::screen::{Picture, Screen};
use crate::sound::{SHORT, expect};
use std::thread::sleep;
use std::time::Duration;
use vestry::hal::display::Frame;
use vestry::panel::{BoxState, Bridge, MeterView, Page, View, oled};

const TAP: Duration = Duration::from_millis(250);
/// More than the 2 s that REC and PAGE have to be held, and less.
const HELD: Duration = Duration::from_millis(2_600);
const NOT_HELD: Duration = Duration::from_millis(1_400);
/// More than the 3 s that lock and unlock.
const LOCKED: Duration = Duration::from_millis(3_600);
/// Until a press is on the glass.
const PATIENCE: Duration = Duration::from_secs(8);
const CONFIGURATION: &str = "record = false\\nframes_per_period = 512\\nperiods = 32\\n\
    [device]\\ncapture = \\\"Loopback,1,0\\\"\\nplayback = \\\"Loopback,1,1\\\"\\ncapture_channels = 6\\n\
    [realtime]\\ncore = 3\\nrequired = true\\n\
    [display]\\nkind = \\\"sh1106\\\"\\nbus = \\\"/dev/i2c-2\\\"\\n[panel]\\ndebounce_ms = 80\\n";
/// A tenth of a second at full scale on all inputs.
const LOUD: &str = "printf '\\377\\377\\377\\177%.0s' $(seq 30000) | \
    aplay -q -D hw:Loopback,0,0 -t raw -f S32_LE -r 48000 -c 6";

/// Where the picture depends on time or machine: not looked at.
type Veil = fn(usize, usize) -> bool;

/// The front, and what it should show.
struct Front<'a> {
    guest: &'a mut Guest,
    pins: Pins,
    screen: Screen,
    view: View,
    /// Inputs have clipped, and fell silent since.
    clipped: bool,
}

impl<'a> Front<'a> {
    /// Starts the recorder, with nothing to record yet.
    fn start(guest: &'a mut Guest) -> Result<Self, String> {
        let (pins, screen) = (Pins::connect(&guest.machine)?, Screen::connect(&guest.machine)?);
        let line = |name: &str, line: u32| format!("{name} = {{ line = \\\"gpiochip0:{line}\\\" }}\\n");
        let names = ["rec", "mark", "select", "page", "mute", "rec_led", "fault_led"];
        let lines = names.iter().zip(BUTTONS.into_iter().chain(LAMPS)).map(|(name, at)| line(name, at));
        let lines: String = lines.collect();
        card::mount(guest, Medium::Disk)?;
        guest.run(&format!("printf \"{CONFIGURATION}{lines}\" >/tmp/front.toml"), SHORT)?;
        let run = "vestry run --config /tmp/front.toml --data /mnt </dev/null >/tmp/front.log 2>&1 & V=$!";
        guest.run(run, SHORT)?;
        let meter = |number| MeterView { name: format!("Input {number}"), ..MeterView::default() };
        let view = View { meters: (1..=6).map(meter).collect(), ..View::default() };
        let mut front = Self { guest, pins, screen, view, clipped: false };
        front.select(0);
        Ok(front)
    }

    fn select(&mut self, input: usize) {
        for (at, meter) in self.view.meters.iter_mut().enumerate() {
            meter.selected = at == input;
        }
    }

    /// The picture of the view, its meters at rest.
    fn drawn(&self) -> Frame {
        let (mut bridge, mut loud) = (Bridge::default(), self.view.clone());
        if self.clipped {
            loud.meters.iter_mut().for_each(|meter| meter.peak = 1.0);
            bridge.step(&loud, Duration::from_millis(50));
        }
        (0..600).for_each(|_| bridge.step(&self.view, Duration::from_millis(50)));
        let mut frame = Frame::new(64);
        let Ok(()) = oled::draw(&mut frame, &self.view, &bridge);
        frame
    }

    /// Waits until the glass shows the view, but for the times in the state's line and what is under `veil`.
    fn shows(&mut self, what: &str, veil: Veil) -> Result<(), String> {
        let frame = self.drawn();
        let times = if self.view.locked || self.view.monitor_muted { 58..117 } else { 58..128 };
        let veiled = |x: usize, y: usize| y < 16 && times.contains(&x) || veil(x, y);
        let as_drawn = |picture: &Picture| {
            picture.is(|x, y| if veiled(x, y) { picture.lit(x, y) } else { frame.lit(x, y) })
        };
        self.screen.wait_for(PATIENCE, as_drawn).map(drop).map_err(|error| format!("{what}: {error}"))
    }

    /// Fails with the log unless `count` lines of it contain `text`.
    fn said(&mut self, text: &str, count: usize) -> Result<(), String> {
        let lines = self.guest.run("cat /tmp/front.log", SHORT)?;
        let found = lines.iter().filter(|line| line.contains(text)).count();
        expect(found == count, &format!("\"{text}\" {count} times, not {found}"), &lines)
    }

    fn tap(&mut self, button: usize) -> Result<(), String> {
        self.pins.press(BUTTONS[button], TAP)?;
        sleep(TAP);
        Ok(())
    }

    fn hold(&mut self, buttons: &[usize], time: Duration) -> Result<(), String> {
        let lines: Vec<_> = buttons.iter().map(|button| BUTTONS[*button]).collect();
        self.pins.press_all(&lines, time)?;
        sleep(TAP);
        Ok(())
    }

    /// What the lamp REC did since the last look.
    fn lamp(&mut self, expected: &[bool]) -> Result<(), String> {
        let driven = self.pins.driven(LAMPS[0])?;
        expect(driven == expected, &format!("lamp REC: {expected:?}"), &[format!("{driven:?}")])
    }
}

const REC: usize = 0;
const MARK: usize = 1;
const SELECT: usize = 2;
const PAGE: usize = 3;
const MUTE: usize = 4;
const NOTHING: Veil = |_, _| false;

/// Every button does its job, seen on the glass, the lamp, in the log and in the takes.
pub fn buttons(guest: &mut Guest) -> Result<(), String> {
    let mut front = Front::start(guest)?;
    let outcome = pressed(&mut front);
    let log = front.guest.run("kill $V 2>/dev/null; wait $V; cat /tmp/front.log", SHORT)?;
    outcome.map_err(|error| format!("{error}\n{}", log.join("\n")))?;
    let dark = |picture: &Picture| if picture.on { Err("lit after the end".into()) } else { Ok(()) };
    front.screen.wait_for(PATIENCE, dark)?;
    card::takes(front.guest, Medium::Disk).map(drop)
}

fn pressed(front: &mut Front<'_>) -> Result<(), String> {
    front.shows("at first", NOTHING)?;
    monitor(front)?;
    pages(front)?;
    take(front)?;
    lock(front)?;
    clips(front)
}

/// SELECT goes to the next input, MUTE mutes and unmutes the monitor.
fn monitor(front: &mut Front<'_>) -> Result<(), String> {
    front.tap(SELECT)?;
    front.select(1);
    front.shows("SELECT", NOTHING)?;
    for muted in [true, false] {
        front.tap(MUTE)?;
        front.view.monitor_muted = muted;
        front.shows("MUTE", NOTHING)?;
    }
    Ok(())
}

/// PAGE goes through all pages. Bands of the spectrum and numbers of the machine are not looked at.
fn pages(front: &mut Front<'_>) -> Result<(), String> {
    let veils: [Veil; 5] = [|_, y| y >= 24, |_, y| y >= 24, NOTHING, NOTHING, NOTHING];
    for veil in veils {
        front.tap(PAGE)?;
        front.view.page = front.view.page.next(false);
        front.shows(front.view.page.name(), veil)?;
    }
    Ok(())
}

/// REC starts a take when pressed, ends it only when held, and MARK marks it.
fn take(front: &mut Front<'_>) -> Result<(), String> {
    front.lamp(&[])?;
    front.hold(&[REC], HELD)?;
    front.view.state = BoxState::Recording;
    front.shows("REC", NOTHING)?;
    front.lamp(&[true])?;
    front.tap(MARK)?;
    front.hold(&[REC], NOT_HELD)?;
    front.shows("REC again", NOTHING)?;
    front.said("INFO closed", 0)?;
    front.hold(&[REC], HELD)?;
    front.view.state = BoxState::Idle;
    front.shows("REC held", NOTHING)?;
    front.lamp(&[false])?;
    front.said("INFO recording", 1)?;
    front.said("INFO Marker 1 at frame", 1)?;
    front.said("INFO closed", 1)
}

/// PAGE and MUTE lock and unlock; locked, no other button does anything.
fn lock(front: &mut Front<'_>) -> Result<(), String> {
    front.hold(&[PAGE, MUTE], LOCKED)?;
    front.view.locked = true;
    front.shows("locked", NOTHING)?;
    (REC..=MUTE).try_for_each(|button| front.tap(button))?;
    sleep(TAP);
    front.shows("locked, and every button pressed", NOTHING)?;
    front.said("INFO recording", 1)?;
    front.hold(&[PAGE, MUTE], LOCKED)?;
    front.view.locked = false;
    front.shows("unlocked", NOTHING)
}

/// PAGE held clears the marks of inputs that have clipped.
fn clips(front: &mut Front<'_>) -> Result<(), String> {
    front.guest.run(LOUD, SHORT)?;
    front.clipped = true;
    // The meters fall for some ten seconds.
    sleep(Duration::from_secs(10));
    front.shows("clipped", NOTHING)?;
    front.hold(&[PAGE], HELD)?;
    front.clipped = false;
    front.shows("PAGE held", NOTHING)?;
    expect(front.view.page == Page::Levels, "the page stays", &[])
}
