//! Promise: a pad that plays is set without a click, a scene starts and stops what it names on one frame, and the panel presses
//! what it shows; nothing of that is in the way of the take.
#[path = "mqtt/broker.rs"]
#[allow(dead_code)]
mod broker;
#[path = "common/cli.rs"]
mod cli;
#[path = "mqtt/commands.rs"]
#[allow(dead_code)]
mod commands;
#[path = "common/hall.rs"]
mod hall;
#[path = "common/record.rs"]
mod record;
#[path = "common/running.rs"]
mod running;

use broker::Broker;
use commands::state;
use hall::{BASE, BOX, Hall, clip, noise, sound, track};
use serde_json::{Value, json};
use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

/// Where a track's level differs from the frame before.
fn moves(track: &[i32]) -> Vec<usize> {
    (1..track.len()).filter(|at| track[*at] != track[at - 1]).collect()
}

/// Steps of a level that moves, each with the frame of its first and its last one.
fn ramps(track: &[i32]) -> Vec<(usize, usize)> {
    let mut ramps: Vec<(usize, usize)> = Vec::new();
    for at in moves(track) {
        match ramps.last_mut() {
            Some((_, last)) if at - *last < 100 => *last = at,
            _ => ramps.push((at, at)),
        }
    }
    ramps
}

/// A clip of one level shows every change of it, to the sample.
#[test]
fn a_pad_that_plays_is_set_without_a_click_and_is_exact_afterwards() {
    const LEVEL: i32 = 3_000_000;
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("clips")).unwrap();
    clip(&dir.path().join("clips/pad.wav"), &[&[LEVEL; 9_600]]);
    let mut hall = Hall::start(dir.path(), BOX);
    hall.ready(1);
    hall.play("1.1.5", &json!(["1.1.5"]));
    let set = |what: Value| {
        let mut wanted = json!({"command": "set_pad", "pad": "1.1.5"});
        what.as_object().unwrap().iter().for_each(|(key, value)| wanted[key] = value.clone());
        wanted
    };
    hall.set(&set(json!({"gain_db": -20.0, "fade_ms": 20.0})));
    let shown = hall.pads("what was set", |player| player["pads"][4]["set"]["gain_db"] == -20.0);
    assert_eq!(shown["pads"][4]["set"], json!({"gain_db": -20.0, "fade_ms": 20.0}));
    let times = hall.ear.until("how far it has come", |message| {
        message.topic == format!("{BASE}/meters")
            && message.json()["pads"][0]["elapsed_s"].as_f64() > Some(0.2)
    });
    assert_eq!(
        (&times.json()["pads"][0]["pad"], &times.json()["pads"][0]["remaining_s"]),
        (&json!("1.1.5"), &Value::Null)
    );
    let refused = hall.ask(&set(json!({"gain_db": 30.0})));
    assert_eq!(refused["reason"], "gain_db 30: must be -96..24 dB");
    let refused = hall.ask(&set(json!({"loop_frames": [0, 9_601]})));
    assert!(refused["reason"].as_str().unwrap().contains("its clip has 9600 frames"), "{refused}");
    hall.set(&set(json!({"low_db": 6.0})));
    hall.set(&set(json!({"reset": true})));
    hall.set(&set(json!({"strips": [3]})));
    hall.do_it(&set(json!({"mode": "one_shot"})));
    hall.silent();
    hall.vestry.end();

    let takes = cli::takes(&dir.path().join("takes"));
    assert_eq!(record::verify(&takes[0]).gaps, []);
    let [second, third] = [2, 3].map(|number| track(&takes[0], number));
    let ramps = ramps(&second);
    println!("{ramps:?}");
    // It begins, is turned down, has more of low frequencies, is as it was, and goes to another strip.
    let levels: Vec<_> = ramps.iter().map(|(_, last)| second[*last]).collect();
    let [begun, down, low, back, away] = levels[..] else { panic!("{levels:?}") };
    assert_eq!((begun, down, back, away), (LEVEL, LEVEL / 10, LEVEL, 0));
    let boosted = f64::from(LEVEL) / 10.0 * 10_f64.powf(0.3);
    assert!((f64::from(low) - boosted).abs() < 5.0, "{low}, not {boosted}");
    for (first, last) in &ramps[1..] {
        let steps = (*first..=*last).map(|at| (second[at] - second[at - 1]).abs());
        assert!(steps.max() < Some(LEVEL / 200), "a click between {first} and {last}");
    }
    // 10 ms, as any change of a level.
    let (first, last) = ramps[1];
    assert!((478..=481).contains(&(last - first + 1)), "{first}..{last}");
    let at = sound(&third, ramps[4].1 - 1_000);
    assert!(
        third[at + 1_000..].contains(&LEVEL) && third[third.len() - 100..].iter().all(|sample| *sample == 0)
    );
}

/// Without a click that has been heard, frame 0 is the first beat of a bar, 120 beats a minute.
#[test]
fn a_stop_that_waits_for_its_beat_is_on_it() {
    const BEAT: u64 = 24_000;
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("clips")).unwrap();
    clip(&dir.path().join("clips/pad.wav"), &[&noise(5, 9_600)]);
    let mut hall = Hall::start(dir.path(), BOX);
    hall.ready(1);
    hall.do_it(&json!({"command": "set_pad", "pad": "1.1.5", "stop_quantise": "beat", "fade_ms": 0.0}));
    for _ in 0..2 {
        hall.play("1.1.5", &json!(["1.1.5"]));
        hall.do_it(&json!({"command": "pad", "pad": "1.1.5", "action": "stop"}));
        hall.silent();
    }
    hall.vestry.end();
    let takes = cli::takes(&dir.path().join("takes"));
    let manifest = record::verify(&takes[0]);
    let second = track(&takes[0], 2);
    let heard = |at: &usize| second[*at] != 0 && second[at + 1..at + 100].iter().all(|sample| *sample == 0);
    let ends: Vec<_> =
        (0..second.len() - 100).filter(heard).map(|at| at as u64 + manifest.start_frame).collect();
    println!("{ends:?}");
    assert_eq!(ends.len(), 2);
    for end in ends {
        // It fades from the chunk on that has the beat, as shortly as it can.
        let (chunk, fade) = (vestry::rt::CHUNK as u64, u64::from(vestry::rt::voice::SHORTEST_FADE));
        assert!((end + chunk) % BEAT <= chunk + fade, "{end}");
    }
}

/// Frames of a clip: long enough to be seen playing on a busy machine.
const LENGTH: usize = 96_000;

#[test]
fn a_scene_sets_pads_starts_some_on_one_frame_and_stops_others() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("clips");
    fs::create_dir(&folder).unwrap();
    let [voice, organ, pad] = [3, 4, 5].map(|seed| noise(seed, LENGTH));
    clip(&folder.join("stereo.wav"), &[&voice, &voice]);
    clip(&folder.join("voice.wav"), &[&voice]);
    clip(&folder.join("organ.wav"), &[&organ]);
    clip(&folder.join("pad.wav"), &[&pad]);
    let mut hall = Hall::start(dir.path(), BOX);
    hall.ready(4);
    for (pad, strip, gain) in [("1.1.1", 2, -20.0), ("1.1.5", 3, 0.0)] {
        hall.do_it(
            &json!({"command": "set_pad", "pad": pad, "strips": [strip], "gain_db": gain, "fade_ms": 0.0}),
        );
    }
    let save = json!({"command": "scene_save", "name": "Cue", "start_pads": ["1.1.1", "1.1.5"], "stop_pads": ["1.1.3"]});
    hall.do_it(&save);
    hall.do_it(&json!({"command": "scene_save", "name": "Quiet"}));
    let unknown = hall.ask(&json!({"command": "scene_save", "name": "x", "start_pads": ["9.1.1"]}));
    assert_eq!(unknown["reason"], "pad 9.1.1: must be 1.1.1..6.6.6 (bank.row.column)");
    for pad in ["1.1.1", "1.1.5"] {
        hall.do_it(&json!({"command": "set_pad", "pad": pad, "reset": true}));
    }
    hall.play("1.1.3", &json!(["1.1.3", "1.1.4"]));
    hall.do_it(&json!({"command": "scene_recall", "name": "Cue"}));
    hall.pads("what the scene starts", |player| player["playing"] == json!(["1.1.1", "1.1.5"]));
    hall.do_it(&json!({"command": "scene_recall", "name": "Quiet"}));
    hall.pads("the end of the one", |player| player["playing"] == json!(["1.1.5"]));
    hall.do_it(&json!({"command": "scene_recall", "name": "Cue"}));
    hall.pads("the one again", |player| player["playing"] == json!(["1.1.1", "1.1.5"]));
    hall.pads("its end again", |player| player["playing"] == json!(["1.1.5"]));
    hall.do_it(&json!({"command": "stop_pads"}));
    hall.silent();
    hall.vestry.end();

    let takes = cli::takes(&dir.path().join("takes"));
    assert_eq!(record::verify(&takes[0]).gaps, []);
    let [second, third] = [2, 3].map(|number| track(&takes[0], number));
    let at = sound(&second, 0);
    assert!(second[at..at + 100] == voice[..100] && third[at..at + 100] == organ[..100], "the stems");
    // Whoever is stopped fades for 5 ms beside what starts.
    const FADED: usize = 400;
    let quiet = |at: usize| (FADED..LENGTH).all(|frame| (second[at + frame] - voice[frame] / 10).abs() < 2);
    let begins = |at: &usize| third[at + FADED..at + 2 * FADED] == pad[FADED..2 * FADED];
    let at = (at..third.len() - LENGTH).find(begins).expect("the loop");
    assert!(quiet(at), "both on one frame, as the scene has set them");
    // The loop goes on where the scene is recalled again, and the other one plays once more.
    let again = (at + LENGTH..second.len() - LENGTH).find(|at| quiet(*at)).expect("once more");
    let round = |at: usize| third[at + FADED..at + LENGTH] == pad[FADED..];
    assert!(
        (at..again).step_by(LENGTH).take_while(|at| at + LENGTH < again).all(round),
        "and the loop goes on"
    );
}

/// A terminal stands for the panel: its keys are the buttons.
#[test]
fn a_pad_is_found_and_pressed_on_the_panel() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("clips");
    fs::create_dir(&folder).unwrap();
    let [left, right] = [1, 2].map(|seed| noise(seed, LENGTH));
    clip(&folder.join("a.wav"), &[&right]);
    clip(&folder.join("b.wav"), &[&left, &right]);
    let broker = Broker::start();
    let mut ear = broker.listen();
    let pads = "pad = [{ at = \"1.1.1\", file = \"a.wav\" }, { at = \"2.3.4\", file = \"b.wav\" }]";
    let (before, after) = (BOX.split_once("pad = [").unwrap().0, BOX.split_once("\n]\n").unwrap().1);
    fs::write(dir.path().join("box.toml"), format!("{before}{pads}\n{after}port = {}\n", broker.port))
        .unwrap();
    let run = format!("{} run --config box.toml --data takes", env!("CARGO_BIN_EXE_vestry"));
    let mut terminal = Command::new("script");
    terminal.args(["-qec", &run, "/dev/null"]).current_dir(dir.path()).env("TERM", "xterm");
    let mut terminal = terminal.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let mut keys = terminal.stdin.take().unwrap();
    let mut press = |key: &str| {
        keys.write_all(key.as_bytes()).unwrap();
        keys.flush().unwrap();
    };
    let mut until =
        |what: &str, wanted: &dyn Fn(&Value) -> bool| state(&mut ear, BASE, what, |state| wanted(state));
    let ready = |pad: &Value| pad["state"] == "ready";
    until("the bank", &|state| {
        state["player"]["pads"].as_array().is_some_and(|pads| pads.len() == 2 && pads.iter().all(ready))
    });
    press("p");
    until("the page", &|state| state["page"] == "pads" && state["recording"] == true);
    press("us");
    until("the second pad", &|state| state["player"]["playing"] == json!(["2.3.4"]));
    until("its end", &|state| state["player"]["playing"] == json!([]));
    press("s");
    until("it again", &|state| state["player"]["playing"] == json!(["2.3.4"]));
    press("m");
    press("U");
    let still = until("silence", &|state| state["player"]["playing"] == json!([]));
    assert_eq!((&still["recording"], &still["monitor_mute"]), (&json!(true), &json!(false)));
    press("q");
    assert!(terminal.wait().unwrap().success());
    let takes = cli::takes(&dir.path().join("takes"));
    let manifest = record::verify(&takes[0]);
    let marked = manifest.markers.iter().filter(|marker| marker.label == "Marker 1").count();
    assert_eq!((takes.len(), manifest.gaps.len(), marked), (1, 0, 1));
    let [second, third] = [2, 3].map(|number| track(&takes[0], number));
    let at = sound(&second, 0);
    assert!(second[at..at + LENGTH] == left && third[at..at + LENGTH] == right);
    let at = sound(&second, at + LENGTH);
    assert!(second[at..at + 100] == left[..100] && third[at..at + 100] == right[..100]);
}
