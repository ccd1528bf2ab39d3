//! The page Pads: the bank at the left, the selected pad at the right. A pad that plays is filled, one that is ready hollow.
//!
//! Runs on: supervisor.
use super::super::pads::{PadCell, PadsView};
use super::ink::{Ink, SMALL};
use super::{LINE, words};
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::{Point, Size};
use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::primitives::Rectangle;

/// Most pads of a row that are shown; a bank with more is shown in parts.
const COLUMNS: usize = 6;

/// Draws as many rows as there is room for, the selected pad among them, and words beside them.
pub fn page<D>(ink: &mut Ink<'_, D>, page: Rectangle, pads: &PadsView) -> Result<(), D::Error>
where
    D: DrawTarget<Color = BinaryColor>,
{
    let tall = page.size.height > 3 * LINE;
    let pitch = Size::new(if tall { 10 } else { 8 }, LINE);
    grid(ink, page, pitch, pads)?;
    let left = COLUMNS as i32 * pitch.width as i32 + if tall { 3 } else { 2 };
    let at = |row: i32| page.top_left + Point::new(left, row * LINE as i32);
    let letters = page.size.width.saturating_sub(left as u32) / 5;
    for (row, text) in (0..).zip(lines(pads, letters as usize, tall)) {
        ink.text(at(row), &text, SMALL, true)?;
    }
    Ok(())
}

/// Six lines where it is tall, else three.
fn lines(pads: &PadsView, letters: usize, tall: bool) -> Vec<String> {
    let state = pads.state().word().to_owned();
    if !tall {
        return vec![pads.place.clone(), state, pads.time()];
    }
    let mut lines = vec![pads.place.clone()];
    lines.extend(words::wrap(&pads.name, letters, 2));
    lines.resize(3, String::new());
    match &pads.reason {
        Some(reason) => lines.extend(words::wrap(reason, letters, 3)),
        None => lines.extend([state, pads.time(), format!("bank {}/{}", pads.bank, pads.banks)]),
    }
    lines
}

fn grid<D>(ink: &mut Ink<'_, D>, page: Rectangle, pitch: Size, pads: &PadsView) -> Result<(), D::Error>
where
    D: DrawTarget<Color = BinaryColor>,
{
    let rows = (page.size.height / pitch.height) as usize;
    let (row, column) = pads.at();
    let (top, left) = (row / rows.max(1) * rows, column / COLUMNS * COLUMNS);
    for (y, row) in (0..).zip(top..top + rows) {
        for (x, column) in (0..).zip(left..pads.columns.min(left + COLUMNS)) {
            let at = row * pads.columns + column;
            let Some(state) = pads.cells.get(at) else { break };
            let corner = Point::new(x * pitch.width as i32, y * pitch.height as i32);
            let place = Rectangle::new(page.top_left + corner, pitch);
            cell(ink, place, *state, at == pads.selected)?;
        }
    }
    Ok(())
}

/// One pad; round the selected one there is a frame.
fn cell<D>(ink: &mut Ink<'_, D>, place: Rectangle, state: PadCell, selected: bool) -> Result<(), D::Error>
where
    D: DrawTarget<Color = BinaryColor>,
{
    if selected {
        ink.frame(place)?;
    }
    let inner = place.offset(if selected { -2 } else { -1 });
    let (at, Size { width, height }) = (inner.top_left, inner.size);
    match state {
        PadCell::Empty => {
            let middle = Point::new((width / 2) as i32 - 1, (height / 2) as i32 - 1);
            ink.fill(Rectangle::new(at + middle, Size::new(2, 2)), true)
        }
        PadCell::Loading => ink.pattern(inner, |point| (point.x + point.y) % 2 == 0),
        PadCell::Ready => ink.frame(inner),
        PadCell::Playing => ink.fill(inner, true),
        PadCell::Failed => {
            let corner = at + Point::new(((width - height) / 2) as i32, 0);
            let last = height as i32 - 1;
            let cross = |point: Point| point.x == point.y || point.x == last - point.y;
            ink.pattern(Rectangle::new(corner, Size::new(height, height)), |point| cross(point - corner))
        }
    }
}
