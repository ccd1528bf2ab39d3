//! The take state machine: decides what is written where, to the sample. Pure: it returns actions and does no I/O.
//!
//! Runs on: writer.
//!
//! Everything is a position on one time line of absolute frames. `arrive` says how far sound has come, `step` hands out
//! one action after another until nothing more can be decided. Where blocks and gaps lie makes no difference.
use super::status::RecordCommand;
use vestry_rt::message::Tap;

/// When a command takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// At the first frame that has not arrived yet.
    Now,
    /// At an absolute frame; one that has passed means as soon as can be.
    Frame(u64),
}

/// Lengths in frames that the machine keeps to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Sound from before the start that a take begins with.
    pub preroll: u64,
    /// Longest part, at least 1.
    pub part: Option<u64>,
    /// Most frames of sound in one `Write`, at least 1.
    pub write: u64,
    /// Frames from a fault to the next try.
    pub retry: u64,
}

/// Something to do, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Open a take whose first frame is `at`.
    Open {
        /// Absolute frame.
        at: u64,
    },
    /// Append sound and silence.
    Write {
        /// First frame; where the last `Write` ended.
        from: u64,
        /// Frame after the last.
        to: u64,
    },
    /// Go on in new files; comes directly before a `Write`.
    Split {
        /// First frame of the new part.
        at: u64,
    },
    /// Remember a place in the open take.
    Mark {
        /// Absolute frame, not beyond what is written.
        at: u64,
        /// What it says.
        label: String,
    },
    /// Close the take.
    Close {
        /// Frame after the last.
        at: u64,
    },
}

/// Where the machine stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// No take, none wanted.
    Idle,
    /// A take is wanted from the cursor on; it opens with its first frame, so that no take is empty.
    Armed,
    /// A take is open.
    Recording {
        /// First frame of the part.
        part: u64,
        /// Whether the next frame begins a new part.
        split: bool,
    },
    /// A take is wanted and cannot be written until the given position.
    Fault {
        /// When it is tried again.
        retry: u64,
    },
}

/// The machine.
#[derive(Debug)]
pub struct Machine {
    limits: Limits,
    state: State,
    /// Commands by position; those at the same one in the order they came.
    pending: Vec<(u64, RecordCommand)>,
    /// Everything before it is decided.
    cursor: u64,
    /// Sound has arrived up to here.
    seen: u64,
    lost: u64,
}

impl Machine {
    /// An idle machine at position 0.
    pub fn new(limits: Limits) -> Self {
        Self { limits, state: State::Idle, pending: Vec::new(), cursor: 0, seen: 0, lost: 0 }
    }

    /// Lets parts be so long from now on, in frames.
    pub fn set_part(&mut self, part: Option<u64>) {
        self.limits.part = part;
    }

    /// Where it stands.
    pub fn state(&self) -> State {
        self.state
    }

    /// Everything before it is decided.
    pub fn cursor(&self) -> u64 {
        self.cursor
    }

    /// Sound has arrived up to here.
    pub fn seen(&self) -> u64 {
        self.seen
    }

    /// Wanted frames that a fault cost.
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// Takes a command; it has its effect in `step`.
    pub fn command(&mut self, command: RecordCommand) {
        let at = match &command {
            RecordCommand::Start { at } | RecordCommand::Stop { at } => at,
            RecordCommand::Split { at } | RecordCommand::Marker { at, .. } => at,
            RecordCommand::Tap { at, .. } => at,
        };
        let at = match *at {
            At::Now => self.seen,
            At::Frame(frame) => frame,
        };
        let place = self.pending.partition_point(|(other, _)| *other <= at);
        self.pending.insert(place, (at, command));
    }

    /// Sound is held from `oldest` and has arrived up to `end`.
    pub fn arrive(&mut self, oldest: u64, end: u64) {
        self.seen = self.seen.max(end);
        match self.state {
            State::Idle | State::Armed => self.cursor = self.cursor.max(oldest),
            State::Fault { .. } => self.lose_to(oldest),
            State::Recording { .. } => {}
        }
    }

    /// The next thing to do; none until more arrives. From the cursor on `silence` frames are lost: they cost nothing to
    /// write and may come in one `Write`.
    pub fn step(&mut self, silence: u64) -> Option<Action> {
        loop {
            match self.state {
                State::Idle => self.wait()?,
                State::Armed => match self.open() {
                    Some(true) => return Some(Action::Open { at: self.cursor }),
                    Some(false) => {}
                    None => return None,
                },
                State::Recording { part, split } => {
                    if let Some(action) = self.record(part, split, silence)? {
                        return Some(action);
                    }
                }
                State::Fault { retry } => self.endure(retry)?,
            }
        }
    }

    /// Sound before this is needed no more.
    pub fn keep_from(&mut self) -> u64 {
        let preroll = self.seen.saturating_sub(self.limits.preroll);
        match self.state {
            State::Idle => self.cursor = self.cursor.max(preroll),
            State::Fault { .. } => self.lose_to(preroll),
            State::Armed | State::Recording { .. } => {}
        }
        self.cursor
    }

    /// Sound before `position` is held no more, though the machine would have kept it.
    pub fn gave_back(&mut self, position: u64) {
        match self.state {
            State::Idle | State::Armed => self.cursor = self.cursor.max(position),
            State::Fault { .. } => self.lose_to(position),
            State::Recording { .. } => {}
        }
    }

    /// What was asked for failed: the take ended at `written`. It is tried again later.
    pub fn fault(&mut self, written: u64) {
        self.cursor = written.min(self.cursor);
        self.state = State::Fault { retry: self.seen.saturating_add(self.limits.retry) };
    }

    /// Idle: waits for a start; other commands mean nothing.
    fn wait(&mut self) -> Option<()> {
        let (at, command) = self.due(self.seen)?;
        if matches!(command, RecordCommand::Start { .. }) {
            self.cursor = self.cursor.max(at.saturating_sub(self.limits.preroll));
            self.state = State::Armed;
        }
        Some(())
    }

    /// Armed: true when the take has a first frame, false when it was called off before.
    fn open(&mut self) -> Option<bool> {
        let stop = |(at, command): &(u64, RecordCommand)| {
            *at <= self.cursor && matches!(command, RecordCommand::Stop { .. })
        };
        if let Some(place) = self.pending.iter().position(stop) {
            self.pending.drain(..=place);
            self.state = State::Idle;
            return Some(false);
        }
        if self.seen <= self.cursor {
            return None;
        }
        self.state = State::Recording { part: self.cursor, split: false };
        Some(true)
    }

    /// Recording: the inner none means look again.
    fn record(&mut self, part: u64, split: bool, silence: u64) -> Option<Option<Action>> {
        if let Some((_, command)) = self.due(self.cursor) {
            return Some(self.obey(command, part, split));
        }
        let end = self.limits.part.map_or(u64::MAX, |length| part.saturating_add(length.max(1)));
        if self.seen <= self.cursor {
            return None;
        }
        if split || self.cursor >= end {
            self.state = State::Recording { part: self.cursor, split: false };
            return Some(Some(Action::Split { at: self.cursor }));
        }
        let next = self.pending.first().map_or(u64::MAX, |(at, _)| *at);
        let from = self.cursor;
        let most = from.saturating_add(self.limits.write.max(1).max(silence));
        self.cursor = self.seen.min(end).min(next).min(most);
        Some(Some(Action::Write { from, to: self.cursor }))
    }

    fn obey(&mut self, command: RecordCommand, part: u64, split: bool) -> Option<Action> {
        match command {
            RecordCommand::Start { .. } => None,
            RecordCommand::Stop { .. } => {
                self.state = State::Idle;
                Some(Action::Close { at: self.cursor })
            }
            RecordCommand::Split { .. } => {
                self.state = State::Recording { part, split: split || self.cursor > part };
                None
            }
            RecordCommand::Marker { label, .. } => Some(Action::Mark { at: self.cursor, label }),
            RecordCommand::Tap { input, tap, .. } => {
                Some(Action::Mark { at: self.cursor, label: tap_label(input, tap) })
            }
        }
    }

    /// Fault: counts what is lost until a stop, or until it is time to try again.
    fn endure(&mut self, retry: u64) -> Option<()> {
        if let Some((at, command)) = self.due(self.seen) {
            if matches!(command, RecordCommand::Stop { .. }) {
                self.lose_to(at.max(self.cursor));
                self.state = State::Idle;
            }
            return Some(());
        }
        if self.seen < retry {
            return None;
        }
        self.state = State::Armed;
        Some(())
    }

    fn lose_to(&mut self, position: u64) {
        let to = position.max(self.cursor);
        self.lost += to - self.cursor;
        self.cursor = to;
    }

    /// Takes out the first command at or before `position`.
    fn due(&mut self, position: u64) -> Option<(u64, RecordCommand)> {
        let first = self.pending.first().is_some_and(|(at, _)| *at <= position);
        first.then(|| self.pending.remove(0))
    }
}

fn tap_label(input: u32, tap: Tap) -> String {
    match tap {
        Tap::Pre => format!("Input {input} is recorded as converted from here"),
        Tap::Post => format!("Input {input} is recorded after its gain from here"),
    }
}

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
