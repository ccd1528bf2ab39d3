//! Numbers as people read them, and the status line of a box without a screen.
//!
//! Runs on: supervisor.
use super::view::{BoxState, Pace, Storage, View, WriterView};
use std::time::Duration;

/// The word for the state, the same wherever it is shown.
pub fn state_word(state: &BoxState) -> &'static str {
    match state {
        BoxState::Recording => "REC",
        BoxState::Idle => "NOT REC",
        BoxState::Fault(_) => "FAULT",
    }
}

/// `h:mm:ss`.
pub fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    format!("{}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

/// `117.2 GB` (decimal, as cards are sold).
pub fn bytes(count: u64) -> String {
    let (unit, name) = match count {
        1_000_000_000.. => (1e9, "GB"),
        _ => (1e6, "MB"),
    };
    format!("{:.1} {name}", count as f64 / unit)
}

/// `37 h 40 min`; under an hour `40 min`.
pub fn rough_time(time: Duration) -> String {
    let minutes = time.as_secs() / 60;
    match minutes / 60 {
        0 => format!("{minutes} min"),
        hours => format!("{hours} h {:02} min", minutes % 60),
    }
}

/// What is wrong now: inputs, and what the last self-test found.
pub fn troubles(view: &View) -> impl Iterator<Item = String> + '_ {
    let failed = view.self_test.iter().filter(|check| !check.good);
    view.troubles.iter().cloned().chain(failed.map(|check| format!("self-test {}", check.text)))
}

/// Free space and how long it lasts.
pub fn room(storage: Option<Storage>) -> String {
    match storage {
        Some(room) => format!("{} free, {}", bytes(room.free_bytes), rough_time(room.free_time)),
        None => "free space unknown".into(),
    }
}

/// What a writer that does not keep up has to say of its medium; nothing while it does.
pub fn writer_message(medium: &str, writer: WriterView) -> Option<String> {
    let WriterView { pace, buffered, pool } = writer;
    let [buffered, pool] = [buffered, pool].map(|time| time.as_secs());
    (pace != Pace::Ok).then(|| format!("{medium} slow: {buffered} s buffered of {pool}"))
}

/// A level with one decimal, or `-inf` below what a 24-bit converter can tell.
pub fn level(db: f32) -> String {
    if db <= super::ballistics::FLOOR_DB { " -inf".into() } else { format!("{db:5.1}") }
}

/// One line that says it all, for a log or a terminal without a screen.
pub fn status_line(view: &View) -> String {
    let loss = view.loss;
    let mut line = state_word(&view.state).to_owned();
    if let BoxState::Fault(reason) = &view.state {
        line += &format!(" ({reason})");
    }
    if let Some(take) = &view.take {
        line += &format!(" {} {}", take.name, clock(take.time));
    }
    let peaks: Vec<_> = view.meters.iter().map(|meter| decibels(meter.peak)).collect();
    line += &format!(
        " | {} | xruns {} lost {} dropped {}",
        room(view.storage),
        loss.xruns,
        loss.frames,
        loss.blocks
    );
    if let Some(message) = writer_message(&view.writer_medium, view.writer) {
        line += &format!(" | {message}");
    }
    line + &format!(" | peaks {}", peaks.join(" "))
}

fn decibels(level: f32) -> String {
    if level > 1e-6 { format!("{:.0}", 20.0 * level.log10()) } else { "-inf".into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::panel::view::{MeterView, TakeView};

    #[test]
    fn numbers_read_well() {
        assert_eq!(clock(Duration::from_secs(3_723)), "1:02:03");
        assert_eq!((bytes(117_240_000_000), bytes(64_000_000)), ("117.2 GB".into(), "64.0 MB".into()));
        assert_eq!(rough_time(Duration::from_secs(135_600)), "37 h 40 min");
        assert_eq!(rough_time(Duration::from_secs(2_400)), "40 min");
    }

    #[test]
    fn the_status_line_says_it_all() {
        let meter = |peak| MeterView { peak, ..MeterView::default() };
        let view = View {
            state: BoxState::Recording,
            take: Some(TakeView { name: "2026-03-01_100000_0007".into(), time: Duration::from_secs(61) }),
            storage: Some(Storage { free_bytes: 2_000_000_000, free_time: Duration::from_secs(3_600) }),
            meters: vec![meter(0.1), meter(0.0)],
            ..View::default()
        };
        let expected = "REC 2026-03-01_100000_0007 0:01:01 | 2.0 GB free, 1 h 00 min | xruns 0 lost 0 dropped 0 \
                        | peaks -20 -inf";
        assert_eq!(status_line(&view), expected);
    }
}
