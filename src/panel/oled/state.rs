//! The state, the one thing that must be seen at a glance, with the signs for locked and muted.
//!
//! Runs on: supervisor.
use super::super::text::state_word;
use super::super::view::{BoxState, Pace, View};
use super::ink::{Ink, LARGE, LOCK, MUTED, NARROW, Sign};
use super::{LINE, area, words};
use embedded_graphics::Drawable;
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::Point;
use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::primitives::{Circle, Primitive, PrimitiveStyle, Rectangle};

/// Columns of the state where it stands beside the page.
pub const BESIDE: u32 = 38;
/// Rows of the state where it goes across.
const ACROSS: u32 = 16;

/// Stripes as on a barrier.
fn stripe(at: Point) -> bool {
    (at.x + at.y).rem_euclid(8) < 4
}

/// Locked and monitor muted, each if it is so.
fn signs(view: &View) -> impl Iterator<Item = Sign> {
    [(view.locked, LOCK), (view.monitor_muted, MUTED)].into_iter().filter(|(is, _)| *is).map(|(_, sign)| sign)
}

/// Over the whole width, 16 rows high: the word, at its right take time and room, or what is wrong.
pub fn across<D>(ink: &mut Ink<'_, D>, view: &View) -> Result<(), D::Error>
where
    D: DrawTarget<Color = BinaryColor>,
{
    let whole = area(0, 0, 128, ACROSS);
    let word = state_word(&view.state);
    let lit = view.state != BoxState::Recording;
    match &view.state {
        BoxState::Recording => {
            ink.fill(whole, true)?;
            dot(ink, Point::new(4, 3), 10)?;
            ink.text(Point::new(18, 1), word, LARGE, false)?;
        }
        BoxState::Idle => {
            ink.frame(whole)?;
            ink.text(Point::new(4, 1), word, LARGE, true)?;
        }
        BoxState::Fault(_) => {
            ink.pattern(area(0, 0, 9, ACROSS), stripe)?;
            ink.fill(area(9, 0, 49, ACROSS), true)?;
            ink.text(Point::new(11, 1), word, LARGE, false)?;
        }
    }
    // Two stand one above the other, so that they take no more room than one.
    let count = signs(view).count();
    let top = if count > 1 { 1 } else { 4 };
    for (place, sign) in (0..).zip(signs(view)) {
        ink.sign(Point::new(118, top + 7 * place), sign, lit)?;
    }
    let right = if count > 0 { 116 } else { 126 };
    beside_word(ink, view, right)
}

/// Two lines up to column `right`.
fn beside_word<D>(ink: &mut Ink<'_, D>, view: &View, right: i32) -> Result<(), D::Error>
where
    D: DrawTarget<Color = BinaryColor>,
{
    let line = |row: i32| Rectangle { top_left: Point::new(0, row), ..area(0, 0, right as u32 - 1, LINE) };
    let free = words::free_time(view);
    match &view.state {
        BoxState::Fault(reason) => {
            let wide = (right - 60) as usize / 5;
            for (row, text) in (0..).zip(words::wrap(reason, wide, 2)) {
                ink.text(Point::new(60, row * 8), &text, super::ink::SMALL, true)?;
            }
            Ok(())
        }
        BoxState::Recording => {
            ink.right(line(0), &words::take_time(view), false)?;
            match words::writer(view) {
                None => ink.right(line(8), &(free + " free"), false),
                Some(text) => writer(ink, line(8), view.writer.pace, &text),
            }
        }
        BoxState::Idle => match &view.next {
            None => {
                ink.right(line(1), &free, true)?;
                ink.right(line(7), "free", true)
            }
            Some(next) => {
                ink.right(line(1), "NEXT", true)?;
                ink.right(line(7), next, true)
            }
        },
    }
}

/// What a writer says that does not keep up, in the place of the room; lit on dark where it is far behind.
fn writer<D>(ink: &mut Ink<'_, D>, line: Rectangle, pace: Pace, text: &str) -> Result<(), D::Error>
where
    D: DrawTarget<Color = BinaryColor>,
{
    let far = pace == Pace::Behind;
    if far {
        let wide = text.chars().count() as u32 * 5 + 2;
        let end = line.top_left.x + line.size.width as i32 + 1;
        ink.fill(area(end - wide as i32, line.top_left.y, wide, LINE), false)?;
    }
    ink.right(line, text, far)
}

/// At the left over all 32 rows.
pub fn beside<D>(ink: &mut Ink<'_, D>, view: &View) -> Result<(), D::Error>
where
    D: DrawTarget<Color = BinaryColor>,
{
    let whole = area(0, 0, BESIDE, 32);
    // The first of two signs, and the way to the second.
    let (first, way) = match &view.state {
        BoxState::Recording => {
            ink.fill(whole, true)?;
            dot(ink, Point::new(5, 3), 11)?;
            ink.text(Point::new(6, 15), "REC", LARGE, false)?;
            (Point::new(19, 5), Point::new(9, 0))
        }
        BoxState::Idle => {
            ink.frame(whole)?;
            ink.text(Point::new(2, 1), "NOT", LARGE, true)?;
            ink.text(Point::new(2, 15), "REC", LARGE, true)?;
            (Point::new(29, 4), Point::new(0, 15))
        }
        BoxState::Fault(_) => {
            ink.pattern(whole, stripe)?;
            ink.fill(area(0, 9, BESIDE, 14), true)?;
            ink.text(Point::new(2, 9), state_word(&view.state), NARROW, false)?;
            let wide = signs(view).count() as u32 * 10;
            ink.fill(area(18, 0, wide, 9), false)?;
            (Point::new(19, 0), Point::new(10, 0))
        }
    };
    let lit = view.state != BoxState::Recording;
    (0..).zip(signs(view)).try_for_each(|(place, sign)| ink.sign(first + way * place, sign, lit))
}

fn dot<D>(ink: &mut Ink<'_, D>, at: Point, wide: u32) -> Result<(), D::Error>
where
    D: DrawTarget<Color = BinaryColor>,
{
    Circle::new(at, wide).into_styled(PrimitiveStyle::with_fill(BinaryColor::Off)).draw(ink.target)
}
