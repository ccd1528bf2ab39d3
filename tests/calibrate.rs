//! Promise: `vestry calibrate` proposes the shortest ring that forgives the latest wake-up twice over, as one line that the
//! configuration takes; and a profile sets the ring where nobody sets it himself.
#[path = "common/cli.rs"]
mod cli;

use std::path::Path;
use vestry::config::{self, Config};

/// Profiles of periods so long, or so short, that every machine can, or cannot, keep them.
fn calibrated(profiles: &str, more: &str) -> (Option<i32>, Vec<String>, String) {
    let dir = tempfile::tempdir().unwrap();
    let text = format!(
        "realtime = {{ lock_memory = false }}\n{more}\n[device]\nkind = \"offline\"\n[profiles]\n{profiles}\n"
    );
    std::fs::write(dir.path().join("box.toml"), text).unwrap();
    let output = cli::vestry(dir.path(), &["calibrate", "--config", "box.toml", "--seconds", "1"]);
    let lines = String::from_utf8(output.stdout.clone()).unwrap().lines().map(str::to_owned).collect();
    (output.status.code(), lines, cli::said(&output))
}

/// A row's numbers: frames, periods, ring, wake-ups, p50, p99, p99.9, max, forgiven.
fn numbers(line: &str) -> Vec<f64> {
    line.split_whitespace().skip(1).map(|number| number.parse().unwrap()).collect()
}

const LONG: &str = "low_latency = { frames_per_period = 4096, periods = 30 }\n\
    balanced = { frames_per_period = 4096, periods = 31 }\nsafe = { frames_per_period = 4096, periods = 32 }";

#[test]
fn the_proposal_follows_from_the_table_and_the_configuration_takes_it() {
    // 10 ms and more of a ring that short ones are among.
    let mixed = "low_latency = { frames_per_period = 16, periods = 2 }\n\
        balanced = { frames_per_period = 128, periods = 4 }\nsafe = { frames_per_period = 4096, periods = 32 }";
    for profiles in [mixed, LONG] {
        let (code, lines, said) = calibrated(profiles, "");
        assert_eq!((code, lines.len()), (Some(0), 6), "{lines:#?} {said}");
        assert!(lines[0].starts_with("wake-ups of a timer late by"), "{lines:#?}");
        let rows: Vec<_> = lines[2..5].iter().map(|line| numbers(line)).collect();
        let worst = rows.iter().map(|row| row[7]).fold(0.0, f64::max);
        for row in &rows {
            let (period_us, periods) = (row[0] / 48_000.0 * 1e6, row[1]);
            assert!(
                row[4..8].is_sorted() && (row[8] - (periods - 1.0) * period_us / 2.0).abs() <= 1.0,
                "{row:?}"
            );
            assert!((row[3] - 1e6 / period_us).abs() <= 1.0, "a second of wake-ups: {row:?}");
        }
        let names = ["low_latency", "balanced", "safe"];
        let first = rows.iter().position(|row| worst < row[8]).unwrap();
        let line = &lines[5];
        assert!(line.starts_with(&format!("profile = \"{}\"", names[first])), "{lines:#?}");
        let text = format!("{line}\n[device]\nkind = \"offline\"\n[profiles]\n{profiles}");
        let taken = config::parse("vestry.toml", &text).unwrap();
        assert_eq!((taken.frames_per_period as f64, taken.periods as f64), (rows[first][0], rows[first][1]));
    }
}

/// Nothing later than 41 us is forgiven here, which hardly any machine keeps: one that does is proposed the first.
#[test]
fn a_machine_that_can_keep_none_is_told_so() {
    let short = "low_latency = { frames_per_period = 16, periods = 2 }\n\
        balanced = { frames_per_period = 16, periods = 2 }\nsafe = { frames_per_period = 16, periods = 2 }";
    let (code, lines, said) = calibrated(short, "sample_rate = 192000");
    let proposed = lines.get(5).map(String::as_str);
    match code {
        Some(1) => assert!(proposed.is_none() && said.contains("no profile is safe"), "{lines:#?} {said}"),
        code => {
            assert_eq!(code, Some(0));
            assert!(proposed.is_some_and(|line| line.starts_with("profile = \"low_latency\"")), "{lines:#?}");
        }
    }
}

#[test]
fn what_the_system_refuses_is_said_and_mistakes_are_one_line() {
    let (code, _, said) = calibrated(LONG, "[realtime]\nlock_memory = false\ncore = 1023".trim_start());
    assert_eq!(code, Some(2), "realtime stands there twice: {said}");
    let dir = tempfile::tempdir().unwrap();
    let text = format!(
        "[realtime]\nlock_memory = false\ncore = 1023\n[device]\nkind = \"offline\"\n[profiles]\n{LONG}"
    );
    std::fs::write(dir.path().join("box.toml"), text).unwrap();
    let output = cli::vestry(dir.path(), &["calibrate", "--config", "box.toml", "--seconds", "1"]);
    let said = cli::said(&output);
    assert!(
        output.status.success()
            && said.contains("realtime core REFUSED")
            && said.contains("measured without"),
        "{said}"
    );
    for wrong in [&["calibrate", "--seconds", "0"][..], &["calibrate", "--config", "no-such.toml"]] {
        let output = cli::vestry(dir.path(), wrong);
        assert_eq!((output.status.code(), cli::said(&output).lines().count()), (Some(2), 1));
    }
}

fn ring(text: &str) -> Result<(usize, usize), String> {
    let text = format!("{text}\n[device]\nkind = \"offline\"");
    let ring = |config: Config| (config.frames_per_period, config.periods);
    config::parse("box.toml", &text).map(ring).map_err(|error| error.to_string())
}

#[test]
fn a_profile_sets_what_is_not_given_and_boards_have_their_own_figures() {
    assert_eq!(ring(""), Ok((128, 4)));
    assert_eq!(ring("profile = \"low_latency\""), Ok((64, 3)));
    assert_eq!(ring("profile = \"safe\""), Ok((256, 6)));
    assert_eq!(ring("profile = \"safe\"\nperiods = 9"), Ok((256, 9)), "what is given goes before");
    assert_eq!(ring("profile = \"safe\"\nframes_per_period = 32\nperiods = 9"), Ok((32, 9)));
    let own = "profile = \"safe\"\nprofiles = { safe = { frames_per_period = 500, periods = 5 } }";
    assert_eq!(ring(own), Ok((500, 5)));
    for (board, expected) in [("imx8mp-evk", (1024, 16)), ("rpi-usb", (256, 3)), ("sim", (256, 32))] {
        let config = config::load(Path::new(&format!("board/{board}.toml"))).unwrap();
        assert_eq!((config.frames_per_period, config.periods), expected, "{board}");
    }
    // As somebody writes it over a board.
    let dir = tempfile::tempdir().unwrap();
    let board = std::fs::canonicalize("board/rpi-usb.toml").unwrap();
    let path = dir.path().join("vestry.toml");
    std::fs::write(&path, format!("include = {board:?}\nprofile = \"safe\"")).unwrap();
    let config = config::load(&path).unwrap();
    assert_eq!((config.frames_per_period, config.periods), (512, 4));
}

#[test]
fn what_is_wrong_with_a_profile_is_said() {
    let cases = [
        ("profile = \"fast\"", "profile = \"fast\": must be \"low_latency\" or \"balanced\" or \"safe\""),
        ("profile = 3", "box.toml: profile = 3"),
        (
            "profiles = { safe = { frames_per_period = 8, periods = 40 } }",
            "profiles.safe.periods = 40: must be 2..32",
        ),
        ("profiles = { safe = { frames_per_period = 64 } }", "periods"),
        (
            "profiles = { safe = { frames_per_period = 64, periods = 2 } }",
            "must hold as many frames as balanced at least, 512",
        ),
    ];
    for (text, expected) in cases {
        for text in [
            text.to_owned(),
            format!("{text}\n{}", if text.contains("profiles") { "profile = \"safe\"" } else { "" }),
        ] {
            let refusal = ring(&text).unwrap_err();
            assert!(
                refusal.contains(expected)
                    && refusal.lines().all(|line| line.starts_with("box.toml: profile")),
                "{text}: {refusal}"
            );
        }
    }
}
