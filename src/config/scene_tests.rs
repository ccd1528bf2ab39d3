//! Tests of scenes as files.
//!
//! Runs on: tests.
use super::*;
use crate::config::{
    BandKind, CompressorConfig, Db, GateConfig, InsertName, KeySource, PadName, PadSettings, Pan, parse,
};
use proptest::prelude::*;
use vestry_rt::lag::KeyBus;

fn config() -> Config {
    parse("test", "inputs = 3\noutputs = 2\n[device]\nkind = \"offline\"").unwrap()
}

fn read(text: &str) -> Result<Scene, String> {
    Scene::parse(Path::new("Evening.toml"), text, &config()).map_err(|error| error.to_string())
}

fn bands() -> impl Strategy<Value = Vec<Option<EqBand>>> {
    let kind = prop::sample::select(vec![BandKind::Bell, BandKind::LowShelf, BandKind::HighShelf]);
    let band = (kind, 20.0_f32..20_000.0, 0.1_f32..24.0, 0.1_f32..20.0);
    let band = band.prop_map(|(kind, hz, gain_db, q)| EqBand { kind, hz, gain_db: Db(gain_db), q });
    prop::collection::vec(prop::option::of(band), 8)
}

fn key_source(number: usize) -> KeySource {
    if number == 3 { KeySource::Bus(KeyBus::Send(1)) } else { KeySource::Input(number) }
}

fn lane() -> impl Strategy<Value = Lane> {
    let switches = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    let levels = (-96.0_f32..24.0, -96.0_f32..12.0, prop::option::of(-96.0_f32..12.0), -1.0_f32..=1.0);
    let inserts = (prop::option::of(10.0_f32..2_000.0), bands(), prop::option::of(1..=3_usize));
    (switches, levels, inserts).prop_map(
        |((mute, invert, gated, squeezed), (gain, mix, monitor, pan), (high_pass_hz, eq, key))| Lane {
            gain: Db(gain),
            mute,
            invert,
            monitor: monitor.map(Db),
            mix: Db(mix),
            pan: Pan(pan),
            high_pass_hz,
            eq: eq.try_into().unwrap(),
            gate: gated.then(|| GateConfig { hold_ms: 0.1 + pan.abs(), ..GateConfig::default() }),
            compressor: squeezed
                .then(|| CompressorConfig { key: key.map(key_source), ..CompressorConfig::default() }),
            bypass: [(mute, InsertName::HighPass), (invert, InsertName::Eq), (gated, InsertName::Compressor)]
                .into_iter()
                .filter_map(|(on, insert)| on.then_some(insert))
                .collect(),
            sends: [None, monitor.map(Db)],
            ..config().lanes().remove(0)
        },
    )
}

proptest! {
    /// To the last bit, holes in the equaliser too.
    #[test]
    fn what_is_written_is_read_again(
        selected in 1..=3_usize,
        lanes in prop::collection::vec(lane(), 0..=3),
        sends in prop::collection::vec((-96.0_f32..24.0, prop::option::of(-96.0_f32..12.0)), 0..=2),
        level in 0.0_f32..8.0,
    ) {
        let sends = sends.into_iter().map(|(gain, monitor)| {
            let (monitor, limiter) = (monitor.map(Db), monitor.map(|_| Db(-1.5)));
            let (sends, mix) = ([monitor, None], [None, monitor]);
            OutputLane { gain: Db(gain), monitor, limiter, delay_ms: 12.5, sends, mix, split: false }
        });
        let routes = vec![Route { input: 2, output: 1, level }];
        let send_levels = vec![Db(-level)];
        let mix_level = (level > 1.0).then_some(Db(level));
        let scene = Scene { selected, lanes, sends: sends.collect(), routes, send_levels, mix_level, pads: ScenePads::default() };
        let read = read(&scene.text());
        // Names are the configuration's.
        let names: Vec<_> = scene.lanes.iter().map(|lane| &lane.name).collect();
        prop_assert!(names.iter().all(|name| *name == "Input 1"));
        prop_assert_eq!(read, Ok(scene));
    }

    #[test]
    fn nothing_that_is_no_scene_is_one_or_panics(text in "(input|output|pad|start_pads|at|\\[|\\]|=|\"|eq|gain_db|[0-9]|\\n|[ -~])*") {
        let _ = read(&text);
    }
}

fn pads(text: &str) -> ScenePads {
    read(text).unwrap().pads
}

#[test]
fn pads_are_written_with_what_is_set_of_them_and_read_again() {
    let name = |text: &str| text.parse::<PadName>().unwrap();
    let settings = PadSettings {
        gain_db: Some(Db(-3.3)),
        loop_s: Some([0.123456789, 2.0]),
        strips: Some(vec![3, 1]),
        ..PadSettings::default()
    };
    let plain = PadSettings { choke: Some(0), fade_ms: Some(0.1), ..PadSettings::default() };
    let all = [(name("1.2.3"), settings), (name("6.6.6"), plain)].into();
    let wanted = ScenePads { settings: Some(all), start: vec![name("1.2.3")], stop: vec![name("2.1.1")] };
    let text = Scene { pads: wanted.clone(), ..read("").unwrap() }.text();
    assert!(text.contains("gain_db = -3.3\n") && text.contains("fade_ms = 0.1\n"), "{text}");
    assert_eq!(pads(&text), wanted);
    let none = ScenePads { settings: Some([].into()), ..ScenePads::default() };
    assert_eq!(pads(&Scene { pads: none.clone(), ..read("").unwrap() }.text()), none, "all as configured");
    assert_eq!(pads(""), ScenePads::default(), "what it does not say stays");
}

#[test]
fn the_file_reads_as_a_configuration_does() {
    let mut scene = read("").unwrap();
    assert_eq!((scene.selected, scene.lanes.len(), scene.sends.len()), (1, 0, 0), "it says nothing");
    scene.lanes = config().lanes();
    scene.lanes[1].eq[1] = Some(EqBand { gain_db: Db(3.3), ..EqBand::default() });
    assert_eq!(scene.mix_level, None, "what it does not say stays");
    assert_eq!(read("[mix]").unwrap().mix_level, Some(Db(0.0)));
    scene.sends = config().output_lanes();
    let text = scene.text();
    assert!(
        text.contains("q = 0.7\n") && text.contains("gain_db = 3.3") && !text.contains("unused"),
        "{text}"
    );
    // What was copied from it to a configuration means the same there.
    let whole = parse("test", &format!("inputs = 3\n{text}[device]\nkind = \"offline\"")).unwrap();
    assert_eq!(whole.lanes()[1].eq[1], scene.lanes[1].eq[1]);
    assert_eq!(whole.output_lanes(), scene.sends);
}

#[test]
fn what_is_damaged_or_of_another_box_says_so() {
    let cases = [
        ("[[input]]\ngain_db = ", "Evening.toml: line 2: is no TOML"),
        ("\u{0}", "is no TOML"),
        ("[[input]]\ngain_db = 99.0", "Evening.toml: input[1].gain_db = 99.0: must be -96..24 dB"),
        (
            "[[input]]\n[[input]]\n[[input]]\n[[input]]",
            "input[4] = {}: is one entry too many, there are 3 inputs",
        ),
        ("[[input]]\ncompressor = { key = 4 }", "must be 1..3"),
        ("default_routes = [{ input = 1, output = 3 }]", "must be 1..2 (`outputs`)"),
        ("selected_channel = 0", "must be 1..32"),
        ("[device]\nkind = \"offline\"", "device: is not of a scene; here may stand: routing_mode"),
        ("include = \"other.toml\"", "only a file can include others"),
        ("input = 3", "Evening.toml: input = 3"),
        ("[[pad]]\nat = \"7.1.1\"", "pad[1].at = \"7.1.1\": must be a pad, \"1.1.1\"..\"6.6.6\""),
        ("[[pad]]\ngain_db = 1.0", "pad[1].at = \"\": must be a pad"),
        ("[[pad]]\nat = \"1.1.1\"\ngain_db = 25.0", "Evening.toml: pad[1].gain_db = 25: must be -96..24 dB"),
        ("[[pad]]\nat = \"1.1.1\"\nstrips = [4]", "pad[1].strips = [4]: must be 1..3 (`inputs`)"),
        ("[[pad]]\nat = \"1.1.1\"\nfile = \"x\"", "unknown field `file`"),
        ("pad = [{ at = \"1.1.1\" }, { at = \"1.1.1\" }]", "pad[2].at = \"1.1.1\": is there twice"),
        ("pad = 1", "pad = 1: must be tables: [[pad]]"),
        ("pad = [1]", "pad[1] = 1: must be a table: [[pad]]"),
        ("start_pads = \"1.1.1\"", "start_pads = \"1.1.1\": must be a list of pads such as"),
        ("stop_pads = [\"1.1.1\", 2]", "stop_pads[2] = 2: must be a pad"),
    ];
    for (text, expected) in cases {
        let refusal = read(text).unwrap_err();
        assert!(refusal.contains(expected), "{text:?}: {refusal}");
    }
}
