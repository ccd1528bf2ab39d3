//! What a compressor goes by, as people write it: an input's number or a bus's name.
//!
//! Runs on: main.
use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use vestry_rt::lag::KeyBus;

/// What may stand there, but for the number of inputs.
pub const NAMED: &str = "\"monitor\", \"mix\", \"send_1\" or \"send_2\"";

const BUSES: [(&str, KeyBus); 4] = [
    ("monitor", KeyBus::Monitor),
    ("mix", KeyBus::Mix),
    ("send_1", KeyBus::Send(0)),
    ("send_2", KeyBus::Send(1)),
];

/// The level that a compressor goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// An input, from 1, after its gain and mute and before its filters.
    Input(usize),
    /// A bus, 128 frames late.
    Bus(KeyBus),
}

impl Serialize for KeySource {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Input(number) => number.serialize(to),
            Self::Bus(bus) => {
                let name = BUSES.iter().find(|(_, known)| known == bus).map_or("monitor", |(name, _)| name);
                to.serialize_str(name)
            }
        }
    }
}

impl<'de> Deserialize<'de> for KeySource {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Words)
    }
}

/// Reads a number or a name.
struct Words;

impl Visitor<'_> for Words {
    type Value = KeySource;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "an input's number, {NAMED}")
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<KeySource, E> {
        Ok(KeySource::Input(usize::try_from(number).unwrap_or(usize::MAX)))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<KeySource, E> {
        let known = u64::try_from(number).map_err(|_| E::invalid_value(Unexpected::Signed(number), &self))?;
        self.visit_u64(known)
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<KeySource, E> {
        let known = BUSES.iter().find(|(known, _)| *known == name);
        known
            .map(|(_, bus)| KeySource::Bus(*bus))
            .ok_or_else(|| E::invalid_value(Unexpected::Str(name), &self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_written_as_it_is_read() {
        let read = |text: &str| serde_json::from_str::<KeySource>(text).map_err(|error| error.to_string());
        for text in ["7", "\"monitor\"", "\"mix\"", "\"send_1\"", "\"send_2\""] {
            assert_eq!(serde_json::to_string(&read(text).unwrap()).unwrap(), text);
        }
        assert_eq!(read("\"send_2\""), Ok(KeySource::Bus(KeyBus::Send(1))));
        let fault = read("\"send_3\"").unwrap_err();
        assert!(
            fault.contains("expected an input's number, \"monitor\", \"mix\", \"send_1\" or \"send_2\""),
            "{fault}"
        );
        assert!(read("-1").is_err() && read("1.5").is_err() && read("null").is_err());
    }
}
