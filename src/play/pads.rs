//! What a press does: a state machine of pads and voices that returns what the voices have to do. Pure.
//!
//! A pad, a choke group and a stem each sound once: whoever is started stops the others on the frame on which it starts, and
//! they fade from there. A start that waits for a beat stops them no sooner. Should it be stopped while it waits, it never
//! sounds, and the others stop all the same. A stop may wait for a beat too; a second one does not.
//!
//! Runs on: supervisor.
use super::grid::Grid;
use super::order::frames;
use super::voices::{VOICES, Voice, VoiceId, Voices};
use crate::config::{PadConfig, PadMode, Quantise};

/// What a pad goes by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// What a press does.
    pub mode: PadMode,
    /// What a start waits for.
    pub quantise: Quantise,
    /// What a stop waits for.
    pub stop_quantise: Quantise,
    /// The group of which one sounds at a time.
    pub choke: Option<u8>,
    /// The group that starts and stops as one.
    pub stem: Option<u8>,
    /// Frames of the console that a stop takes.
    pub fade: u32,
}

impl Rules {
    /// Those of a pad's settings at a console's rate.
    pub fn of(pad: &PadConfig, sample_rate: u32) -> Self {
        let fade = frames(pad.fade_ms, sample_rate);
        let PadConfig { mode, quantise, stop_quantise, choke, stem, .. } = *pad;
        Self { mode, quantise, stop_quantise, choke, stem, fade }
    }
}

/// What somebody wants. Pads count from 0, row by row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// A press.
    Trigger(usize),
    /// As a press, but a loop that plays goes on.
    Start(usize),
    /// A stop where it plays, else a press.
    Toggle(usize),
    /// What plays round and round plays to the end of its clip.
    Finish(usize),
    /// The end of a press; matters to gates.
    Release(usize),
    /// The pad, and what is one with it, falls silent.
    Stop(usize),
    /// Everything falls silent.
    StopAll,
}

/// What a voice has to do, on an absolute frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Begin with a pad's sound.
    Start {
        /// Which.
        voice: VoiceId,
        /// Whose sound.
        pad: usize,
        /// Its first frame.
        at: u64,
    },
    /// Fade. A later one for the same voice is always for an earlier frame.
    Stop {
        /// Which.
        voice: VoiceId,
        /// The first frame of the fade. One that has not begun by then never does.
        at: u64,
        /// Frames that it takes; 0: as short as it can be.
        fade: u32,
    },
    /// Repeat no more, from now on.
    Finish {
        /// Which.
        voice: VoiceId,
    },
}

/// Why nothing happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The bank is not as large.
    #[error("there is no such pad")]
    NoPad,
    /// The pad, or a stem of it, has no clip that could play.
    #[error("the pad has no clip that can be played, or its loop does not lie within it")]
    NotReady(usize),
    /// The pad's clip is read while it plays, and repeats as it is read.
    #[error("the pad's clip is too long for memory, and repeats until it is stopped")]
    Endless,
    /// It is one of more stems than voices.
    #[error("it is one of {0} stems; {VOICES} at most start as one")]
    TooManyStems(usize),
}

/// All pads and voices.
#[derive(Clone, Debug)]
pub struct Pads {
    rules: Vec<Rules>,
    voices: Voices,
    grid: Grid,
}

impl Pads {
    /// A bank in which nothing sounds.
    pub fn new(rules: Vec<Rules>, grid: Grid) -> Self {
        Self { rules, voices: Voices::default(), grid }
    }

    /// Beats are elsewhere from now on. What waits, waits for the frame that it was given.
    pub fn set_grid(&mut self, grid: Grid) {
        self.grid = grid;
    }

    /// A pad goes by these from now on; what is under way goes on as it was.
    pub fn set_rules(&mut self, pad: usize, rules: Rules) {
        if let Some(place) = self.rules.get_mut(pad) {
            *place = rules;
        }
    }

    /// A voice has fallen silent.
    pub fn ended(&mut self, voice: VoiceId) {
        self.voices.ended(voice);
    }

    /// Voices in use.
    pub fn voices(&self) -> impl Iterator<Item = &Voice> {
        self.voices.iter()
    }

    /// What the voices have to do for somebody; stops come before starts. `now` is the first frame that can still be
    /// changed.
    ///
    /// # Errors
    /// Nothing can be done for them, and nothing is.
    pub fn ask(
        &mut self,
        ask: Ask,
        now: u64,
        is_ready: impl Fn(usize) -> bool,
    ) -> Result<Vec<Action>, Refusal> {
        match ask {
            Ask::Trigger(pad) => self.trigger(pad, now, is_ready),
            Ask::Start(pad) if self.rules(pad)?.mode == PadMode::Loop && self.plays(pad)? => Ok(Vec::new()),
            Ask::Start(pad) => self.begin(pad, now, is_ready),
            Ask::Toggle(pad) if self.plays(pad)? || self.waits_to_stop(pad, now)? => self.stop(pad, now),
            Ask::Toggle(pad) => self.trigger(pad, now, is_ready),
            // What has been released is not stopped anew by being released again.
            Ask::Release(pad) if self.rules(pad)?.mode != PadMode::Gate => Ok(Vec::new()),
            Ask::Release(pad) if self.waits_to_stop(pad, now)? => Ok(Vec::new()),
            Ask::Release(pad) | Ask::Stop(pad) => self.stop(pad, now),
            Ask::Finish(pad) => self.finish(pad),
            Ask::StopAll => Ok(self.stop_where(|_| Some(now))),
        }
    }

    fn rules(&self, pad: usize) -> Result<Rules, Refusal> {
        self.rules.get(pad).copied().ok_or(Refusal::NoPad)
    }

    /// The pad and what starts and stops as one with it.
    ///
    /// # Errors
    /// There is no such pad.
    pub fn stems(&self, pad: usize) -> Result<Vec<usize>, Refusal> {
        let Some(stem) = self.rules(pad)?.stem else { return Ok(vec![pad]) };
        let same = self.rules.iter().enumerate().filter(|(_, rules)| rules.stem == Some(stem));
        Ok(same.map(|(pad, _)| pad).collect())
    }

    /// Whether a pad, or what is one with it, plays or is going to, and nobody has stopped it.
    fn plays(&self, pad: usize) -> Result<bool, Refusal> {
        let stems = self.stems(pad)?;
        Ok(self.voices.iter().any(|voice| stems.contains(&voice.pad) && voice.is_wanted()))
    }

    /// Whether it plays on up to the beat that its stop waits for.
    fn waits_to_stop(&self, pad: usize, now: u64) -> Result<bool, Refusal> {
        let stems = self.stems(pad)?;
        Ok(self.voices.iter().any(|voice| stems.contains(&voice.pad) && voice.waits_to_stop(now)))
    }

    fn trigger(
        &mut self,
        pad: usize,
        now: u64,
        is_ready: impl Fn(usize) -> bool,
    ) -> Result<Vec<Action>, Refusal> {
        let plays = self.plays(pad)? || self.waits_to_stop(pad, now)?;
        if self.rules(pad)?.mode == PadMode::Loop && plays {
            return self.stop(pad, now);
        }
        self.begin(pad, now, is_ready)
    }

    fn begin(
        &mut self,
        pad: usize,
        now: u64,
        is_ready: impl Fn(usize) -> bool,
    ) -> Result<Vec<Action>, Refusal> {
        let stems = self.stems(pad)?;
        let rules = self.rules(pad)?;
        if stems.len() > VOICES {
            return Err(Refusal::TooManyStems(stems.len()));
        }
        if let Some(missing) = stems.iter().find(|stem| !is_ready(**stem)) {
            return Err(Refusal::NotReady(*missing));
        }
        Ok(self.start(&stems, now, self.grid.next(now, rules.quantise)))
    }

    /// Starts stems on one frame, and stops what may not sound beside them.
    fn start(&mut self, stems: &[usize], now: u64, at: u64) -> Vec<Action> {
        let group = |rules: &[Rules], pad: usize| rules.get(pad).and_then(|rules| rules.choke);
        let rules = self.rules.clone();
        let chokes = |pad: usize| {
            let own = group(&rules, pad);
            stems.contains(&pad) || own.is_some() && stems.iter().any(|stem| group(&rules, *stem) == own)
        };
        let mut actions = self.stop_where(|voice| chokes(voice.pad).then_some(at));
        let (mut starts, mut taken) = (Vec::new(), Vec::new());
        for (place, pad) in stems.iter().enumerate() {
            // Of stems in one choke group, which the configuration refuses, the last one sounds.
            let choked = group(&rules, *pad).is_some_and(|own| {
                stems.iter().skip(place + 1).any(|later| group(&rules, *later) == Some(own))
            });
            if choked {
                continue;
            }
            let Some((voice, before)) = self.voices.take(*pad, at, &taken) else { continue };
            actions.extend(before.map(|voice| Action::Stop { voice, at: now, fade: 0 }));
            starts.push(Action::Start { voice, pad: *pad, at });
            taken.push(voice);
        }
        actions.extend(starts);
        actions
    }

    fn stop(&mut self, pad: usize, now: u64) -> Result<Vec<Action>, Refusal> {
        let stems = self.stems(pad)?;
        let quantise = self.rules(pad)?.stop_quantise;
        let at = if self.waits_to_stop(pad, now)? { now } else { self.grid.next(now, quantise) };
        // What has not begun never does, and waits for nothing.
        let when = |voice: &Voice| if voice.from > now { now } else { at };
        let actions = self.stop_where(|voice| stems.contains(&voice.pad).then(|| when(voice)));
        let stopped = self.voices.iter_mut().filter(|voice| stems.contains(&voice.pad));
        stopped.for_each(|voice| voice.stopped = true);
        Ok(actions)
    }

    fn finish(&mut self, pad: usize) -> Result<Vec<Action>, Refusal> {
        let stems = self.stems(pad)?;
        let wanted = self.voices.iter().filter(|voice| stems.contains(&voice.pad) && voice.is_wanted());
        Ok(wanted.map(|voice| Action::Finish { voice: voice.id }).collect())
    }

    /// Stops each voice from the frame on that `when` says, with its pad's fade, unless it stops sooner anyway.
    fn stop_where(&mut self, when: impl Fn(&Voice) -> Option<u64>) -> Vec<Action> {
        let rules = &self.rules;
        let stop = |voice: &mut Voice| {
            let at = when(voice).filter(|at| voice.until.is_none_or(|until| until > *at))?;
            voice.until = Some(at);
            let fade = rules.get(voice.pad).map_or(0, |rules| rules.fade);
            Some(Action::Stop { voice: voice.id, at, fade })
        };
        self.voices.iter_mut().filter_map(stop).collect()
    }
}

#[cfg(test)]
#[path = "pads_tests.rs"]
mod tests;
