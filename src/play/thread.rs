//! The player: a thread that loads the bank, and a handle that is pressed.
//!
//! Both share what is on the pads behind a lock, which the thread has only while it puts a clip there, never while it reads
//! or decodes. The rt thread has no part in it.
//!
//! Runs on: supervisor; what is below `Loader` runs on player.
mod retune;
mod survey;
mod tuning;

use super::PadState;
use super::cache::Cache;
use super::folder;
use super::grid::Grid;
use super::live::Live;
use super::load::{self, Known};
use super::order::{Order, order, start};
use super::pads::{Action, Ask, Pads, Refusal};
use super::playable::Playable;
use super::progress::Progress;
use super::settings::PlayerSettings;
use super::tune::Tune;
use super::voices::{Voice, VoiceId};
use crate::config::{PadConfig, PadName, PadSettings};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

/// What is on one pad.
#[derive(Clone, Debug, Default)]
struct Entry {
    config: Option<PadConfig>,
    state: PadState,
    clip: Option<Playable>,
    /// What was changed of the configuration's.
    tune: Tune,
    /// What it is to be, while that is made.
    wanted: Option<Tune>,
    /// It, once it is made.
    next: Option<Playable>,
    /// Why the last one was not made.
    untuned: Option<String>,
}

/// What both sides see.
#[derive(Debug, Default)]
struct Bank {
    pads: Vec<Entry>,
    faults: Vec<String>,
    /// Bytes of all clips in memory.
    bytes: usize,
    /// Bytes that parts of streams may take beside these.
    stream_bytes: usize,
    /// Scans that were asked for and are not done.
    pending: usize,
    /// Works that were asked for and are not begun.
    queued: usize,
    /// Pads whose next clip is there, those of a stem together.
    ready: Vec<Vec<usize>>,
}

/// What the thread is asked for.
#[derive(Clone, Debug)]
enum Work {
    /// A look at the folder.
    Scan,
    /// These pads, which go together, as they are wanted.
    Retune(Vec<usize>),
}

#[derive(Debug, Default)]
struct Shared {
    bank: Mutex<Bank>,
    ends: AtomicBool,
}

impl Shared {
    fn bank(&self) -> MutexGuard<'_, Bank> {
        self.bank.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The handle. When it is dropped the thread ends after the packet that it decodes; nobody waits for its medium.
#[derive(Debug)]
pub struct Player {
    settings: PlayerSettings,
    pads: Pads,
    live: Live,
    progress: Progress,
    shared: Arc<Shared>,
    work: Sender<Work>,
}

impl Player {
    /// Starts the thread, which loads the bank. Until it has, pads are [`PadState::Loading`].
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(settings: PlayerSettings) -> io::Result<Self> {
        let live = Live::default();
        let rules = (0..settings.shape.count()).map(|place| live.rules(place, &settings)).collect();
        let grid = Grid { tempo: settings.tempo, beats_a_bar: settings.beats_a_bar, origin: 0 };
        let (work, asked) = channel();
        let shared = Arc::new(Shared::default());
        shared.bank().pads.resize_with(settings.shape.count(), Entry::default);
        let cache = Cache::new(settings.most_bytes);
        let loader = Loader { settings: settings.clone(), shared: Arc::clone(&shared), cache };
        let (pads, progress) = (Pads::new(rules, grid), Progress::default());
        let player = Self { settings, pads, live, progress, shared, work };
        player.rescan();
        thread::Builder::new().name("player".into()).spawn(move || loader.run(&asked))?;
        Ok(player)
    }

    /// What the voices have to do for somebody. `now` is the first absolute frame that can still be changed.
    ///
    /// # Errors
    /// Nothing can be done, and nothing is.
    pub fn request(&mut self, ask: Ask, now: u64) -> Result<Vec<Order>, Refusal> {
        let bank = self.shared.bank();
        let clip = |pad: usize| {
            let entry = bank.pads.get(pad)?;
            self.live.playable(pad, entry.config.as_ref()?, entry.clip.as_ref()?).ok()
        };
        if let Ask::Finish(pad) = ask
            && clip(pad).is_some_and(|(_, clip)| clip.stream.is_some())
        {
            return Err(Refusal::Endless);
        }
        let actions = self.pads.ask(ask, now, |pad| clip(pad).is_some())?;
        let rate = self.settings.sample_rate;
        for action in &actions {
            if let Action::Start { voice, pad, at } = action
                && let Some((_, clip)) = clip(*pad)
            {
                self.progress.set(*voice, *at, 0.0, clip.pace(rate));
            }
        }
        Ok(actions.into_iter().filter_map(|action| order(action, rate, clip)).collect())
    }

    /// Sets a pad so from now on; nothing: as configured. What its voices have to do for that.
    ///
    /// # Errors
    /// There is no such pad, or its loop would not lie within its clip; nothing is changed then.
    pub fn set(&mut self, place: usize, settings: PadSettings) -> Result<Vec<Order>, String> {
        let bank = self.shared.bank();
        let entry = bank.pads.get(place).ok_or_else(|| Refusal::NoPad.to_string())?;
        let mut after = self.live.clone();
        after.set(place, settings);
        let mut orders = Vec::new();
        if let (Some(config), Some(clip)) = (&entry.config, &entry.clip) {
            let is = after.playable(place, config, clip).map_err(|wrong| format!("its clip {wrong}"))?;
            if let Ok(was) = self.live.playable(place, config, clip) {
                let rate = self.settings.sample_rate;
                for voice in self.pads.voices().filter(|voice| voice.pad == place) {
                    let as_of = |on| start((voice.id, voice.from), rate, on);
                    let changes = as_of(was.clone()).changes(&as_of(is.clone()));
                    orders.extend(changes.into_iter().map(|change| Order::Change(voice.id, change)));
                }
            }
        }
        drop(bank);
        self.live = after;
        self.pads.set_rules(place, self.live.rules(place, &self.settings));
        Ok(orders)
    }

    /// Seconds that a pad's clip plays; `None` where it has none, or plays round and round.
    pub fn plays_for(&self, place: usize) -> Option<f64> {
        let bank = self.shared.bank();
        let entry = bank.pads.get(place)?;
        let (config, clip) = self.live.playable(place, entry.config.as_ref()?, entry.clip.as_ref()?).ok()?;
        let points = load::repeat(&config, clip.frames, clip.sound.rate());
        points.is_ok_and(|points| points.is_none()).then(|| clip.plays_for())
    }

    /// What is set of pads beside the configuration, by place.
    pub fn live(&self) -> &Live {
        &self.live
    }

    /// A voice has fallen silent.
    pub fn ended(&mut self, voice: VoiceId) {
        self.pads.ended(voice);
    }

    /// Where the click's beats are from now on; until it is told, frame 0 is the first of a bar.
    pub fn set_grid(&mut self, grid: Grid) {
        self.pads.set_grid(grid);
    }

    /// Looks at the folder again: new files are loaded, those that are gone leave their pads. What plays goes on.
    pub fn rescan(&self) {
        self.shared.bank().pending += 1;
        self.ask_for(Work::Scan);
    }

    fn ask_for(&self, work: Work) {
        self.shared.bank().queued += 1;
        if self.work.send(work).is_err() {
            let mut bank = self.shared.bank();
            bank.pending = 0;
            bank.faults = vec!["the player's thread has ended".into()];
        }
    }

    /// What each pad is called and what is on it, in order.
    pub fn states(&self) -> Vec<(PadName, String, PadState)> {
        let bank = self.shared.bank();
        let called = |entry: &Entry| entry.config.as_ref().map(PadConfig::called).unwrap_or_default();
        let named = |(place, entry): (usize, &Entry)| {
            Some((self.settings.shape.name(place)?, called(entry), entry.state.clone()))
        };
        bank.pads.iter().enumerate().filter_map(named).collect()
    }

    /// Pads that sound or wait for their beat at the frame `now`, in the order of their voices, with the frame of their
    /// start; one that is fading is none.
    pub fn playing(&self, now: u64) -> Vec<(usize, u64)> {
        let plays = |voice: &&Voice| voice.until.is_none_or(|until| until > now);
        self.pads.voices().filter(plays).map(|voice| (voice.pad, voice.from)).collect()
    }

    /// What is wrong with the folder as a whole.
    pub fn faults(&self) -> Vec<String> {
        self.shared.bank().faults.clone()
    }

    /// Bytes of all clips in memory.
    pub fn bytes(&self) -> usize {
        self.shared.bank().bytes
    }

    /// Bytes that parts of streams may take beside these while they play.
    pub fn stream_bytes(&self) -> usize {
        self.shared.bank().stream_bytes
    }

    /// Whether every scan that was asked for is done.
    pub fn is_loaded(&self) -> bool {
        self.shared.bank().pending == 0
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        self.shared.ends.store(true, Ordering::Relaxed);
    }
}

/// What the thread has.
struct Loader {
    settings: PlayerSettings,
    shared: Arc<Shared>,
    cache: Cache,
}

impl Loader {
    /// Does what it is asked for, until nobody can ask any more.
    fn run(mut self, asked: &Receiver<Work>) {
        while let Ok(work) = asked.recv()
            && self.goes_on()
        {
            let mut bank = self.shared.bank();
            bank.queued = bank.queued.saturating_sub(1);
            drop(bank);
            match &work {
                Work::Scan => self.scan(),
                Work::Retune(places) => self.retune(places),
            }
            self.survey();
            let mut bank = self.shared.bank();
            bank.pending = bank.pending.saturating_sub(usize::from(matches!(work, Work::Scan)));
        }
    }

    fn goes_on(&self) -> bool {
        !self.shared.ends.load(Ordering::Relaxed)
    }

    fn scan(&mut self) {
        let found = folder::find(&self.settings);
        self.lay_out(&found);
        let mut known = Known::new();
        for (place, _) in &found.pads {
            // As it is to be by now: somebody may have tuned it since, or tune it meanwhile.
            while self.goes_on()
                && let Some(config) = self.config(*place)
                && !self.load(*place, &config, &mut known)
            {}
        }
    }

    /// Says what is to be on each pad. One that has its clip keeps it until it is known to be another.
    fn lay_out(&self, found: &folder::Found) {
        let mut bank = self.shared.bank();
        bank.faults.clone_from(&found.faults);
        for (place, entry) in bank.pads.iter_mut().enumerate() {
            let config = found.pads.iter().find(|(at, _)| *at == place).map(|(_, config)| config);
            if entry.config == config.map(|config| entry.tune.of(config)) && entry.clip.is_some() {
                continue;
            }
            let state = if config.is_some() { PadState::Loading } else { PadState::Empty };
            // What is being made for it is loaded with it.
            let tune = entry.wanted.unwrap_or(entry.tune);
            *entry = Entry { config: config.map(|config| tune.of(config)), state, tune, ..Entry::default() };
        }
    }

    fn config(&self, place: usize) -> Option<PadConfig> {
        self.shared.bank().pads.get(place)?.config.clone()
    }

    /// Whether the pad is still to be so when its clip is there.
    fn load(&mut self, place: usize, config: &PadConfig, known: &mut Known) -> bool {
        let shared = Arc::clone(&self.shared);
        let goes_on = || !shared.ends.load(Ordering::Relaxed);
        let loaded = load::open(&self.settings.dir, config, (self.cache.limit(), known), &goes_on);
        if loaded.as_ref().is_ok_and(|opened| self.is_there(place, opened)) {
            return true;
        }
        let loaded = loaded.and_then(|opened| {
            // What was there gives up its memory before another takes its own.
            self.put(place, |entry| {
                let is_other = |clip: &mut Playable| clip.id != opened.id || clip.stream.is_some();
                if entry.clip.take_if(is_other).is_some() {
                    entry.state = PadState::Loading;
                }
            });
            load::clip(&mut self.cache, (config, self.settings.sample_rate), opened, &goes_on)
        });
        let mut stays = true;
        self.put(place, |entry| {
            stays = entry.config.as_ref() == Some(config);
            match loaded {
                _ if !stays => {}
                Ok(clip) => (entry.state, entry.clip) = (clip.state(), Some(clip)),
                Err(reason) => (entry.state, entry.clip) = (PadState::Failed { reason }, None),
            }
        });
        stays
    }

    /// Whether a pad streams that very file.
    fn is_there(&self, place: usize, opened: &load::Opened) -> bool {
        let bank = self.shared.bank();
        let clip = bank.pads.get(place).and_then(|entry| entry.clip.as_ref());
        clip.and_then(|clip| clip.stream.as_ref()).is_some_and(|stream| stream.is_from(&opened.about))
    }

    fn put(&self, place: usize, change: impl FnOnce(&mut Entry)) {
        let mut bank = self.shared.bank();
        (bank.bytes, bank.stream_bytes) = (self.cache.bytes(), self.cache.stream_bytes());
        if let Some(entry) = bank.pads.get_mut(place) {
            change(entry);
        }
    }
}
