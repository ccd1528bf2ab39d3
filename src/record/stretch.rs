//! Which stretch of sound a take holds: by this it is known on another medium, whatever it is called there, and once it is gone.
//!
//! Runs on: repair, main.
use super::manifest::Manifest;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Frames of one run of the box.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stretch {
    /// The run; empty for takes from before runs had names.
    session: String,
    /// Local time of the first frame, as it was noted.
    started: String,
    /// Frames per second.
    sample_rate: u32,
    /// First frame, counted from the first period of the run.
    start_frame: u64,
    /// Its length.
    frames: u64,
    /// Tracks, the mix being one.
    tracks: usize,
}

impl Stretch {
    /// Of a take; while it is being recorded, of nothing yet.
    pub fn of(manifest: &Manifest) -> Self {
        Self {
            session: manifest.session.clone(),
            started: manifest.started.clone(),
            sample_rate: manifest.sample_rate,
            start_frame: manifest.start_frame,
            frames: manifest.frames.unwrap_or(0),
            tracks: manifest.tracks.len(),
        }
    }

    /// Which run of the box recorded it. Takes from before runs had names are told apart by when they began.
    fn run(&self) -> (&str, &str) {
        match self.session.as_str() {
            "" => ("", &self.started),
            session => (session, ""),
        }
    }

    /// Its frames, counted from the first period of the run.
    pub fn range(&self) -> Range<u64> {
        self.start_frame..self.start_frame.saturating_add(self.frames)
    }

    /// Whether every frame of `other` lies in it, in as many tracks.
    pub fn covers(&self, other: &Self) -> bool {
        let (own, wanted) = (self.range(), other.range());
        let same =
            self.run() == other.run() && self.sample_rate == other.sample_rate && self.tracks >= other.tracks;
        same && own.start <= wanted.start && own.end >= wanted.end
    }
}
