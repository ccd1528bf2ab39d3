//! What is left of a file that was not closed. Pure: bytes and a length in, sizes out; for any bytes.
//!
//! Runs on: repair.
use crate::record::wave::parse::{Info, parse};
use crate::record::wave::{DATA_START, Spec};

/// What a file is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What the sound in it is.
    pub spec: Spec,
    /// Bytes of sound to keep: whole frames only.
    pub data: u64,
    /// Bytes of them that a completed sync vouches for.
    pub vouched: u64,
    /// CRC-32 of the first bytes of sound and how many it covers: the rest has to be read.
    pub checksum: Option<(u32, u64)>,
    /// Whether the file was closed but for its tail.
    pub closed: bool,
    /// What its header says, as far as it can be read.
    pub info: Option<Info>,
}

/// Judges a file by its first bytes (16 KiB or less) and its length. `known` is what the manifest says is in it, which
/// counts more than a header that may be torn. None where neither says what the sound is.
pub fn plan(prefix: &[u8], length: u64, known: Option<Spec>) -> Option<Plan> {
    let info = parse(prefix);
    let spec = known.or(info.as_ref().and_then(|info| info.spec))?;
    let room = length.saturating_sub(DATA_START);
    let whole = room - room % spec.frame_bytes();
    let told = info.as_ref().and_then(|info| told(info, &spec));
    let fits = told.filter(|told| told.data <= whole);
    let closed = fits.is_some_and(|told| told.closed);
    let data = fits.filter(|told| told.closed).map_or(whole, |told| told.data);
    Some(Plan {
        spec,
        data,
        vouched: told.map_or(0, |told| told.data.min(whole)),
        checksum: fits.map(|told| (told.crc, told.data)),
        closed,
        info,
    })
}

#[derive(Clone, Copy)]
struct Told {
    data: u64,
    crc: u32,
    closed: bool,
}

/// What the header says of the sound, if it says so consistently in its three places.
fn told(info: &Info, spec: &Spec) -> Option<Told> {
    let ((riff, data), (crc, covered)) = info.sizes64.zip(info.checksum)?;
    let end = riff.checked_add(8)?;
    let sound_end = DATA_START.checked_add(data)?;
    let consistent =
        data == covered && data % spec.frame_bytes() == 0 && end >= sound_end && end == info.riff_end;
    consistent.then_some(Told { data, crc, closed: end > sound_end })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::wave::bext::Bext;
    use crate::record::wave::header::{Sizes, whole};
    use crate::record::wave::{Format, RIFF_LIMIT};
    use proptest::prelude::*;

    const SPEC: Spec = Spec { format: Format::Pcm24, channels: 1, sample_rate: 48_000 };

    proptest! {
        #[test]
        fn no_more_than_is_there_and_whole_frames(bytes in proptest::collection::vec(any::<u8>(), 0..300), length: u64, known: bool,
            data in 0u64..9000, tail in 0u64..3, length_of_ours in 0u64..40_000, torn in 0usize..20_000)
        {
            let mut ours = whole(&SPEC, &Bext::default(), "", Sizes { data: data * 3, tail, crc: 1 }, RIFF_LIMIT);
            ours.iter_mut().skip(torn).take(50).zip(&bytes).for_each(|(to, from)| *to = *from);
            for (prefix, length) in [(bytes, length), (ours, length_of_ours)] {
                if let Some(plan) = plan(&prefix, length, known.then_some(SPEC)) {
                    prop_assert_eq!(plan.data % plan.spec.frame_bytes(), 0);
                    prop_assert!(plan.data <= length.saturating_sub(DATA_START));
                    prop_assert!(plan.vouched <= length && plan.checksum.is_none_or(|(_, bytes)| bytes <= plan.data));
                }
            }
        }
    }

    #[test]
    fn a_closed_file_keeps_its_tail_out_of_the_sound() {
        let head = |tail| whole(&SPEC, &Bext::default(), "", Sizes { data: 300, tail, crc: 1 }, RIFF_LIMIT);
        assert_eq!(plan(&head(60), DATA_START + 330, None).unwrap().data, 300);
        assert_eq!(plan(&head(0), DATA_START + 332, None).unwrap().data, 330);
        assert_eq!(plan(&head(60), DATA_START + 200, None).unwrap().data, 198);
        assert_eq!(plan(&head(60)[..200], 100, None).unwrap().data, 0);
    }
}
