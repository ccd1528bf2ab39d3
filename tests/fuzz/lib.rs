//! What the fuzz targets share: takes in memory, and what a repair may never do to them.
#[path = "../common/memory.rs"]
pub mod memory;

use memory::{Image, Memory, What};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use vestry::record::clock::WallTime;
use vestry::record::manifest::{FILE, Manifest};
use vestry::record::naming::create_folder;
use vestry::record::recovery::{JOURNAL, folders, repair_all};
use vestry::record::storage::Storage;
use vestry::record::take::{Start, Take};
use vestry::record::wave::{DATA_START, RIFF_LIMIT};
use vestry::record::{Format, Layout, RecordEvent, RecordSettings, Track};
use vestry_rt::block::CaptureBlock;
use vestry_rt::message::Tap;

/// The recordings folder.
pub const TAKES: &str = "/takes";
/// What no take has any business with.
pub const OTHERS: [&str; 3] = ["/secret", "/takes/letter.txt", "/takes/2025-05-01_100000_0001/notes.txt"];
/// Channels of a take.
const LANES: usize = 2;
/// Largest frame that a manifest may speak of, in bytes: a repair keeps whole frames.
pub const FRAME: usize = 34 * 4;

/// How a take is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, arbitrary::Arbitrary)]
pub struct Kind {
    float: bool,
    polyphonic: bool,
    pub closed: bool,
}

/// A medium with a take of that kind, in two parts, with a gap and a marker; the second part is open where the take is.
pub fn medium(kind: Kind) -> Memory {
    static MADE: OnceLock<BTreeMap<Kind, Image>> = OnceLock::new();
    let both = [false, true];
    let kinds = both.into_iter().flat_map(|float| {
        both.into_iter().flat_map(move |polyphonic| both.map(|closed| Kind { float, polyphonic, closed }))
    });
    let made = MADE.get_or_init(|| kinds.map(|kind| (kind, record(kind).image())).collect());
    Memory::with(made[&kind].clone())
}

/// The folder of the take on `medium`.
pub fn folder(medium: &Memory) -> PathBuf {
    folders(medium, Path::new(TAKES)).unwrap().remove(0)
}

fn record(kind: Kind) -> Memory {
    let medium = Memory::default();
    medium.create_dir(Path::new(TAKES)).unwrap();
    let start = Start { frame: 0, time: now(), clock: None, timing: None, riff_limit: RIFF_LIMIT, continues: None };
    let mut take = Take::open(Arc::new(medium.clone()), &settings(kind), start).unwrap();
    sound(&mut take, 400);
    take.silence(30, "xrun").unwrap();
    take.mark(100, "Song".into());
    take.sync().unwrap();
    take.split().unwrap();
    sound(&mut take, 200);
    take.sync().unwrap();
    sound(&mut take, 101);
    take.sync().unwrap();
    if kind.closed {
        take.close("stopped").unwrap();
    }
    for other in OTHERS {
        medium.create(Path::new(other)).unwrap().write_at(0, other.as_bytes()).unwrap();
    }
    medium
}

fn settings(kind: Kind) -> RecordSettings {
    let track =
        |lane: usize| Track { name: format!("Input {lane}"), input: lane as u32 + 1, lane, tap: Tap::Pre };
    RecordSettings {
        dir: TAKES.into(),
        sample_rate: 48_000,
        tracks: (0..LANES).map(track).collect(),
        mix: None,
        format: if kind.float { Format::Float32 } else { Format::Pcm24 },
        layout: if kind.polyphonic { Layout::Polyphonic } else { Layout::Mono },
        preroll: Duration::ZERO,
        split_after: None,
        split_bytes: None,
        sync_interval: Duration::from_secs(1),
        min_free_bytes: 0,
        apart_from: Vec::new(),
        optional: false,
        session: "fuzz".into(),
        retention: None,
        keep_until_delivered: false,
        start_at_once: true,
        system: BTreeMap::new(),
    }
}

fn sound(take: &mut Take, frames: usize) {
    let mut block = CaptureBlock::new(vec![0.0; LANES * frames].leak(), LANES);
    for lane in 0..LANES {
        let room = block.room(lane, frames).iter_mut();
        room.zip(1..).for_each(|(slot, at)| *slot = at as f32 / 4096.0 - lane as f32 / 2.0);
    }
    block.advance(frames);
    take.write(&block, 0, frames).unwrap();
}

fn now() -> WallTime {
    WallTime::parse("2025-05-01T10:00:00+00:00").unwrap()
}

/// Repairs what is on the medium; what was told. Nothing may be deleted, nor anything changed that is not of the take, and
/// a new take can begin.
pub fn repair(medium: &Memory) -> Vec<RecordEvent> {
    let before = medium.image();
    let mut events = Vec::new();
    let takes = folders(medium, Path::new(TAKES)).unwrap();
    repair_all(medium, takes, &now(), RIFF_LIMIT, |event| events.push(event));
    let after = medium.image();
    for path in before.names.keys() {
        // Versions of the manifest that never came to be are not of the take.
        let temporary = path.ends_with("take.json.tmp") || path.ends_with("take.json.new");
        assert!(temporary || after.names.contains_key(path), "{} is gone", path.display());
    }
    for other in OTHERS {
        assert_eq!(before.content(Path::new(other)), after.content(Path::new(other)), "{other}");
    }
    for path in after.names.keys().filter(|path| !before.names.contains_key(*path)) {
        let name = path.file_name().unwrap().to_string_lossy();
        assert!(name == JOURNAL || name.starts_with(FILE), "{} is new", path.display());
    }
    create_folder(medium, Path::new(TAKES), &now()).expect("a new take");
    events
}

/// The wave files of the take, by name.
pub fn waves(medium: &Memory) -> BTreeMap<String, Vec<u8>> {
    let (image, folder) = (medium.image(), folder(medium));
    let inside = image.names.iter().filter(|(path, what)| {
        path.parent() == Some(&folder)
            && matches!(what, What::File(_))
            && path.extension().is_some_and(|ending| ending == "wav")
    });
    let file = |(path, _): (&PathBuf, &What)| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        (name, image.content(path).unwrap().to_vec())
    };
    inside.map(file).collect()
}

/// The manifest as bytes.
pub fn manifest(medium: &Memory) -> Vec<u8> {
    medium.image().content(&folder(medium).join(FILE)).map_or_else(Vec::new, |bytes| bytes.to_vec())
}

/// Puts bytes in the place of a file.
pub fn put(medium: &Memory, path: &Path, bytes: &[u8]) {
    let file = medium.edit(path).or_else(|_| medium.create(path));
    let Ok(mut file) = file else { return };
    file.set_len(0).unwrap();
    file.write_at(0, bytes).unwrap();
}

/// Bytes of sound in a file, as a reader that is not ours finds them.
pub fn opens(name: &str, bytes: &[u8]) -> u64 {
    let reader = hound::WavReader::new(std::io::Cursor::new(bytes));
    let reader = reader.unwrap_or_else(|error| panic!("{name} does not open: {error}"));
    let spec = reader.spec();
    u64::from(reader.duration()) * u64::from(spec.channels) * u64::from(spec.bits_per_sample / 8)
}

/// Whether the sound of a file begins as it was before.
pub fn begins_as(before: &[u8], after: &[u8], bytes: usize) -> bool {
    let start = DATA_START as usize;
    bytes == 0 || after.get(start..start + bytes) == before.get(start..start + bytes)
}

/// The manifest as a repair left it.
pub fn read(medium: &Memory) -> Manifest {
    Manifest::read(medium, &folder(medium)).expect("a manifest")
}
