//! Where sound comes from and goes to.
//!
//! Runs on: main.
use super::units::Db;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;

/// `[device]`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DeviceConfig {
    /// A sound card or none; alsa.
    pub kind: DeviceKind,
    /// Card to record from; has to be given for alsa.
    pub capture: Option<Card>,
    /// Card to play on; that of `capture`. Without outputs none is opened.
    pub playback: Option<Card>,
    /// Sample format; auto.
    pub format: FormatChoice,
    /// Hardware channels to open, 1..128, or 0: ask the card; 0.
    pub capture_channels: usize,
    /// Hardware channels to open, 1..128, or 0: ask the card; 0.
    pub playback_channels: usize,
    /// Hardware channel of each input, from 1; empty: in order.
    pub capture_map: Vec<usize>,
    /// Hardware channel of each output, from 1; empty: in order.
    pub playback_map: Vec<usize>,
    /// What plays instead of a card.
    pub offline: OfflineConfig,
}

impl DeviceConfig {
    /// The card to play on, for a box with `outputs` outputs.
    pub fn playback_card(&self, outputs: usize) -> Option<&Card> {
        self.playback.as_ref().or(self.capture.as_ref()).filter(|_| outputs > 0)
    }
}

/// What the period loop runs on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeviceKind {
    /// A sound card.
    #[default]
    Alsa,
    /// Files and generators.
    Offline,
}

/// Sample format to open the card with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum FormatChoice {
    /// The widest that the card has.
    #[default]
    #[serde(rename = "auto")]
    Auto,
    /// 32-bit.
    #[serde(rename = "S32_LE")]
    S32,
    /// 24-bit in three bytes.
    #[serde(rename = "S24_3LE")]
    S24_3,
    /// 16-bit.
    #[serde(rename = "S16_LE")]
    S16,
}

/// A card by its ALSA id, `id[,device[,subdevice]]`; an index is refused, since it changes from start to start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Card {
    /// Id, as in `/proc/asound/cards`.
    pub id: String,
    /// Device; 0.
    pub device: u32,
    /// Subdevice; any that is free.
    pub subdevice: Option<u32>,
}

/// The text is no `id[,device[,subdevice]]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a card's id as in `vestry devices`, such as \"Loopback\" or \"Loopback,1,0\", no index")]
pub struct BadCard;

impl TryFrom<String> for Card {
    type Error = BadCard;

    fn try_from(text: String) -> Result<Self, BadCard> {
        let mut parts = text.split(',').map(str::trim);
        let id = parts.next().unwrap_or_default();
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if id.is_empty() || id.len() > 15 || !id.chars().all(fits) || id.chars().all(|c| c.is_ascii_digit()) {
            return Err(BadCard);
        }
        let mut number = || parts.next().map(|part| part.parse().map_err(|_| BadCard)).transpose();
        let (device, subdevice) = (number()?.unwrap_or(0), number()?);
        if parts.next().is_some() { Err(BadCard) } else { Ok(Self { id: id.into(), device, subdevice }) }
    }
}

impl fmt::Display for Card {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.device, self.subdevice) {
            (0, None) => out.write_str(&self.id),
            (device, None) => write!(out, "{},{device}", self.id),
            (device, Some(subdevice)) => write!(out, "{},{device},{subdevice}", self.id),
        }
    }
}

impl From<Card> for String {
    fn from(card: Card) -> Self {
        card.to_string()
    }
}

/// `[device.offline]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OfflineConfig {
    /// In real time, not as fast as the machine can; true.
    pub paced: bool,
    /// Ends after so many seconds, 0 (never)..604800; 0.
    pub duration_s: f64,
    /// Channels come rotated by so many, and by so many more after every overrun, 0..127; 0.
    pub rotation: usize,
    /// What each input hears, from the first; the others hear nothing.
    pub sources: Vec<Source>,
}

impl Default for OfflineConfig {
    fn default() -> Self {
        Self { paced: true, duration_s: 0.0, rotation: 0, sources: Vec::new() }
    }
}

/// What one input hears.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "SourceKeys", into = "SourceKeys")]
pub enum Source {
    /// Nothing: `{}`.
    #[default]
    Silence,
    /// A file's first channel, again and again.
    File {
        /// A WAV file. A relative name starts at the working folder.
        path: PathBuf,
        /// Silence after each turn, 0..3600 s; 1.
        gap_s: f64,
        /// -96..24 dB; 0.
        gain: Db,
    },
    /// A sine.
    Tone {
        /// 1 Hz..half the sample rate.
        hz: f64,
        /// Peak level, -144..0 dBFS; -20.
        level: Db,
    },
    /// White noise, the same for the same seed.
    Noise {
        /// Any number.
        seed: u32,
        /// Peak level, -144..0 dBFS; -20.
        level: Db,
    },
}

/// A source as the file writes it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct SourceKeys {
    file: Option<PathBuf>,
    gap_s: Option<f64>,
    gain_db: Option<Db>,
    tone_hz: Option<f64>,
    noise_seed: Option<u32>,
    level_db: Option<Db>,
}

/// The keys of a source do not go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be {{ file, gap_s, gain_db }} or {{ tone_hz, level_db }} or {{ noise_seed, level_db }} or {{}} (silence)"
)]
pub struct MixedSource;

impl TryFrom<SourceKeys> for Source {
    type Error = MixedSource;

    fn try_from(keys: SourceKeys) -> Result<Self, MixedSource> {
        let gap_s = keys.gap_s.unwrap_or(1.0);
        let gain = keys.gain_db.unwrap_or_default();
        let level = keys.level_db.unwrap_or(Db(-20.0));
        let of_file = keys.gap_s.is_some() || keys.gain_db.is_some();
        match (keys.file, keys.tone_hz, keys.noise_seed) {
            (Some(path), None, None) if keys.level_db.is_none() => Ok(Self::File { path, gap_s, gain }),
            (None, Some(hz), None) if !of_file => Ok(Self::Tone { hz, level }),
            (None, None, Some(seed)) if !of_file => Ok(Self::Noise { seed, level }),
            (None, None, None) if !of_file && keys.level_db.is_none() => Ok(Self::Silence),
            _ => Err(MixedSource),
        }
    }
}

impl From<Source> for SourceKeys {
    fn from(source: Source) -> Self {
        let none = Self::default();
        match source {
            Source::Silence => none,
            Source::File { path, gap_s, gain } => {
                Self { file: Some(path), gap_s: Some(gap_s), gain_db: Some(gain), ..none }
            }
            Source::Tone { hz, level } => Self { tone_hz: Some(hz), level_db: Some(level), ..none },
            Source::Noise { seed, level } => Self { noise_seed: Some(seed), level_db: Some(level), ..none },
        }
    }
}
