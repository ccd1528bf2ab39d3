//! Samples as they come out of the decoder, within a limit, and what was wrong on the way.
//!
//! A file that does not say how long it is has its samples moved as they grow: for a moment they take twice their memory.
//!
//! Runs on: player.
use super::{DecodeError, Decoded, RATES};
use crate::play::sound::Sound;
use symphonia::core::errors::Error;

/// Most channels of a clip.
const CHANNELS: usize = 2;
/// Longest silence in place of a packet that cannot be decoded, in frames: no codec has longer ones.
const LONGEST_PACKET: u64 = 1 << 16;
/// Frames that a byte stands for at most in usual files: MP3 of 32 kbit/s at 48 kHz has 12.
const LIKELY: u64 = 16;
/// Samples beyond that, 60 dB over full scale, are no sound; neither is what is no number.
const LOUDEST: f32 = 1_000.0;

/// What the file says of its length.
pub struct Expected {
    /// Frames that there should be.
    pub frames: Option<u64>,
    /// The end is known to be missing.
    pub cut_off: bool,
}

/// What has been decoded.
pub struct Collect {
    /// Most bytes.
    most: usize,
    expected: Expected,
    rate: u32,
    channels: Vec<Vec<f32>>,
    packet: Vec<Vec<f32>>,
    packets: u64,
    /// Packets that could not be decoded.
    lost: u64,
    /// Samples that were no sound.
    odd: u64,
    /// Frames that were cut off as delay or padding.
    trimmed: u64,
    has_begun: bool,
    end: Option<String>,
}

/// A clip has one or two channels.
pub fn check_channels(channels: usize) -> Result<(), DecodeError> {
    if (1..=CHANNELS).contains(&channels) { Ok(()) } else { Err(DecodeError::Channels(channels)) }
}

/// A clip has a usual rate.
pub fn check_rate(rate: u32) -> Result<(), DecodeError> {
    if RATES.contains(&rate) { Ok(()) } else { Err(DecodeError::Rate(rate)) }
}

/// Not-a-number is none.
fn is_sound(sample: f32) -> bool {
    (-LOUDEST..=LOUDEST).contains(&sample)
}

impl Collect {
    /// Nothing yet.
    pub fn new(most: usize, expected: Expected) -> Self {
        let (channels, packet) = (Vec::new(), Vec::new());
        Self {
            most,
            expected,
            rate: 0,
            channels,
            packet,
            packets: 0,
            lost: 0,
            odd: 0,
            trimmed: 0,
            has_begun: false,
            end: None,
        }
    }

    /// Takes memory for what a file of `length` bytes says that it has, so that nothing has to be moved; up to the limit,
    /// and no more than such a file is likely to have.
    pub fn reserve(&mut self, channels: usize, length: u64) {
        let channels = channels.clamp(1, CHANNELS);
        let most = (self.most / channels / size_of::<f32>()) as u64;
        let likely = most.min(length.saturating_mul(LIKELY));
        let frames = self.expected.frames.map_or(0, |frames| frames.min(likely)) as usize;
        self.channels = (0..channels).map(|_| Vec::with_capacity(frames)).collect();
    }

    /// Whether there is any sound yet.
    pub fn has_begun(&self) -> bool {
        self.has_begun
    }

    /// So many frames of a packet are cut off.
    pub fn trim(&mut self, frames: u64) {
        self.trimmed = self.trimmed.saturating_add(frames);
    }

    /// Frames that were cut off so far.
    pub fn trimmed(&self) -> u64 {
        self.trimmed
    }

    /// Channels and rate, once they are known.
    pub fn kind(&self) -> Option<(usize, u32)> {
        (self.rate > 0).then_some((self.channels.len(), self.rate))
    }

    /// Whether nothing is here.
    pub fn is_empty(&self) -> bool {
        self.frames() == 0
    }

    /// Moves up to `frames` frames of each channel to `into`; tells how many.
    pub fn take(&mut self, frames: usize, into: &mut [Vec<f32>]) -> usize {
        let count = frames.min(self.frames());
        for (channel, into) in self.channels.iter_mut().zip(into) {
            into.extend(channel.drain(..count));
        }
        count
    }

    /// Lets up to `frames` frames of each channel go; tells how many.
    pub fn discard(&mut self, frames: u64) -> u64 {
        let count = usize::try_from(frames).unwrap_or(usize::MAX).min(self.frames());
        self.channels.iter_mut().for_each(|channel| drop(channel.drain(..count)));
        count as u64
    }

    /// Frames so far.
    fn frames(&self) -> usize {
        self.channels.first().map_or(0, Vec::len)
    }

    fn seconds(&self, frames: f64) -> String {
        format!("{:.1} s", frames / f64::from(self.rate.max(1)))
    }

    /// Whether sound of so many channels at that rate goes on from what there is; the first one decides.
    pub fn accept(&mut self, channels: usize, rate: u32) -> Result<bool, DecodeError> {
        if self.rate == 0 {
            check_channels(channels)?;
            check_rate(rate)?;
            self.rate = rate;
            // Packets that were lost before are silence on every channel.
            let silence = self.frames();
            self.channels.resize_with(channels, Vec::new);
            self.check_room(0)?;
            self.channels.iter_mut().for_each(|channel| channel.resize(silence, 0.0));
        }
        let same = (channels, rate) == (self.channels.len(), self.rate);
        if !same {
            let at = self.seconds(self.frames() as f64);
            self.end = Some(format!("becomes another kind of sound after {at}, and ends there"));
        }
        Ok(same)
    }

    /// Where the next packet's samples go.
    pub fn scratch(&mut self) -> &mut Vec<Vec<f32>> {
        &mut self.packet
    }

    /// Adds the samples in [`scratch`](Self::scratch); true: there may be more.
    pub fn add(&mut self) -> Result<bool, DecodeError> {
        self.packets += 1;
        let frames = self.packet.iter().map(Vec::len).min().unwrap_or(0);
        self.check_room(frames)?;
        self.has_begun |= frames > 0;
        for (channel, packet) in self.channels.iter_mut().zip(&self.packet) {
            let sound = |sample: &f32| if is_sound(*sample) { *sample } else { 0.0 };
            let packet = packet.iter().take(frames);
            self.odd += packet.clone().filter(|sample| !is_sound(**sample)).count() as u64;
            channel.extend(packet.map(sound));
        }
        Ok(true)
    }

    /// A packet is damaged: there is silence in its place, so that what follows is where it was.
    pub fn lost(&mut self, frames: u64) -> Result<bool, DecodeError> {
        self.packets += 1;
        self.lost += 1;
        let frames = frames.min(LONGEST_PACKET) as usize;
        self.check_room(frames)?;
        self.has_begun |= frames > 0 && !self.channels.is_empty();
        self.channels.iter_mut().for_each(|channel| channel.resize(channel.len() + frames, 0.0));
        Ok(true)
    }

    fn check_room(&self, frames: usize) -> Result<(), DecodeError> {
        let bytes = (self.frames() + frames) * self.channels.len() * size_of::<f32>();
        if bytes > self.most { Err(DecodeError::TooLong(self.most)) } else { Ok(()) }
    }

    /// The file cannot be read on from here: false, since there is no more.
    pub fn ends_with(&mut self, error: &Error) -> bool {
        self.end = Some(match error {
            Error::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => "is cut off".into(),
            Error::ResetRequired => "has another stream of sound after its first, which is left out".into(),
            error => format!("ends too early ({error})"),
        });
        false
    }

    /// The clip, and what is to be said of it.
    pub fn finish(self) -> Result<Decoded, DecodeError> {
        let frames = self.frames();
        if self.rate == 0 || frames == 0 {
            return Err(DecodeError::NoSound(self.end.unwrap_or_else(|| "it has no frames".into())));
        }
        if self.lost > self.packets / 2 {
            let (lost, packets) = (self.lost, self.packets);
            return Err(DecodeError::NoSound(format!("{lost} of its {packets} packets cannot be decoded")));
        }
        let note = self.note_after(frames as u64);
        let channels = self.channels.into_iter().map(Vec::into_boxed_slice).collect();
        Ok(Decoded { sound: Sound { rate: self.rate, channels }, note })
    }

    /// What is not as it should be with a file of so many frames.
    pub fn note_after(&self, frames: u64) -> Option<String> {
        let mut notes: Vec<String> = self.end.iter().cloned().collect();
        let played = self.seconds(frames as f64);
        match self.expected.frames.filter(|expected| *expected > frames) {
            Some(expected) => notes.push(format!("plays {played} of {}", self.seconds(expected as f64))),
            None if self.expected.cut_off => notes.push(format!("is cut off after {played}")),
            None => {}
        }
        if self.lost > 0 {
            notes.push(format!("{} damaged packets are silence", self.lost));
        }
        if self.odd > 0 {
            notes.push(format!("{} samples that are no sound are silence", self.odd));
        }
        (!notes.is_empty()).then(|| notes.join("; "))
    }
}
