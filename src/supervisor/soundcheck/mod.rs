//! A virtual soundcheck: a take plays through the strips that it was recorded from, while inputs are recorded as ever.
//!
//! Runs on: supervisor.
mod load;
pub mod notes;
mod open;
mod wish;

use super::console::RAMP_MS;
use super::feeder::{Feeder, Readiness};
use super::playback::User;
use crate::config::Config;
use crate::play::stream::thread::StreamId;
use crate::play::take::transport::{Action, Pace, RunId, State, Transport};
use crate::telemetry::{SoundcheckReport, SoundcheckWish, SoundcheckWord};
use load::Loaded;
use notes::UnderWay;
use open::Opened;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::{Duration, Instant};
use vestry_rt::feed::StripSource;
use vestry_rt::message::Command;
use vestry_rt::voice::{VOICES, VoiceOrder};
use vestry_rt::{MAX_INPUTS, message};

/// Parts of a second: by which orders are ahead, however busy the machine is; that a fade takes; by which punches are told; by which
/// a run is opened that goes on without a jump.
const LEAD: u64 = 20;
const FADE: u32 = 100;
const HORIZON: u64 = 1;
const AHEAD: u64 = 2;

/// So long a medium may take to open a take: dozens of files, on a slow card that is being written to.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is to be known of the box.
#[derive(Clone, Debug, Default)]
pub struct Ground {
    /// The absolute frame at which it is.
    pub now: u64,
    /// Takes that are being recorded.
    pub running: Vec<String>,
    /// What feeds each strip by the console.
    pub sources: Vec<StripSource>,
}

/// The voices, of which some are a take's.
pub struct Stage<'a> {
    /// The way to them.
    pub feeder: &'a mut Feeder,
    /// Who has each.
    pub users: &'a mut [Option<User>; VOICES],
    /// What is to be known of the box.
    pub ground: &'a Ground,
}

/// A take that is being opened, and what comes then.
struct Opening {
    wish: SoundcheckWish,
    news: Receiver<Result<Opened, String>>,
    since: Instant,
}

/// The take that is loaded, if any.
pub struct Soundcheck {
    sample_rate: u32,
    ramp: u64,
    inputs: usize,
    /// Folders that takes may be in.
    dirs: Vec<PathBuf>,
    opening: Option<Opening>,
    loaded: Option<(Loaded, Transport)>,
    runs: BTreeMap<RunId, StreamId>,
    /// The last run of takes that were loaded before.
    counted: RunId,
    /// What the mixer is to be told.
    commands: Vec<Command>,
    fault: Option<String>,
}

impl Soundcheck {
    /// Without a take.
    pub fn new(config: &Config) -> Self {
        let dirs = config.media().into_iter().map(|(_, dir)| dir);
        Self {
            sample_rate: config.sample_rate,
            ramp: (config.sample_rate * RAMP_MS / 1_000).into(),
            inputs: config.lanes().len().min(MAX_INPUTS),
            dirs: dirs.chain(config.player.dir.clone()).collect(),
            opening: None,
            loaded: None,
            runs: BTreeMap::new(),
            counted: 0,
            commands: Vec::new(),
            fault: None,
        }
    }

    /// Strips that are the take's while it is under way, as bits: nobody else feeds them.
    fn taken(&self) -> u32 {
        match &self.loaded {
            Some((loaded, transport)) if transport.state() != State::Stopped => loaded.mask(),
            _ => 0,
        }
    }

    /// What others have to know of it.
    pub fn under_way(&self) -> UnderWay {
        let take = self.loaded.as_ref().map(|(loaded, _)| loaded.name.clone());
        let strips = self.taken();
        if strips == 0 { UnderWay::default() } else { UnderWay { strips, take: take.unwrap_or_default() } }
    }

    /// Bytes that are to be read ahead.
    pub fn bytes(&self) -> usize {
        self.loaded.as_ref().map_or(0, |(loaded, _)| loaded.bytes())
    }

    /// The mixer is told these, in their order; `sent` once it was.
    pub fn commands(&self) -> &[Command] {
        self.commands.get(..self.commands.len().min(message::BATCH)).unwrap_or_default()
    }

    /// So many of them were taken.
    pub fn sent(&mut self, count: usize) {
        self.commands.drain(..count.min(self.commands.len()));
    }

    /// What is told of it, at an absolute frame.
    pub fn report(&self, now: u64) -> SoundcheckReport {
        let fault = self.fault.clone();
        if let Some(opening) = &self.opening {
            let take = opening.wish.take.clone().unwrap_or_default();
            return SoundcheckReport { take, state: SoundcheckWord::Opening, ..SoundcheckReport::default() };
        }
        let Some((loaded, transport)) = &self.loaded else {
            let state = if fault.is_some() { SoundcheckWord::Failed } else { SoundcheckWord::None };
            return SoundcheckReport { state, fault, ..SoundcheckReport::default() };
        };
        let span = |span: [u64; 2]| span.map(|frame| loaded.seconds(frame));
        let (punched, punch) = transport.punch();
        SoundcheckReport {
            take: loaded.name.clone(),
            state: match transport.state() {
                State::Stopped => SoundcheckWord::Stopped,
                State::Paused => SoundcheckWord::Paused,
                State::Cueing => SoundcheckWord::Cueing,
                State::Playing => SoundcheckWord::Playing,
            },
            position_s: loaded.seconds(transport.position(now)) as u64,
            length_s: loaded.seconds(loaded.frames),
            loop_s: transport.repeat().map(span),
            punch_inputs: inputs(punched),
            punch_s: punch.map(span),
            inputs: inputs(transport.fed(now)),
            tracks: loaded.tracks.clone(),
            markers: loaded.marker_reports(),
            notes: loaded.notes.clone(),
            fault,
        }
    }

    /// A voice of a run is free again, or could not begin.
    pub fn ended(&mut self, run: RunId, refused: bool, stage: &mut Stage<'_>) {
        if refused {
            self.fault = Some("a track was not played: its voice was not free".into());
        }
        let plays = stage.users.iter().flatten().any(|user| *user == User::Take(run));
        if let (false, Some((_, transport))) = (plays, &mut self.loaded) {
            let actions = transport.ended(run, stage.ground.now);
            self.perform(actions, stage);
        }
    }

    /// A run that plays cannot be read.
    pub fn broken(&mut self, run: RunId, why: &str, goes_on: bool, stage: &mut Stage<'_>) {
        self.note_fault(why);
        // What goes on has more to play, and ends by itself.
        if let (false, Some((_, transport))) = (goes_on, &mut self.loaded) {
            let actions = transport.failed(run, stage.ground.now);
            self.perform(actions, stage);
        }
    }

    /// Hears whether takes are open and runs are ready, and tells of punches that are close. 20 times a second.
    pub fn turn(&mut self, stage: &mut Stage<'_>) {
        self.hear_opening(stage);
        let waiting: Vec<(RunId, StreamId)> = self.runs.iter().map(|(run, stream)| (*run, *stream)).collect();
        for (run, stream) in waiting {
            let Some((_, transport)) = &mut self.loaded else { break };
            let actions = match stage.feeder.readiness(stream) {
                Readiness::Reading => continue,
                Readiness::Ready => transport.ready(run, stage.ground.now),
                Readiness::Failed(why) => {
                    let actions = transport.failed(run, stage.ground.now);
                    self.note_fault(&why);
                    actions
                }
            };
            self.perform(actions, stage);
        }
        if let Some((_, transport)) = &mut self.loaded {
            let actions = transport.turn(stage.ground.now, u64::from(self.sample_rate) / HORIZON);
            self.perform(actions, stage);
        }
    }

    fn hear_opening(&mut self, stage: &mut Stage<'_>) {
        let Some(opening) = &self.opening else { return };
        let opened = match opening.news.try_recv() {
            Err(TryRecvError::Empty) if opening.since.elapsed() < PATIENCE => return,
            Err(_) => Err("its medium does not answer".to_owned()),
            Ok(opened) => opened,
        };
        let Some(Opening { wish, .. }) = self.opening.take() else { return };
        let tracks = wish.tracks.as_deref();
        let console = (self.inputs, self.sample_rate);
        match opened.and_then(|opened| Loaded::new(opened, tracks, console)) {
            Ok(loaded) => {
                let pace = Pace {
                    frames: loaded.frames,
                    step: loaded.step,
                    ramp: self.ramp,
                    lead: u64::from(self.sample_rate) / LEAD,
                    ahead: u64::from(self.sample_rate) / AHEAD,
                };
                let transport = Transport::new(pace, loaded.mask()).after(self.counted);
                tracing::info!("soundcheck: {} is loaded, {} tracks", loaded.name, loaded.strips.len());
                loaded.notes.iter().for_each(|note| tracing::warn!("soundcheck: {note}"));
                self.loaded = Some((loaded, transport));
                let wish = SoundcheckWish { take: None, tracks: None, ..wish };
                if let Err(why) = self.carry_out(&wish, stage) {
                    self.note_fault(&why);
                }
            }
            Err(why) => self.note_fault(&why),
        }
    }

    fn note_fault(&mut self, why: &str) {
        tracing::warn!("soundcheck: {why}");
        self.fault = Some(why.to_owned());
    }

    fn perform(&mut self, actions: Vec<Action>, stage: &mut Stage<'_>) {
        for action in actions {
            match action {
                Action::Open { run, from, repeat } => {
                    if let Some((loaded, _)) = &self.loaded {
                        self.runs.insert(run, stage.feeder.prepare(loaded.opening(from, repeat)));
                    }
                }
                Action::Close(run) => {
                    if let Some(stream) = self.runs.remove(&run) {
                        stage.feeder.forget(stream);
                    }
                }
                Action::Start { run, from, at } => self.start(run, from, at, stage),
                Action::Stop { run, at } => {
                    let fade = self.sample_rate / FADE;
                    let own = stage.users.iter().zip(0..).filter(|(user, _)| **user == Some(User::Take(run)));
                    own.for_each(|(_, voice)| stage.feeder.order(VoiceOrder::Stop { voice, at, fade }));
                }
                Action::Feed { strips, take, at } => self.feed(strips, take, at, &stage.ground.sources),
            }
        }
        stage.feeder.send();
    }

    fn start(&mut self, run: RunId, from: u64, at: u64, stage: &mut Stage<'_>) {
        let (Some((loaded, _)), Some(stream)) = (&self.loaded, self.runs.remove(&run)) else { return };
        let free: Vec<u8> =
            (0..).zip(stage.users.iter()).filter(|(_, user)| user.is_none()).map(|(at, _)| at).collect();
        // A take that begins at its beginning is as it was recorded from the first frame on.
        let fade_in = if from == 0 { 0 } else { self.sample_rate / FADE };
        let voices: Vec<_> = free.into_iter().zip(loaded.voices(fade_in)).collect();
        if voices.len() < loaded.strips.len() {
            self.fault = Some("some tracks are not played: all voices are busy".into());
        }
        for (voice, _) in &voices {
            if let Some(user) = stage.users.get_mut(usize::from(*voice)) {
                *user = Some(User::Take(run));
            }
        }
        stage.feeder.begin(stream, voices, at);
    }

    /// Where the card is what a strip goes back to, its pre tap may keep it: it is the same.
    fn feed(&mut self, strips: u32, take: bool, at: u64, sources: &[StripSource]) {
        for strip in (0..MAX_INPUTS as u8).filter(|strip| strips >> strip & 1 == 1) {
            let own = sources.get(usize::from(strip)).copied().unwrap_or_default();
            let source = if take { StripSource::Player } else { own };
            let keeps_card = take || own == StripSource::Card;
            self.commands.push(Command::SourceAt { strip, source, at, keeps_card });
        }
    }
}

/// From bits to inputs, from 1.
fn inputs(strips: u32) -> Vec<usize> {
    (0..MAX_INPUTS).filter(|strip| strips >> strip & 1 == 1).map(|strip| strip + 1).collect()
}
