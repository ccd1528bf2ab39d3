//! What Home Assistant shows of the mix's loudness. Momentary loudness is too fast for it.
//!
//! Runs on: main, supervisor.
use super::super::topics::Topics;
use super::entity::{Entity, Platform};

/// Of a box that measures the mix.
pub(super) fn entities(topics: &Topics) -> [Entity; 4] {
    let sensor = |key: &str, name: &str, field: &str, unit: &str| {
        Entity::new(Platform::Sensor, key, name)
            .reads(topics.of("health"), &format!("value_json.loudness.mix.{field}"))
            .with("unit_of_measurement", unit)
            .with("state_class", "measurement")
            .with("suggested_display_precision", 1)
    };
    [
        sensor("mix_short_term", "Mix short-term loudness", "short_term_lufs", "LUFS"),
        sensor("mix_integrated", "Mix integrated loudness", "integrated_lufs", "LUFS"),
        sensor("mix_range", "Mix loudness range", "range_lu", "LU"),
        sensor("mix_true_peak", "Mix true peak", "true_peak_dbtp", "dBTP"),
    ]
}
