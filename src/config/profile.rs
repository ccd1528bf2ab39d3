//! Profiles: how short the card's ring is, under a name for what that is good for.
//!
//! Runs on: main.
use super::check::Check;
use super::file::Config;
use super::key::Key;
use super::range::within;
use serde::{Deserialize, Serialize};
use toml::Value;

/// What the ring is to be good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// Hears itself soonest.
    LowLatency,
    /// Between the two.
    Balanced,
    /// Forgives the most.
    Safe,
}

impl Profile {
    /// Each, from the shortest ring to the longest.
    pub const ALL: [Self; 3] = [Self::LowLatency, Self::Balanced, Self::Safe];

    /// As the file writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::LowLatency => "low_latency",
            Self::Balanced => "balanced",
            Self::Safe => "safe",
        }
    }
}

/// What a profile stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figures {
    /// Frames of one period, 16..4096; has to be given.
    pub frames_per_period: usize,
    /// Periods of the card's ring, 2..32; has to be given.
    pub periods: usize,
}

impl Figures {
    /// Frames that the ring holds.
    pub fn ring(&self) -> usize {
        self.frames_per_period * self.periods
    }
}

/// `[profiles]`: what each stands for on a board.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Profiles {
    /// 64 frames, 3 periods.
    pub low_latency: Figures,
    /// 128 frames, 4 periods.
    pub balanced: Figures,
    /// 256 frames, 6 periods.
    pub safe: Figures,
}

impl Profiles {
    /// What it stands for.
    pub fn of(&self, profile: Profile) -> Figures {
        match profile {
            Profile::LowLatency => self.low_latency,
            Profile::Balanced => self.balanced,
            Profile::Safe => self.safe,
        }
    }
}

impl Default for Profiles {
    fn default() -> Self {
        let figures = |frames_per_period, periods| Figures { frames_per_period, periods };
        Self { low_latency: figures(64, 3), balanced: figures(128, 4), safe: figures(256, 6) }
    }
}

/// Writes into `tree` what its profile stands for, where the keys themselves are not given: these go before. What is wrong is
/// left as it is, for others to find.
pub(super) fn fill_in(tree: &mut Value) {
    let Some(figures) = figures(tree) else { return };
    let Value::Table(table) = tree else { return };
    for (key, number) in [("frames_per_period", figures.frames_per_period), ("periods", figures.periods)] {
        if within(key, number as f32).is_ok() {
            table.entry(key).or_insert(Value::Integer(number as i64));
        }
    }
}

fn figures(tree: &Value) -> Option<Figures> {
    let profile: Profile = tree.get("profile")?.clone().try_into().ok()?;
    let profiles: Profiles = match tree.get("profiles") {
        Some(profiles) => profiles.clone().try_into().ok()?,
        None => Profiles::default(),
    };
    Some(profiles.of(profile))
}

impl Check<'_> {
    /// Profiles hold what their names say.
    pub(super) fn profiles(&mut self) {
        let Config { profiles, .. } = self.config;
        for pair in Profile::ALL.windows(2) {
            let &[shorter, longer] = pair else { continue };
            let (key, other) =
                (format!("profiles.{}", longer.name()), format!("profiles.{}", shorter.name()));
            let least = profiles.of(shorter).ring();
            self.rule(&Key::dotted(&key), &other, profiles.of(longer).ring() >= least, || {
                format!(
                    "must hold as many frames as {} at least, {least} (frames_per_period x periods)",
                    shorter.name()
                )
            });
        }
    }
}
