//! From the configuration to what the writer and the rt thread are told.
//!
//! Runs on: main.
use crate::config::{Config, TakeFormat, TakeLayout};
use crate::hal::linux::unique;
use crate::record::{Format, Layout, RecordSettings, Track};
use crate::rt_io::sched::{Grants, Realtime};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;
use vestry_rt::message::Tap;

/// Configured sizes are decimal, as cards are sold.
pub const MB: u64 = 1_000_000;

/// What the rt thread asks of the system.
pub fn realtime(config: &Config) -> Realtime {
    let wanted = &config.realtime;
    Realtime { core: wanted.core, priority: wanted.priority, lock_memory: wanted.lock_memory }
}

/// What the system granted, by name.
pub fn facts(grants: &Grants) -> BTreeMap<String, String> {
    grants.named().into_iter().map(|(name, grant)| (name.to_owned(), grant.to_string())).collect()
}

/// What the writer of each medium records, and how; `system` is noted in each take. A second medium is one only on a file
/// system of its own: neither that of the first nor the root, which is what is there while the medium is not.
pub fn record(config: &Config, system: &BTreeMap<String, String>) -> Vec<RecordSettings> {
    let session = unique();
    let settings = |(_, dir)| {
        let second = dir != config.recordings_dir;
        let others = [config.recordings_dir.clone(), PathBuf::from("/")];
        let apart_from = if second { others.into() } else { Vec::new() };
        let optional = second && config.second_recordings_optional;
        RecordSettings {
            dir,
            apart_from,
            optional,
            session: session.clone(),
            // The first medium's takes are those that are delivered.
            keep_until_delivered: !second && config.delivery.keeps(),
            ..first(config, system.clone())
        }
    };
    config.media().into_iter().map(settings).collect()
}

fn first(config: &Config, system: BTreeMap<String, String>) -> RecordSettings {
    let recording = &config.recording;
    let track = |(at, lane): (usize, crate::config::Lane)| Track {
        name: lane.name,
        input: at as u32 + 1,
        lane: at,
        tap: Tap::from(lane.tap),
    };
    let off = |value: u32| (value > 0).then_some(u64::from(value));
    RecordSettings {
        dir: config.recordings_dir.clone(),
        sample_rate: config.sample_rate,
        tracks: config.lanes().into_iter().enumerate().map(track).collect(),
        mix: recording.mix.then_some([config.inputs, config.inputs + 1]),
        format: match recording.format {
            TakeFormat::Pcm24 => Format::Pcm24,
            TakeFormat::Float32 => Format::Float32,
        },
        layout: match recording.layout {
            TakeLayout::Mono => Layout::Mono,
            TakeLayout::Polyphonic => Layout::Polyphonic,
        },
        preroll: Duration::from_secs_f64(recording.preroll_s),
        split_after: off(recording.split_minutes).map(|minutes| Duration::from_secs(minutes * 60)),
        split_bytes: off(recording.split_mb).map(|megabytes| megabytes * MB),
        sync_interval: Duration::from_secs_f64(recording.sync_interval_s),
        min_free_bytes: u64::from(recording.min_free_mb) * MB,
        apart_from: Vec::new(),
        optional: false,
        session: String::new(),
        retention: (recording.retention_hours > 0.0)
            .then(|| Duration::from_secs_f64(recording.retention_hours * 3_600.0)),
        keep_until_delivered: false,
        start_at_once: config.record,
        system,
    }
}
