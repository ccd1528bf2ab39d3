//! A manifest from nothing but wave headers.
//!
//! Runs on: repair.
use super::file::judge;
use super::plan::Plan;
use crate::record::clock::WallTime;
use crate::record::error::RecordError;
use crate::record::manifest::{Channel, Manifest, PartEntry, TakeState, TapName, TrackEntry};
use crate::record::naming::{split_part, take_number};
use crate::record::settings::{Layout, MAX_LANES};
use crate::record::storage::Storage;
use crate::record::wave::MAX_RATE;
use std::collections::BTreeMap;
use std::path::Path;

/// Rebuilds the manifest of the take in `folder`; none where no wave file tells what is in it.
pub fn rebuild(
    storage: &dyn Storage,
    folder: &Path,
    files: &[String],
) -> Result<Option<Manifest>, RecordError> {
    let mut manifest: Option<Manifest> = None;
    for file in files {
        let Some((stem, 1)) = split_part(file) else { continue };
        let Some(plan) = judge(storage, &folder.join(file), None)?.filter(ours) else { continue };
        let track = track(file, stem, &plan);
        match &mut manifest {
            Some(manifest) => manifest.tracks.push(track),
            None => manifest = Some(first(folder, &plan, track)),
        }
    }
    Ok(manifest)
}

/// Whether a take of ours can have such a file; another is left alone.
fn ours(plan: &Plan) -> bool {
    usize::from(plan.spec.channels) <= MAX_LANES && plan.spec.sample_rate <= MAX_RATE
}

fn first(folder: &Path, plan: &Plan, track: TrackEntry) -> Manifest {
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let bext = plan.info.as_ref().and_then(|info| info.bext.clone()).unwrap_or_default();
    let layout = if track.stem == "Take" { Layout::Polyphonic } else { Layout::Mono };
    Manifest {
        vestry_take: 1,
        state: TakeState::Recording,
        number: take_number(&name).unwrap_or(0),
        name,
        session: String::new(),
        continues: None,
        copied_from: None,
        started: WallTime::from_parts(&bext.date, &bext.time).map(|time| time.text()).unwrap_or_default(),
        clock: None,
        timing: None,
        sample_rate: plan.spec.sample_rate,
        format: plan.spec.format,
        layout,
        time_reference: bext.time_reference,
        start_frame: 0,
        frames: None,
        closed: None,
        tracks: vec![track],
        gaps: Vec::new(),
        slow_syncs: Vec::new(),
        markers: Vec::new(),
        loudness: None,
        system: BTreeMap::new(),
        repairs: Vec::new(),
    }
}

/// A track as far as its file name tells: `03_Name` is input 3.
fn track(file: &str, stem: &str, plan: &Plan) -> TrackEntry {
    let (input, name) = match stem.split_once('_') {
        Some((number, name)) if !number.is_empty() => match number.parse().ok() {
            Some(input) => (Some(input), name),
            None => (None, stem),
        },
        _ => (None, stem),
    };
    let tap = if stem == "Mix" { TapName::Mix } else { TapName::Pre };
    let count = usize::from(plan.spec.channels);
    let channel = |place: usize| Channel {
        name: if count == 1 { name.into() } else { format!("{name} {}", place + 1) },
        input: if count == 1 { input } else { None },
        tap,
    };
    TrackEntry {
        name: name.into(),
        stem: stem.into(),
        channels: (0..count).map(channel).collect(),
        parts: vec![PartEntry { file: file.into(), start: 0, frames: None, crc32: None }],
    }
}
