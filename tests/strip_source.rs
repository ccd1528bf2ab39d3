//! Promise: a strip that the generator feeds does with it what it does with any input, wherever it goes; a change of what feeds a
//! strip does not click, and other strips notice nothing.
#[path = "dynamics/cookbook.rs"]
#[allow(dead_code)]
mod cookbook;
#[path = "common/desk.rs"]
mod desk;
#[path = "common/stage.rs"]
mod stage;

use cookbook::{Cookbook, decibels, magnitude};
use desk::{Heard, PERIOD, largest_step, off_by};
use stage::Stage;
use vestry::config::{self, BandKind, Db, EqBand};
use vestry::supervisor::Desk as Console;

const RATE: usize = 48_000;
const SECOND: usize = RATE / PERIOD;
/// Periods after which every fade has ended: what feeds a strip, and the generator by way of silence.
const CHANGE: usize = 2 * desk::RAMP as usize / PERIOD + 2;

impl Stage {
    /// A console of three inputs and two outputs.
    fn new(more: &str) -> Self {
        Self::of(3, 2, more)
    }

    fn feed(&mut self, input: usize, source: &str) {
        self.ask(&format!(r#"{{"command": "source", "input": {input}, "source": "{source}"}}"#));
    }

    /// A second of what there is once all fades have ended.
    fn settled(&mut self) -> Heard {
        self.desk.run(CHANGE);
        self.desk.run(SECOND)
    }
}

/// The level of a sine in dB: of a whole number of its periods.
fn level(heard: &[f64], hz: f64) -> f64 {
    assert_eq!(heard.len(), RATE);
    decibels(2.0 * magnitude(heard, hz / RATE as f64) / heard.len() as f64)
}

/// The card plays full noise all the while, of which nothing is heard.
#[test]
fn a_sine_through_a_strip_has_the_level_that_the_bands_formula_says() {
    let bands = [
        EqBand { kind: BandKind::Bell, hz: 1_000.0, gain_db: Db(9.0), q: 2.0 },
        EqBand { kind: BandKind::LowShelf, hz: 200.0, gain_db: Db(-12.0), q: 0.7 },
        EqBand { kind: BandKind::HighShelf, hz: 6_000.0, gain_db: Db(6.0), q: 1.0 },
    ];
    for band in bands {
        let kind = toml::Value::try_from(band.kind).unwrap();
        let text = format!(
            "generator = {{ kind = 'sine', level_db = -20.0 }}\n[[input]]\nsource = 'generator'\ntap = 'post'\n\
             gain_db = -3.0\neq = [{{ kind = {kind}, hz = {}, gain_db = {}, q = {} }}]",
            band.hz, band.gain_db.0, band.q
        );
        let (mut stage, formula) =
            (Stage::new(&text), Cookbook::band(&band, f64::from(band.hz) / RATE as f64));
        for hz in [50.0, 200.0, 1_000.0, 1_300.0, 6_000.0, 15_000.0] {
            stage.ask(&format!(r#"{{"command": "generator", "hz": {hz:?}}}"#));
            let off = level(&stage.settled().lanes[0], hz) - (formula.decibels(hz / RATE as f64) - 23.0);
            assert!(off.abs() < 0.05, "{band:?}: {off} dB off at {hz} Hz");
        }
    }
}

/// Recorded before and after the strip, in the main mix, by a route, by a send, and on the output that plays the generator beside.
#[test]
fn it_goes_wherever_the_strip_goes() {
    let text = "generator = { kind = 'sine', level_db = -12.0, hz = 440.0 }\n\
                default_routes = [{ input = 2, output = 2, level = 0.5 }]\n[[input]]\nmix_db = -96.0\n\
                [[input]]\nsource = 'generator'\ntap = 'pre'\ngain_db = -6.0\nmix_db = -3.0\npan = -1.0\nsend_1_db = 0.0\n\
                [[output]]\nsend_1_db = -4.0";
    let mut stage = Stage::new(text);
    let close = |heard: f64, wanted: f64| assert!((heard - wanted).abs() < 0.01, "{heard} dB for {wanted}");
    stage.ask(r#"{"command": "mix", "input": 3, "db": -96.0}"#);
    stage.desk.remote.meters();
    let heard = stage.settled();
    close(level(&heard.lanes[1], 440.0), -12.0);
    close(level(&heard.lanes[3], 440.0), -12.0 - 6.0 - 3.0);
    close(level(&heard.outputs[0], 440.0), -12.0 - 6.0 - 4.0);
    close(level(&heard.outputs[1], 440.0), -12.0 - 6.0 - 6.0206);
    let meters = stage.desk.remote.meters();
    close(decibels(meters.pre[1].peak.into()), -12.0);
    close(decibels(meters.post[1].peak.into()), -18.0);
    stage.ask(r#"{"command": "tap", "input": 2, "tap": "post"}"#);
    close(level(&stage.settled().lanes[1], 440.0), -18.0);
    stage.ask(r#"{"command": "mute", "input": 2, "on": true}"#);
    assert!(stage.settled().lanes[1].iter().all(|sample| *sample == 0.0));
    stage.ask(r#"{"command": "generator", "outputs": [1]}"#);
    close(level(&stage.settled().outputs[0], 440.0), -12.0);
}

fn silent(line: &[f64]) -> bool {
    line.iter().all(|sample| *sample == 0.0)
}

#[test]
fn without_a_list_it_plays_on_all_outputs_unless_it_feeds_a_strip() {
    let mut stage = Stage::new("generator = { kind = 'pink' }\n[[input]]\ntap = 'post'");
    let playing = |stage: &mut Stage| [0, 1].map(|output| !silent(&stage.settled().outputs[output]));
    assert_eq!(playing(&mut stage), [true, true]);
    stage.feed(1, "generator");
    assert_eq!(playing(&mut stage), [false, false]);
    stage.feed(2, "generator");
    stage.feed(1, "card");
    assert_eq!(playing(&mut stage), [false, false], "there is another one");
    stage.ask(r#"{"command": "generator", "outputs": [2]}"#);
    assert_eq!(playing(&mut stage), [false, true]);
    stage.ask(r#"{"command": "generator", "outputs": []}"#);
    assert_eq!(playing(&mut stage), [false, false]);
    stage.feed(2, "card");
    assert_eq!(playing(&mut stage), [true, true]);
    stage.feed(3, "generator");
    stage.ask(r#"{"command": "generator", "kind": "identify"}"#);
    let heard = stage.settled();
    assert!(silent(&heard.lanes[2]), "beeps are for outputs alone");
    assert!(!silent(&heard.outputs[0]), "and for all of them");
}

/// Low sines on both, so that a click would stand out.
#[test]
fn there_and_back_it_does_not_click_and_afterwards_it_is_the_card_to_the_bit() {
    let card = |input: usize, at: u64| {
        0.5 * (std::f64::consts::TAU * (80.0 + input as f64) / RATE as f64 * at as f64).sin()
    };
    for periods in [1, 3, 40] {
        let text = "generator = { kind = 'sine', level_db = -6.0, hz = 60.0 }\n[[input]]\ntap = 'pre'\n\
                    [[input]]\ntap = 'pre'";
        let mut stage = Stage::new(text);
        let mut heard = vec![Vec::new(); 2];
        let mut run = |stage: &mut Stage, periods| {
            let lanes = stage.desk.run_with(periods, card).lanes;
            heard.iter_mut().zip(lanes).for_each(|(heard, lane)| heard.extend(lane));
        };
        for source in ["card", "generator", "card", "generator", "generator", "card"] {
            stage.feed(1, source);
            run(&mut stage, periods);
        }
        run(&mut stage, CHANGE);
        let whole = (6 * periods + CHANGE) * PERIOD;
        run(&mut stage, 10);
        assert!(largest_step(&heard[0]) < 0.012, "{periods}: {}", largest_step(&heard[0]));
        let exact = |input: usize, from: usize| {
            off_by(&heard[input][from..], |at| {
                // As converted: 24 bits.
                (card(input, from as u64 + at) * 8_388_608.0).trunc() / 8_388_608.0
            })
        };
        assert_eq!((exact(0, whole), exact(1, 0)), (0.0, 0.0), "after it, and beside it");
    }
}

#[test]
fn a_sweep_that_is_over_leaves_silence() {
    let mut stage = Stage::new(
        "generator = { kind = 'sweep', seconds = 1.0, from_hz = 100, to_hz = 1000 }\n[[input]]\nsource = 'generator'",
    );
    let heard = stage.desk.run(SECOND).lanes.remove(0);
    assert!(heard.iter().fold(0.0, |most: f64, sample| most.max(sample.abs())) > 0.09);
    assert!(silent(&stage.desk.run(SECOND).lanes[0]));
}

#[test]
fn every_vector_unit_makes_the_same_sound_to_the_bit() {
    let listen = |plain| {
        let mut stage =
            Stage::new("generator = { kind = 'pink' }\n[[input]]\nsource = 'generator'\nhigh_pass_hz = 90");
        stage.desk.plain = plain;
        stage.desk.run(9);
        stage.feed(1, "card");
        stage.feed(3, "generator");
        stage.desk.run(SECOND)
    };
    let (plain, vector) = (listen(true), listen(false));
    assert!(plain.lanes == vector.lanes && plain.outputs == vector.outputs);
}

#[test]
fn what_cannot_be_is_refused_with_what_would() {
    let read = |text: &str| {
        let read = config::parse("box.toml", &format!("{text}\n[device]\nkind = \"offline\"\n"));
        read.map(|config| Console::new(&config)).map_err(|error| error.to_string())
    };
    let cases = [
        (
            "[[input]]\nsource = 'tape'",
            "input[1].source = \"tape\": must be \"card\" or \"generator\" or \"player\"",
        ),
        (
            "[[input]]\nsource = 'player'",
            "input[1].source = \"player\": needs player.dir, the folder of the clips",
        ),
        (
            "outputs = 0\ngenerator = { kind = 'sine' }",
            "generator.kind = \"sine\": must be \"off\" without outputs (`outputs`)",
        ),
        (
            "outputs = 0\ngenerator = { kind = 'identify' }\n[[input]]\nsource = 'generator'",
            "generator.kind = \"identify\": must be \"off\" without outputs (`outputs`)",
        ),
    ];
    for (text, fault) in cases {
        assert_eq!(read(text).unwrap_err(), format!("box.toml: {fault}"), "{text}");
    }
    // Without outputs it is heard in strips.
    let mut console =
        read("outputs = 0\ngenerator = { kind = 'sine' }\n[[input]]\nsource = 'generator'").unwrap();
    let mut ask = |json: &str| {
        console.apply(&serde_json::from_str(json).unwrap()).unwrap().map(|commands| commands.len())
    };
    assert_eq!(
        ask(r#"{"command": "source", "input": 7, "source": "generator"}"#),
        Err("input 7: must be 1..6".into())
    );
    assert_eq!(ask(r#"{"command": "source", "input": 1, "source": "card"}"#), Ok(1));
    assert_eq!(ask(r#"{"command": "generator", "kind": "off"}"#), Ok(1));
    assert_eq!(
        ask(r#"{"command": "generator", "kind": "pink"}"#),
        Err("there is no output to play it on".into())
    );
}
