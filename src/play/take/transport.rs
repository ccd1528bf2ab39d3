//! Play, pause, stop, seek, loop and punch of a take: a state machine that returns what is to be done. Pure.
//!
//! Whatever changes where it plays is a new run: it is opened while the old one plays on, begins on one frame for all tracks, and the
//! old one fades from that frame on. Positions are frames of the take; `now` and `at` are absolute frames of the console.
//!
//! Runs on: supervisor.
use super::run::{Run, Span};

/// Counts what was opened.
pub type RunId = u32;

/// What does not change while a take is loaded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// Frames of the take.
    pub frames: u64,
    /// Frames of the take a frame of the console.
    pub step: f64,
    /// Console frames that strips take to go from one source to another.
    pub ramp: u64,
    /// Console frames by which orders are given ahead, so that all of them are there in time.
    pub lead: u64,
    /// Console frames by which what is to go on without a jump is opened ahead.
    pub ahead: u64,
}

/// What somebody wants. Ranges lie within the take, their start before their end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Plays, from where it stands.
    Play,
    /// Falls silent and stays where it is; strips keep the take.
    Pause,
    /// Falls silent and goes back to the beginning; strips go back to what fed them.
    Stop,
    /// Goes on from elsewhere.
    Seek(u64),
    /// Plays a part round and round, or no longer.
    Loop(Option<Span>),
    /// Strips, as bits, that are live within a part, or whenever [`Ask::Live`] says so; none of a part: by that alone.
    Punch(u32, Option<Span>),
    /// These strips are live from now on, or no longer.
    Live(bool),
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Have sound ready from a frame on, played round and round in a part if there is one.
    Open {
        /// What it is called.
        run: RunId,
        /// The first frame.
        from: u64,
        /// The part.
        repeat: Option<Span>,
    },
    /// Let go what never began.
    Close(RunId),
    /// Begin.
    Start {
        /// What was opened.
        run: RunId,
        /// The take's frame that it begins with.
        from: u64,
        /// On this frame.
        at: u64,
    },
    /// Fade out.
    Stop {
        /// What plays.
        run: RunId,
        /// From this frame on.
        at: u64,
    },
    /// Feed strips anew.
    Feed {
        /// Which, as bits.
        strips: u32,
        /// With the take, or with what fed them before.
        take: bool,
        /// From this frame on; what was told for later holds no more.
        at: u64,
    },
}

/// What it is at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// Silent, and strips are as ever.
    #[default]
    Stopped,
    /// Silent, and strips have the take.
    Paused,
    /// Waits for the first sound.
    Cueing,
    /// Plays.
    Playing,
}

/// What is opened.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Next {
    run: RunId,
    from: u64,
    repeat: Option<Span>,
    /// The frame on which it has to begin to go on without a jump, and how far ahead it was opened for that.
    due: Option<(u64, u64)>,
}

/// A loaded take.
#[derive(Clone, Debug, PartialEq)]
pub struct Transport {
    pace: Pace,
    /// Strips that have tracks, as bits.
    strips: u32,
    runs: RunId,
    now: Option<(RunId, Run)>,
    next: Option<Next>,
    /// Where it stands while nothing plays.
    rest: u64,
    paused: bool,
    repeat: Option<Span>,
    punched: u32,
    punch: Option<Span>,
    live: bool,
    /// Strips that have the take, as bits, and the frame from which on that is so; those that have it before.
    fed: (u32, u64),
    before: u32,
}

impl Transport {
    /// Stopped, at the beginning. `strips` are those that have tracks, as bits.
    pub fn new(pace: Pace, strips: u32) -> Self {
        Self {
            pace,
            strips,
            runs: 0,
            now: None,
            next: None,
            rest: 0,
            paused: false,
            repeat: None,
            punched: 0,
            punch: None,
            live: false,
            fed: (0, 0),
            before: 0,
        }
    }

    /// The same, with names for its runs that follow those of another one.
    pub fn after(self, runs: RunId) -> Self {
        Self { runs, ..self }
    }

    /// The last run that was opened.
    pub fn last_run(&self) -> RunId {
        self.runs
    }

    /// What it is at.
    pub fn state(&self) -> State {
        match (&self.now, &self.next) {
            (Some(_), _) => State::Playing,
            (None, Some(_)) => State::Cueing,
            (None, None) if self.paused => State::Paused,
            _ => State::Stopped,
        }
    }

    /// The take's frame that is heard.
    pub fn position(&self, now: u64) -> u64 {
        match (&self.now, &self.next) {
            (Some((_, run)), _) => run.position(now).min(self.pace.frames),
            (None, Some(next)) => next.from,
            _ => self.rest,
        }
    }

    /// The part that is played round and round.
    pub fn repeat(&self) -> Option<Span> {
        self.repeat
    }

    /// Strips that may be live, as bits, and the part in which they are.
    pub fn punch(&self) -> (u32, Option<Span>) {
        (self.punched, self.punch)
    }

    /// Strips that have the take at a frame, as bits.
    pub fn fed(&self, now: u64) -> u32 {
        if now < self.fed.1 { self.before } else { self.fed.0 }
    }

    /// Does what somebody wants.
    pub fn ask(&mut self, ask: Ask, now: u64) -> Vec<Action> {
        let mut actions = Vec::new();
        match ask {
            Ask::Play if self.now.is_some() || self.next.is_some() => {}
            Ask::Play => self.open(self.rest, None, &mut actions),
            Ask::Pause => self.pause(now, &mut actions),
            Ask::Stop => self.stop(now, &mut actions),
            Ask::Seek(frame) if self.now.is_some() || self.next.is_some() => {
                self.open(frame, None, &mut actions);
            }
            Ask::Seek(frame) => self.rest = frame,
            Ask::Loop(repeat) => {
                self.repeat = repeat;
                match (self.now, self.next) {
                    (_, Some(next)) if next.due.is_none() => self.open(next.from, None, &mut actions),
                    (Some((_, run)), _) => self.go_on(run, (now, self.pace.ahead), &mut actions),
                    (None, _) => {}
                }
            }
            Ask::Punch(strips, part) => (self.punched, self.punch) = (strips & self.strips, part),
            Ask::Live(live) => self.live = live,
        }
        if matches!(ask, Ask::Seek(_) | Ask::Punch(..) | Ask::Live(_)) {
            self.feed(now + self.pace.lead, &mut actions);
        }
        actions
    }

    /// What was opened is there. What does not wait any more is no concern.
    pub fn ready(&mut self, run: RunId, now: u64) -> Vec<Action> {
        let mut actions = Vec::new();
        let Some(next) = self.next.filter(|next| next.run == run) else { return actions };
        let soon = now + self.pace.lead;
        // What it was to go on from may have ended meanwhile.
        let due = next.due.filter(|_| self.now.is_some());
        if let (Some((due, ahead)), Some((_, playing))) = (due, self.now)
            && due < soon
        {
            self.go_on(playing, (now, ahead.saturating_mul(2)), &mut actions);
            return actions;
        }
        // Strips hear all of the first sound.
        let waits = if self.fed.0 == 0 { self.pace.ramp } else { 0 };
        let at = due.map_or(soon + waits, |(due, _)| due);
        actions.extend(self.now.map(|(old, _)| Action::Stop { run: old, at }));
        actions.push(Action::Start { run, from: next.from, at });
        let began = Run { from: next.from, repeat: next.repeat, at, step: self.pace.step };
        (self.now, self.next, self.paused) = (Some((run, began)), None, false);
        self.feed(if waits > 0 { now } else { at }, &mut actions);
        actions
    }

    /// What played has come to its end. An older run is no concern.
    pub fn ended(&mut self, run: RunId, now: u64) -> Vec<Action> {
        let mut actions = Vec::new();
        if self.now.is_some_and(|(playing, _)| playing == run) {
            self.now = None;
            // Somebody wants it elsewhere, and that comes by itself.
            if self.next.is_none() {
                self.stop(now, &mut actions);
            }
        }
        actions
    }

    /// What was opened or plays cannot be read: all stops, where it was.
    pub fn failed(&mut self, run: RunId, now: u64) -> Vec<Action> {
        let mut actions = Vec::new();
        let plays = self.now.is_some_and(|(playing, _)| playing == run);
        if plays || self.next.is_some_and(|next| next.run == run) {
            let rest = self.position(now);
            self.stop(now, &mut actions);
            self.rest = rest.min(self.pace.frames.saturating_sub(1));
        }
        actions
    }

    /// Time goes on: what is to be told of punches that are close. To be called several times in each `lead` plus `horizon`.
    pub fn turn(&mut self, now: u64, horizon: u64) -> Vec<Action> {
        let mut actions = Vec::new();
        let (Some((_, run)), Some(part)) = (self.now, self.punch) else { return actions };
        // One that is told already comes first.
        if self.live || self.fed.1 > now || run.at > now {
            return actions;
        }
        let soon = now + self.pace.lead;
        // What came too soon after another is told late, and before what comes next.
        let late = (self.wanted(soon) != self.fed.0).then_some(soon);
        if let Some(at) = late.or_else(|| run.changes(part, soon, soon + horizon)) {
            self.feed(at, &mut actions);
        }
        actions
    }

    /// Opens a new run in place of one that was to begin.
    fn open(&mut self, from: u64, due: Option<(u64, u64)>, actions: &mut Vec<Action>) {
        actions.extend(self.next.take().map(|next| Action::Close(next.run)));
        self.runs = self.runs.wrapping_add(1);
        let repeat = self.repeat.filter(|part| from < part[1]);
        self.next = Some(Next { run: self.runs, from, repeat, due });
        actions.push(Action::Open { run: self.runs, from, repeat });
    }

    /// Opens a run that goes on where this one will be, without a jump.
    fn go_on(&mut self, run: Run, (now, ahead): (u64, u64), actions: &mut Vec<Action>) {
        let (at, from) = run.whole(now.max(run.at) + ahead);
        if from < self.pace.frames {
            self.open(from, Some((at, ahead)), actions);
        }
    }

    fn pause(&mut self, now: u64, actions: &mut Vec<Action>) {
        let at = now + self.pace.lead;
        if self.now.is_none() && self.next.is_none() {
            return;
        }
        self.rest = self.position(at).min(self.pace.frames.saturating_sub(1));
        self.silence(at, actions);
        self.paused = self.fed.0 != 0;
    }

    fn stop(&mut self, now: u64, actions: &mut Vec<Action>) {
        let at = now + self.pace.lead;
        self.silence(at, actions);
        (self.rest, self.paused, self.live) = (0, false, false);
        self.feed(at, actions);
    }

    fn silence(&mut self, at: u64, actions: &mut Vec<Action>) {
        actions.extend(self.next.take().map(|next| Action::Close(next.run)));
        actions.extend(self.now.take().map(|(run, _)| Action::Stop { run, at }));
    }

    /// Strips that are to have the take on a frame, as bits.
    fn wanted(&self, at: u64) -> u32 {
        let position = match &self.now {
            Some((_, run)) => run.position(at),
            None if self.paused => self.rest,
            None => return 0,
        };
        let within = self.punch.is_some_and(|[start, end]| (start..end).contains(&position));
        if self.live || within { self.strips & !self.punched } else { self.strips }
    }

    /// Feeds strips as they are to be from a frame on.
    fn feed(&mut self, at: u64, actions: &mut Vec<Action>) {
        let begins = self.now.map_or(at, |(_, run)| run.at.max(at));
        let (wanted, before) = (self.wanted(begins), self.fed(at));
        // What was told for later is told anew, whatever it is.
        let pending = if at < self.fed.1 { self.before ^ self.fed.0 } else { 0 };
        let told = (wanted ^ before) | pending;
        for (strips, take) in [(told & wanted, true), (told & !wanted, false)] {
            if strips != 0 {
                actions.push(Action::Feed { strips, take, at });
            }
        }
        if told != 0 {
            (self.before, self.fed) = (before, (wanted, at));
        }
    }
}

#[cfg(test)]
#[path = "transport_tests.rs"]
mod tests;
