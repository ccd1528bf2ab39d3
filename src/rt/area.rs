//! One contiguous stretch of a card's ring, as raw interleaved frames.
use crate::sample::SampleFormat;

/// Captured frames, interleaved, straight from the ring.
#[derive(Clone, Copy, Debug)]
pub struct CaptureArea<'a> {
    /// `frames * channels * format.bytes()` bytes.
    pub bytes: &'a [u8],
    /// Layout of one sample.
    pub format: SampleFormat,
    /// Channels the card delivers, wired or not (at least 1).
    pub channels: usize,
}

/// Room for frames to be played, interleaved, straight in the ring. Empty (0 channels) without playback.
#[derive(Debug)]
pub struct PlaybackArea<'a> {
    /// `frames * channels * format.bytes()` bytes; every one is overwritten.
    pub bytes: &'a mut [u8],
    /// Layout of one sample.
    pub format: SampleFormat,
    /// Channels the card takes, wired or not; 0 without playback.
    pub channels: usize,
}

impl CaptureArea<'_> {
    /// Whole frames in this area.
    pub fn frames(&self) -> usize {
        self.bytes.len() / (self.channels * self.format.bytes()).max(1)
    }
}
