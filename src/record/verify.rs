//! Is a take what it says it is (`vestry verify`)?
//!
//! Runs on: main.
use super::error::RecordError;
use super::manifest::{Manifest, PartEntry, TakeState, TrackEntry};
use super::recovery::file::checksum;
use super::storage::{Storage, StorageFile};
use super::wave::parse::{chunks, parse};
use super::wave::{DATA_START, Spec};
use std::fmt;
use std::path::Path;

/// Longest tail that is looked into.
const TAIL: u64 = 4 << 20;

/// Something that is wrong with a take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The file, or `take.json`.
    pub file: String,
    /// What is wrong, in one line.
    pub text: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file, self.text)
    }
}

/// What a check looked at, and what it found.
#[derive(Clone, Debug)]
pub struct Report {
    /// The manifest.
    pub manifest: Manifest,
    /// Everything that is wrong; empty for a good take. Gaps in the ledger are known losses and not findings.
    pub findings: Vec<Finding>,
}

/// Checks headers, lengths, checksums, time references and gaps of the take in `folder`, reading all of it.
///
/// Errors: `folder` is no take, or its manifest cannot be read.
pub fn verify(storage: &dyn Storage, folder: &Path) -> Result<Report, RecordError> {
    let manifest = Manifest::read(storage, folder).map_err(|error| match error {
        RecordError::Io { .. } => RecordError::NotATake { path: folder.to_path_buf() },
        other => other,
    })?;
    let mut findings = take_findings(&manifest);
    for track in &manifest.tracks {
        for part in &track.parts {
            let check = Check { storage, folder, manifest: &manifest, track, part };
            let mut texts = Vec::new();
            if let Err(error) = check.run(&mut texts) {
                texts.push(format!("cannot be read: {error}"));
            }
            findings.extend(texts.into_iter().map(|text| Finding { file: part.file.clone(), text }));
        }
    }
    Ok(Report { manifest, findings })
}

/// The report for people, with a line a fact.
pub fn text(report: &Report) -> String {
    let manifest = &report.manifest;
    let files: usize = manifest.tracks.iter().map(|track| track.parts.len()).sum();
    let mut text = format!("{}: {files} files, {} frames\n", manifest.name, manifest.frames.unwrap_or(0));
    for gap in &manifest.gaps {
        text.push_str(&format!("gap at {}: {} frames, {}\n", gap.position, gap.frames, gap.cause));
    }
    for repair in &manifest.repairs {
        text.push_str(&format!("repaired {}: {}\n", repair.at, repair.notes.join("; ")));
    }
    for finding in &report.findings {
        text.push_str(&format!("WRONG {finding}\n"));
    }
    text.push_str(if report.findings.is_empty() { "all is well\n" } else { "not all is well\n" });
    // Names come from a card, and the terminal obeys what it is told.
    text.replace(|char: char| char.is_control() && char != '\n', "?")
}

/// What the manifest itself shows.
fn take_findings(manifest: &Manifest) -> Vec<Finding> {
    let mut texts = Vec::new();
    if manifest.state == TakeState::Recording {
        texts.push("the take is open: being recorded, or left by a power cut and not repaired yet".into());
    }
    let end = manifest.frames.unwrap_or(0);
    let mut last = 0;
    for gap in &manifest.gaps {
        if gap.position < last || gap.frames == 0 || gap.position.saturating_add(gap.frames) > end {
            texts.push(format!(
                "gap at {} of {} frames lies outside the take or in another",
                gap.position, gap.frames
            ));
        }
        last = gap.position.saturating_add(gap.frames);
    }
    for track in &manifest.tracks {
        let mut at = 0;
        for part in &track.parts {
            if part.start != at {
                texts.push(format!("{} begins at frame {}, not at {at}", part.file, part.start));
            }
            at = part.start.saturating_add(part.frames.unwrap_or(0));
        }
        // A power cut may leave tracks of different lengths; a take that was closed may not have them.
        if manifest.state == TakeState::Closed && at != end {
            texts.push(format!("track {} ends at frame {at}, the take at {end}", track.name));
        }
    }
    texts.into_iter().map(|text| Finding { file: super::manifest::FILE.into(), text }).collect()
}

struct Check<'a> {
    storage: &'a dyn Storage,
    folder: &'a Path,
    manifest: &'a Manifest,
    track: &'a TrackEntry,
    part: &'a PartEntry,
}

impl Check<'_> {
    fn run(&self, wrong: &mut Vec<String>) -> std::io::Result<()> {
        let file = self.storage.open(&self.folder.join(&self.part.file))?;
        let spec = self.manifest.spec(self.track);
        let mut prefix = vec![0; DATA_START as usize];
        let read = file.read_at(0, &mut prefix)?;
        let length = file.length()?;
        self.header(prefix.get(..read).unwrap_or(&[]), length, &spec, wrong);
        let Some(frames) = self.part.frames else { return Ok(()) };
        let data = frames.saturating_mul(spec.frame_bytes());
        if length.saturating_sub(DATA_START) < data {
            wrong.push(format!("too short: {length} bytes for {frames} frames"));
            return Ok(());
        }
        let sum = format!("{:08x}", checksum(&*file, data, None)?);
        if self.part.crc32.as_ref() != Some(&sum) {
            let told = self.part.crc32.as_deref().unwrap_or("none");
            wrong.push(format!("checksum of the sound is {sum}, take.json says {told}"));
        }
        tail(&*file, DATA_START + data + data % 2, length, wrong)
    }

    fn header(&self, prefix: &[u8], length: u64, spec: &Spec, wrong: &mut Vec<String>) {
        let Some(info) = parse(prefix) else {
            wrong.push("not a wave file".into());
            return;
        };
        if info.spec != Some(*spec) {
            wrong.push(format!("header says {:?}, take.json {spec:?}", info.spec));
        }
        let data = self.part.frames.map(|frames| (DATA_START, frames.saturating_mul(spec.frame_bytes())));
        if data.is_some() && info.data != data {
            wrong.push(format!("header says sound at and bytes {:?}, take.json {data:?}", info.data));
        }
        if data.is_some() && info.riff_end != length {
            wrong.push(format!("header says {} bytes, the file has {length}", info.riff_end));
        }
        let time = info.bext.map(|bext| bext.time_reference);
        let right = self.manifest.time_reference.saturating_add(self.part.start);
        if time != Some(right) {
            wrong.push(format!("TimeReference is {time:?}, not {right}"));
        }
        if info.ixml.is_none() {
            wrong.push("no iXML".into());
        }
    }
}

/// Chunks after the sound have to end where the file does.
fn tail(file: &dyn StorageFile, start: u64, length: u64, wrong: &mut Vec<String>) -> std::io::Result<()> {
    let mut bytes = vec![0; length.saturating_sub(start).min(TAIL) as usize];
    let read = file.read_at(start, &mut bytes)?;
    bytes.truncate(read);
    let end = chunks(&bytes, start).last().map_or(start, |chunk| chunk.start + chunk.size + chunk.size % 2);
    if end != length {
        wrong.push(format!("chunks end at byte {end}, the file at {length}"));
    }
    Ok(())
}
