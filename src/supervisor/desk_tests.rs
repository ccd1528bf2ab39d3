//! Tests of the console's model.
//!
//! Runs on: tests.
use super::super::coefficients::gate;
use super::*;
use crate::config::{
    CompressorConfig, EqBand, GateConfig, GeneratorKind, InputSource, InsertName, KeySource, board, parse,
};
use crate::rt_io::assemble::assemble;
use crate::rt_io::pool::PoolSize;
use crate::supervisor::console;
use crate::telemetry::wishes::{click, generator};
use crate::telemetry::{
    BandChange, ClickChange, CompressorChange, GateChange, GeneratorChange, SideName, TapName,
};
use proptest::prelude::*;
use vestry_rt::bank::Insert;
use vestry_rt::generator::{Generator, Signal};
use vestry_rt::lag::KeyBus;
use vestry_rt::message::Side;

fn sim() -> Desk {
    Desk::new(&board::sim().unwrap())
}

#[test]
fn the_built_in_board_selects_its_first_input_and_pans_its_mix() {
    let commands = sim().commands();
    assert!(commands.contains(&Command::Route(Bus::Monitor, 0, Gain(1.0))));
    assert!(commands.contains(&Command::MonitorTo(1, Gain(1.0))));
    let left = commands.iter().find_map(|command| match command {
        Command::Route(Bus::MixLeft, 4, level) => Some(level.0),
        _ => None,
    });
    assert!(left.is_some_and(|level| level.abs() < 1e-6), "Rear Right is not on the left: {left:?}");
}

#[test]
fn matrix_mode_has_its_routes_and_no_monitor() {
    let text = "routing_mode = \"matrix\"\ndefault_routes = [{ input = 2, output = 1, level = 0.5 }]\n\
                [device]\nkind = \"offline\"";
    let desk = Desk::new(&parse("test", text).unwrap());
    assert!(desk.commands().contains(&Command::Route(Bus::Output(0), 1, Gain(0.5))));
    assert!(!desk.commands().iter().any(|command| matches!(command, Command::MonitorTo(..))));
    assert_eq!(desk.route_reports(), [RouteReport { input: 2, output: 1, level: 0.5 }]);
}

#[test]
fn what_is_not_there_or_out_of_range_is_refused_and_changes_nothing() {
    let mut desk = sim();
    let cases = [
        (Control::Gain { input: 7, db: 0.0 }, "input 7: must be 1..6"),
        (Control::Gain { input: 0, db: 0.0 }, "input 0: must be 1..6"),
        (Control::Gain { input: 1, db: 25.0 }, "25: must be -96..24 dB"),
        (Control::Pan { input: 1, pan: f32::NAN }, "NaN: must be -1..1 left to right"),
        (Control::Route { input: 1, output: 3, level: 1.0 }, "output 3: must be 1..2"),
        (Control::MonitorTo { output: 1, db: Some(13.0) }, "13: must be -96..12 dB"),
        (Control::Limiter { output: 1, db: Some(1.0) }, "1: must be -40..0 dB"),
        (Control::Send { input: 1, send: 3, db: None }, "send 3: must be 1..2"),
        (Control::SendLevel { send: 1, db: 13.0 }, "13: must be -96..12 dB"),
        (Control::SendTo { send: 0, output: 1, db: None }, "send 0: must be 1..2"),
        (Control::Source { input: 7, source: InputSource::Card }, "input 7: must be 1..6"),
        (Control::MixLevel { db: 13.0 }, "13: must be -96..12 dB"),
        (Control::MixTo { side: SideName::Left, output: 3, db: None }, "output 3: must be 1..2"),
        (Control::MixTo { side: SideName::Right, output: 1, db: Some(f32::NAN) }, "NaN: must be -96..12 dB"),
        (Control::Delay { output: 2, ms: 341.0 }, "341: must be 0..340 ms"),
        (Control::SplitOutput { output: 2, on: true }, "output 2: there is none after it for click and cues"),
        (generator(|change| change.outputs = Some(vec![3])), "output 3: must be 1..2"),
        (generator(|change| change.seconds = Some(61.0)), "seconds 61: must be 1..60 s"),
        (click(|change| change.bpm = Some(f32::NAN)), "bpm NaN: must be 20..300 beats a minute"),
        (Control::HighPass { input: 1, hz: Some(f32::NAN) }, "NaN: must be 10..2000 Hz"),
        (Control::Eq { input: 1, band: 9, settings: None }, "band 9: must be 1..8"),
        (Control::Eq { input: 1, band: 8, settings: equaliser(1e9) }, "hz 1000000000: must be 20..20000 Hz"),
        (Control::Gate { input: 7, settings: None }, "input 7: must be 1..6"),
        (Control::Compressor { input: 1, settings: keyed(7) }, "key 7: must be 1..6"),
    ];
    for (control, reason) in cases {
        assert_eq!(desk.apply(&control), Some(Err(reason.to_owned())));
    }
    assert_eq!(desk, sim());
    assert_eq!(desk.apply(&Control::Split {}), None, "not the console's");
}

/// The output with the mix plays nothing else, and the other one no routes; afterwards all is as it was.
#[test]
fn a_split_pair_keeps_to_itself_and_comes_apart_again() {
    let text = "outputs = 3\nrouting_mode = \"matrix\"\ndefault_routes = [{ input = 2, output = 2, level = 0.5 }]\n\
                [device]\nkind = \"offline\"\n[[output]]\nmonitor_db = 0.0";
    let fresh = Desk::new(&parse("test", text).unwrap());
    let mut desk = fresh.clone();
    let on = desk.apply(&Control::SplitOutput { output: 1, on: true }).unwrap().unwrap();
    assert!(on.contains(&Command::Route(Bus::Output(1), 1, Gain(0.0))));
    assert!(on.contains(&Command::MonitorTo(0, Gain(0.0))));
    for side in [Side::Left, Side::Right] {
        assert!(on.contains(&Command::MixTo(side, 0, Gain(0.5))), "mono");
    }
    assert_eq!(on.len(), 2 + 1 + 1, "both sides of the mix, no route to the right, no monitor");
    let refused = [
        (
            Control::Route { input: 1, output: 2, level: 1.0 },
            "output 2: is split, and has no routes of its own",
        ),
        (Control::MonitorTo { output: 1, db: Some(0.0) }, "output 1: is split, and plays the mix"),
        (
            Control::MixTo { side: SideName::Left, output: 1, db: Some(0.0) },
            "output 1: is split, and plays the mix",
        ),
        (Control::SplitOutput { output: 2, on: true }, "output 2: one of the two is in another split pair"),
        (
            click(|change| change.outputs = Some(vec![1])),
            "output 1: plays the mix of a split pair, where no click belongs",
        ),
    ];
    for (control, reason) in refused {
        assert_eq!(desk.apply(&control), Some(Err(reason.to_owned())));
    }
    let Some(Ok(commands)) = desk.apply(&click(|change| change.on = Some(true))) else { panic!("the click") };
    assert!(matches!(commands[..], [Command::Click(Some(click))] if click.outputs == 0b010), "{commands:?}");
    assert!(desk.apply(&click(|change| change.on = Some(false))).unwrap().is_ok());
    let off = desk.apply(&Control::SplitOutput { output: 1, on: false }).unwrap().unwrap();
    assert_eq!((off.len(), &desk), (4, &fresh));
    assert!(desk.apply(&click(|change| change.outputs = Some(vec![1]))).unwrap().is_ok());
    let reason = "output 1: plays the mix of a split pair, where no click belongs";
    assert_eq!(desk.apply(&Control::SplitOutput { output: 1, on: true }), Some(Err(reason.to_owned())));
}

#[test]
fn a_sweep_that_has_ended_is_off_unless_another_has_begun() {
    let mut desk = sim();
    let sweep = generator(|change| change.kind = Some(GeneratorKind::Sweep));
    let number = |commands: Option<Change>| match commands.unwrap().unwrap()[..] {
        [Command::Generator(Some(Generator { signal: Signal::Sweep(sweep), .. }))] => sweep.number,
        ref other => panic!("{other:?}"),
    };
    let first = number(desk.apply(&sweep));
    let second = number(desk.apply(&sweep));
    desk.swept(first);
    assert_eq!(desk.generator().kind, GeneratorKind::Sweep);
    desk.swept(second);
    assert_eq!(desk.generator().kind, GeneratorKind::Off);
}

fn equaliser(hz: f32) -> Option<EqBand> {
    Some(EqBand { hz, gain_db: Db(6.0), ..EqBand::default() })
}

fn keyed(key: usize) -> Option<CompressorConfig> {
    let key = if key == 0 { KeySource::Bus(KeyBus::Mix) } else { KeySource::Input(key) };
    Some(CompressorConfig { key: Some(key), ..CompressorConfig::default() })
}

/// What the file sets, the engine is told from the start, and so is what is changed.
#[test]
fn what_a_strip_has_switched_on_is_told_and_shown() {
    let text =
        "[device]\nkind = \"offline\"\n[[input]]\nhigh_pass_hz = 80\neq = [{ gain_db = 3 }]\ngate = {}";
    let mut desk = Desk::new(&parse("test", text).unwrap());
    let inserts = desk.commands().iter().filter(|command| matches!(command, Command::Insert(0, _))).count();
    assert_eq!(inserts, 3);
    let change = desk.apply(&Control::Eq { input: 1, band: 2, settings: equaliser(500.0) });
    assert!(
        matches!(change, Some(Ok(commands)) if matches!(commands[..], [Command::Insert(0, Insert::Band(1, Some(_)))]))
    );
    let change = desk.apply(&Control::HighPass { input: 1, hz: None });
    assert_eq!(change, Some(Ok(vec![Command::Insert(0, Insert::HighPass(None))])));
    let report = &desk.input_reports(|_| false)[0];
    assert_eq!((report.high_pass_hz, report.eq[1], report.eq[2]), (None, equaliser(500.0), None));
    assert!(report.gate.is_some() && report.compressor.is_none());
}

/// Its settings stay, whatever happens to them meanwhile, and come back as they are then.
#[test]
fn what_is_bypassed_is_kept_and_not_heard() {
    let text = "[device]\nkind = \"offline\"\n[[input]]\nhigh_pass_hz = 80\neq = [{ gain_db = 3 }, {}]\n\
                gate = {}\nbypass = [\"eq\", \"gate\"]";
    let mut desk = Desk::new(&parse("test", text).unwrap());
    let inserts: Vec<_> =
        desk.commands().into_iter().filter(|command| matches!(command, Command::Insert(..))).collect();
    assert!(matches!(inserts[..], [Command::Insert(0, Insert::HighPass(Some(_)))]), "{inserts:?}");
    let settings = GateChange { range_db: Some(-20.0), ..GateChange::default() };
    assert_eq!(desk.apply(&Control::GateAdjust { input: 1, settings }), Some(Ok(vec![])));
    let before = desk.scene();
    let bypass = |insert, on| Control::Bypass { input: 1, insert, on };
    let mut applied = |insert, on| desk.apply(&bypass(insert, on)).unwrap().unwrap();
    let gate = gate(&GateConfig { range_db: Db(-20.0), ..GateConfig::default() }, 48_000);
    assert_eq!(applied(InsertName::Gate, false), [Command::Insert(0, Insert::Gate(Some(gate)))]);
    assert!(matches!(
        applied(InsertName::Eq, false)[..],
        [Command::Insert(0, Insert::Band(0, Some(_))), Command::Insert(0, Insert::Band(1, Some(_)))]
    ));
    assert_eq!(applied(InsertName::HighPass, true), [Command::Insert(0, Insert::HighPass(None))]);
    assert_eq!(applied(InsertName::HighPass, true), []);
    let report = &desk.input_reports(|_| false)[0];
    assert_eq!((report.high_pass_hz, &report.bypass), (Some(80.0), &[InsertName::HighPass].into()));
    // A scene brings back what was bypassed and what was not.
    assert_eq!(desk.recall(&before).unwrap().len(), 4);
    assert_eq!(desk.scene(), before);
}

/// Who turns a knob of what is not there has not switched it on; who switches it on hears its defaults.
#[test]
fn what_was_never_set_has_defaults_and_is_heard_once_it_is_switched_on() {
    let mut desk = Desk::new(&parse("test", "[device]\nkind = \"offline\"").unwrap());
    let settings = CompressorChange { ratio: Some(2.0), ..CompressorChange::default() };
    assert_eq!(desk.apply(&Control::CompressorAdjust { input: 1, settings }), Some(Ok(vec![])));
    for insert in [InsertName::HighPass, InsertName::Gate, InsertName::Compressor] {
        let change = desk.apply(&Control::Bypass { input: 1, insert, on: false });
        assert!(matches!(change, Some(Ok(commands)) if commands.len() == 1), "{insert:?}");
    }
    let report = &desk.input_reports(|_| false)[0];
    let compressor = CompressorConfig { ratio: 2.0, ..CompressorConfig::default() };
    assert_eq!((report.compressor, report.gate), (Some(compressor), Some(GateConfig::default())));
    assert_eq!((report.high_pass_hz, report.bypass.len()), (Some(80.0), 0));
    let settings = CompressorChange { ratio: Some(0.5), ..CompressorChange::default() };
    let refused = desk.apply(&Control::CompressorAdjust { input: 1, settings });
    assert_eq!(refused, Some(Err("ratio 0.5: must be 1..100".into())));
}

/// What the file sets of buses, the engine is told from the start.
#[test]
fn what_is_set_of_sends_solos_and_delays_is_told_and_shown() {
    let text = "solo_mode = \"pfl\"\n[device]\nkind = \"offline\"\n[[input]]\nsend_2_db = 0\n\
                [[output]]\nsend_1_db = 0\ndelay_ms = 10\nmix_right_db = -6\n[[send]]\nlevel_db = -6\n[mix]\nlevel_db = -3";
    let mut desk = Desk::new(&parse("test", text).unwrap());
    let commands = desk.commands();
    for command in [
        Command::SoloMode(vestry_rt::message::SoloMode::Pfl),
        Command::Route(Bus::Send(1), 0, Gain(1.0)),
        Command::SendTo(0, 0, Gain(1.0)),
        Command::SendLevel(0, Gain(Db(-6.0).to_gain())),
        Command::MixTo(Side::Right, 0, Gain(Db(-6.0).to_gain())),
        Command::MixLevel(Gain(Db(-3.0).to_gain())),
        Command::Delay(0, 480),
    ] {
        assert!(commands.contains(&command), "{command:?}");
    }
    let change = desk.apply(&Control::SendTo { send: 1, output: 1, db: None });
    assert_eq!(change, Some(Ok(vec![Command::SendTo(0, 0, Gain(0.0))])));
    assert_eq!((desk.output_reports()[0].sends_db, desk.output_reports()[0].delay_ms), ([None; 2], 10.0));
    assert_eq!((desk.send_reports()[0].level_db, desk.mix_report().level_db), (-6.0, -3.0));
    assert_eq!(
        (desk.output_reports()[0].mix_left_db, desk.output_reports()[0].mix_right_db),
        (None, Some(-6.0))
    );
}

fn insert(number: usize) -> InsertName {
    [InsertName::HighPass, InsertName::Gate, InsertName::Eq, InsertName::Compressor][number % 4]
}

/// Any wish of the console, within range or not.
fn wish() -> impl Strategy<Value = Control> {
    let db = prop_oneof![-100.0_f32..30.0, Just(f32::NAN)];
    (0..34_usize, 0..8_usize, 0..4_usize, any::<bool>(), db).prop_map(|(kind, input, output, on, db)| {
        match kind {
            0 => Control::Gain { input, db },
            1 => Control::Mute { input, on },
            2 => Control::Invert { input, on },
            3 => Control::Solo { input, on },
            4 => Control::Tap { input, tap: if on { TapName::Pre } else { TapName::Post } },
            5 => Control::Mix { input, db },
            6 => Control::Pan { input, pan: db / 20.0 },
            7 => Control::Monitor { input, db: on.then_some(db) },
            8 => Control::Select { input },
            9 => Control::MonitorMute { on },
            10 => Control::MonitorTo { output, db: on.then_some(db) },
            11 => Control::OutputGain { output, db },
            12 => Control::HighPass { input, hz: on.then_some(db * 100.0) },
            13 => Control::Eq { input, band: output * 3, settings: equaliser(db * 1_000.0).filter(|_| on) },
            14 => Control::Gate {
                input,
                settings: on.then_some(GateConfig { threshold_db: Db(db), ..GateConfig::default() }),
            },
            15 => Control::Compressor { input, settings: keyed(output * 2).filter(|_| on) },
            16 => Control::Limiter { output, db: on.then_some(db) },
            17 => Control::Route { input, output, level: db / 10.0 },
            18 => Control::Send { input, send: output, db: on.then_some(db) },
            19 => Control::SendLevel { send: output, db },
            20 => Control::SendTo { send: input, output, db: on.then_some(db) },
            21 => Control::SoloMode { mode: if on { SoloMode::Pfl } else { SoloMode::Afl } },
            33 => {
                Control::Source { input, source: if on { InputSource::Generator } else { InputSource::Card } }
            }
            31 => Control::MixLevel { db },
            32 => Control::MixTo {
                side: if input % 2 == 0 { SideName::Left } else { SideName::Right },
                output,
                db: on.then_some(db),
            },
            22 => Control::Delay { output, ms: db * 15.0 },
            23 => Control::SplitOutput { output, on },
            _ => other_wish(kind, (input, output), on, db),
        }
    })
}

/// A wish of inserts or of what the box plays itself.
fn other_wish(kind: usize, (input, output): (usize, usize), on: bool, db: f32) -> Control {
    match kind {
        27 => Control::Bypass { input, insert: insert(output), on },
        28 => Control::EqAdjust {
            input,
            band: output * 3,
            settings: BandChange { gain_db: Some(db), ..BandChange::default() },
        },
        29 => Control::GateAdjust {
            input,
            settings: GateChange { range_db: Some(db), ..GateChange::default() },
        },
        30 => Control::CompressorAdjust {
            input,
            settings: CompressorChange {
                makeup_db: Some(db),
                key: on.then_some(Some(KeySource::Input(output * 2))),
                ..CompressorChange::default()
            },
        },
        24 => Control::Click(ClickChange {
            on: Some(on),
            bpm: Some(db * 12.0),
            outputs: Some((0..input % 2).map(|_| output).collect()),
            ..ClickChange::default()
        }),
        25 => {
            let kinds = [
                GeneratorKind::Off,
                GeneratorKind::Sine,
                GeneratorKind::Pink,
                GeneratorKind::Sweep,
                GeneratorKind::Identify,
            ];
            Control::Generator(GeneratorChange {
                kind: on.then_some(kinds[input % 5]),
                outputs: Some((0..input % 3).map(|_| output).collect()),
                from_hz: Some(db.abs() * 900.0),
                level_db: (input > 4).then_some(db),
                ..GeneratorChange::default()
            })
        }
        _ => Control::LatencyMonitor { on },
    }
}

proptest! {
    /// Whatever is asked for, the engine never refuses what the desk lets through.
    #[test]
    fn the_engine_takes_all_that_the_desk_lets_through(wishes in prop::collection::vec(wish(), 1..60)) {
        let config = board::sim().unwrap();
        let mut desk = Desk::new(&config);
        let pool = PoolSize { lanes: 8, block_frames: 128, blocks: 2 };
        let (mut engine, mut remote, _sink) = assemble(console::shape(&config), &[pool], &desk.commands());
        for wish in &wishes {
            let before = desk.clone();
            match desk.apply(wish) {
                Some(Ok(commands)) => {
                    prop_assert!(remote.send(&commands).is_ok());
                    engine.begin_period();
                }
                Some(Err(_)) => prop_assert_eq!(&before, &desk),
                None => prop_assert!(false, "not of the console: {:?}", wish),
            }
        }
        prop_assert!(remote.send_faded(&desk.recall(&sim().scene()).unwrap(), 2_400).is_ok());
        engine.begin_period();
        prop_assert_eq!(desk.recall(&sim().scene()), Ok(Vec::new()));
        prop_assert_eq!(remote.counters.refused_commands.get(), 0);
    }
}
