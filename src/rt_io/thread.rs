//! Starts the rt thread.
//!
//! Runs on: main.
use super::cycle;
use super::device::Device;
use super::sched::{self, Grants, Realtime};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread::{Builder, JoinHandle};
use vestry_rt::engine::Engine;

/// Locked memory holds whole stacks, so the rt thread's is no larger than it needs.
const STACK: usize = 512 * 1024;

/// Why the rt thread did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The system has no thread to give.
    #[error("cannot start the rt thread: {0}")]
    Thread(#[from] std::io::Error),
    /// It ended before it began.
    #[error("the rt thread ended while it was being set up")]
    Died,
    /// The configuration wants everything granted.
    #[error("{}; realtime.required = false would record without it", .0.join("; "))]
    Required(Vec<String>),
}

/// A period loop, ready to run or running; stops when told to or dropped.
#[derive(Debug)]
pub struct RtThread {
    go: mpsc::SyncSender<()>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    /// What the system granted.
    pub grants: Grants,
}

impl RtThread {
    /// Locks memory, starts the thread and gives it what `realtime` asks for; `release` lets it run.
    ///
    /// With `required` a refusal is an error and nothing is left running.
    pub fn prepare(
        mut device: Box<dyn Device>,
        mut engine: Box<Engine>,
        realtime: Realtime,
        required: bool,
    ) -> Result<Self, StartError> {
        let memory = if realtime.lock_memory { sched::lock_memory() } else { sched::Grant::NotAsked };
        let stop = Arc::new(AtomicBool::new(false));
        let (tell_grants, grants) = mpsc::sync_channel(1);
        let (go, wait) = mpsc::sync_channel::<()>(1);
        let stopping = Arc::clone(&stop);
        let thread = Builder::new().name("rt".into()).stack_size(STACK).spawn(move || {
            let told = tell_grants.send(sched::enter(realtime, memory));
            if told.is_ok() && wait.recv().is_ok() {
                cycle::run(&mut *device, &mut engine, &stopping);
            }
        })?;
        let grants = grants.recv().map_err(|_| StartError::Died)?;
        let refusals = grants.refusals();
        if required && !refusals.is_empty() {
            return Err(StartError::Required(refusals));
        }
        Ok(Self { go, stop, thread: Some(thread), grants })
    }

    /// Lets the loop begin.
    ///
    /// # Errors
    /// The thread has ended already.
    pub fn release(&self) -> Result<(), StartError> {
        self.go.send(()).map_err(|_| StartError::Died)
    }

    /// True until the loop has ended.
    pub fn is_running(&self) -> bool {
        self.thread.as_ref().is_some_and(|thread| !thread.is_finished())
    }

    /// Ends the loop after the period at hand and waits for it; all that was captured has then been handed over.
    pub fn stop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _released_if_it_never_was = self.go.try_send(());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the rt thread panicked");
        }
    }
}

impl Drop for RtThread {
    fn drop(&mut self) {
        self.stop();
    }
}
