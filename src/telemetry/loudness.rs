//! Loudness by EBU R 128 as it goes out; to 0.1, null where there is none, as of silence.
//!
//! Runs on: supervisor.
use serde::Serialize;

/// What is heard now, of one input or of the mix.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct LiveLoudness {
    /// Of the last 400 ms, in LUFS.
    pub momentary_lufs: Option<f32>,
    /// Of the last 3 s, in LUFS.
    pub short_term_lufs: Option<f32>,
}

/// What is heard now: a member of the meters.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct LiveReport {
    /// The stereo mix; null where it is not recorded.
    pub mix: Option<LiveLoudness>,
    /// Every input as it is recorded, measured as one channel.
    pub inputs: Vec<LiveLoudness>,
}

/// What a take comes to so far, of one input or of the mix.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct ProgrammeLoudness {
    /// Of the last 3 s, in LUFS, with a take or without.
    pub short_term_lufs: Option<f32>,
    /// Of the take at hand, in LUFS.
    pub integrated_lufs: Option<f32>,
    /// Loudness range of the take at hand, in LU.
    pub range_lu: Option<f32>,
    /// Highest true peak of the take at hand, in dBTP.
    pub true_peak_dbtp: Option<f32>,
}

/// What the take at hand comes to so far: a member of health.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct LoudnessReport {
    /// The stereo mix; null where it is not recorded.
    pub mix: Option<ProgrammeLoudness>,
    /// Every input as it is recorded, measured as one channel.
    pub inputs: Vec<ProgrammeLoudness>,
    /// Frames that measuring was too slow for, since the start; of them nothing is in these figures.
    pub missed_frames: u64,
}
