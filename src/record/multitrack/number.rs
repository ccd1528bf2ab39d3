//! Which input a file is of, by the numbers in the names of a folder's files. Pure.
//!
//! Runs on: soundcheck.
use std::cmp::Ordering;
use vestry_rt::MAX_INPUTS;

/// The input of each name, from 1: by the first number in each, else by the last, where these tell all of them apart and are inputs;
/// else by their order. So `01_Kick`, `Track 1` and `2026-11-26 CH05` are understood, and a date before the number does no harm.
pub(super) fn inputs(stems: &[&str]) -> Vec<usize> {
    let by = |pick: fn(&[u64]) -> Option<u64>| {
        let picked: Option<Vec<usize>> = stems
            .iter()
            .map(|stem| pick(&numbers(stem)).and_then(|number| usize::try_from(number).ok()))
            .collect();
        picked.filter(|inputs| are_apart(inputs))
    };
    by(|numbers| numbers.first().copied())
        .or_else(|| by(|numbers| numbers.last().copied()))
        .unwrap_or_else(|| (1..=stems.len()).collect())
}

fn are_apart(inputs: &[usize]) -> bool {
    let mut sorted = inputs.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    sorted.len() == inputs.len() && sorted.iter().all(|input| (1..=MAX_INPUTS).contains(input))
}

/// The numbers in a text, in their order; one that is too large counts as the largest.
fn numbers(text: &str) -> Vec<u64> {
    let runs = text.split(|char: char| !char.is_ascii_digit()).filter(|run| !run.is_empty());
    runs.map(|run| run.parse().unwrap_or(u64::MAX)).collect()
}

/// Names as people sort them: `Track 2` before `Track 10`.
pub(super) fn by_name(a: &str, b: &str) -> Ordering {
    let words =
        |text: &str| text.split(|char: char| char.is_ascii_digit()).next().unwrap_or_default().to_lowercase();
    words(a).cmp(&words(b)).then_with(|| numbers(a).cmp(&numbers(b))).then_with(|| a.cmp(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_names_are_inputs_where_they_tell_them_apart() {
        assert_eq!(inputs(&["01_Kick", "03_Snare", "02 Bass 2"]), [1, 3, 2]);
        assert_eq!(inputs(&["Track 10", "Track 2"]), [10, 2]);
        assert_eq!(inputs(&["2026-11-26 CH05", "2026-11-26 CH07"]), [5, 7]);
        assert_eq!(inputs(&["Kick", "Snare"]), [1, 2]);
        assert_eq!(inputs(&["Kick 1", "Snare 1"]), [1, 2]);
        assert_eq!(inputs(&["Kick 0", "Snare 40"]), [1, 2], "no inputs");
        assert_eq!(inputs(&["99999999999999999999999"]), [1]);
    }

    #[test]
    fn names_are_sorted_as_people_do() {
        let mut names = ["Track 10", "track 2", "Track 1", "Bass", "02_a", "10_a", "1_b"];
        names.sort_by(|a, b| by_name(a, b));
        assert_eq!(names, ["1_b", "02_a", "10_a", "Bass", "Track 1", "track 2", "Track 10"]);
    }
}
