//! From what is on pads to what is told of them. Pure.
//!
//! Runs on: supervisor.
use crate::config::{PadName, PadSettings};
use crate::play::PadState;
use crate::telemetry::{PadReport, PadWord};

/// Every pad that is not empty: its place, what people call it, what is on it.
pub fn pads(all: impl IntoIterator<Item = (PadName, String, PadState)>) -> Vec<PadReport> {
    all.into_iter().filter(|(.., state)| *state != PadState::Empty).map(pad).collect()
}

fn pad((at, name, state): (PadName, String, PadState)) -> PadReport {
    let (state, seconds, note, reason) = match state {
        PadState::Empty => (PadWord::Empty, None, None, None),
        PadState::Loading => (PadWord::Loading, None, None, None),
        PadState::Ready { seconds, note, .. } => (PadWord::Ready, Some(seconds), note, None),
        PadState::Failed { reason } => (PadWord::Failed, None, None, Some(reason)),
    };
    PadReport { pad: at.to_string(), name, state, seconds, note, reason, set: PadSettings::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pads_are_told_with_their_length_or_the_reason_why_they_have_none() {
        let ready = |note| PadState::Ready { seconds: 1.5, channels: 2, rate: 48_000, note };
        let failed = PadState::Failed { reason: "is no file".into() };
        let states = [ready(None), PadState::Empty, PadState::Loading, ready(Some("cut off".into())), failed];
        let all = (1..)
            .zip(states)
            .map(|(column, state)| (PadName { bank: 1, row: 2, column }, format!("clip {column}"), state));
        let told = |at: u8, state, seconds| PadReport {
            pad: format!("1.2.{at}"),
            name: format!("clip {at}"),
            state,
            seconds,
            ..PadReport::default()
        };
        let expected = [
            told(1, PadWord::Ready, Some(1.5)),
            told(3, PadWord::Loading, None),
            PadReport { note: Some("cut off".into()), ..told(4, PadWord::Ready, Some(1.5)) },
            PadReport { reason: Some("is no file".into()), ..told(5, PadWord::Failed, None) },
        ];
        assert_eq!(pads(all), expected);
    }
}
