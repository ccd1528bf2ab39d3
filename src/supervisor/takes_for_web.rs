//! The takes of all media as the page sees them.
//!
//! Runs on: web-files.
mod give;
mod overview;

use super::delivery::Told;
use crate::record::list::names;
use crate::record::manifest::{FILE, Manifest, TakeState};
use crate::record::naming::take_number;
use crate::record::protect::MARK;
use crate::record::storage::{Disk, Entry, Storage};
use crate::record::wave::any;
use crate::telemetry::json;
use crate::web::{GapLine, MarkerLine, Opened, Part, Shelf, TakeLine, TakeWhole, TrackLine};
use give::version;
use overview::Remembered;
use std::collections::{BTreeSet, HashMap};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The media, and what was read of takes that do not change any more.
pub struct TakesForWeb {
    /// What each is called, and its recordings folder.
    media: Vec<(String, PathBuf)>,
    facts: Mutex<HashMap<PathBuf, (String, Facts)>>,
    overviews: Remembered,
    /// How takes of the first medium are delivered; none where they are not.
    delivered: Option<Told>,
}

/// What the list needs of a manifest.
#[derive(Clone, Copy, Debug)]
struct Facts {
    state: TakeState,
    seconds: Option<f64>,
    sample_rate: u32,
    gaps: usize,
}

/// A take that is there.
struct Found {
    name: String,
    medium: Option<String>,
    folder: PathBuf,
}

impl TakesForWeb {
    /// Of media that are called so.
    pub fn new(media: Vec<(String, PathBuf)>, delivered: Option<Told>) -> Self {
        Self { media, facts: Mutex::default(), overviews: Remembered::default(), delivered }
    }

    fn found(&self, (called, dir): &(String, PathBuf), name: &str) -> Found {
        let medium = (self.media.len() > 1).then(|| called.clone());
        Found { name: name.to_owned(), medium, folder: dir.join(name) }
    }

    /// The take of that name, on the first medium that has it.
    fn find(&self, name: &str) -> Option<Found> {
        take_number(name)?;
        let there = |folder: &Path| folder.symlink_metadata().is_ok_and(|about| about.is_dir());
        self.media.iter().map(|medium| self.found(medium, name)).find(|found| there(&found.folder))
    }

    fn line(&self, found: &Found) -> TakeLine {
        let files = Disk.list(&found.folder).unwrap_or_default();
        let facts = self.facts(&found.folder);
        TakeLine {
            name: found.name.clone(),
            medium: found.medium.clone(),
            state: match facts.map(|facts| facts.state) {
                Some(TakeState::Recording) => "recording",
                Some(TakeState::Closed) => "closed",
                Some(TakeState::Repaired) => "recovered",
                None => "unreadable",
            },
            length_s: facts.and_then(|facts| facts.seconds),
            sample_rate: facts.map(|facts| facts.sample_rate),
            bytes: files.iter().filter(|file| !file.is_dir).map(|file| file.bytes).sum(),
            gaps: facts.map_or(0, |facts| facts.gaps),
            protected: files.iter().any(|file| file.name == MARK),
            delivery: self.delivered.as_ref().and_then(|told| told.of(&found.name)),
        }
    }

    /// Read anew only where `take.json` is another one or the take is open.
    fn facts(&self, folder: &Path) -> Option<Facts> {
        let stamp = version(&folder.join(FILE).symlink_metadata().ok()?);
        let known = self.lock().get(folder).filter(|(known, _)| *known == stamp).map(|(_, facts)| *facts);
        if known.is_some() {
            return known;
        }
        let manifest = Manifest::read(&Disk, folder).ok()?;
        let facts = Facts {
            state: manifest.state,
            seconds: seconds(&manifest, folder),
            sample_rate: manifest.sample_rate,
            gaps: manifest.gaps.len(),
        };
        if manifest.state != TakeState::Recording {
            self.lock().insert(folder.to_owned(), (stamp, facts));
        }
        Some(facts)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<PathBuf, (String, Facts)>> {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Length of a take; of an open one as far as its first track's headers go.
fn seconds(manifest: &Manifest, folder: &Path) -> Option<f64> {
    let open = || {
        let part = manifest.tracks.first()?.parts.last()?;
        let sound = any::read(&*Disk.open(&folder.join(&part.file)).ok()?).ok()?;
        Some(part.start + sound.frames)
    };
    let frames = manifest.frames.or_else(open)?;
    Some(frames as f64 / f64::from(manifest.sample_rate.max(1)))
}

impl Shelf for TakesForWeb {
    fn takes(&self) -> Result<Vec<TakeLine>, String> {
        let mut seen = BTreeSet::new();
        let mut found = Vec::new();
        for medium in &self.media {
            let new = names(&Disk, &medium.1).into_iter().filter(|name| seen.insert(name.clone()));
            found.extend(new.map(|name| self.found(medium, &name)));
        }
        found.sort_by_key(|found| std::cmp::Reverse((take_number(&found.name), found.name.clone())));
        self.lock().retain(|folder, _| found.iter().any(|found| found.folder == *folder));
        Ok(found.iter().map(|found| self.line(found)).collect())
    }

    fn take(&self, name: &str) -> Option<TakeWhole> {
        let found = self.find(name)?;
        let line = self.line(&found);
        let Ok(manifest) = Manifest::read(&Disk, &found.folder) else {
            return Some(TakeWhole { line, ..TakeWhole::default() });
        };
        let files = Disk.list(&found.folder).unwrap_or_default();
        let at = |frame: u64| frame as f64 / f64::from(manifest.sample_rate.max(1));
        let markers = manifest.markers.iter();
        let gaps = manifest.gaps.iter();
        Some(TakeWhole {
            line,
            tracks: tracks(&manifest, &files),
            markers: markers.map(|m| MarkerLine { at_s: at(m.position), label: m.label.clone() }).collect(),
            gap_list: gaps
                .map(|gap| GapLine {
                    at_s: at(gap.position),
                    length_s: at(gap.frames),
                    cause: gap.cause.clone(),
                })
                .collect(),
            loudness: manifest.loudness.as_ref().map(json),
        })
    }

    fn files(&self, name: &str) -> io::Result<Option<Vec<Part>>> {
        self.find(name).map(|found| give::files(&found.folder)).transpose()
    }

    fn file(&self, name: &str, file: &str) -> io::Result<Option<Opened>> {
        let Some(found) = self.find(name) else { return Ok(None) };
        give::file(&found.folder, file)
    }

    fn overview(&self, name: &str, file: &str, points: usize) -> Result<Option<Vec<[f32; 2]>>, String> {
        let Some(found) = self.find(name) else { return Ok(None) };
        let open = self.facts(&found.folder).is_some_and(|facts| facts.state == TakeState::Recording);
        let opened = give::file(&found.folder, file).map_err(|error| error.to_string())?;
        let Some(opened) = opened else { return Ok(None) };
        self.overviews.of(found.folder.join(file), &opened, points, open).map(Some)
    }
}

/// The files that have sound, part by part.
fn tracks(manifest: &Manifest, files: &[Entry]) -> Vec<TrackLine> {
    let bytes = |name: &str| files.iter().find(|file| file.name == name).map_or(0, |file| file.bytes);
    let parts = manifest.tracks.iter().flat_map(|track| track.parts.iter().map(move |part| (track, part)));
    let line =
        |(track, part): (&crate::record::manifest::TrackEntry, &crate::record::manifest::PartEntry)| {
            TrackLine { file: part.file.clone(), name: track.name.clone(), bytes: bytes(&part.file) }
        };
    parts.map(line).collect()
}

#[cfg(test)]
#[path = "takes_for_web/tests.rs"]
mod tests;
