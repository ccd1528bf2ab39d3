//! What a press does: a state machine of pads and voices that returns what the voices have to do. Pure.
//!
//! A pad, a choke group and a stem each sound once: whoever is started stops the others on the frame on which it starts, and
//! they fade from there. A start that waits for a beat stops them no sooner. Should it be stopped while it waits, it never
//! sounds, and the others stop all the same.
//!
//! Runs on: supervisor.
use super::grid::Grid;
use super::voices::{VOICES, Voice, VoiceId, Voices};
use crate::config::{PadConfig, PadMode, Quantise};

/// What a pad goes by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// What a press does.
    pub mode: PadMode,
    /// What a start waits for.
    pub quantise: Quantise,
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
        let fade = (f64::from(pad.fade_ms) * f64::from(sample_rate) / 1000.0).round() as u32;
        Self { mode: pad.mode, quantise: pad.quantise, choke: pad.choke, stem: pad.stem, fade }
    }
}

/// What somebody wants. Pads count from 0, row by row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// A press.
    Trigger(usize),
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
}

/// Why nothing happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The bank is not as large.
    #[error("there is no such pad")]
    NoPad,
    /// The pad, or a stem of it, has no clip that could play.
    #[error("the pad has no clip that can be played")]
    NotReady(usize),
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
            Ask::Release(pad) => match self.rules(pad)?.mode {
                PadMode::Gate => self.stop(pad, now),
                PadMode::OneShot | PadMode::Loop => Ok(Vec::new()),
            },
            Ask::Stop(pad) => self.stop(pad, now),
            Ask::StopAll => Ok(self.stop_where(now, |_| true)),
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

    fn trigger(
        &mut self,
        pad: usize,
        now: u64,
        is_ready: impl Fn(usize) -> bool,
    ) -> Result<Vec<Action>, Refusal> {
        let stems = self.stems(pad)?;
        let rules = self.rules(pad)?;
        let plays = self.voices.iter().any(|voice| stems.contains(&voice.pad) && voice.is_wanted());
        if rules.mode == PadMode::Loop && plays {
            return self.stop(pad, now);
        }
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
        let mut actions = self.stop_where(at, chokes);
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
        Ok(self.stop_where(now, |pad| stems.contains(&pad)))
    }

    /// Stops the voices of some pads, each with its pad's fade, unless they stop sooner anyway.
    fn stop_where(&mut self, at: u64, which: impl Fn(usize) -> bool) -> Vec<Action> {
        let rules = &self.rules;
        let later = |voice: &&mut Voice| which(voice.pad) && voice.until.is_none_or(|until| until > at);
        let stop = |voice: &mut Voice| {
            voice.until = Some(at);
            let fade = rules.get(voice.pad).map_or(0, |rules| rules.fade);
            Action::Stop { voice: voice.id, at, fade }
        };
        self.voices.iter_mut().filter(later).map(stop).collect()
    }
}

#[cfg(test)]
#[path = "pads_tests.rs"]
mod tests;
