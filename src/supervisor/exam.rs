//! The self-test: at the start once a take has run for a while, and whenever somebody asks for it. It takes some seconds,
//! in which nothing waits for it.
//!
//! Runs on: supervisor.
use super::kernel_clock::KernelClock;
use super::policy::Action;
use super::policy::Severity;
use super::status::Status;
use super::trials::{self, Each, Trials};
use crate::guard::{Facts, Finding, InputHealth, Writes, examine};
use crate::panel::Check;
use crate::record::Phase;
use crate::record::clock::Clock;
use crate::telemetry::{FindingReport, Occurrence, SelfTestReport};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Sound that has to be there before a test: inputs are judged over ten seconds.
pub const FIRST: Duration = Duration::from_secs(15);
/// When something began, by both clocks.
#[derive(Clone, Copy, Debug)]
pub struct Begun(Instant, SystemTime);

impl Begun {
    /// Now.
    pub fn now() -> Self {
        Self(Instant::now(), SystemTime::now())
    }

    /// How long ago.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    /// How far the wall clock moved against the monotonic one since, in seconds.
    pub fn stepped_s(&self) -> f64 {
        let by_wall = match SystemTime::now().duration_since(self.1) {
            Ok(on) => on.as_secs_f64(),
            Err(back) => -back.duration().as_secs_f64(),
        };
        by_wall - self.elapsed().as_secs_f64()
    }
}

/// The last test and the one under way.
#[derive(Debug)]
pub struct Exam {
    /// When the box began.
    begun: Begun,
    /// The test at the start has been made, or begun.
    first_done: bool,
    wanted: bool,
    running: Option<Trials>,
    /// When the last one ended, in seconds since 1970, and what it found.
    last: Option<(f64, Vec<Finding>)>,
}

impl Exam {
    /// None made yet.
    pub fn new() -> Self {
        Self { begun: Begun::now(), first_done: false, wanted: false, running: None, last: None }
    }

    /// Asks for a test; one that is under way will do.
    pub fn ask(&mut self) {
        self.wanted = self.running.is_none();
    }

    /// Begins what is due and ends what is done. Returns at once.
    pub fn tick(&mut self, status: &Status<'_>) -> Vec<Action> {
        if !self.first_done && first_is_due(status) {
            (self.first_done, self.wanted) = (true, true);
        }
        if std::mem::take(&mut self.wanted) {
            self.running = Some(Trials::begin(status.config));
        }
        match self.running.as_mut().and_then(Trials::outcome) {
            Some(writes) => self.finish(status, writes),
            None => Vec::new(),
        }
    }

    fn finish(&mut self, status: &Status<'_>, writes: Each<Writes>) -> Vec<Action> {
        self.running = None;
        let findings = examine(&self.facts(status, writes));
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64());
        self.last = Some((now, findings));
        let report = self.report();
        let failed: Vec<String> = self.failures().collect();
        let (severity, text) = match failed.as_slice() {
            [] => (Severity::Info, "self-test passed".to_owned()),
            failed => (Severity::Warn, format!("self-test failed: {}", failed.join("; "))),
        };
        let passed = failed.is_empty();
        vec![
            Action::Say(severity, text),
            Action::Tell(None, Occurrence::SelfTest { passed, checks: report.checks }),
        ]
    }

    fn facts(&self, status: &Status<'_>, writes: Each<Writes>) -> Facts {
        let names = status.config.lanes().into_iter().map(|lane| lane.name);
        let gone = status.policy.device_gone.then(|| "the sound card is gone".to_owned());
        let free = status.media.iter().map(|medium| medium.storage().map(|room| room.free_time));
        let free = trials::names(status.config).into_iter().zip(free);
        Facts {
            free: free.filter(|(name, _)| trials::of(&writes, name).is_some()).collect(),
            writes,
            inputs: names.zip(status.policy.inputs.iter().copied()).collect(),
            sound: gone.or_else(|| status.policy.channels.fault.clone()),
            synchronised: KernelClock.synced(),
            stepped_s: self.begun.stepped_s(),
            celsius: status.around.cpu_celsius,
        }
    }

    /// What the last test found wrong, one line each.
    pub fn failures(&self) -> impl Iterator<Item = String> + '_ {
        let findings = self.last.iter().flat_map(|(_, findings)| findings);
        findings.filter(|finding| !finding.passed).map(line)
    }

    /// What the last test found, for the panel; nothing before the first.
    pub fn checks(&self) -> Vec<Check> {
        let findings = self.last.iter().flat_map(|(_, findings)| findings);
        findings.map(|finding| Check { text: line(finding), good: finding.passed }).collect()
    }

    /// For telemetry.
    pub fn report(&self) -> SelfTestReport {
        let Some((time, findings)) = &self.last else { return SelfTestReport::default() };
        let check = |finding: &Finding| FindingReport {
            name: finding.subject.word().into(),
            passed: finding.passed,
            reason: finding.reason.clone(),
        };
        SelfTestReport {
            passed: Some(findings.iter().all(|finding| finding.passed)),
            time: Some(*time),
            checks: findings.iter().map(check).collect(),
        }
    }
}

fn line(finding: &Finding) -> String {
    format!("{}: {}", finding.subject.word(), finding.reason)
}

/// A take has run for a while, or none is wanted and there is sound for as long.
fn first_is_due(status: &Status<'_>) -> bool {
    let enough = FIRST.as_secs() * u64::from(status.config.sample_rate);
    match status.lead().record.phase {
        Phase::Recording => status.lead().record.frames >= enough,
        Phase::Idle => status.remote.counters.position.get() >= enough,
        _ => false,
    }
}

/// One line for each input that is ill.
pub fn ill<'a>(
    names: impl Iterator<Item = String> + 'a,
    inputs: &'a [InputHealth],
) -> impl Iterator<Item = String> + 'a {
    let ill = names.zip(inputs).enumerate().filter(|(_, (_, health))| health.is_ill());
    ill.map(|(at, (name, health))| format!("input {} {name}: {}", at + 1, health.word()))
}
