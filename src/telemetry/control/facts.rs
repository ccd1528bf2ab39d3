//! What wishes are called, and the number that one sets.
//!
//! Runs on: supervisor.
use super::Control;

impl Control {
    /// As the wire calls it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Record { .. } => "record",
            Self::Split {} => "split",
            Self::Marker { .. } => "marker",
            Self::Protect { .. } => "protect",
            Self::Unprotect { .. } => "unprotect",
            Self::Gain { .. } => "gain",
            Self::Mute { .. } => "mute",
            Self::Invert { .. } => "invert",
            Self::Solo { .. } => "solo",
            Self::Tap { .. } => "tap",
            Self::Source { .. } => "source",
            Self::HighPass { .. } => "high_pass",
            Self::Eq { .. } => "eq",
            Self::Gate { .. } => "gate",
            Self::Compressor { .. } => "compressor",
            Self::EqAdjust { .. } => "eq_adjust",
            Self::GateAdjust { .. } => "gate_adjust",
            Self::CompressorAdjust { .. } => "compressor_adjust",
            Self::Bypass { .. } => "bypass",
            Self::Mix { .. } => "mix",
            Self::Pan { .. } => "pan",
            Self::Monitor { .. } => "monitor",
            Self::Select { .. } => "select",
            Self::MonitorMute { .. } => "monitor_mute",
            Self::MonitorTo { .. } => "monitor_to",
            Self::OutputGain { .. } => "output_gain",
            Self::Limiter { .. } => "limiter",
            Self::Delay { .. } => "delay",
            Self::Route { .. } => "route",
            Self::SoloMode { .. } => "solo_mode",
            Self::Send { .. } => "send",
            Self::SendLevel { .. } => "send_level",
            Self::SendTo { .. } => "send_to",
            Self::MixLevel { .. } => "mix_level",
            Self::MixTo { .. } => "mix_to",
            Self::Page { .. } => "page",
            Self::Lock { .. } => "lock",
            Self::ClearClips {} => "clear_clips",
            Self::SelfTest {} => "self_test",
            Self::LatencyMonitor { .. } => "latency_monitor",
            Self::SceneSave { .. } => "scene_save",
            Self::SceneRecall { .. } => "scene_recall",
            Self::SceneDelete { .. } => "scene_delete",
            Self::Generator(_) => "generator",
            Self::Click(_) => "click",
            Self::SplitOutput { .. } => "split_output",
            Self::Pad { .. } => "pad",
            Self::SetPad(_) => "set_pad",
            Self::StopPads {} => "stop_pads",
            Self::RescanPads {} => "rescan_pads",
            Self::TunePad { .. } => "tune_pad",
            Self::Soundcheck(_) => "soundcheck",
            Self::Schedule(_) => "schedule",
            Self::ScheduleEnable(_) => "schedule_enable",
            Self::Trigger(_) => "trigger",
            Self::Deliver(_) => "deliver",
            Self::DeliverStop {} => "deliver_stop",
        }
    }

    /// Its number, if it sets one; of several, one that is none.
    pub fn number(&self) -> Option<f32> {
        match self {
            Self::Gain { db, .. }
            | Self::Mix { db, .. }
            | Self::OutputGain { db, .. }
            | Self::SendLevel { db, .. }
            | Self::MixLevel { db } => Some(*db),
            Self::Monitor { db, .. }
            | Self::MonitorTo { db, .. }
            | Self::Limiter { db, .. }
            | Self::Send { db, .. }
            | Self::SendTo { db, .. }
            | Self::MixTo { db, .. } => *db,
            Self::HighPass { hz, .. } => *hz,
            Self::Pan { pan, .. } => Some(*pan),
            Self::Delay { ms, .. } => Some(*ms),
            Self::Route { level, .. } => Some(*level),
            Self::Generator(change) => change.infinite(),
            Self::Click(change) => change.infinite(),
            Self::TunePad { speed, pitch, .. } => {
                [*speed, *pitch].into_iter().flatten().find(|number| !number.is_finite())
            }
            _ => None,
        }
    }
}
