//! The state of the box at one moment, as it goes out.
//!
//! Runs on: supervisor.
use super::latency::LatencySummary;
use super::loudness::LoudnessReport;
use serde::Serialize;
use std::collections::BTreeMap;

/// What was lost since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Losses {
    /// Times the card's ring overran.
    pub xruns: u64,
    /// Frames that no medium has, for any cause; where media lost different ones, those of the medium that lost fewest.
    pub frames: u64,
    /// Blocks dropped because a medium's pool was empty.
    pub blocks: u64,
    /// Times the card went away.
    pub device_losses: u64,
    /// Samples of inputs that were no finite number, and were silenced.
    pub silenced_samples: u64,
    /// Commands that named what is not there.
    pub refused_commands: u64,
    /// Events that found no room on their way here.
    pub events: u64,
}

/// The take at hand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TakeReport {
    /// Its folder's name.
    pub name: String,
    /// Its length in frames.
    pub frames: u64,
    /// Its gaps.
    pub gaps: u64,
}

/// What the lengths of some syncs come to; a percentile is at most a fifth too long. Times are in ms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SyncReport {
    /// How many.
    pub count: u64,
    /// Half of them were no longer.
    pub p50_ms: u64,
    /// 95 of 100 were no longer.
    pub p95_ms: u64,
    /// 99 of 100 were no longer.
    pub p99_ms: u64,
    /// The longest.
    pub max_ms: u64,
}

/// How the writer and its medium do.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct WriterReport {
    /// Its light: ok, slow or behind.
    pub light: String,
    /// Seconds of sound that wait to be written, to 0.1 s.
    pub buffered_s: f64,
    /// Seconds that may wait before any sound is lost.
    pub pool_s: f64,
    /// Syncs of the last ten minutes.
    pub sync_recent: SyncReport,
    /// All syncs since the start.
    pub sync_total: SyncReport,
}

/// One medium.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct MediumReport {
    /// What it is called.
    pub name: String,
    /// Its recordings folder.
    pub dir: String,
    /// REC, NOT REC or FAULT, of this medium alone.
    pub state: String,
    /// What a FAULT is about.
    pub reason: Option<String>,
    /// The take at hand, or the last one.
    pub take: Option<TakeReport>,
    /// Frames that are not on it, for any cause.
    pub frames_lost: u64,
    /// Blocks free in its pool now, and the fewest there ever were.
    pub pool_free: [u64; 2],
    /// Free bytes.
    pub free_bytes: u64,
    /// Hours of recording that fit into them.
    pub free_hours: Option<f64>,
    /// Its writer.
    pub writer: WriterReport,
    /// Last and slowest sync, in ms.
    pub sync_ms: [u64; 2],
}

/// The whole state.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Snapshot {
    /// REC, NOT REC or FAULT.
    pub state: String,
    /// What a FAULT is about.
    pub reason: Option<String>,
    /// The take at hand, or the last one.
    pub take: Option<TakeReport>,
    /// Absolute position in frames.
    pub position: u64,
    /// Periods processed.
    pub periods: u64,
    /// What was lost.
    pub lost: Losses,
    /// Blocks free in the pool now, and the fewest there ever were.
    pub pool_free: [u64; 2],
    /// Free bytes on the medium.
    pub free_bytes: u64,
    /// Last and slowest sync of the medium, in ms.
    pub sync_ms: [u64; 2],
    /// The writer and its medium.
    pub writer: WriterReport,
    /// Every medium. What is told of one above is of the first that records.
    pub media: Vec<MediumReport>,
    /// What the system granted the rt thread: memory, priority, core.
    pub realtime: BTreeMap<String, String>,
    /// The latency monitor's figures, while it is on.
    pub latency: Option<LatencySummary>,
}

/// What is known of the card's channels, which some cards deliver in another order after an overrun.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ChannelsReport {
    /// "unchecked", "unknown", "right", "realigning" or "wrong".
    pub order: String,
    /// First frame of which that is so.
    pub since: u64,
    /// How many channels further on inputs are read.
    pub rotation: usize,
    /// Pairs of channels that carry the same; from 1.
    pub same: Vec<[usize; 2]>,
    /// What is wrong.
    pub reason: Option<String>,
    /// Whether the loopback tone comes back; null where none is configured or while that is being found out.
    pub loopback: Option<bool>,
}

/// What a self-test found out about one subject.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FindingReport {
    /// "medium", "inputs", "clock", "temperature" or "space".
    pub name: String,
    /// As it should be.
    pub passed: bool,
    /// Why, with its figures.
    pub reason: String,
}

/// The last self-test.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SelfTestReport {
    /// Everything is as it should be; null before the first.
    pub passed: Option<bool>,
    /// When it ended, in seconds since 1970 (UTC) by the box's clock.
    pub time: Option<f64>,
    /// One for each subject.
    pub checks: Vec<FindingReport>,
}

/// The state with the machine it is on: sent every few seconds.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Health {
    /// The state, counters and losses.
    #[serde(flatten)]
    pub snapshot: Snapshot,
    /// Seconds since the start.
    pub uptime_s: u64,
    /// Length of the take at hand in seconds, or of the last one.
    pub take_s: f64,
    /// Hours of recording that fit into the free space at the present rate, above what is never recorded to (`min_free_mb`).
    pub free_hours: Option<f64>,
    /// Temperature of the processor in degrees Celsius.
    pub cpu_celsius: Option<f32>,
    /// Longest period so far in microseconds, while the latency monitor ran.
    pub worst_period_us: Option<f32>,
    /// IP address.
    pub address: Option<String>,
    /// Whether the display answers; null where none is configured.
    pub display: Option<bool>,
    /// The card's channels.
    pub channels: ChannelsReport,
    /// Each input: "ok", "unused", "dead", "stuck", "clipping" or "hum".
    pub inputs: Vec<String>,
    /// The last self-test.
    pub self_test: SelfTestReport,
    /// Loudness; null where nothing measures it.
    pub loudness: Option<LoudnessReport>,
    /// Commands that were refused.
    pub refused: u64,
    /// Events that found no room while the broker was away.
    pub events_dropped: u64,
    /// Version of the firmware.
    pub version: String,
}

impl Snapshot {
    /// One line of JSON.
    pub fn to_json(&self) -> String {
        // Nothing in here can fail to become JSON; should it ever, the line says so instead of ending the box.
        serde_json::to_string(self).unwrap_or_else(|error| format!("{{\"error\":\"{error}\"}}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told() {
        let realtime = BTreeMap::from([("priority".to_owned(), "REFUSED: SCHED_FIFO".to_owned())]);
        let json = Snapshot { state: "REC".into(), realtime, ..Snapshot::default() }.to_json();
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(value["realtime"]["priority"], "REFUSED: SCHED_FIFO");
        assert_eq!(value["state"], "REC");
    }
}
