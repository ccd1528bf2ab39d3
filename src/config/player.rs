//! What the player is set to: its folder of clips, the shape of its bank, how much memory clips may take.
//!
//! Runs on: main.
use super::check::Check;
use super::file::Config;
use super::key::Key;
use super::pad::{BankShape, PadConfig, PadMode, PadName};
use serde::{Deserialize, Serialize};
use std::path::{Component, Path, PathBuf};

/// Longest name of a pad, in characters: as that of an input.
const LONGEST_NAME: usize = 32;

/// `[player]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PlayerConfig {
    /// The folder of the clips; none, and no player.
    pub dir: Option<PathBuf>,
    /// What all decoded clips may take together, 1..4096 MB of 1,000,000 bytes; 64. A clip that takes more than a tenth of it is
    /// read while it plays.
    pub memory_mb: u32,
    /// Banks, 1..16; 6.
    pub banks: u8,
    /// Rows of a bank, 1..16; 6.
    pub rows: u8,
    /// Columns of a row, 1..16; 6.
    pub columns: u8,
}

impl Default for PlayerConfig {
    fn default() -> Self {
        Self { dir: None, memory_mb: 64, banks: 6, rows: 6, columns: 6 }
    }
}

impl PlayerConfig {
    /// How many pads there are, and what they are called.
    pub fn shape(&self) -> BankShape {
        BankShape { banks: self.banks, rows: self.rows, columns: self.columns }
    }
}

impl Config {
    /// The place of each `[[pad]]` in the bank: where `at` says, else after the entry before it. `None` where there is no
    /// such place.
    pub fn pad_places(&self) -> Vec<Option<usize>> {
        let shape = self.player.shape();
        let mut next = Some(0);
        let place = |pad: &PadConfig| {
            let here = pad.at.map_or(next, |at| shape.index(at));
            next = here.map(|here| here + 1);
            here.filter(|here| *here < shape.count())
        };
        self.pad.iter().map(place).collect()
    }

    /// Each `[[pad]]` by its place, with what people call it.
    pub fn pads_called(&self) -> Vec<(PadName, String)> {
        let shape = self.player.shape();
        let named = |(place, pad): (Option<usize>, &PadConfig)| Some((shape.name(place?)?, pad.called()));
        self.pad_places().into_iter().zip(&self.pad).filter_map(named).collect()
    }
}

impl Check<'_> {
    /// The player, and its pads against it.
    pub(super) fn player(&mut self) {
        let config = self.config;
        let dir = config.player.dir.as_deref();
        let named = dir.is_none_or(|dir| !dir.as_os_str().is_empty());
        self.rule(&Key::dotted("player.dir"), "", named, || "must name a folder, or be left out".into());
        self.rule(&Key::dotted("player.dir"), "pad", dir.is_some() || config.pad.is_empty(), || {
            "must name the folder of the clips where there are pads ([[pad]])".into()
        });
        self.player_inputs();
        self.pad_places();
        for (index, pad) in config.pad.iter().enumerate() {
            let key = |name: &str| Key::dotted("pad").item(index).name(name);
            self.rule(&key("file"), "", is_inside(&pad.file), || {
                "must name a file in player.dir, such as \"intro.wav\" or \"songs/intro.wav\"".into()
            });
            let name = pad.name.as_deref().unwrap_or("-");
            let fits =
                (1..=LONGEST_NAME).contains(&name.trim().chars().count()) && !name.contains(char::is_control);
            self.rule(&key("name"), "", fits, || format!("must be 1..{LONGEST_NAME} printable characters"));
            self.pad_loop(index, pad);
            self.pad_strips(index, pad);
            self.pad_groups(index, pad);
        }
    }

    fn pad_places(&mut self) {
        let places = self.config.pad_places();
        let last = self.config.player.shape().last();
        for (index, place) in places.iter().enumerate() {
            let at = Key::dotted("pad").item(index).name("at");
            self.rule(&at, "player", place.is_some(), || {
                format!("must be 1.1.1..{last} (`player.banks`, `rows`, `columns`)")
            });
            let earlier = places.iter().take(index).position(|other| place.is_some() && other == place);
            if let Some(earlier) = earlier {
                self.rule(&at, "player", false, || {
                    format!("must be another pad: pad[{}] is there", earlier + 1)
                });
            }
        }
    }

    fn pad_loop(&mut self, index: usize, pad: &PadConfig) {
        let key = |name: &str| Key::dotted("pad").item(index).name(name);
        let whole = pad.loop_frames.is_none_or(|[start, end]| start < end);
        let seconds = pad.loop_s.is_none_or(|[start, end]| start < end);
        for (name, right, given) in
            [("loop_s", seconds, pad.loop_s.is_some()), ("loop_frames", whole, pad.loop_frames.is_some())]
        {
            self.rule(&key(name), "", right, || "must be [start, end] with the start before the end".into());
            self.rule(&key(name), "", !given || pad.mode != PadMode::OneShot, || {
                "must be left out where mode is \"one_shot\", which never loops".into()
            });
        }
        let both = pad.loop_s.is_some() && pad.loop_frames.is_some();
        self.rule(&key("loop_frames"), "", !both, || "must be left out where loop_s is given".into());
    }

    /// Stems start as one, so that none may choke another.
    fn pad_groups(&mut self, index: usize, pad: &PadConfig) {
        let alike = |other: &PadConfig| {
            (pad.choke.is_some() && other.choke == pad.choke)
                && (pad.stem.is_some() && other.stem == pad.stem)
        };
        let Some(other) = self.config.pad.iter().take(index).position(alike) else { return };
        let key = Key::dotted("pad").item(index).name("choke");
        self.rule(&key, "", false, || {
            format!("must be another group than that of pad[{}], which is a stem of the same", other + 1)
        });
    }
}

/// Whether a path stays in the folder that it starts from.
fn is_inside(path: &Path) -> bool {
    !path.as_os_str().is_empty() && path.components().all(|part| matches!(part, Component::Normal(_)))
}

impl PadConfig {
    /// What people call it: its name, or its file's without the ending.
    pub fn called(&self) -> String {
        let stem = self.file.file_stem().unwrap_or_default().to_string_lossy();
        self.name.clone().unwrap_or_else(|| stem.into_owned())
    }

    /// The settings of a pad that plays a file and nobody said more of.
    pub fn of(at: PadName, file: PathBuf) -> Self {
        Self { at: Some(at), file, ..Self::default() }
    }
}

#[cfg(test)]
#[path = "player_tests.rs"]
mod tests;
