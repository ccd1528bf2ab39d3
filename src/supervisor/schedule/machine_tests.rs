//! The machine against a model that looks at the clock alone, through days on which clocks change, starts and people.
//!
//! Runs on: test.
use super::*;
use crate::config::{TimeOfDay, Weekday};
use crate::record::zone::Zone;
use proptest::prelude::*;
use std::sync::LazyLock;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: i64 = 60_000;
const DAYS: [Weekday; 7] =
    [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun];
/// A Saturday, 2026-10-24T00:00 in Berlin; the night after it has an hour that comes twice.
const AUTUMN: i64 = 1_792_792_800_000;
/// A Saturday, 2026-03-28T00:00 in Berlin; the night after it lacks an hour.
const SPRING: i64 = 1_774_652_400_000;

fn berlin() -> &'static Zone {
    static ZONE: LazyLock<Zone> = LazyLock::new(|| Zone::named("Europe/Berlin").unwrap());
    &ZONE
}

fn entry(days: &[Weekday], start: u32, end: u32) -> ServiceConfig {
    let time = |minutes: u32| TimeOfDay::from_seconds(minutes % 1_440 * 60).unwrap();
    ServiceConfig {
        name: format!("{start}"),
        days: days.into(),
        start: time(start),
        end: time(end),
        enabled: true,
    }
}

fn rules(overrun_min: i64, trigger: bool) -> Rules {
    let patience = Patience { above: 2 * SECOND, hold: 5 * SECOND, least: 8 * SECOND };
    Rules { patience, overrun_ms: overrun_min * MINUTE, trigger }
}

fn machine(rules: Rules, entries: &[ServiceConfig], memory: ScheduleFile) -> Machine {
    Machine::new(rules, Book::new(berlin().clone(), entries.into()), memory, true)
}

/// What the box does, as the writers would see it.
struct Stage {
    machine: Machine,
    recording: bool,
    began: Duration,
}

impl Stage {
    fn new(rules: Rules, entries: &[ServiceConfig]) -> Self {
        let machine = machine(rules, entries, ScheduleFile::default());
        Self { recording: machine.wants(), machine, began: Duration::ZERO }
    }

    fn look(&mut self, second: u64, now: Option<i64>, reached: bool) -> Vec<Step> {
        let uptime = Duration::from_secs(second).saturating_sub(self.began);
        let steps = self.machine.look(&Look { uptime, now, reached });
        for step in &steps {
            match step {
                Step::Start(_) => assert!(!std::mem::replace(&mut self.recording, true), "starts what runs"),
                Step::Stop => {
                    assert!(std::mem::replace(&mut self.recording, false), "ends what does not run")
                }
                _ => {}
            }
        }
        assert_eq!(self.recording, self.machine.wants());
        steps
    }

    /// As after a power cut: nothing is left but what was kept.
    fn reboot(&mut self, rules: Rules, entries: &[ServiceConfig], second: u64) {
        let kept = ScheduleFile::parse(&self.machine.memory().text()).unwrap();
        self.machine = machine(rules, entries, kept);
        (self.recording, self.began) = (self.machine.wants(), Duration::from_secs(second));
    }
}

/// What a clock on the wall shows, as minutes of the weekday.
fn wall(ms: i64) -> (usize, u32) {
    let text = berlin().text(ms);
    let (hours, minutes): (u32, u32) = (text[11..13].parse().unwrap(), text[14..16].parse().unwrap());
    (berlin().day(ms).weekday(), hours * 60 + minutes)
}

/// Whether a clock on the wall says that it is on.
fn shows(entry: &ServiceConfig, ms: i64) -> bool {
    let (day, minute) = wall(ms);
    let (start, end) = (entry.start.seconds() / 60, entry.end.seconds() / 60);
    let has = |day: usize| entry.days.contains(&DAYS[day]);
    match start < end {
        true => has(day) && (start..end).contains(&minute),
        false => has(day) && minute >= start || has((day + 6) % 7) && minute < end,
    }
}

fn entries() -> impl Strategy<Value = Vec<ServiceConfig>> {
    let one = (prop::sample::subsequence(DAYS.to_vec(), 1..=7), 0u32..96, 1u32..96)
        .prop_map(|(days, start, length)| entry(&days, start * 15, (start + length) % 96 * 15));
    prop::collection::vec(one, 1..4)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]
    /// Minute by minute over three days around a change of clocks, with starts at any moment: it records whenever a clock on
    /// the wall says so, and otherwise only in an hour that such clocks show twice or leave out.
    #[test]
    fn the_box_records_when_clocks_on_walls_say_so(
        entries in entries(), autumn: bool, reboots in prop::collection::btree_set(0u64..3 * 1_440, 0..6),
    ) {
        let (rules, begin) = (rules(0, false), if autumn { AUTUMN } else { SPRING });
        let mut stage = Stage::new(rules, &entries);
        let (mut begun, mut before) = (0, false);
        for minute in 0..3 * 1_440 {
            let now = begin + minute as i64 * MINUTE;
            if reboots.contains(&minute) {
                stage.reboot(rules, &entries, minute * 60);
            }
            stage.look(minute * 60, Some(now), false);
            begun += u32::from(stage.recording && !before);
            before = stage.recording;
            let wanted = entries.iter().any(|entry| shows(entry, now));
            let (_, shown) = wall(now);
            let odd = (1_440..2 * 1_440 + 240).contains(&minute) && (60..300).contains(&shown);
            prop_assert!(!wanted || stage.recording, "{} is missed", berlin().text(now));
            prop_assert!(wanted || !stage.recording || odd, "{} is too much", berlin().text(now));
        }
        let most = entries.iter().map(|entry| entry.days.len()).sum::<usize>() as u32 + 3;
        prop_assert!(begun <= most, "{begun} takes");
    }

    /// Second by second with sound, silence, people and starts, where no service is: a model of the trigger that looks back.
    #[test]
    fn sound_starts_and_silence_ends(runs in prop::collection::vec((1u64..20, any::<bool>()), 1..40)) {
        let mut stage = Stage::new(rules(0, true), &[]);
        prop_assert!(!stage.recording, "sound says when to");
        let (mut heard, mut model, mut since) = (Vec::new(), false, 0);
        for (length, reached) in runs {
            for _ in 0..length {
                heard.push(reached);
                let at = heard.len() - 1;
                stage.look(at as u64, None, reached);
                let last = |count: usize| heard.len() >= count && heard[heard.len() - count..].iter().all(|is| *is);
                let silence = heard.iter().rev().take_while(|is| !**is).count();
                if !model && last(3) {
                    (model, since) = (true, at);
                } else if model && silence >= 5 && at - since >= 8 {
                    model = false;
                }
                prop_assert_eq!(stage.recording, model, "{:?}", heard);
            }
        }
    }

    /// Whatever happens in whatever order, what a person has started goes on until a person ends it.
    #[test]
    fn nothing_ends_what_a_person_started(
        entries in entries(), trigger: bool, turns in prop::collection::vec((0u8..8, 1u64..3_000), 1..60),
    ) {
        let rules = rules(15, trigger);
        let (mut stage, mut by_hand) = (Stage::new(rules, &entries), false);
        let (mut second, mut reached, mut known) = (0, false, false);
        for (turn, later) in turns {
            second += later;
            let now = known.then_some(SPRING + second as i64 * 1_000);
            match turn {
                0 | 1 => {
                    (by_hand, stage.recording) = (turn == 0, turn == 0);
                    let uptime = Duration::from_secs(second) - stage.began;
                    stage.machine.person(by_hand, now, uptime);
                }
                2 => reached = !reached,
                3 => known = true,
                4 => stage.machine.change(Change::Trigger(reached)),
                5 if stage.machine.rules_takes() => stage.reboot(rules, &entries, second),
                6 => stage.machine.change(Change::Entries(Vec::new())),
                _ => {}
            }
            stage.look(second, now, reached);
            prop_assert!(!by_hand || stage.recording);
        }
    }
}

#[test]
fn what_a_person_ended_stays_ended_until_the_next_service() {
    let entries = [entry(&DAYS, 600, 660), entry(&DAYS, 645, 720)];
    let rules = rules(15, true);
    let mut stage = Stage::new(rules, &entries);
    let at = |minute: i64| Some(SPRING + minute * MINUTE);
    stage.look(0, at(600), true);
    assert!(stage.recording);
    stage.look(60, at(601), true);
    stage.machine.person(false, at(601), 60 * SECOND);
    stage.recording = false;
    for second in 61..70 {
        stage.look(second, at(602), true);
    }
    stage.reboot(rules, &entries, 70);
    for second in 70..100 {
        assert_eq!(
            stage.look(second, at(603), second % 20 > 4),
            if second == 70 { vec![on(&stage)] } else { vec![] }
        );
    }
    assert!(!stage.recording);
    stage.look(200, at(645), false);
    assert!(stage.recording, "the next one");
    // The clock was a week fast, and is set right: what was noted by it is void.
    stage.machine.person(false, at(645), 200 * SECOND);
    stage.recording = false;
    stage.look(201, at(610 - 7 * 1_440), false);
    assert!(stage.recording);
}

fn on(stage: &Stage) -> Step {
    Step::Begun(stage.machine.active().unwrap().clone())
}

#[test]
fn a_service_goes_on_while_there_is_sound_but_not_for_ever() {
    let entries = [entry(&DAYS, 600, 660)];
    let mut stage = Stage::new(rules(15, false), &entries);
    let at = |second: u64| Some(SPRING + 659 * MINUTE + second as i64 * 1_000);
    for second in 0..1_200 {
        // Sound until 5 min after the end, then again from 10 min after it on.
        stage.look(second, at(second), !(360..660).contains(&second));
        let wanted = second < 364 || (662..960).contains(&second);
        assert_eq!(stage.recording, wanted, "{second}");
    }
}

#[test]
fn without_a_clock_services_wait_and_begin_in_their_midst() {
    let mut stage = Stage::new(rules(15, false), &[entry(&DAYS, 600, 660)]);
    assert!(stage.look(0, None, true).is_empty() && !stage.recording);
    let steps = stage.look(1, Some(SPRING + 630 * MINUTE), false);
    assert!(
        matches!(&steps[..], [Step::Begun(it), Step::Start(_)] if it.to - it.from == 60 * MINUTE),
        "{steps:?}"
    );
    assert_eq!(stage.look(2, Some(SPRING + 660 * MINUTE), false).last(), Some(&Step::Stop));
    stage.machine.change(Change::Enabled(false));
    assert!(!stage.machine.rules_takes());
    assert_eq!(stage.machine.upcoming(SPRING), None);
}

/// Without services and trigger the box records from its start, and that take is a person's.
#[test]
fn switched_on_it_records() {
    let mut stage = Stage::new(rules(15, false), &[]);
    assert!(stage.recording);
    stage.machine.change(Change::Entries(vec![entry(&DAYS, 600, 660)]));
    stage.look(1, Some(SPRING), false);
    assert!(stage.recording, "a calendar ends no take that runs");
    stage.reboot(rules(15, false), &[], 2);
    assert!(stage.recording, "as after any power cut");
    stage.machine.person(false, Some(SPRING), SECOND);
    stage.recording = false;
    stage.reboot(rules(15, false), &[], 3);
    assert!(!stage.recording, "the calendar says when to");
    assert!(!stage.machine.person(true, Some(SPRING), SECOND) && stage.machine.memory().by_hand);
}
