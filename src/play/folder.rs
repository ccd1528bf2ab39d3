//! Which file belongs to which pad.
//!
//! Runs on: player.
use super::settings::PlayerSettings;
use crate::config::PadConfig;
use std::fs;
use std::path::{Path, PathBuf};

/// Endings of files that are put on pads unasked. What is in them is told by their content.
const ENDINGS: &[&str] = &["wav", "wave", "aif", "aiff", "aifc", "flac", "mp3", "ogg", "oga"];

/// What was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// Places and what is on them.
    pub pads: Vec<(usize, PadConfig)>,
    /// What is wrong with the folder as a whole.
    pub faults: Vec<String>,
}

/// The pads of the configuration; where it has none, the files of the folder in the order of their names.
pub fn find(settings: &PlayerSettings) -> Found {
    if !settings.pads.is_empty() {
        return Found { pads: settings.pads.clone(), faults: Vec::new() };
    }
    let files = match files(&settings.dir) {
        Ok(files) => files,
        Err(error) => {
            let fault = format!("player.dir {}: cannot be read: {error}", settings.dir.display());
            return Found { pads: Vec::new(), faults: vec![fault] };
        }
    };
    let (all, most) = (files.len(), settings.shape.count());
    let pad = |at, file| PadConfig { strips: settings.strips.clone(), ..PadConfig::of(at, file) };
    let place = |(index, file)| Some((index, pad(settings.shape.name(index)?, file)));
    let pads = files.into_iter().enumerate().filter_map(place).collect();
    let left = all.saturating_sub(most);
    let fault = format!("{left} files of {} have no pad: the bank has {most}", settings.dir.display());
    Found { pads, faults: Some(fault).filter(|_| left > 0).into_iter().collect() }
}

/// Names of the clips in a folder, in order. Hidden ones are none.
fn files(dir: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir)? {
        let name = PathBuf::from(entry?.file_name());
        let ending = name.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        let hidden = name.to_string_lossy().starts_with('.');
        if ENDINGS.contains(&ending.as_str()) && !hidden && dir.join(&name).is_file() {
            files.push(name);
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;

    fn settings(dir: &Path, more: &str) -> PlayerSettings {
        let dir = dir.display();
        let text = format!(
            "[device]\nkind = \"offline\"\n[[input]]\nsource = \"player\"\n[player]\ndir = \"{dir}\"\n{more}"
        );
        PlayerSettings::of(&config::parse("x", &text).unwrap()).unwrap()
    }

    #[test]
    fn files_take_the_pads_in_the_order_of_their_names() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["2.WAV", "1.mp3", "10.flac", "notes.txt", ".hidden.wav", "none"] {
            fs::write(dir.path().join(name), name).unwrap();
        }
        fs::create_dir(dir.path().join("folder.wav")).unwrap();
        let found = find(&settings(dir.path(), ""));
        let names: Vec<_> = found.pads.iter().map(|(at, pad)| (*at, pad.file.to_str().unwrap())).collect();
        assert_eq!(names, [(0, "1.mp3"), (1, "10.flac"), (2, "2.WAV")]);
        assert_eq!(found.pads[1].1.at.unwrap().to_string(), "1.1.2");
        let small = find(&settings(dir.path(), "banks = 1\nrows = 1\ncolumns = 2"));
        assert_eq!((small.pads.len(), small.faults.len()), (2, 1));
        assert!(small.faults[0].starts_with("1 files of "), "{}", small.faults[0]);
    }

    #[test]
    fn entries_of_the_configuration_stand_for_the_folder() {
        let more = "[[pad]]\nat = \"6.6.6\"\nfile = \"a.wav\"";
        let found = find(&settings(Path::new("/nowhere"), more));
        assert_eq!((found.pads.len(), found.pads[0].0), (1, 215));
        let gone = find(&settings(Path::new("/nowhere"), ""));
        assert!(gone.pads.is_empty() && gone.faults[0].contains("/nowhere: cannot be read"), "{gone:?}");
    }
}
