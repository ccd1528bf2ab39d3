//! The pages that are lists, and the newest messages.
//!
//! Runs on: supervisor.
use super::text::{room, state_word, troubles};
use super::view::{BoxState, Check, Machine, MediumView, View};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::Line;
use ratatui::widgets::Widget;

/// The page System: what the system granted, the latency monitor, the machine, messages as far as there is room.
pub fn system(buffer: &mut Buffer, area: Rect, view: &View) {
    let mut lines = vec![title("System")];
    lines.extend(view.realtime.iter().map(|check| checked("", check)));
    lines.extend(view.media.iter().map(medium));
    let latency = view.latency.as_deref().unwrap_or("off");
    lines.push(Line::from(format!(" latency monitor: {latency}")));
    lines.extend(machine(&view.machine).map(Line::from));
    lines.extend(view.next.iter().map(|next| Line::from(format!(" next service: {next}"))));
    lines.extend(view.self_test.iter().map(|check| checked("self-test ", check)));
    let used = rows(buffer, area, lines);
    newest(buffer, Rect { y: area.y + used, height: area.height - used, ..area }, &view.messages);
}

/// One of several media.
fn medium(medium: &MediumView) -> Line<'static> {
    let MediumView { name, state, storage } = medium;
    let (sign, colour, more) = match state {
        BoxState::Fault(reason) => ("!!", Color::Yellow, reason.clone()),
        _ => ("ok", Color::Green, room(*storage)),
    };
    let text = match state {
        BoxState::Idle if storage.is_none() => "not in".into(),
        _ => format!("{}, {more}", state_word(state)),
    };
    Line::styled(format!(" {sign} {name}: {text}"), Style::new().fg(colour))
}

fn checked(of: &str, check: &Check) -> Line<'static> {
    let (sign, colour) = if check.good { ("ok", Color::Green) } else { ("!!", Color::Yellow) };
    Line::styled(format!(" {sign} {of}{}", check.text), Style::new().fg(colour))
}

/// The machine in two lines.
fn machine(machine: &Machine) -> [String; 2] {
    let worst = machine.worst_period_us.map_or("unknown".into(), |us| format!("{us:.0} us"));
    let hot = machine.cpu_celsius.map_or("unknown".into(), |degrees| format!("{degrees:.1} °C"));
    let broker = match machine.broker {
        None => "",
        Some(true) => "   broker connected",
        Some(false) => "   broker LOST",
    };
    let address = machine.address.as_deref().unwrap_or("no network");
    [
        format!(" worst period: {worst} of {:.0} us   CPU: {hot}", machine.period_us),
        format!(" card: {}   address: {address}{broker}", machine.card),
    ]
}

/// The page Faults: what is wrong now, then what was, newest first.
pub fn faults(buffer: &mut Buffer, area: Rect, view: &View) {
    let mut lines = vec![title("Faults")];
    let style = Style::new().fg(Color::Yellow);
    lines.extend(troubles(view).map(|trouble| Line::styled(format!(" !! {trouble}"), style)));
    lines.extend(view.faults.iter().map(|fault| Line::styled(format!(" {fault}"), style)));
    if lines.len() == 1 {
        lines.push(Line::from(" no faults"));
    }
    rows(buffer, area, lines);
}

/// The page Takes, newest first.
pub fn takes(buffer: &mut Buffer, area: Rect, view: &View) {
    let mut lines = vec![title("Takes")];
    lines.extend(view.takes.iter().map(|take| Line::from(format!(" {take}"))));
    if view.takes.is_empty() {
        lines.push(Line::from(" none yet"));
    }
    rows(buffer, area, lines);
}

/// The newest messages, the last one lowest, as far as there is room.
pub fn newest(buffer: &mut Buffer, area: Rect, messages: &[String]) {
    let first = messages.len().saturating_sub(area.height.into());
    let style = Style::new().add_modifier(Modifier::DIM);
    rows(buffer, area, messages.iter().skip(first).map(|text| Line::styled(format!(" {text}"), style)));
}

fn title(text: &'static str) -> Line<'static> {
    Line::styled(format!(" {text}"), Style::new().add_modifier(Modifier::BOLD))
}

/// Draws lines from the top and says how many rows they took.
fn rows<'a>(buffer: &mut Buffer, area: Rect, lines: impl IntoIterator<Item = Line<'a>>) -> u16 {
    let mut used = 0;
    for (row, line) in area.rows().zip(lines) {
        line.render(row, buffer);
        used += 1;
    }
    used
}
