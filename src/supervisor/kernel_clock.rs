//! The system's clock with what the kernel knows of it.
//!
//! Runs on: writer, supervisor.
use super::clock_word;
use crate::record::clock::{Bridge, Clock, Discipline, Source, SystemClock, WallTime};
use crate::rt_io::discipline::{self, Kept};
use std::path::Path;
use std::time::Duration;

/// What linuxptp's daemons make while they run: ptp4l a socket, phc2sys one with its process's number.
const RUN: &str = "/run";
const PTP: [&str; 2] = ["ptp4l", "phc2sys."];

/// The clock of a box.
#[derive(Clone, Copy, Debug, Default)]
pub struct KernelClock;

impl Clock for KernelClock {
    fn now(&self) -> WallTime {
        SystemClock.now()
    }

    fn uptime(&self) -> Option<Duration> {
        SystemClock.uptime()
    }

    fn boot(&self) -> Option<String> {
        SystemClock.boot()
    }

    fn discipline(&self) -> Option<Discipline> {
        let kept = kept()?;
        let source = match kept.synchronised {
            true if is_ptp(Path::new(RUN)) => Source::Ptp,
            true => Source::Ntp,
            false => Source::Free,
        };
        let uncertainty_us = kept.synchronised.then_some(kept.max_error_us);
        Some(Discipline { source, synchronised: kept.synchronised, uncertainty_us })
    }

    fn bridge(&self) -> Option<Bridge> {
        SystemClock.bridge()
    }

    fn synced(&self) -> bool {
        SystemClock.synced() || kept().is_some_and(|kept| kept.synchronised)
    }
}

/// From the kernel, or from the process that may ask it.
fn kept() -> Option<Kept> {
    discipline::kept().or_else(|| clock_word::hear(Path::new(clock_word::FILE), SystemClock.uptime()?))
}

/// Whether a PTP daemon runs. The kernel does not tell who keeps its clock.
fn is_ptp(run: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(run) else { return false };
    let names = entries.flatten().map(|entry| entry.file_name());
    names.into_iter().any(|name| PTP.iter().any(|daemon| name.to_string_lossy().starts_with(daemon)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ptp_is_told_by_its_daemons() {
        let run = tempfile::tempdir().unwrap();
        assert!(!is_ptp(run.path()) && !is_ptp(&run.path().join("missing")));
        std::fs::write(run.path().join("chronyd.pid"), "1").unwrap();
        assert!(!is_ptp(run.path()));
        std::fs::write(run.path().join("phc2sys.417"), "").unwrap();
        assert!(is_ptp(run.path()));
    }
}
