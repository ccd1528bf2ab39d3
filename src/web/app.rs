//! What all requests share.
//!
//! Runs on: web.
use super::auth::{Code, Limit, Password, Rate, Sessions};
use super::settings::WebSettings;
use super::shared::{Shared, lock};
use super::takes::Shelf;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// Passwords that one may try.
const SIGN_INS: Rate = Rate { each: 5, all: 30, within: Duration::from_secs(60) };
/// Codes that one may ask for. With five tries each, who guesses finds one in some 800 days on average; that many are in an hour.
const CODES: Rate = Rate { each: 6, all: 12, within: Duration::from_secs(3_600) };
/// Codes that one may try to give.
const GUESSES: Rate = Rate { each: 10, all: 30, within: Duration::from_secs(60) };

/// Downloads at once; each holds some 400 KB.
const MOST_DOWNLOADS: usize = 8;
/// How long a medium or a turn is waited for.
const WAIT: Duration = Duration::from_secs(60);

/// All of it.
pub(super) struct App {
    pub settings: WebSettings,
    pub shared: Arc<Shared>,
    pub shelf: Arc<dyn Shelf>,
    pub password: Arc<Password>,
    code: Mutex<Code>,
    sessions: Mutex<Sessions>,
    pub limits: Limits,
    /// One password is hashed at a time: each takes 12 MiB.
    pub hashing: Arc<Semaphore>,
    /// One looks at the folders at a time.
    pub looking: Arc<Semaphore>,
    /// One draws the picture of a file at a time.
    pub drawing: Arc<Semaphore>,
    /// One reads for a download at a time.
    pub reading: Arc<Semaphore>,
    /// Downloads that run at once.
    pub downloads: Arc<Semaphore>,
}

/// How often one may.
pub(super) struct Limits {
    pub sign_ins: Mutex<Limit>,
    pub codes: Mutex<Limit>,
    pub guesses: Mutex<Limit>,
}

impl App {
    pub fn new(settings: WebSettings, shared: Arc<Shared>, shelf: Arc<dyn Shelf>) -> Self {
        let limit = |rate| Mutex::new(Limit::new(rate));
        Self {
            password: Arc::new(Password::read(settings.password_file.clone())),
            settings,
            shared,
            shelf,
            code: Mutex::default(),
            sessions: Mutex::default(),
            limits: Limits { sign_ins: limit(SIGN_INS), codes: limit(CODES), guesses: limit(GUESSES) },
            hashing: Arc::new(Semaphore::new(1)),
            looking: Arc::new(Semaphore::new(1)),
            drawing: Arc::new(Semaphore::new(1)),
            reading: Arc::new(Semaphore::new(1)),
            downloads: Arc::new(Semaphore::new(MOST_DOWNLOADS)),
        }
    }

    pub fn sessions(&self) -> MutexGuard<'_, Sessions> {
        lock(&self.sessions)
    }

    pub fn code(&self) -> MutexGuard<'_, Code> {
        lock(&self.code)
    }
}

/// Does what may take long beside the thread that serves; one at a time of those that share `turn`.
///
/// # Errors
/// It takes too long, as a medium that hangs does, or it panicked, which is logged.
pub(super) async fn aside<T: Send + 'static>(
    turn: &Arc<Semaphore>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Failed> {
    // Held until the work is done, even if nobody waits for it any more.
    let turn = timeout(WAIT, turn.clone().acquire_owned()).await.map_err(|_| Failed)?.map_err(|_| Failed)?;
    let work = move || {
        let _turn = turn;
        work()
    };
    let done = timeout(WAIT, tokio::task::spawn_blocking(work)).await.map_err(|_| Failed)?;
    done.map_err(|error| {
        tracing::error!("web: {error}");
        Failed
    })
}

/// It took too long, or the log has why.
#[derive(Clone, Copy, Debug)]
pub(super) struct Failed;
