//! What an input has switched on, setting by setting: `gate/on`, `gate/threshold`, `eq/3/gain`.
//!
//! Runs on: mqtt.
use super::super::control::Control;
use super::super::inserts::{BandChange, CompressorChange, GateChange};
use super::super::request::Reason;
use super::{count, number, switch};
use crate::config::{BandKind, InsertName, KeySource};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error, StrDeserializer};

/// What `text` on `set/input/<input>/<path>` asks for.
pub(super) fn control(input: usize, path: &[&str], text: &str) -> Result<Control, Reason> {
    match *path {
        [insert, "on"] => {
            let insert = word::<InsertName>(insert).ok_or(Reason::UnknownTopic)?;
            Ok(Control::Bypass { input, insert, on: !switch(text)? })
        }
        ["eq", band, what] => {
            let (band, settings) = (count("band", band)?, of_band(what, text)?);
            Ok(Control::EqAdjust { input, band, settings })
        }
        ["gate", what] => Ok(Control::GateAdjust { input, settings: of_gate(what, text)? }),
        ["compressor", what] => Ok(Control::CompressorAdjust { input, settings: of_compressor(what, text)? }),
        _ => Err(Reason::UnknownTopic),
    }
}

fn of_band(what: &str, text: &str) -> Result<BandChange, Reason> {
    let mut change = BandChange::default();
    match what {
        "kind" => change.kind = Some(kind(text)?),
        "hz" => change.hz = Some(number(text)?),
        "gain" => change.gain_db = Some(number(text)?),
        "q" => change.q = Some(number(text)?),
        _ => return Err(Reason::UnknownTopic),
    }
    Ok(change)
}

fn of_gate(what: &str, text: &str) -> Result<GateChange, Reason> {
    let mut change = GateChange::default();
    let place = match what {
        "threshold" => &mut change.threshold_db,
        "range" => &mut change.range_db,
        "attack" => &mut change.attack_ms,
        "hold" => &mut change.hold_ms,
        "release" => &mut change.release_ms,
        _ => return Err(Reason::UnknownTopic),
    };
    *place = Some(number(text)?);
    Ok(change)
}

fn of_compressor(what: &str, text: &str) -> Result<CompressorChange, Reason> {
    let mut change = CompressorChange::default();
    let place = match what {
        "threshold" => &mut change.threshold_db,
        "ratio" => &mut change.ratio,
        "knee" => &mut change.knee_db,
        "attack" => &mut change.attack_ms,
        "release" => &mut change.release_ms,
        "makeup" => &mut change.makeup_db,
        "key" => return Ok(CompressorChange { key: Some(key(text)?), ..change }),
        _ => return Err(Reason::UnknownTopic),
    };
    *place = Some(number(text)?);
    Ok(change)
}

fn kind(text: &str) -> Result<BandKind, Reason> {
    word(text).ok_or_else(|| Reason::malformed("must be bell, low_shelf or high_shelf"))
}

/// An input's number, a bus's name, or its own sound.
fn key(text: &str) -> Result<Option<KeySource>, Reason> {
    match text.parse() {
        _ if text == "own" => Ok(None),
        Ok(number) => Ok(Some(KeySource::Input(number))),
        Err(_) => word(text).map(Some).ok_or_else(|| {
            Reason::malformed("must be own, an input's number, monitor, mix, send_1 or send_2")
        }),
    }
}

/// What the configuration writes with that word.
fn word<T: for<'de> Deserialize<'de>>(text: &str) -> Option<T> {
    let text: StrDeserializer<'_, Error> = text.into_deserializer();
    T::deserialize(text).ok()
}
