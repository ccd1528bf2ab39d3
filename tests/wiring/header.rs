//! The 40 pins of a Raspberry Pi's header.

/// What a pin is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// 3.3 V.
    Low,
    /// 5 V.
    High,
    /// Ground.
    Ground,
    /// A line of the chip, by its number.
    Gpio(u8),
}

use Kind::{Gpio, Ground, High, Low};

/// Pins 1 to 40. Source: Raspberry Pi documentation, "GPIO and the 40-pin header".
#[rustfmt::skip]
pub const HEADER: [Kind; 40] = [
    Low, High,
    Gpio(2), High,
    Gpio(3), Ground,
    Gpio(4), Gpio(14),
    Ground, Gpio(15),
    Gpio(17), Gpio(18),
    Gpio(27), Ground,
    Gpio(22), Gpio(23),
    Low, Gpio(24),
    Gpio(10), Ground,
    Gpio(9), Gpio(25),
    Gpio(11), Gpio(8),
    Ground, Gpio(7),
    Gpio(0), Gpio(1),
    Gpio(5), Ground,
    Gpio(6), Gpio(12),
    Gpio(13), Ground,
    Gpio(19), Gpio(16),
    Gpio(26), Gpio(20),
    Ground, Gpio(21),
];
