//! What a file is, found by reading it once before any of it goes: its sound is held against the checksum that was made while it
//! was recorded, and the digests that the other side is held against are of those same bytes.
//!
//! Runs on: delivery.
use super::brake::Brake;
use super::failure::Failure;
use super::plan::FilePlan;
use super::source::{STEP, Source};
use crc32fast::Hasher;
use md5::{Digest as _, Md5};
use std::time::Instant;

/// An MD5. It is what S3 compares with; it guards against errors, not against forgers.
pub type Sum = [u8; 16];

/// A file that is what it was recorded as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest {
    /// Of all of it.
    pub whole: Sum,
    /// Of each part in turn.
    pub parts: Vec<Sum>,
    /// Bytes of each part; the last may be shorter.
    pub part_bytes: u64,
}

impl Digest {
    /// The part `number`, from 0, of a file of `length` bytes: its first byte and the one after its last.
    pub fn range(&self, number: usize, length: u64) -> (u64, u64) {
        let from = (number as u64).saturating_mul(self.part_bytes).min(length);
        (from, from.saturating_add(self.part_bytes).min(length))
    }
}

/// In hexadecimal digits.
pub fn hex(sum: &Sum) -> String {
    sum.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Of `bytes`.
pub fn md5(bytes: &[u8]) -> Sum {
    Md5::digest(bytes).into()
}

/// Takes in pieces.
#[derive(Default)]
pub struct Summing(Md5);

impl Summing {
    /// More.
    pub fn add(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Of all that was added.
    pub fn end(self) -> Sum {
        self.0.finalize().into()
    }
}

/// Reads all of `source`.
///
/// # Errors
/// `Bad` where its sound is not what was recorded or it cannot be read; `Stopped`.
pub fn digest(source: &Source, plan: &FilePlan, part_bytes: u64, brake: &Brake) -> Result<Digest, Failure> {
    let mut reading = Reading::new(plan, part_bytes);
    let (mut buffer, mut at) = (vec![0; STEP], 0);
    loop {
        let begun = Instant::now();
        let read = source.read_at(at, &mut buffer);
        let read = read.map_err(|error| Failure::Bad(format!("{}: {error}", plan.name)))?;
        let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
        reading.add(at, bytes);
        at += read as u64;
        // Half of the medium's time at most.
        brake.rest(begun.elapsed())?;
    }
    if at != source.length {
        return Err(Failure::Bad(format!("{}: {at} bytes could be read of {}", plan.name, source.length)));
    }
    reading.end(plan, at)
}

struct Reading {
    crc: Hasher,
    /// The sound: its first byte and the one after its last.
    sound: (u64, u64),
    whole: Md5,
    part: Md5,
    parts: Vec<Sum>,
    part_bytes: u64,
    /// Bytes that the part has.
    filled: u64,
}

impl Reading {
    fn new(plan: &FilePlan, part_bytes: u64) -> Self {
        let sound = plan.sound.map_or((0, 0), |sound| (sound.start, sound.start.saturating_add(sound.bytes)));
        let (whole, part) = (Md5::new(), Md5::new());
        let part_bytes = part_bytes.max(1);
        Self { crc: Hasher::new(), sound, whole, part, parts: Vec::new(), part_bytes, filled: 0 }
    }

    fn add(&mut self, at: u64, bytes: &[u8]) {
        self.whole.update(bytes);
        let within =
            |edge: u64| usize::try_from(edge.saturating_sub(at)).unwrap_or(usize::MAX).min(bytes.len());
        self.crc.update(bytes.get(within(self.sound.0)..within(self.sound.1)).unwrap_or(&[]));
        let mut left = bytes;
        while !left.is_empty() {
            let room = usize::try_from(self.part_bytes - self.filled).unwrap_or(usize::MAX).min(left.len());
            let (now, later) = left.split_at(room);
            self.part.update(now);
            self.filled += room as u64;
            if self.filled == self.part_bytes {
                self.close_part();
            }
            left = later;
        }
    }

    fn close_part(&mut self) {
        self.parts.push(self.part.finalize_reset().into());
        self.filled = 0;
    }

    fn end(mut self, plan: &FilePlan, length: u64) -> Result<Digest, Failure> {
        if let Some(sound) = plan.sound {
            let bad = |what: String| Err(Failure::Bad(format!("{}: {what}", plan.name)));
            if sound.start.saturating_add(sound.bytes) > length {
                return bad(format!("{length} bytes are too few for its sound"));
            }
            let (found, told) = (self.crc.finalize(), sound.crc32);
            if found != told {
                return bad(format!("its sound has the checksum {found:08x}, take.json says {told:08x}"));
            }
        }
        if self.filled > 0 || self.parts.is_empty() {
            self.parts.push(self.part.finalize_reset().into());
        }
        Ok(Digest { whole: self.whole.finalize().into(), parts: self.parts, part_bytes: self.part_bytes })
    }
}

#[cfg(test)]
mod tests {
    use super::super::brake::Gate;
    use super::super::plan::Sound;
    use super::*;
    use proptest::prelude::*;
    use std::sync::Arc;

    fn read(bytes: &[u8], sound: Option<Sound>, part: u64) -> Result<Digest, Failure> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.wav");
        std::fs::write(&path, bytes).unwrap();
        let brake = Brake::new(Arc::new(Gate::default()), None);
        digest(&Source::open(&path).unwrap(), &FilePlan { name: "x.wav".into(), sound }, part, &brake)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        /// Parts are those of the file, put together they are all of it, and one bit that has turned in the sound is noticed.
        #[test]
        fn a_file_is_what_its_checksum_says(
            bytes in prop::collection::vec(any::<u8>(), 1..200_000), part in 1_000_u64..150_000, at in any::<prop::sample::Index>(),
        ) {
            let start = at.index(bytes.len()).min(bytes.len() - 1);
            let crc32 = crc32fast::hash(&bytes[start..]);
            let sound = Sound { start: start as u64, bytes: (bytes.len() - start) as u64, crc32 };
            let digest = read(&bytes, Some(sound), part).unwrap();
            prop_assert_eq!(digest.whole, md5(&bytes));
            let expected: Vec<_> = bytes.chunks(part as usize).map(md5).collect();
            prop_assert_eq!(&digest.parts, &expected);
            let last = digest.range(expected.len() - 1, bytes.len() as u64);
            prop_assert_eq!(last.1, bytes.len() as u64);
            let mut rotten = bytes.clone();
            rotten[start] ^= 1;
            let Err(Failure::Bad(why)) = read(&rotten, Some(sound), part) else { panic!("it went unnoticed") };
            prop_assert!(why.starts_with("x.wav: its sound has the checksum"), "{}", why);
        }
    }

    #[test]
    fn a_file_that_is_cut_is_bad_and_an_empty_one_has_one_empty_part() {
        let sound = Sound { start: 10, bytes: 10, crc32: 0 };
        assert_eq!(
            read(&[0; 19], Some(sound), 5).unwrap_err(),
            Failure::Bad("x.wav: 19 bytes are too few for its sound".into())
        );
        let empty = read(&[], None, 5).unwrap();
        assert_eq!((empty.whole, empty.parts.as_slice()), (md5(&[]), &[md5(&[])][..]));
        assert_eq!(hex(&empty.whole), "d41d8cd98f00b204e9800998ecf8427e");
    }
}
