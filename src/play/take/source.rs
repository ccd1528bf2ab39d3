//! A take's files as one sound of many channels. Each file lies at its place of the take; where there is none is silence.
//!
//! A file is opened when it is come to and closed behind it; nothing is held but the part that is read.
//!
//! Runs on: streams.
use super::decode::Pcm;
use crate::play::stream::source::{Source, SourceError};
use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

/// Most frames that are read from a file at once.
const PART: u64 = 8_192;

/// A file of a take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Where it is.
    pub path: PathBuf,
    /// How samples lie in it.
    pub pcm: Pcm,
    /// The byte with which sound begins.
    pub start: u64,
    /// Frames of it.
    pub frames: u64,
    /// The take's frame that its first one is.
    pub at: u64,
    /// The channel of the take that each of its own is; none for one that is not wanted.
    pub channels: Vec<Option<usize>>,
}

impl Piece {
    fn end(&self) -> u64 {
        self.at.saturating_add(self.frames)
    }

    fn fault(&self, error: &std::io::Error) -> SourceError {
        let name = self.path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        SourceError::Read(format!("{name}: {error}"))
    }
}

/// The files, and where in them it is.
#[derive(Debug)]
pub struct TakeSource {
    rate: u32,
    channels: usize,
    frames: u64,
    pieces: Vec<(Piece, Option<File>)>,
    at: u64,
    bytes: Vec<u8>,
}

impl TakeSource {
    /// From its beginning. `channels` is 1 at least; pieces of other channels than those are not heard.
    pub fn new(rate: u32, channels: usize, frames: u64, pieces: Vec<Piece>) -> Self {
        let wanted = |piece: &Piece| piece.channels.iter().flatten().any(|channel| *channel < channels);
        let pieces = pieces.into_iter().filter(wanted).map(|piece| (piece, None)).collect();
        Self { rate, channels: channels.max(1), frames, pieces, at: 0, bytes: Vec::new() }
    }
}

impl Source for TakeSource {
    fn rate(&self) -> u32 {
        self.rate
    }

    fn channels(&self) -> usize {
        self.channels
    }

    fn frames(&self) -> Option<u64> {
        Some(self.frames)
    }

    fn read(&mut self, frames: usize, into: &mut [Vec<f32>]) -> Result<usize, SourceError> {
        let wanted = self.frames.saturating_sub(self.at).min(frames as u64).min(PART);
        let count = wanted as usize;
        let before: Vec<usize> = into.iter().map(Vec::len).collect();
        into.iter_mut().for_each(|channel| channel.resize(channel.len() + count, 0.0));
        let read = self
            .pieces
            .iter_mut()
            .try_for_each(|(piece, file)| fill(piece, file, (self.at, wanted), into, &mut self.bytes));
        if let Err(error) = read {
            into.iter_mut().zip(before).for_each(|(channel, before)| channel.truncate(before));
            return Err(error);
        }
        self.at += wanted;
        Ok(count)
    }

    fn seek(&mut self, frame: u64) -> Result<(), SourceError> {
        self.at = frame;
        Ok(())
    }
}

/// Puts what a piece has of `count` frames from `from` on over their silence, which is at the ends of `into`.
fn fill(
    piece: &Piece,
    file: &mut Option<File>,
    (from, count): (u64, u64),
    into: &mut [Vec<f32>],
    bytes: &mut Vec<u8>,
) -> Result<(), SourceError> {
    let (begin, end) = (piece.at.max(from), piece.end().min(from + count));
    if begin >= end {
        *file = None;
        return Ok(());
    }
    let file = match file {
        Some(file) => file,
        None => file.insert(File::open(&piece.path).map_err(|error| piece.fault(&error))?),
    };
    let frame = piece.pcm.bytes() * piece.channels.len();
    bytes.resize((end - begin) as usize * frame, 0);
    let at = piece.start + (begin - piece.at) * frame as u64;
    file.read_exact_at(bytes, at).map_err(|error| match error.kind() {
        ErrorKind::UnexpectedEof => piece.fault(&std::io::Error::other("has become shorter")),
        _ => piece.fault(&error),
    })?;
    for (own, channel) in piece.channels.iter().enumerate() {
        let Some(samples) = channel.and_then(|channel| into.get_mut(channel)) else { continue };
        let first = samples.len() - count as usize + (begin - from) as usize;
        let room = samples.get_mut(first..).unwrap_or(&mut []);
        piece.pcm.channel(bytes, (own, piece.channels.len()), room);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Write;

    /// A number for each place of each channel.
    fn number(channel: usize, frame: u64) -> i16 {
        (frame as i16).wrapping_mul(31).wrapping_add((channel as i16).wrapping_mul(7_001))
    }

    /// A file that lies at a place, with these channels.
    fn piece(dir: &std::path::Path, (at, frames): (u64, u64), channels: &[Option<usize>]) -> Piece {
        let path = dir.join(format!("{at}_{channels:?}"));
        let mut file = File::create(&path).unwrap();
        file.write_all(&[1; 44]).unwrap();
        for frame in at..at + frames {
            for channel in channels {
                file.write_all(&number(channel.unwrap_or(9), frame).to_le_bytes()).unwrap();
            }
        }
        Piece { path, pcm: Pcm::Int16, start: 44, frames, at, channels: channels.to_vec() }
    }

    /// One file of two channels, one of which is nobody's, and a track in two parts that begins late.
    fn source(dir: &std::path::Path) -> TakeSource {
        let pieces = vec![
            piece(dir, (0, 20_000), &[Some(0), None]),
            piece(dir, (500, 9_000), &[Some(1)]),
            piece(dir, (9_500, 501), &[Some(1)]),
        ];
        TakeSource::new(48_000, 2, 20_000, pieces)
    }

    fn expected(channel: usize, frame: u64) -> f32 {
        let there = channel == 0 || (500..10_001).contains(&frame);
        if there { f32::from(number(channel, frame)) / 32_768.0 } else { 0.0 }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn every_frame_is_at_its_place_however_it_is_read(steps in prop::collection::vec((prop::option::of(0u64..22_000), 1usize..9_000), 1..12)) {
            let dir = tempfile::tempdir().unwrap();
            let mut source = source(dir.path());
            let mut at = 0;
            for (seek, frames) in steps {
                if let Some(frame) = seek {
                    source.seek(frame).unwrap();
                    at = frame;
                }
                let mut into = vec![vec![7.0; 3], Vec::new()];
                let read = source.read(frames, &mut into).unwrap();
                prop_assert_eq!(read == 0, at >= 20_000);
                prop_assert!(read <= frames && into[0].len() == read + 3 && into[1].len() == read);
                for channel in 0..2 {
                    let samples = &into[channel][3 * (1 - channel)..];
                    prop_assert!(samples.iter().zip(at..).all(|(sample, frame)| *sample == expected(channel, frame)));
                }
                at += read as u64;
            }
        }
    }

    #[test]
    fn a_file_that_is_gone_or_shorter_is_named_and_nothing_is_added() {
        let dir = tempfile::tempdir().unwrap();
        let mut source = source(dir.path());
        let cut = source.pieces[2].0.path.clone();
        File::options().write(true).open(&cut).unwrap().set_len(50).unwrap();
        source.seek(9_400).unwrap();
        let mut into = vec![Vec::new(), vec![1.0]];
        let fault = source.read(400, &mut into).unwrap_err().to_string();
        assert!(fault.contains("9500") && fault.ends_with("has become shorter"), "{fault}");
        assert_eq!((into[0].len(), into[1].len()), (0, 1));
        std::fs::remove_file(cut).unwrap();
        source.seek(0).unwrap();
        source.read(10, &mut into).unwrap();
        source.seek(9_600).unwrap();
        assert!(source.read(10, &mut into).unwrap_err().to_string().contains("No such file"));
    }
}
