//! The calendar is written, changed and switched on the page, and the box has it.
use super::hall::Hall;
use super::person::Person;
use serde_json::{Value, json};

/// Fills in a time, as a person picks it: how that is typed depends on the country.
fn sets(person: &Person, label: &str, value: &str) {
    let script = "const labels = [...document.querySelectorAll('#calendar form label')]; \
        labels.find((it) => it.textContent === arguments[0]).querySelector('input').value = arguments[1]";
    person.driver.runs(script, &[label.into(), value.into()]);
}

#[test]
fn services_are_added_changed_switched_and_deleted() {
    let Some(mut hall) = Hall::opens("") else { return };
    let person = Person::sits_down(390, 844);
    person.signs_up(hall.port, &hall.log());
    person.goes_to("schedule");
    person.awaits("#schedule", "Add a service");
    person.presses("#calendar > button");
    person.types("#calendar form input", "Evening prayer");
    sets(&person, "Begins", "18:30");
    sets(&person, "Ends", "19:15");
    person.presses("#calendar form button");
    let mut service =
        json!({"name": "Evening prayer", "days": ["sun"], "start": "18:30", "end": "19:15", "enabled": true});
    let is = |wanted: &Value| {
        let wanted = json!([wanted]);
        move |state: &Value| state["schedule"]["entries"] == wanted
    };
    hall.state("a service", is(&service));
    person.awaits(".services", "Sun, 18:30–19:15");

    person.presses(".services input");
    service["enabled"] = false.into();
    hall.state("it does not count", is(&service));
    person.awaits(".services", "off");
    person.presses("[aria-label='Edit Evening prayer']");
    person.presses("#calendar fieldset label:first-of-type");
    person.presses("#calendar form button");
    service["days"] = json!(["mon", "sun"]);
    hall.state("its days", is(&service));

    for (label, path) in
        [("Calendar", "/schedule/enabled"), ("Record when there is sound", "/schedule/trigger/on")]
    {
        let selector = format!("[aria-label='{label}']");
        let before = person.tells(&format!("document.querySelector(\"{selector}\").ariaPressed")) == "true";
        person.presses(&selector);
        hall.state(label, |state| *state.pointer(path).unwrap() != before);
        let now = format!("document.querySelector(\"{selector}\").ariaPressed === '{}'", !before);
        person.sees(label, &now);
    }
    person.presses("[aria-label='Delete Evening prayer']");
    person.driver.does("POST", "/alert/accept", &json!({}));
    hall.state("an empty calendar", |state| state["schedule"]["entries"] == json!([]));
    person.sees("nothing in the list", "document.querySelectorAll('.services li').length === 0");
}
