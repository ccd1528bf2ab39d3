//! The writer thread and the handle to it.
//!
//! Runs on: writer (the thread), supervisor (the handle).
use super::clock::{Clock, SystemClock};
use super::drain::Worker;
use super::error::RecordError;
use super::loudness::LoudnessClient;
use super::settings::RecordSettings;
use super::state::At;
use super::status::{RecordCommand, RecordEvent, RecordStatus};
use super::storage::{Disk, Storage};
use super::wave::RIFF_LIMIT;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use vestry_rt::block::BlockSink;

/// All memory is locked, stacks too.
const STACK: usize = 512 * 1024;

/// What the writer meets the world through. The default is the real one.
pub struct Environment {
    /// The medium.
    pub storage: Box<dyn Storage>,
    /// The wall clock.
    pub clock: Box<dyn Clock>,
    /// Size over which a file becomes `RF64`; lower in tests only.
    pub riff_limit: u64,
    /// What measures the loudness of takes; none: nothing does.
    pub loudness: Option<LoudnessClient>,
}

impl Default for Environment {
    fn default() -> Self {
        Self { storage: Box::new(Disk), clock: Box::new(SystemClock), riff_limit: RIFF_LIMIT, loudness: None }
    }
}

/// What reaches the thread.
pub(super) enum Order {
    Command(RecordCommand),
    Protect(Option<String>, bool),
    Shutdown(At),
}

/// The handle to the writer thread. Dropping it closes the take too, without waiting for it.
pub struct Writer {
    orders: Sender<Order>,
    events: Receiver<RecordEvent>,
    status: Arc<Mutex<RecordStatus>>,
    thread: JoinHandle<()>,
}

impl Writer {
    /// Checks settings and medium and starts the thread. Once the first take runs, orphaned ones are repaired beside it.
    ///
    /// Errors: settings of which no take can be made; a folder that cannot be made, listed or written, or has less than
    /// `min_free_bytes` left. Nothing is left behind then.
    pub fn spawn(settings: RecordSettings, sink: BlockSink, world: Environment) -> Result<Self, RecordError> {
        let (tell, told) = channel();
        let writer = Self::start(settings, sink, world, move |fit| drop(tell.send(fit)))?;
        let fit = told.recv().unwrap_or_else(|_| Err(RecordError::Thread(std::io::ErrorKind::Other.into())));
        if let Err(error) = fit {
            writer.stop_and_join(At::Now);
            return Err(error);
        }
        Ok(writer)
    }

    /// Checks settings and starts the thread, which looks at the medium and tells `fit` what it saw. It goes on even if
    /// the medium is not fit: it keeps the pool empty and looks again every 5 s.
    ///
    /// Errors: settings of which no take can be made.
    pub(super) fn start(
        settings: RecordSettings,
        sink: BlockSink,
        world: Environment,
        fit: impl FnOnce(Result<(), RecordError>) + Send + 'static,
    ) -> Result<Self, RecordError> {
        settings.check()?;
        let (orders, take_orders) = channel();
        let (give_events, events) = channel();
        let status = Arc::new(Mutex::new(settings.status()));
        let worker = Worker::new(settings, sink, world, (take_orders, give_events, Arc::clone(&status)));
        let thread = std::thread::Builder::new()
            .name("writer".into())
            .stack_size(STACK)
            .spawn(move || worker.run(fit))
            .map_err(RecordError::Thread)?;
        Ok(Self { orders, events, status, thread })
    }

    /// Sends a command. One that comes after the thread has ended is of no effect.
    pub fn send(&self, command: RecordCommand) {
        let _ = self.orders.send(Order::Command(command));
    }

    /// Protects the take of that folder name from retention, or no longer; the open one without a name. An event tells what
    /// became of it.
    pub fn protect(&self, take: Option<String>, on: bool) {
        let _ = self.orders.send(Order::Protect(take, on));
    }

    /// The next event, if there is one. Never waits.
    pub fn event(&self) -> Option<RecordEvent> {
        self.events.try_recv().ok()
    }

    /// The writer at a glance; never from the rt thread.
    pub fn status(&self) -> RecordStatus {
        lock(&self.status).clone()
    }

    /// Whether the thread is there. One that panicked is not.
    pub fn is_running(&self) -> bool {
        !self.thread.is_finished()
    }

    /// Closes the take at `at`, or at the last frame there is, and waits until the thread has ended. Everything that is in
    /// the pool is written before. Returns the last status and the events not yet taken.
    pub fn stop_and_join(self, at: At) -> (RecordStatus, Vec<RecordEvent>) {
        self.stop(at);
        self.join()
    }

    /// Tells the thread to end as [`Writer::stop_and_join`] says, without waiting.
    pub(super) fn stop(&self, at: At) {
        let _ = self.orders.send(Order::Shutdown(at));
    }

    /// Waits until the thread has ended.
    pub(super) fn join(self) -> (RecordStatus, Vec<RecordEvent>) {
        // A thread that panicked has no more to say; its status shows that it did not end.
        let _ = self.thread.join();
        (lock(&self.status).clone(), self.events.try_iter().collect())
    }
}

/// A status is whole whatever happened to the thread that held the lock.
pub(super) fn lock(status: &Mutex<RecordStatus>) -> MutexGuard<'_, RecordStatus> {
    status.lock().unwrap_or_else(PoisonError::into_inner)
}
