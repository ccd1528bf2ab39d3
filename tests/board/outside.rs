//! Runs on the emulated board, for `probe.rs`: buttons, lamp and display as the firmware drives them, each by itself.
use super::{Arguments, number};
use embedded_graphics::Pixel;
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::Point;
use embedded_graphics::pixelcolor::BinaryColor;
use std::io::{self, BufRead};
use std::time::{Duration, Instant};
use vestry::hal::display::{Controller, Display, DisplaySettings, Frame};
use vestry::hal::linux::{Buttons, Edge, Lamp, LineId, LineSettings, now, wait};
use vestry::panel::{Button, Gesture, Gestures, PanelAction};

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

/// A picture out of hexadecimal digits, each four dots from left to right, row after row.
fn picture(text: &str, height: u32) -> Frame {
    let mut frame = Frame::new(height);
    let digits = text.chars().filter_map(|digit| digit.to_digit(16));
    let dots = (0..).zip(digits).flat_map(|(place, digit)| {
        (0..4).map(move |bit| {
            let at = Point::new(place % 32 * 4 + bit, place / 32);
            Pixel(at, BinaryColor::from(digit >> (3 - bit) & 1 == 1))
        })
    });
    let Ok(()) = frame.draw_iter(dots);
    frame
}

/// Shows the picture that is in `/tmp/frame`, and says how the display does whenever that changes.
pub fn oled(options: &Arguments) {
    let height = number(options, "height", 64) as u32;
    let address = if options.get("address").is_some_and(|text| text == "0x3d") { 0x3d } else { 0x3c };
    let settings = DisplaySettings {
        bus: "/dev/i2c-2".into(),
        address,
        controller: Controller::Sh1106,
        height,
        flip: false,
        contrast: 128,
    };
    let display = match Display::spawn(settings) {
        Ok(display) => display,
        Err(error) => return println!("error: {error}"),
    };
    let mut said = None;
    let end = Instant::now() + Duration::from_secs(number(options, "seconds", 60) as u64);
    while Instant::now() < end {
        display.show(picture(&std::fs::read_to_string("/tmp/frame").unwrap_or_default(), height));
        std::thread::sleep(Duration::from_millis(50));
        let status = display.status();
        if said != Some((status.answers, status.bytes)) {
            let fault = status.fault.unwrap_or_default();
            println!("display: {} {} frames {} bytes {fault}", status.answers, status.frames, status.bytes);
            said = Some((status.answers, status.bytes));
        }
    }
}
