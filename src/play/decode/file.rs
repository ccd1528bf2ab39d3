//! A file that is decoded while it plays.
//!
//! Runs on: player.
use super::collect::Collect;
use super::packets::{Packets, Trim};
use super::reader::{Allowance, Bounded};
use super::{DecodeError, MOST_TRIMMED, ogg};
use crate::play::stream::source::{Source, SourceError};
use std::fs::File;
use std::io::{self, Seek};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Bytes of samples that are decoded and not read: of packets that are lost before it is known what the file is, say.
const MOST_HELD: usize = 1 << 24;

/// One file; what it is was found out.
pub struct FileSource {
    file: File,
    length: u64,
    ends: ogg::Ends,
    trim: Trim,
    seeks: bool,
    open: Open,
    rate: u32,
    channels: usize,
    frames: Option<u64>,
}

/// Where in it one is.
struct Open {
    packets: Packets<'static>,
    collect: Collect,
    allowance: Allowance,
    /// Frames that are decoded and not wanted.
    skip: u64,
    is_over: bool,
}

impl FileSource {
    /// Opens a file and decodes its first frames, which tell what it is.
    ///
    /// # Errors
    /// See [`DecodeError`].
    pub fn new(file: File) -> Result<Self, DecodeError> {
        catch_unwind(AssertUnwindSafe(|| Self::open(file))).unwrap_or(Err(DecodeError::Decoder))
    }

    fn open(mut file: File) -> Result<Self, DecodeError> {
        let length = file.metadata().map_err(read_error)?.len();
        if length == 0 {
            return Err(DecodeError::Empty);
        }
        let ends = ogg::ends(&mut file, length).map_err(read_error)?;
        let (mut trim, mut seeks) = (Trim::AsNamed, true);
        let mut open = Open::new(&file, (length, ends), trim, seeks);
        // As when a file is decoded as a whole: see there.
        if let Err(DecodeError::Unknown(_)) = open {
            seeks = false;
            open = Open::new(&file, (length, ends), trim, seeks).or(open);
        }
        let mut open = open?;
        open.fill(length)?;
        if open.collect.trimmed() > MOST_TRIMMED {
            trim = Trim::Start;
            open = Open::new(&file, (length, ends), trim, seeks)?;
            open.fill(length)?;
        }
        let Some((channels, rate)) = open.collect.kind() else {
            return Err(open.collect.finish().err().unwrap_or(DecodeError::Decoder));
        };
        let frames = open.packets.expected().frames;
        Ok(Self { file, length, ends, trim, seeks, open, rate, channels, frames })
    }

    /// Reads on to the end, and tells how many frames there are and what is not as it should be. `goes_on` is asked between
    /// packets.
    ///
    /// # Errors
    /// See [`DecodeError`].
    pub fn survey(mut self, goes_on: &dyn Fn() -> bool) -> Result<(u64, Option<String>), DecodeError> {
        let mut frames = 0;
        catch_unwind(AssertUnwindSafe(|| {
            loop {
                frames += self.open.collect.discard(u64::MAX);
                if !goes_on() {
                    return Err(DecodeError::Cancelled);
                }
                self.open.fill(self.length)?;
                if self.open.is_over && self.open.collect.is_empty() {
                    return Ok((frames, self.open.collect.note_after(frames)));
                }
            }
        }))
        .unwrap_or(Err(DecodeError::Decoder))
    }

    fn try_read(&mut self, frames: usize, into: &mut [Vec<f32>]) -> Result<usize, DecodeError> {
        loop {
            self.open.skip -= self.open.collect.discard(self.open.skip);
            let read = if self.open.skip == 0 { self.open.collect.take(frames, into) } else { 0 };
            if read > 0 || self.open.is_over {
                return Ok(read);
            }
            self.open.fill(self.length)?;
        }
    }

    fn try_seek(&mut self, frame: u64) -> Result<(), DecodeError> {
        let from = if self.seeks && !self.open.packets.is_chained() {
            self.open.packets.seek(frame)?
        } else {
            self.open = Open::new(&self.file, (self.length, self.ends), self.trim, self.seeks)?;
            Some(0)
        };
        self.open.collect.discard(u64::MAX);
        self.open.is_over = from.is_none();
        self.open.skip = frame.saturating_sub(from.unwrap_or(frame));
        Ok(())
    }
}

impl Open {
    fn new(file: &File, about: (u64, ogg::Ends), trim: Trim, seeks: bool) -> Result<Self, DecodeError> {
        let mut file = file.try_clone().map_err(read_error)?;
        file.rewind().map_err(read_error)?;
        let (length, ends) = about;
        let source = Bounded::new(file, length, seeks);
        let allowance = source.allowance();
        let packets = Packets::open(source, trim, ends)?;
        let mut collect = Collect::new(MOST_HELD, packets.expected());
        collect.reserve(packets.channels(), 0);
        Ok(Self { packets, collect, allowance, skip: 0, is_over: false })
    }

    /// Decodes until there are frames, or no more.
    fn fill(&mut self, length: u64) -> Result<(), DecodeError> {
        self.allowance.renew();
        for _ in 0..length {
            if self.is_over || self.collect.kind().is_some() && !self.collect.is_empty() {
                return Ok(());
            }
            self.is_over = !self.packets.next(&mut self.collect)?;
        }
        self.is_over = true;
        Ok(())
    }
}

impl Source for FileSource {
    fn rate(&self) -> u32 {
        self.rate
    }

    fn channels(&self) -> usize {
        self.channels
    }

    fn frames(&self) -> Option<u64> {
        self.frames
    }

    fn read(&mut self, frames: usize, into: &mut [Vec<f32>]) -> Result<usize, SourceError> {
        guarded(|| self.try_read(frames, into))
    }

    fn seek(&mut self, frame: u64) -> Result<(), SourceError> {
        guarded(|| self.try_seek(frame))
    }
}

/// A panic of the decoder's is its fault, not ours: see [`super::decode`].
fn guarded<T>(work: impl FnOnce() -> Result<T, DecodeError>) -> Result<T, SourceError> {
    match catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(DecodeError::Decoder)) {
        Ok(done) => Ok(done),
        Err(DecodeError::Read(why)) => Err(SourceError::Read(why)),
        Err(error) => Err(SourceError::Decode(error.to_string())),
    }
}

fn read_error(error: io::Error) -> DecodeError {
    DecodeError::Read(error.to_string())
}
