//! Which part of a file a request wants (RFC 9110, section 14). Pure.
//!
//! Runs on: web.

/// What is wanted of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// All of it: nothing else was asked for, or in no way that has to be understood.
    Whole,
    /// The bytes from the first up to and with the last.
    Part(u64, u64),
    /// Bytes that it has not got.
    Nothing,
}

/// By the header `Range`, of a file of so many bytes. Of several ranges none is served, which is allowed: all of it is.
pub(super) fn wanted(header: Option<&str>, length: u64) -> Wanted {
    let Some(ranges) = header.and_then(|header| header.trim().strip_prefix("bytes=")) else {
        return Wanted::Whole;
    };
    let Some((first, last)) = ranges.split_once('-') else { return Wanted::Whole };
    let (first, last) = (first.trim(), last.trim());
    match (number(first), number(last)) {
        (Some(first), None) if last.is_empty() => part(first, u64::MAX, length),
        (Some(first), Some(last)) if first <= last => part(first, last, length),
        (None, Some(count)) if first.is_empty() => match count {
            0 => Wanted::Nothing,
            count => part(length.saturating_sub(count), u64::MAX, length),
        },
        _ => Wanted::Whole,
    }
}

fn part(first: u64, last: u64, length: u64) -> Wanted {
    if first < length { Wanted::Part(first, last.min(length - 1)) } else { Wanted::Nothing }
}

/// Digits alone. More than fit are as many as fit.
fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_examples_of_the_standard() {
        let of = |range: &str| wanted(Some(range), 10_000);
        assert_eq!(of("bytes=0-499"), Wanted::Part(0, 499));
        assert_eq!(of("bytes=500-999"), Wanted::Part(500, 999));
        assert_eq!(
            (of("bytes=-500"), of("bytes=9500-")),
            (Wanted::Part(9_500, 9_999), Wanted::Part(9_500, 9_999))
        );
        assert_eq!(of("bytes=0-0"), Wanted::Part(0, 0));
        assert_eq!(of("bytes=-99999"), Wanted::Part(0, 9_999));
        assert_eq!(of("bytes=9999-99999999999999999999999"), Wanted::Part(9_999, 9_999));
        assert_eq!((of("bytes=10000-"), of("bytes=-0")), (Wanted::Nothing, Wanted::Nothing));
        for range in [
            "bytes=0-0,-1",
            "bytes=5-4",
            "bytes=",
            "bytes=-",
            "bytes=a-",
            "bytes=1",
            "lines=0-1",
            "",
            "bytes=+1-2",
        ] {
            assert_eq!(of(range), Wanted::Whole, "{range}");
        }
        assert_eq!(wanted(None, 0), Wanted::Whole);
        assert_eq!(wanted(Some("bytes=0-"), 0), Wanted::Nothing);
        assert_eq!(wanted(Some("bytes=-5"), 0), Wanted::Nothing);
    }

    proptest! {
        #[test]
        fn whatever_is_asked_for_is_inside(text in "(bytes=)?[0-9, -]{0,24}|.*", length in any::<u64>()) {
            if let Wanted::Part(first, last) = wanted(Some(&text), length) {
                prop_assert!(first <= last && last < length);
            }
        }

        #[test]
        fn a_plain_range_is_what_it_says(first in 0..2_000_u64, more in 0..2_000_u64, length in 1..3_000_u64) {
            let bytes: Vec<u64> = (0..length).collect();
            let right = bytes.get(first as usize..).filter(|rest| !rest.is_empty());
            let right = right.map(|rest| rest[..rest.len().min(more as usize + 1)].to_vec());
            let found = match wanted(Some(&format!("bytes={first}-{}", first + more)), length) {
                Wanted::Part(first, last) => Some((first..=last).collect()),
                _ => None,
            };
            prop_assert_eq!(found, right);
        }
    }
}
