//! What the writer thread does: takes blocks and orders, asks the machine, writes.
//!
//! Runs on: writer.
mod fitness;
mod loudness;
mod time;

use super::RecordError;
use super::clock::Clock;
use super::keeper::{Chore, Keeper};
use super::latency::SyncMeter;
use super::loudness::{Gauge, LoudnessClient};
use super::manifest::cause_text;
use super::medium;
use super::settings::RecordSettings;
use super::stamp::{Reading, Watch};
use super::state::{Action, At, Machine, State};
use super::status::{Phase, RecordCommand, RecordEvent, RecordStatus};
use super::storage::Storage;
use super::take::{Start, Take};
use super::timeline::{Piece, Timeline};
use super::wave::RIFF_LIMIT;
use super::writer::{Environment, Order, lock};
use fitness::Fitness;
use std::sync::mpsc::{Receiver, Sender, TryRecvError};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use vestry_rt::block::{BlockSink, GapCause};

/// How long the thread sleeps when no block is full.
const POLL: Duration = Duration::from_millis(5);
/// How long the end of a take may take before it is interrupted for a sync.
const LAST_SYNC: Duration = Duration::from_secs(10);
/// Most takes that are kept to be closed later.
const BROKEN: usize = 4;

type Ends = (Receiver<Order>, Sender<RecordEvent>, Arc<Mutex<RecordStatus>>);

/// The state of the thread.
pub(super) struct Worker {
    settings: RecordSettings,
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    riff_limit: u64,
    timeline: Timeline,
    machine: Machine,
    take: Option<Take>,
    loudness: Option<LoudnessClient>,
    /// Measures the open take.
    gauge: Option<Gauge>,
    /// Takes that an error broke and that could not be closed yet, with the error.
    broken: Vec<(Take, String)>,
    fitness: Fitness,
    orders: Receiver<Order>,
    events: Sender<RecordEvent>,
    shared: Arc<Mutex<RecordStatus>>,
    status: RecordStatus,
    next_sync: Instant,
    sync_meter: SyncMeter,
    keeper: Keeper,
    watch: Watch,
    gap_frames: u64,
    faulted: bool,
}

impl Worker {
    /// The thread's state before it runs.
    pub fn new(settings: RecordSettings, sink: BlockSink, world: Environment, ends: Ends) -> Self {
        let (orders, events, shared) = ends;
        let status = lock(&shared).clone();
        Self {
            machine: Machine::new(settings.limits()),
            settings,
            storage: Arc::from(world.storage),
            clock: Arc::from(world.clock),
            riff_limit: world.riff_limit.min(RIFF_LIMIT),
            timeline: Timeline::new(sink),
            take: None,
            loudness: world.loudness,
            gauge: None,
            broken: Vec::new(),
            fitness: Fitness::unknown(),
            orders,
            events,
            shared,
            status,
            next_sync: Instant::now(),
            sync_meter: SyncMeter::new(Instant::now()),
            keeper: Keeper::default(),
            watch: Watch::default(),
            gap_frames: 0,
            faulted: false,
        }
    }

    /// Until it is told to shut down. What the first look at the medium shows is told to `fit`.
    pub fn run(mut self, fit: impl FnOnce(Result<(), RecordError>)) {
        self.first_look(fit);
        if self.settings.start_at_once {
            self.machine.command(RecordCommand::Start { at: At::Now });
        }
        let mut shutdown = None;
        while shutdown.is_none() {
            let got = self.take_blocks();
            shutdown = self.take_orders();
            self.act();
            self.look_again();
            self.keeper.begin(self.machine.state() == State::Armed);
            self.tick(false);
            if got == 0 && shutdown.is_none() {
                std::thread::sleep(POLL);
            }
        }
        self.finish(shutdown.unwrap_or(At::Now));
    }

    fn take_blocks(&mut self) -> usize {
        let got = self.timeline.drain();
        if let (Some(oldest), Some(end)) = (self.timeline.oldest(), self.timeline.end()) {
            self.machine.arrive(oldest, end);
        }
        got
    }

    /// Passes commands on; some position when it is time to end.
    fn take_orders(&mut self) -> Option<At> {
        loop {
            match self.orders.try_recv() {
                Ok(Order::Command(command)) => self.command(command),
                Ok(Order::Protect(take, on)) => self.protect(take, on),
                Ok(Order::Shutdown(at)) => return Some(at),
                Err(TryRecvError::Empty) => return None,
                Err(TryRecvError::Disconnected) => return Some(At::Now),
            }
        }
    }

    fn command(&mut self, command: RecordCommand) {
        if let RecordCommand::Tap { input, tap, .. } = &command {
            let tracks = self.settings.tracks.iter_mut().filter(|track| track.input == *input);
            tracks.for_each(|track| track.tap = *tap);
        }
        self.machine.command(command);
    }

    /// Does what the machine says, then gives back what it needs no more.
    fn act(&mut self) {
        while let Some(action) = self.next_action() {
            if let Err(error) = self.perform(action) {
                self.fault(error.to_string());
            }
            self.tick(false);
        }
        let keep = self.machine.keep_from();
        self.timeline.release(keep);
        if self.take.is_none() {
            let held_from = self.timeline.relieve();
            self.machine.gave_back(held_from);
        }
    }

    fn next_action(&mut self) -> Option<Action> {
        let silence = self.timeline.silence_at(self.machine.cursor());
        self.machine.step(silence)
    }

    fn perform(&mut self, action: Action) -> Result<(), RecordError> {
        match action {
            Action::Open { at } => self.open(at),
            Action::Write { from, to } => self.write(from, to),
            Action::Split { at } => {
                let Some(take) = &mut self.take else { return Ok(()) };
                take.split()?;
                let part = take.part_number();
                self.tell(RecordEvent::Split { at, part });
                Ok(())
            }
            Action::Mark { at, label } => {
                if let Some(take) = &mut self.take {
                    take.mark(at, label.clone());
                }
                self.tell(RecordEvent::Marker { at, label });
                Ok(())
            }
            Action::Close { .. } => self.close("stopped"),
        }
    }

    fn open(&mut self, at: u64) -> Result<(), RecordError> {
        // Before the medium is asked for anything: that may take longer than sound is held back for measuring.
        let gauge = self.loudness.as_ref().map(|client| client.begin(at));
        self.admit()?;
        // With retention a medium is fit before it has room.
        medium::room(&*self.storage, &self.settings)?;
        self.machine.set_part(medium::part(&*self.storage, &self.settings)?);
        // From here on a step of the clock is one of this take.
        self.watch_clock();
        let rate = self.settings.sample_rate;
        let reading = Reading::of(&*self.clock);
        // Of the same moment, so that the two can be held against each other.
        let now = reading.as_ref().map_or_else(|| self.clock.now(), |reading| reading.now().clone());
        let (time, ago, timing) = self.began(at, &now);
        let clock = reading.map(|reading| reading.entry(ago, rate));
        let continues = self.fitness.continues.clone();
        let start = Start { frame: at, time, clock, timing, riff_limit: self.riff_limit, continues };
        let take = Take::open(Arc::clone(&self.storage), &self.settings, start)?;
        let path = take.folder().to_path_buf();
        (self.status.fault, self.faulted) = (None, false);
        self.fitness.continues = None;
        self.status.take = Some(path.clone());
        self.take = Some(take);
        self.gauge = gauge;
        self.next_sync = Instant::now() + self.settings.sync_interval;
        self.tell(RecordEvent::TakeStarted { path, at });
        Ok(())
    }

    fn write(&mut self, from: u64, to: u64) -> Result<(), RecordError> {
        let Some(take) = &mut self.take else { return Ok(()) };
        let mut gaps: Vec<(u64, u64, GapCause)> = Vec::new();
        let done = self.timeline.play(from, to, |piece| match piece {
            Piece::Sound { block, offset, frames } => take.write(block, offset, frames),
            Piece::Silence { at, frames, cause } => {
                gaps.push((at, frames, cause));
                take.silence(frames, cause_text(cause))
            }
        });
        for (at, frames, cause) in gaps {
            self.gap_frames += frames;
            self.tell(RecordEvent::Gap { at, frames, cause });
        }
        self.go_on_with_loudness();
        done
    }

    fn close(&mut self, reason: &str) -> Result<(), RecordError> {
        let Some(mut take) = self.take.take() else { return Ok(()) };
        self.end_loudness(&mut take);
        self.note_time(&mut take);
        let closed = take.close(reason);
        self.take = Some(take);
        closed?;
        self.note_take();
        if let Some(take) = self.take.take() {
            self.announce_closed(&take, reason);
        }
        Ok(())
    }

    fn announce_closed(&self, take: &Take, reason: &str) {
        let (path, frames) = (take.folder().to_path_buf(), take.frames());
        self.tell(RecordEvent::TakeClosed { path, frames, reason: reason.into() });
    }

    /// Syncs and looks at the free space when it is time to; publishes the status in any case.
    fn tick(&mut self, now: bool) {
        if now || Instant::now() >= self.next_sync {
            if let Err(error) = self.sync() {
                self.fault(error.to_string());
            }
            self.next_sync = Instant::now() + self.settings.sync_interval;
        }
        self.publish();
    }

    /// Looks whether the clock was set; if so, takes of this start get their true time.
    fn watch_clock(&mut self) {
        let Some(reading) = Reading::of(&*self.clock) else { return };
        let Some(step_ms) = self.watch.look(&reading) else { return };
        let broken = self.broken.iter_mut().map(|(take, _)| take);
        self.take.iter_mut().chain(broken).for_each(|take| take.stamp(&reading));
        self.tell(RecordEvent::ClockSet { step_ms, synced: reading.synced() });
        self.keeper.give(Chore::Correct(reading));
    }

    /// Passes on which take is to be protected: the open one where none is named.
    fn protect(&self, take: Option<String>, on: bool) {
        let open = || Some(self.take.as_ref()?.folder().file_name()?.to_string_lossy().into_owned());
        match take.or_else(open) {
            Some(take) => self.keeper.give(Chore::Protect { take, on }),
            None => {
                let (path, reason) = (self.settings.dir.clone(), "no take is open".into());
                self.tell(RecordEvent::ProtectFailed { path, reason });
            }
        }
    }

    fn sync(&mut self) -> Result<(), RecordError> {
        self.watch_clock();
        let mut take = self.take.take();
        take.iter_mut().for_each(|take| self.note_time(take));
        self.take = take;
        if let Some(take) = &mut self.take {
            let began = Instant::now();
            take.sync()?;
            let (now, at) = (Instant::now(), take.end());
            let taken = now - began;
            self.status.sync_times = self.sync_meter.add(now, taken);
            let ms = taken.as_millis() as u64;
            let name = take.folder().file_name().unwrap_or_default().display();
            tracing::debug!("synced {} frames of {name} in {ms} ms", take.frames());
            self.status.last_sync_ms = ms;
            self.status.worst_sync_ms = self.status.worst_sync_ms.max(ms);
            if taken > self.settings.sync_interval {
                take.note_slow_sync(ms);
                self.tell(RecordEvent::SlowSync { at, ms });
            }
        }
        // A medium that cannot say how much is free is no full one.
        if let Ok(free) = self.storage.free_bytes(&self.settings.dir) {
            (self.status.free_bytes, self.status.measured) = (free, true);
        }
        let full = self.status.measured && self.status.free_bytes < self.settings.min_free_bytes;
        if full && self.take.is_some() {
            self.fault("medium full".into());
        }
        Ok(())
    }

    /// Writes all that is left in the pool, closes the take and says goodbye.
    fn finish(&mut self, at: At) {
        // Closing syncs everything; a sync right before it would only cost time.
        self.next_sync = Instant::now() + LAST_SYNC;
        while !self.timeline.is_drained() {
            self.take_blocks();
            self.act();
        }
        self.machine.command(RecordCommand::Stop { at });
        self.act();
        if self.take.is_some()
            && let Err(error) = self.close("stopped")
        {
            self.fault(error.to_string());
        }
        self.close_broken();
        self.keeper.end();
        self.tick(true);
        self.status.phase = Phase::Ended;
        lock(&self.shared).clone_from(&self.status);
    }

    fn note_take(&mut self) {
        if let Some(take) = &self.take {
            (self.status.frames, self.status.gaps) = (take.frames(), take.gaps());
        }
    }

    fn publish(&mut self) {
        self.note_take();
        self.status.phase = match self.machine.state() {
            State::Idle => Phase::Idle,
            _ if self.status.absent => Phase::Idle,
            // Wanted, and not to be had: no sound has come yet that it could fail with.
            State::Armed if self.status.fault.is_some() && !self.fitness.fit => Phase::Fault,
            State::Armed | State::Recording { .. } => Phase::Recording,
            State::Fault { .. } => Phase::Fault,
        };
        if self.status.phase == Phase::Idle {
            // Whoever stops a take and starts another one wants no continuation.
            self.fitness.continues = None;
            self.status.fault.take_if(|_| self.fitness.fit);
        }
        self.status.position = self.machine.cursor();
        self.status.waiting = self.timeline.waiting();
        self.status.blocks_done = self.timeline.given_back();
        self.status.frames_unwritten = self.unwritten();
        self.status.frames_lost = self.gap_frames + self.status.frames_unwritten;
        lock(&self.shared).clone_from(&self.status);
    }

    fn tell(&self, event: RecordEvent) {
        // Nobody listens any more when the handle is gone; the take says it all too.
        let _ = self.events.send(event);
    }
}
