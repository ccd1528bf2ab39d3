//! Loudness by EBU R 128: what measures it, and what of it is told.
//!
//! Runs on: main (`pool`, `open`), supervisor.
use crate::config::{Config, DeviceKind};
use crate::record::loudness::{Each, Heard, Loudness, LoudnessMonitor, LoudnessSettings, LoudnessStatus};
use crate::rt_io::pool::PoolSize;
use crate::rt_io::sched;
use crate::telemetry::{LiveLoudness, LiveReport, LoudnessReport, ProgrammeLoudness};
use std::time::Duration;
use vestry_rt::block::BlockSink;

/// Sound that is held back beside the pre-roll: so far may a medium be behind at a take's end.
const HOLD_S: f64 = 2.0;
/// Sound that may wait for the thread before it misses any.
const POOL_S: f64 = 1.0;
/// How long a take that ends waits for its loudness: half of what the end of everything may take.
const PATIENCE: Duration = Duration::from_secs(1);
/// The same where nobody waits.
const UNHURRIED: Duration = Duration::from_secs(60);

/// The pool that it is measured from; none where nobody wants it.
pub fn pool(config: &Config) -> Option<PoolSize> {
    let lanes = config.inputs + if config.recording.mix { 2 } else { 0 };
    let seconds = hold(config).as_secs_f64() + POOL_S;
    config.loudness.then(|| PoolSize::for_seconds(lanes, seconds, config.sample_rate))
}

/// Starts the thread on the pool's other end. A system that has no thread to give is no reason not to record.
pub fn open(config: &Config, sink: Option<BlockSink>) -> Option<LoudnessMonitor> {
    let settings = LoudnessSettings {
        sample_rate: config.sample_rate,
        inputs: config.inputs,
        mix: config.recording.mix,
        hold: hold(config),
        patience: if runs_ahead(config) { UNHURRIED } else { PATIENCE },
    };
    let opened = LoudnessMonitor::spawn(settings, sink?, sched::stand_back);
    opened.inspect_err(|error| tracing::warn!("loudness is not measured: {error}")).ok()
}

/// A device that is not paced: nobody waits for its sound, and it may be ahead of the writers by all that their pools hold.
fn runs_ahead(config: &Config) -> bool {
    config.device.kind == DeviceKind::Offline && !config.device.offline.paced
}

fn hold(config: &Config) -> Duration {
    let behind = if runs_ahead(config) { f64::from(config.record_pool_seconds) } else { 0.0 };
    Duration::from_secs_f64(config.recording.preroll_s + HOLD_S + behind)
}

/// What is heard now, for the meters.
pub fn live(status: &LoudnessStatus) -> LiveReport {
    let Each { inputs, mix } = status.now.map(|heard| LiveLoudness {
        momentary_lufs: heard.momentary.map(tenth),
        short_term_lufs: heard.short_term.map(tenth),
    });
    LiveReport { inputs, mix }
}

/// What is heard now and what the take at hand comes to, for health.
pub fn report(status: &LoudnessStatus) -> LoudnessReport {
    let take = status.take.as_ref().map(|take| take.each.clone()).unwrap_or_default();
    let told = |heard: &Heard, loudness: Loudness| ProgrammeLoudness {
        short_term_lufs: heard.short_term.map(tenth),
        integrated_lufs: loudness.integrated_lufs.map(tenth),
        range_lu: loudness.range_lu.map(tenth),
        true_peak_dbtp: loudness.true_peak_dbtp.map(tenth),
    };
    let none = std::iter::repeat(Default::default());
    let inputs = status.now.inputs.iter().zip(take.inputs.into_iter().chain(none));
    LoudnessReport {
        mix: status.now.mix.as_ref().map(|heard| told(heard, take.mix.unwrap_or_default())),
        inputs: inputs.map(|(heard, loudness)| told(heard, loudness)).collect(),
        missed_frames: status.missed_frames,
    }
}

/// Telemetry tells no more than that; zero has no sign.
fn tenth(value: f64) -> f32 {
    ((value * 10.0).round() / 10.0 + 0.0) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::loudness::Measured;

    #[test]
    fn values_of_the_take_stand_beside_what_is_heard_and_are_unknown_without_one() {
        let heard = Heard { momentary: Some(-22.96), short_term: Some(-23.04) };
        let now = Each { inputs: vec![heard, Heard::default()], mix: Some(heard) };
        let mut status = LoudnessStatus { now, take: None, missed_frames: 7 };
        let said = report(&status);
        let idle = ProgrammeLoudness { short_term_lufs: Some(-23.0), ..ProgrammeLoudness::default() };
        assert_eq!((said.mix, said.missed_frames), (Some(idle), 7));
        assert_eq!(said.inputs, [idle, ProgrammeLoudness::default()]);
        let loudness = Loudness { integrated_lufs: Some(-23.06), range_lu: None, true_peak_dbtp: Some(0.14) };
        let each = Each { inputs: vec![loudness, Loudness::default()], mix: Some(loudness) };
        status.take = Some(Measured { frames: 1, each });
        let running = ProgrammeLoudness { integrated_lufs: Some(-23.1), true_peak_dbtp: Some(0.1), ..idle };
        let said = report(&status);
        assert_eq!((said.mix, said.inputs[0]), (Some(running), running));
        assert_eq!(said.inputs[1], ProgrammeLoudness::default());
        let meters = live(&status);
        assert_eq!(meters.mix.unwrap().momentary_lufs, Some(-23.0));
        assert_eq!(meters.inputs[1], LiveLoudness::default());
        assert_eq!((tenth(-0.04).to_string(), tenth(-0.05).to_string()), ("0".into(), "-0.1".into()));
    }
}
