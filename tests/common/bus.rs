//! A display that takes everything, and how many bytes each picture of a view took to reach it.
use super::oled::moved;
use super::speech::FRAME;
use embedded_hal::i2c::{ErrorType, I2c, Operation};
use std::convert::Infallible;
use vestry::hal::display::{Controller, DisplaySettings, Panel};
use vestry::panel::{Bridge, View};

struct Willing;

impl ErrorType for Willing {
    type Error = Infallible;
}

impl I2c for Willing {
    fn transaction(&mut self, _: u8, _: &mut [Operation<'_>]) -> Result<(), Infallible> {
        Ok(())
    }
}

/// Bytes on the bus for each view but the first, which is a whole picture.
pub fn bytes(views: &[View], height: u32) -> Vec<usize> {
    let bus = "/dev/i2c-1".into();
    let controller = Controller::Ssd1306;
    let settings = DisplaySettings { bus, address: 0x3c, controller, height, flip: false, contrast: 128 };
    let (mut panel, mut bridge) = (Panel::new(Willing, &settings), Bridge::default());
    let mut show = |view: &View| {
        bridge.step(view, FRAME);
        let Ok(sent) = panel.show(&moved(view, &bridge, height));
        sent
    };
    let sent: Vec<usize> = views.iter().map(&mut show).collect();
    sent.into_iter().skip(1).collect()
}

/// Median, mean, 95th percentile and maximum.
pub fn figures(mut sent: Vec<usize>) -> [f64; 4] {
    sent.sort_unstable();
    let at = |share: f64| sent[((sent.len() - 1) as f64 * share) as usize] as f64;
    [at(0.5), sent.iter().sum::<usize>() as f64 / sent.len() as f64, at(0.95), at(1.0)]
}
