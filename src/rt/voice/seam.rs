//! The ends of a loop as they are heard: what comes before its start is its end, and the other way round.
use super::Loop;
use super::interpolate::{FRAME, Points};
use crate::clip::GUARD;

/// Frames of a seam that are laid out at a time.
pub const SEAM: usize = 256;

/// A loop, and whether it has come round, so that its end lies before its start.
pub type Round = (Loop, bool);

/// Lays out what so many points need of a loop, from the frame of the first on, and tells where they are in that.
pub fn lay_out(sound: &[f32], round: Round, mut points: Points, frames: usize) -> ([f32; SEAM], Points) {
    let first = (points.at / FRAME) as i64;
    points.at %= FRAME;
    let last = (points.at + points.step * frames as u64) / FRAME;
    let mut seam = [0.0; SEAM];
    for (frame, place) in (first - GUARD as i64..).zip(seam.iter_mut().take(last as usize + 2 * GUARD + 1)) {
        *place = heard(sound, round, frame);
    }
    (seam, points)
}

/// What is heard as a frame of the clip.
fn heard(sound: &[f32], (repeat, round): Round, frame: i64) -> f32 {
    let (from, len) = (repeat.from as i64, repeat.len() as i64);
    let past = frame >= repeat.to as i64;
    let frame = if past || round && frame < from { from + (frame - from).rem_euclid(len) } else { frame };
    let of_clip = |frame: i64| {
        let place = usize::try_from(frame + GUARD as i64).ok();
        place.and_then(|place| sound.get(place)).copied().unwrap_or_default()
    };
    let blend = repeat.blend() as i64;
    let blended = frame - (repeat.to as i64 - blend);
    if blended < 0 {
        return of_clip(frame);
    }
    let share = (blended + 1) as f32 / (blend + 1) as f32;
    of_clip(frame) * (1.0 - share) + of_clip(frame - len) * share
}
