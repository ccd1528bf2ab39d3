//! What the channel-order guard can know the card by.
//!
//! Runs on: main.
use super::check::Check;
use super::key::Key;
use super::units::Db;
use serde::{Deserialize, Serialize};

/// `[guard]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GuardConfig {
    /// Hardware channels that carry nothing, 1..128; none.
    pub silent_channels: Vec<usize>,
    /// RMS below which a channel is silent, -120..-20 dBFS; -60.
    pub silent_below_db: Db,
    /// An output that is wired to a channel; none.
    pub loopback: Option<Loopback>,
}

impl Default for GuardConfig {
    fn default() -> Self {
        Self { silent_channels: Vec::new(), silent_below_db: Db(-60.0), loopback: None }
    }
}

/// An output that plays a tone into a channel.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Loopback {
    /// 1..`outputs`; has to be given.
    pub output: usize,
    /// Hardware channel on which it arrives, 1..128; has to be given.
    pub channel: usize,
    /// 20 Hz..half the sample rate; 1000.
    #[serde(default = "usual_hz")]
    pub hz: f64,
    /// Peak level, -80..-6 dBFS; -40.
    #[serde(default = "usual_level")]
    pub level_db: Db,
}

fn usual_hz() -> f64 {
    1_000.0
}

fn usual_level() -> Db {
    Db(-40.0)
}

impl Check<'_> {
    /// The guard against inputs, outputs and the card.
    pub(super) fn guard(&mut self) {
        let (config, guard) = (self.config, &self.config.guard);
        let device = &config.device;
        let most = device.capture_channels;
        let read = |channel: usize| match device.capture_map.as_slice() {
            [] => channel <= config.inputs,
            map => map.contains(&channel),
        };
        let fits = |channel: usize| most == 0 || channel <= most;
        for (index, channel) in guard.silent_channels.iter().enumerate() {
            let key = Key::dotted("guard.silent_channels").item(index);
            let twice = guard.silent_channels.iter().take(index).any(|other| other == channel);
            self.rule(&key, "", !twice, || "is there twice: each channel once".into());
            self.rule(&key, "device.capture_map", !read(*channel), || {
                "must not be the channel of an input (`inputs`, `device.capture_map`)".into()
            });
            self.rule(&key, "device.capture_channels", fits(*channel), || {
                format!("must be 1..{most} (`device.capture_channels`)")
            });
        }
        let Some(loopback) = guard.loopback else { return };
        let key = |name: &str| Key::dotted("guard.loopback").name(name);
        self.rule(&key("output"), "outputs", loopback.output <= config.outputs, || {
            format!("must be 1..{} (`outputs`)", config.outputs)
        });
        let silent = guard.silent_channels.contains(&loopback.channel);
        self.rule(&key("channel"), "guard.silent_channels", !silent, || {
            "must not be one of guard.silent_channels".into()
        });
        self.rule(&key("channel"), "device.capture_channels", fits(loopback.channel), || {
            format!("must be 1..{most} (`device.capture_channels`)")
        });
        let half = f64::from(config.sample_rate) / 2.0;
        self.rule(&key("hz"), "sample_rate", loopback.hz < half, || {
            format!("must be below half the sample_rate, {half} Hz")
        });
    }
}
