//! A file that is being decoded, packet by packet.
//!
//! Runs on: player.
use super::collect::{self, Collect};
use super::{DecodeError, ogg};
use std::io;
use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::well_known::{CODEC_ID_MP3, CODEC_ID_VORBIS};
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::{Error, SeekErrorKind};
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatReader, SeekMode, SeekTo, Track, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream};
use symphonia::core::packet::Packet;
use symphonia::core::units::{Duration, Timestamp};

/// What is cut off.
#[derive(Clone, Copy, PartialEq)]
pub enum Trim {
    /// What the file names as delay and padding.
    AsNamed,
    /// Its delay only, before anything sounds.
    Start,
}

/// An opened file.
pub struct Packets<'s> {
    format: Box<dyn FormatReader + 's>,
    decoder: Box<dyn AudioDecoder>,
    track: Track,
    params: AudioCodecParameters,
    trim: Trim,
    ends: ogg::Ends,
}

impl<'s> Packets<'s> {
    /// Finds out what a file is, and what it says of its sound.
    pub fn open(source: impl MediaSource + 's, trim: Trim, ends: ogg::Ends) -> Result<Self, DecodeError> {
        let stream = MediaSourceStream::new(Box::new(source), Default::default());
        let probe = symphonia::default::get_probe();
        let format = probe
            .probe(&Hint::new(), stream, Default::default(), Default::default())
            .map_err(|error| unknown(&error))?;
        let (track, params) = track(&*format)?;
        let decoder = decoder(&track, &params)?;
        Ok(Self { format, decoder, track, params, trim, ends })
    }

    /// The frames that there have to be.
    pub fn expected(&self) -> collect::Expected {
        expected(&self.track, &self.params, self.ends)
    }

    /// Channels, as far as the file tells.
    pub fn channels(&self) -> usize {
        self.params.channels.as_ref().map_or(1, |channels| channels.count())
    }

    /// Decodes the next packet; whether there may be more.
    pub fn next(&mut self, collect: &mut Collect) -> Result<bool, DecodeError> {
        match self.format.next_packet() {
            Ok(Some(packet)) if packet.track_id != self.track.id => Ok(true),
            Ok(Some(packet)) => self.packet(packet, collect),
            Ok(None) => Ok(false),
            Err(error) => Ok(collect.ends_with(&error)),
        }
    }

    /// Decodes one packet; whether there may be more.
    fn packet(&mut self, mut packet: Packet, collect: &mut Collect) -> Result<bool, DecodeError> {
        self.untrim(&mut packet, collect);
        match self.decoder.decode(&packet) {
            Ok(buffer) if buffer.frames() == 0 => Ok(true),
            Ok(buffer) => {
                let spec = buffer.spec();
                if !collect.accept(spec.channels().count(), spec.rate())? {
                    return Ok(false);
                }
                buffer.copy_to_vecs_planar(collect.scratch());
                collect.add()
            }
            Err(Error::DecodeError(_) | Error::IoError(_)) => collect.lost(packet.dur.get()),
            Err(error) => Ok(collect.ends_with(&error)),
        }
    }

    /// Has more of a packet decoded than its file names, where that is wanted.
    fn untrim(&self, packet: &mut Packet, collect: &mut Collect) {
        if self.trim == Trim::Start {
            let whole = packet.block_dur();
            packet.trim_end = Duration::ZERO;
            if collect.has_begun() {
                packet.trim_start = Duration::ZERO;
            }
            packet.dur = whole.saturating_sub(packet.trim_start);
        }
        collect.trim(packet.trim_start.get().saturating_add(packet.trim_end.get()));
    }

    /// Whether what is decoded depends on all that came before, so that the file has to be decoded from its start.
    pub fn is_chained(&self) -> bool {
        [CODEC_ID_MP3, CODEC_ID_VORBIS].contains(&self.params.codec)
    }

    /// Goes to a frame, or somewhere before it: tells where; `None` where it lies behind the end.
    pub fn seek(&mut self, frame: u64) -> Result<Option<u64>, DecodeError> {
        let ts = Timestamp::from(i64::try_from(frame).unwrap_or(i64::MAX));
        let to = SeekTo::Timestamp { ts, track_id: self.track.id };
        let seeked = self.format.seek(SeekMode::Accurate, to);
        self.decoder.reset();
        match seeked {
            Ok(seeked) => Ok(u64::try_from(seeked.actual_ts.get()).ok()),
            Err(Error::SeekError(SeekErrorKind::OutOfRange)) => Ok(None),
            Err(error) => Err(unknown(&error)),
        }
    }
}

/// The first track of sound with what its codec needs; what it says of channels and rate is checked at once.
fn track(format: &dyn FormatReader) -> Result<(Track, AudioCodecParameters), DecodeError> {
    let none = || DecodeError::Unknown("it has no track of sound".into());
    let track = format.default_track(TrackType::Audio).ok_or_else(none)?;
    let Some(CodecParameters::Audio(params)) = &track.codec_params else { return Err(none()) };
    if let Some(channels) = &params.channels {
        collect::check_channels(channels.count())?;
    }
    if let Some(rate) = params.sample_rate {
        collect::check_rate(rate)?;
    }
    Ok((track.clone(), params.clone()))
}

/// Without a header that names them, an MP3's end is a guess from its first frame: nothing is cut off there.
fn decoder(track: &Track, params: &AudioCodecParameters) -> Result<Box<dyn AudioDecoder>, DecodeError> {
    let gapless = params.codec != CODEC_ID_MP3 || track.delay.is_some();
    let options = AudioDecoderOptions::default().gapless(gapless);
    symphonia::default::get_codecs().make_audio_decoder(params, &options).map_err(|error| unknown(&error))
}

/// The frames that there have to be, as far as the file can be believed: never more than a note depends on it.
fn expected(track: &Track, params: &AudioCodecParameters, ends: ogg::Ends) -> collect::Expected {
    let known = params.codec != CODEC_ID_MP3 || track.delay.is_some();
    let frames = track.num_frames.filter(|_| known);
    collect::Expected { frames, cut_off: ends == ogg::Ends::Open }
}

fn unknown(error: &Error) -> DecodeError {
    match error {
        Error::IoError(error) if error.kind() != io::ErrorKind::UnexpectedEof => {
            DecodeError::Read(error.to_string())
        }
        error => DecodeError::Unknown(error.to_string()),
    }
}
