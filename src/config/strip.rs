//! What a strip may have switched on: high-pass, equaliser, gate and compressor, as people set them. The broker's commands
//! take the same form.
//!
//! Runs on: main.
use super::check::Check;
use super::key::Key;
use super::key_source::{KeySource, NAMED};
use super::units::Db;
use serde::{Deserialize, Serialize};

/// Most bands of a strip's equaliser.
pub const MOST_BANDS: usize = vestry_rt::bank::BANDS;

/// One band of the equaliser.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EqBand {
    /// Its form; bell.
    pub kind: BandKind,
    /// Centre of a bell or middle of a shelf's slope, 20..20000 Hz and below half the sample rate; 1000.
    pub hz: f32,
    /// Gain there, or on the shelf, -24..24 dB; 0.
    pub gain_db: Db,
    /// Width: the larger the narrower, or the steeper a shelf, 0.1..20; 0.7.
    pub q: f32,
}

impl Default for EqBand {
    fn default() -> Self {
        Self { kind: BandKind::Bell, hz: 1_000.0, gain_db: Db(0.0), q: 0.7 }
    }
}

/// The form of a band.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BandKind {
    /// Around its frequency.
    #[default]
    Bell,
    /// All below it.
    LowShelf,
    /// All above it.
    HighShelf,
}

/// The gate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GateConfig {
    /// Peak that opens it, -96..0 dBFS; -50. It closes 3 dB below.
    pub threshold_db: Db,
    /// Gain while it is closed, -80..0 dB; -40.
    pub range_db: Db,
    /// Time in which it opens to 63 %, 0.1..200 ms; 1.
    pub attack_ms: f32,
    /// Time that it stays open after the last peak loud enough, 0..5000 ms; 150.
    pub hold_ms: f32,
    /// Time in which it closes to 37 %, 5..5000 ms; 200.
    pub release_ms: f32,
}

impl Default for GateConfig {
    fn default() -> Self {
        Self {
            threshold_db: Db(-50.0),
            range_db: Db(-40.0),
            attack_ms: 1.0,
            hold_ms: 150.0,
            release_ms: 200.0,
        }
    }
}

/// The compressor.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CompressorConfig {
    /// Peak from which on it works, -60..0 dBFS; -20.
    pub threshold_db: Db,
    /// Steps in to one step out beyond, 1..100; 3.
    pub ratio: f32,
    /// Width of the soft knee around the threshold, 0..24 dB; 6.
    pub knee_db: Db,
    /// Time in which 63 % of a reduction are reached, 0.1..200 ms; 10.
    pub attack_ms: f32,
    /// Time in which 63 % of it are given back, 5..5000 ms; 150.
    pub release_ms: f32,
    /// Gain after it, -24..24 dB; 0.
    pub makeup_db: Db,
    /// Whose level counts: an input, 1..`inputs`, after its gain and mute and before its filters; or a bus, 128 frames late;
    /// its own, after the equaliser.
    pub key: Option<KeySource>,
}

impl Default for CompressorConfig {
    fn default() -> Self {
        Self {
            threshold_db: Db(-20.0),
            ratio: 3.0,
            knee_db: Db(6.0),
            attack_ms: 10.0,
            release_ms: 150.0,
            makeup_db: Db(0.0),
            key: None,
        }
    }
}

impl Check<'_> {
    /// What is switched on against the sample rate and the inputs.
    pub(super) fn strips(&mut self) {
        let config = self.config;
        for (index, input) in config.input.iter().enumerate() {
            let key = |name: &str| Key::dotted("input").item(index).name(name);
            if let Some(hz) = input.high_pass_hz {
                self.below_half_the_rate(&key("high_pass_hz"), hz);
            }
            let many = input.eq.len();
            self.rule(&key("eq").item(MOST_BANDS), "", many <= MOST_BANDS, || {
                format!("is one band too many, an input has {MOST_BANDS} at most")
            });
            for (band, EqBand { hz, .. }) in input.eq.iter().enumerate() {
                self.below_half_the_rate(&key("eq").item(band).name("hz"), *hz);
            }
            let there = match input.compressor.and_then(|compressor| compressor.key) {
                Some(KeySource::Input(number)) => (1..=config.inputs).contains(&number),
                Some(KeySource::Bus(_)) | None => true,
            };
            self.rule(&key("compressor").name("key"), "inputs", there, || {
                format!("must be 1..{} (`inputs`), {NAMED}", config.inputs)
            });
        }
    }

    fn below_half_the_rate(&mut self, key: &Key, hz: f32) {
        let half = self.config.sample_rate as f32 / 2.0;
        self.rule(key, "sample_rate", hz < half, || format!("must be below half the sample_rate, {half} Hz"));
    }
}
