//! The promise: whatever the size of the screen, the state is seen at a glance, and nothing breaks.
#[path = "common/bank.rs"]
mod bank;
#[path = "common/svg.rs"]
mod svg;

use proptest::prelude::*;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Color;
use ratatui::{Terminal, buffer::Cell};
use std::time::Duration;
use vestry::panel::{
    self, BoxState, Bridge, Check, Loss, Machine, MediumView, MeterView, Pace, PadsView, Page, Storage,
    TakeView, View, WriterView,
};

fn meter(name: &str, peak_db: f32, rms_db: f32) -> MeterView {
    let linear = |db: f32| 10_f32.powf(db / 20.0);
    MeterView { name: name.into(), peak: linear(peak_db), rms: linear(rms_db), ..MeterView::default() }
}

fn view() -> View {
    let mut meters = vec![
        meter("Pulpit", -6.0, -18.0),
        meter("Altar", -20.0, -30.0),
        meter("Choir left", 0.0, -12.0),
        meter("Choir right", -30.0, -40.0),
        meter("Organ", -59.0, -70.0),
        MeterView { name: "Spare input with a long name".into(), ..MeterView::default() },
    ];
    meters[1].selected = true;
    meters[3].muted = true;
    View {
        state: BoxState::Recording,
        take: Some(TakeView { name: "2026-03-01_100000_0007".into(), time: Duration::from_secs(3_723) }),
        storage: Some(Storage { free_bytes: 117_240_000_000, free_time: Duration::from_secs(135_600) }),
        meters,
        loss: Loss { xruns: 2, frames: 300, blocks: 0 },
        realtime: vec![
            Check { text: "SCHED_FIFO 80".into(), good: true },
            Check { text: "memory not locked: EPERM".into(), good: false },
        ],
        latency: Some("mean 3 %, p99 5 %, max 9 %, late 0".into()),
        takes: vec!["2026-03-01_100000_0007  1:02:03  recording".into()],
        spectrum: (0..32_u8).map(|band| -20.0 - f32::from(band) * 1.6).collect(),
        faults: vec!["10:31:07 sound card is gone".into(), "09:02:55 medium too slow: sound was lost".into()],
        machine: Machine {
            cpu_celsius: Some(52.3),
            address: Some("192.168.178.20".into()),
            worst_period_us: Some(812.4),
            period_us: 2_666.7,
            card: "ezsound-6x8".into(),
            broker: Some(true),
        },
        messages: (1..=5).map(|number| format!("message {number}")).collect(),
        ..View::default()
    }
}

fn drawn(view: &View, width: u16, height: u16) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    let mut bridge = Bridge::default();
    bridge.step(view, Duration::from_millis(50));
    terminal
        .draw(|frame| panel::draw(frame.buffer_mut(), Rect::new(0, 0, width, height), view, &bridge))
        .unwrap();
    terminal.backend().buffer().clone()
}

fn picture(buffer: &Buffer) -> String {
    let row = |cells: &[Cell]| cells.iter().map(Cell::symbol).collect::<String>().trim_end().to_owned();
    buffer.content().chunks(buffer.area().width.into()).map(row).collect::<Vec<_>>().join("\n")
}

fn golden(name: &str, buffer: &Buffer) {
    same(&format!("tests/golden/{name}.txt"), picture(buffer) + "\n");
}

/// Compares with `tests/golden`; `GOLDEN=write` makes new ones, to be looked at before they are committed.
fn same(path: &str, found: String) {
    if std::env::var_os("GOLDEN").is_some_and(|value| value == "write") {
        std::fs::write(path, &found).unwrap();
    }
    assert!(found == std::fs::read_to_string(path).unwrap(), "{path} is not:\n{found}");
}

#[test]
fn levels_on_a_terminal_of_80_by_24() {
    golden("levels_80x24", &drawn(&view(), 80, 24));
}

/// What the README shows is what the box shows.
#[test]
fn the_picture_in_the_readme() {
    let view =
        View { loss: Loss::default(), messages: vec![" INFO Marker 1 at frame 178704".into()], ..view() };
    same("tests/golden/panel.svg", svg::svg(&drawn(&view, 92, 24)));
}

#[test]
fn two_media_on_a_terminal_of_80_by_24() {
    let storage = view().storage;
    let medium = |name: &str, state, storage| MediumView { name: name.into(), state, storage };
    let stick = medium("USB stick", BoxState::Recording, storage);
    let card = medium("SD card", BoxState::Fault("medium full".into()), None);
    let state = BoxState::Fault("SD card failed, USB stick records: medium full".into());
    let view = View { page: Page::System, media: vec![card, stick], state, ..view() };
    golden("media_80x24", &drawn(&view, 80, 24));
}

#[test]
fn system_on_a_terminal_of_80_by_24() {
    let view = View { page: Page::System, monitor_muted: true, ..view() };
    golden("system_80x24", &drawn(&view, 80, 24));
}

#[test]
fn spectrum_on_a_terminal_of_80_by_24() {
    golden("spectrum_80x24", &drawn(&View { page: Page::Spectrum, ..view() }, 80, 24));
}

fn pads() -> PadsView {
    PadsView {
        bank: 2,
        banks: 6,
        columns: 6,
        cells: bank::cells(),
        selected: 7,
        place: "2.2.2".into(),
        name: "Walk-in music".into(),
        seconds: Some(184.0),
        elapsed: Some(51.2),
        remaining: Some(132.8),
        ..PadsView::default()
    }
}

#[test]
fn pads_on_a_terminal_of_80_by_24_and_on_a_low_one() {
    let view = View { page: Page::Pads, pads: Some(pads()), ..view() };
    golden("pads_80x24", &drawn(&view, 80, 24));
    let failed = PadsView { selected: 33, reason: Some("intro.mp3 is empty (0 bytes)".into()), ..pads() };
    let low = drawn(&View { pads: Some(failed), ..view }, 80, 12);
    assert!(
        picture(&low).contains("[·]") && picture(&low).contains("2.2.2 Walk-in music: intro.mp3 is empty")
    );
}

#[test]
fn faults_on_a_locked_panel() {
    let view = View { page: Page::Faults, locked: true, ..view() };
    golden("faults_80x24", &drawn(&view, 80, 24));
}

#[test]
fn a_self_test_and_an_input_that_hums() {
    let check = |text: &str, good| Check { text: text.into(), good };
    let self_test =
        vec![check("medium: write p95 4 ms, max 9 ms", true), check("clock: not synchronised", false)];
    let view = View { self_test, troubles: vec!["input 5 Organ: hum".into()], ..view() };
    golden("system_tested_80x24", &drawn(&View { page: Page::System, ..view.clone() }, 80, 24));
    golden("faults_now_80x24", &drawn(&View { page: Page::Faults, ..view }, 80, 24));
}

#[test]
fn takes_on_a_narrow_and_low_terminal() {
    let view = View { page: Page::Takes, state: BoxState::Idle, ..view() };
    golden("takes_44x10", &drawn(&view, 44, 10));
}

#[test]
fn thirty_two_inputs_on_a_wide_terminal() {
    let meters = (1..=32_u8).map(|n| meter(&format!("Mic {n}"), -60.0 + f32::from(n), -60.0)).collect();
    let view = View { meters, state: BoxState::Fault("card full".into()), ..view() };
    golden("many_140x24", &drawn(&view, 140, 24));
}

#[test]
fn the_selected_input_is_always_in_sight() {
    for selected in 0..32 {
        let mut meters: Vec<_> = (0..32_u8).map(|n| meter(&format!("Mic {n}"), -20.0, -30.0)).collect();
        meters[selected].selected = true;
        let picture = picture(&drawn(&View { meters, ..view() }, 80, 24));
        assert!(picture.contains(&format!(">{:>2} Mic {selected} ", selected + 1)), "{picture}");
    }
}

#[test]
fn each_state_has_a_colour_and_a_word_of_its_own() {
    let states = [
        (BoxState::Recording, Color::Red, "● REC"),
        (BoxState::Idle, Color::DarkGray, "○ NOT REC"),
        (BoxState::Fault("no card".into()), Color::Yellow, "▲ FAULT: no card"),
    ];
    for (state, colour, word) in states {
        let buffer = drawn(&View { state, ..view() }, 80, 24);
        assert!((0..80).all(|x| (0..3).all(|y| buffer[(x, y)].bg == colour)), "three rows all over");
        assert!(picture(&buffer).lines().nth(1).unwrap().trim_start().starts_with(word));
    }
}

#[test]
fn the_writers_light_is_green_yellow_and_red_and_says_what_is_wrong() {
    let lights = [
        (Pace::Ok, Color::Green, None),
        (Pace::Slow, Color::Yellow, Some("USB stick slow: 12 s buffered of 30")),
        (Pace::Behind, Color::Red, Some("USB stick slow: 12 s buffered of 30")),
    ];
    for (pace, colour, message) in lights {
        let writer = WriterView { pace, buffered: Duration::from_secs(12), pool: Duration::from_secs(30) };
        for (width, height) in [(80, 24), (80, 12), (44, 24), (44, 10)] {
            let buffer = drawn(&View { writer, writer_medium: "USB stick".into(), ..view() }, width, height);
            let picture = picture(&buffer);
            let top = if height == 24 { 3 } else { 1 };
            assert_eq!((buffer[(1, top)].symbol(), buffer[(1, top)].fg), ("●", colour), "{picture}");
            assert_eq!(message.is_some(), picture.contains("slow:"), "{picture}");
            assert!(message.is_none_or(|message| picture.contains(message)), "{picture}");
            let marked = buffer.content().iter().filter(|cell| cell.bg == colour && cell.symbol() == "U");
            assert_eq!(marked.count(), usize::from(message.is_some()), "{picture}");
            assert!(picture.contains("xruns 2 lost 300 dropped 0"), "{picture}");
        }
    }
}

#[test]
fn a_loss_stands_out() {
    let buffer = drawn(&view(), 80, 24);
    let row = picture(&buffer).lines().nth(3).unwrap().to_owned();
    let at = |text: &str| u16::try_from(row.find(text).unwrap()).unwrap();
    assert_eq!(buffer[(at("xruns 2"), 3)].bg, Color::Yellow);
    assert_eq!(buffer[(at("dropped 0"), 3)].bg, Color::Reset);
}

proptest! {
    #[test]
    fn any_size_shows_the_state_first(width in 1_u16..200, height in 1_u16..60, inputs in 0_usize..33, page in 0..6) {
        let mut view = view();
        view.meters = vec![view.meters[2].clone(); inputs];
        for _ in 0..page {
            view.page = view.page.next(true);
        }
        view.pads = Some(pads());
        let picture = picture(&drawn(&view, width, height));
        prop_assert!(width < 7 || picture.contains("● REC"), "{}", picture);
    }
}
