//! The header of a file of a take, made from the manifest: the same when it is written and when it is repaired.
//!
//! Runs on: writer, repair.
use super::clock::WallTime;
use super::manifest::{Manifest, TrackEntry};
use super::timing::Timing;
use super::wave::bext::Bext;
use super::wave::cue::{self, Cue};
use super::wave::header::{Sizes, head, ixml_room, whole};
use super::wave::ixml::Ixml;

/// Everything before the sound of the part of `track` that begins at frame `start` of the take.
pub fn bytes(manifest: &Manifest, track: &TrackEntry, start: u64, sizes: Sizes, limit: u64) -> Vec<u8> {
    let spec = manifest.spec(track);
    let bext = bext(manifest, track, start);
    let mut before = head(&spec, sizes, limit);
    bext.chunk(&mut before);
    let end = sizes.data / spec.frame_bytes();
    let ixml = Ixml {
        take: manifest.number,
        family: &manifest.name,
        time_reference: bext.time_reference,
        tracks: track.channels.iter().map(|channel| (channel.name.as_str(), channel.tap.text())).collect(),
        markers: markers(manifest, start, end),
    };
    whole(&spec, &bext, &ixml.text(&spec, ixml_room(before.len())), sizes, limit)
}

/// What follows the sound of a part of `data` bytes: markers and gaps that lie in it.
pub fn tail(manifest: &Manifest, track: &TrackEntry, start: u64, data: u64) -> Vec<u8> {
    let frames = data / manifest.spec(track).frame_bytes();
    let mut cues: Vec<Cue> = markers(manifest, start, frames)
        .into_iter()
        .map(|(frame, label)| Cue { frame, label: label.into() })
        .collect();
    for gap in &manifest.gaps {
        let inside =
            gap.position < start.saturating_add(frames) && gap.position.saturating_add(gap.frames) > start;
        if inside {
            let label = format!("gap: {}, {} frames", gap.cause, gap.frames);
            cues.push(Cue { frame: gap.position.saturating_sub(start), label });
        }
    }
    cues.sort_by_key(|cue| cue.frame);
    cue::tail(data, &cues)
}

/// Markers from the part's first frame to the one after its last, relative to the first. A marker between two parts shows
/// in both, so that none is lost.
fn markers(manifest: &Manifest, start: u64, frames: u64) -> Vec<(u64, &str)> {
    let inside = |position: u64| position >= start && position - start <= frames;
    let markers = manifest.markers.iter().filter(|marker| inside(marker.position));
    markers.map(|marker| (marker.position - start, marker.label.as_str())).collect()
}

fn bext(manifest: &Manifest, track: &TrackEntry, start: u64) -> Bext {
    let began = WallTime::parse(&manifest.started).map(|began| began.after(start, manifest.sample_rate));
    let clock = manifest.timing.as_ref().map(Timing::words);
    Bext {
        description: format!("{} ({})", track.name, manifest.name),
        reference: manifest.name.clone(),
        date: began.as_ref().map(WallTime::date).unwrap_or_default(),
        time: began.as_ref().map(WallTime::time).unwrap_or_default(),
        time_reference: manifest.time_reference.saturating_add(start),
        history: Bext::history(&manifest.spec(track), clock.as_deref()),
    }
}
