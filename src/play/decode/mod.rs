//! From a file of any kind to samples: WAV, AIFF, FLAC, MP3 and Ogg Vorbis, told by their content.
//!
//! What a file says of itself is not believed: memory grows with what was decoded, up to a limit, and the work is bounded by
//! the file's size. What is cut off or damaged plays as far as it goes, with a note that says so.
//!
//! Runs on: player.
mod collect;
mod ogg;
mod reader;

use super::sound::Sound;
use collect::Collect;
use reader::Bounded;
use std::io::{self, Read, Seek};
use std::panic::{AssertUnwindSafe, catch_unwind};
use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::well_known::CODEC_ID_MP3;
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatReader, Track, TrackType};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::packet::Packet;
use symphonia::core::units::Duration;

/// Frames a second that a clip may have.
pub const RATES: std::ops::RangeInclusive<u32> = 8_000..=192_000;

/// A decoded file.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoded {
    /// What it sounds like.
    pub sound: Sound,
    /// What is not as it should be: where it is cut off, say.
    pub note: Option<String>,
}

/// Why a file gives no sound; reads on from the file's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// It has no bytes.
    #[error("is empty (0 bytes)")]
    Empty,
    /// It is something else.
    #[error("is no WAV, AIFF, FLAC, MP3 or Ogg Vorbis file that can be read ({0})")]
    Unknown(String),
    /// It has too many channels.
    #[error("has {0} channels; must have 1 or 2")]
    Channels(usize),
    /// It is too slow or too fast.
    #[error("has {0} frames a second; must have {low}..{high} Hz", low = RATES.start(), high = RATES.end())]
    Rate(u32),
    /// It is too long.
    #[error("is longer than the {0} bytes of samples that are left for it")]
    TooLong(usize),
    /// There is nothing in it, or nothing that can be decoded.
    #[error("has no sound ({0})")]
    NoSound(String),
    /// The decoder has a fault of its own.
    #[error("cannot be decoded: the decoder failed on it")]
    Decoder,
    /// The medium failed.
    #[error("cannot be read: {0}")]
    Read(String),
    /// Nobody wants it any more.
    #[error("was not read to its end")]
    Cancelled,
}

/// Decodes a whole file into at most `most` bytes of samples. `goes_on` is asked between packets.
///
/// MP3 loses the delay and padding that its LAME header names (its encoder's delay and 529 frames of the decoder's own), Ogg
/// Vorbis those of its granule positions; an MP3 without such a header keeps all of its frames. One channel stays one channel.
///
/// # Errors
/// See [`DecodeError`].
pub fn decode<S>(source: S, most: usize, goes_on: &dyn Fn() -> bool) -> Result<Decoded, DecodeError>
where
    S: Read + Seek + Send + Sync,
{
    // The decoder has been known to panic on files made for that (its issues 112, 299, 439, 485), each mended since; the
    // player has to outlive the next one. Nothing that it leaves behind is used afterwards.
    catch_unwind(AssertUnwindSafe(|| decode_all(source, most, goes_on))).unwrap_or(Err(DecodeError::Decoder))
}

fn decode_all<S>(mut source: S, most: usize, goes_on: &dyn Fn() -> bool) -> Result<Decoded, DecodeError>
where
    S: Read + Seek + Send + Sync,
{
    let read = |error: io::Error| DecodeError::Read(error.to_string());
    let length = source.seek(io::SeekFrom::End(0)).map_err(read)?;
    if length == 0 {
        return Err(DecodeError::Empty);
    }
    let ends = ogg::ends(&mut source, length).map_err(read)?;
    let mut work = Work { length, ends, most, goes_on, trim: Trim::AsNamed, seeks: true };
    let mut first = work.collect(&mut source);
    // An AIFF that is cut off is opened only where nothing behind its sound is looked for.
    if let Err(DecodeError::Unknown(_)) = first {
        work.seeks = false;
        first = work.collect(&mut source).or(first);
    }
    let mut collect = first?;
    // Old Ogg files have pages without a granule position, and a header can lie: all of a packet would be padding then.
    if collect.trimmed() > MOST_TRIMMED {
        work.trim = Trim::Start;
        collect = work.collect(&mut source)?;
    }
    collect.finish()
}

/// Encoders' delay and padding are shorter, in frames: Vorbis has 8,192 at each end, LAME 4,095 and a packet.
const MOST_TRIMMED: u64 = 1 << 15;

/// What is cut off.
#[derive(Clone, Copy, PartialEq)]
enum Trim {
    /// What the file names as delay and padding.
    AsNamed,
    /// Its delay only, before anything sounds.
    Start,
}

/// What there is to do with a file.
struct Work<'a> {
    length: u64,
    ends: ogg::Ends,
    most: usize,
    goes_on: &'a dyn Fn() -> bool,
    trim: Trim,
    /// The decoder may look for things at the file's end.
    seeks: bool,
}

impl Work<'_> {
    fn collect<S>(&self, source: &mut S) -> Result<Collect, DecodeError>
    where
        S: Read + Seek + Send + Sync,
    {
        source.rewind().map_err(|error| DecodeError::Read(error.to_string()))?;
        let source = Bounded::new(source, self.length, self.seeks);
        let stream = MediaSourceStream::new(Box::new(source), Default::default());
        let probe = symphonia::default::get_probe();
        let mut format = probe
            .probe(&Hint::new(), stream, Default::default(), Default::default())
            .map_err(|error| unknown(&error))?;
        let (track, params) = track(&*format)?;
        let mut decoder = decoder(&track, &params)?;
        let mut collect = Collect::new(self.most, expected(&track, &params, self.ends));
        let channels = params.channels.as_ref().map_or(1, |channels| channels.count());
        collect.reserve(channels, self.length);
        self.packets(&mut *format, &mut *decoder, &mut collect, track.id)?;
        Ok(collect)
    }

    fn packets(
        &self,
        format: &mut dyn FormatReader,
        decoder: &mut dyn AudioDecoder,
        collect: &mut Collect,
        track: u32,
    ) -> Result<(), DecodeError> {
        // A file has not more packets than bytes.
        for _ in 0..self.length {
            if !(self.goes_on)() {
                return Err(DecodeError::Cancelled);
            }
            let goes_on = match format.next_packet() {
                Ok(Some(packet)) if packet.track_id != track => true,
                Ok(Some(packet)) => self.packet(packet, decoder, collect)?,
                Ok(None) => false,
                Err(error) => collect.ends_with(&error),
            };
            if !goes_on {
                break;
            }
        }
        Ok(())
    }

    /// Decodes one packet; whether there may be more.
    fn packet(
        &self,
        mut packet: Packet,
        decoder: &mut dyn AudioDecoder,
        collect: &mut Collect,
    ) -> Result<bool, DecodeError> {
        self.untrim(&mut packet, collect);
        match decoder.decode(&packet) {
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

#[cfg(test)]
mod tests;
