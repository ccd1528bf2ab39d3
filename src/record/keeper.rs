//! What is done on a medium beside the take that is recorded: repairs of what a power cut left open (the event of today comes
//! first), room for takes to come, protection of takes, their true times.
//!
//! Runs on: writer (what is to be done), repair (the rest; ends with the writer).
use super::clock::Clock;
use super::error::RecordError;
use super::stamp::{self, Reading};
use super::status::RecordEvent;
use super::storage::Storage;
use super::{delivered, protect, recovery, retention};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long the first take is waited for where no sound comes.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long the end waits for what is being done.
const LAST: Duration = Duration::from_millis(500);
/// After nothing could be done for more room, so many looks are left out.
const LOOKS_LEFT_OUT: u32 = 30;
/// All memory is locked, stacks too.
const STACK: usize = 256 * 1024;

/// Something to do beside repairs and room.
pub(super) enum Chore {
    /// Repairs those of the takes that were left open; none of them may be open now.
    Repair(Vec<PathBuf>),
    /// Protects the take of that folder name, or no longer.
    Protect { take: String, on: bool },
    /// Notes in closed takes when they truly began.
    Correct(Reading),
}

/// What the thread works on.
pub(super) struct Place {
    pub storage: Arc<dyn Storage>,
    pub clock: Arc<dyn Clock>,
    pub dir: PathBuf,
    /// Size over which a file becomes `RF64`.
    pub limit: u64,
    /// Bytes that are to be free; takes are never deleted without.
    pub keep_free: Option<u64>,
    /// Takes that are not delivered stay.
    pub only_delivered: bool,
    /// Between two looks at the free space.
    pub every: Duration,
    pub events: Sender<RecordEvent>,
}

impl Place {
    fn tell(&self, event: RecordEvent) {
        // Nobody listens any more when the handle is gone; journals say it too.
        let _ = self.events.send(event);
    }
}

/// The handle to the thread, which the writer has.
#[derive(Default)]
pub(super) struct Keeper {
    /// What waits for the next take to begin, and since when.
    takes: Option<(Vec<PathBuf>, Instant)>,
    idle: Option<Work>,
    chores: Option<Sender<Chore>>,
    thread: Option<JoinHandle<()>>,
}

impl Keeper {
    /// Finds what there is on a medium that was put in, tells it, and has it repaired where need be; where the medium cannot be
    /// listed, that is told and nothing is repaired. From now on chores may be given.
    pub fn find(&mut self, place: Place) {
        let takes = recovery::folders(&*place.storage, &place.dir).unwrap_or_else(|error| {
            place.tell(RecordEvent::RepairFailed { path: place.dir.clone(), reason: error.to_string() });
            Vec::new()
        });
        let names = takes.iter().filter_map(|take| Some(take.file_name()?.to_str()?.to_owned()));
        place.tell(RecordEvent::TakesFound { names: names.collect() });
        self.takes = Some((takes, Instant::now()));
        if self.chores.is_none() {
            let (give, chores) = channel();
            (self.idle, self.chores) = (Some(Work { place, chores }), Some(give));
        }
    }

    /// Has repairs begin when it is time to: a take runs, none is wanted, or no sound comes for the one that is `armed`. What is
    /// cut short is done again at the next start.
    pub fn begin(&mut self, armed: bool) {
        let due = |(_, since): &mut (_, Instant)| !armed || since.elapsed() >= PATIENCE;
        let Some((takes, _)) = self.takes.take_if(due) else { return };
        if let Some(work) = self.idle.take() {
            let (events, path) = (work.place.events.clone(), work.place.dir.clone());
            let thread =
                std::thread::Builder::new().name("repair".into()).stack_size(STACK).spawn(move || work.run());
            if let Err(error) = &thread {
                let _ = events.send(RecordEvent::RepairFailed { path, reason: error.to_string() });
            }
            self.thread = thread.ok();
        }
        self.give(Chore::Repair(takes));
    }

    /// Gives the thread something to do. Where it could not be started, that was told.
    pub fn give(&self, chore: Chore) {
        let _ = self.chores.as_ref().map(|chores| chores.send(chore));
    }

    /// Waits until the thread has done what it was given, but not for long.
    pub fn end(&mut self) {
        self.chores = None;
        let begun = Instant::now();
        while self.thread.as_ref().is_some_and(|thread| !thread.is_finished()) && begun.elapsed() < LAST {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// What the thread does.
struct Work {
    place: Place,
    chores: Receiver<Chore>,
}

impl Work {
    /// Until nobody has chores to give any more.
    fn run(self) {
        let place = &self.place;
        let mut room = Room { place, told: false, left_out: 0 };
        loop {
            match self.chores.recv_timeout(place.every) {
                Ok(Chore::Repair(takes)) => {
                    let (now, tell) = (place.clock.now(), |event| place.tell(event));
                    recovery::repair_all(&*place.storage, takes, &now, place.limit, tell);
                    room.finish();
                }
                Ok(Chore::Protect { take, on }) => place.protect(&take, on),
                Ok(Chore::Correct(reading)) => stamp::correct_closed(&*place.storage, &place.dir, &reading),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            room.look();
        }
    }
}

impl Place {
    fn protect(&self, take: &str, on: bool) {
        let path = self.dir.join(take);
        self.tell(match protect::protect(&*self.storage, &path, on) {
            Ok(()) => RecordEvent::Protected { path, on },
            Err(error) => RecordEvent::ProtectFailed { path, reason: error.to_string() },
        });
    }
}

/// Keeps as much free as was asked for.
struct Room<'a> {
    place: &'a Place,
    /// Whether people know that it cannot be done.
    told: bool,
    left_out: u32,
}

impl Room<'_> {
    /// Ends what a power cut interrupted, whether room is wanted or not.
    fn finish(&mut self) {
        let Place { storage, dir, clock, .. } = self.place;
        if let Err(error) = retention::finish(&**storage, dir, &clock.now()) {
            self.failed(dir, error.to_string());
        }
    }

    fn look(&mut self) {
        let Some(wanted) = self.place.keep_free else { return };
        self.left_out = self.left_out.saturating_sub(1);
        let free = || self.place.storage.free_bytes(&self.place.dir).unwrap_or(u64::MAX);
        let mut before = free();
        if before >= wanted {
            self.told = false;
        }
        while before < wanted && self.left_out == 0 {
            match self.delete_one() {
                Ok(Some(bytes)) => {
                    let after = free();
                    // A file that somebody still reads, or holes: waiting costs less than another take.
                    if after.saturating_sub(before) < bytes / 2 {
                        self.left_out = LOOKS_LEFT_OUT;
                    }
                    before = after;
                }
                Ok(None) => {
                    let reason = format!(
                        "{before} of {wanted} bytes are free and no more takes may go{}",
                        self.undelivered()
                    );
                    self.failed(&self.place.dir, reason);
                }
                Err(error) => self.failed(&self.place.dir, error.to_string()),
            }
        }
    }

    /// The bytes of a take that is gone; none where none may go.
    fn delete_one(&self) -> Result<Option<u64>, RecordError> {
        let Place { storage, dir, clock, .. } = self.place;
        let may = |take: &str| !self.place.only_delivered || delivered::is_delivered(&**storage, dir, take);
        while let Some(path) = retention::oldest_that(&**storage, dir, may) {
            if let Some(bytes) = retention::delete(&**storage, &path, &clock.now())? {
                self.place.tell(RecordEvent::TakeDeleted { path, bytes });
                return Ok(Some(bytes));
            }
        }
        Ok(None)
    }

    /// What a person would look for first.
    fn undelivered(&self) -> &'static str {
        if self.place.only_delivered {
            ", as those that are left are not delivered yet, protected or in use"
        } else {
            ""
        }
    }

    fn failed(&mut self, path: &Path, reason: String) {
        if !self.told {
            self.place.tell(RecordEvent::RetentionFailed { path: path.into(), reason });
        }
        (self.told, self.left_out) = (true, LOOKS_LEFT_OUT);
    }
}
