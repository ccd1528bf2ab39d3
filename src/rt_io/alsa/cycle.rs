//! One turn of the loop: wait, take a period, have it processed, play what came out.
//!
//! Runs on: rt. ALSA's own calls on the way (`snd_pcm_wait`, `avail`, `mmap_begin`, `mmap_commit`) allocate nothing.
//!
//! A late turn finds more frames waiting than the ring holds. The surplus has been overwritten; the pointers say how
//! many frames that is, and as many (and some more, so that the next turn is safe) are passed over on both sides: lost
//! frames are counted exactly, and playback stays as far behind capture as it was.
use super::open::{AlsaDevice, Streams};
use super::stream::{Reading, Stream};
use crate::rt_io::clock::{asleep_ns, frames_to_ns, now_ns, ns_to_nearest_frames};
use crate::rt_io::device::{Clocked, Cycle, Device, Process};
use nix::libc;
use std::time::Duration;
use vestry_rt::area::{CaptureArea, PlaybackArea};
use vestry_rt::block::GapCause;

/// Longer than two ticks of a kernel with 250 of them a second.
const TICKS: Duration = Duration::from_millis(10);
/// Looks at where the driver is after a loss, and the longest that they may take: a card that has just been plugged is late
/// at first, and a system busy with it too. Nothing is lost meanwhile, the ring holds it.
const READINGS: u32 = 16;
const FIRST: Duration = Duration::from_millis(200);

impl Device for AlsaDevice {
    fn cycle(&mut self, process: &mut Process<'_>) -> Cycle {
        self.turn(process).unwrap_or_else(|error| self.recover(error))
    }

    fn revive(&mut self) -> bool {
        self.reopen()
    }

    fn heard_ns(&self) -> Option<u64> {
        Some(self.progress.heard_ns)
    }
}

impl Clocked for AlsaDevice {
    fn captured_ns(&self) -> u64 {
        self.progress.heard_ns
    }
}

impl AlsaDevice {
    fn turn(&mut self, process: &mut Process<'_>) -> alsa::Result<Cycle> {
        if !self.progress.started {
            self.start()?;
            self.progress.started = true;
            self.progress.settled = false;
            if self.progress.away.is_none() {
                self.progress.heard_ns = now_ns();
            }
        }
        let Some(Streams { capture, .. }) = &self.streams else { return Err(stopped()) };
        let ready = capture.pcm.wait(Some(self.patience))?;
        if !ready || capture.available()? < self.period {
            return if capture.running() { Ok(Cycle::Idle) } else { Err(stopped()) };
        }
        if let Some(cause) = self.progress.away {
            return self.first_heard(cause);
        }
        let taken = capture.take(&mut self.captured)?;
        let mut reading = capture.reading()?;
        let mut missed = self.missed(taken, reading);
        if missed > 0 {
            // After a standstill the driver's position may lag for a tick or two: what is missing then is lost.
            std::thread::sleep(TICKS);
            reading = capture.reading()?;
            missed = self.missed(taken, reading);
        }
        if missed > 0 || reading.waiting + taken > capture.ring || taken < self.period {
            return self.catch_up(taken + missed, reading);
        }
        self.heard_on(reading);
        self.hand_over(process);
        self.play()?;
        Ok(Cycle::Period)
    }

    /// Notes when the last frame taken had been captured, after one more period. A driver's position lags by chance and is
    /// never early; so the least of many readings counts, let go by a thousandth for a card that is slower than its rate.
    fn heard_on(&mut self, reading: Reading) {
        let (period, rate) = (self.period as u64, u64::from(self.rate));
        let due = self.progress.heard_ns + frames_to_ns(period, rate) + frames_to_ns(period, rate * 1000);
        self.progress.heard_ns = reading.heard_ns(self.rate);
        if self.progress.settled {
            self.progress.heard_ns = self.progress.heard_ns.min(due);
        }
        self.progress.settled = true;
    }

    fn hand_over(&mut self, process: &mut Process<'_>) {
        let (format, channels) = self.capture_layout;
        let capture = CaptureArea { bytes: &self.captured, format, channels };
        let (format, channels) = self.playback_layout;
        process(capture, PlaybackArea { bytes: &mut self.played, format, channels });
    }

    /// Frames, in whole rings, that the clock knows of and the driver does not. Hardware tells where in its ring it is,
    /// not how often it has been round; after no interrupt was served for longer than a ring, only time tells.
    fn missed(&self, taken: usize, reading: Reading) -> usize {
        let Some(Streams { capture, .. }) = self.streams.as_ref().filter(|_| self.progress.settled) else {
            return 0;
        };
        let elapsed = reading.heard_ns(self.rate).saturating_sub(self.progress.heard_ns);
        let passed = ns_to_nearest_frames(elapsed, u64::from(self.rate));
        whole_rings(usize::try_from(passed).unwrap_or(0).saturating_sub(taken), capture.ring)
    }

    /// After an overrun: gives up `gone` frames (those just taken, which may have been overwritten while they were
    /// copied, and those missed) and all but half a ring of those that wait.
    fn catch_up(&mut self, gone: usize, reading: Reading) -> alsa::Result<Cycle> {
        let Some(Streams { capture, playback, playing, .. }) = &self.streams else { return Err(stopped()) };
        let keep = (capture.ring / 2 / self.period).max(1) * self.period;
        let skipped = capture.skip(reading.waiting.saturating_sub(keep))?;
        let (lost, left) = (gone + skipped, reading.waiting.saturating_sub(skipped));
        if let Some(playback) = playback.as_ref().filter(|_| *playing) {
            // What the playback stream has to say about it, `play` finds out in the next turn.
            let _ = playback.available_now().and_then(|room| {
                // As many frames as were lost, less the rings that this stream's driver missed in turn.
                let needed = (self.lead + room).saturating_sub(playback.ring + left);
                playback.put_silence(lost - whole_rings(lost.saturating_sub(needed), playback.ring).min(lost))
            });
        }
        self.progress.heard_ns = Reading { waiting: left, ..reading }.heard_ns(self.rate);
        Ok(Cycle::Lost { frames: lost as u64, cause: GapCause::Xrun })
    }

    /// The first frames since a stop, or since the card was gone: what went by in between is lost.
    fn first_heard(&mut self, cause: GapCause) -> alsa::Result<Cycle> {
        let Some(Streams { capture, .. }) = &self.streams else { return Err(stopped()) };
        let first = self.first_ns(capture)?;
        let slept = asleep_ns().saturating_sub(self.progress.asleep_ns);
        self.progress.asleep_ns += slept;
        self.progress.away = None;
        let elapsed = first.saturating_sub(self.progress.heard_ns) + slept;
        let frames = ns_to_nearest_frames(elapsed, u64::from(self.rate));
        self.progress.heard_ns = first;
        Ok(Cycle::Lost { frames, cause })
    }

    /// When the frame before the first one that waits was due: the least of several readings, while the ring has room.
    fn first_ns(&self, capture: &Stream) -> alsa::Result<u64> {
        let reading = capture.reading()?;
        let mut first = reading.heard_ns(self.rate);
        let step = between_readings(capture.ring.saturating_sub(reading.waiting), self.rate);
        for _ in 0..READINGS {
            std::thread::sleep(step);
            first = first.min(capture.reading()?.heard_ns(self.rate));
        }
        Ok(first)
    }

    /// Plays what the process made.
    fn play(&mut self) -> alsa::Result<()> {
        let Some(Streams { capture, playback: Some(playback), playing: true, .. }) = &self.streams else {
            return Ok(());
        };
        let result = playback.available().and_then(|room| {
            if room > playback.ring {
                return self.play_late(capture, playback, room);
            }
            wait_for_room(playback, room, self.period);
            playback.put(&self.played)
        });
        match result {
            Ok(_) if playback.running() => Ok(()),
            _ if capture.running() => {
                self.restart_playback();
                Ok(())
            }
            Ok(_) => Err(stopped()),
            Err(error) => Err(error),
        }
    }

    /// Playback has run dry, and the card is past where this period belongs: silence takes its place. More of it where
    /// another clock drives the playback, so that the lead is there again; where this turn was just late, the next one
    /// catches up by the frames that capture lost.
    fn play_late(&self, capture: &Stream, playback: &Stream, room: usize) -> alsa::Result<usize> {
        let waiting = capture.available_now()?;
        let needed = (self.lead + room).saturating_sub(playback.ring + waiting);
        let in_step = needed < 2 * self.period;
        playback.put_silence(if in_step { self.period } else { needed })
    }
}

/// So that all readings together take half the time that `room` frames last, and no more than `FIRST`.
fn between_readings(room: usize, rate: u32) -> Duration {
    let half = frames_to_ns(room as u64 / 2, u64::from(rate.max(1)));
    Duration::from_nanos(half).min(FIRST) / READINGS
}

/// `frames` rounded to whole rings, down unless three quarters of the next one are there.
fn whole_rings(frames: usize, ring: usize) -> usize {
    (frames + ring / 4).checked_div(ring).unwrap_or(0) * ring
}

/// Two cards' clocks, or a ring without room to spare, may leave less than a period: waits for it, shortly.
fn wait_for_room(playback: &Stream, room: usize, period: usize) {
    if room < period {
        let _ = playback.pcm.wait(Some(10)).and_then(|_| playback.available());
    }
}

/// The stream is not running, and no call has said why.
pub(super) fn stopped() -> alsa::Error {
    alsa::Error::new("snd_pcm_state", libc::EPIPE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_falls_short_of_a_ring_is_no_ring() {
        let rings = |frames| whole_rings(frames, 512) / 512;
        assert_eq!(
            (rings(0), rings(256), rings(383), rings(384), rings(512), rings(895)),
            (0, 0, 0, 1, 1, 1)
        );
        assert_eq!((rings(896), whole_rings(7, 0)), (2, 0));
    }

    #[test]
    fn looking_for_the_first_frame_leaves_half_the_room() {
        assert_eq!(between_readings(480, 48_000) * READINGS, Duration::from_millis(5));
        assert_eq!(between_readings(48_000, 48_000) * READINGS, FIRST);
        assert_eq!(between_readings(0, 48_000), Duration::ZERO);
    }
}
