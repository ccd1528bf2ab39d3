//! Which profile a machine can keep (`vestry calibrate`): how late the card's periods are taken by a thread that is set up as the
//! rt thread is, or, where there is no card, how late a timer wakes it up; and the shortest ring that forgives it.
//!
//! Runs on: main.
use super::{RunError, open, settings};
use crate::config::{Config, DeviceKind, Figures, Profile};
use crate::rt_io::alsa::AlsaError;
use crate::rt_io::listen::{Ring, listen};
use crate::rt_io::sched::Grants;
use crate::rt_io::wakes::{Pace, measure};
use std::fmt;
use std::time::Duration;

/// The ring but for the period that is being captured has to last so many times as long as the longest wake-up took: what is left
/// is for the work, and for a day that is worse than the measurement.
pub const SAFETY: u64 = 2;

/// How late the wake-ups of one profile were, in ns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wakes {
    /// Whose period it was.
    pub profile: Profile,
    /// What it stands for.
    pub figures: Figures,
    /// Half were no later.
    pub p50: u32,
    /// 99 of 100 were no later.
    pub p99: u32,
    /// 999 of 1000 were no later.
    pub p999: u32,
    /// The latest.
    pub max: u32,
    /// How many.
    pub count: usize,
}

/// What was measured, and what follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calibration {
    /// Each profile, from the shortest ring on.
    pub wakes: Vec<Wakes>,
    /// The profile to be configured; none where no profile forgives the latest wake-up.
    pub proposal: Option<Profile>,
    /// What the system refused, one line each.
    pub refusals: Vec<String>,
    /// Whether the card was measured, by its own clock; else a timer was.
    pub of_card: bool,
    /// That the card that is configured was not there, in one line; none where it was measured, or the device is built in.
    pub no_card: Option<String>,
    /// Profiles that the card does not take, and why, one line each.
    pub unfit: Vec<String>,
    /// Frames per second.
    sample_rate: u32,
}

/// Measures each profile for `each`, one period at least: of a card that is configured and there the periods that it captures, which
/// are not kept, else a timer. Blocks meanwhile.
///
/// # Errors
/// The card is in use or is not as the configuration says, it gives no sound, or there is no thread to be had.
pub fn calibrate(config: &Config, each: Duration) -> Result<Calibration, RunError> {
    let (of_card, no_card) = card(config)?;
    let (mut wakes, mut refusals, mut unfit) = (Vec::new(), Vec::new(), Vec::new());
    let mut last = None;
    for profile in Profile::ALL {
        let figures = config.profiles.of(profile);
        let measured = if of_card { by_card(config, figures, each) } else { by_timer(config, figures, each) };
        match measured {
            Ok((grants, late)) => {
                refusals = grants.refusals();
                wakes.push(summed_up(profile, figures, late));
            }
            // The card is there, and as a whole it is right: it has no ring of this kind.
            Err(RunError::Alsa(error)) => {
                unfit.push(format!("{}: {error}", profile.name()));
                last = Some(error);
            }
            Err(error) => return Err(error),
        }
    }
    if let Some(error) = last.filter(|_| wakes.is_empty()) {
        return Err(error.into());
    }
    let worst = wakes.iter().map(|wakes| wakes.max).max().unwrap_or(u32::MAX);
    let profiles: Vec<_> = wakes.iter().map(|wakes| (wakes.profile, wakes.figures)).collect();
    let proposal = propose(&profiles, config.sample_rate, u64::from(worst));
    Ok(Calibration { wakes, proposal, refusals, of_card, no_card, unfit, sample_rate: config.sample_rate })
}

/// Whether there is a card to measure, and why not if one is configured.
fn card(config: &Config) -> Result<(bool, Option<String>), RunError> {
    if config.device.kind == DeviceKind::Offline {
        return Ok((false, None));
    }
    match open::card(config).map_err(refusal) {
        Ok(_) => Ok((true, None)),
        Err(RunError::Alsa(missing @ AlsaError::NoCard { .. })) => Ok((false, Some(missing.to_string()))),
        Err(error) => Err(error),
    }
}

fn by_card(config: &Config, figures: Figures, each: Duration) -> Result<(Grants, Vec<u32>), RunError> {
    let Figures { frames_per_period, periods } = figures;
    let card = open::card(&Config { frames_per_period, periods, ..config.clone() }).map_err(refusal)?;
    let ring = Ring { rate: config.sample_rate, period: frames_per_period, periods };
    let count = periods_in(each, &figures, config.sample_rate);
    let heard = listen(settings::realtime(config), Box::new(card), ring, count);
    let (grants, late) = heard.map_err(RunError::Measure)?;
    Ok((grants, late?))
}

fn by_timer(config: &Config, figures: Figures, each: Duration) -> Result<(Grants, Vec<u32>), RunError> {
    let period_ns = period_ns(&figures, config.sample_rate);
    let periods = periods_in(each, &figures, config.sample_rate);
    measure(settings::realtime(config), Pace { period_ns, periods }).map_err(RunError::Measure)
}

fn periods_in(time: Duration, figures: &Figures, sample_rate: u32) -> usize {
    let period_ns = u128::from(period_ns(figures, sample_rate).max(1));
    (time.as_nanos() / period_ns).clamp(1, 10_000_000) as usize
}

/// The profile with the shortest ring (frames) of those that forgive wake-ups `worst_ns` late with [`SAFETY`]; the first of
/// several; none where none does.
pub fn propose(profiles: &[(Profile, Figures)], sample_rate: u32, worst_ns: u64) -> Option<Profile> {
    let fit = profiles.iter().filter(|(_, figures)| worst_ns < forgiven_ns(figures, sample_rate));
    fit.min_by_key(|(_, figures)| figures.ring()).map(|(profile, _)| *profile)
}

/// How late wake-ups may not be, in ns: the ring but for one period, over [`SAFETY`].
pub fn forgiven_ns(figures: &Figures, sample_rate: u32) -> u64 {
    period_ns(figures, sample_rate) * (figures.periods as u64).saturating_sub(1) / SAFETY
}

fn period_ns(figures: &Figures, sample_rate: u32) -> u64 {
    figures.frames_per_period as u64 * 1_000_000_000 / u64::from(sample_rate.max(1))
}

fn summed_up(profile: Profile, figures: Figures, mut late: Vec<u32>) -> Wakes {
    late.sort_unstable();
    // The rank of so many thousandths.
    let at = |thousandths: usize| {
        let rank = (late.len() * thousandths).div_ceil(1_000).saturating_sub(1);
        late.get(rank).copied().unwrap_or(0)
    };
    Wakes { profile, figures, p50: at(500), p99: at(990), p999: at(999), max: at(1_000), count: late.len() }
}

fn refusal(error: RunError) -> RunError {
    match error {
        RunError::Alsa(error @ AlsaError::Busy { .. }) => RunError::Recording(error),
        other => other,
    }
}

impl fmt::Display for Calibration {
    /// A table and, where one can be proposed, the line for the file.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let us = |ns: u32| f64::from(ns) / 1_000.0;
        let whose = if self.of_card { "the card, by its own clock," } else { "a timer" };
        writeln!(
            out,
            "wake-ups of {whose} late by, in us; the latest of all has to be below half of the ring but one period"
        )?;
        writeln!(
            out,
            "{:12} {:>6} {:>7} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>9}",
            "profile", "frames", "periods", "ring ms", "wake-ups", "p50", "p99", "p99.9", "max", "forgiven"
        )?;
        for Wakes { profile, figures, p50, p99, p999, max, count } in &self.wakes {
            let ring = figures.ring() as f64 * 1_000.0 / f64::from(self.sample_rate.max(1));
            let forgiven = forgiven_ns(figures, self.sample_rate) / 1_000;
            let Figures { frames_per_period, periods } = figures;
            writeln!(
                out,
                "{:12} {frames_per_period:6} {periods:7} {ring:8.1} {count:8} {:8.1} {:8.1} {:8.1} {:8.1} {forgiven:9}",
                profile.name(),
                us(*p50),
                us(*p99),
                us(*p999),
                us(*max),
            )?;
        }
        match self.proposal {
            Some(profile) => writeln!(
                out,
                "profile = \"{}\"   # for vestry.toml, in place of frames_per_period and periods",
                profile.name()
            ),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn figures() -> impl Strategy<Value = Figures> {
        (16..=4_096_usize, 2..=32_usize)
            .prop_map(|(frames_per_period, periods)| Figures { frames_per_period, periods })
    }

    proptest! {
        /// Of what forgives the latest wake-up twice over the shortest ring, none if nothing does; and a machine that is later is
        /// never told to take a shorter one.
        #[test]
        fn the_shortest_ring_that_forgives_is_proposed(
            figures in prop::collection::vec(figures(), 3),
            rate in 8_000..192_000_u32,
            worst in 0..200_000_000_u64,
            more in 0..200_000_000_u64,
        ) {
            let profiles: Vec<_> = Profile::ALL.into_iter().zip(figures).collect();
            let of = |wanted| profiles.iter().find(|(profile, _)| *profile == wanted).unwrap().1;
            // In seconds, by the formula.
            let margin = |figures: Figures| {
                let period = figures.frames_per_period as f64 / f64::from(rate);
                (figures.periods - 1) as f64 * period - 2.0 * worst as f64 * 1e-9
            };
            match propose(&profiles, rate, worst) {
                Some(proposed) => {
                    prop_assert!(margin(of(proposed)) > 0.0);
                    let shorter = profiles.iter().filter(|(_, other)| other.ring() < of(proposed).ring());
                    prop_assert!(shorter.into_iter().all(|(_, other)| margin(*other) <= 1e-6));
                }
                None => prop_assert!(profiles.iter().all(|(_, other)| margin(*other) <= 1e-6)),
            }
            if let Some(later) = propose(&profiles, rate, worst + more) {
                let now = propose(&profiles, rate, worst).unwrap();
                prop_assert!(of(now).ring() <= of(later).ring());
            }
        }

        #[test]
        fn percentiles_are_those_of_the_sorted(late in prop::collection::vec(any::<u32>(), 1..3_000)) {
            let wakes = summed_up(Profile::Safe, Figures { frames_per_period: 16, periods: 2 }, late.clone());
            let no_later = |than: u32| late.iter().filter(|late| **late <= than).count() as f64 / late.len() as f64;
            for (share, value) in [(0.5, wakes.p50), (0.99, wakes.p99), (0.999, wakes.p999), (1.0, wakes.max)] {
                prop_assert!(no_later(value) >= share && late.contains(&value));
                prop_assert!(value == 0 || no_later(value - 1) < share);
            }
        }
    }

    /// What was measured is said first.
    #[test]
    fn a_card_is_told_from_a_timer() {
        let wakes =
            vec![summed_up(Profile::Safe, Figures { frames_per_period: 256, periods: 6 }, vec![7_000; 9])];
        let of = |of_card| {
            let (refusals, unfit) = (Vec::new(), Vec::new());
            let (proposal, no_card, wakes) = (Some(Profile::Safe), None, wakes.clone());
            Calibration { wakes, proposal, refusals, of_card, no_card, unfit, sample_rate: 48_000 }
                .to_string()
        };
        assert!(
            of(true).starts_with("wake-ups of the card, by its own clock, late by, in us;"),
            "{}",
            of(true)
        );
        assert!(of(false).starts_with("wake-ups of a timer late by, in us;"), "{}", of(false));
        assert!(of(true).contains(" 7.0 ") && of(true).lines().count() == 4, "{}", of(true));
    }

    #[test]
    fn a_time_is_so_many_periods_and_one_at_least() {
        let figures = Figures { frames_per_period: 480, periods: 4 };
        assert_eq!(periods_in(Duration::from_secs(2), &figures, 48_000), 200);
        assert_eq!(periods_in(Duration::from_millis(1), &figures, 48_000), 1);
    }

    #[test]
    fn a_card_that_a_recorder_has_is_refused_in_one_line() {
        let busy = AlsaError::Busy { device: "hw:USB".into(), direction: "capture" };
        let said = refusal(RunError::Alsa(busy)).to_string();
        assert!(said.starts_with("device: hw:USB capture is in use") && said.contains("recorder"), "{said}");
        assert_eq!(said.lines().count(), 1);
    }
}
