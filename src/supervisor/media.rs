//! Each medium at one moment, what is wrong with it, and what that makes of the box. Pure.
//!
//! Runs on: supervisor.
use super::policy::folder;
use crate::panel::{BoxState, MediumView, Storage, WriterView, state_word};
use crate::record::{Phase, RecordStatus, SyncFigures};
use crate::telemetry::{MediumReport, SyncReport, TakeReport, WriterReport};
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;
use vestry_rt::counters::MediumCounters;

/// A medium's folder and what people call it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MediumName {
    /// As configured, such as "SD card".
    pub name: String,
    /// The recordings folder.
    pub dir: PathBuf,
}

/// All that is known of one medium.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Medium {
    /// What it is called, and where it is.
    pub called: MediumName,
    /// What its writer says.
    pub record: RecordStatus,
    /// Its writer's light.
    pub light: WriterView,
    /// Blocks free in its pool now, and the fewest there ever were.
    pub pool_free: [u64; 2],
    /// Blocks that its pool had no room for.
    pub dropped_blocks: u64,
    /// The frames in them.
    pub dropped_frames: u64,
}

impl Medium {
    /// What the writer says, what rt counted for it, and its light.
    pub fn new(
        called: MediumName,
        record: RecordStatus,
        counters: &MediumCounters,
        light: WriterView,
    ) -> Self {
        Self {
            called,
            record,
            light,
            pool_free: [counters.free_blocks.get(), counters.free_blocks_low.get()],
            dropped_blocks: counters.dropped_blocks.get(),
            dropped_frames: counters.dropped_frames.get(),
        }
    }

    /// REC, NOT REC or FAULT, of this medium alone.
    pub fn state(&self) -> BoxState {
        let fault = |text: &str| BoxState::Fault(text.to_owned());
        match (self.record.phase, self.record.fault.as_deref()) {
            (Phase::Ended, _) => fault("the writer has stopped"),
            (Phase::Fault, reason) => fault(reason.unwrap_or("cannot record")),
            _ if self.pool_free[0] == 0 => fault("medium too slow: sound is being lost"),
            (Phase::Idle | Phase::Starting, Some(reason)) => fault(reason),
            (Phase::Recording, _) => BoxState::Recording,
            (Phase::Idle | Phase::Starting, None) => BoxState::Idle,
        }
    }

    /// Frames that were captured and are not on this medium.
    pub fn lost_frames(&self) -> u64 {
        self.dropped_frames + self.record.frames_unwritten
    }

    /// Room on it, once known.
    pub fn storage(&self) -> Option<Storage> {
        let free_time = Duration::from_secs(self.record.seconds_left()?);
        Some(Storage { free_bytes: self.record.free_bytes, free_time })
    }

    /// For the panel.
    pub fn view(&self) -> MediumView {
        MediumView { name: self.called.name.clone(), state: self.state(), storage: self.storage() }
    }

    /// For telemetry; `never_came` are the frames that no medium can have.
    pub fn report(&self, never_came: u64) -> MediumReport {
        let state = self.state();
        MediumReport {
            name: self.called.name.clone(),
            dir: self.called.dir.display().to_string(),
            state: state_word(&state).into(),
            reason: reason(&state),
            take: self.take(),
            frames_lost: never_came + self.lost_frames(),
            pool_free: self.pool_free,
            free_bytes: self.record.free_bytes,
            free_hours: self.storage().map(|room| room.free_time.as_secs_f64() / 3_600.0),
            writer: self.writer_report(),
            sync_ms: [self.record.last_sync_ms, self.record.worst_sync_ms],
        }
    }

    /// How the writer does, for telemetry.
    pub fn writer_report(&self) -> WriterReport {
        let WriterView { pace, buffered, pool } = self.light;
        let times = self.record.sync_times;
        WriterReport {
            light: pace.word().into(),
            buffered_s: (buffered.as_secs_f64() * 10.0).round() / 10.0,
            pool_s: pool.as_secs_f64(),
            sync_recent: syncs(times.recent),
            sync_total: syncs(times.total),
        }
    }

    /// The take at hand, or the last one.
    pub fn take(&self) -> Option<TakeReport> {
        let take = self.record.take.as_deref()?;
        Some(TakeReport { name: folder(take), frames: self.record.frames, gaps: self.record.gaps })
    }
}

impl fmt::Display for Medium {
    /// In the line for the service manager.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hours = self.storage().map_or(0.0, |room| room.free_time.as_secs_f64() / 3_600.0);
        write!(
            out,
            "{}: {}, {hours:.1} h free, {} frames lost",
            self.called.name,
            state_word(&self.state()),
            self.lost_frames()
        )
    }
}

fn syncs(SyncFigures { count, p50_ms, p95_ms, p99_ms, max_ms }: SyncFigures) -> SyncReport {
    SyncReport { count, p50_ms, p95_ms, p99_ms, max_ms }
}

/// What a FAULT is about.
pub fn reason(state: &BoxState) -> Option<String> {
    if let BoxState::Fault(reason) = state { Some(reason.clone()) } else { None }
}

/// The medium that stands for all where there is room for one: the first that records, or the first.
pub fn leading(media: &[Medium]) -> Option<&Medium> {
    media.iter().find(|medium| medium.state() == BoxState::Recording).or(media.first())
}

/// The box as its media make it. With several, FAULT names those that failed first and then says what the others do: a
/// medium that fails has to be seen to, though nothing is lost meanwhile.
pub fn overall(media: &[Medium]) -> BoxState {
    if let [only] = media {
        return only.state();
    }
    let states: Vec<_> = media.iter().map(|medium| (medium.called.name.as_str(), medium.state())).collect();
    let named = |wanted: &dyn Fn(&BoxState) -> bool| {
        let names = states.iter().filter(|(_, state)| wanted(state)).map(|(name, _)| *name);
        names.collect::<Vec<_>>().join(" and ")
    };
    let reasons: Vec<_> = states.iter().filter_map(|(_, state)| reason(state)).collect();
    if reasons.is_empty() {
        let recording = states.iter().any(|(_, state)| *state == BoxState::Recording);
        return if recording { BoxState::Recording } else { BoxState::Idle };
    }
    let failed = named(&|state| matches!(state, BoxState::Fault(_)));
    let records = named(&|state| *state == BoxState::Recording);
    let ready = named(&|state| *state == BoxState::Idle);
    let mut text = format!("{failed} failed");
    if !records.is_empty() {
        text.push_str(&format!(", {records} records"));
    }
    if !ready.is_empty() {
        text.push_str(&format!(", {ready} is ready"));
    }
    BoxState::Fault(format!("{text}: {}", reasons.join("; ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn medium(name: &str, phase: Phase, fault: Option<&str>) -> Medium {
        let record = RecordStatus { phase, fault: fault.map(Into::into), ..RecordStatus::default() };
        let called = MediumName { name: name.into(), dir: name.into() };
        Medium { called, record, pool_free: [5, 5], ..Medium::default() }
    }

    fn said(phases: [(Phase, Option<&str>); 2]) -> BoxState {
        let [card, stick] = phases;
        overall(&[medium("SD card", card.0, card.1), medium("USB stick", stick.0, stick.1)])
    }

    #[test]
    fn a_fault_says_what_failed_and_what_the_other_medium_does() {
        let fault = |text: &str| BoxState::Fault(text.into());
        let (rec, idle, bad) = ((Phase::Recording, None), (Phase::Idle, None), (Phase::Fault, Some("write")));
        assert_eq!(said([rec, rec]), BoxState::Recording);
        assert_eq!(said([idle, idle]), BoxState::Idle);
        assert_eq!(said([bad, rec]), fault("SD card failed, USB stick records: write"));
        assert_eq!(said([rec, (Phase::Idle, Some("out"))]), fault("USB stick failed, SD card records: out"));
        assert_eq!(
            said([idle, (Phase::Idle, Some("out"))]),
            fault("USB stick failed, SD card is ready: out")
        );
        assert_eq!(said([bad, bad]), fault("SD card and USB stick failed: write; write"));
        assert_eq!(overall(&[medium("SD card", Phase::Fault, Some("write"))]), fault("write"));
    }

    #[test]
    fn free_hours_count_down_to_the_reserve_and_a_full_medium_has_none() {
        let hours = |free_bytes, measured| {
            let mut medium = medium("a", Phase::Recording, None);
            medium.record = RecordStatus { free_bytes, measured, ..medium.record };
            (medium.record.reserve_bytes, medium.record.bytes_per_second) = (64_000_000, 10_000);
            medium.report(0).free_hours
        };
        assert_eq!(hours(100_000_000, true), Some(1.0));
        assert_eq!((hours(64_000_000, true), hours(0, true)), (Some(0.0), Some(0.0)));
        assert_eq!(hours(0, false), None, "not looked at yet");
    }

    #[test]
    fn the_medium_that_records_stands_for_all() {
        let media = [medium("a", Phase::Fault, Some("x")), medium("b", Phase::Recording, None)];
        assert_eq!(leading(&media).map(|medium| medium.called.name.as_str()), Some("b"));
        let slow = Medium { pool_free: [0, 0], ..medium("a", Phase::Recording, None) };
        assert_eq!(slow.state(), BoxState::Fault("medium too slow: sound is being lost".into()));
    }
}
