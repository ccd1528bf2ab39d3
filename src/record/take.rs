//! An open take: all its files, always equally long.
//!
//! Runs on: writer.
use super::durable::{Staged, commit, create_or_edit, sync_together};
use super::error::{Context, RecordError};
use super::header;
use super::manifest::*;
use super::naming;
use super::part::Part;
use super::settings::{FilePlan, MAX_LANES, RecordSettings};
use super::stamp::Reading;
use super::start::manifest;
use super::storage::Storage;
use super::timing::Known;
use super::wave::header::Sizes;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use vestry_rt::block::{CaptureBlock, Moment};

pub use super::start::Start;

/// Bytes of manifest that a sync tick may rewrite: a longer one is rewritten so much less often.
const MANIFEST_PER_TICK: u64 = 64 * 1024;
/// Space that is set aside for more in the manifest than it says now.
const MANIFEST_ROOM: u64 = 64 * 1024;
/// Space at the end of a file for a marker or a gap, beside what it says.
const CUE: u64 = 128;
/// How many files in the way of a part are stepped over.
const TRIES: usize = 100;

/// A take that is being written.
pub struct Take {
    storage: Arc<dyn Storage>,
    folder: PathBuf,
    manifest: Manifest,
    plans: Vec<FilePlan>,
    parts: Vec<Part>,
    /// Those of the part before, until they are durable.
    finished: Vec<Part>,
    /// Which of the manifest's temporary names has its space.
    turn: usize,
    /// While files are of different lengths: the frames of this part that all of them have.
    sure: Option<u64>,
    /// Length of the manifest.
    manifest_bytes: u64,
    /// Frames written, silence included.
    frames: u64,
    /// First frame of the current parts.
    part_start: u64,
    riff_limit: u64,
    dirty: bool,
    /// Sync ticks to wait before the manifest is written again.
    rest: u64,
}

impl Take {
    /// Makes the folder, the files and the manifest, all durable. On an error nothing is left behind.
    pub fn open(
        storage: Arc<dyn Storage>,
        settings: &RecordSettings,
        start: Start,
    ) -> Result<Self, RecordError> {
        let (folder, number) = naming::create_folder(&*storage, &settings.dir, &start.time)?;
        let counter = naming::stage_counter(&*storage, &settings.dir, number);
        let manifest = manifest(settings, &start, &folder, number);
        let mut take = Self {
            storage,
            folder,
            manifest,
            plans: settings.files(),
            parts: Vec::new(),
            finished: Vec::new(),
            turn: 0,
            sure: None,
            manifest_bytes: 0,
            frames: 0,
            part_start: 0,
            riff_limit: start.riff_limit,
            dirty: false,
            rest: 0,
        };
        let begun = counter.and_then(|counter| {
            take.begin_parts()?;
            let next = take.set_aside()?;
            take.settle(Some(counter), next)
        });
        match begun {
            Ok(()) => Ok(take),
            Err(error) => {
                take.undo();
                Err(error)
            }
        }
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Frames written, silence included.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Absolute position after the last frame.
    pub fn end(&self) -> u64 {
        self.manifest.start_frame + self.frames
    }

    /// Gaps so far.
    pub fn gaps(&self) -> u64 {
        self.manifest.gaps.len() as u64
    }

    /// Number of the current part, from 1.
    pub fn part_number(&self) -> u32 {
        self.manifest.tracks.first().map_or(1, |track| track.parts.len() as u32)
    }

    /// Appends `frames` frames of `block` from its frame `offset` on.
    pub fn write(&mut self, block: &CaptureBlock, offset: usize, frames: usize) -> Result<(), RecordError> {
        for (part, plan) in self.parts.iter_mut().zip(&self.plans) {
            let mut lanes: [&[f32]; MAX_LANES] = [&[]; MAX_LANES];
            for (slot, lane) in lanes.iter_mut().zip(&plan.lanes) {
                *slot = block.lane(*lane).get(offset..offset + frames).unwrap_or(&[]);
            }
            let lanes = lanes.get(..plan.lanes.len()).unwrap_or(&[]);
            part.write(lanes)?;
        }
        self.frames += frames as u64;
        Ok(())
    }

    /// Puts silence where frames are lost, and an entry in the ledger.
    pub fn silence(&mut self, frames: u64, cause: &str) -> Result<(), RecordError> {
        self.parts.iter_mut().try_for_each(|part| part.silence(frames))?;
        self.note_gap(self.frames, frames, cause);
        self.frames += frames;
        Ok(())
    }

    /// Remembers an absolute position.
    pub fn mark(&mut self, at: u64, label: String) {
        let position = at.saturating_sub(self.manifest.start_frame);
        self.keep_room(label.len());
        self.manifest.markers.push(MarkerEntry { position, label });
        self.dirty = true;
    }

    /// Goes on in new files from the next frame on.
    pub fn split(&mut self) -> Result<(), RecordError> {
        self.finish_parts()?;
        let (finished, before) = (std::mem::take(&mut self.parts), self.part_start);
        self.part_start = self.frames;
        if let Err(error) = self.begin_parts() {
            self.forget_parts();
            (self.parts, self.part_start) = (finished, before);
            return Err(error);
        }
        self.finished = finished;
        let next = self.set_aside()?;
        self.settle(None, next)
    }

    /// Takes away parts that have just begun.
    fn forget_parts(&mut self) {
        self.parts.clear();
        for track in &mut self.manifest.tracks {
            while let Some(part) = track.parts.pop_if(|part| part.frames.is_none()) {
                let _ = self.storage.remove(&self.folder.join(part.file));
            }
        }
    }

    /// Makes what is written durable, and the manifest if there is news.
    pub fn sync(&mut self) -> Result<(), RecordError> {
        self.parts.iter_mut().try_for_each(Part::flush)?;
        self.rest = self.rest.saturating_sub(1);
        // Without space for another manifest there is one for the end of the take, which says it all; sound may go on.
        match (self.dirty && self.rest == 0).then(|| self.set_aside()) {
            Some(Ok(next)) => self.settle(None, next)?,
            Some(Err(_)) | None => self.sync_parts()?,
        }
        self.parts.iter_mut().try_for_each(Part::state_sizes)
    }

    /// Notes when the take truly began, where that is known by now.
    pub fn stamp(&mut self, reading: &Reading) {
        self.dirty |= reading.correct(&mut self.manifest);
    }

    /// Notes what is known of when it is captured.
    pub fn note_time(&mut self, known: &Known, moment: Moment) {
        let (start, rate) = (self.manifest.start_frame, self.manifest.sample_rate);
        if let Some(timing) = &mut self.manifest.timing {
            self.dirty |= timing.note(known, moment, start, rate);
        }
    }

    /// Notes a sync that took too long.
    pub fn note_slow_sync(&mut self, ms: u64) {
        self.manifest.slow_syncs.push(SlowSync { position: self.frames, ms });
        self.dirty = true;
    }

    /// Notes what EBU R 128 says of it.
    pub fn note_loudness(&mut self, loudness: LoudnessEntry) {
        self.manifest.loudness = Some(loudness);
    }

    /// Closes all files and the take. After an error it may be tried again.
    pub fn close(&mut self, reason: &str) -> Result<(), RecordError> {
        if self.sure.is_some() {
            self.salvage()?;
        }
        self.finish_parts()?;
        self.manifest.state = TakeState::Closed;
        self.manifest.frames = Some(self.frames);
        self.manifest.closed = Some(reason.into());
        self.settle(None, self.turn)?;
        forget_temporaries(&*self.storage, &self.folder);
        Ok(())
    }

    /// Makes the best of it after an error: files are padded to the longest one, with a gap in the ledger. What fails of that
    /// now is done by `close`.
    pub fn salvage(&mut self) -> Result<(), RecordError> {
        for part in &mut self.parts {
            // What cannot be written now is lost, which the padding below accounts for.
            let _ = part.flush();
            part.give_up();
        }
        let most = self.parts.iter().map(Part::frames).max().unwrap_or(0);
        let least = self.parts.iter().map(Part::frames).min().unwrap_or(0).min(self.sure.unwrap_or(u64::MAX));
        self.sure = Some(least);
        self.frames = self.part_start + most;
        self.parts.iter_mut().try_for_each(|part| part.pad_to(most))?;
        self.sure = None;
        if least < most {
            self.note_gap(self.part_start + least, most - least, "write_error");
        }
        self.manifest.markers.retain(|marker| marker.position <= self.frames);
        self.cut_gaps();
        Ok(())
    }

    /// Forgets gaps beyond the end.
    fn cut_gaps(&mut self) {
        let end = self.frames;
        self.manifest.gaps.retain(|gap| gap.position < end);
        for gap in &mut self.manifest.gaps {
            gap.frames = gap.frames.min(end - gap.position);
        }
    }

    fn note_gap(&mut self, position: u64, frames: u64, cause: &str) {
        self.dirty = true;
        // A gap that a command or a part's end cut in two is one gap.
        if let Some(last) = self.manifest.gaps.last_mut()
            && last.position + last.frames == position
            && last.cause == cause
        {
            last.frames += frames;
            return;
        }
        self.keep_room(cause.len());
        let absolute = self.manifest.start_frame + position;
        self.manifest.gaps.push(GapEntry { position, absolute, frames, cause: cause.into() });
    }

    /// The end of each file has to say `bytes` more.
    fn keep_room(&mut self, bytes: usize) {
        self.parts.iter_mut().for_each(|part| part.keep(CUE + bytes as u64));
    }

    /// Makes new files, not durable yet.
    fn begin_parts(&mut self) -> Result<(), RecordError> {
        for place in 0..self.plans.len() {
            let Some(track) = self.manifest.tracks.get(place) else { break };
            let spec = self.manifest.spec(track);
            let bytes =
                header::bytes(&self.manifest, track, self.part_start, Sizes::default(), self.riff_limit);
            let (name, file) = create_part(&*self.storage, &self.folder, track)?;
            let path = self.folder.join(&name);
            if let Some(track) = self.manifest.tracks.get_mut(place) {
                track.parts.push(PartEntry { file: name, start: self.part_start, frames: None, crc32: None });
            }
            self.parts.push(Part::begin(file, path, spec, &bytes, self.riff_limit)?);
        }
        Ok(())
    }

    /// Closes all files but for their tails being durable: [`Take::settle`] does that.
    fn finish_parts(&mut self) -> Result<(), RecordError> {
        self.parts.iter_mut().try_for_each(|part| part.flush().and_then(|()| part.cut()))?;
        self.sync_parts()?;
        let mut tails = Vec::new();
        for (part, track) in self.parts.iter_mut().zip(&self.manifest.tracks) {
            let tail = header::tail(&self.manifest, track, self.part_start, part.sizes(0).data);
            let sizes = part.sizes(tail.len() as u64);
            part.write_header(&header::bytes(
                &self.manifest,
                track,
                self.part_start,
                sizes,
                self.riff_limit,
            ))?;
            tails.push(tail);
        }
        self.sync_parts()?;
        self.parts.iter_mut().zip(&tails).try_for_each(|(part, tail)| part.write_tail(tail))?;
        for (part, track) in self.parts.iter().zip(&mut self.manifest.tracks) {
            if let Some(entry) = track.parts.last_mut() {
                entry.frames = Some(part.frames());
                entry.crc32 = Some(format!("{:08x}", part.sizes(0).crc));
            }
        }
        Ok(())
    }

    fn sync_parts(&mut self) -> Result<(), RecordError> {
        sync_together(self.parts.iter_mut().map(Part::syncing))
    }

    /// Makes files, those of a part that is finished too, and then the manifest and the number of the take durable. The
    /// manifest after this one has its space under the name `next`.
    fn settle(&mut self, mut counter: Option<Staged>, next: usize) -> Result<(), RecordError> {
        let mut manifest = self.manifest.stage(&*self.storage, &self.folder, TEMPORARY[self.turn])?;
        let parts = self.finished.iter_mut().chain(&mut self.parts).map(Part::syncing);
        let staged = counter.iter_mut().chain([&mut manifest]).map(Staged::syncing);
        sync_together(parts.chain(staged))?;
        // The manifest names files, so their names have to be durable before it is in place.
        self.storage.sync_dir(&self.folder).at("sync", &self.folder)?;
        let bytes = manifest.bytes();
        commit(&*self.storage, [manifest].into_iter().chain(counter))?;
        (self.turn, self.dirty) = (next, false);
        self.manifest_bytes = bytes;
        self.finished.clear();
        self.rest = 1 + bytes / MANIFEST_PER_TICK;
        Ok(())
    }

    /// Sets space aside for the manifest after the one that is to be put in its place now, so that the last one of the take
    /// can be written on a full medium too. Under which of the names.
    fn set_aside(&self) -> Result<usize, RecordError> {
        let next = 1 - self.turn;
        let path = self.folder.join(TEMPORARY[next]);
        let file = create_or_edit(&*self.storage, &path);
        let reserved = file.and_then(|mut file| file.reserve(0, self.manifest_bytes + MANIFEST_ROOM));
        reserved.at("set space aside in", &path)?;
        Ok(next)
    }

    /// Takes away what `open` made, as far as that is possible.
    fn undo(&mut self) {
        self.forget_parts();
        forget_temporaries(&*self.storage, &self.folder);
        let _ = self.storage.remove(&self.folder.join(FILE));
        let _ = self.storage.remove_dir(&self.folder);
    }
}

/// Creates the next part of `track`, past whatever is in the way.
fn create_part(
    storage: &dyn Storage,
    folder: &Path,
    track: &TrackEntry,
) -> Result<(String, Box<dyn super::storage::StorageFile>), RecordError> {
    let first =
        track.parts.last().and_then(|part| naming::split_part(&part.file)).map_or(1, |(_, part)| part + 1);
    for number in first..first + TRIES {
        let name = naming::part_file(&track.stem, number);
        match storage.create(&folder.join(&name)) {
            Ok(file) => return Ok((name, file)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error).at("create", &folder.join(&name)),
        }
    }
    Err(std::io::Error::from(ErrorKind::AlreadyExists)).at("find a free part number in", folder)
}
