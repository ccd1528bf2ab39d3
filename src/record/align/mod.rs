//! How the takes of two boxes lie against each other (`vestry align`): by their clocks, and by what both have heard.
//!
//! Runs on: main.
//!
//! Frame 0 of B is frame `offset` of A, so B began later where it is positive. `drift` is how much faster B's card runs, in
//! ppm: A's frame p is B's frame (p - offset) * (1 + drift / 1,000,000).
mod clocks;
mod line;
mod sound;
#[cfg(test)]
mod sound_tests;
mod text;
mod track;

pub use clocks::{ByClocks, by_clocks};
pub use sound::{BySound, NoSound, Place, Samples, by_sound};
pub use text::text;

use super::manifest::Manifest;
use super::multitrack;
use super::storage::Storage;
use serde::Serialize;
use std::path::Path;
use track::Reader;

/// Sound travels so long from one box's microphones to the other's, at most: 10 m.
const APART_S: f64 = 0.03;
/// Drifts that differ by no more are the same, in ppm, beside what they are uncertain by.
const SAME_PPM: f64 = 1.0;
/// Longest time to either side in which the same sound is looked for, in seconds.
pub const MOST_SEARCH_S: f64 = 60.0;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The track that is compared, by name; none: the mix, or all tracks together where there is none.
    pub track: Option<String>,
    /// How far to either side of where the clocks say sound is looked for, in seconds; more where they are less certain.
    pub search_s: f64,
}

/// What two takes have to do with each other.
#[derive(Clone, Debug, Serialize)]
pub struct Alignment {
    /// Name of the first take.
    pub a: String,
    /// Name of the second one.
    pub b: String,
    /// Frames a second of A.
    pub sample_rate: u32,
    /// By their clocks; none where a take tells no time.
    pub clocks: Option<ByClocks>,
    /// By sound; none where both have none in common.
    pub sound: Option<BySound>,
    /// Why there is nothing by sound.
    pub no_sound: Option<String>,
    /// Whether both say the same; none where one of them says nothing.
    pub agree: Option<bool>,
}

impl Alignment {
    /// Whether there is an answer, and only one.
    pub fn is_good(&self) -> bool {
        self.agree.unwrap_or(self.clocks.is_some() || self.sound.is_some())
    }

    /// As one object.
    pub fn json(&self) -> String {
        super::manifest::json_line(self)
    }
}

/// Why takes cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum AlignError {
    /// A folder is no take of ours.
    #[error("{folder}: {reason}")]
    Take {
        /// The folder.
        folder: String,
        /// Why not.
        reason: String,
    },
    /// No track is called so.
    #[error("--track {track}: {folder} has no such track; it has {has}")]
    Track {
        /// What was asked for.
        track: String,
        /// The folder.
        folder: String,
        /// The names there are.
        has: String,
    },
}

/// Holds the takes in the folders `a` and `b` against each other.
///
/// # Errors
/// One of them is no take of ours, or has not the track that is wanted.
pub fn align(storage: &dyn Storage, a: &Path, b: &Path, wanted: &Wanted) -> Result<Alignment, AlignError> {
    let (first, second) = (manifest(storage, a)?, manifest(storage, b)?);
    let clocks = by_clocks(&first, &second);
    let heard = heard(storage, (a, b), (&first, &second), (wanted, clocks.as_ref()))?;
    let (sound, no_sound) = match heard {
        Ok(sound) => (Some(sound), None),
        Err(why) => (None, Some(why.to_string())),
    };
    let agree = clocks.as_ref().zip(sound.as_ref()).map(|(clocks, sound)| agree(clocks, sound));
    Ok(Alignment {
        a: first.name,
        b: second.name,
        sample_rate: first.sample_rate,
        clocks,
        sound,
        no_sound,
        agree,
    })
}

fn manifest(storage: &dyn Storage, folder: &Path) -> Result<Manifest, AlignError> {
    let take = |reason: String| AlignError::Take { folder: folder.display().to_string(), reason };
    Manifest::read(storage, folder).map_err(|error| take(format!("is no take: {error}")))
}

type Pair<'a, T> = (&'a T, &'a T);

fn heard(
    storage: &dyn Storage,
    (a, b): Pair<'_, Path>,
    (first, second): Pair<'_, Manifest>,
    (wanted, clocks): (&Wanted, Option<&ByClocks>),
) -> Result<Result<BySound, NoSound>, AlignError> {
    let open = |folder: &Path| {
        let take = |reason: String| AlignError::Take { folder: folder.display().to_string(), reason };
        let takes = multitrack::open(storage, folder).map_err(|error| take(error.to_string()))?;
        Reader::new(storage, takes, wanted.track.as_deref()).map_err(|has| AlignError::Track {
            track: wanted.track.clone().unwrap_or_default(),
            folder: folder.display().to_string(),
            has,
        })
    };
    let (one, other) = (open(a)?, open(b)?);
    if first.sample_rate != second.sample_rate {
        return Ok(Err(NoSound::Rates(first.sample_rate, second.sample_rate)));
    }
    let rate = f64::from(first.sample_rate);
    let uncertain = clocks.and_then(|clocks| clocks.uncertainty_ms).unwrap_or(0.0) / 1_000.0;
    let search = (wanted.search_s.max(uncertain + APART_S)).min(MOST_SEARCH_S) * rate;
    let expected = clocks.map_or(0.0, |clocks| clocks.offset_frames);
    Ok(by_sound(&one, &other, expected, search).map(|sound| sound.at_rate(rate)))
}

/// Whether the two ways lead to the same, each as far as it is certain.
fn agree(clocks: &ByClocks, sound: &BySound) -> bool {
    let apart_ms = (clocks.offset_ms - sound.offset_ms).abs();
    let offsets = apart_ms <= clocks.uncertainty_ms.unwrap_or(f64::INFINITY) + APART_S * 1_000.0;
    let drifts = clocks.drift_ppm.zip(clocks.drift_uncertainty_ppm).zip(sound.drift_ppm);
    let same =
        |((clocks, uncertain), sound): ((f64, f64), f64)| (clocks - sound).abs() <= uncertain + SAME_PPM;
    offsets && drifts.is_none_or(same)
}
