//! What the box looks like at one moment: gathered once, told to the panel and to telemetry.
//!
//! Runs on: supervisor.
use super::policy::{Policy, folder};
use crate::config::Config;
use crate::panel::{BoxState, Check, Loss, MeterView, Storage, TakeView, View, state_word};
use crate::record::{Phase, RecordStatus};
use crate::rt_io::assemble::Remote;
use crate::rt_io::sched::{Grant, Grants};
use crate::telemetry::{LatencySummary, Losses, Snapshot, TakeReport, summarise};
use std::time::Duration;
use vestry_rt::meter::MeterFrame;

/// Everything that is known at one moment.
pub struct Status<'a> {
    /// As configured.
    pub config: &'a Config,
    /// What rt has counted.
    pub remote: &'a Remote,
    /// What the writer says.
    pub record: RecordStatus,
    /// What the policy remembers.
    pub policy: &'a Policy,
    /// What the system granted.
    pub grants: &'a Grants,
    /// Whether the period loop runs.
    pub rt_running: bool,
}

impl Status<'_> {
    /// REC, NOT REC or FAULT.
    pub fn state(&self) -> BoxState {
        let fault = |text: &str| BoxState::Fault(text.to_owned());
        match self.record.phase {
            _ if self.policy.device_gone => fault("sound card is gone"),
            _ if !self.rt_running => fault("sound has stopped"),
            Phase::Ended => fault("the writer has stopped"),
            Phase::Fault => fault(self.record.fault.as_deref().unwrap_or("cannot record")),
            _ if self.remote.counters.free_blocks.get() == 0 => fault("medium too slow: sound is being lost"),
            Phase::Recording => BoxState::Recording,
            Phase::Idle | Phase::Repairing => BoxState::Idle,
        }
    }

    /// For the panel.
    pub fn view(&self, meters: &MeterFrame, messages: Vec<String>) -> View {
        let rate = self.config.sample_rate;
        let counters = self.remote.counters;
        let take = self.record.take.as_deref();
        View {
            state: self.state(),
            take: take.map(|path| TakeView { name: folder(path), time: time(self.record.frames, rate) }),
            storage: (self.record.free_bytes > 0).then(|| self.storage()),
            meters: self.meters(meters),
            loss: Loss {
                xruns: counters.xruns.get(),
                frames: self.lost_frames(),
                blocks: counters.dropped_blocks.get(),
            },
            monitor_muted: self.policy.desk.monitor_muted(),
            realtime: self.grants.named().map(|(name, grant)| check(name, grant)).into(),
            latency: self.latency().map(|summary| summary.to_string()),
            takes: self.policy.takes.iter().rev().cloned().collect(),
            messages,
            page: self.policy.page,
            locked: self.policy.locked,
            ..View::default()
        }
    }

    /// For telemetry.
    pub fn snapshot(&self) -> Snapshot {
        let counters = self.remote.counters;
        let state = self.state();
        let reason = if let BoxState::Fault(reason) = &state { Some(reason.clone()) } else { None };
        let take = self.record.take.as_deref().map(|path| TakeReport {
            name: folder(path),
            frames: self.record.frames,
            gaps: self.record.gaps,
        });
        Snapshot {
            state: state_word(&state).into(),
            reason,
            take,
            position: counters.position.get(),
            periods: counters.periods.get(),
            lost: self.losses(),
            pool_free: [counters.free_blocks.get(), counters.free_blocks_low.get()],
            free_bytes: self.record.free_bytes,
            sync_ms: [self.record.last_sync_ms, self.record.worst_sync_ms],
            realtime: super::settings::facts(self.grants),
            latency: self.latency(),
        }
    }

    fn losses(&self) -> Losses {
        let counters = self.remote.counters;
        Losses {
            xruns: counters.xruns.get(),
            frames: self.lost_frames(),
            blocks: counters.dropped_blocks.get(),
            device_losses: counters.device_losses.get(),
            refused_commands: counters.refused_commands.get(),
            events: counters.lost_events.get(),
        }
    }

    /// Frames that rt could not capture or hand over, and those that the writer could not write.
    fn lost_frames(&self) -> u64 {
        self.remote.counters.lost_frames.get() + self.record.frames_unwritten
    }

    fn storage(&self) -> Storage {
        let seconds = self.record.free_bytes / self.record.bytes_per_second.max(1);
        Storage { free_bytes: self.record.free_bytes, free_time: Duration::from_secs(seconds) }
    }

    fn meters(&self, meters: &MeterFrame) -> Vec<MeterView> {
        let lanes = self.config.lanes().into_iter().zip(meters.pre).enumerate();
        let meter =
            |(at, (lane, reading)): (usize, (crate::config::Lane, vestry_rt::meter::Reading))| MeterView {
                name: lane.name,
                peak: reading.peak,
                rms: reading.power.sqrt(),
                muted: self.policy.desk.muted(at),
                selected: at == self.policy.desk.selected(),
            };
        lanes.map(meter).collect()
    }

    fn latency(&self) -> Option<LatencySummary> {
        let period_ns = super::console::shape(self.config).period_ns;
        let late = self.remote.counters.late_periods.get();
        summarise(self.remote.latency.durations_ns(), period_ns, late)
    }
}

fn check(name: &str, grant: &Grant) -> Check {
    Check { text: format!("{name}: {grant}"), good: !matches!(grant, Grant::Refused(_)) }
}

fn time(frames: u64, rate: u32) -> Duration {
    Duration::from_secs_f64(frames as f64 / f64::from(rate.max(1)))
}
