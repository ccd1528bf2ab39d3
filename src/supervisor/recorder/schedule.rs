//! Between the schedule, its medium, people and the writers.
//!
//! Runs on: supervisor.
use super::super::outside::Asked;
use super::super::policy::Action;
use super::super::schedule::{Change, News};
use super::Recorder;
use crate::record::RecordCommand;
use vestry_rt::meter::MeterFrame;

impl Recorder<'_> {
    /// Has the schedule changed; who asked is answered once that is kept.
    pub(super) fn reschedule(&mut self, change: Change, asked: Asked) {
        let mut asked = Some(asked);
        if let (Err(why), Some(asked)) = (self.inside.schedule.ask(change, &mut asked), asked) {
            self.outside.answer(asked, Err(why));
        }
    }

    /// What a person wants of the writers.
    pub(super) fn by_hand(&mut self, command: &RecordCommand) {
        let said = self.inside.schedule.person(command);
        self.inside.writers.send(command);
        if let Some(action) = said {
            self.act(action);
        }
    }

    /// Begins and ends what is due.
    pub(super) fn schedule(&mut self, meters: &MeterFrame) {
        for news in self.inside.schedule.step() {
            match news {
                News::Answer(asked, outcome) => self.outside.answer(asked, outcome.map(|()| Vec::new())),
                News::Say(severity, text) => {
                    self.act(Action::Say(severity, text));
                }
            }
        }
        let position = self.inside.position();
        for action in self.inside.schedule.tick(meters, position) {
            self.act(action);
        }
    }
}
