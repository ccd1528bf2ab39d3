//! What the player is asked for: of wishes those that are its own, as far as the bank has such a pad. Pure.
//!
//! Runs on: supervisor.
use crate::config::{BankShape, PadName};
use crate::telemetry::{Control, PadAction};

/// Why nothing that needs the player is done without one.
pub const NO_PLAYER: &str = "there is no player: player.dir is not set";

/// One thing that the player is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlayerAsk {
    /// A pad is pressed.
    Press(PadName),
    /// The press has ended.
    Release(PadName),
    /// A pad, and what is one with it, falls silent.
    Stop(PadName),
    /// Everything falls silent.
    StopAll,
    /// Looks at the folder again.
    Rescan,
}

impl PlayerAsk {
    /// What a wish asks of the player of this bank; `None` if nothing. Without a bank there is no player.
    ///
    /// # Errors
    /// There is no player, or no such pad.
    pub fn of(control: &Control, bank: Option<BankShape>) -> Option<Result<Self, String>> {
        let ask = match control {
            Control::Pad { pad, action: PadAction::Press } => Self::Press(*pad),
            Control::Pad { pad, action: PadAction::Release } => Self::Release(*pad),
            Control::Pad { pad, action: PadAction::Stop } => Self::Stop(*pad),
            Control::StopPads {} => Self::StopAll,
            Control::RescanPads {} => Self::Rescan,
            _ => return None,
        };
        Some(bank.ok_or_else(|| NO_PLAYER.to_owned()).and_then(|bank| ask.within(bank)))
    }

    fn within(self, bank: BankShape) -> Result<Self, String> {
        match self {
            Self::Press(pad) | Self::Release(pad) | Self::Stop(pad) if bank.index(pad).is_none() => {
                Err(format!("pad {pad}: must be 1.1.1..{} (bank.row.column)", bank.last()))
            }
            ask => Ok(ask),
        }
    }
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
}
