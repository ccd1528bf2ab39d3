//! Inputs and outputs: what the file says of them, and what holds for each with defaults filled in.
//!
//! Runs on: main.
use super::bypass::Bypass;
use super::file::{Config, RoutingMode, TapPoint};
use super::sources::InputSource;
use super::strip::{CompressorConfig, EqBand, GateConfig, MOST_BANDS};
use super::units::{Db, Pan};
use serde::{Deserialize, Serialize};
use vestry_rt::SENDS;

/// `[[input]]`: one input, as far as the file says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct InputConfig {
    /// 1..32 characters; "Input N".
    pub name: Option<String>,
    /// -96..24 dB; 0.
    pub gain_db: Db,
    /// Silent from the start; false.
    pub mute: bool,
    /// Turns the polarity; false.
    pub invert: bool,
    /// What feeds its strip; card.
    pub source: InputSource,
    /// Where it is recorded from; as `record_post_gain` says.
    pub tap: Option<TapPoint>,
    /// Level in the monitor mix, -96..12 dB; not in it.
    pub monitor_db: Option<Db>,
    /// Level in the main mix, -96..12 dB; -9.
    pub mix_db: Db,
    /// Place in the main mix, -1 (left)..1 (right); 0.
    pub pan: Pan,
    /// Nothing is connected: its health is not told; false.
    pub unused: bool,
    /// High-pass of 12 dB an octave, 10..2000 Hz; none.
    pub high_pass_hz: Option<f32>,
    /// Bands of the equaliser, 8 at most; none.
    pub eq: Vec<EqBand>,
    /// The gate; none.
    pub gate: Option<GateConfig>,
    /// The compressor; none.
    pub compressor: Option<CompressorConfig>,
    /// What of these four is set but not heard; nothing.
    pub bypass: Bypass,
    /// Level in send 1, -96..12 dB; not in it.
    pub send_1_db: Option<Db>,
    /// Level in send 2, -96..12 dB; not in it.
    pub send_2_db: Option<Db>,
}

impl Default for InputConfig {
    fn default() -> Self {
        Self {
            name: None,
            gain_db: Db(0.0),
            mute: false,
            invert: false,
            source: InputSource::Card,
            tap: None,
            monitor_db: None,
            mix_db: Db(-9.0),
            pan: Pan(0.0),
            unused: false,
            high_pass_hz: None,
            eq: Vec::new(),
            gate: None,
            compressor: None,
            bypass: Bypass::new(),
            send_1_db: None,
            send_2_db: None,
        }
    }
}

/// `[[output]]`: one output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OutputConfig {
    /// -96..24 dB; 0.
    pub gain_db: Db,
    /// Level of the monitor mix here, -96..12 dB; 0 dB in simple mode, else not here.
    pub monitor_db: Option<Db>,
    /// Ceiling of the limiter, -40..0 dBFS; none.
    pub limiter_db: Option<Db>,
    /// How much later than without it plays, 0..340 ms and at most 16,320 frames; 0.
    pub delay_ms: f32,
    /// Level of send 1 here, -96..12 dB; not here.
    pub send_1_db: Option<Db>,
    /// Level of send 2 here, -96..12 dB; not here.
    pub send_2_db: Option<Db>,
    /// Level of the left side of the main mix here, -96..12 dB; not here.
    pub mix_left_db: Option<Db>,
    /// Level of the right side of the main mix here, -96..12 dB; not here.
    pub mix_right_db: Option<Db>,
    /// Plays the main mix as mono, and the output after it click and cues; false.
    pub split: bool,
}

/// One input with nothing left open.
#[derive(Clone, Debug, PartialEq)]
pub struct Lane {
    /// 1..32 characters.
    pub name: String,
    /// Gain of the strip.
    pub gain: Db,
    /// Silent from the start.
    pub mute: bool,
    /// Turned polarity.
    pub invert: bool,
    /// What feeds its strip.
    pub source: InputSource,
    /// Where it is recorded from.
    pub tap: TapPoint,
    /// Level in the monitor mix; `None` where the file leaves it out. In simple mode the selected input is the mix.
    pub monitor: Option<Db>,
    /// Level in the main mix.
    pub mix: Db,
    /// Place in the main mix.
    pub pan: Pan,
    /// Nothing is connected.
    pub unused: bool,
    /// Frequency of the high-pass.
    pub high_pass_hz: Option<f32>,
    /// Each place of the equaliser with its band.
    pub eq: [Option<EqBand>; MOST_BANDS],
    /// The gate.
    pub gate: Option<GateConfig>,
    /// The compressor.
    pub compressor: Option<CompressorConfig>,
    /// What of these four is set but not heard.
    pub bypass: Bypass,
    /// Level in each send; `None`: not in it.
    pub sends: [Option<Db>; SENDS],
}

/// One output with nothing left open.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OutputLane {
    /// Gain of the output.
    pub gain: Db,
    /// Level of the monitor mix here; `None`: it does not play here.
    pub monitor: Option<Db>,
    /// Ceiling of the limiter.
    pub limiter: Option<Db>,
    /// How much later it plays, in ms.
    pub delay_ms: f32,
    /// Level of each send here; `None`: it does not play here.
    pub sends: [Option<Db>; SENDS],
    /// Level of left and right of the main mix here; `None`: it does not play here.
    pub mix: [Option<Db>; 2],
    /// The left one of a split pair.
    pub split: bool,
}

impl Config {
    /// Every input, in order, with defaults filled in.
    pub fn lanes(&self) -> Vec<Lane> {
        (0..self.inputs).map(|index| self.lane(index)).collect()
    }

    fn lane(&self, index: usize) -> Lane {
        let said = self.input.get(index).cloned().unwrap_or_default();
        let tap = if self.record_post_gain { TapPoint::Post } else { TapPoint::Pre };
        Lane {
            name: said.name.unwrap_or_else(|| format!("Input {}", index + 1)),
            gain: said.gain_db,
            mute: said.mute,
            invert: said.invert,
            source: said.source,
            tap: said.tap.unwrap_or(tap),
            monitor: said.monitor_db,
            mix: said.mix_db,
            pan: said.pan,
            unused: said.unused,
            high_pass_hz: said.high_pass_hz,
            eq: std::array::from_fn(|band| said.eq.get(band).copied()),
            gate: said.gate,
            compressor: said.compressor,
            bypass: said.bypass,
            sends: [said.send_1_db, said.send_2_db],
        }
    }

    /// Every output, in order, with defaults filled in. Without `enable_input_monitoring` the monitor plays nowhere.
    pub fn output_lanes(&self) -> Vec<OutputLane> {
        let usual = (self.routing_mode == RoutingMode::Simple).then_some(Db(0.0));
        let of = |index: usize| {
            let said = self.output.get(index).copied().unwrap_or_default();
            let monitor = said.monitor_db.or(usual).filter(|_| self.enable_input_monitoring);
            let sends = [said.send_1_db, said.send_2_db];
            OutputLane {
                gain: said.gain_db,
                monitor,
                limiter: said.limiter_db,
                delay_ms: said.delay_ms,
                sends,
                mix: [said.mix_left_db, said.mix_right_db],
                split: said.split,
            }
        };
        (0..self.outputs).map(of).collect()
    }

    /// The level of every send, in order, with defaults filled in.
    pub fn send_levels(&self) -> [Db; SENDS] {
        std::array::from_fn(|index| self.send.get(index).copied().unwrap_or_default().level_db)
    }
}
