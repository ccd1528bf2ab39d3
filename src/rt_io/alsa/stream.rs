//! One opened direction of a card: its ring, and whole frames moved to and from it.
//!
//! Runs on: rt.
use super::cycle::stopped;
use crate::rt_io::clock::frames_to_ns;
use alsa::pcm::{PCM, State};
use vestry_rt::sample::SampleFormat;

/// A PCM that is set up, with what it agreed to.
pub(super) struct Stream {
    pub pcm: PCM,
    pub format: SampleFormat,
    /// Channels in the ring, at least 1.
    pub channels: usize,
    /// Frames the ring holds.
    pub ring: usize,
}

/// Where the driver was at one moment, by its own time stamp: what delays the loop between two calls is not in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reading {
    /// Frames to read; more than the ring holds after an overrun.
    pub waiting: usize,
    /// That moment on CLOCK_MONOTONIC.
    pub stamp_ns: u64,
}

impl Reading {
    /// When the frame before those that wait had been captured, at `rate` Hz.
    pub fn heard_ns(self, rate: u32) -> u64 {
        self.stamp_ns.saturating_sub(frames_to_ns(self.waiting as u64, u64::from(rate)))
    }
}

impl Stream {
    /// Bytes of one frame.
    pub fn frame_bytes(&self) -> usize {
        (self.channels * self.format.bytes()).max(1)
    }

    /// True while the driver moves frames. The raw state, because the crate asserts on values that it does not know.
    pub fn running(&self) -> bool {
        self.pcm.state_raw() == State::Running as i32
    }

    /// True when the card is gone for good.
    pub fn disconnected(&self) -> bool {
        let state = self.pcm.state_raw();
        state == State::Disconnected as i32 || state == State::Open as i32
    }

    /// Frames to read (or room to write) as of the driver's last update. More than `ring` after an overrun.
    pub fn available(&self) -> alsa::Result<usize> {
        self.pcm.avail_update().map(|frames| usize::try_from(frames).unwrap_or(0))
    }

    /// The same after asking the hardware where it is.
    pub fn available_now(&self) -> alsa::Result<usize> {
        self.pcm.avail().map(|frames| usize::try_from(frames).unwrap_or(0))
    }

    /// The same of a stream that runs, with the moment of it.
    pub fn reading(&self) -> alsa::Result<Reading> {
        let status = self.pcm.status()?;
        // A stopped stream has a status too, of which the stamp says nothing.
        if !self.running() {
            return Err(stopped());
        }
        let stamp = status.get_htstamp();
        let seconds = u64::try_from(stamp.tv_sec).unwrap_or(0);
        let stamp_ns = seconds.saturating_mul(1_000_000_000).saturating_add(stamp.tv_nsec.unsigned_abs());
        Ok(Reading { waiting: usize::try_from(status.get_avail()).unwrap_or(0), stamp_ns })
    }

    /// Takes whole frames out of the ring, in two steps where it wraps; the number taken.
    pub fn take(&self, stage: &mut [u8]) -> alsa::Result<usize> {
        let mut filled = 0;
        self.visit(stage.len() / self.frame_bytes(), |area| {
            if let Some(to) = stage.get_mut(filled..filled + area.len()) {
                to.copy_from_slice(area);
            }
            filled += area.len();
        })
    }

    /// Puts whole frames into the ring; the number put.
    pub fn put(&self, stage: &[u8]) -> alsa::Result<usize> {
        let mut used = 0;
        self.visit(stage.len() / self.frame_bytes(), |area| {
            if let Some(from) = stage.get(used..used + area.len()) {
                area.copy_from_slice(from);
            }
            used += area.len();
        })
    }

    /// Passes over captured frames without reading them; the number passed.
    pub fn skip(&self, frames: usize) -> alsa::Result<usize> {
        self.visit(frames, |_| ())
    }

    /// Puts silence; the number of frames put.
    pub fn put_silence(&self, frames: usize) -> alsa::Result<usize> {
        self.visit(frames, |area| area.fill(0))
    }

    /// Hands up to `frames` frames of the ring to `each`, area by area, and passes them; the number there was.
    fn visit(&self, frames: usize, mut each: impl FnMut(&mut [u8])) -> alsa::Result<usize> {
        let (io, frame_bytes) = (self.pcm.io_bytes(), self.frame_bytes());
        let mut done = 0;
        while done < frames {
            let passed = io.mmap(frames - done, |area| {
                each(area);
                area.len() / frame_bytes
            })?;
            if passed == 0 {
                break;
            }
            done += passed;
        }
        Ok(done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_that_wait_came_before_the_stamp() {
        let reading = Reading { waiting: 480, stamp_ns: 1_000_000_000 };
        assert_eq!(reading.heard_ns(48_000), 990_000_000);
        assert_eq!(Reading { waiting: 96_000, ..reading }.heard_ns(48_000), 0, "no time before the boot");
    }
}
