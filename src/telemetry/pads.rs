//! What a technician sets of a pad: what is left out stays as it is.
//!
//! Runs on: supervisor.
use crate::config::{PadName, PadSettings};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

/// `{"pad": "1.2.3", "gain_db": -3.0}`: a pad beside members that are keys of `[[pad]]`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PadChange {
    /// Which.
    pub pad: PadName,
    /// True: everything else becomes as configured.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub reset: bool,
    /// What changes.
    #[serde(flatten)]
    pub settings: PadSettings,
}

impl<'de> Deserialize<'de> for PadChange {
    /// By hand: what serde flattens may hold anything, and a misspelt member would be lost without a word.
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let mut members = Map::<String, Value>::deserialize(from)?;
        let pad = members.remove("pad").ok_or_else(|| D::Error::missing_field("pad"))?;
        let reset = members.remove("reset").unwrap_or_default();
        let reset = if reset.is_null() { Ok(false) } else { bool::deserialize(reset) };
        Ok(Self {
            pad: PadName::deserialize(pad).map_err(D::Error::custom)?,
            reset: reset.map_err(|_| D::Error::custom("reset: must be true or false"))?,
            settings: PadSettings::deserialize(Value::Object(members)).map_err(D::Error::custom)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Db;

    #[test]
    fn what_is_no_member_is_refused_and_what_is_left_out_is_left() {
        let read = |text: &str| serde_json::from_str::<PadChange>(text).map_err(|error| error.to_string());
        let settings = PadSettings { gain_db: Some(Db(-3.0)), ..PadSettings::default() };
        let change = PadChange { pad: "1.2.3".parse().unwrap(), reset: false, settings };
        assert_eq!(read(r#"{"pad": "1.2.3", "gain_db": -3.0}"#), Ok(change.clone()));
        let written = serde_json::to_string(&change).unwrap();
        assert_eq!(written, r#"{"pad":"1.2.3","gain_db":-3.0}"#);
        assert!(read(r#"{"pad": "1.2.3", "reset": true}"#).unwrap().reset);
        for (text, expected) in [
            (r#"{"gain_db": 1}"#, "missing field `pad`"),
            (r#"{"pad": "1.2"}"#, "expected \"bank.row.column\""),
            (r#"{"pad": "1.1.1", "gain": 1}"#, "unknown field `gain`, expected one of `gain_db`"),
            (r#"{"pad": "1.1.1", "mode": "off"}"#, "unknown variant `off`, expected one of `one_shot`"),
            (r#"{"pad": "1.1.1", "reset": 1}"#, "reset: must be true or false"),
        ] {
            let refused = read(text).unwrap_err();
            assert!(refused.contains(expected), "{text}: {refused}");
        }
    }
}
