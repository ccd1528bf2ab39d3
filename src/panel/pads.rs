//! The player's pads as a person sees them, and the page Pads of a terminal.
//!
//! Runs on: supervisor.
use super::view::View;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

/// What one pad is at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PadCell {
    /// Nothing is on it.
    #[default]
    Empty,
    /// Its file is being read.
    Loading,
    /// It can be pressed.
    Ready,
    /// It sounds, or waits for its beat.
    Playing,
    /// Its file cannot be played.
    Failed,
}

impl PadCell {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Loading => "loading",
            Self::Ready => "ready",
            Self::Playing => "plays",
            Self::Failed => "failed",
        }
    }
}

/// One bank, and the pad of it that is selected.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PadsView {
    /// Which, from 1.
    pub bank: u8,
    /// Of how many.
    pub banks: u8,
    /// Pads in a row.
    pub columns: usize,
    /// Every pad of the bank, row by row.
    pub cells: Vec<PadCell>,
    /// The selected one of these.
    pub selected: usize,
    /// "bank.row.column" of it.
    pub place: String,
    /// What people call it.
    pub name: String,
    /// Why it cannot be played, if so.
    pub reason: Option<String>,
    /// Length of its clip in seconds, once known.
    pub seconds: Option<f64>,
    /// Seconds since its start, while it plays.
    pub elapsed: Option<f64>,
    /// Seconds to its end, while it plays and comes to one.
    pub remaining: Option<f64>,
}

impl PadsView {
    /// What the selected pad is at.
    pub fn state(&self) -> PadCell {
        self.cells.get(self.selected).copied().unwrap_or_default()
    }

    /// `-0:12` to the end, `0:41` since the start of what has no end, `1:02` of a clip that does not play.
    pub fn time(&self) -> String {
        let clock = |seconds: f64| format!("{}:{:02}", seconds as u64 / 60, seconds as u64 % 60);
        match (self.remaining, self.elapsed, self.seconds) {
            (Some(remaining), ..) => format!("-{}", clock(remaining.ceil())),
            (None, Some(seconds), _) | (None, None, Some(seconds)) => clock(seconds),
            (None, None, None) => String::new(),
        }
    }

    /// Row and column of the selected pad, from 0.
    pub fn at(&self) -> (usize, usize) {
        let columns = self.columns.max(1);
        (self.selected / columns, self.selected % columns)
    }
}

/// The page: the bank, and below it the selected pad.
pub fn draw(buffer: &mut Buffer, area: Rect, view: &View) {
    let Some(pads) = &view.pads else { return };
    let bold = Style::new().add_modifier(Modifier::BOLD);
    let mut lines = vec![Line::styled(format!(" Pads, bank {} of {}", pads.bank, pads.banks), bold)];
    // A row of pads less rather than what is selected.
    let room = usize::from(area.height).saturating_sub(4).max(1);
    let first = (pads.at().0 + 1).saturating_sub(room);
    lines.extend((first..).zip(rows(pads).skip(first)).take(room).map(|(_, line)| line));
    let said = match &pads.reason {
        Some(reason) => reason.clone(),
        None => format!("{} {}", pads.state().word(), pads.time()),
    };
    lines.push(Line::from(format!(" {} {}: {said}", pads.place, pads.name)));
    lines.push(Line::from(" s START/STOP  u next pad  c next bank  U stop all"));
    for (row, line) in area.rows().zip(lines) {
        line.render(row, buffer);
    }
}

fn rows(pads: &PadsView) -> impl Iterator<Item = Line<'static>> {
    let rows = pads.cells.chunks(pads.columns.max(1)).enumerate();
    rows.map(|(row, cells)| {
        let cells = (row * pads.columns..).zip(cells).map(|(at, cell)| span(*cell, at == pads.selected));
        Line::from_iter([Span::raw(" ")].into_iter().chain(cells))
    })
}

fn span(cell: PadCell, selected: bool) -> Span<'static> {
    let (sign, colour) = match cell {
        PadCell::Empty => ("·", Color::Reset),
        PadCell::Loading => ("…", Color::Reset),
        PadCell::Ready => ("□", Color::Reset),
        PadCell::Playing => ("■", Color::Green),
        PadCell::Failed => ("x", Color::Yellow),
    };
    let [left, right] = if selected { ["[", "]"] } else { [" ", " "] };
    Span::styled(format!("{left}{sign}{right}"), Style::new().fg(colour))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_counts_down_to_an_end_and_up_without_one() {
        let view =
            |seconds, elapsed, remaining| PadsView { seconds, elapsed, remaining, ..PadsView::default() };
        for (view, time) in [
            (view(Some(62.4), None, None), "1:02"),
            (view(Some(62.4), Some(1.0), Some(61.4)), "-1:02"),
            (view(Some(62.4), Some(3_601.0), None), "60:01"),
            (view(None, None, None), ""),
        ] {
            assert_eq!(view.time(), time);
        }
    }
}
