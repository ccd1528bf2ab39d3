//! The picture of a file's sound: the smallest and largest sample of each part of it.
//!
//! Runs on: web-files.
use crate::hal::linux::forget;
use crate::record::wave::any::{self, AnySound, Coding};
use crate::web::Opened;
use std::collections::VecDeque;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Pictures that are remembered: 6 KB each at 800 points.
const MOST: usize = 64;
/// Where a point stands for more bytes than that, pieces of it are looked at, evenly spread: an hour of sound is a picture in seconds
/// then, and the medium is the writer's.
const MOST_BYTES: u64 = 128 * 1_024;
/// So many pieces.
const PIECES: u64 = 8;
/// Longest rest between two reads.
const LONGEST_REST: Duration = Duration::from_millis(500);

type Picture = Vec<[f32; 2]>;
/// File, its version, points.
type Key = (PathBuf, String, usize);

/// Pictures of files that do not change any more, the newest last.
#[derive(Debug, Default)]
pub struct Remembered(Mutex<VecDeque<(Key, Picture)>>);

impl Remembered {
    /// The picture of a file, made only where it is not known; one of an `open` take is not remembered.
    ///
    /// # Errors
    /// In one line, where the file has no sound that can be read.
    pub fn of(&self, path: PathBuf, opened: &Opened, points: usize, open: bool) -> Result<Picture, String> {
        let key = (path, opened.version.clone(), points);
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, picture)) = lock().iter().find(|(known, _)| *known == key) {
            return Ok(picture.clone());
        }
        let picture = drawn(opened, points)?;
        if !open {
            let mut known = lock();
            known.push_back((key, picture.clone()));
            while known.len() > MOST {
                known.pop_front();
            }
        }
        Ok(picture)
    }
}

fn drawn(opened: &Opened, points: usize) -> Result<Picture, String> {
    let sound = any::read(&opened.file).map_err(|fault| format!("the file {fault}"))?;
    let frame = u64::from(sound.coding.bytes) * u64::from(sound.channels);
    let frames = sound.frames.min(opened.bytes.saturating_sub(sound.start) / frame);
    let points = (points as u64).min(frames);
    let part = |point: u64| point * frames / points.max(1);
    let picture = (0..points).map(|point| extremes(opened, &sound, (part(point), part(point + 1))));
    picture.collect::<io::Result<_>>().map_err(|error| format!("the file cannot be read: {error}"))
}

/// Of frames `from..to`, of which there is at least one.
fn extremes(opened: &Opened, sound: &AnySound, (from, to): (u64, u64)) -> io::Result<[f32; 2]> {
    let frame = u64::from(sound.coding.bytes) * u64::from(sound.channels);
    let whole = (to - from) * frame <= MOST_BYTES;
    let (pieces, length) = if whole { (1, to - from) } else { (PIECES, MOST_BYTES / PIECES / frame) };
    let mut found = [f32::MAX, f32::MIN];
    for piece in 0..pieces {
        let start = from + (to - from) * piece / pieces;
        let begun = Instant::now();
        let mut bytes = vec![0; (length.max(1) * frame) as usize];
        opened.file.read_exact_at(&mut bytes, sound.start + start * frame)?;
        forget(&opened.file, sound.start + start * frame, bytes.len() as u64);
        for sample in bytes.chunks_exact(sound.coding.bytes.into()).map(|bytes| value(bytes, sound.coding)) {
            found = [found[0].min(sample), found[1].max(sample)];
        }
        // The medium is the writer's for as long as it was ours.
        sleep(begun.elapsed().min(LONGEST_REST));
    }
    // Three digits are a pixel of any picture.
    Ok(found.map(|sample| (sample.clamp(-1.0, 1.0) * 1_000.0).round() / 1_000.0))
}

/// A sample, full scale 1.0.
fn value(bytes: &[u8], coding: Coding) -> f32 {
    match *bytes {
        [a, b] => f32::from(i16::from_le_bytes([a, b])) / 32_768.0,
        [a, b, c] => (i32::from_le_bytes([0, a, b, c]) >> 8) as f32 / 8_388_608.0,
        [a, b, c, d] if coding.float => f32::from_le_bytes([a, b, c, d]),
        [a, b, c, d] => i32::from_le_bytes([a, b, c, d]) as f32 / 2_147_483_648.0,
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_of_every_kind_have_full_scale_one() {
        let of = |bytes: &[u8], float| value(bytes, Coding { bytes: bytes.len() as u16, float });
        assert_eq!((of(&[0, 0x80], false), of(&[0, 0x40], false)), (-1.0, 0.5));
        assert_eq!((of(&[0, 0, 0x80], false), of(&[0, 0, 0x40], false)), (-1.0, 0.5));
        assert_eq!(of(&[0, 0, 0, 0xC0], false), -0.5);
        assert_eq!(of(&0.25_f32.to_le_bytes(), true), 0.25);
    }
}
