//! What is switched on on strips: checked against the ranges of the file, written down, told to the engine.
//!
//! Runs on: supervisor.
use super::coefficients::{band, compressor, gate, high_pass};
use crate::config::{CompressorConfig, EqBand, GateConfig, InsertName, Lane, MOST_BANDS, within};
use vestry_rt::bank::Insert;
use vestry_rt::message::Command;

/// Something switched on on a strip, or off.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Switched {
    /// The high-pass, in Hz.
    HighPass(Option<f32>),
    /// A band of the equaliser, from 0.
    Band(usize, Option<EqBand>),
    /// The gate.
    Gate(Option<GateConfig>),
    /// The compressor.
    Compressor(Option<CompressorConfig>),
}

impl Switched {
    /// What the engine is told.
    pub fn insert(self, sample_rate: u32) -> Insert {
        match self {
            Self::HighPass(hz) => Insert::HighPass(hz.map(|hz| high_pass(hz, sample_rate))),
            Self::Band(at, settings) => {
                Insert::Band(at as u8, settings.map(|settings| band(&settings, sample_rate)))
            }
            Self::Gate(settings) => Insert::Gate(settings.map(|settings| gate(&settings, sample_rate))),
            Self::Compressor(settings) => {
                Insert::Compressor(settings.map(|settings| compressor(&settings, sample_rate)))
            }
        }
    }

    /// The same one switched off.
    fn off(self) -> Self {
        match self {
            Self::HighPass(_) => Self::HighPass(None),
            Self::Band(at, _) => Self::Band(at, None),
            Self::Gate(_) => Self::Gate(None),
            Self::Compressor(_) => Self::Compressor(None),
        }
    }

    /// Writes it down.
    pub fn note(self, lane: &mut Lane) {
        match self {
            Self::HighPass(hz) => lane.high_pass_hz = hz,
            Self::Band(at, settings) => {
                lane.eq.get_mut(at).into_iter().for_each(|band| *band = settings);
            }
            Self::Gate(settings) => lane.gate = settings,
            Self::Compressor(settings) => lane.compressor = settings,
        }
    }

    /// Whether every number is in the range that the file has for it.
    ///
    /// # Errors
    /// The first that is not, and what is right.
    pub fn check(self, sample_rate: u32) -> Result<(), String> {
        match self {
            Self::HighPass(hz) => hz.map_or(Ok(()), |hz| {
                within("input.high_pass_hz", hz)?;
                below_half(hz, sample_rate)
            }),
            Self::Band(_, settings) => settings.map_or(Ok(()), |EqBand { hz, gain_db, q, .. }| {
                all_within("input.eq", &[("hz", hz), ("gain_db", gain_db.0), ("q", q)])?;
                below_half(hz, sample_rate)
            }),
            Self::Gate(settings) => settings.map_or(Ok(()), |gate| {
                let times = [
                    ("attack_ms", gate.attack_ms),
                    ("hold_ms", gate.hold_ms),
                    ("release_ms", gate.release_ms),
                ];
                let levels = [("threshold_db", gate.threshold_db.0), ("range_db", gate.range_db.0)];
                all_within("input.gate", &times).and_then(|()| all_within("input.gate", &levels))
            }),
            Self::Compressor(settings) => settings.map_or(Ok(()), |settings| {
                let times = [("attack_ms", settings.attack_ms), ("release_ms", settings.release_ms)];
                let levels = [
                    ("threshold_db", settings.threshold_db.0),
                    ("ratio", settings.ratio),
                    ("knee_db", settings.knee_db.0),
                    ("makeup_db", settings.makeup_db.0),
                ];
                all_within("input.compressor", &times).and_then(|()| all_within("input.compressor", &levels))
            }),
        }
    }
}

/// Everything that a strip may have switched on, in the order of the sound.
pub type Heard = [Switched; 3 + MOST_BANDS];

/// What of a strip is heard: what is set and not bypassed.
pub fn heard(lane: &Lane) -> Heard {
    let on = |insert| !lane.bypass.contains(&insert);
    let mut heard =
        [Switched::Compressor(lane.compressor.filter(|_| on(InsertName::Compressor))); 3 + MOST_BANDS];
    let bands = lane.eq.iter().map(|band| band.filter(|_| on(InsertName::Eq))).enumerate();
    let bands = bands.map(|(at, band)| Switched::Band(at, band));
    let first = [
        Switched::HighPass(lane.high_pass_hz.filter(|_| on(InsertName::HighPass))),
        Switched::Gate(lane.gate.filter(|_| on(InsertName::Gate))),
    ];
    heard.iter_mut().zip(first.into_iter().chain(bands)).for_each(|(place, switched)| *place = switched);
    heard
}

/// The commands that lead from `was` to `is` on a strip, from 0.
pub fn changes(at: u8, was: &Heard, is: &Heard, sample_rate: u32) -> Vec<Command> {
    let changed = was.iter().zip(is).filter(|(was, is)| was != is);
    changed.map(|(_, is)| Command::Insert(at, is.insert(sample_rate))).collect()
}

/// The commands for all that is heard of a strip, from 0, that has nothing yet.
pub fn all(at: u8, lane: &Lane, sample_rate: u32) -> Vec<Command> {
    let nothing = heard(lane).map(Switched::off);
    changes(at, &nothing, &heard(lane), sample_rate)
}

/// Checks numbers by their names against the ranges that the file has for them in `table`.
pub(super) fn all_within(table: &str, numbers: &[(&str, f32)]) -> Result<(), String> {
    let check = |(name, number): &(&str, f32)| {
        within(&format!("{table}.{name}"), *number).map_err(|fault| format!("{name} {fault}"))
    };
    numbers.iter().try_for_each(check)
}

fn below_half(hz: f32, sample_rate: u32) -> Result<(), String> {
    let half = sample_rate as f32 / 2.0;
    if hz < half { Ok(()) } else { Err(format!("{hz}: must be below half the sample_rate, {half} Hz")) }
}
