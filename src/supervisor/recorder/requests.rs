//! Between those who ask, over the broker or on the page, and what carries it out.
//!
//! Runs on: supervisor.
use super::super::console;
use super::super::policy::Action;
use super::super::scenes::Job;
use super::super::schedule::Change;
use super::Recorder;
use crate::telemetry::Located;

/// What becomes of a request that nothing speaks against.
enum Granted {
    /// All of it is done, with the takes that it named.
    Done(Vec<Located>),
    /// It waits for the medium of the scenes.
    Scene(Job),
    /// It waits for the medium of the schedule.
    Schedule(Change),
}

impl Recorder<'_> {
    /// Wishes from broker and page: each answered, all of a batch or none of it.
    pub(super) fn requests(&mut self) {
        while let Some(asked) = self.outside.asked() {
            let before = self.inside.policy.clone();
            let position = self.inside.position();
            let actions = self.inside.policy.request(&asked.controls, position);
            let granted = actions.and_then(|actions| self.grant_all(actions, position));
            if granted.is_err() {
                self.inside.policy = before;
            }
            match granted {
                Ok(Granted::Scene(job)) => self.keep(job, asked),
                Ok(Granted::Schedule(change)) => self.reschedule(change, asked),
                Ok(Granted::Done(located)) => self.outside.answer(asked, Ok(located)),
                Err(why) => self.outside.answer(asked, Err(why)),
            }
        }
    }

    /// The console's part comes first: if the engine has no room for it, nothing is done.
    fn grant_all(&mut self, actions: Vec<Action>, position: u64) -> Result<Granted, String> {
        let mut granted = Granted::Done(Vec::new());
        for action in actions {
            match (action, &mut granted) {
                (Action::Located(take), Granted::Done(located)) => located.push(take),
                // What waits for a medium comes by itself.
                (Action::Scene(job), _) => granted = Granted::Scene(job),
                (Action::Schedule(change), _) => granted = Granted::Schedule(change),
                (action, _) => self.grant(action, position)?,
            }
        }
        Ok(granted)
    }

    fn grant(&mut self, action: Action, position: u64) -> Result<(), String> {
        let sent = match &action {
            Action::Mix(commands) => self.inside.remote.send(commands),
            Action::Fade(commands) => {
                self.inside.remote.send_faded(commands, console::fade_frames(self.inside.config))
            }
            Action::Player(ask) => return self.play(ask.clone(), position),
            Action::Soundcheck(wish) => return self.check_sound(wish),
            Action::Deliver(wish) => return self.deliver(wish.as_ref()),
            _ => {
                self.act(action);
                return Ok(());
            }
        };
        sent.map_err(|_| "the mixer takes no commands at the moment; try again".to_owned())
    }
}
