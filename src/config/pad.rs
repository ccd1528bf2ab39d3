//! One pad of the player's bank, and what it is called.
//!
//! Runs on: main.
use super::units::Db;
use serde::de::{Error, Unexpected};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// `[[pad]]`: one pad.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PadConfig {
    /// Its place, "bank.row.column"; after the entry before it.
    pub at: Option<PadName>,
    /// A file in `player.dir`; has to be given.
    pub file: PathBuf,
    /// What people call it, 1..32 printable characters; the file's name without its ending.
    pub name: Option<String>,
    /// -96..24 dB; 0.
    pub gain_db: Db,
    /// What a press does; one_shot.
    pub mode: PadMode,
    /// Start and end of the loop, 0..3600 s of the clip; all of it.
    pub loop_s: Option<[f64; 2]>,
    /// The same in frames of the clip, 0..691200000; all of it.
    pub loop_frames: Option<[u64; 2]>,
    /// How fast it plays, 0.25..4; 1.
    pub speed: f32,
    /// How much higher it sounds than the speed makes it, -12..12 semitones; 0.
    pub pitch: f32,
    /// Whether the speed leaves its pitch as it is; false.
    pub key_lock: bool,
    /// Pads of one group, 1..64, silence one another; none.
    pub choke: Option<u8>,
    /// Pads of one group, 1..64, start and stop as one; none.
    pub stem: Option<u8>,
    /// What it waits for; nothing.
    pub quantise: Quantise,
    /// What a stop waits for; nothing.
    pub stop_quantise: Quantise,
    /// How long it takes to come in, 0..10000 ms; 0, as recorded.
    pub fade_in_ms: f32,
    /// How long it takes to fall silent when it is stopped, 0..10000 ms; 5.
    pub fade_ms: f32,
    /// Gain of low frequencies, a shelf at 200 Hz, -24..24 dB; 0.
    pub low_db: Db,
    /// Gain of middle frequencies, a bell at 1 kHz, -24..24 dB; 0.
    pub mid_db: Db,
    /// Gain of high frequencies, a shelf at 5 kHz, -24..24 dB; 0.
    pub high_db: Db,
    /// Inputs, from 1, to whose strips its left and right go, each with source "player"; or one, to which all of it
    /// goes; empty: the first two of that source, or the one.
    pub strips: Vec<usize>,
}

impl Default for PadConfig {
    fn default() -> Self {
        Self {
            at: None,
            file: PathBuf::new(),
            name: None,
            gain_db: Db(0.0),
            mode: PadMode::OneShot,
            loop_s: None,
            loop_frames: None,
            speed: 1.0,
            pitch: 0.0,
            key_lock: false,
            choke: None,
            stem: None,
            quantise: Quantise::Off,
            stop_quantise: Quantise::Off,
            fade_in_ms: 0.0,
            fade_ms: 5.0,
            low_db: Db(0.0),
            mid_db: Db(0.0),
            high_db: Db(0.0),
            strips: Vec::new(),
        }
    }
}

/// What a press does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PadMode {
    /// Plays to the end; another press begins anew.
    #[default]
    OneShot,
    /// Plays round and round; another press stops it.
    Loop,
    /// Plays while it is held; round and round where it has a loop.
    Gate,
}

/// What a pad waits for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Quantise {
    /// Nothing.
    #[default]
    Off,
    /// The next beat of the click.
    Beat,
    /// The next bar of the click.
    Bar,
}

/// What a pad is called, `bank.row.column`, each from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PadName {
    /// From 1.
    pub bank: u8,
    /// From 1, the top one first.
    pub row: u8,
    /// From 1, the left one first.
    pub column: u8,
}

impl fmt::Display for PadName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{}.{}", self.bank, self.row, self.column)
    }
}

/// What is right.
const FORM: &str = "\"bank.row.column\", each from 1, such as \"1.2.3\"";

impl FromStr for PadName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("must be {FORM}");
        let numbers: Option<Vec<u8>> = text.split('.').map(plain).collect();
        match numbers.ok_or_else(wrong)?.as_slice() {
            [bank, row, column] => Ok(Self { bank: *bank, row: *row, column: *column }),
            _ => Err(wrong()),
        }
    }
}

/// A number from 1 as it is written back: without sign and leading zero.
fn plain(text: &str) -> Option<u8> {
    let number: u8 = text.parse().ok()?;
    (number > 0 && number.to_string() == text).then_some(number)
}

impl Serialize for PadName {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PadName {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(|_| D::Error::invalid_value(Unexpected::Str(&text), &FORM))
    }
}

/// How many pads a bank has; they are counted row by row, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BankShape {
    /// At least 1.
    pub banks: u8,
    /// At least 1.
    pub rows: u8,
    /// At least 1.
    pub columns: u8,
}

impl BankShape {
    /// Pads in all.
    pub fn count(self) -> usize {
        usize::from(self.banks) * usize::from(self.rows) * usize::from(self.columns)
    }

    /// The place of a pad; `None` if there is none of that name.
    pub fn index(self, name: PadName) -> Option<usize> {
        let steps = [(name.bank, self.banks), (name.row, self.rows), (name.column, self.columns)];
        steps.iter().try_fold(0, |index, (at, most)| {
            (1..=*most).contains(at).then(|| index * usize::from(*most) + usize::from(*at) - 1)
        })
    }

    /// What the pad at a place is called.
    pub fn name(self, index: usize) -> Option<PadName> {
        let (rows, columns) = (usize::from(self.rows.max(1)), usize::from(self.columns.max(1)));
        let step = |number: usize| u8::try_from(number + 1).ok();
        let (bank, row, column) = (index / (rows * columns), index / columns % rows, index % columns);
        (index < self.count())
            .then_some(())
            .and_then(|()| Some(PadName { bank: step(bank)?, row: step(row)?, column: step(column)? }))
    }

    /// The last pad.
    pub fn last(self) -> PadName {
        PadName { bank: self.banks, row: self.rows, column: self.columns }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_one_name_and_a_name_one_place() {
        for shape in [
            BankShape { banks: 6, rows: 6, columns: 6 },
            BankShape { banks: 2, rows: 3, columns: 5 },
            BankShape { banks: 1, rows: 16, columns: 1 },
        ] {
            for index in 0..shape.count() {
                let name = shape.name(index).unwrap();
                assert_eq!((shape.index(name), name.to_string().parse()), (Some(index), Ok(name)));
            }
            assert_eq!(
                (shape.name(shape.count()), shape.name(shape.count() - 1)),
                (None, Some(shape.last()))
            );
        }
        let shape = BankShape { banks: 6, rows: 6, columns: 6 };
        assert_eq!(shape.name(43).unwrap().to_string(), "2.2.2");
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for text in [
            "", "1", "1.2", "1.2.3.4", "0.1.1", "1.1.0", "1.-1.1", "01.1.1", "1.+1.1", "256.1.1", "a.b.c",
            "1..2",
        ] {
            assert!(text.parse::<PadName>().is_err(), "{text}");
        }
    }
}
