//! Between those who ask for scenes and their medium.
//!
//! Runs on: supervisor.
use super::super::archive::News;
use super::super::outside::Asked;
use super::super::policy::{Action, Severity};
use super::super::scenes::Job;
use super::Recorder;

impl Recorder<'_> {
    /// Has a scene saved or deleted; who asked is answered once it is.
    pub(super) fn keep(&mut self, job: Job, asked: Asked) {
        let mut asked = Some(asked);
        if let (Err(why), Some(asked)) = (self.archive.begin(job, &mut asked), asked) {
            self.outside.answer(asked, Err(why));
        }
    }

    /// What the medium of the scenes has done, and who waits for it.
    pub(super) fn scenes(&mut self) {
        let (news, asked) = self.archive.step();
        let scenes = &mut self.inside.policy.scenes;
        let (said, outcome) = match news {
            Some(News::Found(found)) => (scenes.found(found), Ok(())),
            Some(News::Done(job, Ok(()))) => (vec![scenes.done(job)], Ok(())),
            Some(News::Done(_, Err(why))) => (vec![(Severity::Warn, format!("scenes: {why}"))], Err(why)),
            None => (Vec::new(), Err("the medium of the scenes does not answer".to_owned())),
        };
        for (severity, text) in said {
            self.act(Action::Say(severity, text));
        }
        if let Some(asked) = asked {
            self.outside.answer(asked, outcome.map(|()| Vec::new()));
        }
    }
}
