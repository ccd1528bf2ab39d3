//! Channels that carry the same: sample for sample, or nearly.
//!
//! Two channels that were different and are the same right after the stream began anew: that is no music, that is a card
//! that delivers one of them twice. Later a desk may send the same to two channels for reasons of its own; that is told,
//! but no fault.
//!
//! Runs on: supervisor.
use super::look::Look;
use std::collections::BTreeMap;

/// Frames of a look that are compared.
const COMPARED: usize = 2_048;
/// Looks after a new beginning in which twins are a fault.
const FRESH: u32 = 20;
/// Looks in a row that have to agree.
const AGREEING: u32 = 3;
/// Correlation from which channels are the same.
const SAME: f64 = 0.995;
/// Correlation up to which they are different.
const DIFFERENT: f64 = 0.8;

/// Two channels, from 0, the lower first.
type Pair = (usize, usize);

/// What a pair was in the last looks.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    same: bool,
    times: u32,
    /// As agreed on, in this stream.
    agreed: Option<bool>,
}

/// What is known of every pair of channels.
#[derive(Clone, Debug, Default)]
pub struct Twins {
    silent_below: f64,
    since: u64,
    looks: u32,
    now: BTreeMap<Pair, Seen>,
    /// Whether they were the same, before the stream began anew.
    before: BTreeMap<Pair, bool>,
    /// Became the same when it did.
    faults: Vec<Pair>,
}

impl Twins {
    /// Nothing known; channels with an RMS below `silent_below` are not compared.
    pub fn new(silent_below: f64) -> Self {
        Self { silent_below, ..Self::default() }
    }

    /// The stream has begun anew at absolute frame `position`.
    pub fn restarted(&mut self, position: u64) {
        let known = std::mem::take(&mut self.now).into_iter();
        self.before.extend(known.filter_map(|(pair, seen)| Some((pair, seen.agreed?))));
        (self.since, self.looks) = (position, 0);
        self.faults.clear();
    }

    /// Channels are read elsewhere now: what was heard of them is void.
    pub fn reread(&mut self) {
        self.now.clear();
        self.faults.clear();
        self.looks = 0;
    }

    /// Takes in a look. Channels count as they are read, `rotation` channels further on.
    pub fn look(&mut self, look: &Look, rotation: usize) {
        if look.position < self.since {
            return;
        }
        self.looks = self.looks.saturating_add(1);
        let sounding: Vec<(usize, Wave)> = (0..look.channels)
            .filter(|channel| look.rms(*channel) >= self.silent_below)
            .map(|channel| {
                (
                    (channel + look.channels - rotation % look.channels) % look.channels,
                    Wave::of(look, channel),
                )
            })
            .collect();
        for (at, (channel, wave)) in sounding.iter().enumerate() {
            for (other, another) in sounding.iter().skip(at + 1) {
                let pair = (*channel.min(other), *channel.max(other));
                self.compare(pair, wave.likeness(another));
            }
        }
    }

    /// Pairs of channels (from 0) that carry the same now.
    pub fn pairs(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.now.iter().filter(|(_, seen)| seen.agreed == Some(true)).map(|(pair, _)| *pair)
    }

    /// The first pair that became the same when the stream began anew, while it is.
    pub fn fault(&self) -> Option<String> {
        let (one, other) = self.faults.first()?;
        Some(format!("channel order wrong: channels {} and {} carry the same", one + 1, other + 1))
    }

    fn compare(&mut self, pair: Pair, likeness: f64) {
        let same = match likeness {
            high if high >= SAME => true,
            low if low <= DIFFERENT => false,
            _ => return,
        };
        let seen = self.now.entry(pair).or_default();
        seen.times = if seen.same == same { seen.times.saturating_add(1) } else { 1 };
        seen.same = same;
        if seen.times < AGREEING {
            return;
        }
        let news = seen.agreed.replace(same) != Some(same);
        if !same {
            self.faults.retain(|fault| *fault != pair);
        } else if news && self.looks <= FRESH && self.before.get(&pair) == Some(&false) {
            self.faults.push(pair);
        }
    }
}

/// One channel about its mean.
struct Wave {
    samples: Vec<f32>,
    energy: f64,
}

impl Wave {
    fn of(look: &Look, channel: usize) -> Self {
        let count = look.frames.clamp(1, COMPARED) as f64;
        let mean = look.channel(channel).take(COMPARED).map(f64::from).sum::<f64>() / count;
        let samples: Vec<f32> =
            look.channel(channel).take(COMPARED).map(|sample| (f64::from(sample) - mean) as f32).collect();
        let energy = samples.iter().map(|sample| f64::from(*sample).powi(2)).sum();
        Self { samples, energy }
    }

    /// Normalised correlation, 1.0 for the same sound at any level; polarity does not count.
    fn likeness(&self, other: &Self) -> f64 {
        let product: f64 = self.samples.iter().zip(&other.samples).map(|(a, b)| f64::from(a * b)).sum();
        product.abs() / (self.energy * other.energy).sqrt().max(f64::MIN_POSITIVE)
    }
}
