//! A take of ours: what `take.json` says, as far as its files bear it out. One that is being recorded, or that a power cut left, is
//! played as far as its headers go: they never claim more than there is.
//!
//! Runs on: soundcheck.
use super::super::error::RecordError;
use super::super::manifest::{Manifest, TakeState, TrackEntry};
use super::super::storage::{Entry, Storage};
use super::super::wave::any::AnySound;
use super::{Multitrack, OpenError, Track, TrackFile, sound};
use std::path::Path;

/// Opens it.
///
/// # Errors
/// Its `take.json` cannot be read.
pub(super) fn open(storage: &dyn Storage, folder: &Path, entries: &[Entry]) -> Result<Multitrack, OpenError> {
    let manifest = Manifest::read(storage, folder)
        .map_err(|error: RecordError| OpenError::Manifest(error.to_string()))?;
    let mut read = Multitrack { rate: manifest.sample_rate, ..Multitrack::default() };
    if manifest.state == TakeState::Recording {
        read.notes.push("the take is open: it is played as far as it has come".into());
    }
    for gap in &manifest.gaps {
        read.notes.push(format!("{} frames are missing at {}: {}", gap.frames, gap.position, gap.cause));
    }
    for track in &manifest.tracks {
        let first = read.tracks.len();
        read.tracks.extend(track.channels.iter().map(|channel| Track {
            name: channel.name.clone(),
            input: channel.input.map(|input| input as usize),
        }));
        files(storage, (folder, entries), (&manifest, track, first), &mut read);
    }
    let told = manifest.frames.unwrap_or(0);
    read.frames = read.files.iter().map(|file| file.at.saturating_add(file.frames)).max().unwrap_or(0);
    if read.frames < told {
        read.notes.push(format!("{} frames at the end are missing", told - read.frames));
    }
    read.markers = manifest.markers.into_iter().map(|marker| (marker.position, marker.label)).collect();
    Ok(read)
}

fn files(
    storage: &dyn Storage,
    (folder, entries): (&Path, &[Entry]),
    (manifest, track, first): (&Manifest, &TrackEntry, usize),
    read: &mut Multitrack,
) {
    let channels = track.channels.len();
    for part in &track.parts {
        let Some(sound) = sound(storage, (folder, entries), &part.file, &mut read.notes) else { continue };
        let AnySound { coding, start, frames, .. } = sound;
        if usize::from(sound.channels) != channels || sound.sample_rate != manifest.sample_rate {
            read.notes.push(format!(
                "{} has {} channels of {} Hz, take.json says {channels} of {} Hz: it is not played",
                part.file, sound.channels, sound.sample_rate, manifest.sample_rate
            ));
            continue;
        }
        read.files.push(TrackFile {
            path: folder.join(&part.file),
            coding,
            start,
            frames: part.frames.unwrap_or(frames).min(frames),
            at: part.start,
            tracks: (first..first + channels).map(Some).collect(),
        });
    }
}
