//! Whether the medium can be recorded to: what becomes of its takes when it cannot any more, and when it can again.
//!
//! Runs on: writer.
use super::super::keeper::{Chore, Place};
use super::super::stamp::Reading;
use super::super::{RecordError, RecordEvent, medium};
use super::{BROKEN, State, Worker};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Between two looks at a medium that is not fit while nothing is wanted of it.
const LOOK: Duration = Duration::from_secs(5);

/// What is known of the medium.
pub(super) struct Fitness {
    /// It was probed, and nothing failed since.
    pub fit: bool,
    /// The last look found none.
    none: bool,
    /// Frames lost so far, and how many of them while the medium needed not be there.
    lost: [u64; 2],
    looked: Instant,
    /// Name of the take that a fault ended and that the next one goes on with.
    pub continues: Option<String>,
}

impl Fitness {
    /// Nothing is known yet.
    pub fn unknown() -> Self {
        Self { fit: false, none: false, lost: [0; 2], looked: Instant::now(), continues: None }
    }
}

impl Worker {
    /// The first look, before anything is recorded.
    pub(super) fn first_look(&mut self, tell: impl FnOnce(Result<(), RecordError>)) {
        let seen = self.admit();
        if let Err(error) = &seen {
            self.note_fault(error.to_string());
            self.publish();
        }
        tell(seen);
    }

    /// Makes sure that the medium can be recorded to; one that could not be is looked at as closely as at the start.
    pub(super) fn admit(&mut self) -> Result<(), RecordError> {
        if self.fitness.fit {
            match medium::room(&*self.storage, &self.settings) {
                // It was taken out while nothing was wanted of it.
                Err(error) if error.is_absence() => self.fitness.fit = false,
                seen => return seen.map(drop),
            }
        }
        self.fitness.looked = Instant::now();
        let seen = medium::probe(&*self.storage, &self.settings);
        self.fitness.none = seen.as_ref().is_err_and(RecordError::is_absence);
        seen?;
        self.status.absent = false;
        self.close_broken();
        // What cannot be closed even now was open when the medium went: its files lead nowhere. It is repaired by name.
        self.broken.clear();
        self.keeper.find(self.place());
        // The process before this one may have ended before the clock was set.
        Reading::of(&*self.clock).into_iter().for_each(|reading| self.keeper.give(Chore::Correct(reading)));
        self.fitness.fit = true;
        Ok(())
    }

    fn place(&self) -> Place {
        Place {
            storage: Arc::clone(&self.storage),
            clock: Arc::clone(&self.clock),
            dir: self.settings.dir.clone(),
            limit: self.riff_limit,
            keep_free: self.settings.keep_free(),
            only_delivered: self.settings.keep_until_delivered,
            every: self.settings.sync_interval,
            events: self.events.clone(),
        }
    }

    /// Looks again at a medium that is not fit though nothing is wanted of it.
    pub(super) fn look_again(&mut self) {
        let idle = self.machine.state() == State::Idle;
        if !idle || self.fitness.fit || self.fitness.looked.elapsed() < LOOK {
            return;
        }
        match self.admit() {
            Ok(()) => (self.status.fault, self.faulted) = (None, false),
            Err(error) => self.note_fault(error.to_string()),
        }
    }

    /// Closes what can be closed; the machine tries again later.
    pub(super) fn fault(&mut self, reason: String) {
        self.fitness.fit = false;
        let mut written = self.machine.cursor();
        if let Some(mut take) = self.take.take() {
            if let Err(error) = take.salvage() {
                self.tell(RecordEvent::Fault { reason: error.to_string() });
            }
            written = take.end();
            self.end_loudness(&mut take);
            (self.status.frames, self.status.gaps) = (take.frames(), take.gaps());
            self.fitness.continues =
                take.folder().file_name().map(|name| name.to_string_lossy().into_owned());
            self.broken.push((take, reason.clone()));
            self.close_broken();
        }
        if self.machine.state() != State::Idle {
            self.machine.fault(written);
        }
        self.note_fault(reason);
    }

    /// Tells of a fault once. A medium that need not be there is at fault only if it went in the middle of a take.
    fn note_fault(&mut self, reason: String) {
        self.status.absent = self.settings.optional && self.fitness.none && self.fitness.continues.is_none();
        if self.status.absent {
            (self.status.fault, self.faulted, self.status.measured) = (None, false, false);
            return;
        }
        if !self.faulted || self.status.fault.as_ref() != Some(&reason) {
            self.tell(RecordEvent::Fault { reason: reason.clone() });
        }
        (self.status.fault, self.faulted) = (Some(reason), true);
    }

    /// Frames that were to be written, and were not.
    pub(super) fn unwritten(&mut self) -> u64 {
        let [before, excused] = &mut self.fitness.lost;
        let now = self.machine.lost();
        if self.status.absent {
            *excused += now - *before;
        }
        *before = now;
        now - *excused
    }

    /// Closes takes that an error broke; those that still cannot be are kept for the next time.
    pub(super) fn close_broken(&mut self) {
        for (mut take, reason) in std::mem::take(&mut self.broken) {
            match take.close(&reason) {
                Ok(()) => self.announce_closed(&take, &reason),
                // One too many is left to the repair once the medium is fit again.
                Err(_) if self.broken.len() < BROKEN => self.broken.push((take, reason)),
                Err(_) => {}
            }
        }
    }
}
