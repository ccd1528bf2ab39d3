//! What the period loop needs of a sound card, real or not.
//!
//! Runs on: rt.
use vestry_rt::area::{CaptureArea, PlaybackArea};
use vestry_rt::block::GapCause;

/// Takes one piece of a period: as many frames in as out.
pub type Process<'a> = dyn FnMut(CaptureArea<'_>, PlaybackArea<'_>) + 'a;

/// How one turn of the loop ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cycle {
    /// One period went through `process`, in one piece or, where a ring wraps, in several.
    Period,
    /// Nothing was due within the time-out; look at commands and the stop flag, then go on.
    Idle,
    /// Frames were lost and the stream runs again; the next period comes after them.
    Lost {
        /// Exactly how many.
        frames: u64,
        /// Why.
        cause: GapCause,
    },
    /// The card is gone: call `revive` until it is back.
    Gone,
    /// The source has no more frames.
    Ended,
}

/// A capture stream with its playback stream, where there is one. Opened before the loop, by its own constructor.
pub trait Device: Send {
    /// Waits for the next period and hands it to `process`. On the rt thread: no allocation, no log.
    fn cycle(&mut self, process: &mut Process<'_>) -> Cycle;

    /// Tries once to bring back a card that is gone; true when it runs again. May allocate and sleep: no sound
    /// passes meanwhile.
    ///
    /// The next `cycle` then answers `Lost` with the frames that went by, so that a position is a time.
    fn revive(&mut self) -> bool;

    /// When the last frame that went through `process` had been captured, in ns of CLOCK_MONOTONIC; none where time does not drive
    /// the device. On the rt thread.
    fn heard_ns(&self) -> Option<u64> {
        None
    }

    /// False where the device runs as fast as it is called, so that the loop has to wait for the writer instead of
    /// dropping blocks.
    fn paced(&self) -> bool {
        true
    }
}

/// A device with a clock of its own.
pub trait Clocked: Device {
    /// When the last frame that went through `process` had been captured, in ns of CLOCK_MONOTONIC, as far as the driver tells.
    fn captured_ns(&self) -> u64;
}
