//! The whole picture: the state line on top, a page in the middle, messages and keys below.
//!
//! Runs on: supervisor.
use super::ballistics::Bridge;
use super::pages::Page;
use super::text::{clock, room, state_word, writer_message};
use super::view::{BoxState, Pace, View};
use super::{bands, lists, meters, pads};
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

/// Below so many rows the state takes one line instead of three.
const TALL: u16 = 16;
/// What the last row says.
const KEYS: &str = " r REC  R stop  m MARK  s SELECT  p PAGE  c clear  u MUTE  l LOCK  q quit";
/// The same where that does not fit.
const FEW_KEYS: &str = " r rec R stop m s p c u l q";
/// Below so many columns room and losses take a row each: a number must never be cut.
const WIDE: u16 = 76;

/// Draws `view` with the meters of `bridge` over all of `area`. Too small an area shows less, state first.
pub fn draw(buffer: &mut Buffer, area: Rect, view: &View, bridge: &Bridge) {
    let (tall, wide) = (area.height >= TALL, area.width >= WIDE);
    let [banner, summary, middle, messages, keys] = Layout::vertical([
        Constraint::Length(if tall { 3 } else { 1 }),
        Constraint::Length(if tall || !wide { 2 } else { 1 }),
        Constraint::Fill(1),
        Constraint::Length(if tall { 3 } else { 0 }),
        Constraint::Length(u16::from(area.height > 5)),
    ])
    .areas(area);
    state(buffer, banner, view);
    sums(buffer, summary, view, wide);
    match view.page {
        Page::Levels => meters::draw(buffer, middle, view, bridge),
        Page::Pads => pads::draw(buffer, middle, view),
        Page::System => lists::system(buffer, middle, view),
        Page::Takes => lists::takes(buffer, middle, view),
        Page::Spectrum => bands::draw(buffer, middle, view),
        Page::Faults => lists::faults(buffer, middle, view),
    }
    if view.page != Page::System {
        lists::newest(buffer, messages, &view.messages);
    }
    Line::styled(if wide { KEYS } else { FEW_KEYS }, Style::new().add_modifier(Modifier::DIM))
        .render(keys, buffer);
}

/// The state in a colour of its own over the whole width: red while recording, grey while not, yellow for a fault.
fn state(buffer: &mut Buffer, area: Rect, view: &View) {
    let (back, front) = match view.state {
        BoxState::Recording => (Color::Red, Color::White),
        BoxState::Idle => (Color::DarkGray, Color::White),
        BoxState::Fault(_) => (Color::Yellow, Color::Black),
    };
    let style = Style::new().bg(back).fg(front).add_modifier(Modifier::BOLD);
    buffer.set_style(area, style);
    let sign = match view.state {
        BoxState::Recording => "●",
        BoxState::Idle => "○",
        BoxState::Fault(_) => "▲",
    };
    let mut text = format!("  {sign} {}", state_word(&view.state));
    if let BoxState::Fault(reason) = &view.state {
        text += &format!(": {reason}");
    }
    if let Some(take) = &view.take {
        text += &format!("   {}   {}", clock(take.time), take.name);
    }
    let line = Rect { y: area.y + area.height / 2, height: area.height.min(1), ..area };
    Line::styled(text, style).render(line, buffer);
}

/// The writer's light: a dot, and in a row of its own or in that of the room what is wrong.
fn light(view: &View) -> (Span<'static>, Option<Span<'static>>) {
    let colour = match view.writer.pace {
        Pace::Ok => Color::Green,
        Pace::Slow => Color::Yellow,
        Pace::Behind => Color::Red,
    };
    let style = Style::new().bg(colour).add_modifier(Modifier::BOLD);
    let style = style.fg(if view.writer.pace == Pace::Behind { Color::White } else { Color::Black });
    let message =
        writer_message(&view.writer_medium, view.writer).map(|text| Span::styled(format!(" {text} "), style));
    (Span::styled("●", Style::new().fg(colour)), message)
}

/// The writer's light, room and losses, in one row or two; a loss stands out.
fn sums(buffer: &mut Buffer, area: Rect, view: &View, wide: bool) {
    let bad = Style::new().fg(Color::Black).bg(Color::Yellow);
    let (dot, message) = light(view);
    let room = format!(" {}", room(view.storage));
    let counts = [("xruns", view.loss.xruns), ("lost", view.loss.frames), ("dropped", view.loss.blocks)];
    let mut spans = vec![];
    for (name, count) in counts {
        let style = if count > 0 { bad } else { Style::new() };
        spans.extend([Span::raw(" "), Span::styled(format!("{name} {count}"), style)]);
    }
    if view.locked {
        let style = Style::new().fg(Color::Black).bg(Color::White).add_modifier(Modifier::BOLD);
        spans.extend([Span::raw(" "), Span::styled("LOCKED", style)]);
    }
    if view.monitor_muted {
        spans.extend([Span::raw(" "), Span::styled("MONITOR MUTED", bad)]);
    }
    // What is wrong has the second row where that is free, else it takes the place of the room.
    let second = Rect { y: area.y + 1, height: 1, ..area };
    let room = match message {
        Some(message) if wide && area.height > 1 => {
            Line::from(vec![Span::raw(" "), message]).render(second, buffer);
            Span::raw(room)
        }
        Some(message) => message,
        None => Span::raw(room),
    };
    if wide {
        spans.splice(0..0, [Span::raw(" "), dot, room, Span::raw(" ")]);
    } else {
        Line::from(vec![Span::raw(" "), dot, room]).render(area, buffer);
    }
    let row = if wide { 0 } else { area.height.min(2).saturating_sub(1) };
    Line::from(spans).render(Rect { y: area.y + row, height: area.height.min(1), ..area }, buffer);
}
