//! How a take begins: what its manifest says before there is sound.
//!
//! Runs on: writer.
use super::clock::WallTime;
use super::manifest::{Manifest, TakeState, TrackEntry};
use super::settings::{FilePlan, RecordSettings};
use super::stamp::ClockEntry;
use super::timing::Timing;
use std::path::Path;

/// Where and when a take begins.
#[derive(Clone, Debug)]
pub struct Start {
    /// Absolute position of the first frame.
    pub frame: u64,
    /// Local time of the first frame.
    pub time: WallTime,
    /// What is known of the clock, where that is anything.
    pub clock: Option<ClockEntry>,
    /// Which frame was captured when, where that is known.
    pub timing: Option<Timing>,
    /// Size over which a file becomes `RF64`.
    pub riff_limit: u64,
    /// Name of the take that this one goes on with after a fault of the medium.
    pub continues: Option<String>,
}

/// The manifest of the take `number` that begins in `folder`.
pub(super) fn manifest(settings: &RecordSettings, start: &Start, folder: &Path, number: u64) -> Manifest {
    let plans = settings.files();
    let entry = |plan: FilePlan| TrackEntry {
        name: plan.name,
        stem: plan.stem,
        channels: plan.channels,
        parts: Vec::new(),
    };
    Manifest {
        vestry_take: 1,
        state: TakeState::Recording,
        name: folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
        number,
        session: settings.session.clone(),
        continues: start.continues.clone(),
        copied_from: None,
        started: start.time.text(),
        clock: start.clock.clone(),
        timing: start.timing.clone(),
        sample_rate: settings.sample_rate,
        format: settings.format,
        layout: settings.layout,
        time_reference: start.time.frames_since_midnight(settings.sample_rate),
        start_frame: start.frame,
        frames: None,
        closed: None,
        tracks: plans.into_iter().map(entry).collect(),
        gaps: Vec::new(),
        slow_syncs: Vec::new(),
        markers: Vec::new(),
        loudness: None,
        system: settings.system.clone(),
        repairs: Vec::new(),
    }
}
