//! From a pad's file to its clip, or to the reason why there is none.
//!
//! Runs on: player.
use super::cache::{Cache, Clip, Key};
use super::content::ContentId;
use super::decode::{DecodeError, decode};
use super::playable::Playable;
use super::stretch::{Plan, Rendering, render};
use crate::config::{PadConfig, PadMode};
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use vestry_rt::clip;

/// A clip may take so much of the limit: what is longer would have to be read while it plays.
const SHARE: usize = 10;
/// A file may be so much longer than its samples: 64-bit ones take twice as much as ours.
const WIDEST: u64 = 2;
/// Pictures and other notes that a file may have beside its samples, in bytes.
const NOTES: u64 = 1 << 24;

/// Opens a pad's file and reads what it is known by.
///
/// # Errors
/// Why it cannot be played.
pub fn open(
    dir: &Path,
    pad: &PadConfig,
    limit: usize,
    goes_on: &dyn Fn() -> bool,
) -> Result<(File, ContentId), String> {
    let told = |what: String| format!("{} {what}", pad.file.display());
    let unreadable = |error: std::io::Error| told(format!("cannot be read: {error}"));
    let path = dir.join(&pad.file);
    // Before it is opened: to open a pipe is to wait for its other end.
    let about = std::fs::metadata(&path).map_err(unreadable)?;
    if !about.is_file() {
        return Err(told("is no file".into()));
    }
    let most = (limit / SHARE) as u64;
    if about.len() > most * WIDEST + NOTES {
        return Err(told(too_long(limit)));
    }
    let mut file = File::open(path).map_err(unreadable)?;
    let id = ContentId::of(&mut file, goes_on).map_err(unreadable)?;
    Ok((file, id))
}

/// The clip of an opened file: from the cache, or decoded into it.
///
/// # Errors
/// Why it cannot be played.
pub fn clip(
    cache: &mut Cache,
    pad: &PadConfig,
    (file, id): (File, ContentId),
    goes_on: &dyn Fn() -> bool,
) -> Result<Playable, String> {
    let told = |what: String| format!("{} {what}", pad.file.display());
    let clip = match cache.find(id) {
        Some(clip) => clip,
        None => decoded(cache, (file, id), goes_on).map_err(told)?,
    };
    let repeat = repeat(pad, &clip.sound).map_err(told)?;
    let plan = Plan::of(pad);
    let Some(change) = plan.change else { return Ok(Playable::plain(id, clip, repeat, plan)) };
    let rendering = Rendering { change, repeat };
    let made = rendered(cache, (id, &clip), &rendering, goes_on).map_err(told)?;
    Ok(Playable::made(made, &rendering, plan, Playable::plain(id, clip, repeat, plan)))
}

/// What is made of a clip: from the cache, or made into it.
fn rendered(
    cache: &mut Cache,
    (id, clip): (ContentId, &Clip),
    rendering: &Rendering,
    goes_on: &dyn Fn() -> bool,
) -> Result<Arc<clip::Clip>, String> {
    let key = Key { id, rendering: Some(rendering.key()) };
    if let Some(made) = cache.find(key) {
        return Ok(made.sound);
    }
    let bytes = rendering.frames(clip.sound.frames()) * clip.sound.channels() * size_of::<f32>();
    // Before it is made, so that both are never too much.
    let room = cache.room();
    if !cache.make_room(bytes) {
        return Err(no_room_to_shift(bytes, cache.limit(), room));
    }
    let sound = render(&clip.sound, rendering, goes_on).map_err(|error| error.to_string())?;
    let made = cache.keep(key, Clip { sound, note: None });
    made.map(|made| made.sound).ok_or_else(|| no_room_to_shift(bytes, cache.limit(), room))
}

fn decoded(
    cache: &mut Cache,
    (file, id): (File, ContentId),
    goes_on: &dyn Fn() -> bool,
) -> Result<Clip, String> {
    let limit = cache.limit();
    let (share, room) = (limit / SHARE, cache.room());
    // While it is decoded there is no room for it yet: clips that nobody has leave as soon as they may have to.
    cache.make_room(share.min(room));
    let decoded = decode(file, share.min(room), goes_on).map_err(|error| match error {
        DecodeError::TooLong(_) if share <= room => too_long(limit),
        DecodeError::TooLong(_) => full(limit, room),
        error => error.to_string(),
    })?;
    let sound = decoded.sound.clip().map_err(|error| error.to_string())?;
    cache.keep(id, Clip { sound, note: decoded.note }).ok_or_else(|| full(limit, room))
}

fn megabytes(bytes: usize) -> f64 {
    bytes as f64 / 1e6
}

fn too_long(limit: usize) -> String {
    let (share, all) = (megabytes(limit / SHARE), megabytes(limit));
    format!(
        "is too long: its samples take more than {share:.1} MB, a tenth of player.memory_mb = {all}; \
         shorten it, or raise that"
    )
}

fn full(limit: usize, room: usize) -> String {
    let (room, all) = (megabytes(room), megabytes(limit));
    format!(
        "finds no room: the other clips leave {room:.1} MB of player.memory_mb = {all}; raise that, or take some out"
    )
}

fn no_room_to_shift(bytes: usize, limit: usize, room: usize) -> String {
    let [bytes, room, all] = [bytes, room, limit].map(megabytes);
    format!(
        "finds no room for its pitch and speed: with them it takes {bytes:.1} MB more, and the other clips leave \
         {room:.1} MB of player.memory_mb = {all}; raise that, take some out, or leave `pitch` and `key_lock` as they come"
    )
}

/// The loop in frames of the clip.
fn repeat(pad: &PadConfig, sound: &clip::Clip) -> Result<Option<[u64; 2]>, String> {
    let frames = sound.frames() as u64;
    let rate = f64::from(sound.rate());
    let points = pad.loop_s.map(|points| points.map(|seconds| (seconds * rate).round() as u64));
    let Some([start, end]) = pad.loop_frames.or(points) else {
        return Ok((pad.mode == PadMode::Loop).then_some([0, frames]));
    };
    if start < end && end <= frames {
        return Ok(Some([start, end]));
    }
    let length = frames as f64 / rate;
    Err(format!(
        "has {frames} frames ({length:.3} s): its loop, frames {start} to {end}, must lie within, start before end"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loop_lies_within_its_clip() {
        let sound = clip::Clip::new(1_000, &[&[0.0; 2_000]]).unwrap();
        let pad = |mode, loop_s, loop_frames| PadConfig { mode, loop_s, loop_frames, ..PadConfig::default() };
        for (config, expected) in [
            (pad(PadMode::OneShot, None, None), Ok(None)),
            (pad(PadMode::Gate, None, None), Ok(None)),
            (pad(PadMode::Loop, None, None), Ok(Some([0, 2_000]))),
            (pad(PadMode::Gate, Some([0.5, 2.0]), None), Ok(Some([500, 2_000]))),
            (pad(PadMode::Loop, None, Some([1, 7])), Ok(Some([1, 7]))),
        ] {
            assert_eq!(repeat(&config, &sound), expected);
        }
        let late = repeat(&pad(PadMode::Loop, Some([0.5, 2.001]), None), &sound).unwrap_err();
        assert_eq!(
            late,
            "has 2000 frames (2.000 s): its loop, frames 500 to 2001, must lie within, start before end"
        );
        assert!(repeat(&pad(PadMode::Loop, Some([0.5, 0.5001]), None), &sound).is_err());
    }
}
