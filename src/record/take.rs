//! An open take: all its files, always equally long.
//!
//! Runs on: writer.
use super::clock::WallTime;
use super::durable::{Staged, commit, sync_together};
use super::error::{Context, RecordError};
use super::header;
use super::manifest::*;
use super::naming;
use super::part::Part;
use super::settings::{FilePlan, MAX_LANES, RecordSettings};
use super::storage::Storage;
use super::wave::header::Sizes;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use vestry_rt::block::CaptureBlock;

/// Bytes of manifest that a sync tick may rewrite: a longer one is rewritten so much less often.
const MANIFEST_PER_TICK: u64 = 64 * 1024;
/// How many files in the way of a part are stepped over.
const TRIES: usize = 100;

/// Where and when a take begins.
#[derive(Clone, Debug)]
pub struct Start {
    /// Absolute position of the first frame.
    pub frame: u64,
    /// Local time of the first frame.
    pub time: WallTime,
    /// Size over which a file becomes `RF64`.
    pub riff_limit: u64,
    /// Name of the take that this one goes on with after a fault of the medium.
    pub continues: Option<String>,
}

/// A take that is being written.
pub struct Take {
    storage: Arc<dyn Storage>,
    folder: PathBuf,
    manifest: Manifest,
    plans: Vec<FilePlan>,
    parts: Vec<Part>,
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
            frames: 0,
            part_start: 0,
            riff_limit: start.riff_limit,
            dirty: false,
            rest: 0,
        };
        match counter
            .and_then(|counter| take.begin_parts().and_then(|()| take.settle(Vec::new(), Some(counter))))
        {
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
        self.manifest.markers.push(MarkerEntry { position, label });
        self.dirty = true;
    }

    /// Goes on in new files from the next frame on.
    pub fn split(&mut self) -> Result<(), RecordError> {
        self.finish_parts()?;
        self.part_start = self.frames;
        let finished = std::mem::take(&mut self.parts);
        self.begin_parts()?;
        self.settle(finished, None)
    }

    /// Makes what is written durable, and the manifest if there is news.
    pub fn sync(&mut self) -> Result<(), RecordError> {
        self.parts.iter_mut().try_for_each(Part::flush)?;
        self.rest = self.rest.saturating_sub(1);
        if self.dirty && self.rest == 0 {
            self.settle(Vec::new(), None)?;
        } else {
            self.sync_parts()?;
        }
        self.parts.iter_mut().try_for_each(Part::state_sizes)
    }

    /// Notes a sync that took too long.
    pub fn note_slow_sync(&mut self, ms: u64) {
        self.manifest.slow_syncs.push(SlowSync { position: self.frames, ms });
        self.dirty = true;
    }

    /// Closes all files and the take. After an error it may be tried again.
    pub fn close(&mut self, reason: &str) -> Result<(), RecordError> {
        self.finish_parts()?;
        self.manifest.state = TakeState::Closed;
        self.manifest.frames = Some(self.frames);
        self.manifest.closed = Some(reason.into());
        self.settle(Vec::new(), None)
    }

    /// Makes the best of it after an error, before `close`: files are padded to the longest one, with a gap in the ledger.
    pub fn salvage(&mut self) -> Result<(), RecordError> {
        for part in &mut self.parts {
            // What cannot be written now is lost, which the padding below accounts for.
            let _ = part.flush();
        }
        let mut least = u64::MAX;
        let most = self.parts.iter().map(|part| part.sizes(0).data / part.frame_bytes()).max().unwrap_or(0);
        for part in &mut self.parts {
            least = least.min(part.give_up(most)?);
        }
        self.frames = self.part_start + most;
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
        let absolute = self.manifest.start_frame + position;
        self.manifest.gaps.push(GapEntry { position, absolute, frames, cause: cause.into() });
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

    /// Makes files, those of a part that is `finished` too, and then the manifest and the number of the take durable.
    fn settle(&mut self, mut finished: Vec<Part>, mut counter: Option<Staged>) -> Result<(), RecordError> {
        let mut manifest = self.manifest.stage(&*self.storage, &self.folder)?;
        let parts = finished.iter_mut().chain(&mut self.parts).map(Part::syncing);
        let staged = counter.iter_mut().chain([&mut manifest]).map(Staged::syncing);
        sync_together(parts.chain(staged))?;
        // The manifest names files, so their names have to be durable before it is in place.
        self.storage.sync_dir(&self.folder).at("sync", &self.folder)?;
        let bytes = manifest.bytes();
        commit(&*self.storage, [manifest].into_iter().chain(counter))?;
        self.dirty = false;
        self.rest = 1 + bytes / MANIFEST_PER_TICK;
        Ok(())
    }

    /// Takes away what `open` made, as far as that is possible.
    fn undo(&mut self) {
        self.parts.clear();
        let files = self.manifest.tracks.iter().flat_map(|track| &track.parts).map(|part| part.file.as_str());
        for file in files.chain([FILE, TEMPORARY]) {
            let _ = self.storage.remove(&self.folder.join(file));
        }
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

fn manifest(settings: &RecordSettings, start: &Start, folder: &Path, number: u64) -> Manifest {
    let plans = settings.files();
    let entry = |plan: FilePlan| TrackEntry {
        name: plan.name,
        stem: plan.stem,
        channels: plan.channels,
        parts: Vec::new(),
    };
    Manifest {
        vestry_take: 1,
        state: TakeState::Recording,
        name: folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
        number,
        session: settings.session.clone(),
        continues: start.continues.clone(),
        copied_from: None,
        started: start.time.text(),
        sample_rate: settings.sample_rate,
        format: settings.format,
        layout: settings.layout,
        time_reference: start.time.frames_since_midnight(settings.sample_rate),
        start_frame: start.frame,
        frames: None,
        closed: None,
        tracks: plans.into_iter().map(entry).collect(),
        gaps: Vec::new(),
        slow_syncs: Vec::new(),
        markers: Vec::new(),
        system: settings.system.clone(),
        repairs: Vec::new(),
    }
}
