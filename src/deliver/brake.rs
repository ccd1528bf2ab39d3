//! What keeps delivery from being in the way: it can be held, ended and slowed down from elsewhere.
//!
//! Runs on: delivery; supervisor (`Gate`).
use super::failure::Failure;
use super::pacer::Pacer;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Between two looks at the gate while something waits.
const LOOK: Duration = Duration::from_millis(100);

/// What the supervisor says, at any time.
#[derive(Debug, Default)]
pub struct Gate {
    /// The process ends.
    ended: AtomicBool,
    /// What is being sent is to be sent no more.
    cancelled: AtomicBool,
    /// The medium has enough to do.
    held: AtomicBool,
    /// A take is being recorded.
    recording: AtomicBool,
}

impl Gate {
    /// For good.
    pub fn end(&self) {
        self.ended.store(true, Ordering::Relaxed);
    }

    /// Ends what is under way; cleared by [`Gate::taken`].
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether it was cancelled, which it is no more then.
    pub fn taken(&self) -> bool {
        self.cancelled.swap(false, Ordering::Relaxed)
    }

    /// Holds everything while a writer is behind, and says whether a take is being recorded.
    pub fn set(&self, held: bool, recording: bool) {
        self.held.store(held, Ordering::Relaxed);
        self.recording.store(recording, Ordering::Relaxed);
    }

    /// Whether nothing is to be read or sent now.
    pub fn is_held(&self) -> bool {
        self.held.load(Ordering::Relaxed)
    }

    /// Whether a take is being recorded.
    pub fn is_recording(&self) -> bool {
        self.recording.load(Ordering::Relaxed)
    }

    /// Whether the process ends.
    pub fn is_ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }

    /// Whether what is under way is to end.
    pub fn is_closed(&self) -> bool {
        self.is_ended() || self.cancelled.load(Ordering::Relaxed)
    }
}

/// The gate and the pace, for who reads and sends.
pub struct Brake {
    gate: Arc<Gate>,
    pacer: Pacer,
    begun: Instant,
    /// Pauses while a take is recorded, and goes on after it.
    only_idle: bool,
}

impl Brake {
    /// At most `limit` bytes a second.
    pub fn new(gate: Arc<Gate>, limit: Option<u64>) -> Self {
        Self { gate, pacer: Pacer::new(limit), begun: Instant::now(), only_idle: false }
    }

    /// From now on goes only while nothing is recorded, or always.
    pub fn only_idle(&mut self, on: bool) {
        self.only_idle = on;
    }

    /// Whether to wait now.
    pub fn is_on(&self) -> bool {
        self.gate.is_held() || (self.only_idle && self.gate.is_recording())
    }

    /// How many bytes may be asked for at once.
    pub fn step(&self) -> usize {
        self.pacer.step()
    }

    /// Whether to give up.
    pub fn is_closed(&self) -> bool {
        self.gate.is_closed()
    }

    /// Waits for as long as the gate is held.
    ///
    /// # Errors
    /// What is under way is to end.
    pub fn wait(&self) -> Result<(), Failure> {
        self.rest(Duration::ZERO)
    }

    /// Waits until `bytes` may go.
    ///
    /// # Errors
    /// What is under way is to end.
    pub fn pass(&mut self, bytes: u64) -> Result<(), Failure> {
        let wait = self.pacer.take(self.begun.elapsed(), bytes);
        self.rest(wait)
    }

    /// Waits for so long, and for as long as the gate is held.
    pub fn rest(&self, wait: Duration) -> Result<(), Failure> {
        let begun = Instant::now();
        loop {
            if self.is_closed() {
                return Err(Failure::Stopped);
            }
            let left = wait.saturating_sub(begun.elapsed());
            match (self.is_on(), left) {
                (true, _) => std::thread::sleep(LOOK),
                (false, Duration::ZERO) => return Ok(()),
                (false, left) => std::thread::sleep(left.min(LOOK)),
            }
        }
    }
}

/// For a reader in the middle of what others send.
pub fn as_io(failure: Failure) -> io::Error {
    io::Error::other(failure.to_string())
}
