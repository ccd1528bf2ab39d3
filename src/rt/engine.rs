//! One period through the console: capture area in, blocks, meters and playback area out.
mod signal;

use crate::area::{CaptureArea, PlaybackArea};
use crate::block::GapCause;
use crate::counters::Counters;
use crate::delay::DelayRing;
use crate::latency::LatencyRing;
use crate::latest::LatestWriter;
use crate::message::{Batch, Command, Event};
use crate::meter::{METER_WORDS, Meters};
use crate::mixer::Mixer;
use crate::order::ChannelOrder;
use crate::scope::Scope;
use crate::snapshot::Snapshot;
use crate::sources::Sources;
use crate::taps::Taps;
use crate::voices::{VoiceLinks, Voices};
use crate::{CHUNK, MAX_INPUTS, MAX_OUTPUTS};
use heapless::Vec;
use heapless::spsc::{Consumer, Producer};

/// What the engine is built for; fixed while it runs.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Inputs (1 to `MAX_INPUTS`).
    pub inputs: usize,
    /// The card's channel (from 0) of each input.
    pub capture_map: [u8; MAX_INPUTS],
    /// Physical outputs (0 to `MAX_OUTPUTS`).
    pub outputs: usize,
    /// The card's channel (from 0) of each output.
    pub playback_map: [u8; MAX_OUTPUTS],
    /// Whether the two lanes after the inputs record the stereo mix.
    pub record_mix: bool,
    /// Frames that a change of a level takes.
    pub ramp_frames: u32,
    /// One period's time in ns, against which the latency monitor measures.
    pub period_ns: u32,
}

/// The engine's ends of all that crosses the boundary.
pub struct Links {
    /// Batches of commands in.
    pub commands: Consumer<'static, Batch>,
    /// Events out.
    pub events: Producer<'static, Event>,
    /// Meters out.
    pub meters: LatestWriter<'static, METER_WORDS>,
    /// Captured sound out, to every medium.
    pub taps: Taps,
    /// Counters out.
    pub counters: &'static Counters,
    /// Period durations out, while the latency monitor is on.
    pub latency: &'static LatencyRing,
    /// Samples of one input out, while they are wanted.
    pub scope: &'static Scope,
    /// Samples of all channels of the card out, when they are wanted.
    pub snapshot: &'static Snapshot,
    /// What the delays of the outputs need, from the first on.
    pub delays: Vec<&'static mut DelayRing, MAX_OUTPUTS>,
    /// What the playback voices need.
    pub voices: VoiceLinks,
}

/// Everything that happens in a period.
pub struct Engine {
    shape: Shape,
    mixer: Mixer,
    meters: Meters<'static>,
    taps: Taps,
    commands: Consumer<'static, Batch>,
    events: Producer<'static, Event>,
    counters: &'static Counters,
    latency: &'static LatencyRing,
    latency_on: bool,
    scope: &'static Scope,
    snapshot: &'static Snapshot,
    order: ChannelOrder,
    sources: Sources,
    voices: Voices,
    /// The input whose samples are wanted.
    scope_input: Option<u8>,
    inputs: [[f32; CHUNK]; MAX_INPUTS],
    /// What the voices play to each strip that they feed.
    played: [[f32; CHUNK]; MAX_INPUTS],
    /// What the card delivered for strips that something else feeds and of which it is recorded.
    kept: [[f32; CHUNK]; MAX_INPUTS],
    /// Room for one bus at a time, and for the monitor mix that several outputs play.
    bus: [f32; CHUNK],
    monitor: [f32; CHUNK],
    /// What is soloed before its strip, if `pfl_heard`.
    pfl: [f32; CHUNK],
    pfl_heard: bool,
}

impl Engine {
    /// An engine with the console as `initial` sets it, without ramps.
    pub fn new(shape: Shape, links: Links, initial: &[Command]) -> Self {
        let mut engine = Self {
            mixer: Mixer::new(
                shape.inputs.min(MAX_INPUTS),
                shape.outputs.min(MAX_OUTPUTS),
                shape.ramp_frames,
            ),
            shape,
            meters: Meters::new(links.meters, shape.inputs.max(shape.outputs)),
            taps: links.taps,
            commands: links.commands,
            events: links.events,
            counters: links.counters,
            latency: links.latency,
            latency_on: false,
            scope: links.scope,
            snapshot: links.snapshot,
            order: ChannelOrder::new(shape.capture_map),
            sources: Sources::new(),
            voices: Voices::new(links.voices, links.counters, shape.ramp_frames),
            scope_input: None,
            inputs: [[0.0; CHUNK]; MAX_INPUTS],
            played: [[0.0; CHUNK]; MAX_INPUTS],
            kept: [[0.0; CHUNK]; MAX_INPUTS],
            bus: [0.0; CHUNK],
            monitor: [0.0; CHUNK],
            pfl: [0.0; CHUNK],
            pfl_heard: false,
        };
        engine.counters.media.iter().for_each(|medium| medium.free_blocks_low.set(u64::MAX));
        engine.publish_position();
        engine.mixer.lend(links.delays);
        initial.iter().for_each(|command| engine.apply(*command));
        engine.mixer.settle();
        engine.sources.settle();
        engine
    }

    /// Whether the time of each period is wanted.
    pub fn latency_on(&self) -> bool {
        self.latency_on
    }

    /// True while every pool has room for a period, for devices that can wait.
    pub fn has_room(&self) -> bool {
        self.taps.have_room()
    }

    /// Takes in commands. At the start of a period, and while there is no sound.
    pub fn begin_period(&mut self) {
        self.counters.turns.add(1);
        while self.take_in() {}
        self.voices.take_in();
        self.meters.begin();
    }

    /// Carries out the next batch with all of its group; false if there is none, or not yet all of them.
    fn take_in(&mut self) -> bool {
        let Some(batch) = self.commands.peek() else { return false };
        let batches = match batch.first() {
            Some(Command::Group(batches)) if self.can_hold(*batches) => usize::from(*batches).max(1),
            _ => 1,
        };
        if self.commands.len() < batches {
            return false;
        }
        for _ in 0..batches {
            let Some(batch) = self.commands.dequeue() else { break };
            batch.iter().for_each(|command| self.apply(*command));
        }
        self.mixer.set_ramp(self.shape.ramp_frames);
        true
    }

    /// Whether a group of so many batches can ever wait in the queue as a whole.
    fn can_hold(&self, batches: u8) -> bool {
        usize::from(batches) <= self.commands.capacity()
    }

    /// Takes one piece of a period in and out: areas of the same number of frames.
    pub fn process(&mut self, input: CaptureArea<'_>, output: PlaybackArea<'_>) {
        self.piece(input, output);
    }

    /// As `process`, compiled for the vector units of processors since 2013; the sound is the same to the bit.
    ///
    /// # Safety
    /// The processor has AVX2.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    pub fn process_avx2(&mut self, input: CaptureArea<'_>, output: PlaybackArea<'_>) {
        self.piece(input, output);
    }

    #[inline(always)]
    fn piece(&mut self, input: CaptureArea<'_>, mut output: PlaybackArea<'_>) {
        let total = input.frames();
        if output.channels > self.shape.outputs {
            output.bytes.fill(0);
        }
        self.snapshot.note(&input, self.taps.position());
        let mut done = 0;
        while done < total {
            let frames = (total - done).min(CHUNK).min(self.taps.prepare());
            if self.sources.are_live() {
                rarely();
                self.sound(frames);
            }
            self.capture(&input, done, frames);
            self.play(&mut output, done, frames);
            self.mixer.strips.advance(frames);
            self.taps.commit(frames, self.counters);
            done += frames;
        }
    }

    /// Publishes meters and counters.
    pub fn end_period(&mut self) {
        self.meters.publish();
        self.counters.periods.add(1);
        self.publish_position();
    }

    /// Notes that all that went through so far had been captured at `ns` of CLOCK_MONOTONIC.
    pub fn note_time(&mut self, ns: u64) {
        self.taps.note_time(ns);
    }

    /// Notes how long a period took from wake-up to done; only while `latency_on`.
    pub fn note_duration(&mut self, duration_ns: u32) {
        self.latency.note(duration_ns);
        self.counters.worst_period_ns.at_least(u64::from(duration_ns));
        if u64::from(duration_ns) * 5 > u64::from(self.shape.period_ns) * 4 {
            self.counters.late_periods.add(1);
        }
    }

    /// Notes frames that never came. Between periods.
    pub fn lost(&mut self, frames: u64, cause: GapCause) {
        let position = self.taps.position();
        self.taps.lost(frames, cause);
        self.snapshot.interrupt();
        self.counters.lost_frames.add(frames);
        if cause == GapCause::Xrun {
            self.counters.xruns.add(1);
        }
        self.tell(Event::Gap { position, frames, cause });
        self.publish_position();
    }

    /// Tells that the card is gone; what is captured so far goes out.
    pub fn device_gone(&mut self) {
        self.taps.flush();
        self.snapshot.interrupt();
        self.counters.device_losses.add(1);
        self.tell(Event::DeviceGone);
    }

    /// Tells that the card is back.
    pub fn device_back(&mut self) {
        self.tell(Event::DeviceBack);
    }

    /// Hands over the last frames and losses; false if the latter wait for a free block: call again then.
    pub fn finish(&mut self) -> bool {
        let finished = self.taps.finish();
        self.publish_position();
        finished
    }

    /// Says goodbye.
    pub fn ended(&mut self) {
        self.tell(Event::Ended);
    }

    fn apply(&mut self, command: Command) {
        if let Command::LatencyMonitor(on) = command {
            self.latency_on = on;
        }
        let fits = !matches!(command, Command::Group(batches) if !self.can_hold(batches));
        if !fits || !self.mixer.apply(command) {
            self.counters.refused_commands.add(1);
            self.tell(Event::Refused);
            return;
        }
        match command {
            Command::Scope(input) => self.scope_input = input,
            Command::Rotate(rotation) => {
                self.order.rotate(rotation);
                self.tell(Event::Rotated { position: self.taps.position(), rotation });
            }
            other => self.sources.apply(other, self.shape.ramp_frames),
        }
    }

    /// What the box plays itself.
    fn sound(&mut self, frames: usize) {
        if let Some(number) = self.sources.run(frames) {
            self.tell(Event::Swept(number));
        }
        if let Some(frame) = self.sources.bar() {
            self.tell(Event::Bar { position: self.taps.position() + frame as u64 });
        }
    }

    fn publish_position(&mut self) {
        self.taps.publish(self.counters);
        self.counters.position.set(self.taps.position());
    }

    fn tell(&mut self, event: Event) {
        if self.events.enqueue(event).is_err() {
            self.counters.lost_events.add(1);
        }
    }
}

/// Says that what calls it is not the usual way.
#[cold]
fn rarely() {}
