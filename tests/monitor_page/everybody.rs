//! Nobody needs a mouse, good eyes or a large screen.
use super::broker::eventually;
use super::hall::Hall;
use super::person::{ENTER, Person, TAB};
use serde_json::json;

const PARTS: [&str; 4] = ["levels", "mixer", "takes", "health"];
/// Kinds of things that need a name (WAI-ARIA 1.2, "Accessible Name Required").
const NAMED: [&str; 9] =
    ["button", "link", "slider", "textbox", "checkbox", "meter", "region", "heading", "form"];

/// Goes on by the tabulator until that has the focus.
fn tabs_to(person: &Person, id: &str) {
    eventually(id, || {
        person.strikes(TAB);
        person.tells("document.activeElement.id") == id
    });
    let seen = "getComputedStyle(document.activeElement).outlineStyle";
    assert_eq!(person.tells(seen), "solid", "{id}: the focus has to be seen");
}

#[test]
fn the_keyboard_is_enough_to_record_mark_and_end() {
    let Some(mut hall) = Hall::opens("") else { return };
    let person = Person::sits_down(390, 844);
    person.signs_up(hall.port, &hall.log());
    person.awaits("#word", "REC");
    tabs_to(&person, "label");
    person.strikes(&format!("Sermon{ENTER}"));
    assert_eq!(hall.event("marker")["label"], "Sermon");
    tabs_to(&person, "stop");
    eventually("the end", || {
        person.strikes(ENTER);
        person.reads("#word") == "NOT REC"
    });
    hall.event("take_closed");
    assert_eq!(person.tells("document.activeElement.id"), "stop", "the focus stays");
    tabs_to(&person, "record");
    person.strikes(ENTER);
    hall.state("a take", |state| state["recording"] == true);
    person.awaits("#word", "REC");
}

/// What who does not see the page gets to know of it: things without a name.
fn nameless(person: &Person) -> Vec<String> {
    let tree = person.driver.devtools("Accessibility.getFullAXTree", &json!({}));
    let nodes = tree["nodes"].as_array().unwrap().iter().filter(|node| node["ignored"] == false);
    let bad = nodes.filter(|node| {
        let role = node["role"]["value"].as_str().unwrap_or_default();
        NAMED.contains(&role) && node["name"]["value"].as_str().unwrap_or_default().is_empty()
    });
    bad.map(ToString::to_string).collect()
}

/// Text that stands out from its ground by less than 4.5 to 1 (WCAG 2.2, 1.4.3).
const FAINT: &str = "const seen = (text) => { const n = text.match(/[\\d.]+/g).map(Number); return n.length === 4 && n[3] === 0 ? null : n; };
    const light = ([r, g, b]) => { const [x, y, z] = [r, g, b].map((v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
      return 0.2126 * x + 0.7152 * y + 0.0722 * z; };
    const ground = (it) => { for (; it; it = it.parentElement) { const c = seen(getComputedStyle(it).backgroundColor); if (c) return c; } return [255, 255, 255]; };
    const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT); const faint = [];
    while (words.nextNode()) { const it = words.currentNode.parentElement;
      if (!words.currentNode.data.trim() || !it.checkVisibility({visibilityProperty: true}) || it.closest('.hidden, .skip, noscript, option')) continue;
      const [a, b] = [light(seen(getComputedStyle(it).color)), light(ground(it))].sort((x, y) => y - x);
      if ((a + 0.05) / (b + 0.05) < 4.5) faint.push(words.currentNode.data); }
    return faint";

#[test]
fn everything_has_a_name_fits_a_small_phone_and_can_be_read() {
    let Some(mut hall) = Hall::opens("") else { return };
    let person = Person::sits_down(320, 568);
    person.opens(hall.port);
    person.awaits("#sign h2", "Welcome");
    assert_eq!(nameless(&person), [""; 0], "signing up");
    person.signs_up(hall.port, &hall.log());
    hall.command(r#"{"command": "record", "on": false}"#);
    let name = hall.event("take_closed")["take"].as_str().unwrap().to_owned();
    let take = format!("takes/{name}");
    for part in PARTS.iter().copied().chain([take.as_str()]) {
        person.goes_to(part);
        let shown = part.split('/').next().unwrap();
        person.sees(part, &format!("document.getElementById('{shown}').checkVisibility() && document.querySelector('nav [aria-current]').hash === '#{shown}'"));
        if part == take {
            person.awaits("#take .tracks", "Pulpit");
        }
        assert_eq!(nameless(&person), [""; 0], "{part}");
        assert_eq!(
            person.tells("document.documentElement.scrollWidth <= innerWidth"),
            true,
            "{part} is too wide"
        );
        for scheme in ["light", "dark"] {
            person.likes(scheme);
            assert_eq!(person.driver.runs(FAINT, &[]), json!([]), "{part}, {scheme}");
        }
    }
    let landmarks = "['header', 'nav', 'main', 'h1'].every((name) => document.querySelectorAll(name).length === 1) && document.documentElement.lang === 'en'";
    assert_eq!(person.tells(landmarks), true);
    assert_eq!(person.tells("document.querySelector('#state').ariaLive"), "polite");
    let small = "[...document.querySelectorAll('button, input, nav a, .button')].filter((it) => it.checkVisibility() && it.type !== 'checkbox' \
        && !it.classList.contains('hidden') && it.getBoundingClientRect().height < 24).map((it) => it.outerHTML)";
    assert_eq!(person.tells(small), json!([]), "too small to hit (WCAG 2.2, 2.5.8)");
}
