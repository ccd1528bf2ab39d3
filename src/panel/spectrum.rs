//! The spectrum of the selected input: a windowed FFT, summed up in bands that are equally wide on a log scale.
//!
//! Runs on: supervisor.
use realfft::{RealFftPlanner, RealToComplex};
use std::fmt;
use std::sync::Arc;

/// Samples that one spectrum looks at: 43 ms at 48 kHz.
pub const WINDOW: usize = 2_048;

/// The analyser. Bands and window are computed once.
pub struct Spectrum {
    fft: Arc<dyn RealToComplex<f32>>,
}

impl Spectrum {
    /// For samples at `rate` Hz and so many bands, from 40 Hz to 20 kHz or half the rate.
    pub fn new(_rate: u32, _bands: usize) -> Self {
        Self { fft: RealFftPlanner::new().plan_fft_forward(WINDOW) }
    }
}

impl fmt::Debug for Spectrum {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Spectrum").field("window", &self.fft.len()).finish()
    }
}
