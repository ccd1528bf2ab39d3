//! Names of takes and files, and the counter that keeps them apart whatever the clock says.
//!
//! Runs on: writer, main.
use super::clock::WallTime;
use super::durable::Staged;
use super::error::{Context, RecordError};
use super::storage::Storage;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Holds the number of the last take.
pub const COUNTER: &str = "counter.txt";
/// Longest part of a track's name in a file name, in characters.
const LONGEST: usize = 40;
/// Highest number that is counted on from: a higher one in a folder's name or in the counter is nothing that was counted.
const MOST: u64 = 999_999_999_999;
/// Highest number of a part: more than a file a second for a week.
const MOST_PARTS: usize = 999_999;
/// How many folders in the way are stepped over.
const TRIES: u64 = 1000;

/// A name that every file system takes: letters, digits, `-` and single `_`; never empty.
pub fn sanitise(name: &str) -> String {
    let fits = |char: char| char.is_alphanumeric() || char == '-';
    let words = name.split(|char| !fits(char)).filter(|word| !word.is_empty());
    let text: String = words.collect::<Vec<_>>().join("_").chars().take(LONGEST).collect();
    if text.is_empty() { "Input".into() } else { text }
}

/// `stem.wav`, and `stem_p002.wav` from the second part on.
pub fn part_file(stem: &str, part: usize) -> String {
    if part <= 1 { format!("{stem}.wav") } else { format!("{stem}_p{part:03}.wav") }
}

/// The stem and part number of a file name that `part_file` made; none for another.
pub fn split_part(file: &str) -> Option<(&str, usize)> {
    let base = file.strip_suffix(".wav")?;
    if let Some((stem, digits)) = base.rsplit_once("_p")
        && digits.len() >= 3
        && let Ok(part @ 2..=MOST_PARTS) = digits.parse()
    {
        return Some((stem, part));
    }
    Some((base, 1))
}

/// The number in a folder name `YYYY-MM-DD_HHMMSS_NNNN`; none for another name.
pub fn take_number(folder: &str) -> Option<u64> {
    let mut pieces = folder.split('_');
    let (date, time, number) = (pieces.next()?, pieces.next()?, pieces.next()?);
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let dated = date.len() == 10 && date.split('-').count() == 3 && date.split('-').all(digits);
    let whole =
        pieces.next().is_none() && time.len() == 6 && digits(time) && digits(number) && number.len() >= 4;
    if dated && whole { number.parse().ok() } else { None }
}

/// The last number used in `dir`: by the counter or by a folder, whichever is higher.
pub fn last_number(storage: &dyn Storage, dir: &Path) -> Result<u64, RecordError> {
    let entries = storage.list(dir).at("list", dir)?;
    let folders = entries.iter().filter(|entry| entry.is_dir).filter_map(|entry| take_number(&entry.name));
    let counted = folders.chain([counter(storage, dir)]).filter(|number| *number <= MOST);
    Ok(counted.max().unwrap_or(0))
}

/// What the counter file says; 0 where it says nothing.
fn counter(storage: &dyn Storage, dir: &Path) -> u64 {
    let mut bytes = [0; 24];
    let read = storage.open(&dir.join(COUNTER)).and_then(|file| file.read_at(0, &mut bytes)).unwrap_or(0);
    std::str::from_utf8(bytes.get(..read).unwrap_or(&[]))
        .ok()
        .and_then(|text| text.trim().parse().ok())
        .unwrap_or(0)
}

/// Writes a counter that says `number`, beside the one that is in place.
pub fn stage_counter(storage: &dyn Storage, dir: &Path, number: u64) -> Result<Staged, RecordError> {
    Staged::write(storage, dir.join("counter.tmp"), dir.join(COUNTER), format!("{number}\n").as_bytes())
}

/// Makes the folder of the next take and returns it with its number. What is in the way is stepped over, never touched.
/// Neither the folder nor the number is durable yet.
pub fn create_folder(
    storage: &dyn Storage,
    dir: &Path,
    start: &WallTime,
) -> Result<(PathBuf, u64), RecordError> {
    let first = last_number(storage, dir)?.saturating_add(1);
    create_numbered(storage, dir, &format!("{}_{}", start.date(), start.compact_time()), first)
}

/// Makes the folder for a copy of the take that is called `name` elsewhere: of the same name where no take here has its
/// number, else with the next number. The counter is left to the writer: a folder holds its number too.
pub fn create_copy(storage: &dyn Storage, dir: &Path, name: &str) -> Result<(PathBuf, u64), RecordError> {
    let entries = storage.list(dir).at("list", dir)?;
    let number = take_number(name).unwrap_or(0);
    let taken =
        number == 0 || entries.iter().any(|entry| entry.is_dir && take_number(&entry.name) == Some(number));
    let first = if taken { last_number(storage, dir)?.saturating_add(1) } else { number };
    create_numbered(storage, dir, name.rsplit_once('_').map_or(name, |(stamp, _)| stamp), first)
}

fn create_numbered(
    storage: &dyn Storage,
    dir: &Path,
    stamp: &str,
    first: u64,
) -> Result<(PathBuf, u64), RecordError> {
    for number in first..first.saturating_add(TRIES) {
        let path = dir.join(format!("{stamp}_{number:04}"));
        match storage.create_dir(&path) {
            Ok(()) => return Ok((path, number)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error).at("create folder", &path),
        }
    }
    Err(std::io::Error::from(ErrorKind::AlreadyExists)).at("find a free take number in", dir)
}

#[cfg(test)]
mod tests {
    use super::super::durable::commit;
    use super::super::storage::Disk;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_number_survives_a_wrong_clock_and_what_is_in_the_way() {
        let dir = tempfile::tempdir().unwrap();
        let make = |time: &str| {
            let made = create_folder(&Disk, dir.path(), &WallTime::parse(time).unwrap()).unwrap();
            commit(&Disk, [stage_counter(&Disk, dir.path(), made.1).unwrap()]).unwrap();
            made
        };
        assert_eq!(make("2025-05-01T10:00:00+00:00").1, 1);
        assert_eq!(make("1970-01-01T00:00:10+00:00").1, 2);
        std::fs::create_dir(dir.path().join("2030-01-01_000000_12345")).unwrap();
        std::fs::write(dir.path().join("2025-05-01_100000_12346"), "in the way").unwrap();
        let (path, number) = make("2025-05-01T10:00:00+00:00");
        assert_eq!((number, path.ends_with("2025-05-01_100000_12347")), (12_347, true));
        std::fs::remove_dir(path).unwrap();
        assert_eq!(make("2025-05-01T10:00:00+00:00").1, 12_348, "the counter remembers");
        std::fs::create_dir(dir.path().join(format!("2031-01-01_000000_{}", u64::MAX))).unwrap();
        assert_eq!(make("2025-05-01T10:00:00+00:00").1, 12_349, "nobody counted that far");
        assert_eq!(split_part(&format!("01_A_p{}.wav", usize::MAX)).unwrap().1, 1);
    }

    proptest! {
        #[test]
        fn any_name_becomes_a_file_name(name in ".*", part in 1usize..2000) {
            let stem = sanitise(&name);
            prop_assert!(!stem.is_empty() && stem.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_'));
            let stem = format!("01_{stem}");
            let file = part_file(&stem, part);
            if part > 1 || split_part(&file).is_some_and(|(_, part)| part == 1) {
                prop_assert_eq!(split_part(&file), Some((stem.as_str(), part)));
            }
            prop_assert!(take_number(&stem).is_none());
        }
    }
}
