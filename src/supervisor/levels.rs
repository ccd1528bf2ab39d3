//! Meters between two messages: the largest peak and the mean power of all that the panel saw meanwhile.
//!
//! Runs on: supervisor.
use crate::telemetry::MetersReport;
use crate::telemetry::levels::{peak_db, power_db};
use vestry_rt::meter::MeterFrame;

/// Sums since the last message.
#[derive(Clone, Debug)]
pub struct Levels {
    peaks: Vec<f32>,
    /// Mean power times frames.
    energies: Vec<f64>,
    mix: [f32; 2],
    frames: u64,
}

impl Levels {
    /// Of so many inputs.
    pub fn new(inputs: usize) -> Self {
        Self { peaks: vec![0.0; inputs], energies: vec![0.0; inputs], mix: [0.0; 2], frames: 0 }
    }

    /// Adds what the meters showed since the last look at them.
    pub fn add(&mut self, meters: &MeterFrame) {
        self.frames += u64::from(meters.frames);
        for ((peak, energy), reading) in self.peaks.iter_mut().zip(&mut self.energies).zip(&meters.pre) {
            *peak = peak.max(reading.peak);
            *energy += f64::from(reading.power) * f64::from(meters.frames);
        }
        for (peak, side) in self.mix.iter_mut().zip(meters.mix) {
            *peak = peak.max(side);
        }
    }

    /// The message, and sums begin anew; none if no sound has come since the last one, which is not silence.
    pub fn report(&mut self) -> Option<MetersReport> {
        let frames = if self.frames > 0 { self.frames as f64 } else { return None };
        let rms = |energy: &f64| power_db((energy / frames) as f32);
        let report = MetersReport {
            peak_db: self.peaks.iter().copied().map(peak_db).collect(),
            rms_db: self.energies.iter().map(rms).collect(),
            mix_peak_db: self.mix.map(peak_db),
            loudness: None,
            pads: Vec::new(),
        };
        *self = Self::new(self.peaks.len());
        Some(report)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vestry_rt::meter::Reading;

    #[test]
    fn peaks_are_kept_and_power_is_the_mean_over_frames() {
        let mut levels = Levels::new(2);
        let look = |frames, peak: f32, power: f32| {
            let mut frame = MeterFrame { frames, ..MeterFrame::default() };
            frame.pre[1] = Reading { peak, power };
            frame
        };
        levels.add(&look(100, 0.1, 0.5));
        levels.add(&look(300, 0.5, 0.1));
        levels.add(&look(0, 0.0, 0.0));
        let report = levels.report().unwrap();
        assert_eq!(report.peak_db, [-120.0, -6.0]);
        assert_eq!(report.rms_db, [-120.0, -7.0]);
        assert_eq!(levels.report(), None, "begun anew");
        levels.add(&look(1, 0.0, 0.0));
        assert_eq!(levels.report().unwrap().peak_db, [-120.0, -120.0]);
    }
}
