//! What is meant by sequences of edges, one by one and as properties.
use super::*;
use proptest::prelude::*;

const DEBOUNCE: Duration = Duration::from_millis(10);

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// Plays edges `(button, down, at in ms)`, then lets a minute go by.
fn meant(gestures: &mut Gestures, edges: &[(Button, bool, u64)]) -> Vec<(PanelAction, u64)> {
    let mut all = Vec::new();
    for (button, down, at) in edges {
        all.extend(gestures.edge(*button, *down, ms(*at)));
    }
    let end = edges.last().map_or(0, |(_, _, at)| *at);
    all.extend(gestures.tick(ms(end + 60_000)));
    all.iter().map(|gesture| (gesture.action, gesture.at.as_millis() as u64)).collect()
}

fn fresh(recording: bool) -> Gestures {
    let mut gestures = Gestures::new(DEBOUNCE);
    gestures.set_recording(recording);
    gestures
}

#[test]
fn each_button_acts_once_at_its_own_edge() {
    let cases = [
        (Button::Rec, PanelAction::StartRecording, 100),
        (Button::Mark, PanelAction::Marker, 100),
        (Button::Select, PanelAction::SelectNext, 100),
        (Button::Page, PanelAction::NextPage, 250),
        (Button::Mute, PanelAction::ToggleMonitorMute, 250),
    ];
    for (button, action, at) in cases {
        let edges = [(button, true, 100), (button, false, 250)];
        assert_eq!(meant(&mut fresh(true), &edges), [(action, at)], "{button:?}");
    }
}

#[test]
fn on_the_page_of_pads_select_presses_and_lets_go_and_mute_moves_on_or_stops_all() {
    let cases = [
        (Button::Rec, 150, vec![(PanelAction::StartRecording, 100)]),
        (Button::Rec, 9_000, vec![(PanelAction::StartRecording, 100), (PanelAction::StopRecording, 2_100)]),
        (Button::Mark, 9_000, vec![(PanelAction::Marker, 100)]),
        (Button::Select, 9_000, vec![(PanelAction::PressPad, 100), (PanelAction::ReleasePad, 9_000)]),
        (Button::Page, 250, vec![(PanelAction::NextPage, 250)]),
        (Button::Page, 9_000, vec![(PanelAction::NextBank, 2_100)]),
        (Button::Mute, 250, vec![(PanelAction::NextPad, 250)]),
        (Button::Mute, 9_000, vec![(PanelAction::StopPads, 2_100)]),
    ];
    for (button, until, wanted) in cases {
        let mut gestures = fresh(true);
        gestures.set_pads(true);
        assert_eq!(
            meant(&mut gestures, &[(button, true, 100), (button, false, until)]),
            wanted,
            "{button:?}"
        );
    }
    let mut gestures = fresh(false);
    gestures.set_pads(true);
    gestures.edge(Button::Select, true, ms(100));
    gestures.set_pads(false);
    let let_go = gestures.edge(Button::Select, false, ms(3_000));
    assert_eq!(let_go, [Gesture { action: PanelAction::ReleasePad, at: ms(3_000) }], "as it was pressed");
    let both = [(Button::Page, true, 4_000), (Button::Mute, true, 4_100), (Button::Mute, false, 9_000)];
    gestures.set_pads(true);
    assert_eq!(meant(&mut gestures, &both), [(PanelAction::ToggleLock, 7_100)], "neither stops anything");
}

#[test]
fn rec_held_ends_the_take_that_was_running_when_it_was_pressed() {
    let held = [(Button::Rec, true, 100), (Button::Rec, false, 9_000)];
    let start = (PanelAction::StartRecording, 100);
    assert_eq!(meant(&mut fresh(true), &held), [start, (PanelAction::StopRecording, 2_100)]);
    assert_eq!(meant(&mut fresh(false), &held), [start]);

    let mut gestures = fresh(false);
    gestures.edge(Button::Rec, true, ms(100));
    gestures.set_recording(true);
    assert!(gestures.tick(ms(5_000)).is_empty(), "the press that started a take never ends it");
    gestures.edge(Button::Rec, false, ms(5_100));
    gestures.edge(Button::Rec, true, ms(5_200));
    let stop = Gesture { action: PanelAction::StopRecording, at: ms(7_200) };
    assert_eq!(gestures.next_due(), Some(ms(5_210)));
    assert!(gestures.tick(ms(5_210)).is_empty());
    let due = gestures.next_due().unwrap();
    assert!(due >= ms(7_200) && due < ms(7_250));
    assert!(gestures.tick(due - ms(1)).is_empty());
    assert_eq!(gestures.tick(due), [stop]);
    assert_eq!((gestures.tick(ms(60_000)), gestures.next_due()), (vec![], None));
}

#[test]
fn a_release_just_in_time_is_heard_although_it_is_read_late() {
    let mut gestures = fresh(true);
    gestures.edge(Button::Rec, true, ms(100));
    assert!(gestures.tick(ms(2_105)).is_empty());
    assert!(gestures.edge(Button::Rec, false, ms(2_099)).is_empty());
    assert!(gestures.tick(ms(9_000)).is_empty());
}

#[test]
fn a_release_just_in_time_is_heard_although_its_first_edge_was_read_as_a_bounce() {
    for (button, action) in
        [(Button::Rec, PanelAction::StartRecording), (Button::Page, PanelAction::NextPage)]
    {
        let at = if button == Button::Rec { 100 } else { 2_095 };
        let edges = [(button, true, 100), (button, true, 2_095), (button, false, 2_103)];
        assert_eq!(meant(&mut fresh(true), &edges), [(action, at)]);
    }
    let (page, mute) = (Button::Page, Button::Mute);
    let edges =
        [(page, true, 0), (mute, true, 0), (mute, true, 2_995), (mute, false, 3_003), (page, false, 9_000)];
    assert_eq!(meant(&mut fresh(true), &edges), []);
}

#[test]
fn noise_at_the_end_of_a_hold_delays_it_and_no_more() {
    let mut gestures = fresh(true);
    gestures.edge(Button::Rec, true, ms(100));
    assert!(gestures.edge(Button::Rec, true, ms(2_095)).is_empty());
    assert_eq!(gestures.next_due(), Some(ms(2_105)));
    assert!(gestures.tick(ms(2_105)).is_empty());
    let stop = Gesture { action: PanelAction::StopRecording, at: ms(2_100) };
    assert_eq!(gestures.tick(gestures.next_due().unwrap()), [stop]);
}

#[test]
fn page_held_clears_the_clip_marks_and_does_not_turn_the_page() {
    let edges = [(Button::Page, true, 100), (Button::Page, false, 2_101)];
    assert_eq!(meant(&mut fresh(false), &edges), [(PanelAction::ClearClips, 2_100)]);
}

#[test]
fn page_and_mute_together_mean_the_lock_alone() {
    let (page, mute) = (Button::Page, Button::Mute);
    for (first, second) in [(page, mute), (mute, page)] {
        let down = [(first, true, 100), (second, true, 1_900)];
        let long = [down[0], down[1], (first, false, 4_950), (second, false, 5_000)];
        assert_eq!(meant(&mut fresh(true), &long), [(PanelAction::ToggleLock, 4_900)]);
        let short = [down[0], down[1], (second, false, 4_899), (first, false, 5_000)];
        assert_eq!(meant(&mut fresh(true), &short), []);
    }
    // One of them again while the other stays down: three seconds anew.
    let again = [
        (page, true, 0),
        (mute, true, 0),
        (mute, false, 2_900),
        (mute, true, 3_000),
        (mute, false, 6_100),
        (page, false, 6_200),
        (page, true, 6_300),
        (page, false, 6_400),
    ];
    let then = [(PanelAction::ToggleLock, 6_000), (PanelAction::NextPage, 6_400)];
    assert_eq!(meant(&mut fresh(true), &again), then);
}

#[test]
fn a_button_that_was_down_at_the_start_means_nothing_until_it_was_let_go() {
    for button in Button::ALL {
        let mut gestures = fresh(true);
        gestures.already_down(button);
        assert_eq!(gestures.tick(ms(9_000)), []);
        let edges = [(button, false, 9_100), (button, true, 9_103), (button, false, 9_105)];
        assert_eq!(meant(&mut gestures, &edges), [], "{button:?}");
        assert_eq!(meant(&mut gestures, &[(button, true, 90_000), (button, false, 90_100)]).len(), 1);
    }
}

/// Edges of one press in microseconds: bounces within the debounce time, then the hold, then bounces of the release. Their
/// levels were read late: each may be the wrong one but the last of each end. Half of the holds end in the last 20 ms of
/// the range.
fn bouncing(hold: std::ops::Range<u64>) -> impl Strategy<Value = Vec<(bool, u64)>> {
    let bounces = || proptest::collection::btree_map(1..DEBOUNCE.as_micros() as u64, any::<bool>(), 0..12);
    let first = (any::<bool>(), any::<bool>());
    let hold = prop_oneof![hold.end - 20_000..hold.end, hold];
    (bounces(), bounces(), first, hold, 0..1_000_000_u64).prop_map(|(close, open, first, hold, begin)| {
        let edges = |start: u64, first: bool, bounces: std::collections::BTreeMap<u64, bool>, end: bool| {
            let levels = std::iter::once((0, first)).chain(bounces);
            let mut all: Vec<_> = levels.map(|(at, level)| (level, start + at)).collect();
            if let Some(last) = all.last_mut() {
                last.0 = end;
            }
            all
        };
        let mut all = edges(begin, first.0, close, true);
        all.extend(edges(begin + hold, first.1, open, false));
        all
    })
}

fn any_button() -> impl Strategy<Value = Button> {
    proptest::sample::select(&Button::ALL[..])
}

/// Plays edges in microseconds, with a tick before each edge at each of `ticks` that falls there.
fn played(edges: &[(Button, bool, u64)], ticks: &[u64], recording: bool) -> Vec<Gesture> {
    let mut gestures = fresh(recording);
    let (mut all, mut ticks) = (Vec::new(), ticks.iter().copied().peekable());
    for (button, down, at) in edges {
        while let Some(tick) = ticks.next_if(|tick| tick < at) {
            all.extend(gestures.tick(Duration::from_micros(tick)));
        }
        all.extend(gestures.edge(*button, *down, Duration::from_micros(*at)));
    }
    all.extend(gestures.tick(Duration::from_secs(3_600)));
    all
}

proptest! {
    #[test]
    fn a_press_is_one_act_however_it_bounces(
        button in any_button(), edges in bouncing(12_000..1_999_000), recording: bool
    ) {
        let edges: Vec<_> = edges.into_iter().map(|(down, at)| (button, down, at)).collect();
        let meant = played(&edges, &[], recording);
        prop_assert_eq!(meant.len(), 1, "{:?}", meant);
        prop_assert_eq!(meant[0].action, pressed(button, Press::Short));
        // The release is the first edge after the bounces of the press.
        let released = edges.iter().find(|(_, _, at)| *at >= edges[0].2 + 12_000);
        let on_release = matches!(button, Button::Page | Button::Mute);
        let acts_at = if on_release { released } else { edges.first() };
        prop_assert_eq!(Some(meant[0].at), acts_at.map(|(_, _, at)| Duration::from_micros(*at)));
    }

    #[test]
    fn a_hold_of_two_seconds_is_one_more_act_at_most(
        button in any_button(), edges in bouncing(2_000_000..9_000_000), recording: bool
    ) {
        let edges: Vec<_> = edges.into_iter().map(|(down, at)| (button, down, at)).collect();
        let meant: Vec<_> = played(&edges, &[], recording).iter().map(|gesture| gesture.action).collect();
        let short = pressed(button, Press::Short);
        match button {
            Button::Rec if recording => prop_assert_eq!(meant, [short, PanelAction::StopRecording]),
            Button::Page => prop_assert_eq!(meant, [PanelAction::ClearClips]),
            _ => prop_assert_eq!(meant, [short]),
        }
    }

    /// Any edges whatever: nothing depends on when the loop looks, REC is never ended by less than two seconds between
    /// edges that close it and open it, and afterwards nothing is due any more.
    #[test]
    fn any_edges(
        steps in proptest::collection::vec((any_button(), any::<bool>(), 0..700_000_u64), 0..40),
        mut ticks in proptest::collection::vec(0..20_000_000_u64, 0..40),
        recording: bool
    ) {
        let mut now = 0;
        let edges: Vec<_> = steps.iter().map(|(button, down, step)| { now += step; (*button, *down, now) }).collect();
        ticks.sort_unstable();
        let order = |mut all: Vec<Gesture>| { all.sort_by_key(|g| (g.at, g.action as u8)); all };
        let seldom = order(played(&edges, &[], recording));
        prop_assert_eq!(&order(played(&edges, &ticks, recording)), &seldom);
        for stop in seldom.iter().filter(|gesture| gesture.action == PanelAction::StopRecording) {
            prop_assert!(recording);
            let began = (stop.at - HELD).as_micros() as u64;
            prop_assert!(edges.iter().any(|(button, _, at)| (*button, *at) == (Button::Rec, began)));
            // Openings within the debounce time of the press may be bounces.
            let held = began + DEBOUNCE.as_micros() as u64 * 2..began + HELD.as_micros() as u64;
            let opened = edges.iter().any(|(button, down, at)| *button == Button::Rec && !down && held.contains(at));
            prop_assert!(!opened, "let go in between");
        }
    }

    /// Buttons pressed at the same instant mean the same in whatever order their edges are read.
    #[test]
    fn order_at_the_same_instant(
        buttons in proptest::sample::subsequence(&Button::ALL[..], 1..=5).prop_shuffle(), recording: bool
    ) {
        let played = |buttons: &[Button]| {
            let press = buttons.iter().map(|button| (*button, true, 100));
            let release = buttons.iter().map(|button| (*button, false, 200));
            let mut all = meant(&mut fresh(recording), &press.chain(release).collect::<Vec<_>>());
            all.sort_by_key(|(action, at)| (*action as u8, *at));
            all
        };
        let mut sorted = buttons.clone();
        sorted.sort_by_key(|button| *button as u8);
        let all = played(&buttons);
        prop_assert_eq!(&all, &played(&sorted));
        let both = buttons.contains(&Button::Page) && buttons.contains(&Button::Mute);
        prop_assert_eq!(all.len(), buttons.len() - if both { 2 } else { 0 });
    }
}
