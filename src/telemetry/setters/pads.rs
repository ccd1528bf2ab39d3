//! Topics of the player's pads: `set/pad/1.2.3` presses one, `set/pad/1.2.3/gain` and the like set it.
//!
//! Runs on: mqtt.
use super::super::control::{Control, PadAction};
use super::super::pads::PadChange;
use super::super::request::Reason;
use super::number;
use crate::config::{Db, PadMode, PadName, PadSettings, Quantise};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error, StrDeserializer};

/// Presses, releases, stops or finishes a pad.
pub(super) fn press(pad: &str, text: &str) -> Result<Control, Reason> {
    let pad = name(pad)?;
    let action = match text {
        "PRESS" | "press" => PadAction::Press,
        "RELEASE" | "release" => PadAction::Release,
        "STOP" | "stop" => PadAction::Stop,
        "FINISH" | "finish" => PadAction::Finish,
        _ => return Err(Reason::malformed("must be press, release, stop or finish")),
    };
    Ok(Control::Pad { pad, action })
}

/// Sets one thing of a pad.
pub(super) fn set(pad: &str, what: &str, text: &str) -> Result<Control, Reason> {
    let pad = name(pad)?;
    let mut settings = PadSettings::default();
    match what {
        "gain" => settings.gain_db = Some(Db(number(text)?)),
        "low" => settings.low_db = Some(Db(number(text)?)),
        "mid" => settings.mid_db = Some(Db(number(text)?)),
        "high" => settings.high_db = Some(Db(number(text)?)),
        "fade_in" => settings.fade_in_ms = Some(number(text)?),
        "fade" => settings.fade_ms = Some(number(text)?),
        "mode" => settings.mode = Some(word::<PadMode>(text, "one_shot, loop or gate")?),
        "quantise" => settings.quantise = Some(word::<Quantise>(text, "off, beat or bar")?),
        "stop_quantise" => settings.stop_quantise = Some(word::<Quantise>(text, "off, beat or bar")?),
        _ => return Err(Reason::UnknownTopic),
    }
    Ok(Control::SetPad(PadChange { pad, reset: false, settings }))
}

fn name(pad: &str) -> Result<PadName, Reason> {
    pad.parse().map_err(|wrong| Reason::Malformed(format!("pad: {wrong}")))
}

fn word<'de, Word: Deserialize<'de>>(text: &'de str, right: &str) -> Result<Word, Reason> {
    let text: StrDeserializer<'de, Error> = text.into_deserializer();
    Word::deserialize(text).map_err(|_| Reason::malformed(format!("must be {right}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_topic_sets_one_thing_of_its_pad() {
        let mut all = PadSettings::default();
        for (what, text) in [
            ("gain", "-3.5"),
            ("low", "1"),
            ("mid", "2.0"),
            ("high", "3"),
            ("fade", "250"),
            ("fade_in", "20"),
            ("mode", "gate"),
            ("quantise", "beat"),
            ("stop_quantise", "bar"),
        ] {
            let Ok(Control::SetPad(change)) = set("1.2.3", what, text) else { panic!("{what}") };
            assert!(change.pad.to_string() == "1.2.3" && !change.reset && !change.settings.is_empty());
            assert_eq!(all.then(&change.settings), change.settings.then(&all), "none that was set already");
            all = all.then(&change.settings);
        }
        let db = |level| Some(Db(level));
        let wanted = PadSettings {
            gain_db: db(-3.5),
            low_db: db(1.0),
            mid_db: db(2.0),
            high_db: db(3.0),
            fade_ms: Some(250.0),
            fade_in_ms: Some(20.0),
            mode: Some(PadMode::Gate),
            quantise: Some(Quantise::Beat),
            stop_quantise: Some(Quantise::Bar),
            ..PadSettings::default()
        };
        assert_eq!(all, wanted);
        for (what, text, expected) in [
            ("mode", "round", "must be one_shot, loop or gate"),
            ("quantise", "1", "must be off, beat or bar"),
            ("gain", "loud", "must be a number such as -3.0"),
        ] {
            assert_eq!(set("1.1.1", what, text), Err(Reason::malformed(expected)));
        }
    }
}
