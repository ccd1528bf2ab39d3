//! The trials of all media, of one self-test: begun together, over when each is or has had time enough.
//!
//! Runs on: supervisor, main (`vestry selftest`).
use super::settings;
use crate::config::Config;
use crate::guard::Writes;
use crate::record::storage::Disk;
use crate::record::{Ground, RecordSettings, Trial};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A medium that has not answered by then stands still.
const PATIENCE: Duration = Duration::from_secs(30);

/// Something of each medium, by its name where there are several.
pub type Each<T> = Vec<(Option<String>, T)>;

/// Under way.
#[derive(Debug)]
pub struct Trials {
    since: Instant,
    trials: Each<Trial>,
    done: Each<Writes>,
}

impl Trials {
    /// Begins one on every medium, each on a thread of its own.
    pub fn begin(config: &Config) -> Self {
        let mut begun = Self { since: Instant::now(), trials: Vec::new(), done: Vec::new() };
        for (name, settings) in names(config).into_iter().zip(settings::record(config, &BTreeMap::new())) {
            let RecordSettings { dir, apart_from, min_free_bytes: spare, optional, .. } = settings;
            match Trial::begin(Arc::new(Disk), Ground { dir, apart_from, spare, optional }) {
                Ok(trial) => begun.trials.push((name, trial)),
                Err(error) => begun.done.push((name, Err(error.to_string()))),
            }
        }
        begun
    }

    /// What came of every trial, once all are over or have had time enough; nothing of a medium that is out and may be.
    /// Returns at once.
    pub fn outcome(&mut self) -> Option<Each<Writes>> {
        let late = self.since.elapsed() > PATIENCE;
        let done = &mut self.done;
        self.trials.retain(|(name, trial)| {
            let silent = || late.then(|| Err(format!("no answer within {} s", PATIENCE.as_secs())));
            let writes = trial.outcome().or_else(silent);
            let goes_on = writes.is_none();
            done.extend(writes.and_then(Result::transpose).map(|writes| (name.clone(), writes)));
            goes_on
        });
        self.trials.is_empty().then(|| std::mem::take(done))
    }
}

/// What of it the medium of that name has.
pub fn of<'a, T>(each: &'a Each<T>, name: &Option<String>) -> Option<&'a T> {
    each.iter().find(|(of, _)| of == name).map(|(_, what)| what)
}

/// What each medium is called; no name where there is but one, which needs none.
pub fn names(config: &Config) -> Vec<Option<String>> {
    let media = config.media();
    let several = media.len() > 1;
    media.into_iter().map(|(name, _)| several.then_some(name)).collect()
}
