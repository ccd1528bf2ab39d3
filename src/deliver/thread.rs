//! The thread that delivers, and the handle to it. Nobody waits for it: it is told what is wanted, and says how it stands.
//!
//! Runs on: supervisor (the handle), delivery (the work).
use super::brake::{Brake, Gate};
use super::failure::Failure;
use super::ledger::{Entry, Ledger};
use super::plan::{Plan, Shelf};
use super::queue::{Queue, Remembered};
use super::rsync::Rsync;
use super::s3::S3;
use super::send::{Road, send, unwritten};
use super::settings::{DeliverySettings, SettingsError};
use super::status::{DeliveryEvent, DeliveryStatus, TakeDelivery, TakeState};
use super::target::Carrier;
use super::webdav::WebDav;
use crate::config::DeliveryTarget;
use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Between two looks at what there is to do.
const LOOK: Duration = Duration::from_millis(500);
/// Between two looks at the folder of recordings that nobody asked for.
const SCAN: Duration = Duration::from_secs(60);
/// How long the end waits.
const LAST: Duration = Duration::from_millis(500);
/// All memory is locked, stacks too; TLS needs some.
const STACK: usize = 512 * 1024;
/// Events that are kept for a supervisor that does not ask.
const MOST_EVENTS: usize = 256;
/// Why a take does not go that somebody stopped.
const STOPPED: &str = "stopped; the command deliver sends it";

/// What is wanted.
enum Order {
    /// A take, at once.
    Deliver(String),
    /// Nothing that waits.
    Stop,
    /// A look at the folder.
    Look,
}

/// What the thread says.
#[derive(Default)]
struct Said {
    status: DeliveryStatus,
    events: VecDeque<DeliveryEvent>,
}

/// Tells of single takes, on any thread.
#[derive(Clone)]
pub struct Deliverer(Arc<Mutex<Said>>);

impl Deliverer {
    /// How it stands with the take in a folder of that name; none where it is not known.
    pub fn take(&self, name: &str) -> Option<TakeDelivery> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).status.takes.get(name).cloned()
    }
}

/// The handle.
pub struct Delivery {
    orders: Sender<Order>,
    gate: Arc<Gate>,
    said: Arc<Mutex<Said>>,
    status: DeliveryStatus,
    thread: Option<JoinHandle<()>>,
}

impl Delivery {
    /// Starts the thread; `lower` gives it its priority.
    ///
    /// # Errors
    /// A target that cannot be used, or no thread to be had.
    pub fn spawn(
        settings: &DeliverySettings,
        shelf: Box<dyn Shelf>,
        lower: fn(),
    ) -> Result<Self, SettingsError> {
        let (orders, taken) = channel();
        let gate = Arc::new(Gate::default());
        let said = Arc::new(Mutex::new(Said::default()));
        let ledger = Ledger::new(&settings.dir, settings.target_text.clone());
        let work = Work {
            carrier: carrier(settings, &ledger)?,
            queue: Queue::new(settings.when),
            brake: Brake::new(Arc::clone(&gate), settings.limit),
            gate: Arc::clone(&gate),
            said: Arc::clone(&said),
            only_idle: settings.when == super::When::Idle,
            orders: taken,
            begun: Instant::now(),
            shelf,
            ledger,
        };
        let run = move || {
            lower();
            work.run();
        };
        let thread = std::thread::Builder::new().name("delivery".into()).stack_size(STACK).spawn(run);
        let thread = Some(thread.map_err(SettingsError::Thread)?);
        Ok(Self { orders, gate, said, status: DeliveryStatus::default(), thread })
    }

    /// Sends a take, whether it was delivered before or not.
    pub fn deliver(&self, take: &str) {
        let _ = self.orders.send(Order::Deliver(take.into()));
    }

    /// Ends what is under way; what waits fails and can be asked for again.
    pub fn stop(&self) {
        self.gate.cancel();
        let _ = self.orders.send(Order::Stop);
    }

    /// There may be another take.
    pub fn look(&self) {
        let _ = self.orders.send(Order::Look);
    }

    /// Holds everything while a writer is behind, and says whether anything is being recorded.
    pub fn set(&self, held: bool, recording: bool) {
        self.gate.set(held, recording);
    }

    /// How it stands. Where the thread is just writing it, it is as it was before.
    pub fn status(&mut self) -> &DeliveryStatus {
        if let Ok(said) = self.said.try_lock() {
            self.status.clone_from(&said.status);
        }
        &self.status
    }

    /// For whoever asks of single takes.
    pub fn deliverer(&self) -> Deliverer {
        Deliverer(Arc::clone(&self.said))
    }

    /// The next thing to tell.
    pub fn event(&self) -> Option<DeliveryEvent> {
        self.said.try_lock().ok()?.events.pop_front()
    }

    /// Ends it, and waits for that, but not for long.
    pub fn end(&mut self) {
        self.gate.end();
        let begun = Instant::now();
        while self.thread.as_ref().is_some_and(|thread| !thread.is_finished()) && begun.elapsed() < LAST {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        self.gate.end();
    }
}

fn carrier(settings: &DeliverySettings, ledger: &Ledger) -> Result<Box<dyn Carrier>, SettingsError> {
    Ok(match &settings.target {
        DeliveryTarget::S3 { bucket, prefix } => Box::new(S3::new(settings, bucket, prefix)?),
        DeliveryTarget::WebDav { url } => Box::new(WebDav::new(url, &settings.secret)),
        _ => Box::new(Rsync::new(settings, ledger.dir())),
    })
}

/// What the thread has.
struct Work {
    carrier: Box<dyn Carrier>,
    shelf: Box<dyn Shelf>,
    ledger: Ledger,
    queue: Queue,
    brake: Brake,
    gate: Arc<Gate>,
    said: Arc<Mutex<Said>>,
    only_idle: bool,
    orders: Receiver<Order>,
    begun: Instant,
}

impl Work {
    fn run(mut self) {
        let mut scan_at = Instant::now();
        while !self.gate.is_ended() {
            match self.orders.recv_timeout(LOOK) {
                Ok(order) => {
                    self.obey(order);
                    scan_at = Instant::now();
                    continue;
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            // While a writer is behind, the folder is not even looked at.
            if self.gate.is_held() {
                continue;
            }
            if Instant::now() >= scan_at {
                scan_at = Instant::now() + SCAN;
                self.scan();
            }
            while !self.gate.is_ended()
                && let Some(take) = self.queue.next(self.begun.elapsed(), self.gate.is_recording())
            {
                self.send(&take);
                self.catch_up();
            }
        }
    }

    /// What was ordered while a take went.
    fn catch_up(&mut self) {
        while let Ok(order) = self.orders.try_recv() {
            self.obey(order);
        }
        self.scan();
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Deliver(take) => {
                self.queue.ask(&take);
                // All of it, as who asks may know that something is missing there.
                self.remember(&take, true);
            }
            Order::Stop => {
                self.gate.taken();
                for take in self.queue.stop(STOPPED) {
                    self.remember(&take, false);
                    self.tell(DeliveryEvent::Failed { take, reason: STOPPED.into() });
                }
            }
            Order::Look => {}
        }
        self.publish(0.0);
    }

    /// Looks which takes there are. A medium that cannot be read keeps what is known of it.
    fn scan(&mut self) {
        let Self { queue, shelf, ledger, .. } = self;
        let Ok(takes) = shelf.complete(&|take| queue.has(take)) else { return };
        let gone = queue.see(&takes, |take| ledger.read(take).map(|entry| entry.remembered()));
        gone.iter().for_each(|take| ledger.forget(take));
        self.publish(0.0);
    }

    /// Notes how the take stands; where it is to go `again`, none of its files counts as there before it was compared.
    fn remember(&self, take: &str, again: bool) {
        let Some(Remembered { state, reason, asked }) = self.queue.remember(take) else { return };
        let known = self.ledger.read(take).unwrap_or_else(|| self.ledger.begin());
        let mut entry = Entry { state, reason, asked, ..known };
        entry.files.values_mut().for_each(|note| note.done &= !again);
        if let Err(error) = self.ledger.write(take, &entry) {
            tracing::warn!("delivery: {}", unwritten(&self.ledger, &error));
        }
    }

    fn send(&mut self, take: &str) {
        self.publish(0.0);
        self.brake.only_idle(self.only_idle && !self.queue.is_asked(take));
        let outcome = self.plan(take).and_then(|plan| self.go(take, &plan));
        let (now, failed) = (self.begun.elapsed(), outcome.clone().err());
        let told = self.queue.ended(take, outcome, now);
        self.remember(take, matches!(failed, Some(Failure::Wrong(_))));
        told.into_iter().for_each(|event| self.tell(event));
        self.publish(0.0);
    }

    /// A take that cannot be told is at fault itself, unless the medium is.
    fn plan(&self, take: &str) -> Result<Plan, Failure> {
        self.shelf.plan(take).map_err(|reason| match self.shelf.complete(&|_| true) {
            Ok(_) => Failure::Bad(reason),
            Err(medium) => Failure::Later(medium),
        })
    }

    fn go(&mut self, take: &str, plan: &Plan) -> Result<(), Failure> {
        let mut entry = self.ledger.read(take).unwrap_or_else(|| self.ledger.begin());
        entry.state = TakeState::Sending;
        let (said, queue, mut shown) = (&self.said, &self.queue, 0.0);
        let mut progress = |share: f64| {
            // In hundredths: each is a message to the broker.
            let share = ((share * 100.0).floor() / 100.0).min(1.0) as f32;
            if share > shown {
                shown = share;
                lock(said).status = queue.status(share);
            }
        };
        let mut road = Road {
            carrier: &mut *self.carrier,
            ledger: &self.ledger,
            brake: &mut self.brake,
            progress: &mut progress,
        };
        let outcome = send(take, plan, &mut entry, &mut road);
        // What was cut off on purpose shows as any error of the network.
        if self.gate.is_closed() && outcome.is_err() { Err(Failure::Stopped) } else { outcome }
    }

    fn tell(&self, event: DeliveryEvent) {
        let mut said = lock(&self.said);
        said.events.truncate(MOST_EVENTS - 1);
        said.events.push_back(event);
    }

    fn publish(&self, progress: f32) {
        lock(&self.said).status = self.queue.status(progress);
    }
}

/// What was said stays readable whatever befell who said it.
fn lock(said: &Mutex<Said>) -> MutexGuard<'_, Said> {
    said.lock().unwrap_or_else(PoisonError::into_inner)
}
