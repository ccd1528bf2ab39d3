//! What is set of pads while the box runs, over what the configuration says of them. It stays through a rescan, and goes with
//! the player.
//!
//! Runs on: supervisor.
use super::load::repeat;
use super::pads::Rules;
use super::playable::Playable;
use super::settings::PlayerSettings;
use crate::config::{PadConfig, PadSettings};
use std::collections::BTreeMap;

/// All of it, by place.
#[derive(Clone, Debug, Default)]
pub struct Live(BTreeMap<usize, PadSettings>);

impl Live {
    /// What is set of a pad from now on; nothing: as configured.
    pub fn set(&mut self, place: usize, settings: PadSettings) {
        self.0.remove(&place);
        if !settings.is_empty() {
            self.0.insert(place, settings);
        }
    }

    /// Places of which something is set, with what.
    pub fn all(&self) -> impl Iterator<Item = (usize, &PadSettings)> {
        self.0.iter().map(|(place, settings)| (*place, settings))
    }

    /// A pad's settings as they hold now.
    pub fn over(&self, place: usize, pad: &PadConfig) -> PadConfig {
        self.0.get(&place).map_or_else(|| pad.clone(), |settings| settings.over(pad))
    }

    /// A pad as it would be played now.
    ///
    /// # Errors
    /// Its loop does not lie within its clip, or is another than configured, of one that is read while it plays: that repeats by
    /// itself.
    pub fn playable(
        &self,
        place: usize,
        pad: &PadConfig,
        clip: &Playable,
    ) -> Result<(PadConfig, Playable), String> {
        let config = self.over(place, pad);
        let points = |pad| repeat(pad, clip.frames, clip.sound.rate());
        match (points(&config)?, clip.is_made()) {
            (repeat, false) => Ok((config, clip.repeating(repeat))),
            (repeat, true) if Ok(repeat) == points(pad) => Ok((config, clip.clone())),
            _ if clip.stream.is_some() => {
                Err("is too long for memory: whether and where it repeats is as configured".into())
            }
            _ => {
                Err("was made for its pitch with its loop: whether and where it repeats is as configured"
                    .into())
            }
        }
    }

    /// What a press of a pad goes by.
    pub fn rules(&self, place: usize, settings: &PlayerSettings) -> Rules {
        Rules::of(&self.over(place, &settings.pad(place)), settings.sample_rate)
    }
}
