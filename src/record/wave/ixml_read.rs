//! Names of tracks in the iXML of any maker.
//!
//! Runs on: soundcheck.

/// Longest name that is kept, in characters.
const LONGEST: usize = 64;

/// Names of the first `most` channels, by INTERLEAVE_INDEX, else by their order; empty ones where it tells none. Never panics,
/// whatever the text is.
pub fn names(text: &str, most: usize) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let tracks = text.split("<TRACK>").skip(1).take(most);
    for (place, track) in tracks.enumerate() {
        let track = track.split("</TRACK>").next().unwrap_or_default();
        let place = match element(track, "INTERLEAVE_INDEX").map(|index| index.trim().parse::<usize>()) {
            Some(Ok(index)) if (1..=most).contains(&index) => index - 1,
            _ => place,
        };
        let name = unescape(element(track, "NAME").unwrap_or_default().trim());
        names.resize(names.len().max(place + 1), String::new());
        if let Some(slot) = names.get_mut(place) {
            *slot = name.chars().filter(|char| !char.is_control()).take(LONGEST).collect();
        }
    }
    names
}

fn element<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    rest.split_once(&format!("</{name}>")).map(|(content, _)| content)
}

fn unescape(text: &str) -> String {
    let plain = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];
    plain.iter().fold(text.to_owned(), |text, (escaped, char)| text.replace(escaped, char))
}

#[cfg(test)]
mod tests {
    use super::super::ixml::Ixml;
    use super::super::{Format, Spec};
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn names_that_are_written_are_read(names in prop::collection::vec("[ -~]{1,20}", 1..8)) {
            let spec = Spec { format: Format::Pcm24, channels: names.len() as u16, sample_rate: 48_000 };
            let tracks = names.iter().map(|name| (name.as_str(), "pre")).collect();
            let text = Ixml { tracks, ..Ixml::default() }.text(&spec, 100_000);
            let trimmed: Vec<_> = names.iter().map(|name| name.trim().to_owned()).collect();
            prop_assert_eq!(super::names(&text, 32), trimmed);
        }

        #[test]
        fn no_text_makes_it_panic(pieces in prop::collection::vec(
            prop::sample::select(vec!["<TRACK>", "</TRACK>", "<NAME>", "</NAME>", "<INTERLEAVE_INDEX>", "</INTERLEAVE_INDEX>", "7", "0", "&amp;lt;", "é"]), 0..60)) {
            let names = names(&pieces.concat(), 5);
            prop_assert!(names.len() <= 5);
        }
    }
}
