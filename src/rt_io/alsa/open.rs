//! The device: settings, opening, and opening again.
//!
//! Runs on: main (`open`), rt (`revive`).
use super::address::Address;
use super::error::AlsaError;
use super::params::Wish;
use super::stream::Stream;
use crate::rt_io::clock::{asleep_ns, now_ns};
use alsa::Direction;
use vestry_rt::block::GapCause;
use vestry_rt::sample::SampleFormat;

/// How a card is to be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlsaSettings {
    /// Card to record from: `ID`, `ID,DEVICE` or `ID,DEVICE,SUBDEVICE`, with the id as `vestry devices` lists it.
    pub capture: String,
    /// Card to play on, written likewise; `None`: no playback.
    pub playback: Option<String>,
    /// Rate of both, in Hz.
    pub sample_rate: u32,
    /// Frames of one period (16 to 8,192). The card's own period may differ; the loop's does not.
    pub frames_per_period: usize,
    /// Periods the ring holds (2 to 64), and so the time that playback lags behind capture.
    pub periods: usize,
    /// Sample format; `None`: the best that each direction has, S32_LE before S24_3LE before S16_LE.
    pub format: Option<SampleFormat>,
    /// Channels to capture, wired or not; `None`: as many as the card has.
    pub capture_channels: Option<usize>,
    /// Channels to play; `None`: as many as the card has.
    pub playback_channels: Option<usize>,
}

/// A capture stream, with a playback stream in step where one is configured.
pub struct AlsaDevice {
    pub(super) rate: u32,
    pub(super) period: usize,
    /// Frames of playback kept ahead, counting those captured and not yet taken.
    pub(super) lead: usize,
    /// Longest wait for a period, in milliseconds.
    pub(super) patience: u32,
    capture_wish: Wish,
    playback_wish: Option<Wish>,
    /// Gone while the card is.
    pub(super) streams: Option<Streams>,
    /// One period as captured, and one to be played. The ring is touched by linear copies only: it may be uncached
    /// memory, and a period that the card overwrote meanwhile is thrown away instead of recorded.
    pub(super) captured: Box<[u8]>,
    pub(super) played: Box<[u8]>,
    pub(super) capture_layout: (SampleFormat, usize),
    pub(super) playback_layout: (SampleFormat, usize),
    pub(super) progress: Progress,
}

/// Both directions of an opened card.
pub(super) struct Streams {
    pub capture: Stream,
    /// None without playback.
    pub playback: Option<Stream>,
    /// False once the card to play on is gone while the one to capture from is not.
    pub playing: bool,
    /// True where the driver starts and stops both as one.
    pub linked: bool,
}

/// Where the device stands.
pub(super) struct Progress {
    pub started: bool,
    /// True from the first period after a start on: `heard_ns` is the card's doing, not the start's.
    pub settled: bool,
    /// When the last frame that was taken had been captured.
    pub heard_ns: u64,
    /// Sleep of the system up to then.
    pub asleep_ns: u64,
    /// Why nothing is heard: set from a stop or a loss on to the first new frame. What goes by in between is lost.
    pub away: Option<GapCause>,
}

impl AlsaDevice {
    /// Opens and sets up the card. It starts with the first `cycle`, so that nothing is lost before the loop runs.
    pub fn open(settings: AlsaSettings) -> Result<Self, AlsaError> {
        let range = |key, value: usize, ok: bool, right| match ok {
            true => Ok(()),
            false => Err(AlsaError::Setting { key, value, right }),
        };
        let (period, periods) = (settings.frames_per_period, settings.periods);
        range("frames_per_period", period, (16..=8192).contains(&period), "16 to 8192")?;
        range("periods", periods, (2..=64).contains(&periods), "2 to 64")?;
        let rate = settings.sample_rate;
        range("sample_rate", rate as usize, (8_000..=384_000).contains(&rate), "8000 to 384000")?;
        let mut wish = capture_wish(&settings)?;
        let mut playback_wish = playback_wish(&settings, &wish)?;
        let streams = Streams::open(&wish, playback_wish.as_ref())?;
        // What the card agreed to is what it has to agree to again.
        settle(&mut wish, &streams.capture);
        if let (Some(wish), Some(stream)) = (&mut playback_wish, &streams.playback) {
            settle(wish, stream);
        }
        Ok(Self::with(streams, wish, playback_wish, periods))
    }

    fn with(streams: Streams, wish: Wish, playback_wish: Option<Wish>, periods: usize) -> Self {
        let (rate, period) = (wish.rate, wish.period);
        let bytes = |stream: &Stream| vec![0; period * stream.frame_bytes()].into_boxed_slice();
        let layout = |stream: &Stream| (stream.format, stream.channels);
        let silent = (SampleFormat::S32, 0);
        Self {
            rate,
            period,
            lead: periods * period,
            patience: patience(period, rate),
            capture_wish: wish,
            playback_wish,
            captured: bytes(&streams.capture),
            played: streams.playback.as_ref().map(bytes).unwrap_or_default(),
            capture_layout: layout(&streams.capture),
            playback_layout: streams.playback.as_ref().map_or(silent, layout),
            streams: Some(streams),
            progress: Progress {
                started: false,
                settled: false,
                heard_ns: now_ns(),
                asleep_ns: asleep_ns(),
                away: None,
            },
        }
    }

    /// Layout of the captured frames: format and channels.
    pub fn capture_layout(&self) -> (SampleFormat, usize) {
        self.capture_layout
    }

    /// Layout of the frames to be played: format and channels (0 without playback).
    pub fn playback_layout(&self) -> (SampleFormat, usize) {
        self.playback_layout
    }

    /// True where capture and playback start as one.
    pub fn linked(&self) -> bool {
        self.streams.as_ref().is_some_and(|streams| streams.linked)
    }

    /// Closes what is left of the card and opens it anew; true when it runs.
    pub(super) fn reopen(&mut self) -> bool {
        self.streams = None;
        self.progress.started = false;
        self.progress.settled = false;
        let (capture, playback) = (&self.capture_wish, self.playback_wish.as_ref());
        let other = playback.is_some_and(|playback| playback.address.card != capture.address.card);
        let streams = match Streams::open(capture, playback) {
            // Recording does not wait for another card.
            Err(_) if other => Streams::open(capture, None),
            streams => streams,
        };
        let Ok(streams) = streams else { return false };
        self.streams = Some(streams);
        self.progress.started = self.start().is_ok();
        self.progress.started
    }
}

impl Streams {
    fn open(capture: &Wish, playback: Option<&Wish>) -> Result<Self, AlsaError> {
        // Two cards could be linked too, but then the one that stops would take the other with it.
        let one_card = playback.is_some_and(|playback| playback.address.card == capture.address.card);
        let capture = capture.open()?;
        let playback = playback.map(Wish::open).transpose()?;
        let linked = one_card && playback.as_ref().is_some_and(|p| capture.pcm.link(&p.pcm).is_ok());
        Ok(Self { capture, playback, playing: true, linked })
    }
}

fn capture_wish(settings: &AlsaSettings) -> Result<Wish, AlsaError> {
    Ok(Wish {
        address: Address::parse(&settings.capture)?,
        direction: Direction::Capture,
        rate: settings.sample_rate,
        channels: settings.capture_channels,
        format: settings.format,
        period: settings.frames_per_period,
        ring: settings.frames_per_period * settings.periods,
    })
}

fn playback_wish(settings: &AlsaSettings, capture: &Wish) -> Result<Option<Wish>, AlsaError> {
    let Some(playback) = &settings.playback else { return Ok(None) };
    Ok(Some(Wish {
        address: Address::parse(playback)?,
        direction: Direction::Playback,
        channels: settings.playback_channels,
        // Twice what is kept ahead: room for a period although the two pointers are never quite level.
        ring: settings.frames_per_period * settings.periods * 2,
        ..capture.clone()
    }))
}

fn settle(wish: &mut Wish, stream: &Stream) {
    wish.format = Some(stream.format);
    wish.channels = Some(stream.channels);
}

/// Ten periods, at least 100 ms.
fn patience(period: usize, rate: u32) -> u32 {
    u32::try_from(period * 10_000 / rate.max(1) as usize).unwrap_or(u32::MAX).max(100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_out_of_range_are_named() {
        let settings = |frames_per_period, periods, sample_rate| AlsaSettings {
            capture: "NoSuchCard".into(),
            playback: None,
            sample_rate,
            frames_per_period,
            periods,
            format: None,
            capture_channels: None,
            playback_channels: None,
        };
        let error = |settings| AlsaDevice::open(settings).map(|_| ()).unwrap_err().to_string();
        assert_eq!(error(settings(8, 4, 48_000)), "frames_per_period = 8: set it to 16 to 8192");
        assert_eq!(error(settings(128, 1, 48_000)), "periods = 1: set it to 2 to 64");
        assert_eq!(error(settings(128, 4, 0)), "sample_rate = 0: set it to 8000 to 384000");
        assert!(error(settings(128, 4, 48_000)).contains("no sound card \"NoSuchCard\""));
    }

    #[test]
    fn the_wait_is_ten_periods_and_no_less_than_a_tenth_of_a_second() {
        assert_eq!(patience(128, 48_000), 100);
        assert_eq!(patience(1024, 48_000), 213);
    }
}
