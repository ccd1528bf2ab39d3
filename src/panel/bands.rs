//! The page Spectrum of the terminal: a bar a band, -80 to 0 dBFS, over a log scale of frequency.
//!
//! Runs on: supervisor.
use super::spectrum::{HIGH_HZ, LOW_HZ};
use super::view::View;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::Line;
use ratatui::widgets::Widget;

/// Foot of the bars in dBFS.
const LOW_DB: f32 = -80.0;
/// Eighths of a cell.
const EIGHTHS: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
/// Marked frequencies.
const TICKS: [(f32, &str); 5] =
    [(100.0, "100"), (300.0, "300"), (1_000.0, "1k"), (3_000.0, "3k"), (10_000.0, "10k")];

/// The selected input's name, its bands, the scale.
pub fn draw(buffer: &mut Buffer, area: Rect, view: &View) {
    let title = match view.meters.iter().enumerate().find(|(_, meter)| meter.selected) {
        Some((at, meter)) => format!(" Spectrum of {} {}, dBFS -80 to 0", at + 1, meter.name),
        None => " Spectrum: no input is selected".into(),
    };
    let line = Rect { height: area.height.min(1), ..area };
    Line::styled(title, Style::new().add_modifier(Modifier::BOLD)).render(line, buffer);
    let high = area.height.saturating_sub(2);
    if high == 0 || area.width < 4 {
        return;
    }
    let width = even(area.width - 2, view.spectrum.len());
    let bars = Rect { x: area.x + 1, y: area.y + 1, width, height: high };
    for column in 0..bars.width {
        if let Some(level) = level(view, column, bars.width) {
            bar(buffer, Rect { x: bars.x + column, width: 1, ..bars }, level);
        }
    }
    scale(buffer, Rect { y: bars.bottom(), height: 1, ..bars }, view.spectrum_top_hz);
}

/// As many columns as make all bands equally wide, or all where there are too few.
fn even(width: u16, bands: usize) -> u16 {
    let bands = u16::try_from(bands).unwrap_or(u16::MAX).max(1);
    if width < bands { width } else { width / bands * bands }
}

/// What a column shows; the last one of a wide band stays free.
fn level(view: &View, column: u16, width: u16) -> Option<f32> {
    let (bands, width) = (view.spectrum.len(), usize::from(width));
    let band = |column: usize| column * bands / width;
    let gap = width >= 2 * bands && band(column.into()) != band(usize::from(column) + 1);
    if gap { None } else { view.spectrum.get(band(column.into())).copied() }
}

fn bar(buffer: &mut Buffer, column: Rect, db: f32) {
    let share = ((db - LOW_DB) / -LOW_DB).clamp(0.0, 1.0);
    let lit = (share * f32::from(column.height) * 8.0).round() as usize;
    for (row, place) in column.rows().rev().zip((0_usize..).step_by(8)) {
        let symbol = EIGHTHS.get(lit.saturating_sub(place).min(8)).copied().unwrap_or(" ");
        buffer.set_stringn(row.x, row.y, symbol, 1, Style::new().fg(Color::Green));
    }
}

fn scale(buffer: &mut Buffer, line: Rect, top: f32) {
    let top = if top > LOW_HZ { top } else { HIGH_HZ };
    for (hz, text) in TICKS.into_iter().filter(|(hz, _)| *hz < top) {
        let share = (hz / LOW_HZ).ln() / (top / LOW_HZ).ln();
        let x = line.x + (share * f32::from(line.width)) as u16;
        let room = line.right().saturating_sub(x);
        buffer.set_stringn(x, line.y, text, room.into(), Style::new());
    }
}
