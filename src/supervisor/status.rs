//! What the box looks like at one moment: gathered once, told to the panel and to telemetry.
//!
//! Runs on: supervisor.
use super::media::{Medium, leading, overall, reason};
use super::policy::{Policy, folder};
use super::schedule::Schedule;
use crate::config::{Config, DeviceKind};
use crate::panel::{
    BoxState, Bridge, Check, Loss, Machine, MeterView, PadsView, Storage, TakeView, View, clock, state_word,
};
use crate::record::loudness::LoudnessStatus;
use crate::rt_io::assemble::Remote;
use crate::rt_io::sched::{Grant, Grants};
use crate::telemetry::mqtt::Link;
use crate::telemetry::{
    DeliveryReport, Health, LatencySummary, Losses, PlayerReport, SelfTestReport, Snapshot, SoundcheckReport,
    StateReport, summarise,
};
use std::collections::VecDeque;
use std::sync::LazyLock;
use std::time::Duration;
use vestry_rt::meter::MeterFrame;

/// Stands where there is no medium, which is never.
static NONE: LazyLock<Medium> = LazyLock::new(Medium::default);

/// What the outside knows for everybody.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// Temperature of the processor in degrees Celsius.
    pub cpu_celsius: Option<f32>,
    /// IP address.
    pub address: Option<String>,
    /// How the connection to the broker is; `None` where none is configured.
    pub broker: Option<Link>,
    /// Whether the display answers; `None` where none is configured.
    pub display: Option<bool>,
    /// The code for a new password of the page, while one counts.
    pub web_code: Option<String>,
}

/// Everything that is known at one moment.
pub struct Status<'a> {
    /// As configured.
    pub config: &'a Config,
    /// What rt has counted.
    pub remote: &'a Remote,
    /// Every medium, in their order; there is at least one.
    pub media: Vec<Medium>,
    /// Whether every writer's thread is there.
    pub writers_running: bool,
    /// What the policy remembers.
    pub policy: &'a Policy,
    /// What the system granted.
    pub grants: &'a Grants,
    /// Whether the period loop runs.
    pub rt_running: bool,
    /// What the outside knows.
    pub around: &'a Surroundings,
    /// Loudness; none where nothing measures it.
    pub loudness: Option<LoudnessStatus>,
    /// The player; none where there is none.
    pub player: Option<&'a PlayerReport>,
    /// Delivery; none where there is none.
    pub delivery: Option<&'a DeliveryReport>,
    /// The virtual soundcheck.
    pub soundcheck: SoundcheckReport,
    /// The schedule.
    pub schedule: &'a Schedule,
}

impl Status<'_> {
    /// REC, NOT REC or FAULT.
    pub fn state(&self) -> BoxState {
        let fault = |text: &str| BoxState::Fault(text.to_owned());
        match () {
            () if self.policy.device_gone => fault("sound card is gone"),
            () if !self.rt_running => fault("sound has stopped"),
            () => match overall(&self.media) {
                fault @ BoxState::Fault(_) => fault,
                state => self.policy.channels.fault.clone().map_or(state, BoxState::Fault),
            },
        }
    }

    /// For the panel.
    pub fn view(&self, meters: &MeterFrame, heard: Heard<'_>) -> View {
        let rate = self.config.sample_rate;
        let counters = self.remote.counters;
        let lead = self.lead();
        let take = lead.record.take.as_deref();
        View {
            state: self.state(),
            take: take.map(|path| TakeView { name: folder(path), time: time(lead.record.frames, rate) }),
            storage: self.storage(),
            writer: self.slowest().light,
            writer_medium: self.slowest().called.name.clone(),
            media: self.several().iter().map(Medium::view).collect(),
            meters: self.meters(meters),
            loss: Loss {
                xruns: counters.xruns.get(),
                frames: self.lost_frames(),
                blocks: self.dropped_blocks(),
            },
            monitor_muted: self.policy.desk.monitor_muted(),
            realtime: self.grants.named().map(|(name, grant)| check(name, grant)).into(),
            latency: self.latency().map(|summary| summary.to_string()),
            takes: self.policy.writings.takes.names().rev().map(str::to_owned).collect(),
            messages: heard.messages,
            page: self.policy.page,
            spectrum: heard.spectrum.0.to_vec(),
            spectrum_top_hz: heard.spectrum.1,
            locked: self.policy.locked,
            faults: heard.faults.iter().cloned().collect(),
            troubles: self.troubles(),
            self_test: heard.self_test,
            machine: self.machine(),
            pads: self.pads(),
            next: self.schedule.next().map(str::to_owned),
            web_code: self.around.web_code.clone(),
        }
    }

    fn pads(&self) -> Option<PadsView> {
        let pads = &self.policy.pads;
        Some(super::pads_view::view(pads.bank()?, pads.selected(), self.player?))
    }

    /// What is wrong with inputs and the schedule now.
    fn troubles(&self) -> Vec<String> {
        let ill = super::exam::ill(self.policy.desk.names().map(str::to_owned), &self.policy.inputs);
        let fault = self.schedule.report().fault.as_ref().map(|fault| format!("schedule: {fault}"));
        ill.chain(fault).collect()
    }

    /// How long the room on the medium lasts; none while that is not known.
    pub fn free_time(&self) -> Option<Duration> {
        self.storage().map(|room| room.free_time)
    }

    /// For telemetry.
    pub fn snapshot(&self) -> Snapshot {
        let counters = self.remote.counters;
        let state = self.state();
        let (lead, never_came) = (self.lead(), counters.lost_frames.get());
        Snapshot {
            state: state_word(&state).into(),
            reason: reason(&state),
            take: lead.take(),
            position: counters.position.get(),
            periods: counters.periods.get(),
            lost: self.losses(),
            pool_free: lead.pool_free,
            free_bytes: lead.record.free_bytes,
            sync_ms: [lead.record.last_sync_ms, lead.record.worst_sync_ms],
            writer: lead.writer_report(),
            media: self.media.iter().map(|medium| medium.report(never_came)).collect(),
            realtime: super::settings::facts(self.grants),
            latency: self.latency(),
        }
    }

    /// The retained state.
    pub fn state_report(&self, bridge: &Bridge) -> StateReport {
        let (state, desk) = (self.state(), &self.policy.desk);
        StateReport {
            state: state_word(&state).into(),
            recording: self.policy.recording,
            reason: reason(&state),
            take: self.lead().record.take.as_deref().map(folder),
            writer: self.slowest().light.pace.word().into(),
            selected: desk.selected() + 1,
            monitor_mute: desk.monitor_muted(),
            locked: self.policy.locked,
            page: self.policy.page.name().into(),
            latency_monitor: desk.latency_monitor(),
            inputs: desk.input_reports(|input| bridge.reading(input).clipped),
            outputs: desk.output_reports(),
            sends: desk.send_reports(),
            mix: desk.mix_report(),
            solo_mode: desk.solo_mode(),
            routes: desk.route_reports(),
            scenes: self.policy.scenes.names().map(str::to_owned).collect(),
            scene: self.policy.scenes.recalled().map(str::to_owned),
            generator: desk.generator().clone(),
            click: desk.click().clone(),
            player: self.player.cloned(),
            soundcheck: self.soundcheck.clone(),
            schedule: self.schedule.report().clone(),
            delivery: self.delivery.cloned(),
        }
    }

    /// The state with the machine and the last self-test, `uptime` after the start.
    pub fn health(&self, uptime: Duration, self_test: &SelfTestReport) -> Health {
        let link = self.around.broker.clone().unwrap_or_default();
        Health {
            snapshot: self.snapshot(),
            uptime_s: uptime.as_secs(),
            take_s: time(self.lead().record.frames, self.config.sample_rate).as_secs_f64(),
            free_hours: self.free_time().map(|time| time.as_secs_f64() / 3_600.0),
            cpu_celsius: self.around.cpu_celsius,
            worst_period_us: self.worst_period_us(),
            address: self.around.address.clone(),
            display: self.around.display,
            channels: super::order::report(&self.policy.channels),
            inputs: self.policy.inputs.iter().map(|health| health.word().into()).collect(),
            self_test: self_test.clone(),
            loudness: self.loudness.as_ref().map(super::loudness::report),
            refused: link.refused,
            events_dropped: link.events_dropped,
            version: env!("CARGO_PKG_VERSION").into(),
        }
    }

    /// One line for the service manager.
    pub fn line(&self) -> String {
        let state = self.state();
        let reason = reason(&state).map_or_else(String::new, |reason| format!(" ({reason})"));
        let record = &self.lead().record;
        let take = record.take.as_deref().map_or_else(String::new, |path| {
            format!(" {} {}", folder(path), clock(time(record.frames, self.config.sample_rate)))
        });
        let media: String = self.several().iter().map(|medium| format!(", {medium}")).collect();
        format!("{}{reason}{take}, {} frames lost{media}", state_word(&state), self.lost_frames())
    }

    fn machine(&self) -> Machine {
        Machine {
            cpu_celsius: self.around.cpu_celsius,
            address: self.around.address.clone(),
            worst_period_us: self.worst_period_us(),
            period_us: super::console::shape(self.config).period_ns as f32 / 1_000.0,
            card: match self.config.device.kind {
                DeviceKind::Alsa => {
                    self.config.device.capture.as_ref().map_or_else(String::new, ToString::to_string)
                }
                DeviceKind::Offline => "offline".into(),
            },
            broker: self.around.broker.as_ref().map(|link| link.connected),
        }
    }

    /// The medium whose writer is furthest behind.
    fn slowest(&self) -> &Medium {
        self.media.iter().max_by_key(|medium| medium.light).unwrap_or(&NONE)
    }

    fn worst_period_us(&self) -> Option<f32> {
        let worst = self.remote.counters.worst_period_ns.get();
        (worst > 0).then_some(worst as f32 / 1_000.0)
    }

    fn losses(&self) -> Losses {
        let counters = self.remote.counters;
        Losses {
            xruns: counters.xruns.get(),
            frames: self.lost_frames(),
            blocks: self.dropped_blocks(),
            device_losses: counters.device_losses.get(),
            silenced_samples: counters.silenced_samples.get(),
            refused_commands: counters.refused_commands.get(),
            events: counters.lost_events.get(),
        }
    }

    /// Frames that rt could not capture, and those that even the best medium has not.
    fn lost_frames(&self) -> u64 {
        let least = self.media.iter().map(Medium::lost_frames).min().unwrap_or(0);
        self.remote.counters.lost_frames.get() + least
    }

    fn dropped_blocks(&self) -> u64 {
        self.media.iter().map(|medium| medium.dropped_blocks).sum()
    }

    fn storage(&self) -> Option<Storage> {
        self.lead().storage()
    }

    /// The medium that stands for all where there is room for one.
    pub fn lead(&self) -> &Medium {
        leading(&self.media).unwrap_or(&NONE)
    }

    /// Every medium where there are several.
    fn several(&self) -> &[Medium] {
        if self.media.len() > 1 { &self.media } else { &[] }
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

/// What the recorder heard beside the counters.
pub struct Heard<'a> {
    /// The last lines of the log.
    pub messages: Vec<String>,
    /// Levels of the spectrum's bands, while they are looked at, and the frequency of their upper end in Hz.
    pub spectrum: (&'a [f32], f32),
    /// What went wrong, newest first.
    pub faults: &'a VecDeque<String>,
    /// What the last self-test found.
    pub self_test: Vec<Check>,
}

fn check(name: &str, grant: &Grant) -> Check {
    Check { text: format!("{name}: {grant}"), good: !matches!(grant, Grant::Refused(_)) }
}

fn time(frames: u64, rate: u32) -> Duration {
    Duration::from_secs_f64(frames as f64 / f64::from(rate.max(1)))
}
