//! Promise: the monitor page, in a real browser and with a real box behind it, shows what the box does and does what is pressed; it is
//! small, needs no other machine, and nobody needs a mouse, good eyes or a large screen for it.
#[path = "mqtt/broker.rs"]
#[allow(dead_code)]
mod broker;
#[path = "monitor_page/calendar.rs"]
mod calendar;
#[path = "monitor_page/controls.rs"]
mod controls;
#[path = "monitor_page/driver.rs"]
mod driver;
#[path = "monitor_page/everybody.rs"]
mod everybody;
#[path = "monitor_page/hall.rs"]
mod hall;
#[path = "monitor_page/looks.rs"]
mod looks;
#[path = "delivery/peers.rs"]
#[allow(dead_code)]
mod peers;
#[path = "monitor_page/person.rs"]
mod person;
#[path = "common/running.rs"]
mod running;
#[path = "monitor_page/takes.rs"]
mod takes;
#[path = "monitor_page/together.rs"]
mod together;

use hall::Hall;
use nix::sys::signal::Signal;
use person::{ENTER, PASSWORD, Person, code};
use std::fs;
use std::path::Path;

/// The page may have so many bytes in all.
const MOST_BYTES: u64 = 100_000;

#[test]
fn it_is_small_and_asks_no_other_machine_for_anything() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web/page");
    let files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() > 3, "the page is not where it was");
    let mut bytes = 0;
    for path in files {
        bytes += fs::metadata(&path).unwrap().len();
        let text = fs::read_to_string(&path).unwrap().replace("http://www.w3.org/2000/svg", "");
        for way in [
            "http:",
            "https:",
            "//cdn",
            "innerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "style=\"",
            "onclick=",
        ] {
            assert!(!text.contains(way), "{}: {way}", path.display());
        }
    }
    assert!(bytes < MOST_BYTES, "{bytes} bytes");
}

#[test]
fn who_reads_the_code_on_the_box_chooses_the_password() {
    let Some(hall) = Hall::opens("") else { return };
    let person = Person::sits_down(390, 844);
    person.opens(hall.port);
    person.awaits("#sign h2", "Welcome");
    person.presses("#show_code");
    let right = code(&hall.log());
    let wrong = if right.starts_with('0') { "111111" } else { "000000" };
    person.types("#code", wrong);
    person.types("#new_password", PASSWORD);
    person.types("#again", &format!("another one{ENTER}"));
    person.awaits("#sign [role=alert]", "not the same");
    person.driver.with("#again", "clear", &serde_json::json!({}));
    person.types("#again", &format!("{PASSWORD}{ENTER}"));
    person.awaits("#sign [role=alert]", "not the code");
    person.driver.with("#code", "clear", &serde_json::json!({}));
    person.types("#code", &format!("{right}{ENTER}"));
    person.awaits("#word", "REC");
    assert_eq!(person.reads("#sign"), "", "the form is gone");

    person.presses("#sign_out");
    person.awaits("#sign h2", "Sign in");
    assert_eq!(person.reads("#word"), "", "nothing is shown to who is out");
    person.types("#password", &format!("not this one{ENTER}"));
    person.awaits("#sign [role=alert]", "not the password");
    person.driver.with("#password", "clear", &serde_json::json!({}));
    person.types("#password", &format!("{PASSWORD}{ENTER}"));
    person.awaits("#word", "REC");
}

#[test]
fn a_box_that_is_away_is_told_and_found_again() {
    let Some(mut hall) = Hall::opens("") else { return };
    let person = Person::sits_down(390, 844);
    person.signs_up(hall.port, &hall.log());
    person.awaits("#word", "REC");
    assert_eq!(person.reads("#link"), "");

    // It stands still: nothing comes, and nothing says so.
    hall.running().signal(Signal::SIGSTOP);
    person.awaits("#link", "No connection since");
    person.awaits("#link", "what is shown is old");
    assert_eq!(person.tells("getComputedStyle(now).filter !== 'none'"), true, "what is old is grey");
    hall.running().signal(Signal::SIGCONT);
    person.sees("it is there again", "document.body.dataset.link === 'up' && link.hidden");
    // What the card went on to deliver meanwhile is lost, and told.
    hall.event("gap");
    person.goes_to("health");
    person.awaits("#ledger", "1 gap");
    person.awaits("#ledger", " s lost, ");
    person.goes_to("takes");
    person.awaits("#shelf", "1 gap");
    assert_eq!(person.tells("getComputedStyle(now).filter"), "none");

    hall.dies();
    person.awaits("#link", "No connection");
    hall.starts();
    person.awaits("#sign", "started anew");
    person.types("#password", &format!("{PASSWORD}{ENTER}"));
    person.sees("it is there again", "document.body.dataset.link === 'up' && link.hidden");
    person.awaits("#word", "REC");
    let take = hall.state("a take", |state| state["recording"] == true)["take"].as_str().unwrap().to_owned();
    person.awaits("#state", &take);
}

#[test]
fn a_fault_says_what_is_wrong_until_it_is_over() {
    let Some(mut hall) = Hall::opens("") else { return };
    let person = Person::sits_down(390, 844);
    person.signs_up(hall.port, &hall.log());
    person.awaits("#word", "REC");
    let (takes, elsewhere) = (hall.takes(), hall.takes().with_extension("elsewhere"));
    fs::rename(&takes, &elsewhere).unwrap();
    fs::write(&takes, "no folder").unwrap();
    hall.command(r#"{"command": "record", "on": false}"#);
    let state = hall.state("a fault", |state| state["state"] == "FAULT" && state["recording"] == false);
    // Which of the things that cannot be done is named last is not for this test.
    let wrong = "Not a directory";
    assert!(state["reason"].as_str().unwrap().contains(wrong), "{state}");
    person.awaits("#word", "FAULT");
    person.awaits("#state", wrong);
    person.awaits("#state", "nothing is being recorded");
    person.sees("the tab says so too", "document.title.startsWith('FAULT')");
    person.goes_to("health");
    person.awaits("#figures", wrong);
    person.awaits("#happened", "Fault: ");

    fs::remove_file(&takes).unwrap();
    fs::rename(&elsewhere, &takes).unwrap();
    person.presses("#record");
    hall.state("no fault", |state| state["state"] == "REC" && state["recording"] == true);
    person.sees("no fault any more", "word.textContent === 'REC'");
}
