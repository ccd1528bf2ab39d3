//! What a soundcheck that is under way means for others: what takes note of, and what is refused meanwhile. Pure.
//!
//! Runs on: supervisor.
use crate::record::{At, RecordCommand};
use crate::supervisor::policy::{Action, Severity};
use crate::telemetry::Control;

/// The soundcheck that is under way; no strips where none is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnderWay {
    /// Strips that are the take's, as bits.
    pub strips: u32,
    /// Its folder.
    pub take: String,
}

impl UnderWay {
    /// Why something is not done meanwhile.
    pub fn refuses(&self, control: &Control) -> Option<String> {
        let Control::Source { input, .. } = control else { return None };
        let bit = input.checked_sub(1).and_then(|strip| 1_u32.checked_shl(u32::try_from(strip).ok()?))?;
        let taken = self.strips & bit != 0;
        taken.then(|| format!("input {input}: plays take {}; stop the soundcheck first, or punch", self.take))
    }

    /// What a take that begins meanwhile has to say; `None` if no soundcheck is under way.
    pub fn note(&self, at: u64) -> Option<Action> {
        let label = format!("Soundcheck of {}: post taps have it on inputs {}", self.take, self.inputs());
        (self.strips != 0).then(|| marker(At::Frame(at), label))
    }

    /// Another one is under way from here on: what follows. `take` is where a take that is being recorded is.
    pub fn changes(&mut self, now: Self, take: Option<At>) -> Vec<Action> {
        let before = std::mem::replace(self, now);
        let (said, label) = if self.strips != 0 {
            let inputs = self.inputs();
            let label =
                format!("Soundcheck of {} from here: post taps have it on inputs {inputs}", self.take);
            (format!("soundcheck: take {} plays on inputs {inputs}", self.take), label)
        } else {
            let inputs = before.inputs();
            (
                format!("soundcheck: over; inputs {inputs} are as before"),
                format!("Soundcheck over: inputs {inputs} as before from here"),
            )
        };
        let noted = take.map(|at| marker(at, label));
        [Action::Say(Severity::Info, said)].into_iter().chain(noted).collect()
    }

    fn inputs(&self) -> String {
        let inputs = super::inputs(self.strips).into_iter().map(|input| input.to_string());
        inputs.collect::<Vec<_>>().join(", ")
    }
}

fn marker(at: At, label: String) -> Action {
    Action::Record(RecordCommand::Marker { at, label })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::InputSource;

    #[test]
    fn inputs_that_a_take_plays_on_are_told_and_left_alone() {
        let now = UnderWay { strips: 0b101, take: "t".into() };
        let mut state = UnderWay::default();
        let told = state.changes(now.clone(), Some(At::Frame(7)));
        let label = "Soundcheck of t from here: post taps have it on inputs 1, 3".to_owned();
        assert_eq!(told[1], marker(At::Frame(7), label));
        let source = |input| Control::Source { input, source: InputSource::Card };
        let refused = [0, 1, 2, 3, 40].map(|input| state.refuses(&source(input)).is_some());
        assert_eq!(refused, [false, true, false, true, false]);
        assert_eq!(state.refuses(&Control::Split {}), None);
        assert!(state.note(9).is_some());
        assert_eq!(state.changes(UnderWay::default(), None).len(), 1);
        assert_eq!((state.note(9), state.refuses(&source(1))), (None, None));
    }
}
