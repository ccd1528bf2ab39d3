//! Builds the engine with everything that crosses its boundary, before the loop starts.
//!
//! Runs on: main.
use super::pool::{self, PoolSize};
use heapless::spsc::{Consumer, Producer, Queue};
use vestry_rt::MEDIA;
use vestry_rt::block::BlockSink;
use vestry_rt::capture::CaptureTap;
use vestry_rt::counters::Counters;
use vestry_rt::engine::{Engine, Links, Shape};
use vestry_rt::latency::LatencyRing;
use vestry_rt::latest::{Latest, LatestReader};
use vestry_rt::message::{Batch, Command, Event};
use vestry_rt::meter::{METER_WORDS, MeterFrame, read};
use vestry_rt::scope::Scope;
use vestry_rt::snapshot::{SNAPSHOT_SAMPLES, Snapshot};
use vestry_rt::sync::AtomicU32;
use vestry_rt::taps::Taps;

/// Batches that may wait for the next period.
const COMMAND_QUEUE: usize = 16;
/// Events that may wait for the supervisor.
const EVENT_QUEUE: usize = 256;

/// The supervisor's end of the engine. All of its calls return at once.
pub struct Remote {
    commands: Producer<'static, Batch>,
    events: Consumer<'static, Event>,
    meters: LatestReader<'static, METER_WORDS>,
    /// What rt has counted.
    pub counters: &'static Counters,
    /// How long the last periods took, while the latency monitor is on.
    pub latency: &'static LatencyRing,
    /// The last samples of the input that `Command::Scope` names.
    pub scope: &'static Scope,
    /// The last stretch of all channels of the card that was asked for.
    pub snapshot: &'static Snapshot,
}

impl Remote {
    /// Sends commands that take effect together; gives them back if the queue is full or they are more than a batch holds.
    pub fn send<'a>(&mut self, commands: &'a [Command]) -> Result<(), &'a [Command]> {
        let batch = Batch::from_slice(commands).map_err(|_| commands)?;
        self.commands.enqueue(batch).map_err(|_| commands)
    }

    /// The oldest event not yet taken.
    pub fn event(&mut self) -> Option<Event> {
        self.events.dequeue()
    }

    /// The meters since the last call.
    pub fn meters(&mut self) -> MeterFrame {
        read(&mut self.meters)
    }
}

/// An engine with the console as `initial` sets it, its remote, and the writers' ends of its pools: one for each of
/// `pools`, at most `MEDIA`, in their order. Leaks what they share.
pub fn assemble(
    shape: Shape,
    pools: &[PoolSize],
    initial: &[Command],
) -> (Box<Engine>, Remote, Vec<BlockSink>) {
    let (engine, remote, sinks, _) = assemble_with(shape, pools, None, initial);
    (engine, remote, sinks)
}

/// As [`assemble`], with the end of one more pool for who listens beside the media, if `listener` gives its size.
pub fn assemble_with(
    shape: Shape,
    pools: &[PoolSize],
    listener: Option<PoolSize>,
    initial: &[Command],
) -> (Box<Engine>, Remote, Vec<BlockSink>, Option<BlockSink>) {
    let (taps, sinks): (Vec<_>, Vec<_>) = pools.iter().take(MEDIA).map(tap).unzip();
    let (listens, hears) = listener.as_ref().map(tap).unzip();
    let (give_commands, commands) = Box::leak(Box::new(Queue::<Batch, COMMAND_QUEUE>::new())).split();
    let (events, take_events) = Box::leak(Box::new(Queue::<Event, EVENT_QUEUE>::new())).split();
    let (meters, read_meters) = Box::leak(Box::new(Latest::new())).split();
    let counters: &'static Counters = Box::leak(Box::default());
    let latency: &'static LatencyRing = Box::leak(Box::default());
    let scope: &'static Scope = Box::leak(Box::default());
    let samples = (0..SNAPSHOT_SAMPLES).map(|_| AtomicU32::new(0)).collect::<Vec<_>>().leak();
    let snapshot: &'static Snapshot = Box::leak(Box::new(Snapshot::new(samples)));
    let taps = Taps::new(taps).with_listener(listens);
    let links = Links { commands, events, meters, taps, counters, latency, scope, snapshot };
    let (commands, events, meters) = (give_commands, take_events, read_meters);
    let remote = Remote { commands, events, meters, counters, latency, scope, snapshot };
    (Box::new(Engine::new(shape, links, initial)), remote, sinks, hears)
}

/// A tap on a pool of that size, and the pool's other end.
fn tap(size: &PoolSize) -> (CaptureTap, BlockSink) {
    let (source, sink) = pool::allocate(*size);
    (CaptureTap::new(source, size.block_frames), sink)
}
