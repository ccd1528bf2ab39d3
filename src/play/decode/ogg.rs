//! Whether an Ogg file has its end: its last page says so (RFC 3533, section 6), and a file that was cut off lacks it.
//!
//! The decoder takes the last page that it finds for the end, so that nothing would tell.
//!
//! Runs on: player.
use std::io::{self, Read, Seek, SeekFrom};

/// What is known of the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    /// The last page is there.
    Closed,
    /// It is not.
    Open,
    /// It is no Ogg file.
    Elsewhere,
}

/// The largest page: a header of 27 bytes, 255 lacing values, 255 segments of 255 bytes.
const PAGE: u64 = 27 + 255 + 255 * 255;
/// Begins each page.
const CAPTURE: &[u8] = b"OggS";
/// Of the header's type: the last page of a stream.
const LAST: u8 = 4;

/// Looks at the end of a file of `length` bytes.
pub fn ends(file: &mut (impl Read + Seek), length: u64) -> io::Result<Ends> {
    let mut start = [0; CAPTURE.len()];
    file.rewind()?;
    if length < PAGE.min(27) || file.read_exact(&mut start).is_err() || start != CAPTURE {
        return Ok(Ends::Elsewhere);
    }
    // Twice a page: the last one may be cut off, and then the one before it is looked for.
    file.seek(SeekFrom::Start(length.saturating_sub(2 * PAGE)))?;
    let mut tail = Vec::new();
    file.take(2 * PAGE).read_to_end(&mut tail)?;
    let mut places = (0..tail.len()).rev().filter(|at| tail[*at..].starts_with(CAPTURE));
    let last = places.find_map(|at| whole(&tail[at..]));
    Ok(if last.is_some_and(|kind| kind & LAST != 0) { Ends::Closed } else { Ends::Open })
}

/// The type of the page that begins here, if all of it is here.
fn whole(page: &[u8]) -> Option<u8> {
    let lacing = page.get(27..27 + usize::from(*page.get(26)?))?;
    let body: usize = lacing.iter().map(|length| usize::from(*length)).sum();
    page.get(27 + lacing.len()..27 + lacing.len() + body)?;
    page.get(5).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn page(kind: u8, body: usize) -> Vec<u8> {
        let mut page =
            [CAPTURE, &[0, kind], &[0; 20], &[2, (body / 2) as u8, (body - body / 2) as u8]].concat();
        page.resize(page.len() + body, 9);
        page
    }

    #[test]
    fn a_file_without_its_last_page_is_open_wherever_it_is_cut() {
        let whole = [page(2, 300), page(0, 200), page(4, 100)].concat();
        let of = |bytes: &[u8]| ends(&mut Cursor::new(bytes), bytes.len() as u64).unwrap();
        assert_eq!(of(&whole), Ends::Closed);
        for cut in 27..whole.len() {
            assert_eq!(of(&whole[..cut]), Ends::Open, "{cut}");
        }
        assert_eq!(
            (of(b""), of(b"RIFF"), of(&[0; 100])),
            (Ends::Elsewhere, Ends::Elsewhere, Ends::Elsewhere)
        );
    }
}
