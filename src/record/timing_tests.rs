//! Pairs of a frame and its time.
//!
//! Runs on: tests.
use super::*;
use proptest::prelude::*;

const RATE: u32 = 48_000;
const DAY_NS: i64 = 1_780_000_000_000_000_000;

fn known(offset_ns: i64, uncertainty_us: Option<u64>) -> Known {
    let synchronised = uncertainty_us.is_some();
    let source = if synchronised { Source::Ptp } else { Source::Free };
    Known {
        bridge: Bridge { offset_ns, width_ns: 500 },
        discipline: Discipline { source, synchronised, uncertainty_us },
    }
}

/// What a card does that runs `ppm` faster and began at `boot_ns`: its position and the kernel's time, each second.
fn moment(second: u64, ppm: f64, boot_ns: u64, jitter_ns: u64) -> Moment {
    let position = second * u64::from(RATE);
    let ns = position as f64 / (f64::from(RATE) * (1.0 + ppm / 1e6)) * 1e9;
    Moment { position: position + 7_000, ns: boot_ns + ns.round() as u64 + jitter_ns }
}

/// A take of so many seconds that begins with the absolute frame 7,000; the clock is set by `step_ns` in the middle.
fn take(seconds: u64, ppm: f64, step_ns: i64, jitter: impl Fn(u64) -> u64) -> Timing {
    let boot = 5_000_000_000;
    let offset = |second: u64| DAY_NS + if second > seconds / 2 { step_ns } else { 0 };
    let at = |second: u64| moment(second, ppm, boot, jitter(second));
    let mut timing = Timing::begin(&known(offset(0), Some(100)), at(0), 7_000);
    for second in 1..=seconds {
        timing.note(&known(offset(second), Some(100)), at(second), 7_000, RATE);
    }
    timing
}

proptest! {
    #[test]
    fn drift_and_start_come_out_whatever_is_set_in_between(
        seconds in 30_u64..4_000, ppm in -150.0..150.0_f64, step in -3_000_000_000_i64..3_000_000_000,
    ) {
        let step = if step.abs() < 10_000_000 { 0 } else { step };
        let timing = take(seconds, ppm, step, |second| second * 7_919 % 20_000);
        prop_assert!(timing.pairs.len() <= MOST_PAIRS && timing.steps.len() == usize::from(step != 0));
        let fit = timing.fit(RATE).unwrap();
        let told = fit.ppm.unwrap();
        prop_assert!((told - ppm).abs() <= 0.01 + 20_000.0 / seconds as f64 / 1_000.0, "{told} of {ppm}");
        prop_assert!((told - ppm).abs() <= fit.ppm_uncertainty.unwrap());
        let late = fit.start_ns - i128::from(DAY_NS + 5_000_000_000 + step);
        prop_assert!((-2_000..30_000).contains(&late), "{late} ns");
    }

    /// However long a take is, its list is short, in order, and ends with the newest.
    #[test]
    fn the_list_is_bounded_and_ends_with_the_newest(seconds in prop::collection::vec(1_u64..500, 1..400)) {
        let mut second = 0;
        let mut timing = Timing::begin(&known(DAY_NS, None), moment(0, 0.0, 1, 0), 7_000);
        for more in seconds {
            second += more;
            timing.note(&known(DAY_NS, None), moment(second, 0.0, 1, 0), 7_000, RATE);
        }
        prop_assert!(timing.pairs.len() < MOST_PAIRS);
        prop_assert!(timing.pairs.is_sorted_by_key(|pair| pair.position));
        prop_assert_eq!(timing.pairs.first().unwrap().position, 0);
        prop_assert_eq!(timing.pairs.last().unwrap().position, second as i64 * i64::from(RATE));
        prop_assert_eq!(timing.fit(RATE).unwrap().ppm, None, "nothing kept the clock");
    }
}

#[test]
fn the_first_frame_is_before_the_pair_that_is_near_it() {
    let timing =
        Timing::begin(&known(DAY_NS, Some(350)), Moment { position: 55_000, ns: 2_000_000_000 }, 7_000);
    assert_eq!(timing.start_ns(RATE), Some(DAY_NS + 1_000_000_000));
    assert_eq!((timing.uncertainty_us, timing.words().as_str()), (Some(351), "clock ptp +-351 us"));
    let free = Timing::begin(&known(DAY_NS, None), Moment { position: 6_999, ns: 0 }, 7_000);
    assert_eq!((free.pairs[0].position, free.words().as_str()), (-1, "clock free"));
}

#[test]
fn more_steps_than_are_told_apart_are_one() {
    let mut timing = Timing::begin(&known(DAY_NS, Some(1)), moment(0, 0.0, 1, 0), 7_000);
    for second in 1..100 {
        timing.note(
            &known(DAY_NS + second * 5_000_000, Some(1)),
            moment(second as u64, 0.0, 1, 0),
            7_000,
            RATE,
        );
    }
    assert_eq!(timing.steps.len(), MOST_STEPS);
    assert_eq!(timing.steps.iter().map(|step| step.step_ns).sum::<i64>(), 99 * 5_000_000);
}

proptest! {
    /// A card comes from anywhere, and so does what it says of time.
    #[test]
    fn nothing_that_a_file_says_makes_it_panic(
        pairs in prop::collection::vec((any::<i64>(), any::<i64>(), any::<Option<u64>>()), 0..6),
        steps in prop::collection::vec(any::<(i64, i64)>(), 0..6), rate: u32,
    ) {
        let pair = |(position, unix_ns, uncertainty_us)| Pair { position, unix_ns, uncertainty_us };
        let step = |(position, step_ns)| Step { position, step_ns };
        let mut timing = Timing::begin(&known(DAY_NS, None), moment(0, 0.0, 1, 0), 7_000);
        timing.pairs = pairs.into_iter().map(pair).collect();
        timing.steps = steps.into_iter().map(step).collect();
        prop_assert_eq!(timing.fit(rate).is_some(), !timing.pairs.is_empty());
        timing.start_ns(rate);
    }
}
