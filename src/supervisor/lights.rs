//! The lights of all writers, moved by what the writers say of themselves.
//!
//! Runs on: supervisor.
use super::pace::{Lag, Pacer};
use crate::config::Config;
use crate::panel::WriterView;
use crate::record::{Phase, RecordStatus};
use std::time::Duration;

/// One light a medium, in their order.
pub struct Lights {
    lights: Vec<(Pacer, WriterView)>,
    rate: u64,
}

impl Lights {
    /// All green.
    pub fn new(config: &Config) -> Self {
        let pool = Duration::from_secs(u64::from(config.record_pool_seconds));
        let pacer = Pacer::new(pool, Duration::from_secs_f64(config.recording.sync_interval_s));
        let light = WriterView { pool, ..WriterView::default() };
        Self {
            lights: vec![(pacer, light); config.media().len()],
            rate: u64::from(config.sample_rate.max(1)),
        }
    }

    /// Moves them when sound has come to absolute frame `position`; `now` never goes back. Those that changed colour.
    pub fn step(
        &mut self,
        status: &[RecordStatus],
        position: u64,
        now: Duration,
    ) -> Vec<(usize, WriterView)> {
        let mut changed = Vec::new();
        for (medium, ((pacer, light), record)) in self.lights.iter_mut().zip(status).enumerate() {
            let lag = lag(record, position, self.rate);
            let pace = pacer.step(lag, now);
            let before = std::mem::replace(light, WriterView { pace, buffered: lag.buffered, ..*light });
            if before.pace != pace {
                changed.push((medium, *light));
            }
        }
        changed
    }

    /// What they show.
    pub fn shown(&self) -> impl Iterator<Item = WriterView> {
        self.lights.iter().map(|(_, light)| *light)
    }
}

/// How far a writer is behind the sound; a status that it cannot bring up to date, since it waits for its medium, says
/// just that.
fn lag(record: &RecordStatus, position: u64, rate: u64) -> Lag {
    let recording = matches!(record.phase, Phase::Recording | Phase::Fault);
    let waiting = position.saturating_sub(record.position);
    Lag {
        recording,
        buffered: Duration::from_millis(if recording { waiting * 1_000 / rate } else { 0 }),
        syncs: record.sync_times.total.count,
        last_sync: Duration::from_millis(record.last_sync_ms),
    }
}
