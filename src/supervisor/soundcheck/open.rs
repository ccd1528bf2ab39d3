//! Finds a take's folder and reads what is in it, on a thread that ends by itself: a medium may take its time.
//!
//! Runs on: supervisor (the handle), soundcheck (the work).
use crate::play::take::decode::Pcm;
use crate::play::take::source::Piece;
use crate::record::list;
use crate::record::multitrack::{Multitrack, TrackFile, open};
use crate::record::storage::Disk;
use std::path::{Component, Path, PathBuf};
use std::sync::mpsc::{Receiver, sync_channel};

/// All memory is locked, stacks too.
const STACK: usize = 256 * 1024;
/// Stands for the newest take that is not being recorded.
pub const LAST: &str = "last";

/// A take that can be played.
pub struct Opened {
    /// Its folder's name.
    pub name: String,
    /// What is in it.
    pub read: Multitrack,
}

/// What is looked for.
pub struct Wanted {
    /// The folder's name, or [`LAST`].
    pub take: String,
    /// Folders that it may be in; the first that has it.
    pub dirs: Vec<PathBuf>,
    /// Takes that are being recorded.
    pub running: Vec<String>,
}

impl Wanted {
    /// A name that leads nowhere else.
    pub fn is_sound(&self) -> bool {
        let mut parts = Path::new(&self.take).components();
        matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None))
    }

    fn find(&self) -> Result<PathBuf, String> {
        if self.take != LAST {
            let found = self.dirs.iter().map(|dir| dir.join(&self.take)).find(|path| path.is_dir());
            return found.ok_or_else(|| format!("take {:?}: there is no such folder", self.take));
        }
        let newest = self.dirs.iter().find_map(|dir| {
            let names = list::names(&Disk, dir);
            let name = names.into_iter().rev().find(|name| !self.running.contains(name))?;
            Some(dir.join(name))
        });
        newest.ok_or_else(|| "there is no take yet but what is being recorded".to_owned())
    }

    fn open(&self) -> Result<Opened, String> {
        let folder = self.find()?;
        let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let read = open(&Disk, &folder).map_err(|error| error.to_string())?;
        Ok(Opened { name, read })
    }
}

/// Begins to look for it.
///
/// # Errors
/// The system gives no thread.
pub fn begin(wanted: Wanted) -> std::io::Result<Receiver<Result<Opened, String>>> {
    let (give, take) = sync_channel(1);
    let work = move || {
        // Nobody waits for it any more: so be it.
        let _ = give.send(wanted.open());
    };
    std::thread::Builder::new().name("soundcheck".into()).stack_size(STACK).spawn(work)?;
    Ok(take)
}

/// A file as a source reads it, its tracks being `lanes` of the source, so many frames late.
pub fn piece(file: TrackFile, lanes: &[Option<usize>], late: u64) -> Option<Piece> {
    let lane = |track: Option<usize>| track.and_then(|track| lanes.get(track).copied().flatten());
    Some(Piece {
        pcm: Pcm::of(file.coding.bytes, file.coding.float)?,
        channels: file.tracks.into_iter().map(lane).collect(),
        path: file.path,
        start: file.start,
        frames: file.frames,
        at: file.at.saturating_add(late),
    })
}
