//! The range of every number, in one table: `check` reads it, and so does the text of a fault.
//!
//! Runs on: main.
use super::key::{Key, Step};
use std::fmt;
use toml::Value;

/// The numbers a key may hold, ends included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// Names of the key; arrays on the way are meant item by item.
    pub key: &'static str,
    low: f64,
    high: f64,
    unit: &'static str,
}

const fn range(key: &'static str, low: f64, high: f64, unit: &'static str) -> Range {
    Range { key, low, high, unit }
}

/// Hardware channels of one card that a map can name.
const CHANNELS: f64 = 128.0;
/// One week, in seconds.
const WEEK: f64 = 604_800.0;

/// Every number of the configuration. What depends on another key (`selected_channel`) is in `check`.
pub const RANGES: &[Range] = &[
    range("sample_rate", 8_000.0, 192_000.0, "Hz"),
    range("frames_per_period", 16.0, 4_096.0, "frames"),
    range("periods", 2.0, 32.0, ""),
    range("profiles.low_latency.frames_per_period", 16.0, 4_096.0, "frames"),
    range("profiles.low_latency.periods", 2.0, 32.0, ""),
    range("profiles.balanced.frames_per_period", 16.0, 4_096.0, "frames"),
    range("profiles.balanced.periods", 2.0, 32.0, ""),
    range("profiles.safe.frames_per_period", 16.0, 4_096.0, "frames"),
    range("profiles.safe.periods", 2.0, 32.0, ""),
    range("inputs", 1.0, 32.0, ""),
    range("outputs", 0.0, 32.0, ""),
    range("record_pool_seconds", 1.0, 120.0, "s"),
    range("selected_channel", 1.0, 32.0, ""),
    range("default_routes.input", 1.0, 32.0, ""),
    range("default_routes.output", 1.0, 32.0, ""),
    range("default_routes.level", 0.0, 8.0, "linear"),
    range("device.capture_channels", 0.0, CHANNELS, ""),
    range("device.playback_channels", 0.0, CHANNELS, ""),
    range("device.capture_map", 1.0, CHANNELS, ""),
    range("device.playback_map", 1.0, CHANNELS, ""),
    range("device.offline.duration_s", 0.0, WEEK, "s"),
    range("device.offline.rotation", 0.0, 127.0, "channels"),
    range("device.offline.sources.gap_s", 0.0, 3_600.0, "s"),
    range("device.offline.sources.gain_db", -96.0, 24.0, "dB"),
    range("device.offline.sources.tone_hz", 1.0, 96_000.0, "Hz"),
    range("device.offline.sources.level_db", -144.0, 0.0, "dB"),
    range("input.gain_db", -96.0, 24.0, "dB"),
    range("input.monitor_db", -96.0, 12.0, "dB"),
    range("input.mix_db", -96.0, 12.0, "dB"),
    range("input.pan", -1.0, 1.0, "left to right"),
    range("input.high_pass_hz", 10.0, 2_000.0, "Hz"),
    range("input.eq.hz", 20.0, 20_000.0, "Hz"),
    range("input.eq.gain_db", -24.0, 24.0, "dB"),
    range("input.eq.q", 0.1, 20.0, ""),
    range("input.gate.threshold_db", -96.0, 0.0, "dB"),
    range("input.gate.range_db", -80.0, 0.0, "dB"),
    range("input.gate.attack_ms", 0.1, 200.0, "ms"),
    range("input.gate.hold_ms", 0.0, 5_000.0, "ms"),
    range("input.gate.release_ms", 5.0, 5_000.0, "ms"),
    range("input.compressor.threshold_db", -60.0, 0.0, "dB"),
    range("input.compressor.ratio", 1.0, 100.0, ""),
    range("input.compressor.knee_db", 0.0, 24.0, "dB"),
    range("input.compressor.attack_ms", 0.1, 200.0, "ms"),
    range("input.compressor.release_ms", 5.0, 5_000.0, "ms"),
    range("input.compressor.makeup_db", -24.0, 24.0, "dB"),
    range("input.send_1_db", -96.0, 12.0, "dB"),
    range("input.send_2_db", -96.0, 12.0, "dB"),
    range("output.gain_db", -96.0, 24.0, "dB"),
    range("output.monitor_db", -96.0, 12.0, "dB"),
    range("output.limiter_db", -40.0, 0.0, "dB"),
    range("output.delay_ms", 0.0, 340.0, "ms"),
    range("output.send_1_db", -96.0, 12.0, "dB"),
    range("output.send_2_db", -96.0, 12.0, "dB"),
    range("output.mix_left_db", -96.0, 12.0, "dB"),
    range("output.mix_right_db", -96.0, 12.0, "dB"),
    range("send.level_db", -96.0, 12.0, "dB"),
    range("mix.level_db", -96.0, 12.0, "dB"),
    range("generator.level_db", -96.0, 0.0, "dB"),
    range("generator.outputs", 1.0, 32.0, ""),
    range("generator.hz", 20.0, 20_000.0, "Hz"),
    range("generator.from_hz", 20.0, 20_000.0, "Hz"),
    range("generator.to_hz", 20.0, 20_000.0, "Hz"),
    range("generator.seconds", 1.0, 60.0, "s"),
    range("click.bpm", 20.0, 300.0, "beats a minute"),
    range("click.beats", 1.0, 16.0, ""),
    range("click.level_db", -96.0, 0.0, "dB"),
    range("click.outputs", 1.0, 32.0, ""),
    range("player.memory_mb", 1.0, 4_096.0, "MB"),
    range("player.banks", 1.0, 16.0, ""),
    range("player.rows", 1.0, 16.0, ""),
    range("player.columns", 1.0, 16.0, ""),
    range("pad.gain_db", -96.0, 24.0, "dB"),
    range("pad.loop_s", 0.0, 3_600.0, "s"),
    range("pad.loop_frames", 0.0, 691_200_000.0, "frames"),
    range("pad.speed", 0.25, 4.0, ""),
    range("pad.pitch", -12.0, 12.0, "semitones"),
    range("pad.choke", 1.0, 64.0, ""),
    range("pad.stem", 1.0, 64.0, ""),
    range("pad.fade_in_ms", 0.0, 10_000.0, "ms"),
    range("pad.fade_ms", 0.0, 10_000.0, "ms"),
    range("pad.low_db", -24.0, 24.0, "dB"),
    range("pad.mid_db", -24.0, 24.0, "dB"),
    range("pad.high_db", -24.0, 24.0, "dB"),
    range("pad.strips", 1.0, 32.0, ""),
    range("guard.silent_channels", 1.0, CHANNELS, ""),
    range("guard.silent_below_db", -120.0, -20.0, "dB"),
    range("guard.loopback.output", 1.0, 32.0, ""),
    range("guard.loopback.channel", 1.0, CHANNELS, ""),
    range("guard.loopback.hz", 20.0, 96_000.0, "Hz"),
    range("guard.loopback.level_db", -80.0, -6.0, "dB"),
    range("recording.preroll_s", 0.0, 60.0, "s"),
    range("recording.split_minutes", 0.0, 10_080.0, "min"),
    range("recording.split_mb", 0.0, 1_000_000.0, "MB"),
    range("recording.sync_interval_s", 0.2, 60.0, "s"),
    range("recording.min_free_mb", 0.0, 1_000_000.0, "MB"),
    range("recording.retention_hours", 0.0, 1_000.0, "h"),
    range("schedule.overrun_min", 0.0, 240.0, "min"),
    range("trigger.inputs", 1.0, 32.0, ""),
    range("trigger.threshold_db", -90.0, 0.0, "dB"),
    range("trigger.above_ms", 0.0, 10_000.0, "ms"),
    range("trigger.hold_s", 1.0, 3_600.0, "s"),
    range("trigger.min_length_s", 0.0, 3_600.0, "s"),
    range("realtime.core", 0.0, 1_023.0, ""),
    range("realtime.priority", 1.0, 98.0, ""),
    range("panel.debounce_ms", 1.0, 200.0, "ms"),
    range("display.address", 8.0, 119.0, ""),
    range("display.height", 32.0, 64.0, "rows"),
    range("display.contrast", 0.0, 255.0, ""),
    range("mqtt.port", 1.0, 65_535.0, ""),
    range("mqtt.meters_hz", 0.0, 20.0, "Hz"),
    range("mqtt.health_s", 1.0, 3_600.0, "s"),
    range("delivery.limit_kib_s", 0.0, 1_000_000.0, "KiB"),
];

impl Range {
    /// Calls `wrong` with the key of every value in `config` that is outside.
    pub fn check(&self, config: &Value, wrong: &mut dyn FnMut(Key)) {
        let names: Vec<&str> = self.key.split('.').collect();
        self.walk(config, &names, Key::default(), wrong);
    }

    fn walk(&self, value: &Value, names: &[&str], at: Key, wrong: &mut dyn FnMut(Key)) {
        match (value, names.split_first()) {
            (Value::Array(items), _) => {
                for (index, item) in items.iter().enumerate() {
                    self.walk(item, names, at.clone().item(index), wrong);
                }
            }
            (Value::Table(table), Some((name, rest))) => {
                if let Some(value) = table.get(*name) {
                    self.walk(value, rest, at.name(name), wrong);
                }
            }
            (Value::Integer(number), None) if self.holds(*number as f64) => {}
            (Value::Float(number), None) if self.holds(*number) => {}
            _ => wrong(at),
        }
    }

    /// Not-a-number is in no range.
    fn holds(&self, number: f64) -> bool {
        (self.low..=self.high).contains(&number)
    }
}

impl fmt::Display for Range {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}..{}", self.low, self.high)?;
        if self.unit.is_empty() { Ok(()) } else { write!(out, " {}", self.unit) }
    }
}

/// The range of the number at `key`, if it has one.
pub fn of(key: &Key) -> Option<&'static Range> {
    let names = key.0.iter().filter_map(|step| match step {
        Step::Name(name) => Some(name.as_str()),
        Step::Item(_) => None,
    });
    let plain = names.collect::<Vec<_>>().join(".");
    RANGES.iter().find(|range| range.key == plain)
}

/// The ends of the range that the file has for `key`, and the unit; none if it is no number.
pub fn limits(key: &str) -> Option<(f64, f64, &'static str)> {
    let range = RANGES.iter().find(|range| range.key == key)?;
    Some((range.low, range.high, range.unit))
}

/// What is right where the file has `key`, if a number is not.
pub(super) fn right(key: &str, number: f64) -> Option<String> {
    let range = RANGES.iter().find(|range| range.key == key)?;
    (!range.holds(number)).then(|| format!("must be {range}"))
}

/// Checks a number that is to go where the file has `key`.
///
/// # Errors
/// The number and what is right, if it is outside.
pub fn within(key: &str, number: f32) -> Result<(), String> {
    match RANGES.iter().find(|range| range.key == key) {
        Some(range) if !range.holds(f64::from(number)) => Err(format!("{number}: must be {range}")),
        _ => Ok(()),
    }
}
