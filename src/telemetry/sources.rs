//! What a technician changes on generator and click track: what is left out stays as it is.
//!
//! Runs on: supervisor.
use crate::config::{ClickConfig, Db, GeneratorConfig, GeneratorKind};
use serde::{Deserialize, Serialize};

/// Members as the configuration writes them, with its ranges.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GeneratorChange {
    /// "off", "sine", "pink", "sweep" or "identify"; "sweep" begins one anew.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<GeneratorKind>,
    /// -96..0 dBFS: peak, of noise the RMS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level_db: Option<f32>,
    /// From 1; empty: none where it feeds an input's strip, else all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outputs: Option<Vec<usize>>,
    /// 20..20000 Hz.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hz: Option<f32>,
    /// 20..20000 Hz.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_hz: Option<f32>,
    /// 20..20000 Hz.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_hz: Option<f32>,
    /// 1..60 s.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f32>,
    /// True: sweeps again and again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repeat: Option<bool>,
}

impl GeneratorChange {
    /// `config` with the change.
    pub fn over(&self, config: &GeneratorConfig) -> GeneratorConfig {
        GeneratorConfig {
            kind: self.kind.unwrap_or(config.kind),
            level_db: self.level_db.map_or(config.level_db, Db),
            outputs: self.outputs.clone().unwrap_or_else(|| config.outputs.clone()),
            hz: self.hz.unwrap_or(config.hz),
            from_hz: self.from_hz.unwrap_or(config.from_hz),
            to_hz: self.to_hz.unwrap_or(config.to_hz),
            seconds: self.seconds.unwrap_or(config.seconds),
            repeat: self.repeat.unwrap_or(config.repeat),
        }
    }

    /// A number that is none, if there is one.
    pub(super) fn infinite(&self) -> Option<f32> {
        let numbers = [self.level_db, self.hz, self.from_hz, self.to_hz, self.seconds];
        numbers.into_iter().flatten().find(|number| !number.is_finite())
    }
}

/// Members as the configuration writes them, with its ranges.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClickChange {
    /// True: plays, from the first beat of a bar on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on: Option<bool>,
    /// 20..300 beats a minute, from the next beat on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bpm: Option<f32>,
    /// 1..16 beats a bar.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beats: Option<u8>,
    /// -96..0 dBFS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level_db: Option<f32>,
    /// From 1; empty: the right ones of split pairs, or all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outputs: Option<Vec<usize>>,
}

impl ClickChange {
    /// `config` with the change.
    pub fn over(&self, config: &ClickConfig) -> ClickConfig {
        ClickConfig {
            on: self.on.unwrap_or(config.on),
            bpm: self.bpm.unwrap_or(config.bpm),
            beats: self.beats.unwrap_or(config.beats),
            level_db: self.level_db.map_or(config.level_db, Db),
            outputs: self.outputs.clone().unwrap_or_else(|| config.outputs.clone()),
        }
    }

    /// A number that is none, if there is one.
    pub(super) fn infinite(&self) -> Option<f32> {
        [self.bpm, self.level_db].into_iter().flatten().find(|number| !number.is_finite())
    }
}

/// Wishes of tests.
#[cfg(test)]
pub(crate) mod wishes {
    use super::super::control::Control;
    use super::{ClickChange, GeneratorChange};

    pub fn generator(set: impl Fn(&mut GeneratorChange)) -> Control {
        let mut change = GeneratorChange::default();
        set(&mut change);
        Control::Generator(change)
    }

    pub fn click(set: impl Fn(&mut ClickChange)) -> Control {
        let mut change = ClickChange::default();
        set(&mut change);
        Control::Click(change)
    }
}
