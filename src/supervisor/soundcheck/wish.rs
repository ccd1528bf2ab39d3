//! From what somebody wants of a soundcheck to what its transport is asked.
//!
//! Runs on: supervisor.
use super::open::{LAST, Wanted, begin};
use super::{Opening, Soundcheck, Stage};
use crate::play::take::run::Span;
use crate::play::take::transport::Ask;
use crate::telemetry::{Place, SoundcheckAction, SoundcheckWish};
use std::time::Instant;

/// Shortest part of a loop or punch, in seconds.
const SHORTEST: f64 = 0.1;

impl Soundcheck {
    /// Does what somebody wants.
    ///
    /// # Errors
    /// Why nothing is done.
    pub fn ask(&mut self, wish: &SoundcheckWish, stage: &mut Stage<'_>) -> Result<(), String> {
        if let Some(strange) = strange(wish) {
            let action = format!("{:?}", wish.action).to_lowercase();
            return Err(format!("{strange}: has no meaning with the action {action}"));
        }
        self.refuse_before(wish)?;
        let opens = wish.take.is_some() || self.loaded.is_none() && self.opening.is_none();
        if opens { self.begin_opening(wish, stage) } else { self.carry_out(wish, stage) }
    }

    /// What can be told before anything is opened.
    fn refuse_before(&self, wish: &SoundcheckWish) -> Result<(), String> {
        use SoundcheckAction::{Load, Play};
        if self.opening.is_some() {
            return Err("a take is being opened; try again".into());
        }
        if wish.action == Load && wish.take.is_none() {
            return Err("take: must be given, a folder or \"last\"".into());
        }
        if self.loaded.is_none() && wish.take.is_none() && wish.action != Play {
            return Err("no take is loaded: give take, a folder or \"last\"".into());
        }
        match wish.inputs.iter().flatten().find(|input| !(1..=self.inputs).contains(*input)) {
            Some(input) => Err(format!("inputs: {input}: must be 1..{}", self.inputs)),
            None => Ok(()),
        }
    }

    fn begin_opening(&mut self, wish: &SoundcheckWish, stage: &mut Stage<'_>) -> Result<(), String> {
        let take = wish.take.clone().unwrap_or_else(|| LAST.into());
        let (dirs, running) = (self.dirs.clone(), stage.ground.running.clone());
        let wanted = Wanted { take: take.clone(), dirs, running };
        if !wanted.is_sound() {
            return Err(format!("take {take:?}: must be the name of a folder, or \"last\""));
        }
        let news = begin(wanted).map_err(|error| format!("no thread to open it: {error}"))?;
        if let Some((_, transport)) = &mut self.loaded {
            let actions = transport.ask(Ask::Stop, stage.ground.now);
            self.counted = transport.last_run();
            self.perform(actions, stage);
        }
        (self.loaded, self.fault) = (None, None);
        self.opening = Some(Opening {
            wish: SoundcheckWish { take: Some(take), ..wish.clone() },
            news,
            since: Instant::now(),
        });
        Ok(())
    }

    /// Asks the transport of the take that is loaded.
    pub(super) fn carry_out(&mut self, wish: &SoundcheckWish, stage: &mut Stage<'_>) -> Result<(), String> {
        let Some((loaded, transport)) = &mut self.loaded else { return Err("no take is loaded".into()) };
        let place = |member: &str, place: &Option<Place>| {
            place.as_ref().map(|place| loaded.frame(member, place)).transpose()
        };
        let (from, to) = (place("from", &wish.from)?, place("to", &wish.to)?);
        let part = part(from, to, (SHORTEST * f64::from(loaded.rate)) as u64);
        let ask = match wish.action {
            SoundcheckAction::Load => return Ok(()),
            SoundcheckAction::Play => Ask::Play,
            SoundcheckAction::Pause => Ask::Pause,
            SoundcheckAction::Stop => Ask::Stop,
            SoundcheckAction::Seek => {
                let from = from.ok_or("from: must be given, seconds or a marker")?;
                Ask::Seek(from.min(loaded.frames.saturating_sub(1)))
            }
            SoundcheckAction::Loop => Ask::Loop(part?),
            SoundcheckAction::Punch => {
                let inputs = wish.inputs.as_ref().ok_or("inputs: must be given, a list of inputs")?;
                let strips = inputs.iter().fold(0, |strips, input| strips | 1 << (input - 1));
                Ask::Punch(strips, part?)
            }
            SoundcheckAction::PunchIn if transport.punch().0 == 0 => {
                return Err("no inputs are punched: send punch with inputs first".into());
            }
            SoundcheckAction::PunchIn => Ask::Live(true),
            SoundcheckAction::PunchOut => Ask::Live(false),
        };
        self.fault = None;
        let actions = transport.ask(ask, stage.ground.now);
        self.perform(actions, stage);
        Ok(())
    }
}

/// A part from both of its ends, or none.
fn part(from: Option<u64>, to: Option<u64>, shortest: u64) -> Result<Option<Span>, String> {
    match (from, to) {
        (None, None) => Ok(None),
        (Some(from), Some(to)) if from + shortest.max(1) <= to => Ok(Some([from, to])),
        (Some(_), Some(_)) => Err(format!("to: must be {SHORTEST} s after from, or more")),
        _ => Err("from and to: must be given both, or none".into()),
    }
}

/// The first member that an action has no use for.
fn strange(wish: &SoundcheckWish) -> Option<&'static str> {
    use SoundcheckAction::{Load, Loop, Play, Punch, Seek};
    let action = wish.action;
    let ranges = matches!(action, Loop | Punch);
    let members = [
        ("take", wish.take.is_some(), matches!(action, Load | Play)),
        ("tracks", wish.tracks.is_some(), wish.take.is_some()),
        ("from", wish.from.is_some(), ranges || action == Seek),
        ("to", wish.to.is_some(), ranges),
        ("inputs", wish.inputs.is_some(), action == Punch),
    ];
    members.into_iter().find(|(_, given, used)| *given && !used).map(|(member, ..)| member)
}
