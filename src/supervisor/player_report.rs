//! From what is on pads to what is told of them. Pure.
//!
//! Runs on: supervisor.
use crate::config::PadName;
use crate::play::PadState;
use crate::play::tune::Tuned;
use crate::telemetry::{PadReport, PadWord, TunedReport};

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
    PadReport { pad: at.to_string(), name, state, seconds, note, reason, ..PadReport::default() }
}

/// The same with how each is tuned.
pub fn tuned(mut pads: Vec<PadReport>, tunes: &[(PadName, Option<Tuned>)]) -> Vec<PadReport> {
    for (at, tuned) in tunes.iter().filter_map(|(at, tuned)| Some((at.to_string(), tuned.as_ref()?))) {
        if let Some(pad) = pads.iter_mut().find(|pad| pad.pad == at) {
            let Tuned { speed, pitch, key_lock, rendering, refused } = tuned.clone();
            pad.tuned = Some(TunedReport { speed, pitch, key_lock, rendering, not_tuned: refused });
        }
    }
    pads
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
        let reports = pads(all);
        assert_eq!(reports, expected);
        let refused = Some("finds no room".to_owned());
        let tune = Tuned { speed: 1.5, pitch: -2.0, key_lock: true, rendering: false, refused };
        let places = [PadName { bank: 1, row: 2, column: 2 }, PadName { bank: 1, row: 2, column: 3 }];
        let reports = tuned(reports, &[(places[0], None), (places[1], Some(tune))]);
        let told: Vec<_> = reports.iter().map(|pad| pad.tuned.as_ref().map(|tuned| tuned.speed)).collect();
        assert_eq!(told, [None, Some(1.5), None, None]);
        assert_eq!(reports[1].tuned.as_ref().unwrap().not_tuned.as_deref(), Some("finds no room"));
    }
}
