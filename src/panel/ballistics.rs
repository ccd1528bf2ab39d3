//! How meters move: pure functions of a value and the time gone by.
//!
//! A sample peak meter with the fall of a peak programme meter type I: 20 dB in 1.7 s at constant speed (IEC
//! 60268-10:1991, 4.8; the same for digital meters in IEC 60268-18:1995), and a hold of 1.5 s, the longest that the
//! latter allows (1.0 s +- 0.5 s). It rises at once: a clip of one sample has to be seen.
//!
//! Runs on: supervisor.
use super::view::{MeterView, View};
use std::time::Duration;

/// Speed of the fall.
pub const FALL_DB_PER_S: f32 = 20.0 / 1.7;
/// How long the largest peak stays marked.
pub const HOLD: Duration = Duration::from_millis(1_500);
/// Lowest level that is told from silence.
pub const FLOOR_DB: f32 = -120.0;
/// The largest 24-bit sample is a hair below 1.0; from here on an input counts as clipped.
const CLIP: f32 = 1.0 - 1.0 / 8_388_608.0;

/// What one meter shows. Levels are dBFS.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// Falling peak.
    pub peak_db: f32,
    /// Held peak.
    pub hold_db: f32,
    /// RMS as measured.
    pub rms_db: f32,
    /// Full scale was reached since it was last cleared.
    pub clipped: bool,
}

/// One meter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Needle {
    reading: Reading,
    held_for: Duration,
}

impl Default for Needle {
    fn default() -> Self {
        let reading = Reading { peak_db: FLOOR_DB, hold_db: FLOOR_DB, rms_db: FLOOR_DB, clipped: false };
        Self { reading, held_for: Duration::ZERO }
    }
}

impl Needle {
    /// What it shows now.
    pub fn reading(&self) -> Reading {
        self.reading
    }

    /// The meter `dt` later, with `peak` and `rms` (linear) measured meanwhile.
    #[must_use]
    pub fn step(self, peak: f32, rms: f32, dt: Duration) -> Self {
        let now = self.reading;
        let fallen = now.peak_db - FALL_DB_PER_S * dt.as_secs_f32();
        let peak_db = dbfs(peak).max(fallen).max(FLOOR_DB);
        let held_for = self.held_for.saturating_add(dt);
        let renew = peak_db >= now.hold_db || held_for > HOLD;
        Self {
            reading: Reading {
                peak_db,
                hold_db: if renew { peak_db } else { now.hold_db },
                rms_db: dbfs(rms),
                clipped: now.clipped || peak >= CLIP,
            },
            held_for: if peak_db >= now.hold_db { Duration::ZERO } else { held_for },
        }
    }

    /// The meter without its clip mark.
    #[must_use]
    pub fn cleared(mut self) -> Self {
        self.reading.clipped = false;
        self
    }
}

/// The meters of all inputs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bridge {
    needles: Vec<Needle>,
}

impl Bridge {
    /// Moves every meter on by `dt`.
    pub fn step(&mut self, view: &View, dt: Duration) {
        self.needles.resize(view.meters.len(), Needle::default());
        for (needle, MeterView { peak, rms, .. }) in self.needles.iter_mut().zip(&view.meters) {
            *needle = needle.step(*peak, *rms, dt);
        }
    }

    /// Forgets which inputs clipped.
    pub fn clear_clips(&mut self) {
        for needle in &mut self.needles {
            *needle = needle.cleared();
        }
    }

    /// What the meter of an input (from 0) shows.
    pub fn reading(&self, input: usize) -> Reading {
        self.needles.get(input).copied().unwrap_or_default().reading()
    }
}

/// `20 log10` of a linear level, no less than [`FLOOR_DB`]; not-a-number counts as silence.
fn dbfs(level: f32) -> f32 {
    (20.0 * level.abs().log10()).max(FLOOR_DB)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FRAME: Duration = Duration::from_millis(50);

    fn after(mut needle: Needle, time: Duration) -> Needle {
        for _ in 0..time.as_millis() / FRAME.as_millis() {
            needle = needle.step(0.0, 0.0, FRAME);
        }
        needle
    }

    #[test]
    fn it_rises_at_once_and_falls_twenty_decibels_in_1_7_seconds() {
        let needle = Needle::default().step(1.0, 0.5, FRAME);
        assert!(needle.reading().peak_db.abs() < 1e-3);
        assert!((needle.reading().rms_db + 6.02).abs() < 0.01);
        let fallen = after(needle, Duration::from_millis(1_700)).reading().peak_db;
        assert!((fallen + 20.0).abs() < 0.01, "{fallen}");
    }

    #[test]
    fn the_peak_is_held_for_a_second_and_a_half() {
        let needle = Needle::default().step(0.5, 0.5, FRAME);
        let held = needle.reading().hold_db;
        assert_eq!(after(needle, HOLD).reading().hold_db.to_bits(), held.to_bits());
        assert!(after(needle, HOLD + FRAME).reading().hold_db < held - 10.0);
    }

    #[test]
    fn a_clip_stays_until_it_is_cleared() {
        let full = 8_388_607.0 / 8_388_608.0;
        let mut bridge = Bridge::default();
        let meter =
            |peak| View { meters: vec![MeterView { peak, ..MeterView::default() }], ..View::default() };
        bridge.step(&meter(0.999), FRAME);
        assert!(!bridge.reading(0).clipped);
        bridge.step(&meter(full), FRAME);
        bridge.step(&meter(0.0), Duration::from_secs(3_600));
        assert!(bridge.reading(0).clipped, "the largest 24-bit sample is a clip");
        bridge.clear_clips();
        assert!(!bridge.reading(0).clipped);
        assert_eq!(bridge.reading(7), Needle::default().reading(), "an input that is not there is silent");
    }

    proptest! {
        #[test]
        fn any_input_keeps_it_on_the_scale(levels in prop::collection::vec((any::<f32>(), 0_u64..100_000), 1..50)) {
            let mut needle = Needle::default();
            for (level, millis) in levels {
                needle = needle.step(level, level, Duration::from_millis(millis));
                let now = needle.reading();
                prop_assert!(now.peak_db >= FLOOR_DB && now.rms_db >= FLOOR_DB);
                prop_assert!(now.hold_db >= now.peak_db);
            }
        }

        #[test]
        fn the_fall_does_not_depend_on_how_often_it_is_drawn(frames in 1_u32..200) {
            let start = Needle::default().step(1.0, 1.0, FRAME);
            let total = Duration::from_secs(2);
            let mut needle = start;
            for _ in 0..frames {
                needle = needle.step(0.0, 0.0, total / frames);
            }
            let once = start.step(0.0, 0.0, total);
            prop_assert!((needle.reading().peak_db - once.reading().peak_db).abs() < 0.01);
        }
    }
}
