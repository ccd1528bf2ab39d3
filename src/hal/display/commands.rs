//! What the controllers are told before the first picture (SSD1306 rev. 1.1 and SH1106 v2.3 data sheets).
//!
//! Runs on: display.
use super::{Controller, DisplaySettings};

/// Lights the panel.
pub const ON: u8 = 0xae | 1;
/// Darkens it and lets it sleep; memory and settings stay.
pub const OFF: u8 = 0xae;

/// The settings, command by command. The panel is not switched off for it: after power-up it is off, and one that is
/// on can be told the same again without a flicker.
pub fn setup(settings: &DisplaySettings) -> Vec<u8> {
    let tall = settings.height != 32;
    let (multiplex, pins) = if tall { (63, 0x12) } else { (31, 0x02) };
    let (segments, scan) = if settings.flip { (0xa0, 0xc0) } else { (0xa1, 0xc8) };
    let mut commands = vec![
        0xe3, // nothing, or the value that a command has waited for since a transfer failed
        0xd5, 0x80, // clock: divided by one, middle frequency
        0xa8, multiplex, // rows in use, less one
        0xd3, 0x00, // no offset
        0x40, // memory row 0 on top
    ];
    commands.extend(match settings.controller {
        Controller::Ssd1306 => [0x8d, 0x14, 0x20, 0x02].as_slice(), // charge pump on; page addressing
        Controller::Sh1106 => [0xad, 0x8b].as_slice(), // DC-DC converter on; it has no other addressing
    });
    let (precharge, deselect) = match settings.controller {
        Controller::Ssd1306 => (0xf1, 0x20),
        Controller::Sh1106 => (0x22, 0x35),
    };
    commands.extend([segments, scan, 0xda, pins, 0x81, settings.contrast]);
    commands.extend([0xd9, precharge, 0xdb, deselect]);
    commands.extend([0xa4, 0xa6]); // show the memory; lit is 1
    commands
}

/// Memory column of the panel's first.
pub fn first_column(controller: Controller) -> usize {
    match controller {
        Controller::Ssd1306 => 0,
        Controller::Sh1106 => 2,
    }
}
