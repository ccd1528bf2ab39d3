//! Tests of how pads are set.
//!
//! Runs on: tests.
use super::super::player_ask::NO_PLAYER;
use super::*;
use crate::config::{Db, parse};

const PADS: &str = r#"
inputs = 3
input = [{ source = "player" }, { source = "player" }, {}]
player = { dir = "/clips" }
pad = [{ file = "a.wav", stem = 1, choke = 1 }, { file = "b.wav", stem = 1 }, { file = "c.wav", choke = 2 }]
[device]
kind = "offline"
"#;

fn desk() -> PadDesk {
    PadDesk::new(&parse("test", PADS).unwrap())
}

fn name(text: &str) -> PadName {
    text.parse().unwrap()
}

/// Settings as the file writes them, without the file: `gain_db = -3.0`, one a line.
fn settings(text: &str) -> PadSettings {
    let mut settings = PadSettings::default();
    for line in text.lines() {
        let (key, value) = line.split_once(" = ").unwrap();
        let db = || Some(Db(value.parse().unwrap()));
        match key {
            "gain_db" => settings.gain_db = db(),
            "low_db" => settings.low_db = db(),
            "mid_db" => settings.mid_db = db(),
            "choke" => settings.choke = Some(value.parse().unwrap()),
            "strips" => settings.strips = Some(vec![value.trim_matches(['[', ']']).parse().unwrap()]),
            _ => panic!("{key}"),
        }
    }
    settings
}

fn change(pad: &str, text: &str) -> PadChange {
    PadChange { pad: name(pad), reset: false, settings: settings(text) }
}

fn set(desk: &mut PadDesk, pad: &str, text: &str) -> Result<PlayerAsk, String> {
    desk.set(&change(pad, text), |input| input < 3)
}

fn asked(pad: &str, text: &str) -> Result<PlayerAsk, String> {
    Ok(PlayerAsk::Set(name(pad), Box::new(settings(text))))
}

#[test]
fn what_is_set_adds_up_until_it_is_reset() {
    let mut desk = desk();
    assert_eq!(set(&mut desk, "1.1.1", "gain_db = -3.0"), asked("1.1.1", "gain_db = -3.0"));
    let both = asked("1.1.1", "gain_db = -3.0\nlow_db = 2.0");
    assert_eq!(set(&mut desk, "1.1.1", "low_db = 2.0"), both);
    let reset = PadChange { reset: true, ..change("1.1.1", "mid_db = 1.0") };
    assert_eq!(desk.set(&reset, |_| true), asked("1.1.1", "mid_db = 1.0"));
    let reset = PadChange { reset: true, ..change("1.1.1", "") };
    assert_eq!(desk.set(&reset, |_| true), asked("1.1.1", ""));
    assert_eq!(desk, super::tests::desk());
}

#[test]
fn what_cannot_be_is_refused_and_changes_nothing() {
    let mut desk = desk();
    set(&mut desk, "1.1.1", "gain_db = -3.0").unwrap();
    let before = desk.clone();
    for (pad, text, expected) in [
        ("7.1.1", "gain_db = 0.0", "pad 7.1.1: must be 1.1.1..6.6.6 (bank.row.column)"),
        ("1.1.1", "", "there is nothing in it that could be set, such as gain_db"),
        ("1.1.1", "gain_db = 30.0", "gain_db 30: must be -96..24 dB"),
        ("1.1.1", "strips = [4]", "strips [4]: must be 1..3 (`inputs`)"),
        ("1.1.1", "strips = [3]", "strips: input 3 plays no clips: its source must be \"player\""),
        ("1.1.2", "choke = 1", "choke 1: must be another group than that of pad 1.1.1, a stem of the same"),
    ] {
        assert_eq!(set(&mut desk, pad, text), Err(expected.into()));
    }
    assert_eq!(desk, before);
    assert!(set(&mut desk, "1.1.3", "choke = 1").is_ok() && set(&mut desk, "1.1.1", "choke = 0").is_ok());
    assert!(set(&mut desk, "1.1.2", "choke = 1").is_ok(), "the other one is in no group any more");
    let mut without = PadDesk::default();
    assert_eq!(set(&mut without, "1.1.1", "gain_db = 0.0"), Err(NO_PLAYER.into()));
    assert_eq!(without.scene(&[name("1.1.1")], &[]), Err(NO_PLAYER.into()));
    assert_eq!(without.scene(&[], &[]), Ok(ScenePads::default()));
    assert_eq!(without.recall(&ScenePads { settings: Some([].into()), ..ScenePads::default() }), None);
}

#[test]
fn buttons_go_through_pads_that_have_a_file_and_let_go_what_they_pressed() {
    let mut desk = desk();
    assert_eq!((desk.selected(), desk.release()), (name("1.1.1"), None));
    let pad = |pad: &&str| crate::telemetry::PadReport { pad: (*pad).into(), ..Default::default() };
    let pads = ["1.1.2", "1.2.1", "3.1.1", "3.1.2"].iter().map(pad).collect();
    desk.see(&PlayerReport { pads, ..PlayerReport::default() });
    assert_eq!(desk.selected(), name("1.1.2"));
    for wanted in ["1.2.1", "3.1.1", "3.1.2", "1.1.2"] {
        desk.select_next();
        assert_eq!(desk.selected(), name(wanted));
    }
    assert_eq!(desk.press(), PlayerAsk::Toggle(name("1.1.2")));
    for wanted in ["3.1.1", "1.1.2", "3.1.1"] {
        desk.select_next_bank();
        assert_eq!(desk.selected(), name(wanted));
    }
    assert_eq!(desk.release(), Some(PlayerAsk::Release(name("1.1.2"))));
    assert_eq!(desk.release(), None);
    desk.see(&PlayerReport::default());
    desk.select_next();
    assert_eq!(desk.selected(), name("1.1.1"), "nothing is left");
}

#[test]
fn a_recall_sets_what_differs_and_starts_and_stops_only_what_the_scene_names() {
    let mut desk = desk();
    for (pad, gain) in [("1.1.1", -3), ("1.1.2", -6)] {
        set(&mut desk, pad, &format!("gain_db = {gain}.0")).unwrap();
    }
    let scene = desk.scene(&[name("1.1.2")], &[name("1.1.3")]).unwrap();
    assert_eq!(
        desk.scene(&[name("1.1.2")], &[name("1.1.2")]).unwrap_err(),
        "stop_pads: 1.1.2 is in start_pads: one of the two"
    );
    let quiet = desk.scene(&[], &[]).unwrap();
    assert_eq!(desk.recall(&quiet), None, "nothing is left to do");
    set(&mut desk, "1.1.2", "gain_db = 0.0").unwrap();
    set(&mut desk, "1.1.3", "gain_db = 1.0").unwrap();
    let Some(PlayerAsk::Recall(recall)) = desk.recall(&scene) else { panic!("there is much to do") };
    let quiet = PadSettings { gain_db: Some(Db(-6.0)), ..PadSettings::default() };
    assert_eq!(recall.set, [(name("1.1.2"), quiet), (name("1.1.3"), PadSettings::default())].into());
    assert_eq!((recall.start, recall.stop), (vec![name("1.1.2")], vec![name("1.1.3")]));
    let before = desk.clone();
    assert_eq!(desk.recall(&ScenePads::default()), None, "an older scene leaves pads as they are");
    assert_eq!(desk, before);
}
