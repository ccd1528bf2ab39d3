//! A decoded clip.
//!
//! Runs on: player; read by all.

/// The sound of a clip; never changed once it is made.
#[derive(Clone, Debug, PartialEq)]
pub struct Sound {
    /// Frames a second.
    pub rate: u32,
    /// One or two channels of the same length; 1.0 is full scale.
    pub channels: Vec<Box<[f32]>>,
}

impl Sound {
    /// Samples of one channel.
    pub fn frames(&self) -> usize {
        self.channels.first().map_or(0, |channel| channel.len())
    }

    /// Length at its own rate.
    pub fn seconds(&self) -> f64 {
        self.frames() as f64 / f64::from(self.rate.max(1))
    }

    /// What its samples take in memory.
    pub fn bytes(&self) -> usize {
        self.channels.iter().map(|channel| size_of_val::<[f32]>(channel)).sum()
    }
}
