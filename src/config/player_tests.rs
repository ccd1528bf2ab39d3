//! Tests of the player's configuration.
//!
//! Runs on: tests.
use super::super::parse;
use super::*;

const BOX: &str =
    "[device]\nkind = \"offline\"\n[[input]]\nsource = \"player\"\n[player]\ndir = \"/clips\"\n";

fn faults(text: &str) -> Vec<String> {
    parse("x", text).unwrap_err().to_string().lines().map(str::to_owned).collect()
}

/// A pad with a file and these lines, in a small bank.
fn pad(lines: &str) -> String {
    format!("{BOX}banks = 1\nrows = 2\ncolumns = 2\n[[pad]]\nfile = \"a.wav\"\n{lines}")
}

#[test]
fn what_no_pad_can_be_is_told_with_what_would_be_right() {
    let at = "must be 1.1.1..1.2.2 (`player.banks`, `rows`, `columns`)";
    let once = "mode = \"loop\"\nloop_s = [1.0, 2.0]\nloop_frames = [1, 2]";
    let order = "must be [start, end] with the start before the end";
    let inside = "must name a file in player.dir, such as \"intro.wav\" or \"songs/intro.wav\"";
    for (text, fault) in [
        (pad("at = \"2.1.1\""), format!("x: pad[1].at = \"2.1.1\": {at}")),
        (pad("gain_db = 25"), "x: pad[1].gain_db = 25: must be -96..24 dB".into()),
        (pad("speed = 0.1"), "x: pad[1].speed = 0.1: must be 0.25..4".into()),
        (pad("pitch = 13"), "x: pad[1].pitch = 13: must be -12..12 semitones".into()),
        (
            pad("mode = \"hold\""),
            "x: pad[1].mode = \"hold\": must be \"one_shot\" or \"loop\" or \"gate\"".into(),
        ),
        (pad("mode = \"loop\"\nloop_s = [2.0, 1.0]"), format!("x: pad[1].loop_s = [2.0, 1.0]: {order}")),
        (
            pad("loop_frames = [1, 2]"),
            "x: pad[1].loop_frames = [1, 2]: must be left out where mode is \"one_shot\", which never loops"
                .into(),
        ),
        (pad(once), "x: pad[1].loop_frames = [1, 2]: must be left out where loop_s is given".into()),
        (pad("strips = [1, 7]"), "x: pad[1].strips[2] = 7: must be 1..6 (`inputs`)".into()),
        (pad("strips = [1, 1]"), "x: pad[1].strips[2] = 1: is there twice: each strip once".into()),
        (pad("name = \" \""), "x: pad[1].name = \" \": must be 1..32 printable characters".into()),
        (
            pad("[[pad]]\nat = \"1.1.1\"\nfile = \"b.wav\""),
            "x: pad[2].at = \"1.1.1\": must be another pad: pad[1] is there".into(),
        ),
        (pad("at = \"1.2.2\"\n[[pad]]\nfile = \"b.wav\""), format!("x: pad[2].at = (not given): {at}")),
        (
            pad("choke = 1\nstem = 2\n[[pad]]\nfile = \"b.wav\"\nchoke = 1\nstem = 2"),
            "x: pad[2].choke = 1: must be another group than that of pad[1], which is a stem of the same"
                .into(),
        ),
        (format!("{BOX}[[pad]]"), format!("x: pad[1].file = (not given): {inside}")),
        (format!("{BOX}[[pad]]\nfile = \"../a\""), format!("x: pad[1].file = \"../a\": {inside}")),
        (format!("{BOX}[[pad]]\nfile = \"/a\""), format!("x: pad[1].file = \"/a\": {inside}")),
        (
            "[[pad]]\nfile = \"a.wav\"\n[device]\nkind = \"offline\"".into(),
            "x: player.dir = (not given): must name the folder of the clips where there are pads ([[pad]])"
                .into(),
        ),
        (
            "[player]\ndir = \"\"\n[device]\nkind = \"offline\"".into(),
            "x: player.dir = \"\": must name a folder, or be left out".into(),
        ),
        (format!("{BOX}memory_mb = 0"), "x: player.memory_mb = 0: must be 1..4096 MB".into()),
        (format!("{BOX}rows = 17"), "x: player.rows = 17: must be 1..16".into()),
    ] {
        assert_eq!(faults(&text), [fault], "{text}");
    }
    let named = &faults(&pad("at = \"1.2\""))[0];
    assert!(named.starts_with("x: pad[1].at = \"1.2\": ") && named.contains("bank.row.column"), "{named}");
}

#[test]
fn pads_follow_one_another_from_where_the_last_one_was_put() {
    let text =
        pad("[[pad]]\nat = \"1.2.1\"\nfile = \"b.ogg\"\nname = \"Bell\"\n[[pad]]\nfile = \"sub/c.mp3\"");
    let config = parse("x", &text).unwrap();
    assert_eq!(config.pad_places(), [Some(0), Some(2), Some(3)]);
    let called: Vec<_> = config.pad.iter().map(PadConfig::called).collect();
    assert_eq!(called, ["a", "Bell", "c"]);
    let named: Vec<_> = config.pads_called().iter().map(|(at, name)| format!("{at} {name}")).collect();
    assert_eq!(named, ["1.1.1 a", "1.2.1 Bell", "1.2.2 c"]);
    assert_eq!(Config::default().player.shape().count(), 216);
}
