//! Promise: from the first period to the last, the rt thread allocates and frees nothing, whatever happens.
use assert_no_alloc::{AllocDisabler, assert_no_alloc, violation_count};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;
use vestry::rt::bank::Insert;
use vestry::rt::block::{BlockSink, GapCause};
use vestry::rt::burst::BurstShape;
use vestry::rt::click::{Click, Tempo};
use vestry::rt::clip::{Clip, Part, RUN_IN, RUN_OUT};
use vestry::rt::compressor::{Compressor, Log2};
use vestry::rt::counters::Counters;
use vestry::rt::engine::Shape;
use vestry::rt::feed::StripSource;
use vestry::rt::follow::Key;
use vestry::rt::gate::Gate;
use vestry::rt::generator::{Generator, Signal};
use vestry::rt::identify::Identify;
use vestry::rt::lag::KeyBus;
use vestry::rt::limiter::Limit;
use vestry::rt::message::{Bus, Command, Event, Gain, Side, SoloMode, Tap, Tone};
use vestry::rt::section::Section;
use vestry::rt::sweep::Sweep;
use vestry::rt::tone::Step;
use vestry::rt::voice::{Loop, Quality, To, VoiceChange, VoiceOrder, VoiceReport, VoiceSettings};
use vestry::rt_io::assemble::{Remote, assemble_with};
use vestry::rt_io::cycle;
use vestry::rt_io::device::{Clocked, Cycle, Device, Process};
use vestry::rt_io::listen::{Ring, Silence, take_all};
use vestry::rt_io::offline::{OfflineDevice, OfflineSettings, Source};
use vestry::rt_io::players_end::PlayersEnd;
use vestry::rt_io::pool::PoolSize;

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

const PERIOD: usize = 100;
const PERIODS: u64 = 2_000;

/// The offline device with everything that can go wrong with a card, now and then.
struct Troubled {
    device: OfflineDevice,
    turn: u64,
}

impl Device for Troubled {
    fn cycle(&mut self, process: &mut Process<'_>) -> Cycle {
        self.turn += 1;
        match self.turn % 97 {
            11 => Cycle::Lost { frames: 333, cause: GapCause::Xrun },
            22 => Cycle::Idle,
            33 => Cycle::Gone,
            44 => Cycle::Lost { frames: 12_345, cause: GapCause::DeviceLost },
            55 => Cycle::Lost { frames: 7, cause: GapCause::Suspend },
            _ => self.device.cycle(process),
        }
    }

    fn revive(&mut self) -> bool {
        true
    }

    fn paced(&self) -> bool {
        true // The pool may run empty: that path is to be seen too.
    }
}

impl Clocked for Troubled {
    fn captured_ns(&self) -> u64 {
        0
    }
}

fn shape() -> Shape {
    let map = std::array::from_fn(|at| at as u8);
    Shape {
        inputs: 6,
        capture_map: map,
        outputs: 4,
        playback_map: map,
        record_mix: true,
        ramp_frames: 480,
        period_ns: 2_083_333,
    }
}

fn troubled() -> Troubled {
    let sources =
        (0..6).map(|seed| Source::Noise { seed, level: 0.9 }).chain([Source::Silence, Source::Silence]);
    let settings = OfflineSettings {
        sources: sources.collect(),
        outputs: 6,
        sample_rate: 48_000,
        frames_per_period: PERIOD,
        periods: 4,
        paced: false,
        length: 0,
        rotation: 3,
    };
    Troubled { device: OfflineDevice::new(settings), turn: 0 }
}

/// All that a strip may have switched on, coming, changing and going; some of it on strips and bands that are not there.
fn inserts(at: u8) -> [Command; 6] {
    let (strip, keep) = (at % 7, f32::from(at) / 200.0);
    let section = Section { keep, couple: 0.2, lift: 0.1, direct: 1.0, first: 0.3, second: 1.0 };
    let gate = Gate { open: 0.1, close: 0.05, floor: 0.01, hold: 4.0, attack: 0.1, release: 0.9 };
    let (threshold, knee, makeup) = (Log2(-2.0), Log2(1.0), Log2(keep));
    let key = at.is_multiple_of(3).then_some(match at % 12 {
        8.. => {
            Key::Bus([KeyBus::Monitor, KeyBus::Mix, KeyBus::Send(0), KeyBus::Send(2)][usize::from(at % 4)])
        }
        strip => Key::Strip(strip),
    });
    let compressor = Compressor { threshold, knee, slope: 0.7, makeup, attack: 0.5, release: 0.9, key };
    let unsound = Section { keep: f32::NAN, ..section };
    [
        Command::Insert(strip, Insert::HighPass((!at.is_multiple_of(4)).then_some(section))),
        Command::Insert(strip, Insert::Band(at % 9, (!at.is_multiple_of(5)).then_some(section))),
        Command::Insert(strip, Insert::Band(0, Some(unsound))),
        Command::Limiter(at % 5, (at % 4 > 1).then_some(Limit { ceiling: 0.1 + 0.5 * keep, release: 0.99 })),
        Command::Insert(strip, Insert::Gate((at % 4 > 1).then_some(gate))),
        Command::Insert(strip, Insert::Compressor((at % 6 > 1).then_some(compressor))),
    ]
}

/// What the box plays itself, coming, changing and going; some of it on outputs that are not there.
fn sources(at: u8) -> [Command; 3] {
    let beep = BurstShape { step: Step::of(0.03), rise: 20, fall: 50, length: 100 };
    let sweep =
        Sweep { from: 0.01, ratio: 1.001, frames: 700, edge: 50, repeat: at.is_multiple_of(2), number: at };
    let signal = match at % 5 {
        0 => Signal::Sine(Step::of(0.02)),
        1 => Signal::Pink,
        2 => Signal::Identify(Identify { beep, every: 150, pause: 200 }),
        _ => Signal::Sweep(sweep),
    };
    let (outputs, level) = (u32::from(at % 19), 0.1);
    let tempo = Tempo { frames: 1_000 + u64::from(at), beats: 3 };
    let click = Click { outputs, level, beats: at % 5, tempo, accent: beep, beat: beep };
    [
        Command::Generator((!at.is_multiple_of(8)).then_some(Generator { outputs, level, signal })),
        Command::Click((at % 11 > 1).then_some(click)),
        Command::Source(
            at % 7,
            if at.is_multiple_of(3) { StripSource::Card } else { StripSource::Generator },
        ),
    ]
}

/// Streams that come and go, some of which have parts missing.
fn stream(player: &mut PlayersEnd, at: u8) {
    let voice = 100 + at % 20;
    for (number, is_last) in [(0, false), (1, false), (2, false), (3, true)] {
        let frames = RUN_IN + 1_024 + if is_last { 0 } else { RUN_OUT };
        let part = Part { from: number * 1_024, is_last };
        let clip = Clip::part(48_000, vec![vec![0.25; frames]; 2], part).unwrap();
        let settings = VoiceSettings { speed: 0.5 + f64::from(at) / 100.0, ..VoiceSettings::default() };
        let order = if number == 0 {
            VoiceOrder::Start { voice, clip, settings, at: 0 }
        } else {
            VoiceOrder::Feed { voice, part: clip }
        };
        if number != u64::from(at) % 4 + 1 {
            let _full_queue_is_fine = player.order(order);
        }
    }
}

/// Clips that come and go: each is held by voices alone, so whoever lets go of it last frees it.
fn play(player: &mut PlayersEnd, at: u8, played: &mut [u64; 4]) {
    stream(player, at);
    let settings = VoiceSettings {
        speed: 0.3 + f64::from(at) / 80.0,
        quality: if at.is_multiple_of(2) { Quality::Sinc } else { Quality::FourPoint },
        repeat: at.is_multiple_of(3).then_some(Loop { from: 100, to: 300, fade: 40 }),
        route: [0, 1].map(|strip| Some(To { strip, gain: Gain(0.5) })),
        bands: [
            None,
            Some(Section { keep: 0.5, couple: 0.2, lift: 0.1, direct: 1.0, first: 0.3, second: 1.0 }),
            None,
        ],
        ..VoiceSettings::default()
    };
    let sound = vec![0.25; 500 + usize::from(at)];
    for voice in at % 60..at % 60 + 10 {
        let clip = Clip::new(48_000, &[&sound[..], &sound][..1 + usize::from(voice % 2)]).unwrap();
        let start = VoiceOrder::Start { voice, clip, settings, at: u64::from(at % 7) * 10_000 };
        let _full_queue_is_fine = player.order(start);
        let changes = [
            VoiceChange::Gain(Gain(0.1)),
            VoiceChange::Speed(1.0),
            VoiceChange::Band(voice % 4, settings.bands[1]),
            VoiceChange::Repeat(settings.repeat),
            VoiceChange::Route([settings.route[1], None]),
        ];
        let _full_queue_is_fine =
            player.order(VoiceOrder::Set { voice, change: changes[usize::from(voice % 5)] });
    }
    let _full_queue_is_fine = player.order(VoiceOrder::Stop { voice: at % 128, at: 0, fade: 100 });
    let _full_queue_is_fine = player.order(VoiceOrder::Release { voice: at % 61 });
    while let Some(report) = player.report() {
        match report {
            VoiceReport::Ended { clip, .. } => played[0] += Arc::strong_count(&clip) as u64,
            VoiceReport::Refused { .. } => played[1] += 1,
            VoiceReport::Late { .. } => played[2] += 1,
            VoiceReport::Spent { part, .. } => played[3] += Arc::strong_count(&part) as u64,
        }
    }
}

/// Orders starts, and takes no reports until one has had to wait for room.
fn crowd(player: &mut PlayersEnd, counters: &Counters) {
    let clip = Clip::new(48_000, &[&[0.25; 500]]).unwrap();
    while counters.held_starts.get() == 0 {
        let settings = VoiceSettings::default();
        let start = VoiceOrder::Start { voice: 0, clip: Arc::clone(&clip), settings, at: 0 };
        let _full_queue_is_fine = player.order(start);
        thread::yield_now();
    }
}

/// Levels, routes, sends and the rest of the console, good and bad.
fn settings(at: u8) -> Vec<Command> {
    vec![
        Command::Gain(at % 8, Gain(f32::from(at) / 100.0)),
        Command::Mute(at % 6, at.is_multiple_of(2)),
        Command::Invert(at % 6, at.is_multiple_of(3)),
        Command::Solo(at % 7, at.is_multiple_of(5)),
        Command::Route(Bus::Output(at % 5), at % 6, Gain(0.5)),
        Command::Route(Bus::MixLeft, at % 6, Gain(0.2)),
        Command::Route(Bus::Monitor, at % 6, Gain(f32::NAN)),
        Command::Select(at % 6),
        Command::MuteMonitor(at % 2 == 1),
        Command::MonitorTo(at % 4, Gain(1.0)),
        Command::OutputGain(at % 4, Gain(0.7)),
        Command::Tap(at % 6, if at.is_multiple_of(2) { Tap::Post } else { Tap::Pre }),
        Command::LatencyMonitor(at % 4 < 2),
        Command::Ramp(u32::from(at) * 7),
        Command::Scope((!at.is_multiple_of(3)).then_some(at % 7)),
        Command::Rotate(at % 11),
        Command::SoloMode(if at.is_multiple_of(3) { SoloMode::Pfl } else { SoloMode::Afl }),
        Command::Route(Bus::Send(at % 3), at % 6, Gain(0.3)),
        Command::SendLevel(at % 3, Gain(f32::from(at % 5) / 4.0)),
        Command::SendTo(at % 3, at % 5, Gain(f32::from(at % 4) / 4.0)),
        Command::MixLevel(Gain(f32::from(at % 5) / 3.0)),
        Command::MixTo([Side::Left, Side::Right][usize::from(at % 2)], at % 5, Gain(f32::from(at % 4) / 4.0)),
        Command::Delay(at % 5, u16::from(at % 7) * 2_900),
        Command::Tone((!at.is_multiple_of(4)).then_some(Tone {
            output: at % 5,
            step: Step::of(0.1),
            level: 0.1,
        })),
    ]
}

/// Sends every command there is, good and bad, then ends the loop.
fn pester(remote: &mut Remote, stop: &AtomicBool) {
    let (mut snapshots, mut swept, mut played) = (0, 0, [0; 4]);
    let mut player = remote.player.take().unwrap();
    crowd(&mut player, remote.counters);
    for at in 0..200_u8 {
        let _full_queue_is_fine = remote.send(&settings(at));
        let _full_queue_is_fine = remote.send(&inserts(at));
        let _full_queue_is_fine = remote.send_faded(&inserts(at).repeat(usize::from(at)), u32::from(at));
        let _full_queue_is_fine = remote.send(&sources(at));
        let _full_queue_is_fine = remote.send(&fed(at, remote.counters.position.get()));
        play(&mut player, at, &mut played);
        while let Some(event) = remote.event() {
            swept += u32::from(matches!(event, Event::Swept(_)));
        }
        remote.meters();
        remote.scope.latest(&mut [0.0; 512]);
        snapshots += u32::from(remote.snapshot.take(|_| ()).is_some());
        remote.snapshot.want(usize::from(at) * 10 + 1);
        thread::sleep(Duration::from_micros(300));
    }
    assert!(snapshots > 0, "no snapshot was ever full");
    assert!(swept > 0, "no sweep ever ended");
    assert!(
        played.iter().all(|count| *count > 0),
        "clips that ended, were refused, were late, parts that were spent: {played:?}"
    );
    end(remote, stop);
}

/// Ends the loop once it has gone on for long enough.
fn end(remote: &mut Remote, stop: &AtomicBool) {
    while remote.counters.periods.get() < PERIODS {
        thread::sleep(Duration::from_millis(1));
    }
    stop.store(true, Ordering::Relaxed);
    while remote.event() != Some(Event::Ended) {
        thread::sleep(Duration::from_millis(1));
    }
}

/// What feeds strips, at once and on time, with the card kept for the pre tap and without.
fn fed(at: u8, position: u64) -> [Command; 3] {
    let source = if at.is_multiple_of(5) { StripSource::Card } else { StripSource::Player };
    let later = |strip, ahead| Command::SourceAt {
        strip,
        source,
        at: position + ahead,
        keeps_card: at.is_multiple_of(2),
    };
    [Command::Source(at % 7, source), later((at + 1) % 7, 0), later((at + 2) % 7, 500)]
}

/// Gives blocks back in bursts, so that the pool is full, empty and everything between.
fn drain(sink: &mut BlockSink, done: &thread::JoinHandle<Remote>) -> u64 {
    let mut lost = 0;
    loop {
        let last = done.is_finished();
        while let Some(block) = sink.filled.dequeue() {
            lost += block.gaps().iter().map(|gap| gap.frames).sum::<u64>();
            assert!(sink.free.enqueue(block).is_ok());
        }
        if last {
            return lost;
        }
        thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn the_whole_cycle_allocates_nothing() {
    let pool = PoolSize { lanes: 8, block_frames: 128, blocks: 4 };
    let (mut engine, mut remote, mut sinks, heard) = assemble_with(shape(), &[pool; 2], Some(pool), &[]);
    let (counters, mut sink) = (remote.counters, sinks.remove(0));
    let stop = Arc::new(AtomicBool::new(false));
    let [stopped, stops] = [Arc::clone(&stop), Arc::clone(&stop)];
    let rt = thread::spawn(move || {
        let mut device = troubled();
        assert_no_alloc(|| cycle::run(&mut device, &mut engine, &stopped));
        violation_count()
    });
    let pesterer = thread::spawn(move || {
        pester(&mut remote, &stops);
        remote
    });
    let lost = drain(&mut sink, &pesterer);
    // Should the pesterer have failed.
    stop.store(true, Ordering::Relaxed);
    assert_eq!(rt.join().unwrap(), 0, "allocations or frees on the rt thread");
    assert!(counters.periods.get() >= PERIODS);
    let [first, dead] = &counters.media;
    assert!(first.dropped_blocks.get() > 0 && counters.xruns.get() > 10, "{counters:?}");
    // Nobody takes anything off the second medium: its four blocks are all that it ever gets, and all that it costs.
    let filled = std::iter::from_fn(|| sinks[0].filled.dequeue()).map(|block| block.frames() as u64);
    let captured = counters.position.get() - counters.lost_frames.get();
    assert_eq!(captured - dead.dropped_frames.get(), filled.sum::<u64>(), "{counters:?}");
    // The same holds for who listens beside the media.
    let mut heard = heard.unwrap();
    let filled: Vec<_> = std::iter::from_fn(|| heard.filled.dequeue()).map(|block| block.frames()).collect();
    assert!(filled.len() == 4 && filled.iter().all(|frames| *frames > 0), "{filled:?}");
    assert!(counters.device_losses.get() > 10 && counters.refused_commands.get() > 0, "{counters:?}");
    assert!(lost > 0);
}

/// `vestry calibrate` on a card, up to the turn at which it goes away.
#[test]
fn listening_to_a_card_allocates_nothing() {
    let measured = thread::spawn(|| {
        let (mut device, mut late) = (troubled(), vec![0; 60]);
        let ring = Ring { rate: 48_000, period: PERIOD, periods: 4 };
        let outcome = assert_no_alloc(|| take_all(&mut device, ring, &mut late));
        (outcome, late.iter().filter(|late| **late > 0).count(), violation_count())
    });
    // All of 32 turns but the idle one.
    assert_eq!(measured.join().unwrap(), (Err(Silence::Gone), 31, 0));
}

#[test]
fn an_allocation_would_be_seen() {
    let seen = thread::spawn(|| {
        assert_no_alloc(|| drop(std::hint::black_box(Box::new(1))));
        violation_count()
    });
    assert!(seen.join().unwrap() > 0);
}
