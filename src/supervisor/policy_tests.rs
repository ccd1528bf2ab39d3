//! Tests of what follows from what happens.
//!
//! Runs on: tests.
use super::*;
use crate::config::{ServiceConfig, TimeOfDay, Weekday};
use crate::panel::Pace;
use crate::telemetry::PadAction;
use crate::telemetry::TapName;
use crate::telemetry::{CalendarWish, SwitchWish};
use std::path::PathBuf;
use vestry_rt::feed::StripSource;
use vestry_rt::message::Tap;

fn policy(inputs: usize) -> Policy {
    let text = format!("inputs = {inputs}\n[device]\nkind = \"offline\"");
    Policy::new(
        Desk::new(&crate::config::parse("test", &text).unwrap()),
        Writings::new(vec!["SD card".into()]),
    )
}

fn started(policy: &mut Policy) {
    let path = PathBuf::from("takes/one");
    policy.on(Happening::Record(0, RecordEvent::TakeStarted { path, at: 0 }), 0);
}

#[test]
fn buttons_act_at_the_frame_of_their_press() {
    let mut policy = policy(2);
    let mut press = |action| policy.on(Happening::Panel(action), 777);
    let at = At::Frame(777);
    assert_eq!(press(PanelAction::StopRecording), [Action::Record(RecordCommand::Stop { at })]);
    let label = "Marker 1".to_owned();
    assert_eq!(press(PanelAction::Marker), [Action::Record(RecordCommand::Marker { at, label })]);
    assert_eq!(press(PanelAction::SelectNext), [Action::Mix(vec![Command::Select(1)])]);
    assert_eq!(press(PanelAction::SelectNext), [Action::Mix(vec![Command::Select(0)])]);
    assert_eq!(press(PanelAction::ToggleMonitorMute), [Action::Mix(vec![Command::MuteMonitor(true)])]);
}

#[test]
fn a_lost_card_is_remembered_until_it_is_back() {
    let mut policy = policy(6);
    assert!(matches!(policy.on(Happening::Rt(Event::DeviceGone), 0)[..], [Action::Say(Severity::Error, _)]));
    assert!(policy.device_gone);
    policy.on(Happening::Rt(Event::DeviceBack), 0);
    assert!(!policy.device_gone);
}

#[test]
fn locked_buttons_do_nothing_until_they_are_unlocked() {
    let mut policy = policy(6);
    let mut press = |action| policy.on(Happening::Panel(action), 1);
    press(PanelAction::ToggleLock);
    for action in [PanelAction::StopRecording, PanelAction::SelectNext, PanelAction::NextPage] {
        assert!(matches!(press(action)[..], [Action::Say(Severity::Info, _)]), "{action:?}");
    }
    press(PanelAction::ToggleLock);
    assert_eq!(press(PanelAction::SelectNext), [Action::Mix(vec![Command::Select(1)])]);
    assert_eq!(policy.page, Page::default());
}

#[test]
fn a_batch_takes_effect_together_or_not_at_all() {
    let mut policy = policy(6);
    let good = [Control::Mute { input: 2, on: true }, Control::Page { page: Some("takes".into()) }];
    let before = policy.clone();
    let bad = [good[0].clone(), good[1].clone(), Control::Gain { input: 9, db: 0.0 }];
    assert_eq!(policy.request(&bad, 5), Err("command 3: input 9: must be 1..6".into()));
    assert_eq!(policy, before);
    assert_eq!(policy.request(&good, 5), Ok(vec![Action::Mix(vec![Command::Mute(1, true)])]));
    assert!(policy.page == Page::Takes && policy.desk.muted(1));
    let many = vec![Control::Mix { input: 1, db: 0.0 }; 33];
    assert!(policy.request(&many, 5).unwrap_err().contains("at most 64"));
}

#[test]
fn a_tap_that_changes_is_noted_in_the_take() {
    let actions = policy(6).request(&[Control::Tap { input: 3, tap: TapName::Post }], 48).unwrap();
    let note = RecordCommand::Tap { at: At::Frame(48), input: 3, tap: Tap::Post };
    assert_eq!(actions, [Action::Mix(vec![Command::Tap(2, Tap::Post)]), Action::Record(note)]);
}

#[test]
fn what_feeds_an_input_is_a_marker_in_the_take_that_runs_and_in_the_next() {
    let mut policy = policy(6);
    let marker = |at, what: &str| {
        Action::Record(RecordCommand::Marker {
            at: At::Frame(at),
            label: format!("Input 3 is fed by {what} from here"),
        })
    };
    let feed = |source| [Control::Source { input: 3, source }];
    let actions = policy.request(&feed(InputSource::Generator), 48).unwrap();
    let fed = Action::Mix(vec![Command::Source(2, StripSource::Generator)]);
    assert_eq!(actions, [fed, marker(48, "the generator")]);
    let path = PathBuf::from("takes/one");
    let started = Happening::Record(0, RecordEvent::TakeStarted { path: path.clone(), at: 96 });
    assert!(policy.on(started.clone(), 99).contains(&marker(96, "the generator")));
    assert!(policy.request(&feed(InputSource::Card), 120).unwrap().contains(&marker(120, "the card")));
    let closed = RecordEvent::TakeClosed { path, frames: 1, reason: "stopped".into() };
    policy.on(Happening::Record(0, closed), 130);
    assert!(!policy.on(started, 140).contains(&marker(96, "the generator")), "fed by the card again");
}

/// A box with a player on its first input.
fn with_pads() -> Policy {
    let text =
        "[device]\nkind = \"offline\"\n[[input]]\nsource = \"player\"\n[player]\ndir = \"/clips\"\nbanks = 2";
    let config = crate::config::parse("test", text).unwrap();
    let mut policy = Policy::new(Desk::new(&config), Writings::new(vec!["SD card".into()]));
    policy.pads = PadDesk::new(&config);
    policy
}

#[test]
fn pads_are_pressed_on_a_page_of_their_own_which_is_there_with_a_player_alone() {
    let page = || [Control::Page { page: Some("pads".into()) }];
    let refused = policy(2).request(&page(), 1).unwrap_err();
    assert_eq!(refused, "page \"pads\": must be one of levels, spectrum, system, takes, faults");
    let mut policy = with_pads();
    policy.on(Happening::Panel(PanelAction::NextPage), 1);
    assert_eq!(policy.page, Page::Pads);
    let press = |policy: &mut Policy, action| policy.on(Happening::Panel(action), 1);
    let pad: crate::config::PadName = "1.1.1".parse().unwrap();
    let pressed = [Action::Player(PlayerAsk::Toggle(pad))];
    assert_eq!(press(&mut policy, PanelAction::PressPad), pressed);
    press(&mut policy, PanelAction::ToggleLock);
    let let_go = [Action::Player(PlayerAsk::Release(pad))];
    assert_eq!(press(&mut policy, PanelAction::ReleasePad), let_go, "what was pressed before it was locked");
    for action in [PanelAction::PressPad, PanelAction::StopPads, PanelAction::NextPad] {
        assert!(matches!(press(&mut policy, action)[..], [Action::Say(Severity::Info, _)]), "{action:?}");
    }
    press(&mut policy, PanelAction::ToggleLock);
    assert_eq!(press(&mut policy, PanelAction::StopPads), [Action::Player(PlayerAsk::StopAll)]);
}

#[test]
fn a_scene_recalls_what_is_set_of_pads_and_a_refused_batch_sets_nothing() {
    let mut policy = with_pads();
    let set = |gain| {
        let settings =
            crate::config::PadSettings { gain_db: Some(crate::config::Db(gain)), ..Default::default() };
        Control::SetPad(crate::telemetry::PadChange { pad: "1.1.2".parse().unwrap(), reset: false, settings })
    };
    assert!(matches!(policy.request(&[set(-6.0)], 1).as_deref(), Ok([Action::Player(PlayerAsk::Set(..))])));
    let start_pads = vec!["1.1.3".parse().unwrap()];
    let save = Control::SceneSave { name: "Sunday".into(), start_pads, stop_pads: vec![] };
    let saved = policy.request(&[save], 1).unwrap();
    let [Action::Scene(job)] = &saved[..] else { panic!("{saved:?}") };
    policy.scenes.done(job.clone());
    let before = policy.clone();
    assert_eq!(
        policy.request(&[set(-3.0), set(99.0)], 1),
        Err("command 2: gain_db 99: must be -96..24 dB".into())
    );
    assert_eq!(policy, before);
    policy.request(&[set(-3.0)], 1).unwrap();
    let recalled = policy.request(&[Control::SceneRecall { name: "Sunday".into() }], 1).unwrap();
    let [Action::Player(PlayerAsk::Recall(recall)), Action::Say(..)] = &recalled[..] else {
        panic!("{recalled:?}")
    };
    assert_eq!((recall.set.len(), recall.start.len(), recall.stop.len()), (1, 1, 0));
    assert_eq!(policy.pads, before.pads);
}

#[test]
fn what_is_asked_of_the_player_is_passed_on_with_the_batch_or_refused_with_it() {
    let text =
        "[device]\nkind = \"offline\"\n[[input]]\nsource = \"player\"\n[player]\ndir = \"/clips\"\nbanks = 2";
    let desk = Desk::new(&crate::config::parse("test", text).unwrap());
    let mut policy = Policy::new(desk, Writings::new(vec!["SD card".into()]));
    let press = |name: &str| Control::Pad { pad: name.parse().unwrap(), action: PadAction::Press };
    let pressed = |name: &str| Action::Player(PlayerAsk::Press(name.parse().unwrap()));
    let both = [press("2.6.6"), Control::StopPads {}];
    assert_eq!(policy.request(&both, 1), Ok(vec![pressed("2.6.6"), Action::Player(PlayerAsk::StopAll)]));
    let refused = Err("command 2: pad 3.1.1: must be 1.1.1..2.6.6 (bank.row.column)".into());
    assert_eq!(policy.request(&[press("1.1.1"), press("3.1.1")], 1), refused);
    let feed = [Control::Source { input: 2, source: InputSource::Player }];
    let label = "Input 2 is fed by the player from here".to_owned();
    let fed = Action::Mix(vec![Command::Source(1, StripSource::Player)]);
    let note = Action::Record(RecordCommand::Marker { at: At::Frame(7), label });
    assert_eq!(policy.request(&feed, 7), Ok(vec![fed, note]));
    let mut without = self::policy(2);
    for control in [press("1.1.1"), Control::StopPads {}, Control::RescanPads {}, feed[0].clone()] {
        let refused = Err("there is no player: player.dir is not set".into());
        assert_eq!(without.request(&[control], 1), refused);
    }
}

#[test]
fn markers_need_a_take_and_a_label_that_fits() {
    let mut policy = policy(6);
    let named = |label: &str| [Control::Marker { label: Some(label.into()) }];
    assert_eq!(policy.request(&named("Sermon"), 1), Err("nothing is being recorded".into()));
    started(&mut policy);
    assert!(policy.request(&named("Sermon"), 1).is_ok());
    assert!(policy.request(&named(""), 1).is_err() && policy.request(&named("a\nb"), 1).is_err());
}

#[test]
fn takes_are_protected_by_name_and_the_running_one_without() {
    let mut policy = policy(6);
    let ask = |policy: &mut Policy, take: Option<&str>| {
        policy.request(&[Control::Protect { take: take.map(String::from) }], 1)
    };
    assert!(ask(&mut policy, None).unwrap_err().contains("nothing is being recorded"));
    assert!(ask(&mut policy, Some("../etc")).unwrap_err().contains("none of that name"));
    started(&mut policy);
    let located = Located { take: "one".into(), on: vec!["SD card".into()], not_on: Vec::new() };
    let done = [Action::Protect(0, "one".into(), true), Action::Located(located)];
    assert_eq!(ask(&mut policy, None).unwrap(), done);
    assert_eq!(ask(&mut policy, Some("one")).unwrap(), done);
    let path = PathBuf::from("takes/one");
    policy.on(Happening::Record(0, RecordEvent::TakeDeleted { path, bytes: 1 }), 2);
    assert!(policy.writings.takes.names().next().is_none());
}

#[test]
fn the_writers_light_is_told_by_the_name_of_its_medium() {
    let names = ["SD card", "USB stick"].map(String::from);
    let mut policy = policy(6);
    policy.writings = Writings::new(names.into());
    let [buffered, pool] = [12, 30].map(std::time::Duration::from_secs);
    let mut said = |medium, pace| {
        let light = WriterView { pace, buffered, pool };
        policy.on(Happening::Writer(medium, light), 0)
    };
    let warning = Action::Say(Severity::Warn, "writer behind: USB stick slow: 12 s buffered of 30".into());
    assert_eq!(said(1, Pace::Behind), [warning]);
    assert_eq!(said(0, Pace::Ok), [Action::Say(Severity::Info, "writer ok: SD card keeps up".into())]);
}

#[test]
fn a_fault_is_told_once_and_so_is_its_end() {
    let mut policy = policy(6);
    let gone = || Happening::State(BoxState::Fault("sound card is gone".into()));
    let reason = "sound card is gone".to_owned();
    let said = Action::Say(Severity::Error, "FAULT: sound card is gone".into());
    assert_eq!(policy.on(gone(), 0), [said, Action::Tell(None, Occurrence::Fault { reason })]);
    assert_eq!(policy.on(gone(), 0), []);
    let told = policy.on(Happening::State(BoxState::Recording), 0);
    assert_eq!(told[1..], [Action::Tell(None, Occurrence::Recovered { state: "REC".into() })]);
}

#[test]
fn a_recall_is_one_fade_however_large_and_a_save_goes_by_itself() {
    let mut policy = policy(32);
    let save = Control::SceneSave { name: "Sunday".into(), start_pads: vec![], stop_pads: vec![] };
    let saved = policy.request(std::slice::from_ref(&save), 1).unwrap();
    let [Action::Scene(job)] = &saved[..] else { panic!("{saved:?}") };
    policy.scenes.done(job.clone());
    let mutes: Vec<_> = (1..=32).map(|input| Control::Mute { input, on: true }).collect();
    let levels: Vec<_> = (1..=32).map(|input| Control::Mix { input, db: -20.0 }).collect();
    assert!(policy.request(&mutes, 1).is_ok() && policy.request(&levels, 1).is_ok());
    let recall = Control::SceneRecall { name: "Sunday".into() };
    let actions = policy.request(&[recall, Control::Mute { input: 1, on: true }], 1).unwrap();
    assert!(matches!(&actions[0], Action::Fade(commands) if commands.len() == 32 * 3 + 1), "{actions:?}");
    assert!(policy.desk.muted(0) && !policy.desk.muted(1));
    let before = policy.clone();
    let wrong = [Control::Mute { input: 1, on: false }, save];
    assert!(policy.request(&wrong, 1).unwrap_err().contains("command 2: scene_save waits for the medium"));
    let unknown = [Control::Mute { input: 1, on: false }, Control::SceneRecall { name: "x".into() }];
    assert!(policy.request(&unknown, 1).unwrap_err().contains("command 2: scene \"x\": there is none"));
    assert_eq!(policy, before);
}

#[test]
fn a_calendar_is_looked_at_before_it_is_kept_and_goes_by_itself() {
    let mut policy = policy(2);
    let trigger = Control::Trigger(SwitchWish { on: true });
    let asked = policy.request(std::slice::from_ref(&trigger), 0);
    assert_eq!(asked, Ok(vec![Action::Schedule(Change::Trigger(true))]));
    let refused = policy.request(&[Control::ClearClips {}, trigger], 0).unwrap_err();
    assert_eq!(refused, "command 2: trigger waits for the medium: send it by itself");
    let noon = TimeOfDay::from_seconds(43_200).unwrap();
    let entry = ServiceConfig {
        name: String::new(),
        days: vec![Weekday::Sun],
        start: noon,
        end: TimeOfDay::default(),
        enabled: true,
    };
    let refused = policy.request(&[Control::Schedule(CalendarWish { entries: vec![entry] })], 0);
    assert_eq!(refused, Err("entry 1: name: must be 1..40 printable characters".into()));
}
