//! One channel of a take, read from wherever its files have it.
//!
//! Runs on: main.
use super::super::multitrack::{Multitrack, TrackFile};
use super::super::storage::Storage;
use super::super::wave::any::Coding;
use super::sound::Samples;

/// A track of a take, or several as one.
pub struct Reader<'a> {
    storage: &'a dyn Storage,
    take: Multitrack,
    /// Which of its tracks.
    of: Vec<usize>,
}

impl<'a> Reader<'a> {
    /// Of the track called `name`, whatever its letters' case; without one of the mix, or of all tracks where there is no mix.
    ///
    /// # Errors
    /// None is called so; the names there are.
    pub fn new(storage: &'a dyn Storage, take: Multitrack, name: Option<&str>) -> Result<Self, String> {
        let named = |name: &str| {
            let same = |called: &str| called.to_lowercase() == name.to_lowercase();
            (0..take.tracks.len())
                .filter(|at| take.tracks.get(*at).is_some_and(|track| same(&track.name)))
                .collect()
        };
        let mix = || {
            (0..take.tracks.len())
                .filter(|at| take.tracks.get(*at).is_some_and(|track| track.input.is_none()))
        };
        let of: Vec<usize> = match name {
            Some(name) => named(name),
            None if mix().next().is_some() => mix().collect(),
            None => (0..take.tracks.len()).collect(),
        };
        if of.is_empty() {
            let names: Vec<_> = take.tracks.iter().map(|track| format!("{:?}", track.name)).collect();
            return Err(names.join(", "));
        }
        Ok(Self { storage, take, of })
    }

    /// Adds what `file` has of the frames from `from` on.
    fn add(&self, file: &TrackFile, from: i64, sum: &mut [f32]) -> std::io::Result<()> {
        let (begins, ends) = (file.at.cast_signed(), file.at.saturating_add(file.frames).cast_signed());
        let (first, last) = (from.max(begins), from.saturating_add(sum.len() as i64).min(ends));
        if first >= last {
            return Ok(());
        }
        let frame = u64::from(file.coding.bytes) * file.tracks.len() as u64;
        let mut bytes = vec![0; ((last - first) as u64 * frame) as usize];
        let at = file.start + (first - begins) as u64 * frame;
        let read = self.storage.open(&file.path)?.read_at(at, &mut bytes)?;
        bytes.truncate(read);
        let into = sum.iter_mut().skip((first - from) as usize);
        for (slot, frame) in into.zip(bytes.chunks_exact(frame as usize)) {
            let samples = frame.chunks_exact(usize::from(file.coding.bytes)).zip(&file.tracks);
            let wanted = samples.filter(|(_, track)| track.is_some_and(|track| self.of.contains(&track)));
            *slot += wanted.map(|(bytes, _)| sample(bytes, file.coding)).sum::<f32>();
        }
        Ok(())
    }
}

impl Samples for Reader<'_> {
    fn frames(&self) -> i64 {
        self.take.frames.cast_signed()
    }

    fn read(&self, from: i64, frames: usize) -> std::io::Result<Vec<f32>> {
        let mut sum = vec![0.0; frames];
        self.take.files.iter().try_for_each(|file| self.add(file, from, &mut sum))?;
        Ok(sum)
    }
}

/// Full scale is 1.0; what is no number is silence.
fn sample(bytes: &[u8], coding: Coding) -> f32 {
    let value = match bytes {
        [low, high] => f32::from(i16::from_le_bytes([*low, *high])) / 32_768.0,
        [low, middle, high] => i32::from_le_bytes([0, *low, *middle, *high]) as f32 / 2_147_483_648.0,
        [a, b, c, d] if coding.float => f32::from_le_bytes([*a, *b, *c, *d]),
        [a, b, c, d] => i32::from_le_bytes([*a, *b, *c, *d]) as f32 / 2_147_483_648.0,
        _ => 0.0,
    };
    if value.is_finite() { value } else { 0.0 }
}
