//! What streams read from: a file, a take's tracks, or another source that is stretched or played round and round.
//!
//! Runs on: player.

/// Why a source gives no more; reads on from its name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// The medium failed.
    #[error("cannot be read: {0}")]
    Read(String),
    /// What is there is no sound that can be decoded.
    #[error("cannot be decoded: {0}")]
    Decode(String),
}

/// Sound that is read in order, from any frame on. All calls may wait for a medium: never on rt or supervisor.
pub trait Source: Send {
    /// Frames a second.
    fn rate(&self) -> u32;

    /// At least 1; the same for as long as it is there.
    fn channels(&self) -> usize;

    /// Frames in all, as far as is known before they are read; none where it never ends.
    fn frames(&self) -> Option<u64>;

    /// Adds up to `frames` frames to each of `into`, one a channel, which stay of one length; tells how many. 0 is the end,
    /// and stays so until it is sent elsewhere; fewer than asked for is no end.
    ///
    /// # Errors
    /// See [`SourceError`]. What was added before stays.
    fn read(&mut self, frames: usize, into: &mut [Vec<f32>]) -> Result<usize, SourceError>;

    /// What is read next begins with this frame; beyond the last is the end.
    ///
    /// # Errors
    /// See [`SourceError`].
    fn seek(&mut self, frame: u64) -> Result<(), SourceError>;
}
