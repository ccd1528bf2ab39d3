//! The meters of EBU R 128, of one channel or several. The only home of `ebur128`, which does the measuring by
//! ITU-R BS.1770-4, EBU Tech 3341 and EBU Tech 3342.
//!
//! Runs on: loudness.
use super::Meter;
use ebur128::{EbuR128, Mode};
use serde::{Deserialize, Serialize};

/// No level of a take of ours is beyond this, in dB either way; what is (a broken float) is told as unknown.
pub(in crate::record) const FARTHEST: f64 = 200.0;
/// Seconds of sound before there is a loudness range: one window of short-term loudness.
const RANGE_FROM_S: u64 = 3;

/// What EBU R 128 says of a programme. Silence has no loudness: nothing is told of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Loudness {
    /// Integrated loudness in LUFS, to some 0.05 LU; none where nothing was louder than -70 LUFS.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub integrated_lufs: Option<f64>,
    /// Loudness range (LRA) in LU; none before there are 3 s of sound, or without integrated loudness.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub range_lu: Option<f64>,
    /// Highest true peak in dBTP, of the channel that has it; none of silence. From 96 kHz on it is sought between fewer
    /// places, at 192 kHz it is the largest sample.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub true_peak_dbtp: Option<f64>,
}

/// Momentary and short-term loudness: of the last 400 ms and 3 s.
#[derive(Debug)]
pub struct Live(Option<EbuR128>);

impl Live {
    /// Of so many channels at `rate` Hz, each weighted 1. A rate that cannot be measured gives no values.
    pub fn new(channels: u32, rate: u32) -> Self {
        Self(EbuR128::new(channels, rate, Mode::S).ok())
    }

    /// Loudness of the last 400 ms in LUFS; none of silence.
    pub fn momentary(&self) -> Option<f64> {
        told(self.0.as_ref()?.loudness_momentary().ok()?)
    }

    /// Loudness of the last 3 s in LUFS; none of silence.
    pub fn short_term(&self) -> Option<f64> {
        told(self.0.as_ref()?.loudness_shortterm().ok()?)
    }
}

/// Everything of one programme from its first frame on, in memory that does not grow.
#[derive(Debug)]
pub struct Programme {
    meter: Option<EbuR128>,
    rate: u32,
    frames: u64,
}

impl Programme {
    /// Of so many channels at `rate` Hz, each weighted 1. A rate that cannot be measured gives no values.
    pub fn new(channels: u32, rate: u32) -> Self {
        let mode = Mode::I | Mode::LRA | Mode::TRUE_PEAK | Mode::HISTOGRAM;
        Self { meter: EbuR128::new(channels, rate, mode).ok(), rate, frames: 0 }
    }

    /// What it comes to so far.
    pub fn loudness(&self) -> Loudness {
        let Some(meter) = &self.meter else { return Loudness::default() };
        let integrated_lufs = meter.loudness_global().ok().and_then(told);
        let ranges = integrated_lufs.is_some() && self.frames >= RANGE_FROM_S * u64::from(self.rate);
        let peaks = (0..meter.channels()).filter_map(|channel| meter.true_peak(channel).ok());
        Loudness {
            integrated_lufs,
            range_lu: meter.loudness_range().ok().and_then(told).filter(|_| ranges),
            true_peak_dbtp: told(20.0 * peaks.fold(0.0, f64::max).log10()),
        }
    }
}

impl Meter for Live {
    fn add(&mut self, channels: &[&[f32]]) {
        add(&mut self.0, channels);
    }
}

impl Meter for Programme {
    fn add(&mut self, channels: &[&[f32]]) {
        self.frames += add(&mut self.meter, channels);
    }
}

/// Frames that were measured: none of those where a sample is no finite number, which would stay in the filters for good.
fn add(meter: &mut Option<EbuR128>, channels: &[&[f32]]) -> u64 {
    let sound = channels.iter().all(|channel| channel.iter().all(|sample| sample.is_finite()));
    let Some(meter) = meter.as_mut().filter(|_| sound) else { return 0 };
    // The only error is another number of channels, or of frames in one of them, which no block has.
    match meter.add_frames_planar_f32(channels) {
        Ok(()) => channels.first().map_or(0, |channel| channel.len() as u64),
        Err(_) => 0,
    }
}

/// To 0.01; none of what is no number, or none that sound can have.
fn told(value: f64) -> Option<f64> {
    (value.abs() <= FARTHEST).then(|| (value * 100.0).round() / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_and_what_is_no_number_are_told_as_unknown() {
        let mut live = Live::new(1, 48_000);
        let mut programme = Programme::new(1, 48_000);
        for samples in [&[0.0; 48_000][..], &[f32::NAN; 48_000]] {
            live.add(&[samples]);
            programme.add(&[samples]);
            assert_eq!((live.momentary(), live.short_term()), (None, None));
            assert_eq!(programme.loudness(), Loudness::default());
        }
        let tone: Vec<f32> = (0..48_000).map(|at| (at as f32 * 0.13).sin() * 0.1).collect();
        programme.add(&[&tone]);
        assert!(programme.loudness().integrated_lufs.is_some(), "and it goes on where there is sound again");
        let odd = Programme::new(0, 48_000);
        assert_eq!(odd.loudness(), Loudness::default());
    }

    #[test]
    fn a_short_programme_has_no_range_yet() {
        let mut programme = Programme::new(1, 8_000);
        let second: Vec<f32> = (0..8_000).map(|at| (at as f32 * 0.7).sin() * 0.1).collect();
        programme.add(&[&second]);
        programme.add(&[&second]);
        assert!(programme.loudness().integrated_lufs.is_some() && programme.loudness().range_lu.is_none());
        programme.add(&[&second]);
        assert_eq!(programme.loudness().range_lu, Some(0.0));
    }
}
