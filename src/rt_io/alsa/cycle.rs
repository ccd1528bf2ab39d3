//! One turn of the loop: wait, take a period, have it processed, play what came out.
//!
//! Runs on: rt. ALSA's own calls on the way (`snd_pcm_wait`, `avail`, `mmap_begin`, `mmap_commit`) allocate nothing.
//!
//! A late turn finds more frames waiting than the ring holds. The surplus has been overwritten; the pointers say how
//! many frames that is, and as many (and some more, so that the next turn is safe) are passed over on both sides: lost
//! frames are counted exactly, and playback stays as far behind capture as it was.
use super::clock::{Moment, asleep, frames_between};
use super::open::{AlsaDevice, Streams};
use super::stream::Stream;
use crate::rt_io::device::{Cycle, Device, Process};
use nix::libc;
use std::time::Duration;
use vestry_rt::area::{CaptureArea, PlaybackArea};
use vestry_rt::block::GapCause;

/// Longer than two ticks of a kernel with 250 of them a second.
const TICKS: Duration = Duration::from_millis(10);

impl Device for AlsaDevice {
    fn cycle(&mut self, process: &mut Process<'_>) -> Cycle {
        self.turn(process).unwrap_or_else(|error| self.recover(error))
    }

    fn revive(&mut self) -> bool {
        self.reopen()
    }
}

impl AlsaDevice {
    fn turn(&mut self, process: &mut Process<'_>) -> alsa::Result<Cycle> {
        if !self.progress.started {
            self.start()?;
            self.progress.started = true;
            self.progress.settled = false;
            if self.progress.away.is_none() {
                self.progress.heard = Moment::now();
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
        let mut waiting = capture.available_now()?;
        let mut missed = self.missed(taken, waiting);
        if missed > 0 {
            // After a standstill the driver's position may lag for a tick or two: what is missing then is lost.
            std::thread::sleep(TICKS);
            waiting = capture.available_now()?;
            missed = self.missed(taken, waiting);
        }
        if missed > 0 || waiting + taken > capture.ring || taken < self.period {
            return self.catch_up(taken + missed, waiting);
        }
        self.heard_on(waiting);
        self.hand_over(process);
        self.play()?;
        Ok(Cycle::Period)
    }

    /// Notes when the last frame taken had been captured, with `waiting` more captured since.
    fn heard(&mut self, waiting: usize) {
        self.progress.heard = Moment::now().before(waiting, self.rate);
    }

    /// The same after one more period. A reading is late by chance, by as much as the driver's position lags, and never
    /// early; so the least of many counts, let go by a thousandth for a card that is slower than its rate.
    fn heard_on(&mut self, waiting: usize) {
        let due = self.progress.heard.after(self.period, self.rate).after(self.period, self.rate * 1000);
        self.heard(waiting);
        if self.progress.settled {
            self.progress.heard = self.progress.heard.min(due);
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
    fn missed(&self, taken: usize, waiting: usize) -> usize {
        let Some(Streams { capture, .. }) = self.streams.as_ref().filter(|_| self.progress.settled) else {
            return 0;
        };
        let heard = Moment::now().before(waiting, self.rate);
        let passed = frames_between(self.progress.heard, heard, 0, self.rate);
        whole_rings(usize::try_from(passed).unwrap_or(0).saturating_sub(taken), capture.ring)
    }

    /// After an overrun: gives up `gone` frames (those just taken, which may have been overwritten while they were
    /// copied, and those missed) and all but half a ring of the `waiting` ones.
    fn catch_up(&mut self, gone: usize, waiting: usize) -> alsa::Result<Cycle> {
        let Some(Streams { capture, playback, playing, .. }) = &self.streams else { return Err(stopped()) };
        let keep = (capture.ring / 2 / self.period).max(1) * self.period;
        let skipped = capture.skip(waiting.saturating_sub(keep))?;
        let (lost, left) = (gone + skipped, waiting.saturating_sub(skipped));
        if let Some(playback) = playback.as_ref().filter(|_| *playing) {
            // What the playback stream has to say about it, `play` finds out in the next turn.
            let _ = playback.available_now().and_then(|room| {
                // As many frames as were lost, less the rings that this stream's driver missed in turn.
                let needed = (self.lead + room).saturating_sub(playback.ring + left);
                playback.put_silence(lost - whole_rings(lost.saturating_sub(needed), playback.ring).min(lost))
            });
        }
        self.heard(left);
        Ok(Cycle::Lost { frames: lost as u64, cause: GapCause::Xrun })
    }

    /// The first frames since a stop, or since the card was gone: what went by in between is lost.
    fn first_heard(&mut self, cause: GapCause) -> alsa::Result<Cycle> {
        let Some(Streams { capture, .. }) = &self.streams else { return Err(stopped()) };
        let first = Moment::now().before(capture.available_now()?, self.rate);
        let slept = asleep() - self.progress.asleep;
        self.progress.asleep += slept;
        self.progress.away = None;
        let frames = frames_between(self.progress.heard, first, slept, self.rate);
        self.progress.heard = first;
        Ok(Cycle::Lost { frames, cause })
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
}
