//! The page Levels with up to six inputs: a bar a row, -60 to 0 dBFS, each within one page of the display's memory.
//!
//! Runs on: supervisor.
use super::super::ballistics::{Bridge, Reading};
use super::super::view::{MeterView, View};
use super::ink::{Ink, SMALL, TINY};
use super::{LINE, area, columns, words};
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::Point;
use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::primitives::Rectangle;

/// Left end of the scale in dBFS.
pub const LOW_DB: f32 = -60.0;
/// Most inputs that get a row.
const ROWS: usize = 6;
/// Where the scale is marked.
const TICKS: [i16; 6] = [-60, -40, -30, -20, -10, 0];
/// Columns of a page from which on the scale has room for numbers.
const NUMBERS: u32 = 120;
/// Columns of a level or of CLIP.
const NUMBER: u32 = 18;
/// Letters of a name beside its bar.
const NAME: u32 = 5;

/// Draws the meters over `page`, which is 24 or 48 rows high.
pub fn page<D>(ink: &mut Ink<'_, D>, page: Rectangle, view: &View, bridge: &Bridge) -> Result<(), D::Error>
where
    D: DrawTarget<Color = BinaryColor>,
{
    let inputs = view.meters.len();
    if inputs > ROWS {
        return columns::page(ink, page, view, bridge);
    }
    let rows = page.size.height / LINE;
    let high = if inputs as u32 * 2 <= rows { 2 } else { 1 };
    let wide = if inputs as u32 > rows { page.size.width / 2 } else { page.size.width };
    for (at, meter) in (0..).zip(&view.meters) {
        let place = Point::new((at / rows * wide) as i32, (at % rows * high * LINE) as i32);
        let row =
            Row { top_left: page.top_left + place, width: wide - u32::from(wide < 64), high, number: at + 1 };
        row.draw(ink, meter, bridge.reading(at as usize))?;
    }
    let used = inputs as u32 * high;
    if used > 0 && used < rows && high == 1 && page.size.width >= NUMBERS {
        scale(ink, page, used)?;
    }
    Ok(())
}

/// One input's place.
struct Row {
    top_left: Point,
    width: u32,
    /// Lines: one, or one for the name and one for the bar.
    high: u32,
    number: u32,
}

impl Row {
    fn draw<D>(&self, ink: &mut Ink<'_, D>, meter: &MeterView, reading: Reading) -> Result<(), D::Error>
    where
        D: DrawTarget<Color = BinaryColor>,
    {
        self.label(ink, meter)?;
        let bar = self.bar();
        fill(ink, bar, reading)?;
        if meter.muted {
            mute(ink, bar.top_left - Point::new(0, 1))?;
        }
        self.value(ink, reading)
    }

    /// Whether there is room for no more than a number and a bar.
    fn narrow(&self) -> bool {
        self.width < 64
    }

    /// The bar's rows and columns, the scale's marks below it not counted.
    fn bar(&self) -> Rectangle {
        let (before, after) = match (self.high, self.narrow()) {
            (1, true) => (7, 5),
            (1, false) => (NAME * 5 + 10, NUMBER),
            _ => (0, 0),
        };
        let y = (self.high as i32 - 1) * LINE as i32 + 1;
        let top_left = self.top_left + Point::new(before as i32, y);
        Rectangle::new(top_left, (self.width - before - after - 1, LINE - 3).into())
    }

    /// Number and name; inverted where it is selected. Beside a bar they stand close.
    fn label<D>(&self, ink: &mut Ink<'_, D>, meter: &MeterView) -> Result<(), D::Error>
    where
        D: DrawTarget<Color = BinaryColor>,
    {
        let (most, gap) = match (self.high, self.narrow()) {
            (1, true) => (0, 0),
            (1, false) => (NAME, 2),
            _ => ((self.width - NUMBER) / 5 - 3, 5),
        };
        let name = words::name(&meter.name, most as usize);
        let letters = if self.high == 1 { most } else { name.chars().count() as u32 };
        let wide = 6 + gap + letters * 5;
        if meter.selected {
            ink.fill(Rectangle::new(self.top_left, (wide, LINE).into()), true)?;
        }
        let at = self.top_left + Point::new(1, 0);
        ink.text(at, &self.number.to_string(), SMALL, !meter.selected)?;
        ink.text(at + Point::new(5 + gap as i32, 0), &name, SMALL, !meter.selected)
    }

    /// The held peak in dBFS, or CLIP.
    fn value<D>(&self, ink: &mut Ink<'_, D>, reading: Reading) -> Result<(), D::Error>
    where
        D: DrawTarget<Color = BinaryColor>,
    {
        let end = self.top_left.x + self.width as i32;
        let cell = area(end - NUMBER as i32, self.top_left.y, NUMBER, LINE);
        match (reading.clipped, self.narrow()) {
            (true, true) => ink.fill(area(end - 3, self.top_left.y, 3, LINE - 1), true),
            (true, false) => {
                ink.fill(Rectangle { size: (NUMBER, LINE - 1).into(), ..cell }, true)?;
                ink.text(cell.top_left + Point::new(1, 1), "CLIP", TINY, false)
            }
            (false, false) => ink.right(cell, &words::decibels(reading.hold_db, LOW_DB), true),
            (false, true) => Ok(()),
        }
    }
}

/// An M on a lit ground at the left end of a bar, one column clear behind it.
fn mute<D>(ink: &mut Ink<'_, D>, at: Point) -> Result<(), D::Error>
where
    D: DrawTarget<Color = BinaryColor>,
{
    ink.fill(area(at.x, at.y, 7, LINE), true)?;
    ink.fill(area(at.x + 7, at.y, 1, LINE), false)?;
    ink.text(at + Point::new(1, 0), "M", SMALL, false)
}

/// Columns of a bar lit at `db`.
fn lit(db: f32, width: u32) -> u32 {
    let share = ((db - LOW_DB) / -LOW_DB).clamp(0.0, 1.0);
    (share * width as f32).round() as u32
}

/// The falling peak, the held peak as a line, and marks below.
fn fill<D>(ink: &mut Ink<'_, D>, bar: Rectangle, reading: Reading) -> Result<(), D::Error>
where
    D: DrawTarget<Color = BinaryColor>,
{
    let Rectangle { top_left: Point { x, y }, size } = bar;
    ink.fill(area(x, y, lit(reading.peak_db, size.width), size.height), true)?;
    let hold = lit(reading.hold_db, size.width);
    if hold > 0 {
        ink.fill(area(x + hold as i32 - 1, y, 1, size.height), true)?;
    }
    for tick in TICKS {
        let at = x + lit(f32::from(tick), size.width - 1) as i32;
        ink.fill(area(at, y + size.height as i32 + 1, 1, 1), true)?;
    }
    Ok(())
}

/// The scale in numbers, where a line is left below the bars.
fn scale<D>(ink: &mut Ink<'_, D>, page: Rectangle, line: u32) -> Result<(), D::Error>
where
    D: DrawTarget<Color = BinaryColor>,
{
    let top_left = page.top_left + Point::new(0, (line * LINE) as i32);
    let bar = Row { top_left, width: page.size.width, high: 1, number: 0 }.bar();
    for tick in TICKS.into_iter().filter(|tick| *tick != -30) {
        let text = tick.to_string();
        let at = bar.top_left.x + lit(f32::from(tick), bar.size.width - 1) as i32;
        let half = text.len() as i32 * 2;
        ink.text(Point::new(at - half + 1, top_left.y), &text, TINY, true)?;
    }
    Ok(())
}
