//! Back to a running stream, with the frames counted that went by.
//!
//! Runs on: rt.
//!
//! | what happened | frames lost | accuracy |
//! |---|---|---|
//! | the loop was late, the ring overran | what the pointers passed over (`cycle`) | exact |
//! | no interrupt was served for longer than a ring | the same, plus the whole rings that the clock knows of | exact |
//! | the driver stopped (EPIPE), the system slept (ESTRPIPE), the card was gone (ENODEV) | time from the last frame taken to the first new one, each reckoned from the driver's own time stamp and the frames waiting then (the best of many readings, and of some), plus the time asleep, times the nominal rate | how early and late the driver is about its position: some frames on a bus, a packet of a millisecond on USB; plus 0.1 frame a second of silence for each 2 ppm of the card's clock |
//!
//! CLOCK_MONOTONIC stands still while the system sleeps; CLOCK_BOOTTIME tells how long that was.
use super::cycle::stopped;
use super::open::{AlsaDevice, Streams};
use crate::rt_io::device::Cycle;
use alsa::pcm::State;
use vestry_rt::block::GapCause;

impl AlsaDevice {
    /// Answers an error: runs the stream again, or gives the card up.
    pub(super) fn recover(&mut self, _error: alsa::Error) -> Cycle {
        let there = self.streams.as_ref().filter(|streams| !streams.capture.disconnected());
        let Some(cause) = there.map(cause) else { return self.give_up() };
        if !self.progress.started || self.restart().is_err() {
            return self.give_up();
        }
        self.progress.away.get_or_insert(cause);
        Cycle::Idle
    }

    fn give_up(&mut self) -> Cycle {
        self.progress.away = Some(GapCause::DeviceLost);
        Cycle::Gone
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
        let lead = lead.saturating_sub(streams.capture.available_now().unwrap_or(0));
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

/// Why a stream ended, in the driver's words.
fn cause(streams: &Streams) -> GapCause {
    if streams.capture.pcm.state_raw() == State::Suspended as i32 {
        GapCause::Suspend
    } else {
        GapCause::Xrun
    }
}
