//! The thread: one connection after the other, with waits in between.
//!
//! Runs on: mqtt.
use super::super::backoff::Backoff;
use super::super::discovery::Home;
use super::connection::{self, Fault};
use super::settings::MqttError;
use super::shared::{End, Shared};
use rumqttc::v5::MqttOptions;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Runtime};

/// A handshake fits; all memory is locked, so there is no more of it.
const STACK: usize = 512 * 1024;

/// What the thread needs.
pub(super) struct Job {
    pub shared: Arc<Shared>,
    pub options: MqttOptions,
    pub home: Option<Home>,
    /// For the log.
    pub broker: String,
}

/// Starts it; what it gives is closed when it has ended.
pub(super) fn spawn(job: Job) -> Result<Receiver<()>, MqttError> {
    let runtime = runtime().map_err(MqttError::Thread)?;
    let (alive, ended) = channel();
    let main = move || whole(&runtime, job, alive);
    std::thread::Builder::new()
        .name("mqtt".into())
        .stack_size(STACK)
        .spawn(main)
        .map_err(MqttError::Thread)?;
    Ok(ended)
}

/// The second thread is there only while a host's name is looked up, which blocks.
fn runtime() -> io::Result<Runtime> {
    let mut builder = Builder::new_current_thread();
    builder.max_blocking_threads(1).thread_name("mqtt-names").thread_stack_size(STACK);
    builder.thread_keep_alive(Duration::from_secs(1)).enable_all().build()
}

fn whole(runtime: &Runtime, job: Job, alive: Sender<()>) {
    let _guard = Guard(job.shared.clone(), alive);
    runtime.block_on(run(job));
}

/// However the thread ends, nobody goes on believing in a connection.
struct Guard(Arc<Shared>, #[expect(dead_code, reason = "its drop is what counts")] Sender<()>);

impl Drop for Guard {
    fn drop(&mut self) {
        let mut inner = self.0.lock();
        inner.link.connected = false;
        inner.outbox.disconnected();
    }
}

async fn run(job: Job) {
    let mut backoff = Backoff::new(RandomState::new().hash_one(&job.broker));
    let mut told = None;
    loop {
        let fault = connection::run(&job).await;
        let held = down(&job.shared, &fault);
        if job.shared.lock().end.is_some() {
            return;
        }
        let wait = backoff.after(held);
        // While it cannot be reached, each cause is told once; a connection that ended always.
        if fault.since.is_some() || told.as_ref() != Some(&fault.reason) {
            let Fault { reason, .. } = &fault;
            tracing::warn!("mqtt: {}: {reason}; next try in {:.1} s", job.broker, wait.as_secs_f64());
        }
        told = Some(fault.reason);
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = ended(&job.shared) => return,
        }
    }
}

/// Takes note of the end of a connection; how long it held.
fn down(shared: &Shared, fault: &Fault) -> Duration {
    let mut inner = shared.lock();
    inner.link.connected = false;
    inner.link.last_error = Some(fault.reason.clone());
    inner.outbox.disconnected();
    fault.since.map_or(Duration::ZERO, |since: Instant| since.elapsed())
}

/// Comes back when there is no reason to go on: at once, or while there is no broker to say goodbye to.
pub(super) async fn ended(shared: &Shared) {
    loop {
        let end = {
            let inner = shared.lock();
            inner.end.filter(|end| *end == End::AtOnce || !inner.link.connected)
        };
        if end.is_some() {
            return;
        }
        shared.ending.notified().await;
    }
}
