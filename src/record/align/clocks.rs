//! By clocks: when each take began, and how fast its card runs against the time of day.
//!
//! Runs on: main.
use super::super::clock::WallTime;
use super::super::manifest::Manifest;
use super::super::timing::Fit;
use serde::Serialize;

/// What two clocks say.
#[derive(Clone, Debug, Serialize)]
pub struct ByClocks {
    /// The frame of A at which B begins.
    pub offset_frames: f64,
    /// The same in ms.
    pub offset_ms: f64,
    /// What the offset may be wrong by, in ms: the sum of what both clocks are; none where one of them was not synchronised.
    pub uncertainty_ms: Option<f64>,
    /// How much faster B's card runs, in ppm; none where no clock could tell.
    pub drift_ppm: Option<f64>,
    /// What that may be wrong by, in ppm.
    pub drift_uncertainty_ppm: Option<f64>,
}

/// Holds two clocks against each other; none where one take tells no time.
pub fn by_clocks(a: &Manifest, b: &Manifest) -> Option<ByClocks> {
    let (first, second) = (fit(a)?, fit(b)?);
    // In i128: f64 has no room for nanoseconds since 1970.
    let apart_s = second.start_ns.saturating_sub(first.start_ns) as f64 / 1e9;
    let rate = f64::from(a.sample_rate) * (1.0 + first.ppm.unwrap_or(0.0) / 1e6);
    let sum = |one: Option<f64>, other: Option<f64>| Some(one? + other?);
    Some(ByClocks {
        offset_frames: apart_s * rate,
        offset_ms: apart_s * 1_000.0,
        uncertainty_ms: sum(first.uncertainty_us, second.uncertainty_us).map(|us| us / 1_000.0),
        drift_ppm: sum(second.ppm, first.ppm.map(|ppm| -ppm)),
        drift_uncertainty_ppm: sum(first.ppm_uncertainty, second.ppm_uncertainty),
    })
}

/// By pairs, or where a take has none by the time at which it began, corrected where that is known.
fn fit(manifest: &Manifest) -> Option<Fit> {
    let by_pairs = manifest.timing.as_ref().and_then(|timing| timing.fit(manifest.sample_rate));
    by_pairs.or_else(|| {
        let corrected = manifest.clock.as_ref().and_then(|clock| clock.started_corrected.as_deref());
        let start_ns = WallTime::parse(corrected.unwrap_or(&manifest.started))?.unix_ns();
        Some(Fit { start_ns, ppm: None, ppm_uncertainty: None, uncertainty_us: None })
    })
}
