//! Ctrl-C, SIGTERM and a terminal that hangs up: all mean that the take is to be closed.
//!
//! Runs on: supervisor.
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether one of them came.
#[derive(Debug)]
pub struct Signals(Arc<AtomicBool>);

impl Signals {
    /// Catches them from now on.
    ///
    /// # Errors
    /// The system refuses a handler.
    pub fn catch() -> io::Result<Self> {
        let caught = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            signal_hook::flag::register(signal, Arc::clone(&caught))?;
        }
        Ok(Self(caught))
    }

    /// True once one of them came.
    pub fn caught(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
