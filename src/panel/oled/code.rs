//! The code for a new password of the page, in place of the page that is shown: who reads it stands before the box.
//!
//! Runs on: supervisor.
use super::area;
use super::ink::{Ink, LARGE, NARROW};
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::Point;
use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::primitives::Rectangle;

/// Below the state of a display of 64 rows.
pub fn below<D>(ink: &mut Ink<'_, D>, code: &str) -> Result<(), D::Error>
where
    D: DrawTarget<Color = BinaryColor>,
{
    let title = area(0, 17, 128, 8);
    ink.line(title, "Web code", true)?;
    ink.text(Point::new(middle(code, 9, 128), 29), code, LARGE, true)?;
    ink.line(area(0, 48, 128, 8), "for a new password", false)?;
    ink.line(area(0, 56, 128, 8), "of the page", false)
}

/// Beside the state of a display of 32 rows.
pub fn beside<D>(ink: &mut Ink<'_, D>, whole: Rectangle, code: &str) -> Result<(), D::Error>
where
    D: DrawTarget<Color = BinaryColor>,
{
    let (left, wide) = (whole.top_left.x, whole.size.width);
    ink.line(area(left, 0, wide, 8), "Web code", true)?;
    ink.text(Point::new(left + middle(code, 7, wide as i32), 13), code, NARROW, true)
}

/// Where text of so wide letters begins that stands in the middle.
fn middle(text: &str, letter: i32, wide: i32) -> i32 {
    (wide - text.chars().count() as i32 * letter) / 2
}
