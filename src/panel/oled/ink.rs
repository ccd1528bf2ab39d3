//! The few things that every page is drawn of.
//!
//! Runs on: supervisor.
use embedded_graphics::Drawable;
use embedded_graphics::Pixel;
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::Point;
use embedded_graphics::mono_font::iso_8859_1::{FONT_4X6, FONT_5X8, FONT_7X13_BOLD, FONT_9X15_BOLD};
use embedded_graphics::mono_font::{MonoFont, MonoTextStyle};
use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::primitives::{PointsIter, Primitive, PrimitiveStyle, Rectangle};
use embedded_graphics::text::{Baseline, Text};

/// Labels where nothing larger fits.
pub const TINY: &MonoFont<'_> = &FONT_4X6;
/// Text: 5 columns a letter, 8 rows.
pub const SMALL: &MonoFont<'_> = &FONT_5X8;
/// A word for the distance, where it has to be narrow.
pub const NARROW: &MonoFont<'_> = &FONT_7X13_BOLD;
/// A word for the distance.
pub const LARGE: &MonoFont<'_> = &FONT_9X15_BOLD;

/// A sign of 8 x 7 pixels, a byte a row, the leftmost pixel in bit 7.
pub type Sign = [u8; 7];
/// A closed padlock.
pub const LOCK: Sign = [0x38, 0x44, 0x44, 0xfe, 0xee, 0xfe, 0x00];
/// A loudspeaker beside a cross.
pub const MUTED: Sign = [0x10, 0x35, 0xf5, 0xf2, 0xf5, 0x35, 0x10];

/// Draws lit on dark, or dark on lit.
pub struct Ink<'a, D> {
    /// What is drawn to.
    pub target: &'a mut D,
}

impl<D: DrawTarget<Color = BinaryColor>> Ink<'_, D> {
    /// Fills an area.
    pub fn fill(&mut self, area: Rectangle, on: bool) -> Result<(), D::Error> {
        self.target.fill_solid(&area, BinaryColor::from(on))
    }

    /// A frame of one pixel.
    pub fn frame(&mut self, area: Rectangle) -> Result<(), D::Error> {
        area.into_styled(PrimitiveStyle::with_stroke(BinaryColor::On, 1)).draw(self.target)
    }

    /// Lights those pixels of an area that `lit` wants; the others stay.
    pub fn pattern(&mut self, area: Rectangle, lit: impl Fn(Point) -> bool) -> Result<(), D::Error> {
        let pixels = area.points().filter(|at| lit(*at)).map(|at| Pixel(at, BinaryColor::On));
        self.target.draw_iter(pixels)
    }

    /// Text from its upper left corner; `on` is lit. The ground stays.
    pub fn text(&mut self, at: Point, text: &str, font: &MonoFont<'_>, on: bool) -> Result<(), D::Error> {
        let style = MonoTextStyle::new(font, BinaryColor::from(on));
        Text::with_baseline(text, at, style, Baseline::Top).draw(self.target).map(drop)
    }

    /// A line of small text at the left end of an area, dark on a lit area where `inverted`.
    pub fn line(&mut self, area: Rectangle, text: &str, inverted: bool) -> Result<(), D::Error> {
        if inverted {
            self.fill(area, true)?;
        }
        self.text(area.top_left + Point::new(i32::from(inverted), 0), text, SMALL, !inverted)
    }

    /// A line of small text at the right end of an area.
    pub fn right(&mut self, area: Rectangle, text: &str, on: bool) -> Result<(), D::Error> {
        let wide = text.chars().count() as i32 * SMALL.character_size.width as i32;
        let end = area.top_left.x + area.size.width as i32;
        self.text(Point::new(end - wide, area.top_left.y), text, SMALL, on)
    }

    /// A sign; the ground within its 8 x 7 pixels becomes the opposite.
    pub fn sign(&mut self, at: Point, sign: Sign, on: bool) -> Result<(), D::Error> {
        let rows = (0..).zip(sign).flat_map(|(y, row)| (0..8).map(move |x| (x, y, row << x & 0x80 != 0)));
        let pixels = rows.map(|(x, y, lit)| Pixel(at + Point::new(x, y), BinaryColor::from(lit == on)));
        self.target.draw_iter(pixels)
    }
}
