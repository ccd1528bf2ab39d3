//! Whatever bytes a power cut, a worn card or someone else leaves as the files of a take: a repair ends, deletes nothing, keeps
//! the sound, and what it leaves opens.
#![no_main]
use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use std::path::Path;
use vestry::record::manifest::FILE;
use vestry::record::recovery::plan::plan;
use vestry::record::storage::Storage;
use vestry::record::verify::{text, verify};
use vestry::record::wave::parse::{chunks, parse};
use vestry::record::wave::{DATA_START, Format, Spec};
use vestry::record::{RecordEvent, multitrack, naming};
use vestry_fuzz::{Kind, begins_as, folder, medium, opens, put, read, repair, waves};

/// Something that happens to a file; which one is counted by name.
#[derive(Arbitrary, Debug)]
enum Harm {
    Cut {
        to: u16,
    },
    Grow {
        by: u16,
        with: u8,
    },
    Patch {
        at: u16,
        bytes: Vec<u8>,
    },
    Sizes {
        sizes: [u64; 2],
        sum: (u32, u64),
    },
    Whole {
        bytes: Vec<u8>,
    },
    Gone,
    /// A part more, with a number.
    Part {
        number: u64,
        bytes: Vec<u8>,
    },
}

#[derive(Arbitrary, Debug)]
struct Input {
    kind: Kind,
    manifest: bool,
    counter: Option<Vec<u8>>,
    harms: Vec<(u8, Harm)>,
    length: u64,
    known: Option<(bool, u8)>,
}

fn harm(bytes: &mut Vec<u8>, harm: &Harm) {
    match harm {
        Harm::Cut { to } => bytes.truncate(usize::from(*to)),
        Harm::Grow { by, with } => bytes.resize(bytes.len() + usize::from(*by), *with),
        Harm::Patch { at, bytes: patch } => {
            bytes.iter_mut().skip(usize::from(*at)).zip(patch).for_each(|(byte, patch)| *byte = *patch);
        }
        Harm::Sizes { sizes: [riff, data], sum: (sum, covered) } => {
            let sizes = [riff.to_le_bytes(), data.to_le_bytes()].concat();
            bytes.iter_mut().skip(20).zip(sizes).for_each(|(byte, size)| *byte = size);
            let mark = bytes.windows(4).take(200).position(|four| four == b"vcrc").unwrap_or(100);
            let sum = [&sum.to_le_bytes()[..], &covered.to_le_bytes()].concat();
            bytes.iter_mut().skip(mark + 4).zip(sum).for_each(|(byte, sum)| *byte = sum);
        }
        Harm::Whole { bytes: whole } => bytes.clone_from(whole),
        Harm::Gone | Harm::Part { .. } => {}
    }
}

/// What can be said of bytes alone.
fn judged(bytes: &[u8], length: u64, known: Option<(bool, u8)>) {
    let known = known.map(|(float, channels)| Spec {
        format: if float { Format::Float32 } else { Format::Pcm24 },
        channels: u16::from(channels.max(1)),
        sample_rate: 48_000,
    });
    for length in [length, bytes.len() as u64] {
        if let Some(plan) = plan(bytes, length, known) {
            assert!(plan.data <= length.saturating_sub(DATA_START));
            assert_eq!(plan.data % plan.spec.frame_bytes(), 0);
            assert!(plan.checksum.is_none_or(|(_, covered)| covered <= plan.data));
            assert!(plan.vouched <= length);
        }
    }
    let _ = parse(bytes);
    assert!(chunks(bytes, length).count() <= bytes.len());
}

/// As a take that is to be played: no track claims sound that is not in its file.
fn opened(medium: &dyn Storage, folder: &Path) {
    let Ok(read) = multitrack::open(medium, folder) else { return };
    assert!((1..=34).contains(&read.tracks.len()) && read.frames > 0);
    for file in read.files {
        let frame = file.tracks.len() as u64 * u64::from(file.coding.bytes);
        let length = medium.open(&file.path).unwrap().length().unwrap();
        assert!(file.start + file.frames * frame <= length, "{}", file.path.display());
        assert!(file.tracks.iter().flatten().all(|track| *track < read.tracks.len()));
    }
}

fuzz_target!(|input: Input| {
    let medium = medium(input.kind);
    let folder = folder(&medium);
    for (which, what) in &input.harms {
        let files = waves(&medium);
        let Some((name, bytes)) = files.iter().nth(usize::from(*which) % files.len().max(1)) else { break };
        let path = folder.join(name);
        match what {
            Harm::Gone => medium.remove(&path).unwrap(),
            Harm::Part { number, bytes } => {
                let stem = naming::split_part(name).unwrap().0;
                put(&medium, &folder.join(format!("{stem}_p{number:03}.wav")), bytes);
            }
            what => {
                let mut bytes = bytes.clone();
                harm(&mut bytes, what);
                put(&medium, &path, &bytes);
            }
        }
    }
    if !input.manifest {
        medium.remove(&folder.join(FILE)).unwrap();
    }
    if let Some(counter) = &input.counter {
        put(&medium, Path::new("/takes/counter.txt"), counter);
    }
    let before = waves(&medium);
    before.values().for_each(|bytes| judged(bytes, input.length, input.known));
    opened(&medium, &folder);
    let events = repair(&medium);
    let after = waves(&medium);
    assert!(!events.iter().any(|event| matches!(event, RecordEvent::RepairFailed { .. })), "{events:?}");
    if events.is_empty() {
        assert_eq!(before, after);
        return;
    }
    let manifest = read(&medium);
    for track in &manifest.tracks {
        for part in &track.parts {
            let (Some(before), Some(after)) = (before.get(&part.file), after.get(&part.file)) else {
                continue;
            };
            let bytes = part.frames.unwrap() * manifest.spec(track).frame_bytes();
            assert!(before.len() as u64 >= DATA_START + bytes || bytes == 0, "{}", part.file);
            assert!(begins_as(before, after, bytes as usize), "{}", part.file);
            assert_eq!(opens(&part.file, after), bytes, "{}", part.file);
        }
    }
    let report = verify(&medium, &folder).unwrap();
    for finding in &report.findings {
        let there = before.contains_key(&finding.file);
        // Sound that was harmed after its header was written is told by its checksum, as it should be.
        assert!(!there || finding.text.starts_with("checksum of the sound"), "{}", text(&report));
    }
    assert_eq!(repair(&medium), [], "a repair is done once");
    assert_eq!(waves(&medium), after);
});
