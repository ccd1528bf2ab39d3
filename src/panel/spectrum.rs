//! The spectrum of the selected input: a windowed FFT, summed up in bands that are equally wide on a log scale.
//!
//! The window is Hann's: for a sine anywhere between two bins, the powers of the nearest bin and its two neighbours add up
//! to its own within 0.1 dB, and everything six bins away is 60 dB down (F. J. Harris, "On the use of windows for harmonic
//! analysis with the discrete Fourier transform", Proc. IEEE 66, 1978). A band shows the power of its bins, and no less
//! than the largest such three: so noise reads as on a real-time analyser, and a tone reads its own level even at the edge
//! of a band or where a band is narrower than a bin.
//!
//! Runs on: supervisor.
use super::ballistics::FLOOR_DB;
use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};
use std::f32::consts::TAU;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// Left end of the scale in Hz.
pub const LOW_HZ: f32 = 40.0;
/// Right end of the scale in Hz, where the sample rate allows it.
pub const HIGH_HZ: f32 = 20_000.0;
/// Least length of the window in seconds: the lowest band is then three bins from zero, clear of its own mirror image.
const LEAST_S: f32 = 0.08;

/// One band's bins.
#[derive(Clone, Debug)]
struct Band {
    /// Those within.
    within: Range<usize>,
    /// Those nearest to any frequency within; at least one.
    nearest: Range<usize>,
}

/// The analyser. Bands and window are computed once; it allocates nothing afterwards.
pub struct Spectrum {
    fft: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
    bands: Vec<Band>,
    top_hz: f32,
    windowed: Vec<f32>,
    bins: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
    powers: Vec<f32>,
    levels: Vec<f32>,
}

impl Spectrum {
    /// For samples at `rate` Hz and so many bands (at least one), from 40 Hz to 20 kHz or half the rate.
    pub fn new(rate: u32, bands: usize) -> Self {
        let rate = rate.max(1) as f32;
        let length = ((rate * LEAST_S) as usize).next_power_of_two().max(16);
        let fft = RealFftPlanner::new().plan_fft_forward(length);
        let top_hz = HIGH_HZ.min(rate / 2.0);
        let bands = bands.max(1);
        let edge =
            |at: usize| LOW_HZ * (top_hz / LOW_HZ).powf(at as f32 / bands as f32) * length as f32 / rate;
        Self {
            window: (0..length).map(|at| 0.5 - 0.5 * (TAU * at as f32 / length as f32).cos()).collect(),
            bands: (0..bands).map(|band| Band::between(edge(band), edge(band + 1), length / 2)).collect(),
            top_hz,
            windowed: fft.make_input_vec(),
            bins: fft.make_output_vec(),
            scratch: fft.make_scratch_vec(),
            powers: vec![0.0; length / 2 + 1],
            levels: vec![FLOOR_DB; bands],
            fft,
        }
    }

    /// Samples that one spectrum looks at: a power of two, 80 to 160 ms.
    pub fn window(&self) -> usize {
        self.window.len()
    }

    /// Right end of the scale in Hz: 20 kHz or half the rate.
    pub fn top_hz(&self) -> f32 {
        self.top_hz
    }

    /// Levels of the bands in dBFS, low to high, of the last [`window`](Self::window) of `samples`; fewer count as
    /// preceded by silence. A full-scale sine reads 0 dBFS, silence and not-a-number -120.
    pub fn bands(&mut self, samples: &[f32]) -> &[f32] {
        let last = samples.get(samples.len().saturating_sub(self.window.len())..).unwrap_or_default();
        let (before, filled) = self.windowed.split_at_mut(self.window.len() - last.len());
        before.fill(0.0);
        let factors = self.window.iter().skip(before.len());
        for ((into, sample), factor) in filled.iter_mut().zip(last).zip(factors) {
            *into = sample * factor;
        }
        // Fails for wrong lengths alone; these were made for it.
        if self.fft.process_with_scratch(&mut self.windowed, &mut self.bins, &mut self.scratch).is_ok() {
            self.sum_up();
        }
        &self.levels
    }

    fn sum_up(&mut self) {
        // A full-scale sine on a bin has a quarter of the length there and half of that in each neighbour.
        let full = (self.window.len() as f32 / 4.0).powi(2) * 1.5;
        for (power, bin) in self.powers.iter_mut().zip(&self.bins) {
            *power = bin.norm_sqr() / full;
        }
        for (level, band) in self.levels.iter_mut().zip(&self.bands) {
            *level = (10.0 * band.power(&self.powers).log10()).max(FLOOR_DB);
        }
    }
}

impl Band {
    /// From and to fractions of bins, the highest of which is `top`.
    fn between(low: f32, high: f32, top: usize) -> Self {
        let bin = |at: f32| (at as usize).clamp(1, top.saturating_sub(1).max(1));
        Self { within: bin(low.ceil())..bin(high.ceil()), nearest: bin(low.round())..bin(high.round()) + 1 }
    }

    fn power(&self, powers: &[f32]) -> f32 {
        let sum = |bins: Range<usize>| powers.get(bins).unwrap_or_default().iter().sum::<f32>();
        let tones = self.nearest.clone().map(|bin| sum(bin - 1..bin + 2));
        tones.fold(sum(self.within.clone()), f32::max)
    }
}

impl fmt::Debug for Spectrum {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Spectrum").field("window", &self.window.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BANDS: usize = 32;

    fn sine(rate: u32, length: usize, hz: f32, db: f32, phase: f32) -> Vec<f32> {
        let (step, level) =
            (f64::from(hz / rate as f32) * std::f64::consts::TAU, 10_f64.powf(f64::from(db) / 20.0));
        (0..length).map(|at| (level * (step * at as f64 + f64::from(phase)).sin()) as f32).collect()
    }

    proptest! {
        #[test]
        fn a_tone_reads_its_level_in_its_band(
            rate in prop::sample::select(vec![44_100_u32, 48_000, 96_000]),
            place in 0.0..1.0_f32,
            db in -80.0..0.0_f32,
            phase in 0.0..TAU,
        ) {
            let mut spectrum = Spectrum::new(rate, BANDS);
            let hz = LOW_HZ * (HIGH_HZ / LOW_HZ).powf(place);
            let samples = sine(rate, spectrum.window() + 777, hz, db, phase);
            let bin = rate as f32 / spectrum.window() as f32;
            let levels = spectrum.bands(&samples).to_vec();
            let own = (place * BANDS as f32) as usize;
            prop_assert!((levels[own] - db).abs() < 0.5, "{hz} Hz: {} for {db} dBFS", levels[own]);
            for (band, level) in levels.iter().enumerate() {
                let edge = |at: usize| LOW_HZ * (HIGH_HZ / LOW_HZ).powf(at as f32 / BANDS as f32);
                prop_assert!(*level < db + 0.5, "band {band} reads {level} for {db}");
                let off = (edge(band) - hz).max(hz - edge(band + 1));
                prop_assert!(off < 7.0 * bin || *level <= FLOOR_DB.max(db - 50.0), "band {band} reads {level}, {off} Hz off");
            }
        }

        #[test]
        fn anything_stays_on_the_scale(rate in 8_000..192_001_u32, bands in 0..130_usize, samples in prop::collection::vec(any::<f32>(), 0..300)) {
            let mut spectrum = Spectrum::new(rate, bands);
            let levels = spectrum.bands(&samples);
            prop_assert_eq!(levels.len(), bands.max(1));
            prop_assert!(levels.iter().all(|level| *level >= FLOOR_DB));
        }
    }

    #[test]
    fn silence_is_the_floor_and_a_constant_is_no_tone() {
        let mut spectrum = Spectrum::new(48_000, BANDS);
        assert!(spectrum.bands(&[0.0; 9_000]).iter().all(|level| *level <= FLOOR_DB));
        assert!(spectrum.bands(&[0.5; 9_000]).iter().all(|level| *level < -80.0));
        assert_eq!(spectrum.bands(&[]).len(), BANDS);
    }

    #[test]
    fn noise_adds_up_within_a_band() {
        let mut spectrum = Spectrum::new(48_000, BANDS);
        let mut seed = 1_u32;
        let mut noise = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            seed as i32 as f32 / 2_147_483_648.0
        };
        let samples: Vec<f32> = (0..spectrum.window()).map(|_| noise()).collect();
        let levels = spectrum.bands(&samples);
        // White noise rises by 3 dB an octave: a band there is as many Hz wider.
        let octave = BANDS as f32 / (HIGH_HZ / LOW_HZ).log2();
        let rise = (levels[31] - levels[20]) / (11.0 / octave);
        assert!((rise - 3.0).abs() < 0.7, "{rise} dB an octave");
    }
}
