//! The picture, laid out as the controllers' memory is: a byte is eight pixels of a column, the topmost in bit 0.
//!
//! Runs on: supervisor, display.
use embedded_graphics::Pixel;
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::{OriginDimensions, Size};
use embedded_graphics::pixelcolor::BinaryColor;
use std::convert::Infallible;
use std::fmt;

/// Columns.
pub const WIDTH: usize = 128;
/// Most pages, each eight rows high.
pub const PAGES: usize = 8;

/// A picture of 128 x 32 or 128 x 64 pixels; dark at first.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame {
    pages: [[u8; WIDTH]; PAGES],
    /// Pages in use, 4 or 8.
    used: usize,
}

impl Frame {
    /// A dark picture of `height` rows: 32, or 64 for anything else.
    pub fn new(height: u32) -> Self {
        Self { pages: [[0; WIDTH]; PAGES], used: if height == 32 { 4 } else { 8 } }
    }

    /// Rows, 32 or 64.
    pub fn height(&self) -> u32 {
        self.used as u32 * 8
    }

    /// The pages from the top, a byte a column.
    pub fn pages(&self) -> &[[u8; WIDTH]] {
        self.pages.get(..self.used).unwrap_or_default()
    }

    /// Whether a pixel is lit; outside the picture none is.
    pub fn lit(&self, x: usize, y: usize) -> bool {
        self.pages().get(y / 8).and_then(|page| page.get(x)).is_some_and(|byte| byte >> (y % 8) & 1 == 1)
    }

    /// The pixels row by row.
    pub fn rows(&self) -> impl Iterator<Item = [bool; WIDTH]> + '_ {
        (0..self.used * 8).map(|y| std::array::from_fn(|x| self.lit(x, y)))
    }

    fn set(&mut self, x: i32, y: i32, on: bool) {
        let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) else { return };
        let used = self.used;
        if let Some(byte) = self.pages.iter_mut().take(used).nth(y / 8).and_then(|page| page.get_mut(x)) {
            let bit = 1 << (y % 8);
            *byte = if on { *byte | bit } else { *byte & !bit };
        }
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "Frame of {} rows", self.height())?;
        self.rows().try_for_each(|row| {
            let row: String = row.iter().map(|lit| if *lit { '#' } else { '.' }).collect();
            writeln!(out, "{row}")
        })
    }
}

impl OriginDimensions for Frame {
    fn size(&self) -> Size {
        Size::new(WIDTH as u32, self.height())
    }
}

impl DrawTarget for Frame {
    type Color = BinaryColor;
    type Error = Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<BinaryColor>>>(&mut self, pixels: I) -> Result<(), Infallible> {
        for Pixel(at, color) in pixels {
            self.set(at.x, at.y, color.is_on());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use embedded_graphics::geometry::Point;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_pixel_is_where_it_was_set(tall in any::<bool>(), dots in prop::collection::vec((-9..140_i32, -9..80_i32), 0..99)) {
            let mut frame = Frame::new(if tall { 64 } else { 32 });
            frame.draw_iter(dots.iter().map(|(x, y)| Pixel(Point::new(*x, *y), BinaryColor::On))).unwrap();
            for (y, row) in frame.rows().enumerate() {
                for (x, lit) in row.into_iter().enumerate() {
                    prop_assert_eq!(lit, dots.contains(&(x as i32, y as i32)));
                    prop_assert_eq!(frame.pages()[y / 8][x] >> (y % 8) & 1 == 1, lit);
                }
            }
            frame.draw_iter(dots.iter().map(|(x, y)| Pixel(Point::new(*x, *y), BinaryColor::Off))).unwrap();
            prop_assert_eq!(frame.clone(), Frame::new(frame.height()));
        }
    }
}
