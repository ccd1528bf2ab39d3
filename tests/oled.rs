//! The promise: the small display says what the box does, whatever page is shown, for a few bytes a frame.
#[path = "common/bank.rs"]
mod bank;
#[path = "common/bus.rs"]
mod bus;
#[path = "common/oled.rs"]
mod oled;
#[path = "common/speech.rs"]
mod speech;

use oled::{drawn, same, same_sheet};
use proptest::prelude::*;
use std::time::Duration;
use vestry::hal::display::Frame;
use vestry::panel::{
    BoxState, Check, Loss, Machine, MediumView, MeterView, Pace, PadCell, PadsView, Page, Storage, TakeView,
    View, WriterView,
};

const HEIGHTS: [u32; 2] = [64, 32];

fn meter(name: &str, peak_db: f32) -> MeterView {
    let peak = 10_f32.powf(peak_db / 20.0);
    MeterView { name: name.into(), peak, rms: peak / 4.0, ..MeterView::default() }
}

fn view() -> View {
    let mut meters = vec![
        meter("Pulpit", -6.0),
        meter("Altar", -20.0),
        meter("Choir left", -12.0),
        meter("Choir right", -30.0),
        meter("Organ", -3.0),
        meter("Handheld 1", -90.0),
    ];
    meters[1].selected = true;
    let hum = |band: usize| -20.0 - band as f32 * 1.4 - if band % 5 < 2 { 9.0 } else { 0.0 };
    View {
        state: BoxState::Recording,
        take: Some(TakeView { name: "2026-03-01_100000_0007".into(), time: Duration::from_secs(3_723) }),
        storage: Some(Storage { free_bytes: 117_240_000_000, free_time: Duration::from_secs(135_600) }),
        meters,
        loss: Loss { xruns: 2, frames: 300, blocks: 0 },
        takes: (1..=7).rev().map(|take| format!("2026-03-0{take}_{}0000_000{take}", take + 10)).collect(),
        spectrum: (0..32).map(hum).collect(),
        faults: vec!["10:31:07 sound card is gone".into(), "09:02:55 medium too slow: sound was lost".into()],
        machine: Machine {
            cpu_celsius: Some(52.3),
            address: Some("192.168.178.20".into()),
            worst_period_us: Some(812.4),
            period_us: 2_666.7,
            card: "ezsound-6x8".into(),
            broker: Some(true),
        },
        ..View::default()
    }
}

fn fault() -> BoxState {
    BoxState::Fault("medium too slow: sound is being lost".into())
}

fn inputs(count: usize) -> Vec<MeterView> {
    let mut meters: Vec<_> =
        (0..count).map(|n| meter(&format!("Mic {}", n + 1), -54.0 + 1.7 * n as f32)).collect();
    meters[count / 2].selected = true;
    meters
}

fn golden(name: &str, view: &View) {
    for height in HEIGHTS {
        same(&format!("tests/golden/oled_{name}_{height}.png"), &drawn(view, height));
    }
}

#[test]
fn every_page_while_recording() {
    for page in Page::ALL {
        let pads = (page == Page::Pads).then(pads);
        golden(page.name(), &View { page, pads, ..view() });
    }
}

/// A bank as it is in the middle of an evening: one clip plays, one cannot.
fn pads() -> PadsView {
    PadsView {
        bank: 1,
        banks: 6,
        columns: 6,
        cells: bank::cells(),
        selected: 7,
        place: "1.2.2".into(),
        name: "Walk-in music, long".into(),
        seconds: Some(184.0),
        elapsed: Some(51.2),
        remaining: Some(132.8),
        ..PadsView::default()
    }
}

#[test]
fn pads_that_are_ready_failed_empty_or_of_a_large_bank() {
    let shown = |name: &str, pads: PadsView, state: BoxState| {
        golden(name, &View { page: Page::Pads, pads: Some(pads), state, ..view() });
    };
    let still = PadsView { elapsed: None, remaining: None, ..pads() };
    let at = |selected: usize, place: &str, name: &str| PadsView {
        selected,
        place: place.into(),
        name: name.into(),
        ..still.clone()
    };
    shown("pads_ready", at(13, "1.3.2", "Bells"), BoxState::Idle);
    let failed = at(9, "1.2.4", "Sermon intro");
    let reason = Some("intro.mp3 is empty (0 bytes)".into());
    shown("pads_failed", PadsView { reason, seconds: None, ..failed }, fault());
    shown("pads_empty", PadsView { seconds: None, ..at(35, "1.6.6", "") }, BoxState::Recording);
    let mut large = at(16 * 9 + 8, "12.10.9", "Choir");
    large.cells = (0..256).map(|at| [PadCell::Ready, PadCell::Playing, PadCell::Empty][at % 5 % 3]).collect();
    shown("pads_large", PadsView { bank: 12, banks: 16, columns: 16, ..large }, BoxState::Recording);
}

#[test]
fn not_recording() {
    golden("levels_idle", &View { state: BoxState::Idle, ..view() });
    golden("takes_none_idle", &View { state: BoxState::Idle, page: Page::Takes, takes: vec![], ..view() });
    golden("faults_none_idle", &View { state: BoxState::Idle, page: Page::Faults, faults: vec![], ..view() });
}

#[test]
fn faults() {
    golden("levels_fault", &View { state: fault(), ..view() });
    let state = BoxState::Fault("sound card is gone".into());
    golden(
        "system_fault",
        &View { state, page: Page::System, machine: Machine::default(), storage: None, ..view() },
    );
}

#[test]
fn two_media() {
    let room = Some(Storage { free_bytes: 117_240_000_000, free_time: Duration::from_secs(135_600) });
    let medium = |name: &str, state, storage| MediumView { name: name.into(), state, storage };
    let stick = medium("USB stick", BoxState::Recording, room);
    let card = medium("SD card", BoxState::Fault("cannot write".into()), None);
    let state = BoxState::Fault("SD card failed, USB stick records: cannot write".into());
    let view = View { page: Page::System, media: vec![card, stick], state, ..view() };
    golden("system_media", &view);
}

#[test]
fn what_is_wrong_now_comes_before_what_was() {
    let check = |text: &str, good| Check { text: text.into(), good };
    let self_test =
        vec![check("medium: write p95 4 ms, max 9 ms", true), check("clock: not synchronised", false)];
    let view = View { page: Page::Faults, self_test, ..view() };
    golden("faults_now", &View { troubles: vec!["input 5 Organ: hum".into()], ..view.clone() });
    let passed = vec![check("clock: synchronised", true)];
    golden("faults_none_tested", &View { faults: vec![], self_test: passed, ..view });
}

#[test]
fn locked_and_muted_in_every_state() {
    for (name, state) in [("rec", BoxState::Recording), ("idle", BoxState::Idle), ("fault", fault())] {
        golden(&format!("locked_{name}"), &View { state, locked: true, monitor_muted: true, ..view() });
    }
}

fn writer(pace: Pace, seconds: u64) -> WriterView {
    WriterView { pace, buffered: Duration::from_millis(seconds * 1_000 + 400), pool: Duration::from_secs(30) }
}

#[test]
fn a_writer_that_does_not_keep_up() {
    golden("writer_slow", &View { writer: writer(Pace::Slow, 3), ..view() });
    golden("writer_behind", &View { writer: writer(Pace::Behind, 12), locked: true, ..view() });
    golden("writer_behind_takes", &View { writer: writer(Pace::Behind, 28), page: Page::Takes, ..view() });
}

#[test]
fn a_code_for_the_page_stands_in_place_of_any_page() {
    let web_code = Some("074 485".to_owned());
    golden("web_code", &View { web_code: web_code.clone(), ..view() });
    for (height, page) in HEIGHTS.into_iter().zip([Page::Faults, Page::Spectrum]) {
        let other = drawn(&View { page, web_code: web_code.clone(), ..view() }, height);
        same(&format!("tests/golden/oled_web_code_{height}.png"), &other);
    }
}

#[test]
fn clipped_and_muted_inputs() {
    let mut view = view();
    view.meters[2] = meter("Choir left", 0.0);
    view.meters[3].muted = true;
    view.meters[4] = MeterView { muted: true, ..meter("Organ", 0.0) };
    golden("levels_clip", &view);
}

#[test]
fn any_number_of_inputs() {
    for count in [1, 2, 4, 12, 32] {
        let mut meters = inputs(count);
        meters[count - 1].peak = 1.0;
        meters[0].muted = count > 1;
        golden(&format!("inputs_{count}"), &View { meters, ..view() });
    }
}

/// For the README.
#[test]
fn a_sheet_of_eight() {
    let mut clipped = view();
    clipped.meters[2] = meter("Choir left", 0.0);
    clipped.meters[3].muted = true;
    let page = |page: Page| View { page, ..view() };
    let views = [
        clipped,
        page(Page::Spectrum),
        View { state: BoxState::Idle, ..page(Page::System) },
        View { locked: true, ..page(Page::Takes) },
        View { state: fault(), ..view() },
        page(Page::Faults),
        View { meters: inputs(32), ..view() },
        View { state: BoxState::Idle, monitor_muted: true, locked: true, ..view() },
    ];
    same_sheet("tests/golden/oled.png", &views.map(|view| drawn(&view, 64)), 2);
}

#[test]
fn a_frame_of_speech_is_at_most_two_hundred_bytes() {
    let views = speech::views(1_200);
    for height in HEIGHTS {
        let [median, mean, p95, max] = bus::figures(bus::bytes(&views, height));
        println!("128x{height}: median {median}, mean {mean:.0}, p95 {p95}, max {max}");
        assert!(
            median > 0.0 && median <= 200.0 && mean <= 200.0,
            "128x{height}: median {median}, mean {mean}"
        );
    }
}

#[test]
fn a_clip_that_plays_costs_a_few_bytes_a_second() {
    let view = |frame: u32| View {
        page: Page::Pads,
        take: Some(TakeView { name: "2026-03-01_100000_0007".into(), time: speech::FRAME * frame }),
        pads: Some(PadsView { remaining: Some(132.8 - f64::from(frame) * 0.05), ..pads() }),
        ..view()
    };
    let views: Vec<_> = (0..1_200).map(view).collect();
    for height in HEIGHTS {
        let [median, mean, p95, max] = bus::figures(bus::bytes(&views, height));
        println!("128x{height}: median {median}, mean {mean:.1}, p95 {p95}, max {max}");
        assert!(median == 0.0 && mean < 10.0 && 0.0 < max && max <= 200.0, "{height}: {mean}, {max}");
    }
}

#[test]
fn where_nothing_changes_nothing_is_sent() {
    let mut still = view();
    still.meters.iter_mut().for_each(|meter| meter.peak = 0.0);
    for height in HEIGHTS {
        assert_eq!(bus::bytes(&vec![still.clone(); 20], height), [0; 19]);
    }
}

/// The part of a picture that the state has for itself.
fn state_of(frame: &Frame) -> Vec<bool> {
    let (columns, rows) = if frame.height() == 64 { (0..48, 0..16) } else { (0..38, 0..32) };
    rows.flat_map(|y| columns.clone().map(move |x| frame.lit(x, y))).collect()
}

fn lit(part: &[bool]) -> usize {
    part.iter().filter(|lit| **lit).count() * 100 / part.len()
}

#[test]
fn the_state_is_on_every_page_and_told_apart_from_afar() {
    for height in HEIGHTS {
        let of =
            |state: &BoxState, page| state_of(&drawn(&View { state: state.clone(), page, ..view() }, height));
        let states = [BoxState::Recording, BoxState::Idle, fault()];
        let first = states.clone().map(|state| of(&state, Page::Levels));
        for page in Page::ALL {
            for (state, first) in states.iter().zip(&first) {
                assert_eq!(&of(state, page), first);
            }
        }
        let [rec, idle, _] = first.each_ref().map(|part| lit(part));
        assert!(rec > 60 && idle < 45, "filled {rec} %, hollow {idle} %");
        for (one, other) in [(0, 1), (0, 2), (1, 2)] {
            let differ = first[one].iter().zip(&first[other]).filter(|(one, other)| one != other).count();
            assert!(differ * 100 / first[one].len() > 25, "{one} and {other} differ in {differ} pixels");
        }
    }
}

proptest! {
    /// Any view is drawn, and the state's part depends on the state alone.
    #[test]
    fn any_view_leaves_the_state_alone(
        count in 0..33_usize,
        levels in prop::collection::vec(any::<f32>(), 33),
        name in "\\PC{0,40}",
        page in prop::sample::select(Page::ALL.to_vec()),
        spectrum in prop::collection::vec(any::<f32>(), 0..140),
        seconds in any::<u32>(),
        counts in any::<[u64; 3]>(),
        pace in prop::sample::select(vec![Pace::Ok, Pace::Slow, Pace::Behind]),
    ) {
        let meters = levels[..count].iter().map(|peak| MeterView { name: name.clone(), peak: *peak, rms: *peak, muted: *peak > 0.5, selected: *peak < 0.0 });
        let time = Duration::from_secs(seconds.into());
        let wild = View {
            meters: meters.collect(),
            take: Some(TakeView { name: name.clone(), time: time / 1_000 }),
            storage: Some(Storage { free_bytes: counts[0], free_time: time }),
            loss: Loss { xruns: counts[0], frames: counts[1], blocks: counts[2] },
            takes: vec![name.clone(); 9],
            faults: vec![name.clone(); 3],
            machine: Machine { card: name, address: Some("2001:db8:85a3:8d3:1319:8a2e:370:7348".into()), ..Machine::default() },
            page,
            spectrum,
            writer: writer(pace, seconds.into()),
            ..view()
        };
        for height in HEIGHTS {
            let part = state_of(&drawn(&wild, height));
            prop_assert_eq!(part, state_of(&drawn(&view(), height)));
        }
    }
}
