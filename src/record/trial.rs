//! How soon the medium has what is written: small writes beside the take, each synced and timed, few and with pauses.
//!
//! Runs on: self-test (a thread that ends by itself), supervisor (the handle).
use super::error::{Context, RecordError};
use super::storage::Storage;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::time::{Duration, Instant};

/// The file that is written and removed again.
const NAME: &str = ".selftest";
/// Bytes of one write: what a second of one track comes to, nearly.
const BYTES: usize = 64 * 1024;
/// Writes: 1.3 MB in all.
const WRITES: u64 = 20;
/// Between two writes, for the take's own.
const PAUSE: Duration = Duration::from_millis(100);
/// No more writes after this: a medium that slow has told enough.
const LONGEST: Duration = Duration::from_secs(10);

/// What came of it: how long each write took, or why one could not be made.
pub type Timing = Result<Vec<Duration>, String>;

/// A trial under way. Dropped, it comes to its end by itself.
#[derive(Debug)]
pub struct Trial(Receiver<Timing>);

impl Trial {
    /// Begins in folder `dir`, on a thread that inherits the caller's priority. `spare` bytes have to stay free.
    ///
    /// # Errors
    /// The system has no thread to give.
    pub fn begin(storage: Arc<dyn Storage>, dir: PathBuf, spare: u64) -> Result<Self, RecordError> {
        let (give, take) = sync_channel(1);
        let work = move || {
            let timing = run(&*storage, &dir, spare).map_err(|error| error.to_string());
            // Nobody waits for it any more: so be it.
            let _ = give.send(timing);
        };
        std::thread::Builder::new().name("self-test".into()).spawn(work).map_err(RecordError::Thread)?;
        Ok(Self(take))
    }

    /// What came of it, once it is over. Never waits.
    pub fn outcome(&self) -> Option<Timing> {
        match self.0.try_recv() {
            Ok(timing) => Some(timing),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(Err("the self-test ended before its time".into())),
        }
    }
}

/// Times the writes; the file is gone afterwards, if the medium lets it.
pub fn run(storage: &dyn Storage, dir: &Path, spare: u64) -> Result<Vec<Duration>, RecordError> {
    let (path, need) = (dir.join(NAME), spare + WRITES * BYTES as u64);
    let free = storage.free_bytes(dir).at("ask for the free space of", dir)?;
    if free < need {
        return Err(RecordError::Full { path: dir.into(), free, need });
    }
    // One may be left from a power cut.
    let _ = storage.remove(&path);
    let timed = timings(storage, &path);
    let _ = storage.remove(&path);
    timed
}

fn timings(storage: &dyn Storage, path: &Path) -> Result<Vec<Duration>, RecordError> {
    let mut file = storage.create(path).at("create", path)?;
    let (begun, bytes) = (Instant::now(), vec![0x5A; BYTES]);
    let mut timings = Vec::new();
    for number in 0..WRITES {
        if begun.elapsed() > LONGEST {
            break;
        }
        let writing = Instant::now();
        file.write_at(number * BYTES as u64, &bytes).at("write", path)?;
        file.sync_data().at("sync", path)?;
        timings.push(writing.elapsed());
        std::thread::sleep(PAUSE);
    }
    Ok(timings)
}
