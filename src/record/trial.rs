//! How soon the medium has what is written: small writes beside the take, each synced and timed, few and with pauses.
//!
//! Runs on: self-test (a thread that ends by itself), supervisor and main (the handle).
use super::error::{Context, RecordError};
use super::medium;
use super::storage::Storage;
use std::io::ErrorKind;
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

/// What came of it: how long each write took, or why one could not be made; nothing where no medium is in, and none need be.
pub type Timing = Result<Option<Vec<Duration>>, String>;

/// Where a trial is made, and what it has to keep to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ground {
    /// The recordings folder; its parent while it is not there, as a recorder would make it.
    pub dir: PathBuf,
    /// Folders whose media this one must not be.
    pub apart_from: Vec<PathBuf>,
    /// Bytes that have to stay free.
    pub spare: u64,
    /// The medium may be out.
    pub optional: bool,
}

/// A trial under way. Dropped, it comes to its end by itself.
#[derive(Debug)]
pub struct Trial(Receiver<Timing>);

impl Trial {
    /// Begins on a thread that inherits the caller's priority.
    ///
    /// # Errors
    /// The system has no thread to give.
    pub fn begin(storage: Arc<dyn Storage>, ground: Ground) -> Result<Self, RecordError> {
        let (give, take) = sync_channel(1);
        let work = move || {
            let timing = match run(&*storage, &ground) {
                Err(error) if ground.optional && error.is_absence() => Ok(None),
                timing => timing.map(Some).map_err(|error| error.to_string()),
            };
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
///
/// Errors: the medium is not the one that is meant, has no room, or cannot be written.
pub fn run(storage: &dyn Storage, ground: &Ground) -> Result<Vec<Duration>, RecordError> {
    medium::apart(storage, &ground.dir, &ground.apart_from)?;
    let (dir, free) = match storage.free_bytes(&ground.dir) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let parent = medium::parent(&ground.dir);
            (parent, storage.free_bytes(parent).at("make a recordings folder in", parent)?)
        }
        free => (&*ground.dir, free.at("ask for the free space of", &ground.dir)?),
    };
    let (path, need) = (dir.join(NAME), ground.spare + WRITES * BYTES as u64);
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
