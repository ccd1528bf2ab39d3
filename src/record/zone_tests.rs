//! Stretches of local time, held against what clocks show second by second and minute by minute.
//!
//! Runs on: test.
use super::*;
use proptest::prelude::*;

const MINUTE: i64 = 60_000;
/// Summer time of an hour and of half an hour, none, and one whose change is at midnight.
const ZONES: [&str; 6] =
    ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC", "America/Havana", "Asia/Kathmandu"];

fn day(text: &str) -> Day {
    Day(text.parse().unwrap())
}

fn at(text: &str) -> i64 {
    text.parse::<Timestamp>().unwrap().as_millisecond()
}

fn hour(hours: u32, minutes: u32) -> u32 {
    hours * 3_600 + minutes * 60
}

#[test]
fn a_service_in_the_hours_that_clocks_leave_out_or_show_twice() {
    let berlin = Zone::named("Europe/Berlin").unwrap();
    let stretch = |on: &str, start, end, from: &str, to: &str| {
        let found = berlin.stretch(day(on), start, end);
        assert_eq!(
            found,
            (at(from), at(to)),
            "{on} {start} {end}: {} {}",
            berlin.text(found.0),
            berlin.text(found.1)
        );
    };
    let [spring, autumn] = ["2026-03-29", "2026-10-25"];
    stretch(
        "2026-11-29",
        hour(9, 45),
        hour(12, 15),
        "2026-11-29T09:45:00+01:00",
        "2026-11-29T12:15:00+01:00",
    );
    stretch(
        "2026-12-31",
        hour(23, 30),
        hour(0, 30),
        "2026-12-31T23:30:00+01:00",
        "2027-01-01T00:30:00+01:00",
    );
    // From 02:00 to 03:00 there is nothing.
    stretch(spring, hour(1, 30), hour(2, 30), "2026-03-29T01:30:00+01:00", "2026-03-29T03:00:00+02:00");
    stretch(spring, hour(2, 30), hour(4, 0), "2026-03-29T03:00:00+02:00", "2026-03-29T04:00:00+02:00");
    stretch(spring, hour(2, 0), hour(3, 30), "2026-03-29T03:00:00+02:00", "2026-03-29T03:30:00+02:00");
    stretch(spring, hour(2, 15), hour(2, 45), "2026-03-29T03:15:00+02:00", "2026-03-29T03:45:00+02:00");
    stretch(spring, hour(2, 0), hour(3, 0), "2026-03-29T03:00:00+02:00", "2026-03-29T04:00:00+02:00");
    // From 02:00 to 03:00 comes twice.
    stretch(autumn, hour(2, 15), hour(2, 45), "2026-10-25T02:15:00+02:00", "2026-10-25T02:45:00+01:00");
    stretch(autumn, hour(1, 0), hour(2, 0), "2026-10-25T01:00:00+02:00", "2026-10-25T02:00:00+01:00");
    stretch("2026-10-24", hour(23, 0), hour(3, 0), "2026-10-24T23:00:00+02:00", "2026-10-25T03:00:00+01:00");
    assert_eq!(berlin.text(at("2026-11-29T08:45:00Z")), "2026-11-29T09:45:00+01:00");
    assert_eq!(berlin.short(at("2026-11-29T08:45:00Z")), "Sun 09:45");
    assert_eq!((day("2026-11-29").weekday(), day("2026-11-30").weekday()), (6, 0));
}

#[test]
fn what_is_no_time_zone_is_refused() {
    for name in ["", "Europe/Atlantis", "../../etc/passwd", "/etc/passwd", "tzdata.zi", "Europe"] {
        assert!(Zone::named(name).is_err_and(|why| why.contains("such as \"Europe/Berlin\"")), "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]
    /// Minute by minute: whenever a clock shows a time of the stretch it is within it, and what is within it besides is an hour
    /// that comes twice. Where a clock never shows it, it is as long as it should be.
    #[test]
    fn a_stretch_is_what_clocks_show(
        zone in 0..ZONES.len(), from in 0i32..730, near in any::<bool>(), start in 0u32..1440, length in 1u32..=1440,
    ) {
        let zone = Zone::named(ZONES[zone]).unwrap();
        // Every other time on a day on which clocks change, or beside one.
        let changes: Vec<_> = zone.0.following("2026-01-01T00:00:00Z".parse().unwrap()).take(4).collect();
        let on = match changes.get(from as usize % changes.len().max(1)) {
            Some(change) if near => zone.day(change.timestamp().as_millisecond()).shifted(from % 3 - 1),
            _ => day("2026-01-01").shifted(from),
        };
        let (first, last) = (on.at(start * 60), on.at((start + length) * 60));
        let (from, to) = zone.stretch(on, start * 60, (start + length) % 1440 * 60);
        prop_assert!(from < to, "never missed");
        let shown = |ms| zone.0.to_datetime(timestamp(ms));
        let begin = zone.0.to_timestamp(on.at(0)).unwrap().as_millisecond() - 1_440 * MINUTE;
        let minutes: Vec<_> = (0..5 * 1_440).map(|minute| begin + minute * MINUTE).collect();
        let within = |ms: i64| (from..to).contains(&ms);
        let shows = |ms: i64| (first..last).contains(&shown(ms));
        let ever = minutes.iter().any(|ms| shows(*ms));
        for ms in minutes {
            if ever {
                prop_assert!(!shows(ms) || within(ms), "{} is missed", zone.text(ms));
                let twice = matches!(zone.0.to_ambiguous_timestamp(shown(ms)).offset(), AmbiguousOffset::Fold { .. });
                prop_assert!(!within(ms) || shows(ms) || twice, "{} is too much", zone.text(ms));
            } else {
                prop_assert_eq!((to - from) / MINUTE, i64::from(length));
            }
        }
    }
}
