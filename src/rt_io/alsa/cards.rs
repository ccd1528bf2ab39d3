//! Which cards there are and what they can do.
//!
//! Runs on: main.
use super::params::{FORMATS, alsa_format, format_name};
use alsa::card::Iter;
use alsa::ctl::{Ctl, DeviceIter};
use alsa::pcm::{HwParams, PCM};
use alsa::{Direction, Output};
use std::fmt;
use vestry_rt::sample::SampleFormat;

/// Rates that are asked about, in Hz.
const RATES: [u32; 8] = [32_000, 44_100, 48_000, 64_000, 88_200, 96_000, 176_400, 192_000];

/// Rates or channel counts, ascending.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Numbers(pub Vec<u32>);

/// Sample formats, the best first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Formats(pub Vec<SampleFormat>);

/// One direction of one device of a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardInfo {
    /// The card's id: what the configuration names.
    pub id: String,
    /// What the driver calls the device.
    pub name: String,
    /// Number of the device on its card.
    pub device: u32,
    /// True for capture, false for playback.
    pub capture: bool,
    /// Channel counts, rates and formats; `None` while another program has the device open.
    pub can: Option<Abilities>,
}

/// What a device can do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Abilities {
    /// Channel counts that it opens with.
    pub channels: Numbers,
    /// Rates out of the usual ones, in Hz.
    pub rates: Numbers,
    /// Formats out of the supported ones.
    pub formats: Formats,
}

/// A card as the kernel lists it.
pub(super) struct Present {
    pub id: String,
    name: String,
    control: Ctl,
}

/// The cards that are there now, by index.
pub(super) fn present() -> Vec<Present> {
    let card = |card: alsa::Card| {
        let control = Ctl::from_card(&card, true).ok()?;
        let id = control.card_info().ok()?.get_id().ok()?.to_owned();
        Some(Present { id, name: card.get_name().unwrap_or_default(), control })
    };
    Iter::new().map_while(Result::ok).filter_map(card).collect()
}

/// Every PCM of every card. Opens each for a moment.
pub fn devices() -> Vec<CardInfo> {
    // Without this, ALSA writes to standard error by itself when a device is in use.
    let _quiet = Output::local_error_handler();
    let mut found = Vec::new();
    for card in present() {
        for device in DeviceIter::new(&card.control).filter_map(|device| u32::try_from(device).ok()) {
            let direction = |direction| card.look_at(device, direction);
            found.extend([Direction::Capture, Direction::Playback].into_iter().filter_map(direction));
        }
    }
    found
}

/// `cards` as text, one a line; without any it says so.
pub fn describe(cards: &[CardInfo]) -> String {
    if cards.is_empty() {
        return "no sound card: connect one or load its driver".to_owned();
    }
    cards.iter().map(CardInfo::to_string).collect::<Vec<_>>().join("\n")
}

impl Present {
    fn look_at(&self, device: u32, direction: Direction) -> Option<CardInfo> {
        let info = self.control.pcm_info(device, 0, direction).ok()?;
        let name = match info.get_name().unwrap_or_default() {
            "" => self.name.clone(),
            name => name.to_owned(),
        };
        let address = format!("hw:CARD={},DEV={device}", self.id);
        let can = PCM::new(&address, direction, true).ok().and_then(|pcm| abilities(&pcm));
        let capture = direction == Direction::Capture;
        Some(CardInfo { id: self.id.clone(), name, device, capture, can })
    }
}

fn abilities(pcm: &PCM) -> Option<Abilities> {
    let hardware = HwParams::any(pcm).ok()?;
    Some(Abilities {
        channels: channels_of(&hardware),
        rates: rates_of(&hardware),
        formats: formats_of(&hardware),
    })
}

/// Channel counts that are still open; the last one is the card's full count.
pub(super) fn channels_of(hardware: &HwParams<'_>) -> Numbers {
    let (least, most) = (hardware.get_channels_min().unwrap_or(1), hardware.get_channels_max().unwrap_or(1));
    // Plug-ins claim thousands; no more are supported than any real card has.
    Numbers((least..=most.min(256)).filter(|&channels| hardware.test_channels(channels).is_ok()).collect())
}

/// The usual rates that are still open.
pub(super) fn rates_of(hardware: &HwParams<'_>) -> Numbers {
    Numbers(RATES.into_iter().filter(|&rate| hardware.test_rate(rate).is_ok()).collect())
}

/// The supported formats that are still open.
pub(super) fn formats_of(hardware: &HwParams<'_>) -> Formats {
    Formats(FORMATS.into_iter().filter(|&format| hardware.test_format(alsa_format(format)).is_ok()).collect())
}

impl fmt::Display for CardInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let direction = if self.capture { "capture" } else { "playback" };
        write!(f, "{},{} {direction} ({}): ", self.id, self.device, self.name)?;
        match &self.can {
            Some(can) => write!(f, "channels {}; {} Hz; {}", can.channels, can.rates, can.formats),
            None => f.write_str("in use by another program"),
        }
    }
}

impl fmt::Display for Numbers {
    /// `1 to 8` where none is left out, else `2, 6 or 8`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [] => f.write_str("none"),
            [one] => write!(f, "{one}"),
            [first, .., last] if (last - first) as usize + 1 == self.0.len() => {
                write!(f, "{first} to {last}")
            }
            [most @ .., last] => {
                let most: Vec<_> = most.iter().map(u32::to_string).collect();
                write!(f, "{} or {last}", most.join(", "))
            }
        }
    }
}

impl fmt::Display for Formats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("none of S32_LE, S24_3LE, S16_LE");
        }
        f.write_str(&self.0.iter().map(|&format| format_name(format)).collect::<Vec<_>>().join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_one_line_and_none_is_said() {
        let can = Abilities {
            channels: Numbers(vec![1, 2, 3, 4]),
            rates: Numbers(vec![44_100, 48_000]),
            formats: Formats(FORMATS.to_vec()),
        };
        let card =
            |can| CardInfo { id: "Desk".into(), name: "USB Audio".into(), device: 1, capture: true, can };
        let text = describe(&[card(Some(can)), card(None)]);
        assert_eq!(
            text,
            "Desk,1 capture (USB Audio): channels 1 to 4; 44100 or 48000 Hz; S32_LE, S24_3LE, S16_LE\n\
             Desk,1 capture (USB Audio): in use by another program"
        );
        assert_eq!(describe(&[]), "no sound card: connect one or load its driver");
        assert_eq!(devices().is_empty(), present().is_empty());
    }
}
