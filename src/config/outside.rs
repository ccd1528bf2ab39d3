//! What the box has outside: buttons, lamps, display, broker.
//!
//! Runs on: main.
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;

/// `[panel]`: buttons and lamps on GPIO lines; each may be missing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PanelConfig {
    /// Time in which a contact may bounce, 1..200 ms; 10.
    pub debounce_ms: u32,
    /// Button REC.
    pub rec: Option<ButtonConfig>,
    /// Button MARK.
    pub mark: Option<ButtonConfig>,
    /// Button SELECT.
    pub select: Option<ButtonConfig>,
    /// Button PAGE.
    pub page: Option<ButtonConfig>,
    /// Button MUTE.
    pub mute: Option<ButtonConfig>,
    /// Lamp that is lit while recording.
    pub rec_led: Option<LampConfig>,
    /// Lamp that is lit while something is wrong.
    pub fault_led: Option<LampConfig>,
}

impl Default for PanelConfig {
    fn default() -> Self {
        Self {
            debounce_ms: 10,
            rec: None,
            mark: None,
            select: None,
            page: None,
            mute: None,
            rec_led: None,
            fault_led: None,
        }
    }
}

/// One button.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ButtonConfig {
    /// The line; has to be given.
    pub line: Line,
    /// Level while pressed; low, since most buttons close to ground.
    #[serde(default = "low")]
    pub active: Active,
    /// Resistor inside the chip; up for an active low line, down for an active high one.
    #[serde(default)]
    pub bias: Option<Bias>,
}

/// One lamp.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LampConfig {
    /// The line; has to be given.
    pub line: Line,
    /// Level while lit; high.
    #[serde(default = "high")]
    pub active: Active,
}

fn low() -> Active {
    Active::Low
}

fn high() -> Active {
    Active::High
}

/// The level that means pressed or lit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Active {
    /// Ground.
    Low,
    /// Supply.
    High,
}

/// Resistor inside the GPIO chip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Bias {
    /// To supply.
    Up,
    /// To ground.
    Down,
    /// None.
    None,
}

/// A GPIO line: by its name in the device tree, or `chip:offset` such as `gpiochip0:17`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Line {
    /// As `gpioinfo` shows it; on any chip.
    Named(String),
    /// Offset on a chip.
    At(String, u32),
}

/// The text is no line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be a line's name as in `gpioinfo`, such as \"GPIO17\", or a chip and an offset, such as \"gpiochip0:17\""
)]
pub struct BadLine;

impl TryFrom<String> for Line {
    type Error = BadLine;

    fn try_from(text: String) -> Result<Self, BadLine> {
        let fits = !text.is_empty() && text.len() <= 32 && !text.contains(char::is_whitespace);
        match text.split_once(':') {
            Some((chip, offset)) if fits && chip.starts_with("gpiochip") => {
                Ok(Self::At(chip.to_owned(), offset.parse().map_err(|_| BadLine)?))
            }
            None if fits => Ok(Self::Named(text)),
            _ => Err(BadLine),
        }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(name) => out.write_str(name),
            Self::At(chip, offset) => write!(out, "{chip}:{offset}"),
        }
    }
}

impl From<Line> for String {
    fn from(line: Line) -> Self {
        line.to_string()
    }
}

/// `[display]`: an OLED of 128 columns on an I2C bus.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DisplayConfig {
    /// Its controller; none.
    pub kind: DisplayKind,
    /// The bus; `/dev/i2c-1`.
    pub bus: PathBuf,
    /// Its address, 8..119; 60 (0x3c).
    pub address: u8,
    /// Rows, 64 or 32; 64.
    pub height: u32,
    /// Mounted upside down; false.
    pub flip: bool,
    /// Contrast, 0..255; 128.
    pub contrast: u8,
}

impl Default for DisplayConfig {
    fn default() -> Self {
        let bus = "/dev/i2c-1".into();
        Self { kind: DisplayKind::None, bus, address: 0x3c, height: 64, flip: false, contrast: 128 }
    }
}

/// The display's controller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DisplayKind {
    /// No display.
    #[default]
    None,
    /// Most displays of 0.96 inch.
    Ssd1306,
    /// Most displays of 1.3 inch; also SSD1303.
    Sh1106,
}

/// `[mqtt]`: the broker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MqttConfig {
    /// Its name or address; without one there is no MQTT.
    pub host: Option<String>,
    /// Its port, 1..65535; 1883, with TLS 8883.
    pub port: Option<u16>,
    /// What this box is called in topics, `vestry/<id>/...`: 1..32 of a-z, 0-9, _ and -; vestry.
    pub id: String,
    /// Encrypts; false.
    pub tls: bool,
    /// Certificates (PEM) of who may have signed the broker's; the system's.
    pub ca_file: Option<PathBuf>,
    /// Our certificate (PEM), for brokers that ask for one.
    pub client_cert_file: Option<PathBuf>,
    /// Its key (PEM, PKCS #8).
    pub client_key_file: Option<PathBuf>,
    /// File with the user's name in its first line and the password in its second.
    pub credentials_file: Option<PathBuf>,
    /// Meters a second, 0 (none)..20 Hz; 5.
    pub meters_hz: f64,
    /// Time between two reports of health, 1..3600 s; 10.
    pub health_s: u32,
    /// Announces the box to Home Assistant; true.
    pub discovery: bool,
    /// Where Home Assistant looks; homeassistant.
    pub discovery_prefix: String,
}

impl Default for MqttConfig {
    fn default() -> Self {
        Self {
            host: None,
            port: None,
            id: "vestry".into(),
            tls: false,
            ca_file: None,
            client_cert_file: None,
            client_key_file: None,
            credentials_file: None,
            meters_hz: 5.0,
            health_s: 10,
            discovery: true,
            discovery_prefix: "homeassistant".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_names_or_chip_and_offset() {
        let line = |text: &str| Line::try_from(text.to_owned());
        assert_eq!(line("GPIO17"), Ok(Line::Named("GPIO17".into())));
        assert_eq!(line("gpiochip2:31"), Ok(Line::At("gpiochip2".into(), 31)));
        for text in ["", "gpiochip0:", "gpiochip0:x", "a b", "chip:3", "gpiochip0:-1"] {
            assert_eq!(line(text), Err(BadLine), "{text}");
        }
        assert_eq!(line("gpiochip2:31").unwrap().to_string(), "gpiochip2:31");
    }
}
