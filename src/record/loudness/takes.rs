//! What is measured of takes: a take's programme goes as far as its writer has come, so that it ends where the take does.
//!
//! Runs on: loudness; writer ([`Gauge`]).
use super::super::timeline::{Piece, Timeline};
use super::monitor::Order;
use super::{Each, Loudness, Programme};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

/// What was measured of a take.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measured {
    /// Frames of sound that were measured: those of the take but for gaps, and for what measuring was too slow for.
    pub frames: u64,
    /// The values.
    pub each: Each<Loudness>,
}

/// A take that is being measured. Dropping it ends that.
#[derive(Debug)]
pub struct Gauge {
    orders: Sender<Order>,
    patience: Duration,
    written: Arc<AtomicU64>,
}

impl Gauge {
    /// Measures from the absolute frame `start` on.
    pub(super) fn begin(orders: Sender<Order>, patience: Duration, start: u64) -> Self {
        let written = Arc::new(AtomicU64::new(start));
        let _ = orders.send(Order::Begin { start, written: Arc::clone(&written) });
        Self { orders, patience, written }
    }

    /// The take is written up to the absolute frame `end`.
    pub fn written(&self, end: u64) {
        self.written.store(end, Ordering::Relaxed);
    }

    /// What the take comes to, whose frame after the last is `at`. Waits no longer than it may; none where that is too short.
    pub fn end(self, at: u64) -> Option<Measured> {
        let (reply, measured) = channel();
        self.orders.send(Order::End { at, written: self.written, reply }).ok()?;
        measured.recv_timeout(self.patience).ok()
    }
}

/// A writer that has the take open.
struct Listener {
    written: Arc<AtomicU64>,
    end: Option<(u64, Sender<Measured>)>,
}

/// A take that runs, on one medium or on several.
struct Running {
    start: u64,
    /// Everything before it is measured.
    fed: u64,
    frames: u64,
    each: Each<Programme>,
    listeners: Vec<Listener>,
}

impl Running {
    /// How far it may be measured: to the nearest end, or as far as the writer has come that has come least far.
    fn target(&self) -> u64 {
        let ends = self.listeners.iter().filter_map(|listener| Some(listener.end.as_ref()?.0)).min();
        let written = self.listeners.iter().map(|listener| listener.written.load(Ordering::Relaxed)).min();
        ends.or(written).unwrap_or(self.fed)
    }

    fn feed(&mut self, timeline: &Timeline, to: u64) {
        let (each, frames) = (&mut self.each, &mut self.frames);
        timeline.look(self.fed, to, |piece| {
            if let Piece::Sound { block, offset, frames: count } = piece {
                each.add(block, offset, count);
                *frames += count as u64;
            }
        });
        self.fed = self.fed.max(to);
    }

    fn measured(&self) -> Measured {
        Measured { frames: self.frames, each: self.each.map(Programme::loudness) }
    }

    /// Tells those whose take ends here; whether there were any.
    fn answer(&mut self) -> bool {
        let fed = self.fed;
        let due = |listener: &Listener| listener.end.as_ref().is_some_and(|(at, _)| *at <= fed);
        if !self.listeners.iter().any(due) {
            return false;
        }
        let measured = self.measured();
        self.listeners.retain(|listener| match &listener.end {
            Some((at, reply)) if *at <= fed => {
                let _ = reply.send(measured.clone());
                false
            }
            _ => true,
        });
        true
    }
}

/// All that run. Writers of several media whose takes begin at the same frame share the work.
#[derive(Default)]
pub(super) struct Takes(Vec<Running>);

impl Takes {
    /// One more writer has a take that begins at `start`; `fresh` are meters that have heard nothing.
    pub fn begin(&mut self, start: u64, written: Arc<AtomicU64>, fresh: impl FnOnce() -> Each<Programme>) {
        let listener = Listener { written, end: None };
        match self.0.iter_mut().find(|take| take.start == start) {
            Some(take) => take.listeners.push(listener),
            None => {
                let listeners = vec![listener];
                self.0.push(Running { start, fed: start, frames: 0, each: fresh(), listeners });
            }
        }
    }

    /// A writer's take ends at `at`.
    pub fn end(&mut self, at: u64, written: &Arc<AtomicU64>, reply: Sender<Measured>) {
        let mut listeners = self.0.iter_mut().flat_map(|take| &mut take.listeners);
        if let Some(listener) = listeners.find(|listener| Arc::ptr_eq(&listener.written, written)) {
            listener.end = Some((at, reply));
        }
    }

    /// Measures as far as writers have come, and in any case what lies before `must`.
    pub fn feed(&mut self, timeline: &Timeline, must: u64) {
        let arrived = timeline.end().unwrap_or(0);
        for take in &mut self.0 {
            // A writer that is gone without a word holds up nothing.
            let here =
                |listener: &Listener| listener.end.is_some() || Arc::strong_count(&listener.written) > 1;
            take.listeners.retain(here);
            loop {
                let to = take.target().max(must).min(arrived);
                take.feed(timeline, to);
                if !take.answer() {
                    break;
                }
            }
        }
        self.0.retain(|take| !take.listeners.is_empty());
    }

    /// Whether any runs.
    pub fn is_any(&self) -> bool {
        !self.0.is_empty()
    }

    /// What the take that has run longest comes to so far.
    pub fn at_hand(&self) -> Option<Measured> {
        self.0.iter().min_by_key(|take| take.start).map(Running::measured)
    }
}
