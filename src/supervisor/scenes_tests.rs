//! Tests of the scenes that there are.
//!
//! Runs on: tests.
use super::*;
use crate::config::{Config, Db, InputSource, parse};
use crate::telemetry::{Control, SideName};

fn config() -> Config {
    parse("test", "inputs = 32\noutputs = 32\n[device]\nkind = \"offline\"").unwrap()
}

fn saved(scenes: &mut Scenes, name: &str, desk: &Desk) -> Result<(), String> {
    scenes.save(name, desk, ScenePads::default()).map(|job| drop(scenes.done(job)))
}

#[test]
fn what_cannot_be_is_refused_and_says_what_is_right() {
    let (mut scenes, mut desk) = (Scenes::default(), Desk::new(&config()));
    for name in ["", " a", "a ", "a\nb", &"x".repeat(41)] {
        let refusal = saved(&mut scenes, name, &desk).unwrap_err();
        assert!(refusal.starts_with("name: must be 1..40 printable characters"), "{name:?}: {refusal}");
    }
    for number in 1..=100 {
        assert_eq!(saved(&mut scenes, &format!("ä{number}"), &desk), Ok(()));
    }
    assert_eq!(saved(&mut scenes, "ä7", &desk), Ok(()), "in place of the one that is there");
    let refusal = |scenes: &mut Scenes, name| saved(scenes, name, &Desk::new(&config())).unwrap_err();
    assert!(refusal(&mut scenes, "Ä7").contains("there is \"ä7\""));
    assert!(refusal(&mut scenes, "more").contains("there are 100 scenes"));
    let unknown = "scene \"more\": there is none of that name";
    assert_eq!(scenes.recall("more", &mut desk), Err(unknown.into()));
    assert_eq!(scenes.delete("more"), Err(unknown.into()));
    let mut unread = Scenes::unread();
    assert!(unread.recall("a", &mut desk).unwrap_err().contains("still being read"));
    assert!(unread.save("a", &desk, ScenePads::default()).is_err() && unread.delete("a").is_err());
}

#[test]
fn a_folder_that_cannot_be_read_is_said_once_and_what_is_no_scene_each() {
    let mut scenes = Scenes::unread();
    let failed = || Err("/x: cannot list: no".to_owned());
    assert_eq!(scenes.found(failed()), [(Severity::Warn, "scenes: /x: cannot list: no".to_owned())]);
    assert_eq!(scenes.found(failed()), []);
    assert_eq!(scenes.delete("a"), Err("/x: cannot list: no".into()));
    let good = Arc::new(Desk::new(&config()).scene());
    let read = |file: &str, what| Read { file: file.into(), what };
    let found = vec![read("a.toml", Ok(("a".into(), good))), read("b.toml", Err("is no TOML".into()))];
    let said = scenes.found(Ok(found));
    assert_eq!(said, [(Severity::Warn, "scenes: b.toml: skipped: is no TOML".to_owned())]);
    assert!(scenes.names().eq(["a"]) && scenes.delete("a").is_ok());
}

#[test]
fn the_last_one_recalled_is_known_until_it_is_deleted() {
    let (mut scenes, mut desk) = (Scenes::default(), Desk::new(&config()));
    saved(&mut scenes, "a", &desk).unwrap();
    assert_eq!(scenes.recalled(), None);
    scenes.recall("a", &mut desk).unwrap();
    saved(&mut scenes, "b", &desk).unwrap();
    assert_eq!(scenes.recalled(), Some("a"));
    let job = scenes.delete("a").unwrap();
    scenes.done(job);
    assert_eq!((scenes.recalled(), scenes.names().collect::<Vec<_>>()), (None, vec!["b"]));
}

/// The largest console, changed in every respect: the commands fit the engine's queue, and undo all but what a scene leaves.
#[test]
fn a_recall_brings_back_everything_but_solo_mute_of_the_monitor_and_taps() {
    let (mut scenes, mut desk) = (Scenes::default(), Desk::new(&config()));
    saved(&mut scenes, "plain", &desk).unwrap();
    let before = desk.clone();
    for wish in everything() {
        assert!(matches!(desk.apply(&wish), Some(Ok(_))), "{wish:?}");
    }
    saved(&mut scenes, "rich", &desk).unwrap();
    let rich = desk.clone();
    let count = |commands: Vec<Command>| commands.len();
    let changes = count(scenes.recall("plain", &mut desk).unwrap());
    assert!((1_600..4_000).contains(&changes), "{changes}");
    assert_eq!((desk.scene().routes, desk.scene().mix_level), (before.scene().routes, Some(Db(0.0))));
    assert!(
        desk.output_reports()
            .iter()
            .all(|output| output.mix_left_db.is_none() && output.mix_right_db.is_none())
    );
    let report = desk.input_reports(|_| false);
    assert!(report.iter().all(|input| input.solo && input.source == InputSource::Generator), "they stay");
    assert!(desk.monitor_muted() && report[3].tap == crate::telemetry::TapName::Post);
    assert!(report.iter().all(|input| input.gain_db == 0.0 && input.eq.iter().all(Option::is_none)));
    assert_eq!(count(scenes.recall("rich", &mut desk).unwrap()), changes);
    assert_eq!(desk, rich);
    assert_eq!(scenes.recall("rich", &mut desk), Ok(Vec::new()), "nothing is left to change");
}

fn everything() -> Vec<Control> {
    use crate::config::{CompressorConfig, EqBand, GateConfig};
    let mut wishes =
        vec![Control::Select { input: 9 }, Control::MonitorMute { on: true }, Control::MixLevel { db: -3.0 }];
    for at in 1..=32 {
        let band = Some(EqBand { gain_db: Db(3.0), ..EqBand::default() });
        wishes.extend((1..=8).map(|number| Control::Eq { input: at, band: number, settings: band }));
        wishes.extend([
            Control::Gain { input: at, db: -3.0 },
            Control::Mute { input: at, on: true },
            Control::Invert { input: at, on: true },
            Control::Solo { input: at, on: true },
            Control::Tap { input: at, tap: crate::telemetry::TapName::Post },
            Control::Source { input: at, source: InputSource::Generator },
            Control::HighPass { input: at, hz: Some(80.0) },
            Control::Gate { input: at, settings: Some(GateConfig::default()) },
            Control::Compressor { input: at, settings: Some(CompressorConfig::default()) },
            Control::Mix { input: at, db: -20.0 },
            Control::Pan { input: at, pan: 0.5 },
            Control::Monitor { input: at, db: Some(-6.0) },
            Control::OutputGain { output: at, db: -1.0 },
            Control::MonitorTo { output: at, db: Some(-2.0) },
            Control::Limiter { output: at, db: Some(-3.0) },
            Control::MixTo { side: SideName::Left, output: at, db: Some(-4.0) },
            Control::MixTo { side: SideName::Right, output: at, db: Some(-5.0) },
        ]);
        wishes.extend((1..=32).map(|output| Control::Route { input: at, output, level: 0.5 }));
    }
    wishes
}
