//! From a pad's file to its clip, or to the reason why there is none.
//!
//! Runs on: player.
use super::PadState;
use super::cache::{Cache, Clip, Survey};
use super::content::ContentId;
use super::decode::file::FileSource;
use super::decode::{DecodeError, decode};
use super::stream::clip::{FileId, Reading, Streamed};
use super::stream::source::Source;
use crate::config::{PadConfig, PadMode};
use std::collections::HashMap;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use vestry_rt::clip;
use vestry_rt::voice::Loop;

/// A clip may take so much of the limit: what is longer is read while it plays.
const SHARE: usize = 10;
/// A file may be so much longer than its samples: 64-bit ones take twice as much as ours.
const WIDEST: u64 = 2;
/// Pictures and other notes that a file may have beside its samples, in bytes.
const NOTES: u64 = 1 << 24;

/// A clip that can be played.
#[derive(Clone, Debug)]
pub struct Playable {
    /// What file it is from.
    pub id: ContentId,
    /// Frames of all of it.
    pub frames: u64,
    /// Its samples; the first part of those that are read while they are played.
    pub sound: Arc<clip::Clip>,
    /// How the rest is read, where it is too long for memory.
    pub stream: Option<Arc<Streamed>>,
    /// Start and end of the loop in its frames; `None`: it is played once, or a stream, which repeats by itself.
    pub repeat: Option<[u64; 2]>,
    /// What is not as it should be.
    pub note: Option<String>,
}

impl Playable {
    /// What is to be told of it.
    pub fn state(&self) -> PadState {
        PadState::Ready {
            seconds: seconds(self.frames, self.sound.rate()),
            channels: self.sound.channels(),
            rate: self.sound.rate(),
            note: self.note.clone(),
        }
    }
}

/// Files whose content was read in one scan, so that one on many pads is read once.
pub type Known = HashMap<FileId, ContentId>;

/// A pad's file, opened.
pub struct Opened {
    file: File,
    /// Which it is, to be read again.
    pub about: FileId,
    /// What it is known by.
    pub id: ContentId,
    /// It is too long for memory, by its size alone.
    is_long: bool,
}

/// Opens a pad's file and reads what it is known by.
///
/// # Errors
/// Why it cannot be played.
pub fn open(
    dir: &Path,
    pad: &PadConfig,
    (limit, known): (usize, &mut Known),
    goes_on: &dyn Fn() -> bool,
) -> Result<Opened, String> {
    let told = |what: String| format!("{} {what}", pad.file.display());
    let unreadable = |error: std::io::Error| told(format!("cannot be read: {error}"));
    let path = dir.join(&pad.file);
    // Before it is opened: to open a pipe is to wait for its other end.
    let about = std::fs::metadata(&path).map_err(unreadable)?;
    if !about.is_file() {
        return Err(told("is no file".into()));
    }
    let is_long = about.len() > (limit / SHARE) as u64 * WIDEST + NOTES;
    let mut file = File::open(&path).map_err(unreadable)?;
    let about = FileId::of(path, &about);
    let id = match known.get(&about) {
        Some(id) => *id,
        None => ContentId::of(&mut file, goes_on).map_err(unreadable)?,
    };
    known.insert(about.clone(), id);
    Ok(Opened { file, about, id, is_long })
}

/// The clip of an opened file: from the cache, decoded into it, or its start, where it is too long for that. The console has
/// `sample_rate`.
///
/// # Errors
/// Why it cannot be played.
pub fn clip(
    cache: &mut Cache,
    (pad, sample_rate): (&PadConfig, u32),
    opened: Opened,
    goes_on: &dyn Fn() -> bool,
) -> Result<Playable, String> {
    let told = |what: String| format!("{} {what}", pad.file.display());
    let id = opened.id;
    let clip = match cache.find(id) {
        Some(clip) => Some(clip),
        None if opened.is_long => None,
        None => decoded(cache, &opened, goes_on).map_err(told)?,
    };
    let Some(clip) = clip else {
        return stream(cache, (pad, sample_rate), opened, goes_on).map_err(told);
    };
    let frames = clip.sound.frames() as u64;
    let repeat = repeat(pad, frames, clip.sound.rate()).map_err(told)?;
    Ok(Playable { id, frames, sound: clip.sound, stream: None, repeat, note: clip.note })
}

/// Decodes a whole file; `None` where it is too long for that.
fn decoded(cache: &mut Cache, opened: &Opened, goes_on: &dyn Fn() -> bool) -> Result<Option<Clip>, String> {
    let limit = cache.limit();
    let (share, room) = (limit / SHARE, cache.room());
    // While it is decoded there is no room for it yet: clips that nobody has leave as soon as they may have to.
    cache.make_room(share.min(room));
    let decoded = match decode(&opened.file, share.min(room), goes_on) {
        Err(DecodeError::TooLong(_)) if share <= room => return Ok(None),
        Err(DecodeError::TooLong(_)) => return Err(full(limit, room)),
        decoded => decoded.map_err(|error| error.to_string())?,
    };
    let sound = decoded.sound.clip().map_err(|error| error.to_string())?;
    let kept = cache.keep(opened.id, Clip { sound, note: decoded.note });
    kept.map(Some).ok_or_else(|| full(limit, room))
}

/// A clip that is read while it plays. What is not known of it until all of it is read, [`survey`] finds out.
fn stream(
    cache: &mut Cache,
    (pad, sample_rate): (&PadConfig, u32),
    opened: Opened,
    goes_on: &dyn Fn() -> bool,
) -> Result<Playable, String> {
    let source = FileSource::new(opened.file).map_err(|error| error.to_string())?;
    let (rate, told) = (source.rate(), source.frames());
    let known = cache.surveyed(opened.id);
    let (frames, note) = match (known, told) {
        (Some(known), _) => known,
        (None, Some(frames)) => (frames, None),
        (None, None) => look_through(cache, opened.id, source, goes_on)?,
    };
    let points = repeat(pad, frames, rate)?;
    let repeat = points.map(|[from, to]| Loop { from: from as usize, to: to as usize, fade: 0 });
    let step = f64::from(pad.speed) * f64::from(rate) / f64::from(sample_rate.max(1));
    let reading = Reading { file: opened.about, repeat, part: Reading::part(step) };
    let stream = Streamed::new(reading)?;
    let (limit, room) = (cache.limit(), cache.room());
    let stream = cache.set_aside(stream).ok_or_else(|| full(limit, room))?;
    let sound = stream.head().first().cloned().ok_or("has no sound")?;
    Ok(Playable { id: opened.id, frames, sound, stream: Some(stream), repeat: None, note })
}

/// Finds out what there is to say of a stream, from what is read of it, if nobody has read all of it yet; whether that is news.
///
/// # Errors
/// Why it cannot be read after all.
pub fn survey(cache: &mut Cache, clip: &mut Playable, goes_on: &dyn Fn() -> bool) -> Result<bool, String> {
    let Some(stream) = &clip.stream else { return Ok(false) };
    let (frames, note) = match cache.surveyed(clip.id) {
        Some(survey) => survey,
        None => look_through(cache, clip.id, stream.source()?, goes_on)?,
    };
    let is_news = (frames, &note) != (clip.frames, &clip.note);
    (clip.frames, clip.note) = (frames, note);
    Ok(is_news)
}

/// Reads all of a file, and keeps in mind what it is like.
fn look_through(
    cache: &mut Cache,
    id: ContentId,
    source: FileSource,
    goes_on: &dyn Fn() -> bool,
) -> Result<Survey, String> {
    let survey = source.survey(goes_on).map_err(|error| error.to_string())?;
    cache.keep_survey(id, survey.clone());
    Ok(survey)
}

/// Length of a clip at its own rate.
fn seconds(frames: u64, rate: u32) -> f64 {
    frames as f64 / f64::from(rate.max(1))
}

fn megabytes(bytes: usize) -> f64 {
    bytes as f64 / 1e6
}

fn full(limit: usize, room: usize) -> String {
    let (room, all) = (megabytes(room), megabytes(limit));
    format!(
        "finds no room: the other clips leave {room:.1} MB of player.memory_mb = {all}; raise that, or take some out"
    )
}

/// The loop in frames of the clip.
fn repeat(pad: &PadConfig, frames: u64, rate: u32) -> Result<Option<[u64; 2]>, String> {
    let in_frames = |seconds: f64| (seconds * f64::from(rate)).round() as u64;
    let points = pad.loop_s.map(|points| points.map(in_frames));
    let Some([start, end]) = pad.loop_frames.or(points) else {
        return Ok((pad.mode == PadMode::Loop).then_some([0, frames]));
    };
    if start < end && end <= frames {
        return Ok(Some([start, end]));
    }
    let length = seconds(frames, rate);
    Err(format!(
        "has {frames} frames ({length:.3} s): its loop, frames {start} to {end}, must lie within, start before end"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loop_lies_within_its_clip() {
        let pad = |mode, loop_s, loop_frames| PadConfig { mode, loop_s, loop_frames, ..PadConfig::default() };
        for (config, expected) in [
            (pad(PadMode::OneShot, None, None), Ok(None)),
            (pad(PadMode::Gate, None, None), Ok(None)),
            (pad(PadMode::Loop, None, None), Ok(Some([0, 2_000]))),
            (pad(PadMode::Gate, Some([0.5, 2.0]), None), Ok(Some([500, 2_000]))),
            (pad(PadMode::Loop, None, Some([1, 7])), Ok(Some([1, 7]))),
        ] {
            assert_eq!(repeat(&config, 2_000, 1_000), expected);
        }
        let late = repeat(&pad(PadMode::Loop, Some([0.5, 2.001]), None), 2_000, 1_000).unwrap_err();
        assert_eq!(
            late,
            "has 2000 frames (2.000 s): its loop, frames 500 to 2001, must lie within, start before end"
        );
        assert!(repeat(&pad(PadMode::Loop, Some([0.5, 0.5001]), None), 2_000, 1_000).is_err());
    }
}
