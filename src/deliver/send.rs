//! One take on its way, file by file, each noted once it is there.
//!
//! Runs on: delivery.
use super::brake::Brake;
use super::digest::{digest, hex};
use super::failure::Failure;
use super::ledger::{Entry, FileNote, Ledger};
use super::plan::{FilePlan, Plan};
use super::source::Source;
use super::target::{Carrier, Parcel, Way};

/// What a take goes by.
pub struct Road<'a> {
    /// The other side.
    pub carrier: &'a mut dyn Carrier,
    /// What is remembered.
    pub ledger: &'a Ledger,
    /// Pace and end.
    pub brake: &'a mut Brake,
    /// Told how much of the take is there, 0..1.
    pub progress: &'a mut dyn FnMut(f64),
}

/// Sends what is not there yet of `take`, noting it in `entry`.
///
/// # Errors
/// Not all of it is there.
pub fn send(take: &str, plan: &Plan, entry: &mut Entry, road: &mut Road<'_>) -> Result<(), Failure> {
    let open = |file: &FilePlan| {
        let opened = Source::open(&plan.folder.join(&file.name));
        opened.map_err(|error| Failure::Bad(format!("{}: {error}", file.name)))
    };
    let sources = plan.files.iter().map(open).collect::<Result<Vec<_>, _>>()?;
    let total: u64 = sources.iter().map(|source| source.length).sum();
    road.carrier.begin(take, road.brake)?;
    let mut before = 0;
    for (file, source) in plan.files.iter().zip(&sources) {
        let known = entry.files.get(&file.name);
        if !known.is_some_and(|note| note.done && note.bytes == source.length) {
            one(take, (file, source), entry, road, &mut |sent| {
                share(before + sent.min(source.length), total)
            })?;
        }
        before += source.length;
        (road.progress)(share(before, total));
    }
    Ok(())
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

/// Sends one file; `share` says what so many bytes of it come to.
fn one(
    take: &str,
    (file, source): (&FilePlan, &Source),
    entry: &mut Entry,
    road: &mut Road<'_>,
    share: &mut dyn FnMut(u64) -> f64,
) -> Result<(), Failure> {
    let digest = digest(source, file, road.carrier.part_bytes(source.length), road.brake)?;
    let md5 = hex(&digest.whole);
    let known = entry.files.remove(&file.name).filter(|note| note.md5 == md5);
    let upload = known.and_then(|note| note.upload);
    let note = FileNote { bytes: source.length, md5, upload: upload.clone(), done: false };
    entry.files.insert(file.name.clone(), note);
    let (ledger, progress) = (road.ledger, &mut *road.progress);
    let mut sent = 0;
    let mut way = Way {
        brake: &mut *road.brake,
        sent: &mut |bytes| {
            sent += bytes;
            progress(share(sent));
        },
        upload,
        note: &mut |upload| {
            noted(ledger, take, entry, &file.name, |note| note.upload = upload.map(str::to_owned))
        },
    };
    road.carrier.deliver(&Parcel { take, name: &file.name, source, digest: &digest }, &mut way)?;
    noted(ledger, take, entry, &file.name, |note| (note.upload, note.done) = (None, true))
}

fn noted(
    ledger: &Ledger,
    take: &str,
    entry: &mut Entry,
    file: &str,
    change: impl FnOnce(&mut FileNote),
) -> Result<(), Failure> {
    if let Some(note) = entry.files.get_mut(file) {
        change(note);
    }
    ledger.write(take, entry).map_err(|error| unwritten(ledger, &error))
}

/// What keeps delivery from being remembered.
pub fn unwritten(ledger: &Ledger, error: &std::io::Error) -> Failure {
    Failure::Later(format!("{}: {error}", ledger.dir().display()))
}
