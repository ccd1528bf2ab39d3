//! What parts of the console cost: faders that are dragged, tails that decay, and what stands behind the strips.
//!
//! `cargo bench --bench console`. A dragged fader may cost 0.5 % of the period (13 us), a tail no more than signal.
use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use std::time::{Duration, Instant};
use vestry::config::{Db, GeneratorConfig, GeneratorKind};
use vestry::rt::area::CaptureArea;
use vestry::rt::feed::StripSource;
use vestry::rt::message::{Bus, Command, Gain, Side};
use vestry::rt::sample::SampleFormat;
use vestry::supervisor::coefficients::limit;
use vestry::supervisor::synthesis::generator;

#[path = "rig.rs"]
mod rig;

use rig::{FRAMES, RATE, engine, noise, one_period};

/// Periods in which 20 faders are moved four times: 60 times a second.
const STRETCH: u64 = 25;

/// A period's mean, while nothing moves and while 20 of 32 faders do.
fn faders(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("25 periods of 32 strips");
    for dragged in [false, true] {
        let (mut engine, mut remote, mut sinks) = engine(32, 32, false, 1);
        let (bytes, mut out, mut turn) = (noise(FRAMES * 32 * 4), vec![0; FRAMES * 2 * 4], 0_u64);
        let area = CaptureArea { bytes: &bytes, format: SampleFormat::S32, channels: 32 };
        group.bench_function(if dragged { "20 faders dragged" } else { "still" }, |bencher| {
            bencher.iter(|| {
                for period in 0..STRETCH {
                    if dragged && period * 4 % STRETCH < 4 {
                        turn += 1;
                        let gain = Gain(0.5 + (turn % 100) as f32 / 200.0);
                        let moves: Vec<_> = (0..20).map(|strip| Command::Gain(strip, gain)).collect();
                        assert!(remote.send(&moves).is_ok());
                    }
                    one_period(&mut engine, &mut sinks, black_box(area), black_box(&mut out));
                }
            });
        });
    }
    group.finish();
}

/// 200 periods of signal, and 200 of the tail that it leaves.
fn tails(criterion: &mut Criterion) {
    const LENGTH: u32 = 200;
    let mut group = criterion.benchmark_group("32 strips with 4 bands and a compressor");
    for tail in [false, true] {
        let (mut engine, mut remote, mut sinks) = engine(32, 32, false, 1);
        rig::process(&mut engine, &mut remote, 32);
        let (sound, silence) = (noise(FRAMES * 32 * 4), vec![0; FRAMES * 32 * 4]);
        let mut out = vec![0; FRAMES * 2 * 4];
        let area = |bytes| CaptureArea { bytes, format: SampleFormat::S32, channels: 32 };
        group.bench_function(if tail { "a tail" } else { "signal" }, |bencher| {
            bencher.iter_custom(|times| {
                let mut taken = Duration::ZERO;
                for _ in 0..times {
                    (0..4).for_each(|_| one_period(&mut engine, &mut sinks, area(&sound), &mut out));
                    let began = Instant::now();
                    for _ in 0..LENGTH {
                        let heard = area(if tail { &silence } else { &sound });
                        one_period(&mut engine, &mut sinks, black_box(heard), black_box(&mut out));
                    }
                    taken += began.elapsed() / LENGTH;
                }
                taken
            });
        });
    }
    group.finish();
}

/// Six inputs to two outputs, with more on both of them.
fn behind(criterion: &mut Criterion) {
    let pink = GeneratorConfig { kind: GeneratorKind::Pink, ..GeneratorConfig::default() };
    let both = |of: fn(u8) -> Command| [of(0), of(1)].to_vec();
    let send = |send| (0..6).map(move |input| Command::Route(Bus::Send(send), input, Gain(0.5)));
    let sends = send(0).chain(send(1)).chain(both(|at| Command::SendTo(at, at, Gain(0.5))));
    let mut group = criterion.benchmark_group("6 inputs to 2 outputs");
    for (name, commands) in [
        ("and no more", Vec::new()),
        ("a limiter on each", both(|at| Command::Limiter(at, Some(limit(Db(-1.0), RATE))))),
        ("a delay on each", both(|at| Command::Delay(at, 4_800))),
        ("two sends", sends.collect()),
        (
            "the main mix",
            [Side::Left, Side::Right]
                .into_iter()
                .zip(0..)
                .map(|(side, at)| Command::MixTo(side, at, Gain(0.5)))
                .collect(),
        ),
        ("pink noise", vec![Command::Generator(generator(&pink, 3, RATE, 0))]),
        (
            "pink noise in a strip",
            vec![
                Command::Generator(generator(&pink, 0, RATE, 0)),
                Command::Source(0, StripSource::Generator),
            ],
        ),
    ] {
        let (mut engine, mut remote, mut sinks) = engine(6, 6, false, 1);
        assert!(remote.send(&commands).is_ok());
        let (bytes, mut out) = (noise(FRAMES * 6 * 4), vec![0; FRAMES * 2 * 4]);
        let area = CaptureArea { bytes: &bytes, format: SampleFormat::S32, channels: 6 };
        group.bench_function(name, |bencher| {
            bencher.iter(|| one_period(&mut engine, &mut sinks, black_box(area), black_box(&mut out)));
        });
        assert_eq!(remote.counters.refused_commands.get(), 0);
    }
    group.finish();
}

criterion_group!(benches, faders, tails, behind);
criterion_main!(benches);
