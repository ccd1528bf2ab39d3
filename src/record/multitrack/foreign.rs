//! What another recorder left: mono files, one a track, or files of several channels.
//!
//! Files of one channel are tracks; the numbers in their names say of which input. Files of several channels lie beside one another,
//! channel after channel, unless they are the parts of one long recording: those of one number of channels that are called by 8
//! hexadecimal digits alone (as X-Live cards do), that would have more channels together than there are strips, or each of which
//! begins by its TimeReference where the one before ends.
//!
//! Runs on: soundcheck.
use super::super::naming::split_part;
use super::super::storage::{Entry, Storage};
use super::super::wave::any::AnySound;
use super::number::{by_name, inputs};
use super::{Multitrack, OpenError, Track, TrackFile, nothing, sound};
use std::path::Path;
use vestry_rt::MAX_INPUTS;

/// Most files that are looked at.
const MOST_FILES: usize = 1_024;
/// TimeReference counts from midnight: what lies further apart, in seconds, was not recorded together.
const FARTHEST_S: u64 = 24 * 60 * 60;

/// A file with sound.
struct Heard {
    name: String,
    sound: AnySound,
}

impl Heard {
    fn stem(&self) -> &str {
        self.name.rsplit_once('.').map_or(&*self.name, |(stem, _)| stem)
    }

    fn end(&self) -> Option<u64> {
        self.sound.time_reference?.checked_add(self.sound.frames)
    }
}

/// Files that follow one another as one.
type Line = Vec<Heard>;

/// Opens a folder without a `take.json`.
///
/// # Errors
/// None of its files has sound, or they do not go together.
pub(super) fn open(storage: &dyn Storage, folder: &Path, entries: &[Entry]) -> Result<Multitrack, OpenError> {
    let mut read = Multitrack::default();
    let heard = files(storage, folder, entries, &mut read.notes);
    let Some(first) = heard.first() else { return Err(nothing(folder, &read.notes)) };
    read.rate = first.sound.sample_rate;
    if let Some(other) = heard.iter().find(|file| file.sound.sample_rate != read.rate) {
        let (file, has) = (other.name.clone(), other.sound.sample_rate);
        return Err(OpenError::Rates { file, has, first: first.name.clone(), rate: read.rate });
    }
    let origin = origin(&heard, &mut read.notes);
    let (mono, poly): (Vec<_>, Vec<_>) = heard.into_iter().partition(|file| file.sound.channels == 1);
    let (mono, poly) = (split_lines(mono), poly_lines(poly));
    name_mono(&mono, &mut read);
    let alone = mono.is_empty();
    for line in mono.into_iter().zip(0..) {
        lay(folder, line, origin, &mut read);
    }
    for line in poly {
        let first = read.tracks.len();
        name_poly(&line, alone, &mut read);
        lay(folder, (line, first), origin, &mut read);
    }
    read.frames = read.files.iter().map(|file| file.at.saturating_add(file.frames)).max().unwrap_or(0);
    Ok(read)
}

/// The folder's files that have sound, as people sort them.
fn files(storage: &dyn Storage, folder: &Path, entries: &[Entry], notes: &mut Vec<String>) -> Vec<Heard> {
    let is_wave = |name: &str| {
        let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
        matches!(ending.as_deref(), Some("wav" | "wave" | "bwf" | "rf64" | "bw64")) && !name.starts_with('.')
    };
    let files = entries.iter().filter(|entry| !entry.is_dir && is_wave(&entry.name));
    let mut names: Vec<&str> = files.map(|entry| entry.name.as_str()).collect();
    names.sort_by(|a, b| by_name(a, b));
    if names.len() > MOST_FILES {
        notes.push(format!("{} files: those after the first {MOST_FILES} are not played", names.len()));
        names.truncate(MOST_FILES);
    }
    let heard = names.into_iter().filter_map(|name| {
        Some(Heard { sound: sound(storage, (folder, entries), name, notes)?, name: name.to_owned() })
    });
    heard.collect()
}

/// The TimeReference of the first frame of all, where every file has one and they are not the same.
fn origin(heard: &[Heard], notes: &mut Vec<String>) -> Option<u64> {
    let times: Option<Vec<u64>> = heard.iter().map(|file| file.sound.time_reference).collect();
    let times = times?;
    let (first, last) = (times.iter().min().copied()?, times.iter().max().copied()?);
    if first == last {
        return None;
    }
    let rate = u64::from(heard.first()?.sound.sample_rate);
    if last - first > FARTHEST_S * rate {
        notes.push("the files' TimeReferences lie more than a day apart: all begin together".into());
        return None;
    }
    notes.push("the files begin where their TimeReference says".into());
    Some(first)
}

/// Mono files, of which some may be parts of a track as we split them.
fn split_lines(files: Vec<Heard>) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for file in files {
        let stem = split_part(&file.name).filter(|(_, part)| *part > 1).map(|(stem, _)| stem.to_owned());
        let before = lines.iter_mut().find(|line| {
            line.first().is_some_and(|first| stem.as_ref().is_some_and(|stem| first.stem() == stem))
        });
        match before {
            Some(line) => line.push(file),
            None => lines.push(vec![file]),
        }
    }
    lines
}

/// Files of several channels: side by side, or as one.
fn poly_lines(files: Vec<Heard>) -> Vec<Line> {
    let channels: usize = files.iter().map(|file| usize::from(file.sound.channels)).sum();
    let alike = files.windows(2).all(|pair| matches!(pair, [a, b] if a.sound.channels == b.sound.channels));
    let counted = files
        .iter()
        .all(|file| file.stem().len() == 8 && file.stem().bytes().all(|digit| digit.is_ascii_hexdigit()));
    let close = |pair: &[Heard]| match pair {
        [a, b] => a.end().is_some() && a.end() == b.sound.time_reference,
        _ => false,
    };
    let parts = counted || channels > MAX_INPUTS || files.windows(2).all(close);
    if files.len() > 1 && alike && parts {
        return vec![files];
    }
    files.into_iter().map(|file| vec![file]).collect()
}

fn name_mono(lines: &[Line], read: &mut Multitrack) {
    let stems: Vec<&str> = lines.iter().filter_map(|line| line.first()).map(Heard::stem).collect();
    let named = stems.iter().zip(inputs(&stems));
    read.tracks.extend(named.map(|(stem, input)| Track { name: (*stem).to_owned(), input: Some(input) }));
}

/// Channels beside files of one channel are of no input: nothing tells which.
fn name_poly(line: &Line, alone: bool, read: &mut Multitrack) {
    let Some(file) = line.first() else { return };
    for channel in 0..usize::from(file.sound.channels) {
        let told = file.sound.names.get(channel).filter(|name| !name.is_empty());
        let name = told.cloned().unwrap_or_else(|| format!("{} {}", file.stem(), channel + 1));
        let input = alone.then_some(read.tracks.len() + 1);
        read.tracks.push(Track { name, input });
    }
}

/// Puts the files of a line in their place, its first channel being track `first`.
fn lay(folder: &Path, (line, first): (Line, usize), origin: Option<u64>, read: &mut Multitrack) {
    let mut end = 0;
    for Heard { name, sound } in line {
        let timed = origin.zip(sound.time_reference).map(|(origin, time)| time - origin);
        let at = timed.unwrap_or(end);
        end = at.saturating_add(sound.frames);
        read.files.push(TrackFile {
            path: folder.join(name),
            coding: sound.coding,
            start: sound.start,
            frames: sound.frames,
            at,
            tracks: (first..first + usize::from(sound.channels)).map(Some).collect(),
        });
    }
}
