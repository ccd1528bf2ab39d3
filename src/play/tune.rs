//! Speed, pitch and key lock of a pad as somebody wants them while the box runs.
//!
//! Runs on: supervisor, player.
use crate::config::PadConfig;

/// What is changed; `None` is left as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tune {
    /// 0.25..4.
    pub speed: Option<f32>,
    /// -12..12 semitones.
    pub pitch: Option<f32>,
    /// Whether the speed leaves the pitch as it is.
    pub key_lock: Option<bool>,
}

impl Tune {
    /// Both, the later one where they differ.
    pub fn then(self, later: Self) -> Self {
        Self {
            speed: later.speed.or(self.speed),
            pitch: later.pitch.or(self.pitch),
            key_lock: later.key_lock.or(self.key_lock),
        }
    }

    /// A pad's settings with it.
    pub fn of(self, pad: &PadConfig) -> PadConfig {
        PadConfig {
            speed: self.speed.unwrap_or(pad.speed),
            pitch: self.pitch.unwrap_or(pad.pitch),
            key_lock: self.key_lock.unwrap_or(pad.key_lock),
            ..pad.clone()
        }
    }
}

/// How a pad is tuned, and whether it is to be otherwise.
#[derive(Clone, Debug, PartialEq)]
pub struct Tuned {
    /// 0.25..4.
    pub speed: f32,
    /// -12..12 semitones.
    pub pitch: f32,
    /// Whether the speed leaves the pitch as it is.
    pub key_lock: bool,
    /// Whether something else is wanted and being made; what is told here plays until then.
    pub rendering: bool,
    /// Why what was wanted last was not made.
    pub refused: Option<String>,
}
