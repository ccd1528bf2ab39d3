//! What the schedule has to remember, on its medium: read at the start, written when it has changed, never waited for but at the
//! very start, and not for long there. At most one thing at a time, on a thread that ends by itself.
//!
//! Runs on: supervisor (the handle), schedule (the work).
use super::super::outside::Asked;
use super::super::policy::Severity;
use super::machine::{Change, Machine};
use crate::config::ScheduleFile;
use crate::record::shelf;
use crate::record::storage::Disk;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::time::{Duration, Instant};

/// What the file is called.
const NAME: &str = "calendar";
/// The start waits so long for what is remembered: with it, the box knows whether it is to record.
const FIRST: Duration = Duration::from_millis(500);
/// Who asked is answered by then, whatever the medium does.
const PATIENCE: Duration = Duration::from_secs(10);
/// Between two tries.
const AGAIN: Duration = Duration::from_secs(5);
/// How long the end waits for what is being written.
const LAST: Duration = Duration::from_millis(500);
/// Most changes that wait.
const MOST: usize = 8;
/// All memory is locked, stacks too.
const STACK: usize = 256 * 1024;

/// What has come of it.
enum Outcome {
    /// What is there.
    Found(Result<Found, String>),
    /// It is written, or why not.
    Kept(Result<(), String>),
}

/// What is there.
enum Found {
    Nothing,
    File(ScheduleFile),
    /// A file that cannot be understood, and why.
    Strange(String),
}

/// What is under way.
struct Work {
    outcome: Receiver<Outcome>,
    since: Instant,
    asked: Option<(Change, Asked)>,
    file: ScheduleFile,
}

/// What follows.
pub enum News {
    /// Who asked is to be answered.
    Answer(Asked, Result<(), String>),
    /// People are to be told.
    Say(Severity, String),
}

/// The handle.
pub struct Store {
    dir: PathBuf,
    work: Option<Work>,
    /// What is on the medium; none until that is known.
    kept: Option<ScheduleFile>,
    /// There is a file that cannot be understood: it is left alone until somebody sends something in its place.
    strange: bool,
    waiting: VecDeque<(Change, Asked)>,
    due: Instant,
    fault: Option<String>,
}

impl Store {
    /// Begins to read what is in `dir`. With it, if that does not take long; none is told later, by `step`.
    pub fn open(dir: PathBuf) -> (Self, ScheduleFile, Option<News>) {
        let mut store = Self {
            work: None,
            kept: None,
            strange: false,
            waiting: VecDeque::new(),
            due: Instant::now(),
            fault: None,
            dir,
        };
        store.read();
        let first = store.work.as_ref().and_then(|work| work.outcome.recv_timeout(FIRST).ok());
        let Some(outcome) = first else { return (store, ScheduleFile::default(), None) };
        store.work = None;
        let news = match outcome {
            Outcome::Found(found) => store.found(found),
            Outcome::Kept(_) => None,
        };
        let file = store.kept.clone().unwrap_or_default();
        (store, file, news)
    }

    /// Why it is not as it should be.
    pub fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }

    /// Has a change made and kept, and keeps who asked until then.
    ///
    /// # Errors
    /// Why not.
    pub fn ask(&mut self, change: Change, asked: &mut Option<Asked>) -> Result<(), String> {
        if self.kept.is_none() {
            return Err("the calendar is still being read; try again".into());
        }
        if self.waiting.len() >= MOST {
            return Err("other changes are being kept; try again".into());
        }
        self.waiting.extend(asked.take().map(|asked| (change, asked)));
        Ok(())
    }

    /// Takes in what was done meanwhile and begins what is to be done.
    pub fn step(&mut self, machine: &mut Machine) -> Vec<News> {
        let mut news = self.take_in(machine);
        if self.work.is_none() && Instant::now() >= self.due {
            match &self.kept {
                None => self.read(),
                Some(kept) => {
                    let asked = self.waiting.pop_front();
                    let file = asked.as_ref().map(|(change, _)| machine.changed(change));
                    let stale = machine.rules_takes() && !self.strange && machine.memory() != kept;
                    if let Some(file) = file.or_else(|| stale.then(|| machine.memory().clone())) {
                        news.extend(self.write(file, asked));
                    }
                }
            }
        }
        news
    }

    /// Waits for what is being written, but not for long.
    pub fn end(&mut self) {
        if let Some(work) = self.work.take() {
            let _ = work.outcome.recv_timeout(LAST);
        }
    }

    fn take_in(&mut self, machine: &mut Machine) -> Vec<News> {
        let Some(work) = &mut self.work else { return Vec::new() };
        let outcome = match work.outcome.try_recv() {
            Ok(outcome) => outcome,
            Err(TryRecvError::Empty) => {
                if work.since.elapsed() <= PATIENCE {
                    return Vec::new();
                }
                let why = || Err("the medium of the calendar does not answer".to_owned());
                let asked = work.asked.take().into_iter().chain(self.waiting.drain(..));
                return asked.map(|(_, asked)| News::Answer(asked, why())).collect();
            }
            Err(TryRecvError::Disconnected) => Outcome::Kept(Err("its thread has ended".into())),
        };
        let Some(Work { asked, file, .. }) = self.work.take() else { return Vec::new() };
        match outcome {
            Outcome::Found(found) => {
                let news = self.found(found);
                self.kept.clone().into_iter().for_each(|file| machine.recall(file));
                news.into_iter().collect()
            }
            Outcome::Kept(Ok(())) => {
                self.knows(file);
                let done = asked.map(|(change, asked)| {
                    machine.change(change);
                    News::Answer(asked, Ok(()))
                });
                done.into_iter().collect()
            }
            Outcome::Kept(Err(why)) => self.failed(why, asked.map(|(_, asked)| asked)),
        }
    }

    /// A folder that cannot be read is read again.
    fn found(&mut self, found: Result<Found, String>) -> Option<News> {
        let why = match found {
            Ok(Found::Nothing) => return self.knows(ScheduleFile::default()),
            Ok(Found::File(file)) => return self.knows(file),
            Ok(Found::Strange(why)) => {
                (self.kept, self.strange) = (Some(ScheduleFile::default()), true);
                why
            }
            Err(why) => why,
        };
        self.failed(why, None).pop()
    }

    fn knows(&mut self, file: ScheduleFile) -> Option<News> {
        (self.kept, self.fault, self.strange) = (Some(file), None, false);
        None
    }

    fn failed(&mut self, why: String, asked: Option<Asked>) -> Vec<News> {
        self.due = Instant::now() + AGAIN;
        if let Some(asked) = asked {
            return vec![News::Answer(asked, Err(format!("schedule: {why}")))];
        }
        let news = self.fault.replace(why.clone()).as_ref() != Some(&why);
        news.then(|| News::Say(Severity::Warn, format!("schedule: {why}"))).into_iter().collect()
    }

    fn read(&mut self) {
        let dir = self.dir.clone();
        self.begin(ScheduleFile::default(), None, move || Outcome::Found(read(&dir)));
    }

    fn write(&mut self, file: ScheduleFile, asked: Option<(Change, Asked)>) -> Option<News> {
        let (dir, text) = (self.dir.clone(), file.text());
        let write =
            move || Outcome::Kept(shelf::save(&Disk, &dir, NAME, &text).map_err(|error| error.to_string()));
        self.begin(file, asked, write)
    }

    /// Does it on a thread of its own, that inherits the caller's priority.
    fn begin(
        &mut self,
        file: ScheduleFile,
        asked: Option<(Change, Asked)>,
        work: impl FnOnce() -> Outcome + Send + 'static,
    ) -> Option<News> {
        let (give, outcome) = sync_channel(1);
        let work = move || {
            // Nobody waits for it any more: so be it.
            let _ = give.send(work());
        };
        match std::thread::Builder::new().name("schedule".into()).stack_size(STACK).spawn(work) {
            Ok(_) => {
                self.work = Some(Work { outcome, since: Instant::now(), asked, file });
                None
            }
            Err(error) => self.failed(format!("no thread: {error}"), asked.map(|(_, asked)| asked)).pop(),
        }
    }
}

fn read(dir: &Path) -> Result<Found, String> {
    let found = shelf::load(&Disk, dir).map_err(|error| error.to_string())?;
    for (file, text) in found {
        let strange = |why: String| Ok(Found::Strange(format!("{}: {why}", dir.join(&file).display())));
        match text {
            Ok((name, text)) if name == NAME => {
                return ScheduleFile::parse(&text).map_or_else(strange, |file| Ok(Found::File(file)));
            }
            Err(why) if file.starts_with(NAME) => return strange(why),
            _ => {}
        }
    }
    Ok(Found::Nothing)
}
