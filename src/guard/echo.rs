//! The loopback tone: an output plays it, a cable brings it back, and the channel on which it arrives tells the order.
//!
//! Each round looks without the tone first and with it after: music at the same pitch is there both times. Rounds that agree
//! one after the other, in channel and level, are believed; if there are none, the cable is not there.
//!
//! Runs on: supervisor.
use super::look::Look;
use vestry_rt::message::Tone;
use vestry_rt::tone::Step;

/// The tone's way through both converters takes less, in seconds; its start and end too.
const WAY_S: f64 = 0.3;
/// How much louder the pitch has to be with the tone than without, and than on any other channel: 10 dB.
const LOUDER: f64 = 10.0;
/// How much the levels of two rounds may differ: 3 dB. A cable does not change.
const STEADY: f64 = 2.0;
/// Less than this is not heard at all: -100 dBFS.
const LEAST: f64 = 1e-10;
/// Rounds that have to agree.
const AGREEING: u32 = 3;
/// Rounds until the cable counts as missing.
const ROUNDS: u32 = 8;

/// What to do next.
#[derive(Clone, Debug, PartialEq)]
pub enum EchoStep {
    /// Nothing.
    Wait,
    /// Play this, or nothing.
    Play(Option<Tone>),
    /// The tone arrives on this channel, from 0; play nothing any more.
    Heard(usize),
    /// It does not arrive; play nothing any more.
    Missing,
}

#[derive(Clone, Debug, PartialEq)]
enum Phase {
    Done,
    /// Looks without the tone.
    Without,
    /// Looks with it; what every channel had without.
    With(Vec<f64>),
}

/// One measurement at a time.
#[derive(Clone, Debug)]
pub struct Echo {
    tone: Tone,
    /// Turns a frame.
    step: f64,
    way: u64,
    phase: Phase,
    /// Looks from here on count.
    from: u64,
    round: u32,
    /// Channel and power of the round before.
    last: Option<(usize, f64)>,
    agreed: u32,
}

impl Echo {
    /// For a tone of `hertz` and a linear `level` on `output` (from 0), at `rate` Hz. It begins at once.
    pub fn new(output: u8, hertz: f64, level: f32, rate: u32) -> Self {
        let step = hertz / f64::from(rate.max(1));
        Self {
            tone: Tone { output, step: Step::of(step), level },
            step,
            way: (f64::from(rate) * WAY_S) as u64,
            phase: Phase::Without,
            from: 0,
            round: 0,
            last: None,
            agreed: 0,
        }
    }

    /// Measures anew, since the stream began anew at absolute frame `position`. Play nothing until asked to.
    pub fn restarted(&mut self, position: u64) {
        self.phase = Phase::Without;
        self.from = position + self.way;
        (self.round, self.last, self.agreed) = (0, None, 0);
    }

    /// Takes in a look.
    pub fn look(&mut self, look: &Look) -> EchoStep {
        if look.position < self.from {
            return EchoStep::Wait;
        }
        let powers = || (0..look.channels).map(|channel| look.tone_power(channel, self.step)).collect();
        match std::mem::replace(&mut self.phase, Phase::Done) {
            Phase::Done => EchoStep::Wait,
            Phase::Without => {
                self.phase = Phase::With(powers());
                self.from = look.end() + self.way;
                EchoStep::Play(Some(self.tone))
            }
            Phase::With(without) => {
                let powers: Vec<f64> = powers();
                self.from = look.end() + self.way;
                self.judge(arrived(&without, &powers))
            }
        }
    }

    fn judge(&mut self, heard: Option<(usize, f64)>) -> EchoStep {
        self.round += 1;
        self.agreed = match heard {
            None => 0,
            Some(now) if self.last.is_some_and(|last| agree(last, now)) => self.agreed + 1,
            Some(_) => 1,
        };
        self.last = heard;
        match heard {
            Some((channel, _)) if self.agreed >= AGREEING => EchoStep::Heard(channel),
            _ if self.round >= ROUNDS => EchoStep::Missing,
            _ => {
                self.phase = Phase::Without;
                EchoStep::Play(None)
            }
        }
    }
}

fn agree(one: (usize, f64), other: (usize, f64)) -> bool {
    one.0 == other.0 && one.1 < other.1 * STEADY && other.1 < one.1 * STEADY
}

/// The one channel on which the tone is, and its power there.
fn arrived(without: &[f64], with: &[f64]) -> Option<(usize, f64)> {
    let (channel, loudest) = with.iter().copied().enumerate().max_by(|a, b| a.1.total_cmp(&b.1))?;
    let alone = with.iter().enumerate().all(|(other, power)| other == channel || power * LOUDER < loudest);
    let before = without.get(channel).copied()?;
    (alone && loudest >= LEAST && loudest >= before * LOUDER).then_some((channel, loudest))
}
