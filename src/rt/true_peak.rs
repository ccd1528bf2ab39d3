//! Peaks between samples, as a converter would play them: four points a sample, by the filter of ITU-R BS.1770-5, Annex 2.
use crate::follow::GROUP;

/// Taps of each phase.
const TAPS: usize = 12;
/// Samples that a group's first point needs from before it.
const BEFORE: usize = TAPS - 1;

/// The Recommendation's table, each phase by age: the newest sample's factor first. The other two phases are these, read
/// backwards.
const PHASES: [[f32; TAPS]; 2] = [
    [
        0.001_708_984_4,
        0.010_986_328,
        -0.019_653_32,
        0.033_203_125,
        -0.059_448_242,
        0.137_329_1,
        0.972_167_97,
        -0.102_294_92,
        0.047_607_42,
        -0.026_611_328,
        0.014_892_578,
        -0.008_300_781,
    ],
    [
        -0.029_174_805,
        0.029_296_875,
        -0.051_757_813,
        0.089_111_33,
        -0.166_503_9,
        0.465_087_9,
        0.779_785_16,
        -0.200_317_38,
        0.101_562_5,
        -0.058_227_54,
        0.033_081_055,
        -0.018_920_898,
    ],
];

/// The largest magnitude of one signal, between samples too, a group at a time. A point is told 6 samples after its time.
#[derive(Clone, Debug)]
pub struct TruePeak {
    samples: [f32; BEFORE + GROUP],
}

impl TruePeak {
    /// After silence.
    pub const fn new() -> Self {
        Self { samples: [0.0; BEFORE + GROUP] }
    }

    /// Takes the group's samples from `place` (0..`GROUP`) on.
    #[inline(always)]
    pub fn take(&mut self, place: usize, samples: &[f32]) {
        let room = self.samples.get_mut(BEFORE + place..).unwrap_or(&mut []);
        for (room, sample) in room.iter_mut().zip(samples) {
            *room = *sample;
        }
    }

    /// Ends the group: the largest magnitude of its samples and of the points that they bring to an end.
    #[inline(always)]
    pub fn turn(&mut self) -> f32 {
        let mut peaks = [0.0; GROUP];
        if let Some(samples) = self.samples.last_chunk::<GROUP>() {
            raise(&mut peaks, samples);
        }
        for phase in &PHASES {
            let (mut forward, mut backward) = ([0.0; GROUP], [0.0; GROUP]);
            let ages = phase.iter().zip(phase.iter().rev());
            for ((factor, mirrored), samples) in ages.zip(self.samples.windows(GROUP).rev()) {
                add(&mut forward, *factor, samples);
                add(&mut backward, *mirrored, samples);
            }
            raise(&mut peaks, &forward);
            raise(&mut peaks, &backward);
        }
        self.samples.copy_within(GROUP.., 0);
        peaks.iter().fold(0.0, |largest, peak| if *peak > largest { *peak } else { largest })
    }
}

#[inline(always)]
fn add(sums: &mut [f32; GROUP], factor: f32, samples: &[f32]) {
    for (sum, sample) in sums.iter_mut().zip(samples) {
        *sum += factor * sample;
    }
}

#[inline(always)]
fn raise(peaks: &mut [f32; GROUP], samples: &[f32; GROUP]) {
    for (peak, sample) in peaks.iter_mut().zip(samples) {
        let magnitude = sample.abs();
        *peak = if magnitude > *peak { magnitude } else { *peak };
    }
}

impl Default for TruePeak {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    /// The largest peak of a sine of amplitude 1, in decibels.
    fn sine_db(turns: f64, phase: f64) -> f64 {
        let (mut meter, mut largest) = (TruePeak::new(), 0.0_f32);
        for group in 0..200_u32 {
            for place in 0..GROUP {
                let at = f64::from(group) * GROUP as f64 + place as f64;
                meter.take(place, &[(core::f64::consts::TAU * (turns * at + phase)).sin() as f32]);
            }
            let peak = meter.turn();
            largest = if group > 2 { largest.max(peak) } else { 0.0 };
        }
        20.0 * f64::from(largest).log10()
    }

    /// A quarter of the rate at 45 degrees, whose samples are 3 dB below what it is, and others, within EBU Tech 3341's bounds.
    #[test]
    fn what_lies_between_samples_is_seen() {
        for (turns, phase) in
            [(0.25, 0.125), (0.25, 0.0), (1.0 / 6.0, 1.0 / 12.0), (0.125, 0.0625), (0.01, 0.3)]
        {
            let db = sine_db(turns, phase);
            assert!((-0.4..=0.2).contains(&db), "{turns}, {phase}: {db}");
        }
    }

    #[test]
    fn a_single_sample_is_no_less_than_itself() {
        let mut meter = TruePeak::new();
        meter.take(3, &[-0.8]);
        assert_eq!(meter.turn(), 0.8);
    }
}
