//! What the player is asked for: of wishes those that are its own, as far as the bank has such a pad. Pure.
//!
//! Runs on: supervisor.
use super::inserts::all_within;
use crate::config::{BankShape, PadName, PadSettings};
use crate::play::tune::Tune;
use crate::telemetry::{Control, PadAction};
use std::collections::BTreeMap;

/// Why nothing that needs the player is done without one.
pub const NO_PLAYER: &str = "there is no player: player.dir is not set";

/// One thing that the player is to do.
#[derive(Clone, Debug, PartialEq)]
pub enum PlayerAsk {
    /// A pad is pressed.
    Press(PadName),
    /// The press has ended.
    Release(PadName),
    /// A pad, and what is one with it, falls silent.
    Stop(PadName),
    /// A pad that plays stops, another is pressed.
    Toggle(PadName),
    /// What plays round and round on a pad plays to its end.
    Finish(PadName),
    /// All that is set of a pad beside the configuration, from now on.
    Set(PadName, Box<PadSettings>),
    /// A scene is recalled.
    Recall(Box<Recall>),
    /// Everything falls silent.
    StopAll,
    /// Looks at the folder again.
    Rescan,
    /// A pad, and what is one with it, gets another speed, pitch or key lock.
    Tune(PadName, Tune),
}

/// What the recall of a scene brings about, on one frame.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recall {
    /// All that is set of some pads from then on, beside the configuration.
    pub set: BTreeMap<PadName, PadSettings>,
    /// These stop.
    pub stop: Vec<PadName>,
    /// These start; what plays round and round already goes on.
    pub start: Vec<PadName>,
}

impl Recall {
    /// Whether there is nothing to be done.
    pub fn is_empty(&self) -> bool {
        self.set.is_empty() && self.stop.is_empty() && self.start.is_empty()
    }
}

/// Whether a pad is one of the bank. Without a bank there is no player.
///
/// # Errors
/// What is right.
pub fn within(pad: PadName, bank: Option<BankShape>) -> Result<(), String> {
    let bank = bank.ok_or(NO_PLAYER)?;
    let there = bank.index(pad).is_some();
    there.then_some(()).ok_or_else(|| format!("pad {pad}: must be 1.1.1..{} (bank.row.column)", bank.last()))
}

impl PlayerAsk {
    /// What a wish asks of the player of this bank; `None` if nothing. Without a bank there is no player.
    ///
    /// # Errors
    /// There is no player, or no such pad.
    pub fn of(control: &Control, bank: Option<BankShape>) -> Option<Result<Self, String>> {
        let there = |ask| bank.ok_or_else(|| NO_PLAYER.to_owned()).map(|_| ask);
        Some(match control {
            Control::Pad { pad, action } => within(*pad, bank).map(|()| Self::pad(*pad, *action)),
            Control::StopPads {} => there(Self::StopAll),
            Control::RescanPads {} => there(Self::Rescan),
            Control::TunePad { pad, speed, pitch, key_lock } => {
                let tune = Tune { speed: *speed, pitch: *pitch, key_lock: *key_lock };
                within(*pad, bank).and_then(|()| tuned(tune)).map(|()| Self::Tune(*pad, tune))
            }
            _ => return None,
        })
    }

    fn pad(pad: PadName, action: PadAction) -> Self {
        match action {
            PadAction::Press => Self::Press(pad),
            PadAction::Release => Self::Release(pad),
            PadAction::Stop => Self::Stop(pad),
            PadAction::Finish => Self::Finish(pad),
        }
    }
}

/// Whether it is in the ranges of a pad's settings, and anything at all.
fn tuned(tune: Tune) -> Result<(), String> {
    if tune == Tune::default() {
        return Err("must have one of speed, pitch and key_lock".into());
    }
    let numbers = [("speed", tune.speed), ("pitch", tune.pitch)];
    let given: Vec<_> = numbers.iter().filter_map(|(name, value)| Some((*name, (*value)?))).collect();
    all_within("pad", &given)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pad_beyond_the_bank_and_any_pad_without_a_player_are_refused() {
        let pad = |name: &str, action| Control::Pad { pad: name.parse().unwrap(), action };
        let bank = Some(BankShape { banks: 2, rows: 3, columns: 4 });
        let last: PadName = "2.3.4".parse().unwrap();
        for (control, ask) in [
            (pad("2.3.4", PadAction::Press), PlayerAsk::Press(last)),
            (pad("2.3.4", PadAction::Release), PlayerAsk::Release(last)),
            (pad("2.3.4", PadAction::Stop), PlayerAsk::Stop(last)),
            (pad("2.3.4", PadAction::Finish), PlayerAsk::Finish(last)),
            (Control::StopPads {}, PlayerAsk::StopAll),
            (Control::RescanPads {}, PlayerAsk::Rescan),
        ] {
            assert_eq!(PlayerAsk::of(&control, bank), Some(Ok(ask)));
            assert_eq!(PlayerAsk::of(&control, None), Some(Err(NO_PLAYER.into())), "{control:?}");
        }
        for (name, action) in
            [("3.1.1", PadAction::Press), ("1.4.1", PadAction::Release), ("1.1.5", PadAction::Stop)]
        {
            let refused = Err(format!("pad {name}: must be 1.1.1..2.3.4 (bank.row.column)"));
            assert_eq!(PlayerAsk::of(&pad(name, action), bank), Some(refused));
        }
        assert_eq!(PlayerAsk::of(&Control::Split {}, bank), None);
    }

    #[test]
    fn a_pad_is_tuned_within_the_ranges_of_its_settings() {
        let bank = Some(BankShape { banks: 1, rows: 1, columns: 2 });
        let ask = |name: &str, speed, pitch, key_lock| {
            let pad = name.parse().unwrap();
            PlayerAsk::of(&Control::TunePad { pad, speed, pitch, key_lock }, bank).unwrap()
        };
        let tune = Tune { speed: Some(4.0), pitch: Some(-12.0), key_lock: Some(true) };
        let last: PadName = "1.1.2".parse().unwrap();
        assert_eq!(ask("1.1.2", Some(4.0), Some(-12.0), Some(true)), Ok(PlayerAsk::Tune(last, tune)));
        for (refused, reason) in [
            (ask("1.1.3", Some(1.0), None, None), "pad 1.1.3: must be 1.1.1..1.1.2 (bank.row.column)"),
            (ask("1.1.1", None, None, None), "must have one of speed, pitch and key_lock"),
            (ask("1.1.1", Some(0.2), None, None), "speed 0.2: must be 0.25..4"),
            (ask("1.1.1", None, Some(12.5), None), "pitch 12.5: must be -12..12 semitones"),
            (ask("1.1.1", None, Some(f32::NAN), None), "pitch NaN: must be -12..12 semitones"),
        ] {
            assert_eq!(refused, Err(reason.to_owned()));
        }
    }
}
