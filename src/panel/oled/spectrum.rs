//! The page Spectrum: bars over a log scale of frequency, -80 to 0 dBFS.
//!
//! Runs on: supervisor.
use super::super::spectrum::{HIGH_HZ, LOW_HZ};
use super::super::view::View;
use super::area;
use super::ink::{Ink, TINY};
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::Point;
use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::primitives::Rectangle;

/// Foot of the bars in dBFS.
const LOW_DB: f32 = -80.0;
/// Rows below the bars: marks and numbers.
const BELOW: u32 = 8;
/// Marked frequencies.
const TICKS: [(f32, &str); 3] = [(100.0, "100"), (1_000.0, "1k"), (10_000.0, "10k")];

/// Draws the bars and their scale over `page`.
pub fn page<D>(ink: &mut Ink<'_, D>, page: Rectangle, view: &View) -> Result<(), D::Error>
where
    D: DrawTarget<Color = BinaryColor>,
{
    let Rectangle { top_left: Point { x, y }, size } = page;
    let high = size.height - BELOW;
    let foot = y + high as i32;
    ink.fill(area(x, foot, size.width, 1), true)?;
    let bands = view.spectrum.len().max(1) as u32;
    // Between bars that are not equally wide, gaps would look like a pattern of the sound.
    let gaps = size.width.is_multiple_of(bands) && size.width / bands > 2;
    for (band, db) in (0..).zip(&view.spectrum) {
        let (start, end) = (band * size.width / bands, (band + 1) * size.width / bands);
        let wide = (end - start).saturating_sub(u32::from(gaps));
        let lit = (((db - LOW_DB) / -LOW_DB).clamp(0.0, 1.0) * high as f32).round() as u32;
        ink.fill(area(x + start as i32, foot - lit as i32, wide, lit), true)?;
    }
    let top = if view.spectrum_top_hz > LOW_HZ { view.spectrum_top_hz } else { HIGH_HZ };
    for (hz, text) in TICKS.into_iter().filter(|(hz, _)| *hz < top) {
        let share = (hz / LOW_HZ).ln() / (top / LOW_HZ).ln();
        let at = x + (share * size.width as f32) as i32;
        ink.fill(area(at, foot + 1, 1, 2), true)?;
        let half = text.len() as i32 * 2;
        ink.text(Point::new(at - half + 1, foot + 2), text, TINY, true)?;
    }
    Ok(())
}
