//! The promise: what a Raspberry Pi's boards ask of its header fits together, and pictures and table of it are what the boards say.
#[path = "wiring/header.rs"]
mod header;
#[path = "wiring/picture.rs"]
mod picture;

use header::{HEADER, Kind};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

const BOARDS: [&str; 3] = ["rpi5-ezsound-6x8", "rpi5-hifiberry-adc8x", "rpi-usb"];

/// Who takes a GPIO.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Taker {
    Panel,
    Display,
    Card,
}

type Taken = BTreeMap<u8, (Taker, String)>;

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn board(name: &str) -> toml::Table {
    toml::from_str(&read(&format!("board/{name}.toml"))).unwrap()
}

/// The lines `#KEY=VALUE` of the board's `card.txt`; none where it has no card on the header.
fn card(name: &str) -> Vec<(String, String)> {
    let path = format!("board/{name}/card.txt");
    let text = if Path::new(&path).exists() { read(&path) } else { String::new() };
    let pairs = text.lines().filter_map(|line| line.strip_prefix('#')?.split_once('='));
    pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

/// What is on each GPIO of `name`; panics where two things are on one.
fn taken(name: &str) -> Taken {
    let mut taken = Taken::new();
    let mut take = |gpio: u8, taker: Taker, what: &str| {
        let other = taken.insert(gpio, (taker, what.to_owned()));
        assert!(
            other.is_none_or(|(_, other)| other == what),
            "{name}: GPIO {gpio} is taken twice, by {what}"
        );
    };
    let board = board(name);
    for (part, line) in board["panel"].as_table().unwrap() {
        let line = line["line"].as_str().unwrap();
        let gpio = line.strip_prefix("GPIO").and_then(|number| number.parse().ok());
        take(
            gpio.unwrap_or_else(|| panic!("{name}: {line}")),
            Taker::Panel,
            &part.to_uppercase().replace('_', " "),
        );
    }
    assert_eq!(board["display"]["bus"].as_str(), Some("/dev/i2c-1"), "that of the header");
    for (gpio, wire) in [(2, "SDA"), (3, "SCL")] {
        take(gpio, Taker::Display, &format!("display {wire}"));
    }
    for (key, value) in card(name) {
        if let Some(gpio) = key.strip_prefix("gpio") {
            take(gpio.parse().unwrap(), Taker::Card, &value);
        }
    }
    taken
}

/// The table of all boards, in the order of the pins.
fn table() -> String {
    let boards = BOARDS.map(taken);
    let mut table =
        format!("| pin | is | {} |\n|---|---|{}\n", BOARDS.join(" | "), "---|".repeat(BOARDS.len()));
    for (at, kind) in HEADER.iter().enumerate() {
        let Kind::Gpio(gpio) = kind else { continue };
        let cells = boards.each_ref().map(|taken| taken.get(gpio).map_or("", |(_, what)| what.as_str()));
        if cells.iter().any(|cell| !cell.is_empty()) {
            let _ = writeln!(table, "| {} | GPIO {gpio} | {} |", at + 1, cells.join(" | "));
        }
    }
    table
}

/// Compares with the file; `GOLDEN=write` writes a new one, to be looked at before it is committed.
fn same(path: &str, found: &str) {
    if std::env::var_os("GOLDEN").is_some_and(|value| value == "write") {
        fs::write(path, found).unwrap();
    }
    assert!(
        found == read(path),
        "{path} is not what the boards say; renew it with: GOLDEN=write cargo test --test wiring"
    );
}

#[test]
fn the_table_is_what_the_boards_say() {
    let text = read("board/README.md");
    let (head, rest) = text.split_once("<!-- pins -->\n").unwrap();
    let (_, tail) = rest.split_once("<!-- /pins -->").unwrap();
    same("board/README.md", &format!("{head}<!-- pins -->\n{}<!-- /pins -->{tail}", table()));
}

#[test]
fn pictures_are_what_the_boards_say() {
    for name in BOARDS {
        same(&format!("board/{name}/wiring.svg"), &picture::svg(name, &taken(name)));
    }
}

#[test]
fn every_board_with_this_header_is_here() {
    for entry in fs::read_dir("board").unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if let Some(name) = name.strip_suffix(".toml").filter(|name| name.starts_with("rpi")) {
            assert!(BOARDS.contains(&name), "{name} has no picture");
        }
    }
}

#[test]
fn buttons_are_wired_alike_on_all() {
    let parts = |name: &str| {
        let buttons = taken(name)
            .into_iter()
            .filter(|(_, (taker, what))| *taker == Taker::Panel && !what.ends_with("LED"));
        buttons.collect::<Vec<_>>()
    };
    assert_eq!(parts(BOARDS[0]).len(), 5);
    assert!(BOARDS.iter().all(|name| parts(name) == parts(BOARDS[0])));
}

#[test]
fn nothing_is_on_a_pin_that_is_kept_free() {
    for name in BOARDS {
        for gpio in taken(name).keys() {
            // 0 and 1 are the EEPROM's of a card, 14 and 15 the console's.
            assert!(![0, 1, 14, 15].contains(gpio), "{name}: GPIO {gpio}");
            assert!(HEADER.contains(&Kind::Gpio(*gpio)), "{name}: GPIO {gpio}");
        }
    }
}

#[test]
fn the_display_has_an_address_of_its_own() {
    for name in BOARDS {
        let display = board(name)["display"]["address"].as_integer().unwrap();
        for (key, value) in card(name) {
            if key == "i2c" {
                let address = i64::from_str_radix(value.strip_prefix("0x").unwrap(), 16).unwrap();
                assert_ne!(address, display, "{name}");
            }
        }
    }
}

#[test]
fn the_firmware_can_read_what_it_is_told() {
    for path in
        ["board/rpi5/config.txt", "board/rpi5-ezsound-6x8/card.txt", "board/rpi5-hifiberry-adc8x/card.txt"]
    {
        let text = read(path);
        // It reads no more than 98 characters of a line; bitbake warns from 81 on.
        assert!(text.lines().all(|line| line.len() <= 80), "{path}");
        assert!(path.contains("rpi5/") || text.lines().any(|line| line.starts_with("dtoverlay=")), "{path}");
    }
}

#[test]
fn the_audio_core_is_the_isolated_one() {
    let arguments = read("board/cmdline");
    let isolated =
        arguments.split_whitespace().find_map(|word| word.strip_prefix("isolcpus=managed_irq,domain,"));
    for name in BOARDS.iter().chain(&["imx8mp-evk"]) {
        let config = vestry::config::load(Path::new(&format!("board/{name}.toml"))).unwrap();
        assert_eq!(config.realtime.core.map(|core| core.to_string()).as_deref(), isolated, "{name}");
    }
}
