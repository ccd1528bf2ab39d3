//! Runs on the emulated board, for `probe.rs`: buttons, lamp and display as the firmware drives them, each by itself.
use super::{Arguments, number};
use std::io::{self, BufRead};
use std::time::{Duration, Instant};
use vestry::hal::display::{Controller, Display, DisplaySettings};
use vestry::hal::linux::{Buttons, Edge, Lamp, LineId, LineSettings, now, wait};
use vestry::panel::{Button, Gesture, Gestures, PanelAction};

#[path = "pattern.rs"]
mod pattern;

/// A line as the configuration writes it.
fn line(text: &str, active_low: bool) -> LineSettings {
    let line = match text.split_once(':').map(|(chip, offset)| (chip, offset.parse())) {
        Some((chip, Ok(offset))) => LineId::At { chip: chip.to_owned(), offset },
        _ => LineId::Named(text.to_owned()),
    };
    LineSettings { line, active_low, bias: None }
}

/// Says every edge of the buttons on `lines` and what is meant by them.
pub fn buttons(options: &Arguments) {
    let lines = options.get("lines").map(String::as_str).unwrap_or_default();
    let lines: Vec<_> = (0..).zip(lines.split(',').map(|text| line(text, true))).collect();
    let mut buttons = match Buttons::open(&lines) {
        Ok(buttons) => buttons,
        Err(error) => return println!("error: {}: {error}", error.id),
    };
    let mut gestures = Gestures::new(Duration::from_millis(number(options, "debounce", 10) as u64));
    gestures.set_recording(number(options, "recording", 0) == 1);
    let down: Vec<_> = buttons.down().collect();
    for button in down.iter().filter_map(|id| Button::ALL.get(usize::from(*id))) {
        gestures.already_down(*button);
    }
    println!("open: down {down:?}");
    let end = Instant::now() + Duration::from_secs(number(options, "seconds", 60) as u64);
    while Instant::now() < end {
        let due = gestures.next_due().map_or(Duration::from_secs(1), |due| due.saturating_sub(now()));
        wait(&buttons.fds(), due.min(Duration::from_secs(1)));
        turn(&mut buttons, &mut gestures);
    }
}

/// One turn of the loop: the time is taken before the edges are read, so that none of them is from before it.
fn turn(buttons: &mut Buttons, gestures: &mut Gestures) {
    let now = now();
    for Edge { id, down, at } in buttons.edges() {
        println!("edge: {id} {} {}", u8::from(down), at.as_micros());
        if let Some(button) = Button::ALL.get(usize::from(id)) {
            gestures.edge(*button, down, at).into_iter().for_each(|gesture| say(gestures, gesture));
        }
    }
    gestures.tick(now).into_iter().for_each(|gesture| say(gestures, gesture));
}

fn say(gestures: &mut Gestures, gesture: Gesture) {
    match gesture.action {
        PanelAction::StartRecording => gestures.set_recording(true),
        PanelAction::StopRecording => gestures.set_recording(false),
        _ => {}
    }
    println!("gesture: {:?} {}", gesture.action, gesture.at.as_micros());
}

/// Lights the lamp on `line` and makes it dark as the numbers on standard input say; the end of them drops it.
pub fn lamp(options: &Arguments) {
    let text = options.get("line").map(String::as_str).unwrap_or_default();
    let mut lamp = match Lamp::open(line(text, number(options, "low", 0) == 1)) {
        Ok(lamp) => lamp,
        Err(error) => return println!("error: {error}"),
    };
    for number in io::stdin().lock().lines().map_while(Result::ok) {
        lamp.set(number == "1");
    }
}

/// Shows the picture whose number is in the file `frame`, and says how the display does whenever that changes.
pub fn oled(options: &Arguments) {
    let height = number(options, "height", 64) as u32;
    let settings = DisplaySettings {
        bus: "/dev/i2c-2".into(),
        address: number(options, "address", 0x3c) as u8,
        controller: Controller::Sh1106,
        height,
        flip: false,
        contrast: 128,
    };
    let display = match Display::spawn(settings) {
        Ok(display) => display,
        Err(error) => return println!("error: {error}"),
    };
    let file = options.get("frame").map(String::as_str).unwrap_or("/tmp/frame");
    let mut said = None;
    let end = Instant::now() + Duration::from_secs(number(options, "seconds", 60) as u64);
    while Instant::now() < end {
        let wanted = std::fs::read_to_string(file).ok().and_then(|text| text.trim().parse().ok());
        display.show(pattern::frame(wanted.unwrap_or(0), height));
        std::thread::sleep(Duration::from_millis(50));
        let status = display.status();
        if said != Some((status.answers, status.bytes)) {
            let fault = status.fault.unwrap_or_default();
            println!("display: {} {} frames {} bytes {fault}", status.answers, status.frames, status.bytes);
            said = Some((status.answers, status.bytes));
        }
    }
}
