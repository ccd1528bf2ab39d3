//! The player as it stands: what is on its pads, what they play, what is wrong.
//!
//! Runs on: supervisor.
use serde::Serialize;

/// The whole player.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PlayerReport {
    /// Every pad that has a file, in order.
    pub pads: Vec<PadReport>,
    /// Pads that sound or wait for their beat, "bank.row.column" each; one that fades is none.
    pub playing: Vec<String>,
    /// What is wrong with the folder as a whole.
    pub faults: Vec<String>,
    /// Bytes of all decoded clips.
    pub memory_bytes: usize,
    /// Starts that came after their frame, since the box was started.
    pub late_starts: u64,
    /// Times that a long clip was silent for a moment, as the medium was late.
    pub late_reads: u64,
    /// Long clips that ended before their end.
    pub broken_reads: u64,
    /// Starts that no voice could play.
    pub refused: u64,
}

/// One pad.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PadReport {
    /// "bank.row.column".
    pub pad: String,
    /// What people call it.
    pub name: String,
    /// Whether it can be played.
    pub state: PadWord,
    /// Length of its clip at speed 1; null until that is known.
    pub seconds: Option<f64>,
    /// What is not as it should be, of one that can be played.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Why it cannot be played.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Whether a pad can be played.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PadWord {
    /// Nothing is on it.
    #[default]
    Empty,
    /// Its file is being read.
    Loading,
    /// It can.
    Ready,
    /// It cannot.
    Failed,
}
