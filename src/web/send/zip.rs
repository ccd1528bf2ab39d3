//! A ZIP whose length is known before its first byte: files are stored as they are, their checksums follow them. By APPNOTE.TXT 6.3.10 of
//! PKWARE, with ZIP64 where 32 bits do not hold a size or a place. Pure.
//!
//! Runs on: web.

/// What 32 bits cannot say any more, and then says that ZIP64 does.
const LARGE: u64 = u32::MAX as u64;
/// What 16 bits cannot.
const MANY: usize = u16::MAX as usize;
/// Sizes and checksum follow the file (bit 3); names are UTF-8 (bit 11).
const FLAGS: u16 = 1 << 3 | 1 << 11;
/// Made on Unix, by version 4.5.
const MADE_BY: u16 = 3 << 8 | 45;
/// A plain file that everybody may read.
const PLAIN_FILE: u32 = 0o100_644 << 16;

/// One file.
struct Entry {
    name: String,
    bytes: u64,
    /// Where its head stands.
    at: u64,
    crc: u32,
}

/// The whole archive.
pub(super) struct Archive {
    entries: Vec<Entry>,
    /// DOS date and time of all entries.
    stamp: (u16, u16),
    /// Where the list of all begins.
    list_at: u64,
}

impl Entry {
    fn large(&self) -> bool {
        self.bytes >= LARGE
    }

    fn needs(&self) -> u16 {
        if self.large() || self.at >= LARGE { 45 } else { 20 }
    }
}

impl Archive {
    /// Of files with names and lengths, stamped as the take is called: `YYYY-MM-DD_HHMMSS_NNNN`.
    pub fn new(take: &str, files: impl Iterator<Item = (String, u64)>) -> Self {
        let mut archive = Self { entries: Vec::new(), stamp: stamp(take), list_at: 0 };
        for (name, bytes) in files {
            archive.entries.push(Entry { name, bytes, at: archive.list_at, crc: 0 });
            let last = archive.entries.len() - 1;
            archive.list_at += (archive.head(last).len() + archive.tail(last, 0).len()) as u64 + bytes;
        }
        archive
    }

    /// Bytes of all of it.
    pub fn length(&self) -> u64 {
        self.list_at + self.end().len() as u64
    }

    /// What stands before a file.
    pub fn head(&self, at: usize) -> Vec<u8> {
        let Some(entry) = self.entries.get(at) else { return Vec::new() };
        let mut out = Out(b"PK\x03\x04".to_vec());
        out.half(entry.needs());
        self.common(&mut out);
        let large = entry.large();
        // Bit 3: they follow. With ZIP64 they follow as 64 bits, which the field here says.
        let size = if large { u32::MAX } else { 0 };
        out.words(&[0, size, size]);
        out.half(entry.name.len() as u16);
        out.half(if large { 20 } else { 0 });
        out.0.extend_from_slice(entry.name.as_bytes());
        if large {
            out.zip64(&[0, 0]);
        }
        out.0
    }

    /// Flags, method (stored), time and date.
    fn common(&self, out: &mut Out) {
        let (date, time) = self.stamp;
        [FLAGS, 0, time, date].into_iter().for_each(|half| out.half(half));
    }

    /// What stands behind a file, which has that checksum.
    pub fn tail(&mut self, at: usize, crc: u32) -> Vec<u8> {
        let Some(entry) = self.entries.get_mut(at) else { return Vec::new() };
        entry.crc = crc;
        let mut out = Out(b"PK\x07\x08".to_vec());
        out.words(&[crc]);
        match entry.large() {
            true => [entry.bytes; 2].into_iter().for_each(|size| out.long(size)),
            false => out.words(&[entry.bytes as u32; 2]),
        }
        out.0
    }

    /// The list of all files, and where it is.
    pub fn end(&self) -> Vec<u8> {
        let mut out = Out(Vec::new());
        self.entries.iter().for_each(|entry| self.listed(&mut out, entry));
        let (count, list) = (self.entries.len(), out.0.len() as u64);
        let large = count >= MANY || list >= LARGE || self.list_at >= LARGE;
        if large {
            out.0.extend_from_slice(b"PK\x06\x06");
            out.long(44);
            [MADE_BY, 45].into_iter().for_each(|half| out.half(half));
            out.words(&[0, 0]);
            [count as u64, count as u64, list, self.list_at].into_iter().for_each(|long| out.long(long));
            out.0.extend_from_slice(b"PK\x06\x07");
            out.words(&[0]);
            out.long(self.list_at + list);
            out.words(&[1]);
        }
        out.0.extend_from_slice(b"PK\x05\x06");
        let many = count.min(MANY) as u16;
        [0, 0, many, many].into_iter().for_each(|half| out.half(half));
        out.words(&[short(list), short(self.list_at)]);
        out.half(0);
        out.0
    }

    fn listed(&self, out: &mut Out, entry: &Entry) {
        let mut more = Vec::new();
        if entry.large() {
            more.extend([entry.bytes; 2]);
        }
        if entry.at >= LARGE {
            more.push(entry.at);
        }
        out.0.extend_from_slice(b"PK\x01\x02");
        [MADE_BY, entry.needs()].into_iter().for_each(|half| out.half(half));
        self.common(out);
        out.words(&[entry.crc, short(entry.bytes), short(entry.bytes)]);
        out.half(entry.name.len() as u16);
        out.half(if more.is_empty() { 0 } else { 4 + 8 * more.len() as u16 });
        // No comment, on the first disk, not text.
        [0, 0, 0].into_iter().for_each(|half| out.half(half));
        out.words(&[PLAIN_FILE, short(entry.at)]);
        out.0.extend_from_slice(entry.name.as_bytes());
        if !more.is_empty() {
            out.zip64(&more);
        }
    }
}

/// What 32 bits say of it.
fn short(long: u64) -> u32 {
    long.min(LARGE) as u32
}

/// Little-endian, all of it.
struct Out(Vec<u8>);

impl Out {
    fn half(&mut self, half: u16) {
        self.0.extend_from_slice(&half.to_le_bytes());
    }

    fn words(&mut self, words: &[u32]) {
        words.iter().for_each(|word| self.0.extend_from_slice(&word.to_le_bytes()));
    }

    fn long(&mut self, long: u64) {
        self.0.extend_from_slice(&long.to_le_bytes());
    }

    /// The extra field that holds what 32 bits do not.
    fn zip64(&mut self, longs: &[u64]) {
        self.half(1);
        self.half(8 * longs.len() as u16);
        longs.iter().for_each(|long| self.long(*long));
    }
}

/// Date and time in the format of MS-DOS, which begins in 1980 and counts two seconds.
fn stamp(take: &str) -> (u16, u16) {
    let digits = |from: usize, to: usize| take.get(from..to).and_then(|text| text.parse::<u16>().ok());
    let date = || {
        Some((digits(0, 4)?.checked_sub(1_980).filter(|year| *year < 128)?, digits(5, 7)?, digits(8, 10)?))
    };
    let time = || Some((digits(11, 13)?, digits(13, 15)?, digits(15, 17)?));
    match (date(), time()) {
        (Some((year, month, day)), Some((hour, minute, second))) => (
            year << 9 | (month & 15) << 5 | day & 31,
            (hour & 31) << 11 | (minute & 63) << 5 | (second / 2) & 31,
        ),
        _ => (1 << 5 | 1, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The archive in a file with holes for what is in the files.
    fn written(files: &[(&str, u64)]) -> tempfile::NamedTempFile {
        use std::os::unix::fs::FileExt;
        let named = files.iter().map(|(name, bytes)| ((*name).to_owned(), *bytes));
        let mut archive = Archive::new("2026-11-26_101501_0007", named);
        let out = tempfile::NamedTempFile::new().unwrap();
        let mut at = 0;
        let mut put = |bytes: &[u8], then: u64| {
            out.as_file().write_all_at(bytes, at).unwrap();
            at += bytes.len() as u64 + then;
        };
        for (place, (_, bytes)) in files.iter().enumerate() {
            put(&archive.head(place), *bytes);
            put(&archive.tail(place, 0), 0);
        }
        put(&archive.end(), 0);
        assert_eq!(at, archive.length());
        out
    }

    /// As Python's own module reads it: names, sizes, places, date.
    fn listed(file: &tempfile::NamedTempFile) -> Vec<String> {
        let script = "import sys, zipfile\nfor i in zipfile.ZipFile(sys.argv[1]).infolist():\n \
                      print(i.filename, i.file_size, i.header_offset, *i.date_time)";
        let output =
            std::process::Command::new("python3").args(["-c", script]).arg(file.path()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
    }

    #[test]
    fn sizes_and_places_beyond_32_bits_are_found_by_others() {
        let files = [
            ("t/a.wav", 5_u64),
            ("t/b.wav", LARGE - 1),
            ("t/c.wav", LARGE),
            ("t/ü.wav", 6_000_000_000),
            ("t/e.wav", 0),
        ];
        let mut at = 0;
        let mut right = Vec::new();
        for (name, bytes) in files {
            right.push(format!("{name} {bytes} {at} 2026 11 26 10 15 0"));
            let large = bytes >= LARGE;
            at += 30 + name.len() as u64 + bytes + if large { 20 + 24 } else { 16 };
        }
        assert_eq!(listed(&written(&files)), right);
    }

    #[test]
    fn more_files_than_16_bits_count() {
        let names: Vec<_> = (0..66_000).map(|number| format!("t/{number}")).collect();
        let files: Vec<_> = names.iter().map(|name| (name.as_str(), 0)).collect();
        assert_eq!(listed(&written(&files)).len(), 66_000);
        assert!(listed(&written(&[])).is_empty());
    }

    #[test]
    fn a_take_without_a_date_has_the_first_there_is() {
        assert_eq!(stamp("1970-01-01_000010_0001"), (33, 0));
        assert_eq!(stamp("ü"), (33, 0));
        assert_eq!(stamp("2026-11-26_101501_0007"), (46 << 9 | 11 << 5 | 26, 10 << 11 | 15 << 5));
    }
}
