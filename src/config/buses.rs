//! What the buses between inputs and outputs are set to.
//!
//! Runs on: main.
use super::check::Check;
use super::key::Key;
use super::units::Db;
use serde::{Deserialize, Serialize};
use vestry_rt::delay::MOST;
use vestry_rt::message;

/// `[[send]]`: one send.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SendConfig {
    /// Level of all of it, -96..12 dB; 0.
    pub level_db: Db,
}

/// What a solo lets hear.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SoloMode {
    /// After the strip.
    #[default]
    Afl,
    /// Before the strip, muted or not.
    Pfl,
}

impl From<SoloMode> for message::SoloMode {
    fn from(mode: SoloMode) -> Self {
        match mode {
            SoloMode::Afl => Self::Afl,
            SoloMode::Pfl => Self::Pfl,
        }
    }
}

/// A delay in frames, if the engine can hold as many.
///
/// # Errors
/// What would be right.
pub fn delay_frames(ms: f32, sample_rate: u32) -> Result<u16, String> {
    let frames = (f64::from(ms) * f64::from(sample_rate) / 1000.0).round();
    if (0.0..=MOST as f64).contains(&frames) {
        return Ok(frames as u16);
    }
    let most = MOST as f64 * 1000.0 / f64::from(sample_rate);
    Err(format!("must be 0..{most:.0} ms at a sample_rate of {sample_rate}"))
}

impl Check<'_> {
    /// Delays against the sample rate.
    pub(super) fn delays(&mut self) {
        let config = self.config;
        for (index, output) in config.output.iter().enumerate() {
            let key = Key::dotted("output").item(index).name("delay_ms");
            let fits = delay_frames(output.delay_ms, config.sample_rate);
            self.rule(&key, "sample_rate", fits.is_ok(), || fits.err().unwrap_or_default());
        }
    }
}
