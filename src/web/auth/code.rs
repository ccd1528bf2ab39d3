//! The code that stands on the display: who reads it stands before the box, and may set the password.
//!
//! Runs on: web.
use super::{random, same};
use std::io;
use std::time::{Duration, Instant};

/// How long a code is shown and counts.
pub const LIFE: Duration = Duration::from_secs(300);
/// Wrong ones that end it.
const TRIES: u32 = 5;
/// Codes that there are.
const COUNT: u32 = 1_000_000;

/// What became of a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tried {
    /// It is the one that is shown, which counts no more.
    Right,
    /// It is not.
    Wrong,
    /// It was the last wrong one: none is shown any more.
    Void,
    /// None is shown.
    None,
}

/// The code that is shown, if any.
#[derive(Debug, Default)]
pub struct Code {
    shown: Option<Shown>,
}

#[derive(Debug)]
struct Shown {
    digits: String,
    until: Instant,
    wrong: u32,
}

impl Code {
    /// The digits and until when they count. One that is shown already stays, so that two who ask do not take it from one another.
    ///
    /// # Errors
    /// The system has no random numbers.
    pub fn show(&mut self, now: Instant) -> io::Result<(String, Instant)> {
        let shown = match self.shown.take().filter(|shown| now < shown.until) {
            Some(shown) => shown,
            None => Shown { digits: digits()?, until: now + LIFE, wrong: 0 },
        };
        let told = (shown.digits.clone(), shown.until);
        self.shown = Some(shown);
        Ok(told)
    }

    /// Whether one is shown.
    pub fn is_shown(&self, now: Instant) -> bool {
        self.shown.as_ref().is_some_and(|shown| now < shown.until)
    }

    /// Tries one. Spaces between its digits do not count.
    pub fn try_one(&mut self, typed: &str, now: Instant) -> Tried {
        let Some(mut shown) = self.shown.take().filter(|shown| now < shown.until) else { return Tried::None };
        let typed: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
        if same(typed.as_bytes(), shown.digits.as_bytes()) {
            return Tried::Right;
        }
        shown.wrong += 1;
        if shown.wrong >= TRIES {
            return Tried::Void;
        }
        self.shown = Some(shown);
        Tried::Wrong
    }
}

/// Six digits, each code as likely as any other.
fn digits() -> io::Result<String> {
    let even = u32::MAX - u32::MAX % COUNT;
    loop {
        let number = u32::from_le_bytes(random()?);
        if number < even {
            return Ok(format!("{:06}", number % COUNT));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(digits: &str) -> String {
        digits.chars().map(|digit| if digit == '0' { '1' } else { '0' }).collect()
    }

    #[test]
    fn a_code_counts_once_for_five_minutes_and_five_wrong_ones() {
        let (mut code, now) = (Code::default(), Instant::now());
        assert_eq!(code.try_one("", now), Tried::None);
        let (digits, until) = code.show(now).unwrap();
        assert!(digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit()));
        assert_eq!(until, now + LIFE);
        assert_eq!(code.show(now + LIFE / 2).unwrap().0, digits, "it stays");
        for _ in 0..4 {
            assert_eq!(code.try_one(&wrong(&digits), now), Tried::Wrong);
        }
        assert!(code.is_shown(now));
        assert_eq!(code.try_one(&wrong(&digits), now), Tried::Void);
        assert_eq!(code.try_one(&digits, now), Tried::None);

        let (digits, _) = code.show(now).unwrap();
        assert_eq!(code.try_one(&digits, until), Tried::None, "too late");
        let (digits, _) = code.show(now).unwrap();
        let (first, last) = digits.split_at(3);
        assert_eq!(code.try_one(&format!("{first} {last}"), now), Tried::Right);
        assert_eq!(code.try_one(&digits, now), Tried::None, "once");
    }
}
