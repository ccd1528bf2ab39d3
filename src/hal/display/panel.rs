//! Brings the display's memory up to date for the fewest bytes on the bus.
//!
//! Runs on: display.
use super::frame::{Frame, WIDTH};
use super::route::{self, High};
use super::{Controller, DisplaySettings, commands};
use embedded_hal::i2c::I2c;

/// Announces one command byte; another announcement follows.
const COMMAND: u8 = 0x80;
/// Announces data up to the end of the transfer.
const DATA: u8 = 0x40;

/// A display on a bus, and what it shows.
#[derive(Debug)]
pub struct Panel<I> {
    bus: I,
    address: u8,
    setup: Vec<u8>,
    controller: Controller,
    /// What the display's memory holds; `None` while that is unknown.
    held: Option<Held>,
    /// One transfer.
    buffer: Vec<u8>,
}

#[derive(Debug)]
struct Held {
    frame: Frame,
    high: High,
}

impl<I: I2c> Panel<I> {
    /// A display of which nothing is known yet; nothing is sent. `settings.bus` is not looked at: `bus` is open.
    pub fn new(bus: I, settings: &DisplaySettings) -> Self {
        let (setup, buffer) = (commands::setup(settings), Vec::with_capacity(WIDTH + 8));
        Self { bus, address: settings.address, setup, controller: settings.controller, held: None, buffer }
    }

    /// Sends the settings; what the memory holds counts as unknown from now on. Does not switch the panel on: that is
    /// done when it has a picture. Returns the bytes on the bus, with the address byte of each transfer.
    ///
    /// # Errors
    /// What the bus says.
    pub fn init(&mut self) -> Result<usize, I::Error> {
        self.forget();
        let setup = std::mem::take(&mut self.setup);
        let sent = setup.iter().map(|command| self.command(*command)).sum();
        self.setup = setup;
        sent
    }

    /// Shows a picture: the changed columns of the changed pages where it is known what the display holds, else settings,
    /// whole picture and light. Returns the bytes on the bus, with the address byte of each transfer: 0 where nothing
    /// changed.
    ///
    /// # Errors
    /// What the bus says; the next try sends everything.
    pub fn show(&mut self, frame: &Frame) -> Result<usize, I::Error> {
        // Whatever fails on the way leaves `held` empty.
        let (sent, high) = match self.held.take() {
            Some(held) => self.changes(frame, Some(&held.frame), held.high)?,
            None => {
                let setup = self.init()?;
                let (picture, high) = self.changes(frame, None, None)?;
                (setup + picture + self.command(commands::ON)?, high)
            }
        };
        self.held = Some(Held { frame: frame.clone(), high });
        Ok(sent)
    }

    /// Sends everything at the next [`show`](Self::show): heals a display that lost its memory without a word.
    pub fn forget(&mut self) {
        self.held = None;
    }

    /// Darkens the panel. Returns the bytes on the bus.
    ///
    /// # Errors
    /// What the bus says.
    pub fn off(&mut self) -> Result<usize, I::Error> {
        self.forget();
        self.command(commands::OFF)
    }

    /// Sends what differs from `held`, or everything where that is unknown.
    fn changes(
        &mut self,
        frame: &Frame,
        held: Option<&Frame>,
        mut high: High,
    ) -> Result<(usize, High), I::Error> {
        let mut sent = 0;
        for (number, page) in (0..).zip(frame.pages()) {
            let before = held.and_then(|held| held.pages().get(usize::from(number)));
            let changed = before.map_or([true; WIDTH], |before| {
                std::array::from_fn(|column| page.get(column) != before.get(column))
            });
            if changed.contains(&true) {
                sent += self.page(number, page, &changed, &mut high)?;
            }
        }
        Ok((sent, high))
    }

    fn page(
        &mut self,
        number: u8,
        page: &[u8; WIDTH],
        changed: &[bool; WIDTH],
        high: &mut High,
    ) -> Result<usize, I::Error> {
        let first = commands::first_column(self.controller);
        let (runs, after) = route::runs(changed, first, *high);
        *high = after;
        let mut sent = 0;
        for run in runs {
            let column = (first + run.columns.start) as u8;
            self.buffer.clear();
            if run.page {
                self.buffer.extend([COMMAND, 0xb0 | number]);
            }
            if run.high {
                self.buffer.extend([COMMAND, 0x10 | column >> 4]);
            }
            self.buffer.extend([COMMAND, column & 0x0f, DATA]);
            self.buffer.extend_from_slice(page.get(run.columns).unwrap_or_default());
            sent += self.send()?;
        }
        Ok(sent)
    }

    /// One command byte in a transfer of its own: SSD1303 wants the second byte of a command that way.
    fn command(&mut self, command: u8) -> Result<usize, I::Error> {
        self.buffer.clear();
        self.buffer.extend([COMMAND, command]);
        self.send()
    }

    fn send(&mut self) -> Result<usize, I::Error> {
        self.bus.write(self.address, &self.buffer)?;
        Ok(1 + self.buffer.len())
    }
}

#[cfg(test)]
mod tests {
    use super::super::model::{Chip, Model};
    use super::*;
    use embedded_graphics::Pixel;
    use embedded_graphics::draw_target::DrawTarget;
    use embedded_graphics::geometry::Point;
    use embedded_graphics::pixelcolor::BinaryColor;
    use proptest::prelude::*;

    fn settings(chip: Chip, height: u32) -> DisplaySettings {
        let controller = if chip == Chip::Ssd1306 { Controller::Ssd1306 } else { Controller::Sh1106 };
        let bus = "/dev/i2c-1".into();
        DisplaySettings { bus, address: 0x3c, controller, height, flip: false, contrast: 128 }
    }

    /// Some pixels turned over.
    fn redrawn(frame: &Frame, dots: &[(i32, i32)]) -> Frame {
        let mut next = frame.clone();
        let turned = |(x, y): &(i32, i32)| {
            let on = !frame.lit(*x as usize, *y as usize);
            Pixel(Point::new(*x, *y), BinaryColor::from(on))
        };
        next.draw_iter(dots.iter().map(turned)).unwrap();
        next
    }

    fn chips() -> impl Strategy<Value = Chip> {
        prop::sample::select(vec![Chip::Ssd1306, Chip::Sh1106, Chip::Ssd1303])
    }

    /// Pixels to turn over, and the transfers that go well until one fails half-way.
    type Step = (Vec<(i32, i32)>, Option<usize>);

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let dots = prop::collection::vec((0..128_i32, 0..64_i32), 0..40);
        prop::collection::vec((dots, prop::option::weighted(0.3, 0..60_usize)), 1..12)
    }

    proptest! {
        #[test]
        fn it_shows_what_was_drawn_whatever_fails_on_the_way(
            chip in chips(),
            register in any::<bool>(),
            tall in any::<bool>(),
            steps in steps(),
        ) {
            let settings = settings(chip, if tall { 64 } else { 32 });
            let mut panel = Panel::new(Model::new(chip, register), &settings);
            let mut frame = Frame::new(settings.height);
            for (dots, fails) in steps {
                frame = redrawn(&frame, &dots);
                panel.bus.fails_in = fails;
                let before = panel.bus.bytes;
                match panel.show(&frame) {
                    Ok(sent) => prop_assert_eq!(sent, panel.bus.bytes - before),
                    Err(_) => {
                        panel.bus.fails_in = None;
                        panel.show(&frame).unwrap();
                    }
                }
                panel.bus.fails_in = None;
                prop_assert!(panel.bus.shows(&frame), "{:?}", frame);
                prop_assert_eq!(panel.show(&frame), Ok(0), "nothing changed");
                prop_assert_eq!(&panel.bus.strange, &Vec::<u8>::new());
            }
        }
    }

    #[test]
    fn a_display_that_was_unplugged_shows_everything_again() {
        let mut panel = Panel::new(Model::new(Chip::Ssd1306, true), &settings(Chip::Ssd1306, 64));
        let frame = redrawn(&Frame::new(64), &[(3, 3), (100, 60)]);
        panel.show(&frame).unwrap();
        panel.bus.fails_in = Some(0);
        panel.show(&redrawn(&frame, &[(1, 1)])).unwrap_err();
        panel.bus = Model::new(Chip::Ssd1306, true);
        panel.show(&frame).unwrap();
        assert!(panel.bus.shows(&frame));
    }

    #[test]
    fn one_pixel_costs_a_few_bytes_and_a_whole_picture_a_thousand() {
        let mut panel = Panel::new(Model::new(Chip::Sh1106, false), &settings(Chip::Sh1106, 64));
        let frame = Frame::new(64);
        let whole = panel.show(&frame).unwrap();
        assert!((1_024..1_200).contains(&whole), "{whole}");
        assert_eq!(panel.show(&redrawn(&frame, &[(50, 20)])).unwrap(), 9);
    }

    #[test]
    fn it_stays_dark_until_it_has_a_picture_and_when_it_is_switched_off() {
        let mut panel = Panel::new(Model::new(Chip::Ssd1306, false), &settings(Chip::Ssd1306, 32));
        panel.init().unwrap();
        assert!(!panel.bus.on);
        panel.show(&Frame::new(32)).unwrap();
        assert!(panel.bus.on);
        panel.off().unwrap();
        assert!(!panel.bus.on);
    }

    #[test]
    fn the_settings_reach_the_controller() {
        for (height, flip, wanted) in [
            (64, false, (63, 0x12, 0xa1, 0xc8)),
            (32, false, (31, 0x02, 0xa1, 0xc8)),
            (64, true, (63, 0x12, 0xa0, 0xc0)),
        ] {
            for chip in [Chip::Ssd1306, Chip::Sh1106] {
                let settings = DisplaySettings { flip, contrast: 200, ..settings(chip, height) };
                let mut panel = Panel::new(Model::new(chip, false), &settings);
                panel.init().unwrap();
                let told = &panel.bus;
                assert_eq!((told.value(0xa8), told.value(0xda), told.segments, told.scan), wanted);
                assert_eq!(told.value(0x81), 200);
            }
        }
    }
}
