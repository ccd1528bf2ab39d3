//! Scenes on their medium: read at the start, written and removed when asked for, never waited for. At most one thing at a time,
//! on a thread that ends by itself.
//!
//! Runs on: supervisor (the handle), scenes (the work).
use super::outside::Asked;
use super::scenes::{Job, Read, check};
use crate::config::{Config, Scene};
use crate::record::shelf;
use crate::record::storage::Disk;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::time::{Duration, Instant};

/// Who asked is answered by then, whatever the medium does.
const PATIENCE: Duration = Duration::from_secs(10);
/// Between two looks at a folder that cannot be read.
const AGAIN: Duration = Duration::from_secs(5);
/// How long the end waits for what is being written.
const LAST: Duration = Duration::from_millis(500);
/// All memory is locked, stacks too.
const STACK: usize = 256 * 1024;

/// What has come of it.
pub enum News {
    /// What there is.
    Found(Result<Vec<Read>, String>),
    /// What was done, or why it could not be.
    Done(Job, Result<(), String>),
}

/// What is under way.
struct Work {
    news: Receiver<News>,
    asked: Option<Asked>,
    since: Instant,
}

/// The handle.
pub struct Archive {
    config: Arc<Config>,
    work: Option<Work>,
    /// When the folder is to be read; none once it was.
    read_at: Option<Instant>,
}

impl Archive {
    /// Reads at the first `step`.
    pub fn new(config: &Config) -> Self {
        Self { config: Arc::new(config.clone()), work: None, read_at: Some(Instant::now()) }
    }

    /// Begins what is asked for, and keeps who asked until it is done.
    ///
    /// # Errors
    /// Something else is under way, or there is no thread to be had.
    pub fn begin(&mut self, job: Job, asked: &mut Option<Asked>) -> Result<(), String> {
        if let Some(work) = &self.work {
            let late = work.since.elapsed() > PATIENCE;
            let why =
                if late { "their medium stands still" } else { "another one is being saved or deleted" };
            return Err(format!("scenes: {why}; try again"));
        }
        let dir = self.config.scenes();
        let news = spawn(move || done(&dir, job)).map_err(|error| format!("scenes: no thread: {error}"))?;
        self.work = Some(Work { news, asked: asked.take(), since: Instant::now() });
        Ok(())
    }

    /// What has come of it meanwhile, with who is to be told: also where it takes too long, then with nothing else.
    pub fn step(&mut self) -> (Option<News>, Option<Asked>) {
        if self.work.is_none() && self.read_at.take_if(|due| Instant::now() >= *due).is_some() {
            let config = Arc::clone(&self.config);
            let news = spawn(move || found(&config)).ok();
            self.work = news.map(|news| Work { news, asked: None, since: Instant::now() });
        }
        let Some(work) = &mut self.work else { return (None, None) };
        let news = match work.news.try_recv() {
            Ok(news) => Some(news),
            Err(TryRecvError::Empty) => {
                let late = work.since.elapsed() > PATIENCE;
                return (None, work.asked.take_if(|_| late));
            }
            Err(TryRecvError::Disconnected) => None,
        };
        let asked = self.work.take().and_then(|work| work.asked);
        if matches!(news, None | Some(News::Found(Err(_)))) {
            self.read_at = Some(Instant::now() + AGAIN);
        }
        (news, asked)
    }

    /// Waits for what is being written, but not for long.
    pub fn end(&mut self) {
        if let Some(work) = self.work.take() {
            let _ = work.news.recv_timeout(LAST);
        }
    }
}

/// Does it on a thread of its own, that inherits the caller's priority.
fn spawn(work: impl FnOnce() -> News + Send + 'static) -> std::io::Result<Receiver<News>> {
    let (give, take) = sync_channel(1);
    let work = move || {
        // Nobody waits for it any more: so be it.
        let _ = give.send(work());
    };
    std::thread::Builder::new().name("scenes".into()).stack_size(STACK).spawn(work)?;
    Ok(take)
}

fn found(config: &Config) -> News {
    let dir = config.scenes();
    let read = |(file, text): shelf::Found| {
        let path = dir.join(&file);
        let what = text.and_then(|(name, text)| parsed(&path, name, &text, config));
        Read { file: path.display().to_string(), what }
    };
    let found = shelf::load(&Disk, &dir).map_err(|error| error.to_string());
    News::Found(found.map(|files| files.into_iter().map(read).collect()))
}

fn parsed(path: &Path, name: String, text: &str, config: &Config) -> Result<(String, Arc<Scene>), String> {
    check(&name)?;
    let fault = |error: crate::config::ConfigError| {
        let more = error.faults.len().saturating_sub(1);
        let more = if more == 0 { String::new() } else { format!(" (and {more} more)") };
        error.faults.first().map_or_else(String::new, |fault| format!("{fault}{more}"))
    };
    Scene::parse(path, text, config).map(|scene| (name, Arc::new(scene))).map_err(fault)
}

fn done(dir: &Path, job: Job) -> News {
    let outcome = match &job {
        Job::Save(name, scene) => shelf::save(&Disk, dir, name, &scene.text()),
        Job::Delete(name) => shelf::remove(&Disk, dir, name),
    };
    News::Done(job, outcome.map_err(|error| error.to_string()))
}
