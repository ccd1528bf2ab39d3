//! What a technician changes on a band, gate or compressor: what is left out stays as it is.
//!
//! Runs on: supervisor.
use crate::config::{BandKind, CompressorConfig, Db, EqBand, GateConfig, KeySource};
use serde::{Deserialize, Deserializer, Serialize};

/// Members as the configuration writes them, with its ranges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BandChange {
    /// "bell", "low_shelf" or "high_shelf".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<BandKind>,
    /// 20..20000 Hz and below half the sample rate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hz: Option<f32>,
    /// -24..24 dB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gain_db: Option<f32>,
    /// 0.1..20.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub q: Option<f32>,
}

impl BandChange {
    /// `band` with the change.
    pub fn over(&self, band: &EqBand) -> EqBand {
        EqBand {
            kind: self.kind.unwrap_or(band.kind),
            hz: self.hz.unwrap_or(band.hz),
            gain_db: self.gain_db.map_or(band.gain_db, Db),
            q: self.q.unwrap_or(band.q),
        }
    }
}

/// Members as the configuration writes them, with its ranges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GateChange {
    /// -96..0 dBFS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold_db: Option<f32>,
    /// -80..0 dB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub range_db: Option<f32>,
    /// 0.1..200 ms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attack_ms: Option<f32>,
    /// 0..5000 ms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold_ms: Option<f32>,
    /// 5..5000 ms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release_ms: Option<f32>,
}

impl GateChange {
    /// `gate` with the change.
    pub fn over(&self, gate: &GateConfig) -> GateConfig {
        GateConfig {
            threshold_db: self.threshold_db.map_or(gate.threshold_db, Db),
            range_db: self.range_db.map_or(gate.range_db, Db),
            attack_ms: self.attack_ms.unwrap_or(gate.attack_ms),
            hold_ms: self.hold_ms.unwrap_or(gate.hold_ms),
            release_ms: self.release_ms.unwrap_or(gate.release_ms),
        }
    }
}

/// Members as the configuration writes them, with its ranges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CompressorChange {
    /// -60..0 dBFS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold_db: Option<f32>,
    /// 1..100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ratio: Option<f32>,
    /// 0..24 dB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub knee_db: Option<f32>,
    /// 0.1..200 ms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attack_ms: Option<f32>,
    /// 5..5000 ms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release_ms: Option<f32>,
    /// -24..24 dB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub makeup_db: Option<f32>,
    /// Whose level counts; null: its own.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub key: Option<Option<KeySource>>,
}

impl CompressorChange {
    /// `compressor` with the change.
    pub fn over(&self, compressor: &CompressorConfig) -> CompressorConfig {
        CompressorConfig {
            threshold_db: self.threshold_db.map_or(compressor.threshold_db, Db),
            ratio: self.ratio.unwrap_or(compressor.ratio),
            knee_db: self.knee_db.map_or(compressor.knee_db, Db),
            attack_ms: self.attack_ms.unwrap_or(compressor.attack_ms),
            release_ms: self.release_ms.unwrap_or(compressor.release_ms),
            makeup_db: self.makeup_db.map_or(compressor.makeup_db, Db),
            key: self.key.unwrap_or(compressor.key),
        }
    }
}

/// Null is a value too.
fn given<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Option<KeySource>>, D::Error> {
    Option::deserialize(from).map(Some)
}
