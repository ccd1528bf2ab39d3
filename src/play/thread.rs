//! The player: a thread that loads the bank, and a handle that is pressed.
//!
//! Both share what is on the pads behind a lock, which the thread has only while it puts a clip there, never while it reads
//! or decodes. The rt thread has no part in it.
//!
//! Runs on: supervisor; what is below `Loader` runs on player.
use super::PadState;
use super::cache::Cache;
use super::folder;
use super::grid::Grid;
use super::load::{self, Known, Playable};
use super::order::{Order, order};
use super::pads::{Ask, Pads, Refusal, Rules};
use super::settings::PlayerSettings;
use super::voices::VoiceId;
use crate::config::{PadConfig, PadName};
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
    shared: Arc<Shared>,
    scans: Sender<()>,
}

impl Player {
    /// Starts the thread, which loads the bank. Until it has, pads are [`PadState::Loading`].
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(settings: PlayerSettings) -> io::Result<Self> {
        let mut rules = vec![Rules::default(); settings.shape.count()];
        for (place, pad) in &settings.pads {
            if let Some(rule) = rules.get_mut(*place) {
                *rule = Rules::of(pad, settings.sample_rate);
            }
        }
        if settings.pads.is_empty() {
            rules.fill(Rules::of(&PadConfig::default(), settings.sample_rate));
        }
        let grid = Grid { tempo: settings.tempo, beats_a_bar: settings.beats_a_bar, origin: 0 };
        let (scans, asked) = channel();
        let shared = Arc::new(Shared::default());
        shared.bank().pads.resize_with(settings.shape.count(), Entry::default);
        let cache = Cache::new(settings.most_bytes);
        let loader = Loader { settings: settings.clone(), shared: Arc::clone(&shared), cache };
        let player = Self { settings, pads: Pads::new(rules, grid), shared, scans };
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
            Some((entry.config.clone()?, entry.clip.clone()?))
        };
        let actions = self.pads.ask(ask, now, |pad| clip(pad).is_some())?;
        Ok(actions.into_iter().filter_map(|action| order(action, self.settings.sample_rate, clip)).collect())
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
        if self.scans.send(()).is_err() {
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

    /// Pads that sound or wait for their beat, in the order of their voices; one that is fading is none.
    pub fn playing(&self) -> Vec<usize> {
        self.pads.voices().filter(|voice| voice.is_wanted()).map(|voice| voice.pad).collect()
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
    /// Scans once for each time that it is asked, until nobody can ask any more.
    fn run(mut self, asked: &Receiver<()>) {
        while asked.recv().is_ok() && self.goes_on() {
            self.scan();
            let mut bank = self.shared.bank();
            bank.pending = bank.pending.saturating_sub(1);
        }
    }

    fn goes_on(&self) -> bool {
        !self.shared.ends.load(Ordering::Relaxed)
    }

    fn scan(&mut self) {
        let found = folder::find(&self.settings);
        self.lay_out(&found);
        let mut known = Known::new();
        for (place, config) in &found.pads {
            if !self.goes_on() {
                return;
            }
            self.load(*place, config, &mut known);
        }
        for (place, _) in &found.pads {
            self.survey(*place);
        }
    }

    /// Finds out what is not known of a long clip until all of it is read; not while something else is asked for.
    fn survey(&mut self, place: usize) {
        let shared = Arc::clone(&self.shared);
        let goes_on = || !shared.ends.load(Ordering::Relaxed) && shared.bank().pending <= 1;
        let clip = self.shared.bank().pads.get(place).and_then(|entry| entry.clip.clone());
        let Some(mut clip) = clip.filter(|_| goes_on()) else { return };
        match load::survey(&mut self.cache, &mut clip, &goes_on) {
            Ok(false) => {}
            Ok(true) => self.put(place, |entry| (entry.state, entry.clip) = (clip.state(), Some(clip))),
            Err(_) if !goes_on() => {}
            Err(reason) => self.put(place, |entry| {
                (entry.state, entry.clip) = (PadState::Failed { reason }, None);
            }),
        }
    }

    /// Says what is to be on each pad. One that has its clip keeps it until it is known to be another.
    fn lay_out(&self, found: &folder::Found) {
        let mut bank = self.shared.bank();
        bank.faults.clone_from(&found.faults);
        for (place, entry) in bank.pads.iter_mut().enumerate() {
            let config = found.pads.iter().find(|(at, _)| *at == place).map(|(_, config)| config);
            if entry.config.as_ref() == config && entry.clip.is_some() {
                continue;
            }
            let state = if config.is_some() { PadState::Loading } else { PadState::Empty };
            *entry = Entry { config: config.cloned(), state, clip: None };
        }
    }

    fn load(&mut self, place: usize, config: &PadConfig, known: &mut Known) {
        let shared = Arc::clone(&self.shared);
        let goes_on = || !shared.ends.load(Ordering::Relaxed);
        let loaded = load::open(&self.settings.dir, config, (self.cache.limit(), known), &goes_on);
        if loaded.as_ref().is_ok_and(|opened| self.is_there(place, opened)) {
            return;
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
        self.put(place, |entry| match loaded {
            Ok(clip) => (entry.state, entry.clip) = (clip.state(), Some(clip)),
            Err(reason) => (entry.state, entry.clip) = (PadState::Failed { reason }, None),
        });
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
