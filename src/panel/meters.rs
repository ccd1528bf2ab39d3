//! The page Levels: one row an input, -60 to 0 dBFS.
//!
//! Runs on: supervisor.
use super::ballistics::{Bridge, Reading};
use super::text::level;
use super::view::{MeterView, View};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::Line;
use ratatui::widgets::Widget;

/// Left end of the scale.
const LOW_DB: f32 = -60.0;
/// Where green turns to yellow: alignment level, 18 dB below full scale (EBU R 68).
const YELLOW_DB: f32 = -18.0;
/// Where yellow turns to red: permitted maximum, 9 dB below full scale (EBU R 68).
const RED_DB: f32 = -9.0;
/// Narrowest area in which two columns of meters stand side by side.
const WIDE: u16 = 120;
/// Columns after the bar: a level and CLIP.
const AFTER: u16 = 12;

/// Draws as many meters as there is room for, the selected one among them.
pub fn draw(buffer: &mut Buffer, area: Rect, view: &View, bridge: &Bridge) {
    let grid = Grid::new(area, view.meters.len());
    let selected = view.meters.iter().position(|meter| meter.selected).unwrap_or(0);
    let first = (selected + 1).saturating_sub(grid.shown());
    for (place, (input, meter)) in view.meters.iter().enumerate().skip(first).take(grid.shown()).enumerate() {
        strip(buffer, grid.place(place), (input, meter), bridge.reading(input));
    }
    if let Some(line) = grid.scale {
        scale(buffer, line);
    }
}

/// Where meters stand: two rows high where there is room, side by side where it is wide.
struct Grid {
    area: Rect,
    columns: u16,
    /// Rows of one meter.
    high: u16,
    /// The row below the meters, where one is left.
    scale: Option<Rect>,
}

impl Grid {
    fn new(area: Rect, meters: usize) -> Self {
        let meters = u16::try_from(meters).unwrap_or(u16::MAX);
        let columns = if area.width >= WIDE && meters > area.height { 2 } else { 1 };
        let rows = meters.div_ceil(columns);
        let high = if rows.saturating_mul(2) < area.height { 2 } else { 1 };
        let used = rows.saturating_mul(high);
        let scale = (used < area.height).then(|| Rect { y: area.y + used, height: 1, ..area });
        Self { area, columns, high, scale }
    }

    fn rows(&self) -> u16 {
        self.area.height / self.high
    }

    fn shown(&self) -> usize {
        usize::from(self.rows()) * usize::from(self.columns)
    }

    /// Down the first column, then the next.
    fn place(&self, index: usize) -> Rect {
        let rows = usize::from(self.rows()).max(1);
        let (column, row) = ((index / rows) as u16, (index % rows) as u16);
        let width = self.area.width / self.columns;
        Rect { x: self.area.x + column * width, y: self.area.y + row * self.high, width, height: self.high }
    }
}

/// The scale below one column of meters.
fn scale(buffer: &mut Buffer, line: Rect) {
    let bar = bar_area(line);
    for db in [-60_i8, -40, -20, -10, 0] {
        let text = db.to_string();
        let place = bar.x + column(f32::from(db), bar.width);
        let place = place.saturating_sub(text.len() as u16).max(line.x);
        buffer.set_stringn(place, bar.y, text, line.right().saturating_sub(place).into(), Style::new());
    }
}

/// Where the bar stands in a row: after the name, before level and CLIP.
fn bar_area(line: Rect) -> Rect {
    let before = name_width(line.width) + 7;
    let width = line.width.saturating_sub(before + AFTER);
    Rect { x: line.x + before, width, ..line }
}

/// Columns for a name: less in a narrow row.
fn name_width(width: u16) -> u16 {
    (width / 5).clamp(4, 24)
}

/// Columns of a bar filled at `db`.
fn column(db: f32, width: u16) -> u16 {
    let share = ((db - LOW_DB) / -LOW_DB).clamp(0.0, 1.0);
    (share * f32::from(width)).round() as u16
}

fn strip(buffer: &mut Buffer, line: Rect, (input, meter): (usize, &MeterView), reading: Reading) {
    let name: String = meter.name.chars().take(name_width(line.width).into()).collect();
    let (mark, mute) = (if meter.selected { '>' } else { ' ' }, if meter.muted { 'M' } else { ' ' });
    let text =
        format!("{mark}{:>2} {name:<width$} {mute} ", input + 1, width = name_width(line.width).into());
    let style = if meter.selected { Style::new().add_modifier(Modifier::BOLD) } else { Style::new() };
    Line::styled(text, style).render(line, buffer);
    let bar = bar_area(line);
    fill(buffer, bar, reading);
    let after = Rect { x: bar.right(), width: line.right().saturating_sub(bar.right()), ..line };
    Line::from(format!(" {}", level(reading.peak_db))).render(after, buffer);
    if reading.clipped {
        let sign = Rect { x: after.x + after.width.min(7), width: after.width.saturating_sub(7), ..after };
        let style = Style::new().bg(Color::Red).fg(Color::White).add_modifier(Modifier::BOLD);
        Line::styled("CLIP", style).render(sign, buffer);
    }
}

/// RMS solid, peak above it shaded, the held peak a line.
fn fill(buffer: &mut Buffer, bar: Rect, reading: Reading) {
    let (rms, peak) = (column(reading.rms_db, bar.width), column(reading.peak_db, bar.width));
    let hold = column(reading.hold_db, bar.width).checked_sub(1).filter(|_| reading.hold_db > LOW_DB);
    for place in 0..bar.width {
        let symbol = match place {
            _ if Some(place) == hold => "┃",
            _ if place < rms => "█",
            _ if place < peak => "▒",
            _ => "·",
        };
        let db = LOW_DB - LOW_DB * f32::from(place) / f32::from(bar.width);
        let colour = match db {
            _ if symbol == "·" => Color::DarkGray,
            RED_DB.. => Color::Red,
            YELLOW_DB.. => Color::Yellow,
            _ => Color::Green,
        };
        for row in bar.rows() {
            buffer.set_stringn(bar.x + place, row.y, symbol, 1, Style::new().fg(colour));
        }
    }
}
