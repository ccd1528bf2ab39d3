//! The front of the box while `vestry run` is behind it, as far as `hands.rs` does not go: a box that is not to record by
//! itself, every page, REC held for too short a time, the lamp, clip marks, and a display that is dark at the end.
use crate::card;
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
        card::mount(guest)?;
        guest.run(&format!("printf \"{CONFIGURATION}{lines}\" >/tmp/front.toml"), SHORT)?;
        let run = "vestry run --config /tmp/front.toml --data /mnt </dev/null >/tmp/front.log 2>&1 & V=$!";
        guest.run(run, SHORT)?;
        let meter = |number| MeterView { name: format!("Input {number}"), ..MeterView::default() };
        let view = View { meters: (1..=6).map(meter).collect(), ..View::default() };
        let mut front = Self { guest, pins, screen, view, clipped: false };
        front.view.meters.iter_mut().take(1).for_each(|meter| meter.selected = true);
        Ok(front)
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
        let veiled = |x: usize, y: usize| y < 16 && x >= 58 || veil(x, y);
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

    fn press(&mut self, line: u32, time: Duration) -> Result<(), String> {
        self.pins.press(line, time)?;
        sleep(TAP);
        Ok(())
    }

    /// What the lamp REC did since the last look.
    fn lamp(&mut self, expected: &[bool]) -> Result<(), String> {
        let driven = self.pins.driven(LAMPS[0])?;
        expect(driven == expected, &format!("lamp REC: {expected:?}"), &[format!("{driven:?}")])
    }
}

const REC: u32 = BUTTONS[0];
const PAGE: u32 = BUTTONS[3];
const NOTHING: Veil = |_, _| false;

/// What is pressed is seen on the glass, on the lamp, in the log and in the takes.
pub fn shown(guest: &mut Guest) -> Result<(), String> {
    let mut front = Front::start(guest)?;
    let outcome = pressed(&mut front);
    let log = front.guest.run("kill $V 2>/dev/null; wait $V; cat /tmp/front.log", SHORT)?;
    outcome.map_err(|error| format!("{error}\n{}", log.join("\n")))?;
    let dark = |picture: &Picture| if picture.on { Err("lit after the end".into()) } else { Ok(()) };
    front.screen.wait_for(PATIENCE, dark)?;
    front.guest.run("vestry verify /mnt/[0-9]*", SHORT).map(drop)
}

fn pressed(front: &mut Front<'_>) -> Result<(), String> {
    front.shows("at first", NOTHING)?;
    pages(front)?;
    take(front)?;
    clips(front)
}

/// PAGE goes through all pages. Bands of the spectrum and numbers of the machine are not looked at.
fn pages(front: &mut Front<'_>) -> Result<(), String> {
    let veils: [Veil; 5] = [|_, y| y >= 24, |_, y| y >= 24, NOTHING, NOTHING, NOTHING];
    for veil in veils {
        front.press(PAGE, TAP)?;
        front.view.page = front.view.page.next();
        front.shows(front.view.page.name(), veil)?;
    }
    Ok(())
}

/// REC starts a take when pressed, and the same press never ends it; a later one does if it is held for long enough.
fn take(front: &mut Front<'_>) -> Result<(), String> {
    front.lamp(&[])?;
    front.press(REC, HELD)?;
    front.view.state = BoxState::Recording;
    front.shows("REC", NOTHING)?;
    front.lamp(&[true])?;
    front.press(REC, NOT_HELD)?;
    front.shows("REC again", NOTHING)?;
    front.said("INFO closed", 0)?;
    front.press(REC, HELD)?;
    front.view.state = BoxState::Idle;
    front.shows("REC held", NOTHING)?;
    front.lamp(&[false])?;
    front.said("INFO recording", 1)?;
    front.said("INFO closed", 1)
}

/// PAGE held clears the marks of inputs that have clipped.
fn clips(front: &mut Front<'_>) -> Result<(), String> {
    front.guest.run(LOUD, SHORT)?;
    front.clipped = true;
    // The meters fall for some ten seconds.
    sleep(Duration::from_secs(10));
    front.shows("clipped", NOTHING)?;
    front.press(PAGE, HELD)?;
    front.clipped = false;
    front.shows("PAGE held", NOTHING)?;
    expect(front.view.page == Page::Levels, "the page stays", &[])
}
