//! The promise: any text gives a configuration that holds, or every fault with file, key, value and what is right.
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use toml::Value;
use vestry::config::{self, CompressorConfig, Config, ConfigError, Db, EqBand, GateConfig, KeySource};

const REFERENCE: &str = include_str!("../board/reference.toml");

/// The reference with every optional key given.
fn uncommented() -> String {
    let lines = REFERENCE.lines().filter(|line| !line.starts_with("#include"));
    let bare = |line: &str| match line.strip_prefix('#') {
        // Files that belong to TLS are faults without it.
        _ if line == "tls = false" => "tls = true\n".into(),
        Some(rest) if rest.starts_with(|c: char| c == '[' || c.is_ascii_lowercase()) => format!("{rest}\n"),
        _ => format!("{line}\n"),
    };
    lines.map(bare).collect()
}

/// Every key below `value`, arrays item by item without their positions.
fn keys(value: &Value, at: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Table(table) => {
            for (key, value) in table {
                let key = if at.is_empty() { key.clone() } else { format!("{at}.{key}") };
                keys(value, &key, found);
                found.insert(key);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| keys(item, at, found)),
        _ => {}
    }
}

fn keys_of(value: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    keys(value, "", &mut found);
    found
}

fn lines(error: &ConfigError) -> Vec<String> {
    error.to_string().lines().map(str::to_owned).collect()
}

#[test]
fn the_reference_shows_the_defaults() {
    let mut shown = config::parse("reference.toml", REFERENCE).unwrap();
    assert_eq!(shown.device.capture.take().unwrap().to_string(), "Loopback", "the one key without a default");
    assert_eq!(shown, Config::default());
}

#[test]
fn the_reference_writes_every_key_that_has_a_default() {
    let written = keys_of(&toml::from_str(REFERENCE).unwrap());
    let mut known = keys_of(&Value::try_from(Config::default()).unwrap());
    for commented in ["default_routes", "input", "output", "pad", "send", "service", "device.offline.sources"]
    {
        assert!(known.remove(commented));
    }
    known.insert("device.capture".into());
    assert_eq!(written, known);
}

#[test]
fn the_reference_documents_every_key() {
    let text = uncommented();
    let full = config::parse("reference.toml", &text).unwrap();
    let written = keys_of(&toml::from_str(&text).unwrap());
    assert_eq!(written, keys_of(&Value::try_from(&full).unwrap()));
    // Whatever serde knows of, it names when it meets what it does not know.
    for table in ["", "[device]\n", "[recording]\n", "[panel]\n", "[display]\n", "[mqtt]\n", "[delivery]\n"] {
        let faults = lines(&config::parse("x", &format!("{table}zzzz = 1")).unwrap_err());
        let listed = faults.iter().find_map(|line| line.split("here may stand: ").nth(1)).unwrap();
        for key in listed.split(", ") {
            let key = table.trim_matches(['[', ']', '\n']).to_owned()
                + if table.is_empty() { "" } else { "." }
                + key;
            assert!(written.contains(&key), "{key} is not in the reference");
        }
    }
}

#[test]
fn the_reference_says_every_default_of_a_commented_key() {
    let text = REFERENCE.replace("#[[input]]", "[[input]]").replace("#[[output]]", "[[output]]");
    let plain = config::parse("reference.toml", &text).unwrap();
    let full = config::parse("reference.toml", &uncommented()).unwrap();
    let (said, usual) = (&full.input[0], &plain.input[0]);
    assert_eq!((said.gain_db, said.mix_db, said.pan), (usual.gain_db, usual.mix_db, usual.pan));
    assert_eq!((said.mute, said.invert), (usual.mute, usual.invert));
    assert_eq!(full.output[0].gain_db, plain.output[0].gain_db);
    assert_eq!((full.output[0].delay_ms, full.send[0].level_db), (0.0, Db(0.0)));
    let compressor = CompressorConfig { key: Some(KeySource::Input(1)), ..CompressorConfig::default() };
    assert_eq!((said.gate, said.compressor), (Some(GateConfig::default()), Some(compressor)));
    assert_eq!(said.eq, [EqBand::default()]);
}

#[test]
fn every_shipped_board_is_valid() {
    let mut boards = 0;
    for entry in fs::read_dir("board").unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|end| end == "toml") && !path.ends_with("base.toml") {
            config::load(&path).unwrap_or_else(|error| panic!("{error}"));
            boards += 1;
        }
    }
    assert!(boards >= 3, "reference, sim and at least one board");
    let base = config::load(Path::new("board/base.toml")).unwrap_err();
    let right = "must name the card to record from (see `vestry devices`), or kind must be \"offline\"";
    assert_eq!(lines(&base), [format!("board/base.toml: device.capture = (not given): {right}")]);
}

#[test]
fn the_built_in_board_hears_six_names() {
    let sim = config::board::sim().unwrap();
    let names: Vec<_> = sim.lanes().into_iter().map(|lane| lane.name).collect();
    assert_eq!(names, ["Front Left", "Front Right", "Front Center", "Rear Left", "Rear Right", "Side Left"]);
    assert_eq!(sim.device.offline.sources.len(), 6);
}

#[test]
fn every_fault_is_found_in_one_run() {
    let text = r#"
        sample_rate = 7
        periods = "four"
        recrod = true
        routing_mode = "loud"
        selected_channel = 9
        default_routes = [{ input = 1, output = 1, level = -1.0 }, { output = 3 }]
        [device]
        kind = "alsa"
        capture = "0"
        [[input]]
        gain_db = nan
        [[input]]
        name = ""
        pan = true
        wat = 1
        [recording]
        sync_interval_s = 0.1
    "#;
    let found = lines(&config::parse("box.toml", text).unwrap_err());
    let expected = [
        "periods = \"four\": must be 2..32 (invalid type: string \"four\", expected a whole number, 0 or more)",
        "recrod = true: unknown key; did you mean `record`?",
        "routing_mode = \"loud\": must be \"simple\" or \"matrix\"",
        "device.capture = \"0\": must be a card's id as in `vestry devices`, such as \"Loopback\" or \"Loopback,1,0\", no index",
        "input[2].pan = true: must be -1..1 left to right (invalid type: boolean `true`, expected a number)",
        "input[2].wat = 1: unknown key; here may stand: name, gain_db, mute, invert, source, tap, monitor_db, mix_db, pan, unused, high_pass_hz, eq, gate, compressor, bypass, send_1_db, send_2_db",
        "sample_rate = 7: must be 8000..192000 Hz",
        "default_routes[2].input = (not given): must be 1..32",
        "default_routes[1].level = -1.0: must be 0..8 linear",
        "input[1].gain_db = nan: must be -96..24 dB",
        "recording.sync_interval_s = 0.1: must be 0.2..60 s",
        "selected_channel = 9: must be 1..6 (`inputs`)",
        "default_routes[2].output = 3: must be 1..2 (`outputs`)",
        "input[2].name = \"\": must be 1..32 printable characters",
    ];
    let expected: BTreeSet<_> = expected.iter().map(|line| format!("box.toml: {line}")).collect();
    assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected);
}

/// Writes `files` to a folder and loads the first.
fn load(files: &[(&str, &str)]) -> Result<Config, Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let place = format!("{}/", folder.path().display());
    config::load(&folder.path().join(files[0].0))
        .map_err(|error| error.to_string().lines().map(|line| line.replace(&place, "")).collect())
}

#[test]
fn a_delta_goes_over_its_base() {
    let base = "inputs = 4\n[device]\nkind = \"offline\"\ncapture_map = [4, 3, 2, 1]\nformat = \"S16_LE\"";
    let delta = "include = \"base.toml\"\ninputs = 2\n[device]\ncapture_map = [7, 8]";
    let config = load(&[("delta.toml", delta), ("base.toml", base)]).unwrap();
    assert_eq!((config.inputs, &config.device.capture_map[..]), (2, &[7, 8][..]));
    assert_eq!(config.device.format, config::FormatChoice::S16, "tables merge");
}

#[test]
fn a_fault_names_the_file_it_was_read_from() {
    let base = "inputs = 40\n[device]\nkind = \"offline\"\nspeed = 1\n";
    let delta = "include = [\"base.toml\"]\noutputs = 50\n[device]\nformat = \"S8\"";
    let mut found = load(&[("delta.toml", delta), ("base.toml", base)]).unwrap_err();
    found.sort();
    let starts = [
        "base.toml: device.speed = 1: unknown key",
        "base.toml: inputs = 40: must be 1..32",
        "delta.toml: device.format = \"S8\": must be \"auto\"",
        "delta.toml: outputs = 50: must be 0..32",
    ];
    assert_eq!(found.len(), starts.len(), "{found:#?}");
    assert!(found.iter().zip(starts).all(|(line, start)| line.starts_with(start)), "{found:#?}");
}

#[test]
fn includes_that_fail_are_faults() {
    let one = |files: &[(&str, &str)], start: &str| {
        let found = load(files).unwrap_err();
        assert!(found.iter().any(|line| line.starts_with(start)), "{found:#?}");
    };
    one(&[("a.toml", "include = \"b.toml\"")], "a.toml: include = \"b.toml\": cannot be read");
    one(&[("a.toml", "include = [1]")], "a.toml: include = 1: must be the name of a TOML file");
    one(&[("a.toml", "include = \"a.toml\"")], "a.toml: include = \"a.toml\": includes itself");
    let circle = [("a.toml", "include = \"b.toml\""), ("b.toml", "include = \"a.toml\"")];
    one(&circle, "b.toml: include = \"a.toml\": includes itself");
    let parse = config::parse("text", "include = \"a.toml\"").unwrap_err();
    assert!(parse.to_string().starts_with("text: include = \"a.toml\": only a file can include"));
    let missing = config::load(Path::new("no-such.toml")).unwrap_err();
    assert_eq!(lines(&missing), ["no-such.toml: cannot be read: No such file or directory (os error 2)"]);
}

#[test]
fn several_syntax_faults_are_all_named() {
    let found = lines(&config::parse("box.toml", "inputs = \noutputs = 2\nrecord = maybe\n").unwrap_err());
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(found[0].starts_with("box.toml: line 1: is no TOML: "), "{found:#?}");
    assert!(found[1].starts_with("box.toml: line 3: is no TOML: "), "{found:#?}");
}

/// One change to a text.
#[derive(Clone, Debug)]
enum Mutation {
    Delete(usize, usize),
    Double(usize, usize),
    Byte(usize, u8),
    Value(usize, &'static str),
}

/// Values that fit few keys or none.
const VALUES: &[&str] =
    &["-1", "0", "1e400", "nan", "\"\"", "[]", "{}", "true", "99999999999999999999", "[[1]]", "1979-05-27"];

fn mutation() -> impl Strategy<Value = Mutation> {
    prop_oneof![
        (any::<usize>(), 1..40_usize).prop_map(|(at, len)| Mutation::Delete(at, len)),
        (any::<usize>(), 1..200_usize).prop_map(|(at, len)| Mutation::Double(at, len)),
        (any::<usize>(), any::<u8>()).prop_map(|(at, byte)| Mutation::Byte(at, byte)),
        (any::<usize>(), prop::sample::select(VALUES)).prop_map(|(line, value)| Mutation::Value(line, value)),
    ]
}

fn mutate(text: &str, mutation: &Mutation) -> String {
    let mut bytes = text.as_bytes().to_vec();
    match *mutation {
        Mutation::Delete(at, len) => {
            let at = at % bytes.len();
            bytes.drain(at..(at + len).min(bytes.len()));
        }
        Mutation::Double(at, len) => {
            let at = at % bytes.len();
            let piece = bytes[at..(at + len).min(bytes.len())].to_vec();
            bytes.splice(at..at, piece);
        }
        Mutation::Byte(at, byte) => {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        Mutation::Value(line, value) => return with_value(text, line, value),
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// `text` with another value in one of its `key = value` lines.
fn with_value(text: &str, line: usize, value: &str) -> String {
    let keys = text.lines().filter(|line| line.contains(" = ")).count().max(1);
    let (mut seen, mut out) = (0, String::new());
    for one in text.lines() {
        match one.split_once(" = ") {
            Some((key, _)) if seen == line % keys => out += &format!("{key} = {value}\n"),
            _ => out += &format!("{one}\n"),
        }
        seen += usize::from(one.contains(" = "));
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_mutation_gives_a_fault_or_a_configuration_that_holds(
        mutations in prop::collection::vec(mutation(), 1..4),
        full in any::<bool>(),
    ) {
        let start = if full { uncommented() } else { REFERENCE.to_owned() };
        let text = mutations.iter().fold(start, |text, one| if text.is_empty() { text } else { mutate(&text, one) });
        match config::parse("mutated.toml", &text) {
            Ok(config) => {
                let again = toml::to_string(&config).unwrap();
                prop_assert_eq!(config::parse("again.toml", &again).unwrap(), config);
            }
            Err(error) => {
                prop_assert!(!error.faults.is_empty());
                prop_assert_eq!(lines(&error).len(), error.faults.len(), "one line a fault");
                prop_assert!(error.faults.iter().all(|fault| !fault.right.is_empty()));
            }
        }
    }
}

#[test]
fn the_outside_has_to_fit_together() {
    let faults = |text: &str| {
        let text = format!("[device]\nkind = \"offline\"\n{text}");
        lines(&config::parse("x", &text).unwrap_err())
    };
    let cases = [
        ("[display]\nheight = 48", "x: display.height = 48: must be 32 or 64 rows"),
        ("[mqtt]\nid = \"Main Hall\"", "x: mqtt.id = \"Main Hall\": must be 1..32 of a-z, 0-9, _ and -"),
        ("[mqtt]\nca_file = \"ca.pem\"", "x: mqtt.ca_file = \"ca.pem\": needs mqtt.tls = true"),
        (
            "[mqtt]\ntls = true\nclient_cert_file = \"c\"",
            "x: mqtt.client_key_file = (not given): must be given with mqtt.client_cert_file",
        ),
        (
            "[mqtt]\ndiscovery_prefix = \"a/#\"",
            "x: mqtt.discovery_prefix = \"a/#\": must be a topic without +, # and spaces",
        ),
        ("[mqtt]\nmeters_hz = 25", "x: mqtt.meters_hz = 25: must be 0..20 Hz"),
        (
            "[panel]\nrec = { line = \"A\" }\nrec_led = { line = \"A\" }",
            "x: panel.rec_led.line = \"A\": is panel.rec already: each line once",
        ),
    ];
    for (text, fault) in cases {
        assert_eq!(faults(text), [fault]);
    }
    let line = faults("[panel]\nrec = { line = \"17 \" }");
    assert!(line[0].contains("panel.rec.line") && line[0].contains("gpioinfo"), "{line:?}");
}

#[test]
fn strips_have_ranges_and_fit_the_rate_and_the_inputs() {
    let faults = |input: &str| {
        let text =
            format!("inputs = 2\nsample_rate = 32000\n[device]\nkind = \"offline\"\n[[input]]\n{input}");
        lines(&config::parse("x", &text).unwrap_err())
    };
    let nine = format!("eq = [{}]", "{},".repeat(9));
    let cases = [
        ("high_pass_hz = 5", "x: input[1].high_pass_hz = 5: must be 10..2000 Hz"),
        ("eq = [{}, { q = 0 }]", "x: input[1].eq[2].q = 0: must be 0.1..20"),
        (
            "eq = [{ hz = 16000 }]",
            "x: input[1].eq[1].hz = 16000: must be below half the sample_rate, 16000 Hz",
        ),
        (nine.as_str(), "x: input[1].eq[9] = {}: is one band too many, an input has 8 at most"),
        ("gate = { range_db = 3 }", "x: input[1].gate.range_db = 3: must be -80..0 dB"),
        ("compressor = { ratio = 0.5 }", "x: input[1].compressor.ratio = 0.5: must be 1..100"),
        (
            "compressor = { key = 3 }",
            "x: input[1].compressor.key = 3: must be 1..2 (`inputs`), \"monitor\", \"mix\", \"send_1\" or \"send_2\"",
        ),
    ];
    for (input, fault) in cases {
        assert_eq!(faults(input), [fault]);
    }
    let insert = &faults("bypass = [\"gate\", \"reverb\"]")[0];
    assert!(insert.starts_with("x: input[1].bypass"), "{insert}");
    assert!(insert.ends_with("must be \"high_pass\" or \"gate\" or \"eq\" or \"compressor\""), "{insert}");
    let kind = &faults("eq = [{ kind = \"notch\" }]")[0];
    assert!(kind.ends_with("must be \"bell\" or \"low_shelf\" or \"high_shelf\""), "{kind}");
}

#[test]
fn two_media_lie_apart_and_have_names_of_their_own() {
    let faults = |text: &str| {
        let text = format!("{text}\n[device]\nkind = \"offline\"");
        lines(&config::parse("x", &text).unwrap_err())
    };
    let apart = "must lie apart from recordings_dir, /var/lib/vestry/takes";
    for second in
        ["/var/lib/vestry/takes", "/var/lib/vestry/takes/stick", "/var/lib/vestry", "/var/lib/x/../vestry"]
    {
        let fault = format!("x: second_recordings_dir = \"{second}\": {apart}");
        assert_eq!(faults(&format!("second_recordings_dir = \"{second}\"")), [fault]);
    }
    let fault = "x: second_recordings_dir = \"\": must name a folder, or be left out";
    assert_eq!(faults("second_recordings_dir = \"\""), [fault]);
    let fault = "x: second_recordings_name = \"SD card\": must be another name than recordings_name";
    assert_eq!(faults("second_recordings_name = \"SD card\""), [fault]);
    let fault = "x: recordings_name = \"\": must be 1..16 printable characters";
    assert_eq!(faults("recordings_name = \"\""), [fault]);
    let text = "second_recordings_dir = \"/media/stick/takes\"\n[device]\nkind = \"offline\"";
    assert_eq!(config::parse("x", text).unwrap().media().len(), 2);
}
