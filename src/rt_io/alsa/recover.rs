//! Back to a running stream, with the frames counted that went by.
//!
//! Runs on: rt.
//!
//! | what happened | frames lost | accuracy |
//! |---|---|---|
//! | the loop was late, the ring overran | what the pointers passed over (`cycle`) | exact |
//! | no interrupt was served for longer than a ring | the same, plus the whole rings that the clock knows of | exact |
//! | the driver stopped (EPIPE), the system slept (ESTRPIPE) | frames captured before the stop and not taken, plus the time from stop to start by the driver's own stamps, plus the time asleep, times the nominal rate | one frame, plus how late the driver stamps (microseconds), plus 0.1 frame a second of sleep or stop for each 2 ppm of the card's clock |
//! | the card was gone (ENODEV) | time from the last frame taken to the first new one, each reckoned from the clock and the frames waiting at that moment, times the nominal rate | how finely the driver reports its position, twice: some frames on a bus, up to some milliseconds on USB |
//!
//! CLOCK_MONOTONIC stands still while the system sleeps; CLOCK_BOOTTIME tells how long that was.
use super::clock::{Moment, asleep, frames_between};
use super::cycle::stopped;
use super::open::{AlsaDevice, Streams};
use crate::rt_io::device::Cycle;
use alsa::pcm::State;
use vestry_rt::block::GapCause;

/// How a stream ended, in the driver's words.
struct Ending {
    /// Frames captured and not taken.
    unread: usize,
    /// When, where the driver stamped it.
    at: Option<Moment>,
    cause: GapCause,
}

impl AlsaDevice {
    /// Answers an error: runs the stream again, or gives the card up.
    pub(super) fn recover(&mut self, _error: alsa::Error) -> Cycle {
        let ending = self.streams.as_ref().filter(|streams| !streams.capture.disconnected()).map(Ending::of);
        let Some(ending) = ending else { return self.give_up() };
        if !self.progress.started || self.restart().is_err() {
            return self.give_up();
        }
        if self.progress.gone {
            return Cycle::Idle;
        }
        let (frames, cause) = (self.passed(&ending), ending.cause);
        Cycle::Lost { frames, cause }
    }

    fn give_up(&mut self) -> Cycle {
        self.progress.gone = true;
        Cycle::Gone
    }

    /// Frames between the last one taken and the restart.
    fn passed(&mut self, ending: &Ending) -> u64 {
        let slept = asleep() - self.progress.asleep;
        self.progress.asleep += slept;
        let started = self.streams.as_ref().and_then(|streams| streams.capture.pcm.status().ok());
        let started = started.as_ref().and_then(Moment::triggered).unwrap_or_else(Moment::now);
        let heard = std::mem::replace(&mut self.progress.heard, started);
        match ending.at.filter(|&at| at >= heard && at <= started) {
            Some(at) => ending.unread as u64 + frames_between(at, started, slept, self.rate),
            None => frames_between(heard, started, slept, self.rate),
        }
    }

    fn restart(&mut self) -> alsa::Result<()> {
        if let Some(Streams { capture, playback, .. }) = &self.streams {
            for stream in [Some(capture), playback.as_ref()].into_iter().flatten() {
                // Refused where it has stopped already.
                let _ = stream.pcm.drop();
            }
        }
        self.progress.settled = false;
        self.start()
    }

    /// Starts capture, and playback with silence ahead of it; both at once where they are linked.
    pub(super) fn start(&mut self) -> alsa::Result<()> {
        let lead = self.lead;
        let Some(Streams { capture, playback, linked, .. }) = &self.streams else { return Err(stopped()) };
        capture.pcm.prepare()?;
        if let Some(playback) = playback {
            playback.pcm.prepare()?;
            playback.available()?;
            playback.put_silence(lead)?;
        }
        capture.pcm.start()?;
        if let Some(playback) = playback.as_ref().filter(|_| !linked) {
            playback.pcm.start()?;
        }
        Ok(())
    }

    /// Playback stopped alone: starts it again without touching capture, or goes on without it until the next
    /// `revive`. Recording comes first.
    pub(super) fn restart_playback(&mut self) {
        let lead = self.lead;
        let Some(streams) = &mut self.streams else { return };
        if std::mem::take(&mut streams.linked) {
            let _ = streams.capture.pcm.unlink();
        }
        let Some(playback) = &streams.playback else { return };
        let _ = playback.pcm.drop();
        let again = playback
            .pcm
            .prepare()
            .and_then(|()| playback.available())
            .and_then(|_| playback.put_silence(lead))
            .and_then(|_| playback.pcm.start());
        // Not closed here: that would free memory.
        streams.playing = again.is_ok();
    }
}

impl Ending {
    fn of(streams: &Streams) -> Self {
        let state = streams.capture.pcm.state_raw();
        let ended = [State::XRun, State::Suspended].iter().any(|&known| known as i32 == state);
        let status = streams.capture.pcm.status().ok().filter(|_| ended);
        let cause = if state == State::Suspended as i32 { GapCause::Suspend } else { GapCause::Xrun };
        let unread = status.as_ref().map_or(0, |status| usize::try_from(status.get_avail()).unwrap_or(0));
        Self { unread, at: status.as_ref().and_then(Moment::triggered), cause }
    }
}
