//! The self-test: facts in, for each a verdict and a reason.
//!
//! Runs on: supervisor, main (`vestry selftest`).
use super::health::InputHealth;
use std::time::Duration;

/// 95 of 100 small writes have to be durable after this.
pub const WRITE_95: Duration = Duration::from_millis(500);
/// And all of them after this: a tenth of the shortest pool that anybody would set.
pub const WRITE_MAX: Duration = Duration::from_secs(3);
/// The wall clock may move so far against the monotonic one.
const STEP_S: f64 = 1.0;
/// Above this, processors slow down, in degrees Celsius.
const HOT: f32 = 80.0;
/// Room for less is no room for an event.
const LEAST_TIME: Duration = Duration::from_secs(3_600);

/// What is tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// How soon small writes to the medium are durable.
    Medium,
    /// Every input, and the order of the card's channels.
    Inputs,
    /// The wall clock.
    Clock,
    /// The processor's temperature.
    Temperature,
    /// Room on the medium.
    Space,
}

impl Subject {
    /// In one word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Medium => "medium",
            Self::Inputs => "inputs",
            Self::Clock => "clock",
            Self::Temperature => "temperature",
            Self::Space => "space",
        }
    }
}

/// What became of one subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Of what.
    pub subject: Subject,
    /// As it should be.
    pub passed: bool,
    /// Why, with its figures.
    pub reason: String,
}

/// How long each small write took until it was durable, or why none could be made.
pub type Writes = Result<Vec<Duration>, String>;

/// What is known when the test is over.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// Of each medium, by its name where there are several: how long each small write took until it was durable, or why
    /// none could be made.
    pub writes: Vec<(Option<String>, Writes)>,
    /// Name and health of each input.
    pub inputs: Vec<(String, InputHealth)>,
    /// What is wrong with all of them: the order of the channels, or that no sound comes.
    pub sound: Option<String>,
    /// The kernel says that the clock follows another one.
    pub synchronised: bool,
    /// How far the wall clock moved against the monotonic one since the start, in seconds.
    pub stepped_s: f64,
    /// In degrees Celsius; none without a sensor.
    pub celsius: Option<f32>,
    /// How long the room on each medium lasts, by its name where there are several; none while that is not known.
    pub free: Vec<(Option<String>, Option<Duration>)>,
}

/// The verdict on every subject.
pub fn examine(facts: &Facts) -> Vec<Finding> {
    let finding = |subject, (passed, reason)| Finding { subject, passed, reason };
    vec![
        finding(Subject::Medium, each(&facts.writes, medium)),
        finding(Subject::Inputs, inputs(facts)),
        finding(Subject::Clock, clock(facts)),
        finding(Subject::Temperature, temperature(facts.celsius)),
        finding(Subject::Space, each(&facts.free, |free| space(*free))),
    ]
}

/// What is true of every medium, each with its own reason.
fn each<T>(media: &[(Option<String>, T)], judge: impl Fn(&T) -> (bool, String)) -> (bool, String) {
    let found = media.iter().map(|(name, fact)| {
        let (passed, reason) = judge(fact);
        (passed, name.as_ref().map_or(reason.clone(), |name| format!("{name}: {reason}")))
    });
    let (passed, reasons): (Vec<bool>, Vec<String>) = found.unzip();
    (!passed.contains(&false), reasons.join("; "))
}

fn medium(writes: &Writes) -> (bool, String) {
    let mut sorted = match writes {
        Ok(writes) => writes.clone(),
        Err(reason) => return (false, reason.clone()),
    };
    sorted.sort_unstable();
    let rank = (sorted.len() * 95).div_ceil(100).saturating_sub(1);
    let (Some(most), Some(longest)) = (sorted.get(rank), sorted.last()) else {
        return (false, "no write was made".into());
    };
    let passed = *most <= WRITE_95 && *longest <= WRITE_MAX;
    (passed, format!("write p95 {} ms, max {} ms", most.as_millis(), longest.as_millis()))
}

fn inputs(facts: &Facts) -> (bool, String) {
    if let Some(reason) = &facts.sound {
        return (false, reason.clone());
    }
    let ill: Vec<String> = facts.inputs.iter().filter(|(_, health)| health.is_ill()).map(told).collect();
    if ill.is_empty() { (true, "all ok".into()) } else { (false, ill.join(", ")) }
}

fn told((name, health): &(String, InputHealth)) -> String {
    format!("{name} {}", health.word())
}

fn clock(facts: &Facts) -> (bool, String) {
    if facts.stepped_s.abs() > STEP_S {
        return (false, format!("stepped by {:+.1} s", facts.stepped_s));
    }
    let words = if facts.synchronised { "synchronised" } else { "not synchronised" };
    (facts.synchronised, words.into())
}

fn temperature(celsius: Option<f32>) -> (bool, String) {
    match celsius {
        None => (true, "no sensor".into()),
        Some(celsius) => (celsius <= HOT, format!("{celsius:.0} C")),
    }
}

fn space(free: Option<Duration>) -> (bool, String) {
    match free {
        None => (false, "unknown".into()),
        Some(free) => {
            let minutes = free.as_secs() / 60;
            (free >= LEAST_TIME, format!("{} h {:02} min", minutes / 60, minutes % 60))
        }
    }
}
