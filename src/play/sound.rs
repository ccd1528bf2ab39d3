//! A decoded clip.
//!
//! Runs on: player; read by all.

use std::sync::Arc;
use vestry_rt::clip::{Clip, ClipError};

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

    /// What its samples take in memory.
    pub fn bytes(&self) -> usize {
        self.channels.iter().map(|channel| size_of_val::<[f32]>(channel)).sum()
    }

    /// The same as voices play it: a copy, as they need silence around it.
    ///
    /// # Errors
    /// It is none that a voice can play.
    pub fn clip(&self) -> Result<Arc<Clip>, ClipError> {
        let channels: Vec<&[f32]> = self.channels.iter().map(|channel| &**channel).collect();
        Clip::new(self.rate, &channels)
    }
}
