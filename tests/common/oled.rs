//! Pictures of the OLED: drawn, compared with golden ones, and as the emulated board dumps them.
#![allow(dead_code, reason = "each test uses its part")]
use embedded_graphics_simulator::{OutputSettingsBuilder, SimulatorDisplay};
use std::path::Path;
use std::time::Duration;
use vestry::hal::display::Frame;
use vestry::panel::{Bridge, View, oled};

use embedded_graphics::Pixel;
use embedded_graphics::pixelcolor::{BinaryColor, Gray8, GrayColor};
use embedded_graphics::prelude::{DrawTarget, OriginDimensions, Point, Size};

/// Pixels of a golden picture for one of the display.
const SCALE: u32 = 4;

/// What the display shows of `view`, whose meters have just begun to move.
pub fn drawn(view: &View, height: u32) -> Frame {
    let mut bridge = Bridge::default();
    bridge.step(view, Duration::from_millis(50));
    moved(view, &bridge, height)
}

/// What the display shows of `view` and `bridge`.
pub fn moved(view: &View, bridge: &Bridge, height: u32) -> Frame {
    let mut frame = Frame::new(height);
    let Ok(()) = oled::draw(&mut frame, view, bridge);
    frame
}

/// The rows of a picture from the top.
pub fn rows(frame: &Frame) -> Vec<Vec<bool>> {
    frame.rows().map(|row| row.to_vec()).collect()
}

/// What the emulated board's `screendump` shows of a picture that an SH1106 was sent: 96 columns from memory column 36
/// (the picture's 34) on, 16 rows. There each pixel is 4 x 4.
pub fn dumped(frame: &Frame) -> Vec<Vec<bool>> {
    (0..16).map(|y| (34..130).map(|x| frame.lit(x, y)).collect()).collect()
}

/// Compares with a golden picture; `GOLDEN=write` makes a new one, to be looked at before it is committed.
pub fn same(path: &str, frame: &Frame) {
    let wide = frame.size();
    let mut display = SimulatorDisplay::<BinaryColor>::new(wide);
    let pixels = |(y, row): (i32, Vec<bool>)| {
        (0..).zip(row).map(move |(x, lit)| Pixel(Point::new(x, y), BinaryColor::from(lit)))
    };
    display.draw_iter((0..).zip(rows(frame)).flat_map(pixels)).unwrap();
    compare(path, &display);
}

/// Pictures side by side in so many columns, one image.
pub fn same_sheet(path: &str, pictures: &[Frame], columns: usize) {
    let gap = 6;
    let cell = pictures.iter().map(|frame| frame.size()).max_by_key(|size| size.height).unwrap();
    let lines = pictures.len().div_ceil(columns) as u32;
    let size = Size::new(columns as u32 * (cell.width + gap) + gap, lines * (cell.height + gap) + gap);
    let mut display = SimulatorDisplay::<BinaryColor>::new(size);
    for (place, frame) in pictures.iter().enumerate() {
        let x0 = gap + (place % columns) as u32 * (cell.width + gap);
        let y0 = gap + (place / columns) as u32 * (cell.height + gap);
        for (y, row) in (y0 as i32..).zip(rows(frame)) {
            let pixels = (x0 as i32..).zip(row);
            let pixels = pixels.map(|(x, lit)| Pixel(Point::new(x, y), BinaryColor::from(lit)));
            display.draw_iter(pixels).unwrap();
        }
    }
    compare(path, &display);
}

fn compare(path: &str, display: &SimulatorDisplay<BinaryColor>) {
    let settings = OutputSettingsBuilder::new().scale(SCALE).build();
    if std::env::var_os("GOLDEN").is_some_and(|value| value == "write") {
        display.to_grayscale_output_image(&settings).save_png(path).unwrap();
    }
    assert!(Path::new(path).is_file(), "{path} is missing");
    let golden = SimulatorDisplay::<Gray8>::load_png(path).unwrap();
    let size = display.output_size(&settings);
    assert_eq!(golden.size(), size, "{path}");
    for y in 0..display.size().height {
        for x in 0..display.size().width {
            let lit = display.get_pixel(Point::new(x as i32, y as i32)).is_on();
            let shown = golden.get_pixel(Point::new((x * SCALE) as i32, (y * SCALE) as i32)).luma() > 127;
            assert!(lit == shown, "{path} differs at column {x}, row {y}");
        }
    }
}
