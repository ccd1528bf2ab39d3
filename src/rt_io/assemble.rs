//! Builds the engine with everything that crosses its boundary, before the loop starts.
//!
//! Runs on: main.
use super::players_end::{PlayersEnd, voices};
use super::pool::{self, PoolSize};
use heapless::spsc::{Consumer, Producer, Queue};
use vestry_rt::MEDIA;
use vestry_rt::block::BlockSink;
use vestry_rt::capture::CaptureTap;
use vestry_rt::counters::Counters;
use vestry_rt::engine::{Engine, Links, Shape};
use vestry_rt::latency::LatencyRing;
use vestry_rt::latest::{Latest, LatestReader};
use vestry_rt::message::{BATCH, Batch, Command, Event};
use vestry_rt::meter::{METER_WORDS, MeterFrame, read};
use vestry_rt::scope::Scope;
use vestry_rt::snapshot::{SNAPSHOT_SAMPLES, Snapshot};
use vestry_rt::sync::AtomicU32;
use vestry_rt::taps::Taps;

/// Batches that may wait for the next period, and one: a console of 32 inputs and 32 outputs that changes in every respect
/// takes 28.
const COMMAND_QUEUE: usize = 64;
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
    /// The playback voices, for who plays them.
    pub player: Option<PlayersEnd>,
}

impl Remote {
    /// Sends commands that take effect together; gives them back if the queue is full or they are more than a batch holds.
    pub fn send<'a>(&mut self, commands: &'a [Command]) -> Result<(), &'a [Command]> {
        let batch = Batch::from_slice(commands).map_err(|_| commands)?;
        self.commands.enqueue(batch).map_err(|_| commands)
    }

    /// Sends commands, however many, that take effect together and take `ramp` frames; gives them back if the queue has no room
    /// for all of them.
    pub fn send_faded<'a>(&mut self, commands: &'a [Command], ramp: u32) -> Result<(), &'a [Command]> {
        let batches = (commands.len() + 2).div_ceil(BATCH);
        let room = self.commands.capacity() - self.commands.len();
        let count = u8::try_from(batches).ok().filter(|_| batches <= room).ok_or(commands)?;
        let mut all =
            [Command::Group(count), Command::Ramp(ramp)].into_iter().chain(commands.iter().copied());
        for _ in 0..batches {
            // Nobody else puts anything in, so the room is still there.
            let _ = self.commands.enqueue(all.by_ref().take(BATCH).collect());
        }
        Ok(())
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
    let delays = pool::delay_rings(shape.outputs);
    let (voices, player) = voices();
    let links = Links { commands, events, meters, taps, counters, latency, scope, snapshot, delays, voices };
    let (commands, events, meters, player) = (give_commands, take_events, read_meters, Some(player));
    let remote = Remote { commands, events, meters, counters, latency, scope, snapshot, player };
    (Box::new(Engine::new(shape, links, initial)), remote, sinks, hears)
}

/// A tap on a pool of that size, and the pool's other end.
fn tap(size: &PoolSize) -> (CaptureTap, BlockSink) {
    let (source, sink) = pool::allocate(*size);
    (CaptureTap::new(source, size.block_frames), sink)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use vestry_rt::area::{CaptureArea, PlaybackArea};
    use vestry_rt::message::{Bus, Gain};
    use vestry_rt::sample::SampleFormat;

    const INPUTS: usize = 4;

    /// Each input has an output of its own, and no change takes time.
    fn console() -> (Box<Engine>, Remote) {
        let map = std::array::from_fn(|at| at as u8);
        let shape = Shape {
            inputs: INPUTS,
            capture_map: map,
            outputs: INPUTS,
            playback_map: map,
            record_mix: false,
            ramp_frames: 0,
            period_ns: 2_000_000,
        };
        let routes: Vec<_> =
            (0..INPUTS as u8).map(|at| Command::Route(Bus::Output(at), at, Gain(1.0))).collect();
        let (engine, remote, _sinks) = assemble(shape, &[], &routes);
        (engine, remote)
    }

    /// What a period at half of full scale comes out as, by output: the gain of each input in thousandths.
    fn gains(engine: &mut Engine) -> [i64; INPUTS] {
        let sound: Vec<u8> = [1_i32 << 30; INPUTS].iter().flat_map(|sample| sample.to_le_bytes()).collect();
        let mut played = [0; INPUTS * 4];
        engine.begin_period();
        let format = SampleFormat::S32;
        engine.process(
            CaptureArea { bytes: &sound, format, channels: INPUTS },
            PlaybackArea { bytes: &mut played, format, channels: INPUTS },
        );
        engine.end_period();
        std::array::from_fn(|at| {
            let sample = played.as_chunks::<4>().0.get(at).map_or(0, |bytes| i32::from_le_bytes(*bytes));
            (f64::from(sample) / f64::from(1 << 30) * 1_000.0).round() as i64
        })
    }

    /// Every gain set to the same, the last of them at the end of a group of so many batches.
    fn group(batches: usize, thousandths: i64) -> Vec<Batch> {
        let level = Gain(thousandths as f32 / 1_000.0);
        let mut commands = vec![Command::Gain(0, level), Command::Gain(1, level), Command::Gain(2, level)];
        commands.resize(batches * BATCH - 2, Command::Gain(0, level));
        commands.push(Command::Gain(INPUTS as u8 - 1, level));
        commands.insert(0, Command::Group(batches as u8));
        commands.chunks(BATCH).map(|batch| Batch::from_slice(batch).unwrap()).collect()
    }

    proptest! {
        /// Whenever a period comes while batches are being queued, all of a group is heard or none of it, in order.
        #[test]
        fn no_period_hears_a_part_of_a_group(
            steps in prop::collection::vec((1..6_usize, prop::collection::vec(any::<bool>(), 6)), 1..12),
        ) {
            let (mut engine, mut remote) = console();
            let mut last = 1_000;
            for (thousandths, (batches, periods)) in (1..).zip(&steps) {
                let all = group(*batches, thousandths);
                for (at, (batch, period)) in all.into_iter().zip(periods).enumerate() {
                    prop_assert!(remote.commands.enqueue(batch).is_ok());
                    if *period {
                        let wanted = if at + 1 == *batches { thousandths } else { last };
                        prop_assert_eq!(gains(&mut engine), [wanted; INPUTS]);
                    }
                }
                last = thousandths;
            }
            prop_assert_eq!(gains(&mut engine), [last; INPUTS]);
            prop_assert_eq!(remote.counters.refused_commands.get(), 0);
        }
    }

    #[test]
    fn a_group_is_heard_whole_while_another_thread_queues_it() {
        let (mut engine, mut remote) = console();
        let sender = std::thread::spawn(move || {
            for thousandths in 1..=500 {
                let level = Gain(thousandths as f32 / 1_000.0);
                let commands: Vec<_> = (0..400).map(|at| Command::Gain((at % INPUTS) as u8, level)).collect();
                while remote.send_faded(&commands, 0).is_err() {
                    std::thread::yield_now();
                }
            }
            remote
        });
        let mut heard = [1_000; INPUTS];
        while heard[0] != 500 {
            heard = gains(&mut engine);
            assert_eq!(heard, [heard[0]; INPUTS]);
        }
        assert_eq!(sender.join().unwrap().counters.refused_commands.get(), 0);
    }

    /// One that no queue could hold, one of nothing and one that is not full are no reason to wait for ever.
    #[test]
    fn a_group_that_cannot_be_is_refused_and_holds_up_nothing() {
        let (mut engine, mut remote) = console();
        let send = |remote: &mut Remote, commands: &[Command]| remote.send(commands).is_ok();
        assert!(send(&mut remote, &[Command::Group(COMMAND_QUEUE as u8), Command::Gain(0, Gain(0.5))]));
        assert!(send(&mut remote, &[Command::Group(0), Command::Gain(1, Gain(0.25))]));
        assert_eq!(gains(&mut engine), [500, 250, 1_000, 1_000]);
        assert_eq!(remote.counters.refused_commands.get(), 1);
        let many = vec![Command::Gain(0, Gain(0.5)); COMMAND_QUEUE * BATCH];
        assert!(remote.send_faded(&many, 0).is_err(), "the queue could never hold it");
        let fit = vec![Command::Gain(2, Gain(0.125)); (COMMAND_QUEUE - 1) * BATCH - 2];
        assert!(remote.send_faded(&fit, 0).is_ok());
        assert!(remote.send_faded(&fit[..1], 0).is_err() && remote.send(&fit[..1]).is_err(), "it is full");
        assert_eq!(gains(&mut engine), [500, 250, 125, 1_000]);
        assert!(remote.send_faded(&[], 0).is_ok());
        assert_eq!(gains(&mut engine), [500, 250, 125, 1_000]);
    }

    #[test]
    fn a_ramp_holds_for_its_group_alone() {
        let (mut engine, mut remote) = console();
        assert!(remote.send_faded(&vec![Command::Gain(0, Gain(0.0)); 100], 4).is_ok());
        let heard: Vec<_> = (0..5).map(|_| gains(&mut engine)[0]).collect();
        assert_eq!(heard, [750, 500, 250, 0, 0]);
        assert!(remote.send(&[Command::Gain(0, Gain(1.0))]).is_ok());
        assert_eq!(gains(&mut engine)[0], 1_000, "as it is configured: at once");
    }
}
