//! What the player needs of the configuration.
//!
//! Runs on: main.
use crate::config::{BankShape, Config, PadConfig};
use std::path::PathBuf;
use vestry_rt::click::Tempo;

/// Bytes of a megabyte, as in the file.
const MB: usize = 1_000_000;

/// All that the player is started with.
#[derive(Clone, Debug, PartialEq)]
pub struct PlayerSettings {
    /// The folder of the clips.
    pub dir: PathBuf,
    /// The bank.
    pub shape: BankShape,
    /// Most bytes of all decoded clips.
    pub most_bytes: usize,
    /// Each pad of the file with its place; none: the folder's files in order.
    pub pads: Vec<(usize, PadConfig)>,
    /// Strips of a pad that nobody said more of, from 1: left and right.
    pub strips: Vec<usize>,
    /// Frames a second of the console.
    pub sample_rate: u32,
    /// The click's tempo.
    pub tempo: Tempo,
    /// The click's beats a bar.
    pub beats_a_bar: u8,
}

impl PlayerSettings {
    /// What the configuration says of the pad at a place; defaults where it says nothing.
    pub fn pad(&self, place: usize) -> PadConfig {
        let said = self.pads.iter().find(|(at, _)| *at == place).map(|(_, pad)| pad.clone());
        said.unwrap_or_else(|| PadConfig { strips: self.strips.clone(), ..PadConfig::default() })
    }

    /// Those of a configuration; `None` if it has no player.
    pub fn of(config: &Config) -> Option<Self> {
        let player = &config.player;
        let places = config.pad_places();
        let strips =
            |pad: &PadConfig| config.pad_strips(pad).into_iter().flatten().map(|strip| strip + 1).collect();
        let told = |pad: &PadConfig| PadConfig { strips: strips(pad), ..pad.clone() };
        let pads = places.iter().zip(&config.pad).filter_map(|(place, pad)| Some(((*place)?, told(pad))));
        Some(Self {
            dir: player.dir.clone()?,
            shape: player.shape(),
            most_bytes: (player.memory_mb as usize).saturating_mul(MB),
            pads: pads.collect(),
            strips: strips(&PadConfig::default()),
            sample_rate: config.sample_rate,
            tempo: config.click.tempo(config.sample_rate),
            beats_a_bar: config.click.beats,
        })
    }
}
