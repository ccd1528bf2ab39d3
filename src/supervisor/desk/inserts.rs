//! What strips have switched on: set as a whole, setting by setting, or taken out of the sound with its settings kept.
//!
//! Runs on: supervisor.
use super::super::inserts::{self, Switched};
use super::{Change, Desk, found};
use crate::config::{InsertName, KeySource, Lane, MOST_BANDS};
use crate::telemetry::Control;
use vestry_rt::message::Command;

/// Where a high-pass begins that is switched on and was never set.
const USUAL_HIGH_PASS_HZ: f32 = 80.0;

impl Desk {
    /// Carries out what is about one of them.
    pub(super) fn insert(&mut self, control: &Control) -> Change {
        match control {
            Control::HighPass { input, hz } => self.set(*input, Switched::HighPass(*hz)),
            Control::Eq { input, band, settings } => {
                self.set(*input, Switched::Band(found(*band, MOST_BANDS, "band")?, *settings))
            }
            Control::EqAdjust { input, band, settings } => {
                let (at, place) = (self.find(*input)?, found(*band, MOST_BANDS, "band")?);
                let band = self.inputs[at].lane.eq[place].unwrap_or_default();
                self.set(*input, Switched::Band(place, Some(settings.over(&band))))
            }
            Control::Gate { input, settings } => self.set(*input, Switched::Gate(*settings)),
            Control::GateAdjust { input, settings } => {
                let gate = self.inputs[self.find(*input)?].lane.gate;
                let set = Switched::Gate(Some(settings.over(&gate.unwrap_or_default())));
                self.adjust(*input, set, gate.is_none().then_some(InsertName::Gate))
            }
            Control::Compressor { input, settings } => self.set(*input, Switched::Compressor(*settings)),
            Control::CompressorAdjust { input, settings } => {
                let compressor = self.inputs[self.find(*input)?].lane.compressor;
                let set = Switched::Compressor(Some(settings.over(&compressor.unwrap_or_default())));
                self.adjust(*input, set, compressor.is_none().then_some(InsertName::Compressor))
            }
            Control::Bypass { input, insert, on } => self.bypass(*input, *insert, *on),
            other => Err(format!("{other:?} is not of a strip")),
        }
    }

    fn set(&mut self, input: usize, switched: Switched) -> Change {
        self.adjust(input, switched, None)
    }

    /// Sets; `silently` it is bypassed besides: who turns a knob of what was not there has not switched it on.
    fn adjust(&mut self, input: usize, switched: Switched, silently: Option<InsertName>) -> Change {
        let at = self.find(input)?;
        if let Switched::Compressor(Some(compressor)) = switched
            && let Some(KeySource::Input(key)) = compressor.key
        {
            found(key, self.inputs.len(), "key")?;
        }
        switched.check(self.sample_rate)?;
        let change = |lane: &mut Lane| {
            lane.bypass.extend(silently);
            switched.note(lane);
        };
        Ok(self.changed(at, change))
    }

    /// What is switched on and was never set has its usual settings from then on.
    fn bypass(&mut self, input: usize, insert: InsertName, on: bool) -> Change {
        let at = self.find(input)?;
        let change = |lane: &mut Lane| {
            if on {
                lane.bypass.insert(insert);
            } else {
                lane.bypass.remove(&insert);
                usual(lane, insert);
            }
        };
        Ok(self.changed(at, change))
    }

    /// The commands for what `change` does to what is heard of an input's inserts.
    fn changed(&mut self, at: usize, change: impl FnOnce(&mut Lane)) -> Vec<Command> {
        let lane = &mut self.inputs[at].lane;
        let was = inserts::heard(lane);
        change(lane);
        inserts::changes(at as u8, &was, &inserts::heard(lane), self.sample_rate)
    }
}

/// Gives `insert` its usual settings where it has none. An equaliser without bands is one.
fn usual(lane: &mut Lane, insert: InsertName) {
    match insert {
        InsertName::HighPass => {
            lane.high_pass_hz.get_or_insert(USUAL_HIGH_PASS_HZ);
        }
        InsertName::Gate => {
            lane.gate.get_or_insert_default();
        }
        InsertName::Eq => {}
        InsertName::Compressor => {
            lane.compressor.get_or_insert_default();
        }
    }
}
