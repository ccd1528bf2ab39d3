//! Repairs what a power cut, or a medium that was taken out, left open beside the take that is recorded: the event of
//! today comes first.
//!
//! Runs on: writer (what is to be done), repair (the rest; the thread ends when all is done).
use super::clock::WallTime;
use super::recovery;
use super::status::RecordEvent;
use super::storage::Storage;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long the first take is waited for where no sound comes.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long the end waits for repairs.
const LAST: Duration = Duration::from_millis(500);
/// All memory is locked, stacks too.
const STACK: usize = 256 * 1024;

/// Takes that were there before the next new one; none of them may be open.
pub(super) struct Repairs {
    takes: Vec<PathBuf>,
    since: Instant,
}

impl Repairs {
    /// What there is in `dir`; where it cannot be listed, that is told and nothing is repaired.
    pub fn find(storage: &dyn Storage, dir: &Path, events: &Sender<RecordEvent>) -> Self {
        let takes = recovery::folders(storage, dir).unwrap_or_else(|error| {
            failed(events, dir, error.to_string());
            Vec::new()
        });
        Self { takes, since: Instant::now() }
    }

    /// Whether it is time to begin: a take runs, none is wanted, or no sound comes for one.
    pub fn due(&self, armed: bool) -> bool {
        !armed || self.since.elapsed() >= PATIENCE
    }

    /// Begins. A repair that is cut short is done again at the next start.
    pub fn begin(
        self,
        storage: Arc<dyn Storage>,
        now: WallTime,
        limit: u64,
        events: &Sender<RecordEvent>,
    ) -> Repairing {
        let Some(dir) = self.takes.first().and_then(|take| take.parent()).map(Path::to_path_buf) else {
            return Repairing(None);
        };
        let tell = events.clone();
        let work = move || {
            // Nobody listens any more when the handle is gone; the journal says it too.
            recovery::repair_all(&*storage, self.takes, &now, limit, |event| drop(tell.send(event)));
        };
        let thread = std::thread::Builder::new().name("repair".into()).stack_size(STACK).spawn(work);
        if let Err(error) = &thread {
            failed(events, &dir, error.to_string());
        }
        Repairing(thread.ok())
    }
}

/// Repairs under way.
pub(super) struct Repairing(Option<JoinHandle<()>>);

impl Repairing {
    /// Whether they are done.
    pub fn is_done(&self) -> bool {
        self.0.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Waits until they are done, but not for long.
    pub fn wait(self) {
        let begun = Instant::now();
        while self.0.as_ref().is_some_and(|thread| !thread.is_finished()) && begun.elapsed() < LAST {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

fn failed(events: &Sender<RecordEvent>, dir: &Path, reason: String) {
    let _ = events.send(RecordEvent::RepairFailed { path: dir.into(), reason });
}
