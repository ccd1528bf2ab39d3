//! Words that fit: names cut with sense, lines wrapped, numbers rounded.
//!
//! Runs on: supervisor.
use super::super::text::clock;
use super::super::view::{Pace, View};

/// A name in at most `most` letters. Of several words the last still counts, by its number or first letter, so that
/// "Choir left" and "Choir right" do not become the same.
pub fn name(name: &str, most: usize) -> String {
    let name = name.trim();
    if name.chars().count() <= most {
        return name.to_owned();
    }
    let cut = |text: &str, most: usize| text.chars().take(most).collect::<String>().trim_end().to_owned();
    let Some((first, last)) = name.rsplit_once(char::is_whitespace) else { return cut(name, most) };
    let numeric = last.chars().all(|letter| letter.is_ascii_digit());
    let tail: String = cut(last, if numeric { 2 } else { 1 }).to_uppercase().chars().take(most).collect();
    cut(first, most.saturating_sub(tail.chars().count())) + &tail
}

/// Text in lines of at most `wide` letters, broken between words where possible. What `lines` cannot hold is left out,
/// and two dots say so.
pub fn wrap(text: &str, wide: usize, lines: usize) -> Vec<String> {
    let mut all: Vec<String> = vec![];
    for word in text.split_whitespace() {
        let mut rest: Vec<char> = word.chars().collect();
        if let Some(line) = all.last_mut()
            && line.chars().count() + 1 + rest.len() <= wide
        {
            *line += " ";
            line.extend(rest);
            continue;
        }
        while !rest.is_empty() {
            all.push(rest.drain(..rest.len().min(wide.max(1))).collect());
        }
    }
    let cut = all.len() > lines;
    all.truncate(lines);
    if let Some(last) = all.last_mut().filter(|_| cut) {
        *last = last.chars().take(wide.saturating_sub(2)).collect::<String>().trim_end().to_owned() + "..";
    }
    all
}

/// `1:02:03` of the take; nothing without one.
pub fn take_time(view: &View) -> String {
    view.take.as_ref().map(|take| clock(take.time)).unwrap_or_default()
}

/// `37 h`, `40 min`; `?` while unknown.
pub fn free_time(view: &View) -> String {
    let Some(room) = view.storage else { return "? h".into() };
    let minutes = room.free_time.as_secs() / 60;
    if minutes < 60 { format!("{minutes} min") } else { format!("{} h", short(minutes / 60)) }
}

/// `slow 3/30s`, `late 12/30s`: sound that waits, and how much of it may; nothing while the writer keeps up.
pub fn writer(view: &View) -> Option<String> {
    let [buffered, pool] = [view.writer.buffered, view.writer.pool].map(|time| time.as_secs().min(999));
    let word = match view.writer.pace {
        Pace::Ok => return None,
        Pace::Slow => "slow",
        Pace::Behind => "late",
    };
    Some(format!("{word} {buffered}/{pool}s"))
}

/// Number and name of the selected input.
pub fn selected(view: &View, most: usize) -> String {
    let Some((at, meter)) = view.meters.iter().enumerate().find(|(_, meter)| meter.selected) else {
        return "no input selected".chars().take(most).collect();
    };
    let number = format!("{} ", at + 1);
    let room = most.saturating_sub(number.len());
    number + &name(&meter.name, room)
}

/// A count in at most four letters up to 999 million: `9999`, `12k`, `3M`.
pub fn short(count: u64) -> String {
    match count {
        0..10_000 => count.to_string(),
        10_000..1_000_000 => format!("{}k", count / 1_000),
        _ => format!("{}M", count / 1_000_000),
    }
}

/// A level without decimals; nothing below the scale.
pub fn decibels(db: f32, low: f32) -> String {
    if db < low { String::new() } else { (db.round() as i32).to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_keep_what_tells_them_apart() {
        let names =
            [("Pulpit", "Pulpi"), ("Choir left", "ChoiL"), ("Choir right", "ChoiR"), ("Mic 12", "Mic12")];
        for (long, short) in names {
            assert_eq!(name(long, 5), short);
        }
        assert_eq!((name("Orgel", 5), name("Küche 3", 5)), ("Orgel".into(), "Küch3".into()));
        assert_eq!(name("Spare input with a long name", 12), "Spare inputN");
    }

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrap("sound card is gone", 12, 2), ["sound card", "is gone"]);
        assert_eq!(wrap("medium too slow: sound is being lost", 12, 2), ["medium too", "slow: soun.."]);
        assert_eq!(wrap("abcdefgh", 3, 9), ["abc", "def", "gh"]);
    }

    proptest! {
        #[test]
        fn everything_fits(text in "[a-zäö0-9 ]{0,60}", wide in 2..30_usize, lines in 1..6_usize, most in 0..30_usize) {
            prop_assert!(name(&text, most).chars().count() <= most);
            let wrapped = wrap(&text, wide, lines);
            prop_assert!(wrapped.len() <= lines);
            prop_assert!(wrapped.iter().all(|line| line.chars().count() <= wide && !line.is_empty()));
        }

        #[test]
        fn nothing_is_lost_where_there_is_room(text in "[a-z ]{0,60}", wide in 2..30_usize) {
            let joined: String = wrap(&text, wide, 99).concat().split_whitespace().collect();
            prop_assert_eq!(joined, text.split_whitespace().collect::<String>());
        }
    }
}
