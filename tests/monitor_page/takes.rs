//! Takes are listed, looked at, heard, protected and taken home.
use super::hall::Hall;
use super::peers::{Kind, Peer};
use super::person::Person;
use std::fs;

#[test]
fn a_take_is_seen_heard_protected_and_downloaded() {
    let Some(mut hall) = Hall::opens("") else { return };
    let name = hall.state("a take", |state| state["recording"] == true)["take"].as_str().unwrap().to_owned();
    let person = Person::sits_down(390, 844);
    person.signs_up(hall.port, &hall.log());
    person.sees("some sound", "time.textContent >= '0:00:03'");
    // What comes from outside is text, whatever it looks like.
    hall.command(r#"{"command": "marker", "label": "<img src=x><b>Sermon</b>"}"#);
    hall.event("marker");
    person.goes_to("takes");
    person.awaits("#shelf", "recording now");
    hall.command(r#"{"command": "record", "on": false}"#);
    hall.event("take_closed");
    person.sees(
        "its end in the list",
        "!shelf.innerText.includes('recording now') && shelf.innerText.includes('no gaps')",
    );

    person.presses(&format!("#shelf a[href$='{name}']"));
    person.awaits("#take .places", "<img src=x><b>Sermon</b>");
    assert_eq!(person.tells("document.querySelectorAll('#take img, #take b').length"), 0);
    let folder = hall.takes().join(&name);
    let files = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let waves = files.filter(|path| path.extension().is_some_and(|end| end == "wav")).count();
    person.sees("its tracks", &format!("document.querySelectorAll('#take canvas').length === {waves}"));
    person.sees(
        "the tone's peak",
        "document.querySelector('#take canvas').ariaLabel === 'Waveform of Pulpit: highest peak -14 dBFS'",
    );
    let colours = "(() => { const c = document.querySelector('#take canvas'); const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data; \
        return new Set(Array.from({length: d.length / 4}, (_, at) => d.slice(at * 4, at * 4 + 4).join())).size; })()";
    assert!(person.tells(colours).as_u64().unwrap() >= 3, "wave, marker and ground");

    person.presses("[aria-label='Listen to Pulpit']");
    person.sees(
        "it plays",
        "document.querySelector('audio').currentTime > 0.3 && document.querySelector('audio').error === null",
    );
    person.presses("[aria-label^='Listen from marker']");
    person.sees("from the marker", "document.querySelector('audio').currentTime > 2");

    person.presses("#take [data-for=protect]");
    person.awaits("#take [data-for=protect]", "Unprotect");
    assert!(folder.join("protected").is_file());
    person.presses("#take [data-for=protect]");
    person.sees(
        "it is unprotected",
        "document.querySelector('#take [data-for=protect]').textContent === 'Protect'",
    );
    assert!(!folder.join("protected").exists());

    downloads(&person, &folder);
    person.presses("#take .back");
    person.awaits("#shelf", "no gaps");
}

/// What the links lead to, as the browser gets it.
fn downloads(person: &Person, folder: &std::path::Path) {
    let script = "return fetch(document.querySelector(arguments[0]).href).then((answer) => answer.arrayBuffer()).then((all) => \
        [all.byteLength, String.fromCharCode(...new Uint8Array(all.slice(0, 4)))])";
    let got = |selector: &str| person.driver.runs(script, &[selector.into()]);
    let wave = got("[aria-label='Download Pulpit']");
    let file = person
        .tells("document.querySelector(\"[aria-label='Download Pulpit']\").download")
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(wave[0], fs::metadata(folder.join(&file)).unwrap().len());
    assert!(wave[1] == "RIFF" || wave[1] == "RF64", "{wave}");
    let zip = got("[data-for=zip]");
    let all: u64 = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len()).sum();
    assert!(zip[0].as_u64().unwrap() > all && zip[1] == "PK\u{3}\u{4}", "{zip} {all}");
}

#[test]
fn a_take_is_delivered_and_that_is_stopped() {
    let (peer, secrets) = (Peer::start(Kind::Apache), tempfile::tempdir().unwrap());
    let target = peer.config(peer.port, &secrets.path().join("secret"));
    let sections = format!("{target}when = \"asked\"\nlimit_kib_s = 512\n");
    let Some(mut hall) = Hall::opens_with("", &sections) else { return };
    let name = hall.state("a take", |state| state["recording"] == true)["take"].as_str().unwrap().to_owned();
    let person = Person::sits_down(390, 844);
    person.signs_up(hall.port, &hall.log());
    person.sees("some sound", "time.textContent >= '0:00:04'");
    hall.command(r#"{"command": "record", "on": false}"#);
    hall.event("take_closed");
    person.goes_to("takes");
    person.presses(&format!("#shelf a[href$='{name}']"));
    person.presses("#take [data-for=deliver]");
    person.awaits("#take", "is being delivered");
    person.presses("#take .back");
    person.awaits("#delivering", &name);
    person.presses("#deliver_stop");
    person.awaits("#shelf", "not delivered");
    assert!(peer.file(&name, "take.json").is_none(), "what says that it is whole");

    person.presses(&format!("#shelf a[href$='{name}']"));
    person.presses("#take [data-for=deliver]");
    person.awaits("#delivering", "1 done");
    assert_eq!(peer.file(&name, "take.json"), fs::read(hall.takes().join(&name).join("take.json")).ok());
}
