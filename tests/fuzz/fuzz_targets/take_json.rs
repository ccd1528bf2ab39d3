//! Whatever `take.json` says: listing, judging and repairing end, touch nothing outside the take, and leave its sound alone.
#![no_main]
use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use std::path::Path;
use vestry::record::manifest::FILE;
use vestry::record::verify::{text, verify};
use vestry::record::wave::DATA_START;
use vestry::record::{RecordEvent, list};
use vestry_fuzz::memory::Memory;
use vestry_fuzz::{FRAME, Kind, TAKES, begins_as, folder, manifest, medium, opens, put, read, repair, waves};

/// Texts that would do harm as a name.
const NAMES: [&str; 10] = [
    "/secret",
    "../letter.txt",
    "../../secret",
    "..",
    ".",
    "",
    "take.json",
    "notes.txt",
    "01_Input_0.wav",
    "take.json.tmp",
];

/// Edits end here, since each may double what there is; in bytes. A whole manifest has a thirtieth.
const GROWN: usize = 100_000;

/// What a place gets.
#[derive(Arbitrary, Debug)]
enum New {
    Nothing,
    Null,
    Number(u64),
    Negative(i64),
    Float(f64),
    Text(String),
    Name(u8),
    Bool(bool),
    /// What stands at another place.
    Copy(Vec<u8>),
    /// Itself and itself again.
    Twice,
    List,
}

#[derive(Arbitrary, Debug)]
enum Json {
    Any(Vec<u8>),
    Edited(Vec<(Vec<u8>, New)>),
}

#[derive(Arbitrary, Debug)]
struct Input {
    kind: Kind,
    /// Says that the take is open.
    open: bool,
    json: Json,
}

/// The place that `way` leads to: a turn a byte.
fn place<'a>(value: &'a mut Value, way: &[u8]) -> &'a mut Value {
    let Some((turn, rest)) = way.split_first() else { return value };
    let turn = usize::from(*turn);
    let size = value.as_array().map(Vec::len).or(value.as_object().map(serde_json::Map::len));
    match (size, value) {
        (Some(size @ 1..), Value::Array(items)) => place(&mut items[turn % size], rest),
        (Some(size @ 1..), Value::Object(members)) => {
            place(members.values_mut().nth(turn % size).unwrap(), rest)
        }
        (_, value) => value,
    }
}

fn edit(whole: &mut Value, way: &[u8], new: &New) {
    let other = if let New::Copy(way) = new { place(whole, way).clone() } else { Value::Null };
    if let New::Nothing = new {
        let Some((last, way)) = way.split_last() else { return };
        match place(whole, way) {
            Value::Array(items) if !items.is_empty() => drop(items.remove(usize::from(*last) % items.len())),
            Value::Object(members) if !members.is_empty() => {
                let name = members.keys().nth(usize::from(*last) % members.len()).unwrap().clone();
                members.remove(&name);
            }
            _ => {}
        }
        return;
    }
    let place = place(whole, way);
    *place = match new {
        New::Nothing | New::Null => Value::Null,
        New::Number(number) => (*number).into(),
        New::Negative(number) => (*number).into(),
        New::Float(number) => (*number).into(),
        New::Text(text) => text.as_str().into(),
        New::Name(which) => NAMES[usize::from(*which) % NAMES.len()].into(),
        New::Bool(value) => (*value).into(),
        New::Copy(_) => other,
        New::Twice => Value::Array(vec![place.clone(), place.clone()]),
        New::List => match place.take() {
            Value::Array(items) => items.iter().chain(&items).cloned().collect(),
            one => Value::Array(vec![one]),
        },
    };
}

fn json(medium: &Memory, input: &Input) -> Vec<u8> {
    let edits = match &input.json {
        Json::Any(bytes) => return bytes.clone(),
        Json::Edited(edits) => edits,
    };
    let mut whole: Value = serde_json::from_slice(&manifest(medium)).unwrap();
    let values = json!({"integrated_lufs": -23.0, "range_lu": 5.5, "true_peak_dbtp": -1.25});
    let track = json!({"name": "Input 0", "input": 1, "integrated_lufs": -26.0});
    whole["loudness"] = json!({"frames": 1, "mix": values, "tracks": [track]});
    if input.open {
        whole["state"] = "recording".into();
    }
    let mut text = serde_json::to_vec(&whole).unwrap();
    for (way, new) in edits {
        if text.len() > GROWN {
            break;
        }
        edit(&mut whole, way, new);
        text = serde_json::to_vec(&whole).unwrap();
    }
    text
}

/// Everything that only looks.
fn looked_at(medium: &Memory) {
    let takes = list::takes(medium, Path::new(TAKES)).unwrap();
    let _ = (list::json(&takes), list::table(&takes));
    if let Ok(report) = verify(medium, &folder(medium)) {
        assert!(!text(&report).contains(|char: char| char.is_control() && char != '\n'));
    }
}

fuzz_target!(|input: Input| {
    let medium = medium(input.kind);
    let folder = folder(&medium);
    let sound: Vec<_> = waves(&medium).iter().map(|(name, bytes)| opened(&input, name, bytes)).collect();
    put(&medium, &folder.join(FILE), &json(&medium, &input));
    looked_at(&medium);
    let before = waves(&medium);
    let events = repair(&medium);
    let after = waves(&medium);
    assert!(!events.iter().any(|event| matches!(event, RecordEvent::RepairFailed { .. })), "{events:?}");
    for ((name, before), sound) in before.iter().zip(sound) {
        assert!(begins_as(before, &after[name], sound.saturating_sub(FRAME)), "{name}");
    }
    looked_at(&medium);
    if !events.is_empty() {
        let manifest = read(&medium);
        let report = verify(&medium, &folder).unwrap();
        for part in manifest.tracks.iter().flat_map(|track| &track.parts) {
            let Some(bytes) = after.get(&part.file) else { continue };
            opens(&part.file, bytes);
            assert!(!report.findings.iter().any(|finding| finding.file == part.file), "{}", text(&report));
        }
        assert_eq!(repair(&medium), [], "a repair is done once");
    }
});

/// Bytes of sound in a file of ours: to its end where it is open.
fn opened(input: &Input, name: &str, bytes: &[u8]) -> usize {
    let open = !input.kind.closed && name.contains("_p002");
    if open { bytes.len() - DATA_START as usize } else { opens(name, bytes) as usize }
}
