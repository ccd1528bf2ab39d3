//! What the buses between inputs and outputs are set to.
//!
//! Runs on: main.
use super::check::Check;
use super::key::Key;
use super::units::Db;
use serde::{Deserialize, Serialize};
use vestry_rt::delay::MOST;
use vestry_rt::message;

/// `[[send]]`: one send.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SendConfig {
    /// Level of all of it, -96..12 dB; 0.
    pub level_db: Db,
}

/// `[mix]`: the main mix.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MixConfig {
    /// Level of all of it, wherever it goes, -96..12 dB; 0.
    pub level_db: Db,
}

/// What a solo lets hear.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SoloMode {
    /// After the strip.
    #[default]
    Afl,
    /// Before the strip, muted or not.
    Pfl,
}

impl From<SoloMode> for message::SoloMode {
    fn from(mode: SoloMode) -> Self {
        match mode {
            SoloMode::Afl => Self::Afl,
            SoloMode::Pfl => Self::Pfl,
        }
    }
}

/// A delay in frames, if the engine can hold as many.
///
/// # Errors
/// What would be right.
pub fn delay_frames(ms: f32, sample_rate: u32) -> Result<u16, String> {
    let frames = (f64::from(ms) * f64::from(sample_rate) / 1000.0).round();
    if (0.0..=MOST as f64).contains(&frames) {
        return Ok(frames as u16);
    }
    let most = MOST as f64 * 1000.0 / f64::from(sample_rate);
    Err(format!("must be 0..{most:.0} ms at a sample_rate of {sample_rate}"))
}

impl Check<'_> {
    /// Delays against the sample rate.
    pub(super) fn delays(&mut self) {
        let config = self.config;
        for (index, output) in config.output.iter().enumerate() {
            let key = Key::dotted("output").item(index).name("delay_ms");
            let fits = delay_frames(output.delay_ms, config.sample_rate);
            self.rule(&key, "sample_rate", fits.is_ok(), || fits.err().unwrap_or_default());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    fn faults(text: &str) -> Vec<String> {
        let text = format!("{text}\n[device]\nkind = \"offline\"");
        parse("x", &text).unwrap_err().to_string().lines().map(str::to_owned).collect()
    }

    #[test]
    fn what_no_bus_can_be_is_told_with_what_would_be_right() {
        let key = "must be 1..6 (`inputs`), \"monitor\", \"mix\", \"send_1\" or \"send_2\"";
        let fast = "sample_rate = 96000\n[[output]]\ndelay_ms = 171";
        for (text, fault) in [
            ("[[send]]\nlevel_db = 13", "x: send[1].level_db = 13: must be -96..12 dB".to_owned()),
            (
                "[[send]]\n[[send]]\n[[send]]",
                "x: send[3] = {}: is one entry too many, there are 2 sends".into(),
            ),
            ("[mix]\nlevel_db = 12.1", "x: mix.level_db = 12.1: must be -96..12 dB".into()),
            ("[[output]]\nmix_left_db = 13", "x: output[1].mix_left_db = 13: must be -96..12 dB".into()),
            ("[[output]]\nmix_right_db = -97", "x: output[1].mix_right_db = -97: must be -96..12 dB".into()),
            (
                "[[output]]\nsplit = true\nmix_left_db = 0",
                "x: output[1].mix_left_db = 0: must be left out where split is true: this output plays the mix".into(),
            ),
            ("[[input]]\nsend_2_db = -97", "x: input[1].send_2_db = -97: must be -96..12 dB".into()),
            ("[[output]]\nsend_1_db = 20", "x: output[1].send_1_db = 20: must be -96..12 dB".into()),
            ("[[output]]\ndelay_ms = -1", "x: output[1].delay_ms = -1: must be 0..340 ms".into()),
            (fast, "x: output[1].delay_ms = 171: must be 0..170 ms at a sample_rate of 96000".into()),
            ("solo_mode = \"sip\"", "x: solo_mode = \"sip\": must be \"afl\" or \"pfl\"".into()),
            ("[[input]]\ncompressor = { key = 0 }", format!("x: input[1].compressor.key = 0: {key}")),
        ] {
            assert_eq!(faults(text), [fault]);
        }
        let named = &faults("[[input]]\ncompressor = { key = \"send_3\" }")[0];
        assert!(
            named.starts_with("x: input[1].compressor.key = \"send_3\": ") && named.contains("\"send_2\""),
            "{named}"
        );
    }

    #[test]
    fn what_is_left_out_is_off_and_what_is_said_holds() {
        let text = "outputs = 3\nsolo_mode = \"pfl\"\n[device]\nkind = \"offline\"\n[[input]]\nsend_2_db = -3\n\
                    [[output]]\n[[output]]\nsend_2_db = 1\ndelay_ms = 340\nmix_right_db = -3\n[[send]]\n[[send]]\nlevel_db = -6\n\
                    [mix]\nlevel_db = -2";
        let config = parse("x", text).unwrap();
        assert_eq!((config.send_levels(), config.solo_mode), ([Db(0.0), Db(-6.0)], SoloMode::Pfl));
        let (lanes, outputs) = (config.lanes(), config.output_lanes());
        assert_eq!((lanes[0].sends, lanes[1].sends), ([None, Some(Db(-3.0))], [None; 2]));
        assert_eq!((outputs[0].sends, outputs[0].delay_ms), ([None; 2], 0.0));
        assert_eq!((outputs[1].sends, outputs[1].delay_ms), ([None, Some(Db(1.0))], 340.0));
        assert_eq!((outputs[0].mix, outputs[1].mix), ([None; 2], [None, Some(Db(-3.0))]));
        assert_eq!(config.mix, MixConfig { level_db: Db(-2.0) });
        assert_eq!(delay_frames(340.0, 48_000), Ok(16_320));
        assert!(delay_frames(341.0, 48_000).is_err() && delay_frames(f32::NAN, 48_000).is_err());
    }
}
