//! The page Levels with more than six inputs: a bar a column, and the selected input in words.
//!
//! Runs on: supervisor.
use super::super::ballistics::{Bridge, Reading};
use super::super::view::{MeterView, View};
use super::ink::{Ink, TINY};
use super::levels::LOW_DB;
use super::{LINE, area, words};
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::Point;
use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::primitives::Rectangle;
use embedded_graphics::transform::Transform;

/// Widest column.
const WIDEST: u32 = 16;
/// Narrowest column that gets its number.
const NUMBERED: u32 = 8;

/// Draws the meters over `page`; where it is 48 rows high, with a line above and numbers below.
pub fn page<D>(ink: &mut Ink<'_, D>, page: Rectangle, view: &View, bridge: &Bridge) -> Result<(), D::Error>
where
    D: DrawTarget<Color = BinaryColor>,
{
    let tall = page.size.height > 24;
    let wide = (page.size.width / view.meters.len().max(1) as u32).clamp(2, WIDEST);
    let (top, bottom) = if tall { (LINE, LINE) } else { (0, 3) };
    let bars = area(page.top_left.x, page.top_left.y + top as i32, wide, page.size.height - top - bottom);
    for (at, meter) in (0..).zip(&view.meters) {
        let column = bars.translate(Point::new((at * wide) as i32, 0));
        bar(ink, column, meter, bridge.reading(at as usize))?;
        let every = if wide >= NUMBERED { 1 } else { 4 };
        if tall && (at + 1) % every == 0 {
            number(ink, column, at + 1)?;
        }
    }
    if tall { heading(ink, page, view, bridge) } else { Ok(()) }
}

/// Clip mark, bar, held peak; a line below the selected one. A muted input's bar is grey.
fn bar<D>(
    ink: &mut Ink<'_, D>,
    column: Rectangle,
    meter: &MeterView,
    reading: Reading,
) -> Result<(), D::Error>
where
    D: DrawTarget<Color = BinaryColor>,
{
    let Rectangle { top_left: Point { x, y }, size } = column;
    let wide = size.width - 1;
    if reading.clipped {
        ink.fill(area(x, y, wide, 2), true)?;
    }
    let high = size.height - 3;
    let foot = y + size.height as i32;
    let lit = |db: f32| (((db - LOW_DB) / -LOW_DB).clamp(0.0, 1.0) * high as f32).round() as u32;
    let (peak, hold) = (lit(reading.peak_db), lit(reading.hold_db));
    let solid = area(x, foot - peak as i32, wide, peak);
    ink.pattern(solid, |at| !meter.muted || (at.x + at.y) % 2 == 0)?;
    ink.fill(area(x, foot - hold.max(1) as i32, wide, 1), true)?;
    if meter.selected {
        ink.fill(area(x, foot + 1, wide, 2), true)?;
    }
    Ok(())
}

/// Its number below a column, ending with it.
fn number<D>(ink: &mut Ink<'_, D>, column: Rectangle, number: u32) -> Result<(), D::Error>
where
    D: DrawTarget<Color = BinaryColor>,
{
    let text = number.to_string();
    let (letters, wide) = (text.len() as i32 * 4, column.size.width as i32);
    let x = column.top_left.x + if letters <= wide { (wide - letters) / 2 } else { wide - letters };
    ink.text(Point::new(x, column.top_left.y + column.size.height as i32 + 3), &text, TINY, true)
}

/// The selected input in words.
fn heading<D>(ink: &mut Ink<'_, D>, page: Rectangle, view: &View, bridge: &Bridge) -> Result<(), D::Error>
where
    D: DrawTarget<Color = BinaryColor>,
{
    let line = Rectangle { size: (page.size.width, LINE).into(), ..page };
    ink.line(line, &words::selected(view, 15), false)?;
    let Some((at, meter)) = view.meters.iter().enumerate().find(|(_, meter)| meter.selected) else {
        return Ok(());
    };
    let reading = bridge.reading(at);
    let mute = if meter.muted { "MUTE " } else { "" };
    let level = if reading.clipped { "CLIP".into() } else { words::decibels(reading.hold_db, LOW_DB) };
    ink.right(line, &(mute.to_owned() + &level), true)
}
