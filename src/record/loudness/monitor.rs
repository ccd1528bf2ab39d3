//! The thread that measures, and the handle to it.
//!
//! Runs on: loudness (the thread), supervisor (the handle).
use super::super::timeline::{Piece, Timeline};
use super::takes::{Gauge, Measured, Takes};
use super::{Each, Live, Programme};
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use vestry_rt::block::{BlockSink, GapCause};

/// How long the thread sleeps when no block is full.
const POLL: Duration = Duration::from_millis(20);
/// Between two looks at the live values: EBU Tech 3341 wants 10 a second.
const LIVE_EVERY: Duration = Duration::from_millis(100);
/// Between two looks at the take's values.
const TAKE_EVERY: Duration = Duration::from_secs(1);
/// All memory is locked, stacks too.
const STACK: usize = 256 * 1024;

/// What reaches the thread.
#[derive(Debug)]
pub(super) enum Order {
    /// A take has begun; its writer tells how far it has come.
    Begin { start: u64, written: Arc<AtomicU64> },
    /// It ends.
    End { at: u64, written: Arc<AtomicU64>, reply: Sender<Measured> },
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoudnessSettings {
    /// Frames per second.
    pub sample_rate: u32,
    /// Inputs, each a lane of a block.
    pub inputs: usize,
    /// Whether two lanes of the stereo mix follow.
    pub mix: bool,
    /// Sound that is held back, so that a take can begin and end in the past. The pool has to have room for more than this.
    pub hold: Duration,
    /// How long a take that ends waits for its loudness. It goes without, rather than wait longer.
    pub patience: Duration,
}

/// Loudness of what is heard now, in LUFS; none of silence.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Heard {
    /// Of the last 400 ms.
    pub momentary: Option<f64>,
    /// Of the last 3 s.
    pub short_term: Option<f64>,
}

/// What is known at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LoudnessStatus {
    /// What is heard now; up to 0.1 s old.
    pub now: Each<Heard>,
    /// The take at hand so far, up to a second old; none without one. Of several that differ, the one that has run longest.
    pub take: Option<Measured>,
    /// Frames that measuring was too slow for, since the start.
    pub missed_frames: u64,
}

/// The handle to the thread, which ends once this and all clients are dropped.
#[derive(Debug)]
pub struct LoudnessMonitor {
    orders: Sender<Order>,
    patience: Duration,
    shared: Arc<Mutex<LoudnessStatus>>,
}

/// What a writer reaches the thread through.
#[derive(Clone, Debug)]
pub struct LoudnessClient {
    orders: Sender<Order>,
    patience: Duration,
}

impl LoudnessClient {
    /// Measures a take from the absolute frame `start` on.
    pub fn begin(&self, start: u64) -> Gauge {
        Gauge::begin(self.orders.clone(), self.patience, start)
    }
}

impl LoudnessMonitor {
    /// Starts the thread; `prepare` is what it does first, such as giving way to others.
    ///
    /// # Errors
    /// The system has no thread to give.
    pub fn spawn(
        settings: LoudnessSettings,
        sink: BlockSink,
        prepare: impl FnOnce() + Send + 'static,
    ) -> std::io::Result<Self> {
        let (orders, take_orders) = channel();
        let shared = Arc::default();
        let worker = Worker::new(settings, sink, Arc::clone(&shared));
        let run = move || {
            prepare();
            worker.run(&take_orders);
        };
        std::thread::Builder::new().name("loudness".into()).stack_size(STACK).spawn(run)?;
        Ok(Self { orders, patience: settings.patience, shared })
    }

    /// For a writer.
    pub fn client(&self) -> LoudnessClient {
        LoudnessClient { orders: self.orders.clone(), patience: self.patience }
    }

    /// The values as they were last; never from the rt thread.
    pub fn status(&self) -> LoudnessStatus {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The state of the thread.
struct Worker {
    settings: LoudnessSettings,
    hold: u64,
    timeline: Timeline,
    live: Each<Live>,
    /// Everything before it is in the live values.
    heard: u64,
    takes: Takes,
    status: LoudnessStatus,
    shared: Arc<Mutex<LoudnessStatus>>,
    live_due: Instant,
    take_due: Instant,
}

impl Worker {
    fn new(settings: LoudnessSettings, sink: BlockSink, shared: Arc<Mutex<LoudnessStatus>>) -> Self {
        let rate = settings.sample_rate;
        let now = Instant::now();
        Self {
            hold: (settings.hold.as_secs_f64() * f64::from(rate)).ceil() as u64,
            timeline: Timeline::new(sink),
            live: each(settings, |channels| Live::new(channels, rate)),
            heard: 0,
            takes: Takes::default(),
            status: LoudnessStatus::default(),
            shared,
            settings,
            live_due: now,
            take_due: now,
        }
    }

    /// Until nobody is left who could ask.
    fn run(mut self, orders: &Receiver<Order>) {
        loop {
            let got = self.timeline.drain();
            // After the sound: a take that begins before some of it is known by now, and finds its beginning still held.
            orders.try_iter().for_each(|order| self.obey(order));
            self.measure();
            self.publish();
            match orders.recv_timeout(if got == 0 { POLL } else { Duration::ZERO }) {
                Ok(order) => self.obey(order),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn obey(&mut self, order: Order) {
        let settings = self.settings;
        match order {
            Order::Begin { start, written } => {
                let fresh = || each(settings, |channels| Programme::new(channels, settings.sample_rate));
                self.takes.begin(start, written, fresh);
                self.take_due = Instant::now();
            }
            Order::End { at, written, reply } => self.takes.end(at, &written, reply),
        }
    }

    /// Measures what has come, then gives back what is older than has to be held.
    fn measure(&mut self) {
        let Some(end) = self.timeline.end() else { return };
        let (live, missed) = (&mut self.live, &mut self.status.missed_frames);
        self.timeline.look(self.heard, end, |piece| match piece {
            Piece::Sound { block, offset, frames } => live.add(block, offset, frames),
            Piece::Silence { frames, cause: GapCause::PoolFull, .. } => *missed += frames,
            Piece::Silence { .. } => {}
        });
        self.heard = end;
        let old = end.saturating_sub(self.hold);
        self.takes.feed(&self.timeline, old);
        self.timeline.release(old);
        // Blocks may be short: then there are fewer frames in the pool than it has room for.
        if self.timeline.is_short() {
            self.takes.feed(&self.timeline, end);
        }
        self.timeline.relieve();
    }

    fn publish(&mut self) {
        let now = Instant::now();
        if now < self.live_due {
            return;
        }
        self.live_due = now + LIVE_EVERY;
        self.status.now =
            self.live.map(|live| Heard { momentary: live.momentary(), short_term: live.short_term() });
        let take = self.takes.is_any();
        if now >= self.take_due || take != self.status.take.is_some() {
            self.take_due = now + TAKE_EVERY;
            self.status.take = self.takes.at_hand();
        }
        self.shared.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&self.status);
    }
}

/// A meter an input and one for the mix.
fn each<T>(settings: LoudnessSettings, meter: impl Fn(u32) -> T) -> Each<T> {
    Each { inputs: (0..settings.inputs).map(|_| meter(1)).collect(), mix: settings.mix.then(|| meter(2)) }
}
