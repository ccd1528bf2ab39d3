//! What the writer is told and what it tells.
//!
//! Runs on: writer, supervisor.
use super::state::At;
use std::path::PathBuf;
use vestry_rt::block::GapCause;
use vestry_rt::message::Tap;

/// An order to the writer. Positions are absolute frames; one that has passed means as soon as can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordCommand {
    /// Begins a take at `at`, plus the pre-roll before it. Nothing while one runs.
    Start {
        /// When.
        at: At,
    },
    /// Closes the take.
    Stop {
        /// First frame that is not in the take.
        at: At,
    },
    /// Begins new files, without a gap.
    Split {
        /// First frame of the new files.
        at: At,
    },
    /// Remembers a place.
    Marker {
        /// The place.
        at: At,
        /// What to call it.
        label: String,
    },
    /// Notes that an input is recorded from elsewhere: an open take gets a marker, and later ones say so of the track.
    Tap {
        /// Since when.
        at: At,
        /// From 1.
        input: u32,
        /// Where it is tapped now.
        tap: Tap,
    },
}

/// What happened. Positions are absolute frames.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordEvent {
    /// A take is open.
    TakeStarted {
        /// Its folder.
        path: PathBuf,
        /// Its first frame, pre-roll included.
        at: u64,
    },
    /// A take is closed, and valid.
    TakeClosed {
        /// Its folder.
        path: PathBuf,
        /// Its length.
        frames: u64,
        /// Why, in a few words.
        reason: String,
    },
    /// Silence stands where frames were lost.
    Gap {
        /// First missing frame.
        at: u64,
        /// How many.
        frames: u64,
        /// Why.
        cause: GapCause,
    },
    /// A marker was set.
    Marker {
        /// Where.
        at: u64,
        /// What it says.
        label: String,
    },
    /// The take goes on in new files.
    Split {
        /// Their first frame.
        at: u64,
        /// Their part number, from 2.
        part: u32,
    },
    /// The medium took longer for a sync than there is between two.
    SlowSync {
        /// How far the take had come.
        at: u64,
        /// How long it took, in ms.
        ms: u64,
    },
    /// Recording failed; it is tried again every 5 s while it is wanted.
    Fault {
        /// Why, in one line.
        reason: String,
    },
    /// An orphaned take was repaired.
    Repaired {
        /// Its folder.
        path: PathBuf,
        /// What was done.
        note: String,
    },
    /// An orphaned take could not be repaired; it stays as it is.
    RepairFailed {
        /// Its folder.
        path: PathBuf,
        /// Why, in one line.
        reason: String,
    },
    /// The clock was set, or is known to be right from now on: takes of this start get their true time in `take.json`.
    ClockSet {
        /// By how many ms.
        step_ms: i64,
        /// Whether a time source vouches for it.
        synced: bool,
    },
    /// What lies on a medium that is fit to be recorded to from now on.
    TakesFound {
        /// Names of their folders, oldest number first.
        names: Vec<String>,
    },
    /// Retention has deleted a take.
    TakeDeleted {
        /// Its folder.
        path: PathBuf,
        /// Length of its files together.
        bytes: u64,
    },
    /// Retention cannot make the room that was asked for. Told once until there is room again.
    RetentionFailed {
        /// The recordings folder.
        path: PathBuf,
        /// Why, in one line.
        reason: String,
    },
    /// A take is protected from retention, or no longer.
    Protected {
        /// Its folder.
        path: PathBuf,
        /// Whether it is.
        on: bool,
    },
    /// A take could not be protected, or not be freed of that.
    ProtectFailed {
        /// Its folder.
        path: PathBuf,
        /// Why, in one line.
        reason: String,
    },
}

/// What the writer is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// No take, none wanted.
    #[default]
    Idle,
    /// Before the first look at the medium.
    Starting,
    /// A take is open.
    Recording,
    /// A take is wanted and cannot be written.
    Fault,
    /// The thread has ended.
    Ended,
}

/// What the lengths of some syncs come to: 95 of 100 took no longer than `p95_ms`, which is at most a fifth too long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SyncFigures {
    /// How many.
    pub count: u64,
    /// Median, in ms.
    pub p50_ms: u64,
    /// 95th percentile, in ms.
    pub p95_ms: u64,
    /// 99th percentile, in ms.
    pub p99_ms: u64,
    /// The longest, in ms.
    pub max_ms: u64,
}

/// How long syncs of the medium take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SyncTimes {
    /// Those of the last ten minutes.
    pub recent: SyncFigures,
    /// All since the writer began.
    pub total: SyncFigures,
}

/// The writer at a glance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordStatus {
    /// What it is doing.
    pub phase: Phase,
    /// Folder of the open take, or of the last one.
    pub take: Option<PathBuf>,
    /// Length of the open take, or of the last one, silence included.
    pub frames: u64,
    /// Absolute position up to which everything was handled.
    pub position: u64,
    /// Bytes free on the medium.
    pub free_bytes: u64,
    /// Bytes of these that are never recorded to.
    pub reserve_bytes: u64,
    /// Whether `free_bytes` is known.
    pub measured: bool,
    /// Bytes that a second of recording takes.
    pub bytes_per_second: u64,
    /// Gaps in the open take, or in the last one.
    pub gaps: u64,
    /// The medium is not in, and need not be. Then nothing is wanted of it: the phase is idle, and no frame counts as lost.
    pub absent: bool,
    /// Frames that were to be recorded and are lost, since the writer began: gaps and faults.
    pub frames_lost: u64,
    /// Of these, the ones that were captured and could not be written: no take's ledger has them.
    pub frames_unwritten: u64,
    /// How long the last sync took, in ms.
    pub last_sync_ms: u64,
    /// How long the slowest sync took, in ms.
    pub worst_sync_ms: u64,
    /// How long syncs take.
    pub sync_times: SyncTimes,
    /// Full blocks waiting for the writer.
    pub waiting: usize,
    /// Blocks written or let go since the writer began: proof of progress for a watchdog.
    pub blocks_done: u64,
    /// Why the medium cannot be recorded to, while that is so; while nothing is wanted of it too.
    pub fault: Option<String>,
}

impl RecordStatus {
    /// Seconds of recording that fit on the medium at the present rate, up to the reserve; none while that is not known.
    pub fn seconds_left(&self) -> Option<u64> {
        let room = self.free_bytes.saturating_sub(self.reserve_bytes);
        self.measured.then(|| room / self.bytes_per_second.max(1))
    }
}
