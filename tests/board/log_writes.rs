//! A take on a disk whose every write is logged (dm-log-writes): put together again up to each flush, the disk is as a power
//! cut right then would leave the strictest one. From every such state the take is repaired and held against the whole.
use crate::card::{Medium, Take, tool};
use crate::guest::Guest;
use crate::judge;
use crate::recorder::{self, MAPPER};
use crate::sound::{LONG, SHORT, expect};
use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt;

/// Begins the log: magic, version, number of entries (64 bits each) and bytes of a sector (32), little-endian.
const MAGIC: u64 = 0x006a_7366_7773_6872;
/// Flags of an entry.
const FLUSH: u64 = 1;
const FUA: u64 = 2;
const DISCARD: u64 = 4;
const MARK: u64 = 8;
/// Bytes of an entry before a mark's text: sector, number of sectors, flags, bytes of text (64 bits each).
const ENTRY: u64 = 32;
/// Seconds of the take.
const SECONDS: u32 = 8;

/// Something that was written, flushed or marked.
struct Entry {
    sector: u64,
    sectors: u64,
    flags: u64,
    /// A mark's text.
    text: String,
    /// Where its data begins in the log.
    data: u64,
}

fn words<const COUNT: usize>(log: &File, at: u64) -> io::Result<[u64; COUNT]> {
    let mut words = [0; COUNT];
    for (place, word) in (0..).zip(&mut words) {
        let mut bytes = [0; 8];
        log.read_exact_at(&mut bytes, at + place * 8)?;
        *word = u64::from_le_bytes(bytes);
    }
    Ok(words)
}

/// All entries of a log of 512-byte sectors.
fn entries(log: &File) -> io::Result<Vec<Entry>> {
    let [magic, version, count, sector_size] = words(log, 0)?;
    if (magic, version, sector_size as u32) != (MAGIC, 1, 512) {
        return Err(io::Error::new(
            ErrorKind::InvalidData,
            format!("no log: {magic:x} {version} {sector_size}"),
        ));
    }
    let (mut at, mut entries) = (512, Vec::new());
    for _ in 0..count {
        let [sector, sectors, flags, length] = words(log, at)?;
        let mut text = vec![0; length.min(512 - ENTRY) as usize];
        log.read_exact_at(&mut text, at + ENTRY)?;
        let text = String::from_utf8_lossy(&text).into_owned();
        let data = at + 512;
        let none = flags & (DISCARD | MARK) != 0;
        at = data + if none { 0 } else { sectors * 512 };
        entries.push(Entry { sector, sectors, flags, text, data });
    }
    Ok(entries)
}

impl Entry {
    /// Writes it to the disk.
    fn replay(&self, log: &File, disk: &File) -> io::Result<()> {
        let mut bytes = vec![0; (self.sectors * 512) as usize];
        log.read_exact_at(&mut bytes, self.data)?;
        disk.write_all_at(&bytes, self.sector * 512)
    }
}

/// Records for some seconds with a mark in the log for each sync that the recorder tells of.
fn record(guest: &mut Guest) -> Result<(), String> {
    let lay = format!(
        "umount /mnt 2>/dev/null; {MAPPER}; for n in $(seq 100); do ls /dev/sd? >/dev/null 2>&1 && break; sleep 0.1; done; \
         S=$(cat /sys/block/vda/size); dmsetup create --noudevsync logged --table \"0 $S log-writes /dev/vda $(ls /dev/sd?)\" && \
         mount -t ext4 /dev/dm-0 /mnt && rm -rf /mnt/logged && mkdir /mnt/logged"
    );
    guest.run(&lay, SHORT)?;
    recorder::play(guest, SECONDS + 10)?;
    let run = format!(
        "vestry run --config /tmp/media.toml --data /mnt/logged --for {SECONDS}s </dev/null 2>&1 | while read -r l; do \
         case \"$l\" in *' synced '*) l=\"${{l##* synced }}\"; dmsetup message logged 0 mark \"synced-${{l%% *}}\";; esac; done; \
         umount /mnt; dmsetup remove --noudevsync logged"
    );
    guest.run(&run, LONG).map(drop)
}

/// Plays the log back on a copy of the disk as it was before.
pub fn replayed(guest: &mut Guest) -> Result<(), String> {
    guest.run("umount /mnt 2>/dev/null; sync", SHORT)?;
    let work = tempfile::tempdir().map_err(|error| error.to_string())?;
    let disk = work.path().join("disk");
    let image = Medium::Disk.image(&guest.machine)?.to_owned();
    tool(
        "cp",
        &["--sparse=always", "--reflink=auto", &image.display().to_string(), &disk.display().to_string()],
    )?;
    record(guest)?;
    let whole = takes(&image)?.pop().ok_or("no take on the disk")?;
    let frames = judge::exact(&whole)?;
    let failed = |error: io::Error| format!("log: {error}");
    let log = File::open(Medium::Stick.image(&guest.machine)?).map_err(failed)?;
    let copy = File::options().write(true).open(&disk).map_err(failed)?;
    let (mut synced, mut states, mut dirty, mut worst) = (0, 0, false, 0);
    for entry in entries(&log).map_err(failed)? {
        if entry.flags & MARK != 0 {
            synced =
                entry.text.trim_start_matches("synced-").trim_end_matches('\0').parse().unwrap_or(synced);
        } else if entry.flags & DISCARD == 0 {
            entry.replay(&log, &copy).map_err(failed)?;
            dirty |= entry.sectors > 0;
        }
        if dirty && entry.flags & (FLUSH | FUA) != 0 {
            (states, dirty) = (states + 1, false);
            worst =
                worst.max(held(&disk, &whole, synced).map_err(|error| format!("state {states}: {error}"))?);
        }
    }
    println!(
        "board: {states} flushes of a take of {frames} frames; at most {worst} frames more than were synced to come"
    );
    expect(
        states >= 10 && synced + 2 * 48_000 > frames,
        "a state for each flush",
        &[format!("{states}, {synced}")],
    )
}

/// The takes of an image after its repair, all of them valid.
fn takes(image: &std::path::Path) -> Result<Vec<Take>, String> {
    let found = judge::found(image)?;
    let folder = found.folder.path().join("logged");
    if !folder.exists() {
        return Ok(Vec::new());
    }
    judge::repair(&folder)?;
    let mut takes = Vec::new();
    for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
        if entry.path().join("take.json").exists() {
            judge::valid(&entry.path())?;
            takes.push(Take::of(&entry.path())?);
        }
    }
    Ok(takes)
}

/// Fails unless the disk holds the beginning of the whole take with all that was synced; how many frames more.
fn held(disk: &std::path::Path, whole: &Take, synced: u64) -> Result<u64, String> {
    let mut frames = 0;
    for take in takes(disk)? {
        frames = judge::begins(&take, whole)?;
    }
    match frames >= synced {
        true => Ok(frames - synced),
        false => Err(format!("{frames} frames, and {synced} were synced")),
    }
}
