//! Two people at once.
use super::hall::Hall;
use super::person::Person;
use serde_json::{Value, json};

const FADER: &str = "[aria-label=\"Mix level of Pulpit\"]";

/// Takes a fader by its knob, and moves it by so many pixels; it is held then.
fn drags(person: &Person, by: i32) {
    let script = "const it = document.querySelector(arguments[0]); it.scrollIntoView({block: 'center'}); \
        const box = it.getBoundingClientRect(); const share = (it.value - it.min) / (it.max - it.min); \
        return [Math.round(box.left + 8 + share * (box.width - 16)), Math.round(box.top + box.height / 2)]";
    let at = person.driver.runs(script, &[FADER.into()]);
    let x = at[0].as_i64().unwrap();
    let steps = [
        json!({"type": "pointerMove", "x": x, "y": at[1], "duration": 0}),
        json!({"type": "pointerDown", "button": 0}),
        json!({"type": "pointerMove", "x": x + i64::from(by), "y": at[1], "duration": 300}),
    ];
    let actions = json!({"actions": [{"type": "pointer", "id": "mouse", "actions": steps}]});
    person.driver.does("POST", "/actions", &actions);
}

#[test]
fn each_sees_what_the_other_does_and_nobody_moves_a_fader_that_is_held() {
    let Some(mut hall) = Hall::opens("") else { return };
    let [first, second] = [(); 2].map(|()| Person::sits_down(1280, 900));
    first.signs_up(hall.port, &hall.log());
    second.signs_in(hall.port);
    first.presses("[aria-label=\"Solo Organ\"]");
    second.sees("the solo", "document.querySelector('[aria-label=\"Solo Organ\"]').ariaPressed === 'true'");

    drags(&second, -60);
    let held = second.slider("Mix level of Pulpit");
    assert!(held < -15.0, "it was dragged: {held}");
    hall.state("what is dragged", |state| {
        (state["inputs"][0]["mix_db"].as_f64().unwrap() - held).abs() < 0.01
    });
    first.sees("the other's fader", &format!("document.querySelector('{FADER}').value == {held}"));

    // Both wishes are carried out together, so who sees the one has got the other.
    hall.command(
        r#"[{"command": "mix", "input": 1, "db": 5.0}, {"command": "mute", "input": 2, "on": true}]"#,
    );
    first.sees("a third one's wish", &format!("document.querySelector('{FADER}').value == 5"));
    second.sees("the mute", "document.querySelector('[aria-label=\"Mute Altar\"]').ariaPressed === 'true'");
    assert_eq!(second.slider("Mix level of Pulpit"), held, "it is held");
    second.driver.does("DELETE", "/actions", &Value::Null);
    second.sees("let go, it goes where the box is", &format!("document.querySelector('{FADER}').value == 5"));
}

#[test]
fn a_fader_sends_twenty_times_a_second_at_most_and_its_last_value_surely() {
    let Some(mut hall) = Hall::opens("") else { return };
    let person = Person::sits_down(1280, 900);
    person.signs_up(hall.port, &hall.log());
    let script = "const it = document.querySelector(arguments[0]); performance.clearResourceTimings(); \
        return new Promise((done) => { let at = 0; const move = () => { it.value = -50 + at * 0.5; \
        it.dispatchEvent(new Event('input')); at += 1; if (at > 100) done(at); else setTimeout(move, 5); }; move(); })";
    assert_eq!(person.driver.runs(script, &[FADER.into()]), 101);
    hall.state("the last value", |state| state["inputs"][0]["mix_db"] == 0.0);
    let sent = "performance.getEntriesByType('resource').filter((entry) => entry.name.endsWith('/api/command')).map((entry) => entry.startTime)";
    let times: Vec<f64> =
        person.tells(sent).as_array().unwrap().iter().map(|time| time.as_f64().unwrap()).collect();
    assert!(times.len() > 2, "{times:?}");
    // Clocks of a browser are coarse on purpose.
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] > 45.0), "{times:?}");
}
