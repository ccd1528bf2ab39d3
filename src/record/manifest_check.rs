//! Is a manifest one that a take can have? A card comes from anywhere, and what `take.json` names is opened and written.
//!
//! Runs on: writer, repair, main.
use super::manifest::{Manifest, TrackEntry};
use super::naming::{part_file, split_part};
use super::settings::MAX_LANES;
use super::wave::MAX_RATE;
use std::collections::HashSet;

/// What no take of ours says of itself, in one line; none where all is well.
pub(super) fn fault(manifest: &Manifest) -> Option<String> {
    if !(1..=MAX_RATE).contains(&manifest.sample_rate) {
        return Some(format!("sample_rate is {}, not 1..{MAX_RATE}", manifest.sample_rate));
    }
    let mut seen = HashSet::new();
    manifest.tracks.iter().find_map(|track| of_track(track, &mut seen))
}

fn of_track<'a>(track: &'a TrackEntry, seen: &mut HashSet<&'a str>) -> Option<String> {
    if !(1..=MAX_LANES).contains(&track.channels.len()) {
        return Some(format!("{:?} has {} channels, not 1..{MAX_LANES}", track.stem, track.channels.len()));
    }
    for part in &track.parts {
        if !is_part(&part.file, &track.stem) {
            return Some(format!("{:?} is no file of track {:?}", part.file, track.stem));
        }
        if !seen.insert(&part.file) {
            return Some(format!("{:?} is there twice", part.file));
        }
    }
    None
}

/// Whether the file lies in the take's folder and bears the track's name.
fn is_part(file: &str, stem: &str) -> bool {
    let plain = !stem.is_empty() && !stem.contains(['/', '\0']);
    plain && (file == part_file(stem, 1) || split_part(file).is_some_and(|(other, _)| other == stem))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_a_track_is_in_the_folder_and_bears_its_name() {
        for (file, stem) in
            [("01_A.wav", "01_A"), ("01_A_p012.wav", "01_A"), ("A_p002.wav", "A_p002"), ("...wav", "..")]
        {
            assert!(is_part(file, stem), "{file}");
        }
        for (file, stem) in [
            ("/secret.wav", "/secret"),
            ("../a.wav", "../a"),
            ("../01_A.wav", "01_A"),
            ("take.json", "take"),
            ("01_A", "01_A"),
            ("", ""),
            (".wav", ""),
            ("01_A_p2.wav", "01_A"),
        ] {
            assert!(!is_part(file, stem), "{file}");
        }
    }
}
