//! The offline device: a ring that fills by the clock, or by being asked.
//!
//! Runs on: rt.
use super::Source;
use crate::rt_io::clock;
use crate::rt_io::device::{Cycle, Device, Process};
use vestry_rt::area::{CaptureArea, PlaybackArea};
use vestry_rt::block::GapCause;
use vestry_rt::sample::SampleFormat;

/// What an offline device is made of.
#[derive(Clone, Debug)]
pub struct OfflineSettings {
    /// One per channel.
    pub sources: Vec<Source>,
    /// Playback channels; what is played goes nowhere.
    pub outputs: usize,
    /// Rate in Hz.
    pub sample_rate: u32,
    /// Frames of a period.
    pub frames_per_period: usize,
    /// Periods that the ring holds: being late by more loses frames, as with a card.
    pub periods: usize,
    /// By the clock, or as fast as called.
    pub paced: bool,
    /// Ends after so many frames; 0 is never.
    pub length: u64,
    /// Channels come so much further on from the start, and again after every loss.
    pub rotation: usize,
}

/// Plays `sources` into the engine.
pub struct OfflineDevice {
    settings: OfflineSettings,
    input: Vec<u8>,
    output: Vec<u8>,
    position: u64,
    started_ns: Option<u64>,
    /// How much further on channels come now.
    rotated: usize,
}

impl OfflineDevice {
    /// Allocates its buffers.
    pub fn new(settings: OfflineSettings) -> Self {
        let frame = SampleFormat::S32.bytes() * settings.frames_per_period;
        let (input, output) = (vec![0; frame * settings.sources.len()], vec![0; frame * settings.outputs]);
        Self { rotated: settings.rotation, settings, input, output, position: 0, started_ns: None }
    }

    /// Sleeps until the next period is complete; the frames lost if that was too long ago.
    fn wait(&mut self) -> u64 {
        let rate = u64::from(self.settings.sample_rate);
        let period = self.settings.frames_per_period as u64;
        let started = *self.started_ns.get_or_insert_with(clock::now_ns);
        clock::sleep_until_ns(started + clock::frames_to_ns(self.position + period, rate));
        let elapsed = clock::ns_to_frames(clock::now_ns().saturating_sub(started), rate);
        let waiting = elapsed.saturating_sub(self.position);
        if waiting <= period * self.settings.periods as u64 {
            return 0;
        }
        // What a ring that was overrun still holds is not worth keeping but for the newest period.
        waiting / period * period - period
    }

    fn fill(&mut self, frames: usize) {
        let channels = self.settings.sources.len();
        let mut samples = self.input.as_chunks_mut::<4>().0.iter_mut();
        let sources = &self.settings.sources;
        let first = channels - self.rotated.checked_rem(channels).unwrap_or(0);
        for position in (self.position..).take(frames) {
            let turned = sources.iter().cycle().skip(first).take(channels);
            for (source, sample) in turned.zip(samples.by_ref()) {
                *sample = source.sample(position).to_le_bytes();
            }
        }
    }

    fn frames_left(&self) -> usize {
        let period = self.settings.frames_per_period;
        match self.settings.length {
            0 => period,
            length => {
                usize::try_from(length.saturating_sub(self.position)).map_or(period, |left| left.min(period))
            }
        }
    }
}

impl Device for OfflineDevice {
    fn cycle(&mut self, process: &mut Process<'_>) -> Cycle {
        let frames = self.frames_left();
        if frames == 0 {
            return Cycle::Ended;
        }
        if self.settings.paced {
            let lost = self.wait();
            if lost > 0 {
                self.position += lost;
                self.rotated += self.settings.rotation;
                return Cycle::Lost { frames: lost, cause: GapCause::Xrun };
            }
        }
        self.fill(frames);
        let bytes = |channels: usize| frames * channels * SampleFormat::S32.bytes();
        let (channels, outputs) = (self.settings.sources.len(), self.settings.outputs);
        let input = self.input.get(..bytes(channels)).unwrap_or(&[]);
        let output = self.output.get_mut(..bytes(outputs)).unwrap_or(&mut []);
        process(
            CaptureArea { bytes: input, format: SampleFormat::S32, channels },
            PlaybackArea { bytes: output, format: SampleFormat::S32, channels: outputs },
        );
        self.position += frames as u64;
        Cycle::Period
    }

    fn revive(&mut self) -> bool {
        true
    }

    fn heard_ns(&self) -> Option<u64> {
        let rate = u64::from(self.settings.sample_rate);
        self.started_ns.map(|started| started + clock::frames_to_ns(self.position, rate))
    }

    fn paced(&self) -> bool {
        self.settings.paced
    }
}
