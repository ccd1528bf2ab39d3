//! The meters of EBU R 128, of one channel or several. The only home of `ebur128`, which does the measuring by
//! ITU-R BS.1770-4, EBU Tech 3341 and EBU Tech 3342, but for windows of 3 s: of those it would keep every sample.
//!
//! Runs on: loudness.
use super::Meter;
use super::range::Range;
use super::window::{self, Window};
use ebur128::{EbuR128, Mode};
use serde::{Deserialize, Serialize};

/// No level of a take of ours is beyond this, in dB either way; what is (a broken float) is told as unknown.
pub(in crate::record) const FARTHEST: f64 = 200.0;
/// Least sample rate in Hz: the shelf of the K-weighting, at 1.7 kHz, has to lie below half of it.
const LEAST_RATE: u32 = 4_000;
/// Most channels of one programme: 5.0.
const MAX_CHANNELS: usize = 5;
/// The window of short-term loudness, in ms.
const SHORT_TERM_MS: u32 = 3_000;
/// What short-term loudness is late by at most, in ms; 3 s have to be a multiple.
const LIVE_HOP_MS: u32 = 10;
/// Between two windows of a take's loudness range, in ms: they overlap by 2.9 s, as much as Tech 3342 (2023) asks for.
const TAKE_HOP_MS: u32 = 100;

/// What EBU R 128 says of a programme. Silence has no loudness: nothing is told of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Loudness {
    /// Integrated loudness in LUFS, to some 0.05 LU; none where nothing was louder than -70 LUFS.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub integrated_lufs: Option<f64>,
    /// Loudness range (LRA) in LU, to some 0.1 LU; none where no 3 s were louder than -70 LUFS.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub range_lu: Option<f64>,
    /// Highest true peak in dBTP, of the channel that has it; none of silence. From 96 kHz on it is sought between fewer
    /// places, at 192 kHz it is the largest sample.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub true_peak_dbtp: Option<f64>,
}

/// Momentary and short-term loudness: of the last 400 ms and 3 s.
#[derive(Debug)]
pub struct Live(Option<Hopping>);

impl Live {
    /// Of 1 to 5 channels at `rate` Hz, 4,000 at least: left, right, centre (of three and five), left and right surround. The
    /// surrounds weigh 1.41, all others 1 (BS.1770-4, table 3). What cannot be measured gives no values.
    pub fn new(channels: u32, rate: u32) -> Self {
        Self(Hopping::new(channels, rate, Mode::M, LIVE_HOP_MS))
    }

    /// Loudness of the last 400 ms in LUFS; none of silence.
    pub fn momentary(&self) -> Option<f64> {
        told(self.0.as_ref()?.meter.loudness_momentary().ok()?)
    }

    /// Loudness of the last 3 s in LUFS, up to 10 ms old; none of silence.
    pub fn short_term(&self) -> Option<f64> {
        told(window::loudness(self.0.as_ref()?.window.mean()))
    }
}

/// Everything of one programme from its first frame on, in memory that does not grow.
#[derive(Debug)]
pub struct Programme {
    hopping: Option<Hopping>,
    range: Range,
}

impl Programme {
    /// Of 1 to 5 channels at `rate` Hz, weighted as those of [`Live`]. What cannot be measured gives no values.
    pub fn new(channels: u32, rate: u32) -> Self {
        let mode = Mode::I | Mode::TRUE_PEAK | Mode::HISTOGRAM;
        Self { hopping: Hopping::new(channels, rate, mode, TAKE_HOP_MS), range: Range::new() }
    }

    /// What it comes to so far.
    pub fn loudness(&self) -> Loudness {
        let Some(Hopping { meter, .. }) = &self.hopping else { return Loudness::default() };
        let peaks = (0..meter.channels()).filter_map(|channel| meter.true_peak(channel).ok());
        Loudness {
            integrated_lufs: meter.loudness_global().ok().and_then(told),
            range_lu: self.range.lu().and_then(told),
            true_peak_dbtp: told(20.0 * peaks.fold(0.0, f64::max).log10()),
        }
    }
}

impl Meter for Live {
    fn add(&mut self, channels: &[&[f32]]) {
        if let Some(hopping) = &mut self.0 {
            hopping.add(channels, |_, _| {});
        }
    }
}

impl Meter for Programme {
    fn add(&mut self, channels: &[&[f32]]) {
        let Some(hopping) = &mut self.hopping else { return };
        let range = &mut self.range;
        hopping.add(channels, |hops, window| {
            if hops * u64::from(TAKE_HOP_MS) >= u64::from(SHORT_TERM_MS) {
                range.add(window.mean());
            }
        });
    }
}

/// A meter that keeps samples of 400 ms, and the energies of the last 3 s hop by hop.
#[derive(Debug)]
struct Hopping {
    meter: EbuR128,
    hop_ms: u32,
    /// Frames of a hop.
    hop: usize,
    /// Frames that the next hop has already.
    filled: usize,
    hops: u64,
    window: Window,
}

impl Hopping {
    fn new(channels: u32, rate: u32, mode: Mode, hop_ms: u32) -> Option<Self> {
        if rate < LEAST_RATE || channels as usize > MAX_CHANNELS {
            return None;
        }
        let hop = (u64::from(rate) * u64::from(hop_ms) / 1_000) as usize;
        let window = Window::new((SHORT_TERM_MS / hop_ms) as usize);
        Some(Self {
            meter: EbuR128::new(channels, rate, mode).ok()?,
            hop_ms,
            hop,
            filled: 0,
            hops: 0,
            window,
        })
    }

    /// Adds frames; after each hop that is full `each` gets how many there have been and the last 3 s. Adds none of those where a
    /// sample is no finite number, which would stay in the filters for good, and none where channels do not match.
    fn add(&mut self, channels: &[&[f32]], mut each: impl FnMut(u64, &Window)) {
        let frames = channels.first().map_or(0, |channel| channel.len());
        let sound =
            |channel: &&[f32]| channel.len() == frames && channel.iter().all(|sample| sample.is_finite());
        if channels.len() != self.meter.channels() as usize || !channels.iter().all(sound) {
            return;
        }
        let mut at = 0;
        while at < frames {
            let end = frames.min(at + self.hop - self.filled);
            let mut part = [&[][..]; MAX_CHANNELS];
            for (part, channel) in part.iter_mut().zip(channels) {
                *part = channel.get(at..end).unwrap_or(&[]);
            }
            // No error is left: channels and frames match.
            let _ = self.meter.add_frames_planar_f32(&part[..channels.len()]);
            self.filled += end - at;
            at = end;
            if self.filled == self.hop {
                self.turn(&mut each);
            }
        }
    }

    /// One more hop is full.
    fn turn(&mut self, each: &mut impl FnMut(u64, &Window)) {
        self.filled = 0;
        self.hops += 1;
        let level = self.meter.loudness_window(self.hop_ms).unwrap_or(f64::NEG_INFINITY);
        self.window.push(window::energy(level));
        each(self.hops, &self.window);
    }
}

/// To 0.01, zero without a sign; none of what is no number, or none that sound can have.
fn told(value: f64) -> Option<f64> {
    (value.abs() <= FARTHEST).then(|| (value * 100.0).round() / 100.0 + 0.0)
}

#[cfg(test)]
mod tests {
    use super::super::range::tests::by_text;
    use super::*;
    use proptest::prelude::*;

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
    }

    #[test]
    fn what_cannot_be_measured_gives_no_values() {
        for (channels, rate) in [(0, 48_000), (6, 48_000), (1, 0), (1, 3_999)] {
            let mut odd = (Live::new(channels, rate), Programme::new(channels, rate));
            let sound: Vec<&[f32]> = vec![&[0.1; 4_800]; channels as usize];
            odd.0.add(&sound);
            odd.1.add(&sound);
            assert_eq!((odd.0.momentary(), odd.0.short_term()), (None, None), "{channels}, {rate}");
            assert_eq!(odd.1.loudness(), Loudness::default(), "{channels}, {rate}");
        }
        let mut stereo = Programme::new(2, 48_000);
        stereo.add(&[&[0.1; 4_800]]);
        stereo.add(&[&[0.1; 4_800], &[0.1; 4_799]]);
        assert_eq!(stereo.loudness(), Loudness::default(), "channels do not match");
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

    #[test]
    fn zero_has_no_sign() {
        assert_eq!(
            [-0.004, 0.004, -0.006].map(|value| told(value).unwrap().to_string()),
            ["0", "0", "-0.01"]
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]

        /// The windows of 3 s are those of `ebur128` itself, which keeps their samples, however the sound arrives.
        #[test]
        fn short_term_loudness_and_range_are_those_of_whole_windows(
            levels in prop::collection::vec(-60.0..0.0_f64, 4..20),
            block in 100..5_000_usize,
            rate in prop::sample::select(vec![8_000_u32, 16_000, 22_100]),
        ) {
            let mut seed = 1_u32;
            let mut noise = |level: f64| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (f64::from(seed as i32) / 2_147_483_648.0 * 10_f64.powf(level / 20.0)) as f32
            };
            let seconds = levels.iter().flat_map(|level| std::iter::repeat_n(*level, rate as usize));
            let sound: Vec<f32> = seconds.map(&mut noise).collect();
            let mut whole = EbuR128::new(1, rate, Mode::S).unwrap();
            let (mut live, mut programme) = (Live::new(1, rate), Programme::new(1, rate));
            let mut windows = Vec::new();
            for hop in sound.chunks(rate as usize / 10) {
                whole.add_frames_planar_f32(&[hop]).unwrap();
                windows.push(whole.loudness_shortterm().unwrap());
                hop.chunks(block).for_each(|block| live.add(&[block]));
                let (ours, theirs) = (live.short_term().unwrap(), whole.loudness_shortterm().unwrap());
                prop_assert!((ours - theirs).abs() <= 0.006, "{ours}, not {theirs}");
            }
            sound.chunks(block).for_each(|block| programme.add(&[block]));
            let wanted = by_text(&windows[29..]);
            prop_assume!(wanted.is_some());
            let (range, wanted) = (programme.loudness().range_lu.unwrap(), wanted.flatten().unwrap());
            prop_assert!((range - wanted).abs() <= 0.11, "{range}, not {wanted}");
        }
    }
}
