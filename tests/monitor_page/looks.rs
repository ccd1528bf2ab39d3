//! Pictures of the page for who reads of it. `GOLDEN=write` makes new ones, to be looked at before they are committed; they are not
//! compared to the pixel, as times, levels and fonts differ.
use super::hall::Hall;
use super::person::Person;
use serde_json::Value;
use std::fs;
use std::path::Path;

/// Name, width, height, scheme.
const PICTURES: [(&str, u32, u32, &str); 3] = [
    ("page_phone", 390, 844, "light"),
    ("page_phone_dark", 390, 844, "dark"),
    ("page_desk", 1280, 900, "light"),
];

#[test]
fn it_looks_as_in_its_pictures() {
    let Some(mut hall) = Hall::opens("") else { return };
    let person = Person::sits_down(1280, 900);
    person.signs_up(hall.port, &hall.log());
    hall.command(r#"[{"command": "mute", "input": 2, "on": true}, {"command": "pan", "input": 3, "pan": -0.5}, {"command": "mix", "input": 1, "db": -3.0}]"#);
    hall.state("the mute", |state| state["inputs"][1]["mute"] == true);
    person.awaits("#word", "REC");
    person.sees("levels", "meters.querySelector('.level').textContent.includes('14')");
    person.awaits("#shelf", "recording now");
    for (name, width, height, scheme) in PICTURES {
        person.looks_through(width, height);
        person.likes(scheme);
        person.sees("the window", &format!("innerWidth === {width}"));
        person.sees(
            "a picture drawn anew",
            "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))",
        );
        let picture = decoded(person.driver.does("GET", "/screenshot", &Value::Null).as_str().unwrap());
        assert_eq!(size(&picture), (width, height), "{name}");
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{name}.png"));
        if std::env::var_os("GOLDEN").is_some_and(|value| value == "write") {
            fs::write(&path, &picture).unwrap();
        }
        assert_eq!(size(&fs::read(&path).unwrap()), (width, height), "{}", path.display());
    }
}

/// Width and height of a PNG (PNG specification, 11.2.2).
fn size(png: &[u8]) -> (u32, u32) {
    assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"));
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    (number(16), number(20))
}

/// Base64 (RFC 4648, section 4).
fn decoded(text: &str) -> Vec<u8> {
    let value = |letter: u8| match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let letters: Vec<u8> = text.bytes().filter(|letter| *letter != b'=').map(value).collect();
    let bits = |four: &[u8]| {
        four.iter().fold(0_u32, |bits, value| bits << 6 | u32::from(*value)) << (6 * (4 - four.len()))
    };
    letters.chunks(4).flat_map(|four| bits(four).to_be_bytes()[1..four.len()].to_vec()).collect()
}
