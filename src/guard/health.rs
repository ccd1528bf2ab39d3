//! The health of each input, from its meters and from looks. Time is counted in frames.
//!
//! Quiet is no illness: a converter never delivers exact zeros, and hum or clipping has to go on before it counts.
//!
//! Runs on: supervisor.
use super::hum;
use super::look::Look;

/// The largest 24-bit sample is a hair below 1.0.
const CLIP: f32 = 1.0 - 1.0 / 8_388_608.0;
/// Exact zeros, or the same value, for so long: dead or stuck. In seconds.
const STILL_S: u64 = 10;
/// Clipping is looked at over so long, in seconds.
const CLIP_S: u64 = 10;
/// Share of the time with clips from which an input counts as clipping.
const CLIPPING: f64 = 0.02;
/// Hum has to go on for so long, in seconds, and be gone for half of it.
const HUM_S: u64 = 20;

/// How an input does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InputHealth {
    /// Nothing is known against it.
    #[default]
    Ok,
    /// Not in use: nothing is said of it.
    Unused,
    /// Exact zeros, while others are alive.
    Dead,
    /// The same value over and over.
    Stuck,
    /// Full scale again and again.
    Clipping,
    /// The mains are most of what it carries.
    Hum,
}

impl InputHealth {
    /// Every one.
    pub const ALL: [Self; 6] = [Self::Ok, Self::Unused, Self::Dead, Self::Stuck, Self::Clipping, Self::Hum];

    /// As telemetry tells it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Unused => "unused",
            Self::Dead => "dead",
            Self::Stuck => "stuck",
            Self::Clipping => "clipping",
            Self::Hum => "hum",
        }
    }

    /// Whether somebody has to look after it.
    pub fn is_ill(self) -> bool {
        !matches!(self, Self::Ok | Self::Unused)
    }
}

/// Since when something is so, and since when it is not, in frames.
#[derive(Clone, Copy, Debug, Default)]
struct Lasting {
    so: u64,
    not: u64,
    holds: bool,
}

impl Lasting {
    /// It is `so` for `frames` more; it holds after `on` of them in a row, and no more after `off` without.
    fn goes_on(&mut self, so: bool, frames: u64, (on, off): (u64, u64)) {
        (self.so, self.not) = if so { (self.so + frames, 0) } else { (0, self.not + frames) };
        self.holds = if self.holds { self.not < off } else { self.so >= on };
    }
}

/// One input.
#[derive(Clone, Copy, Debug, Default)]
struct Patient {
    unused: bool,
    zeros: Lasting,
    constant: Lasting,
    /// The value that it is stuck at.
    value: Option<i32>,
    /// Leaking sum of frames with clips.
    clips: f64,
    clipping: Lasting,
    hum: Lasting,
    /// End of the last look.
    looked: u64,
}

/// Every input.
#[derive(Clone, Debug)]
pub struct HealthMonitor {
    rate: u32,
    patients: Vec<Patient>,
}

impl HealthMonitor {
    /// For a card at `rate` Hz; one entry an input, true where it is not in use.
    pub fn new(rate: u32, unused: &[bool]) -> Self {
        let patient = |unused: &bool| Patient { unused: *unused, ..Patient::default() };
        Self { rate: rate.max(1), patients: unused.iter().map(patient).collect() }
    }

    /// Takes in the largest sample of each input within the last `frames` frames, full scale being 1.0.
    pub fn meters(&mut self, frames: u32, peaks: impl Iterator<Item = f32>) {
        let (frames, rate) = (u64::from(frames), u64::from(self.rate));
        if frames == 0 {
            return;
        }
        let peaks: Vec<f32> = peaks.take(self.patients.len()).collect();
        for (at, (patient, peak)) in self.patients.iter_mut().zip(&peaks).enumerate() {
            let others = || peaks.iter().enumerate().any(|(other, peak)| other != at && *peak > 0.0);
            // While everything is digital silence, nothing is known of anybody.
            if *peak > 0.0 || others() {
                patient.zeros.goes_on(*peak == 0.0, frames, (STILL_S * rate, rate));
            }
            let clips = *peak >= CLIP;
            let window = (CLIP_S * rate) as f64;
            patient.clips *= (-(frames as f64) / window).exp();
            patient.clips += if clips { frames as f64 } else { 0.0 };
            patient.clipping.goes_on(patient.clips >= CLIPPING * window, frames, (1, rate));
        }
    }

    /// Takes in a look at every channel of the card; input `n` is read from `channels[n]` (from 0).
    pub fn look(&mut self, look: &Look, channels: impl Iterator<Item = usize>) {
        let rate = u64::from(self.rate);
        for (patient, channel) in self.patients.iter_mut().zip(channels) {
            let frames = look.end().saturating_sub(patient.looked.max(look.position.saturating_sub(rate)));
            patient.looked = look.end();
            let value = look.constant(channel).filter(|value| *value != 0);
            let stuck = value.is_some() && value == patient.value;
            patient.value = value;
            patient.constant.goes_on(stuck, frames, (STILL_S * rate, 1));
            if let Some(hums) = hum::hums(look, channel, self.rate) {
                patient.hum.goes_on(hums, frames, (HUM_S * rate, HUM_S * rate / 2));
            }
        }
    }

    /// How each input does, in order.
    pub fn inputs(&self) -> Vec<InputHealth> {
        let of = |patient: &Patient| match patient {
            Patient { unused: true, .. } => InputHealth::Unused,
            Patient { zeros: Lasting { holds: true, .. }, .. } => InputHealth::Dead,
            Patient { constant: Lasting { holds: true, .. }, .. } => InputHealth::Stuck,
            Patient { clipping: Lasting { holds: true, .. }, .. } => InputHealth::Clipping,
            Patient { hum: Lasting { holds: true, .. }, .. } => InputHealth::Hum,
            _ => InputHealth::Ok,
        };
        self.patients.iter().map(of).collect()
    }
}
