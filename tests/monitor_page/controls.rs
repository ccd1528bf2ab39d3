//! Every control is pressed, and the box, by what it tells the broker, does it; then the page shows it.
use super::broker::eventually;
use super::hall::Hall;
use super::person::{ENTER, HOME, LEFT, Person, RIGHT};
use serde_json::Value;

/// Label of a slider, its path in the state, and the value after the lowest place and one step up; none of its lowest.
const SLIDERS: [(&str, &str, f64, f64); 5] = [
    ("Mix level of Pulpit", "/inputs/0/mix_db", -96.0, -59.5),
    ("Gain of Altar", "/inputs/1/gain_db", -96.0, -59.5),
    ("Pan of Organ", "/inputs/4/pan", -1.0, -0.95),
    ("Level of the main mix", "/mix/level_db", -96.0, -59.5),
    ("Level of output 2", "/outputs/1/gain_db", -96.0, -59.5),
];
const SWITCHES: [(&str, &str); 3] = [
    ("Mute Pulpit", "/inputs/0/mute"),
    ("Solo Altar", "/inputs/1/solo"),
    ("Mute the monitor", "/monitor_mute"),
];

fn near(state: &Value, path: &str, wanted: f64) -> bool {
    state.pointer(path).and_then(Value::as_f64).is_some_and(|value| (value - wanted).abs() < 1e-4)
}

#[test]
fn faders_and_switches_reach_the_box_and_show_it() {
    let Some(mut hall) = Hall::opens("") else { return };
    let person = Person::sits_down(1280, 900);
    person.signs_up(hall.port, &hall.log());
    for (label, path) in SWITCHES {
        let selector = format!("[aria-label=\"{label}\"]");
        for on in [true, false] {
            person.presses(&selector);
            hall.state(label, |state| *state.pointer(path).unwrap() == on);
            person.sees(label, &format!("document.querySelector('{selector}').ariaPressed === '{on}'"));
        }
    }
    for (label, path, lowest, next) in SLIDERS {
        let selector = format!("[aria-label=\"{label}\"]");
        person.types(&selector, HOME);
        hall.state(label, |state| near(state, path, lowest));
        person.types(&selector, RIGHT);
        hall.state(label, |state| near(state, path, next));
        person.types(&selector, &RIGHT.repeat(5));
        person.types(&selector, &LEFT.repeat(5));
        hall.state(label, |state| near(state, path, next));
    }
    let text = "document.querySelector('[aria-label=\"Mix level of Pulpit\"]').ariaValueText";
    person.sees("the words of a fader", &format!("{text} === '−59.5 dB'"));
}

#[test]
fn the_recorders_buttons_record_mark_and_end() {
    let Some(mut hall) = Hall::opens("") else { return };
    let first = hall.state("a take", |state| state["recording"] == true)["take"].clone();
    let person = Person::sits_down(390, 844);
    person.signs_up(hall.port, &hall.log());
    person.awaits("#state", first.as_str().unwrap());
    person.sees("its time goes on", "time.textContent.startsWith('0:0') && time.textContent > '0:00:01'");
    person.types("#label", "Sermon");
    person.presses("#marker");
    assert_eq!(hall.event("marker")["label"], "Sermon");
    person.awaits("#told", "Sermon");
    person.presses("#marker");
    hall.event("marker");

    // Once ends nothing, whoever pressed it by accident.
    person.presses("#stop");
    person.awaits("#stop", "again");
    person.sees("it thinks better of it", "document.getElementById('stop').textContent === 'Stop'");
    person.awaits("#state", first.as_str().unwrap());
    eventually("the end", || {
        person.presses("#stop");
        person.reads("#word") == "NOT REC"
    });
    let closed = hall.event("take_closed");
    assert_eq!(closed["take"], first);
    person.awaits("#state", "Not recording");
    person.presses("#record");
    let second = hall.state("another take", |state| state["recording"] == true)["take"].clone();
    assert_ne!(second, first);
    person.awaits("#state", second.as_str().unwrap());
    person.awaits("#word", "REC");
}

#[test]
fn clips_are_shown_and_cleared_and_the_box_tests_itself() {
    let Some(mut hall) = Hall::opens("") else { return };
    let person = Person::sits_down(390, 844);
    person.signs_up(hall.port, &hall.log());
    hall.state("a clip", |state| state["inputs"][5]["clipped"] == true);
    person.awaits("#meters", "CLIP");
    person.sees(
        "who hears the page is told too",
        "meters.children[5].querySelector('[role=meter]').ariaValueText?.endsWith('clipped')",
    );
    person.presses("#clear");
    hall.state("no clip", |state| state["inputs"][5]["clipped"] == false);
    person.sees("it is cleared", "!meters.innerText.includes('CLIP')");
    // The tone of the first input, as its generator makes it.
    person.sees(
        "the level",
        "Math.abs(Number(meters.querySelector('.level').textContent.replace('−', '-')) + 14) < 0.2",
    );

    person.goes_to("health");
    person.presses("#self_test");
    let tested = hall.event("self_test");
    let word = if tested["passed"] == true { "passed" } else { "FAILED" };
    person.awaits("#figures", word);
    person.awaits("#happened", "Self-test");
}

#[test]
fn a_refusal_is_told_in_the_words_of_the_box() {
    let Some(hall) = Hall::opens("") else { return };
    let person = Person::sits_down(390, 844);
    person.signs_up(hall.port, &hall.log());
    // The box is asked for more than it has, as by a page of another version.
    person.driver.runs("document.querySelector('#label').removeAttribute('maxlength')", &[]);
    person.types("#label", &format!("{}{ENTER}", "x".repeat(65)));
    person.awaits("#told", "64");
}
