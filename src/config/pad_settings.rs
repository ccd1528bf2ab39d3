//! What of a pad can be set while the box runs: by a command, or by a scene that recalls it.
//!
//! Runs on: supervisor, scenes.
use super::pad::{PadConfig, PadMode, Quantise};
use super::range;
use super::units::Db;
use serde::{Deserialize, Serialize};

/// Left and right.
const SIDES: usize = 2;

/// Keys of `[[pad]]` with their ranges; what is left out stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PadSettings {
    /// -96..24 dB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gain_db: Option<Db>,
    /// "one_shot", "loop" or "gate". A clip that plays round and round plays to its end once it is "one_shot".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<PadMode>,
    /// Start and end of the loop, 0..3600 s of the clip.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loop_s: Option<[f64; 2]>,
    /// The same in frames of the clip, 0..691200000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loop_frames: Option<[u64; 2]>,
    /// 1..64; 0: of no group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub choke: Option<u8>,
    /// "off", "beat" or "bar".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantise: Option<Quantise>,
    /// "off", "beat" or "bar".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_quantise: Option<Quantise>,
    /// 0..10000 ms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fade_in_ms: Option<f32>,
    /// 0..10000 ms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fade_ms: Option<f32>,
    /// -24..24 dB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub low_db: Option<Db>,
    /// -24..24 dB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mid_db: Option<Db>,
    /// -24..24 dB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub high_db: Option<Db>,
    /// Inputs from 1, one or two.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strips: Option<Vec<usize>>,
}

/// Something that is not right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The key.
    pub key: &'static str,
    /// What was given.
    pub value: String,
    /// What would be right.
    pub right: String,
}

impl PadSettings {
    /// Whether nothing is set.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// These, and over them what was set later.
    pub fn then(&self, later: &Self) -> Self {
        // Both ways to write a loop are one setting.
        let loops = later.loop_s.is_some() || later.loop_frames.is_some();
        let Self { loop_s, loop_frames, .. } = if loops { later } else { self };
        Self {
            gain_db: later.gain_db.or(self.gain_db),
            mode: later.mode.or(self.mode),
            loop_s: *loop_s,
            loop_frames: *loop_frames,
            choke: later.choke.or(self.choke),
            quantise: later.quantise.or(self.quantise),
            stop_quantise: later.stop_quantise.or(self.stop_quantise),
            fade_in_ms: later.fade_in_ms.or(self.fade_in_ms),
            fade_ms: later.fade_ms.or(self.fade_ms),
            low_db: later.low_db.or(self.low_db),
            mid_db: later.mid_db.or(self.mid_db),
            high_db: later.high_db.or(self.high_db),
            strips: later.strips.clone().or_else(|| self.strips.clone()),
        }
    }

    /// `pad` with what is set here.
    pub fn over(&self, pad: &PadConfig) -> PadConfig {
        let loops = self.loop_s.is_some() || self.loop_frames.is_some();
        let (loop_s, loop_frames) =
            if loops { (self.loop_s, self.loop_frames) } else { (pad.loop_s, pad.loop_frames) };
        PadConfig {
            gain_db: self.gain_db.unwrap_or(pad.gain_db),
            mode: self.mode.unwrap_or(pad.mode),
            loop_s,
            loop_frames,
            choke: self.choke.map_or(pad.choke, |choke| Some(choke).filter(|choke| *choke > 0)),
            quantise: self.quantise.unwrap_or(pad.quantise),
            stop_quantise: self.stop_quantise.unwrap_or(pad.stop_quantise),
            fade_in_ms: self.fade_in_ms.unwrap_or(pad.fade_in_ms),
            fade_ms: self.fade_ms.unwrap_or(pad.fade_ms),
            low_db: self.low_db.unwrap_or(pad.low_db),
            mid_db: self.mid_db.unwrap_or(pad.mid_db),
            high_db: self.high_db.unwrap_or(pad.high_db),
            strips: self.strips.clone().unwrap_or_else(|| pad.strips.clone()),
            ..pad.clone()
        }
    }

    /// Everything that no box with so many `inputs` could do.
    pub fn wrong(&self, inputs: usize) -> Vec<Wrong> {
        let mut wrong = self.out_of_range();
        wrong.extend(self.wrong_loop());
        wrong.extend(self.wrong_strips(inputs));
        wrong
    }

    fn out_of_range(&self) -> Vec<Wrong> {
        let db = |level: Option<Db>| level.map(|level| level.0);
        let numbers = [
            ("gain_db", "pad.gain_db", db(self.gain_db)),
            ("choke", "pad.choke", self.choke.filter(|choke| *choke > 0).map(f32::from)),
            ("fade_in_ms", "pad.fade_in_ms", self.fade_in_ms),
            ("fade_ms", "pad.fade_ms", self.fade_ms),
            ("low_db", "pad.low_db", db(self.low_db)),
            ("mid_db", "pad.mid_db", db(self.mid_db)),
            ("high_db", "pad.high_db", db(self.high_db)),
        ];
        let given = numbers.into_iter().filter_map(|(key, path, number)| Some((key, path, number?)));
        let wrong = |(key, path, number): (&'static str, &str, f32)| {
            let right = range::right(path, f64::from(number))?;
            Some(Wrong { key, value: number.to_string(), right })
        };
        given.filter_map(wrong).collect()
    }

    fn wrong_loop(&self) -> Option<Wrong> {
        let frames = self.loop_frames.map(|points| ("loop_frames", points.map(|point| point as f64)));
        let (key, points) = frames.or(self.loop_s.map(|points| ("loop_s", points)))?;
        let path = format!("pad.{key}");
        let outside = points.into_iter().find_map(|point| range::right(&path, point));
        let backwards =
            (points[0] >= points[1]).then_some("must be [start, end] with the start before the end");
        let both = (self.loop_s.is_some() && self.loop_frames.is_some())
            .then_some("must be left out where loop_s is given");
        let right = outside.or(backwards.map(Into::into)).or(both.map(Into::into))?;
        Some(Wrong { key, value: format!("{points:?}"), right })
    }

    fn wrong_strips(&self, inputs: usize) -> Option<Wrong> {
        let strips = self.strips.as_ref()?;
        let right = match strips.as_slice() {
            [] => "must name one input or two".into(),
            [_, _, _, ..] => format!("must name {SIDES} inputs at most: left and right"),
            [one, other] if one == other => "has an input twice: each once".into(),
            all if all.iter().all(|strip| (1..=inputs).contains(strip)) => return None,
            _ => format!("must be 1..{inputs} (`inputs`)"),
        };
        Some(Wrong { key: "strips", value: format!("{strips:?}"), right })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> PadSettings {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn what_is_out_of_range_is_named_with_what_is_right() {
        for (text, expected) in [
            ("gain_db = 24.5", "gain_db 24.5 must be -96..24 dB"),
            ("low_db = -25.0", "low_db -25 must be -24..24 dB"),
            ("fade_in_ms = -1.0", "fade_in_ms -1 must be 0..10000 ms"),
            ("choke = 65", "choke 65 must be 1..64"),
            ("loop_s = [2.0, 1.0]", "loop_s [2.0, 1.0] must be [start, end] with the start before the end"),
            ("loop_s = [0.0, 3601.0]", "loop_s [0.0, 3601.0] must be 0..3600 s"),
            ("loop_frames = [0, 691200001]", "loop_frames [0.0, 691200001.0] must be 0..691200000 frames"),
            (
                "loop_s = [0.0, 1.0]\nloop_frames = [0, 9]",
                "loop_frames [0.0, 9.0] must be left out where loop_s is given",
            ),
            ("strips = []", "strips [] must name one input or two"),
            ("strips = [1, 2, 3]", "strips [1, 2, 3] must name 2 inputs at most: left and right"),
            ("strips = [2, 2]", "strips [2, 2] has an input twice: each once"),
            ("strips = [0]", "strips [0] must be 1..4 (`inputs`)"),
            ("strips = [4, 5]", "strips [4, 5] must be 1..4 (`inputs`)"),
        ] {
            let wrong = read(text).wrong(4);
            let said = wrong.iter().map(|wrong| format!("{} {} {}", wrong.key, wrong.value, wrong.right));
            assert_eq!(said.collect::<Vec<_>>(), [expected]);
        }
        let right = "gain_db = 24.0\nchoke = 0\nloop_s = [0.0, 3600.0]\nstrips = [4, 1]\nfade_ms = 10000.0";
        assert_eq!(read(right).wrong(4), []);
    }

    #[test]
    fn later_settings_go_over_earlier_ones_and_over_the_configuration() {
        let pad = PadConfig { choke: Some(3), loop_s: Some([1.0, 2.0]), ..PadConfig::default() };
        let first = read("gain_db = -3.0\nloop_frames = [5, 9]\nmode = \"loop\"");
        let both = first.then(&read("loop_s = [0.5, 1.0]\nchoke = 0\nstrips = [2]\ngain_db = 1.0"));
        let after = both.over(&pad);
        assert_eq!((after.gain_db, after.mode, after.choke), (Db(1.0), PadMode::Loop, None));
        assert_eq!((after.loop_s, after.loop_frames, after.strips), (Some([0.5, 1.0]), None, vec![2]));
        assert_eq!(PadSettings::default().over(&pad), pad);
        assert!(PadSettings::default().is_empty() && !both.is_empty());
        assert_eq!(first.over(&pad).loop_s, None, "frames stand in place of seconds");
    }
}
