//! Is a manifest one that a take can have? A card comes from anywhere, and what `take.json` names is opened and written.
//!
//! Runs on: writer, repair, main.
use super::loudness::measure::FARTHEST;
use super::manifest::{LoudnessEntry, Manifest, TrackEntry};
use super::naming::{part_file, split_part};
use super::settings::MAX_LANES;
use super::timing::{MOST_PAIRS, MOST_STEPS, Timing};
use super::wave::MAX_RATE;
use std::collections::HashSet;

/// What no take of ours says of itself, in one line; none where all is well.
pub(super) fn fault(manifest: &Manifest) -> Option<String> {
    if !(1..=MAX_RATE).contains(&manifest.sample_rate) {
        return Some(format!("sample_rate is {}, not 1..{MAX_RATE}", manifest.sample_rate));
    }
    if let Some(fault) = manifest.loudness.as_ref().and_then(of_loudness) {
        return Some(fault);
    }
    if let Some(fault) = manifest.timing.as_ref().and_then(of_timing) {
        return Some(fault);
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

/// More than is kept of any take.
fn of_timing(timing: &Timing) -> Option<String> {
    let lists = [("pairs", timing.pairs.len(), MOST_PAIRS), ("steps", timing.steps.len(), MOST_STEPS)];
    let (name, count, most) = lists.into_iter().find(|(_, count, most)| count > most)?;
    Some(format!("timing has {count} {name}, not 0..{most}"))
}

/// A level that no sound has, or more tracks than a take can have.
fn of_loudness(entry: &LoudnessEntry) -> Option<String> {
    if entry.tracks.len() > MAX_LANES {
        return Some(format!("loudness has {} tracks, not 0..{MAX_LANES}", entry.tracks.len()));
    }
    let tracks = entry.tracks.iter().map(|track| &track.loudness);
    tracks.chain(&entry.mix).find_map(|loudness| {
        let values = [
            ("integrated_lufs", loudness.integrated_lufs, -FARTHEST),
            ("range_lu", loudness.range_lu, 0.0),
            ("true_peak_dbtp", loudness.true_peak_dbtp, -FARTHEST),
        ];
        let wrong = |(_, value, least): &(_, Option<f64>, f64)| {
            value.is_some_and(|value| !(*least..=FARTHEST).contains(&value))
        };
        let (name, value, least) = values.into_iter().find(wrong)?;
        Some(format!("{name} is {}, not {least}..{FARTHEST}", value.unwrap_or_default()))
    })
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
    fn loudness_that_no_sound_has_is_refused() {
        let entry = |text: &str| -> LoudnessEntry {
            serde_json::from_str(&format!("{{\"frames\": 1, {text}}}")).unwrap()
        };
        let track = |text: &str| format!("\"tracks\": [{{\"name\": \"A\", \"input\": 1, {text}}}]");
        for right in [
            track("\"integrated_lufs\": -23.0, \"range_lu\": 0, \"true_peak_dbtp\": 0.5"),
            "\"mix\": {}, \"tracks\": []".into(),
            "\"mix\": null, \"tracks\": []".into(),
        ] {
            assert_eq!(of_loudness(&entry(&right)), None, "{right}");
        }
        for (wrong, fault) in [
            (track("\"range_lu\": -0.1"), "range_lu is -0.1, not 0..200"),
            (track("\"true_peak_dbtp\": 1e300"), "true_peak_dbtp is 1000"),
            (
                "\"mix\": {\"integrated_lufs\": -201}, \"tracks\": []".into(),
                "integrated_lufs is -201, not -200..200",
            ),
        ] {
            let said = of_loudness(&entry(&wrong));
            assert!(said.as_ref().is_some_and(|said| said.starts_with(fault)), "{wrong}: {said:?}");
        }
        let mut many = entry(&track("\"range_lu\": 0"));
        many.tracks = vec![many.tracks[0].clone(); MAX_LANES + 1];
        assert!(of_loudness(&many).is_some());
    }

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
