//! Who is signed in. Sessions are in memory alone: a restart ends them.
//!
//! Runs on: web.
use super::{random, same};
use std::io;
use std::time::{Duration, Instant};

/// A session ends when nobody has used it for so long.
const IDLE: Duration = Duration::from_secs(12 * 3_600);
/// And after so long in any case.
pub const LONGEST: Duration = Duration::from_secs(7 * 24 * 3_600);
/// Sessions at once; of more the one that was used longest ago ends.
const MOST: usize = 32;

/// What a cookie holds: 256 random bits as 64 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key(String);

impl Key {
    /// None where the text can be no key.
    pub fn of(text: &str) -> Option<Self> {
        let fits = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        fits.then(|| Self(text.to_owned()))
    }

    /// For the cookie.
    pub fn text(&self) -> &str {
        &self.0
    }
}

#[derive(Debug)]
struct Session {
    key: Key,
    token: String,
    begun: Instant,
    used: Instant,
}

impl Session {
    fn holds(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.begun) < LONGEST && now.saturating_duration_since(self.used) < IDLE
    }
}

/// All of them.
#[derive(Debug, Default)]
pub struct Sessions(Vec<Session>);

impl Sessions {
    /// Begins one.
    ///
    /// # Errors
    /// The system has no random numbers.
    pub fn begin(&mut self, now: Instant) -> io::Result<Key> {
        let (key, token) = (Key(digits(&random::<32>()?)), digits(&random::<32>()?));
        self.0.retain(|session| session.holds(now));
        if self.0.len() >= MOST
            && let Some((oldest, _)) = self.0.iter().enumerate().min_by_key(|(_, session)| session.used)
        {
            self.0.remove(oldest);
        }
        self.0.push(Session { key: key.clone(), token, begun: now, used: now });
        Ok(key)
    }

    fn find(&mut self, key: &Key, now: Instant) -> Option<&mut Session> {
        // All are looked at, so that the time does not tell which one it is.
        let mut found = None;
        for session in &mut self.0 {
            if same(session.key.0.as_bytes(), key.0.as_bytes()) && session.holds(now) {
                found = Some(session);
            }
        }
        found
    }

    /// Uses it; false where there is none of that key.
    pub fn touch(&mut self, key: &Key, now: Instant) -> bool {
        self.find(key, now).map(|session| session.used = now).is_some()
    }

    /// What a request that changes anything has to show beside the cookie.
    pub fn token(&mut self, key: &Key, now: Instant) -> Option<String> {
        self.find(key, now).map(|session| session.token.clone())
    }

    /// Whether a request shows the token of its session.
    pub fn proves(&mut self, key: &Key, token: &str, now: Instant) -> bool {
        self.find(key, now).is_some_and(|session| same(session.token.as_bytes(), token.as_bytes()))
    }

    /// Ends one.
    pub fn end(&mut self, key: &Key) {
        self.0.retain(|session| !same(session.key.0.as_bytes(), key.0.as_bytes()));
    }

    /// Ends all.
    pub fn end_all(&mut self) {
        self.0.clear();
    }
}

fn digits(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_holds_while_it_is_used_but_not_for_ever() {
        let (mut sessions, now) = (Sessions::default(), Instant::now());
        let key = sessions.begin(now).unwrap();
        assert_eq!(Key::of(key.text()), Some(key.clone()));
        let token = sessions.token(&key, now).unwrap();
        assert!(sessions.proves(&key, &token, now) && !sessions.proves(&key, key.text(), now));
        let mut at = now;
        while at < now + LONGEST {
            assert!(sessions.touch(&key, at));
            at += IDLE - Duration::from_secs(1);
        }
        assert!(!sessions.touch(&key, now + LONGEST));
        let key = sessions.begin(now).unwrap();
        assert!(!sessions.touch(&key, now + IDLE));
        let key = sessions.begin(now).unwrap();
        sessions.end(&key);
        assert!(!sessions.touch(&key, now) && sessions.token(&key, now).is_none());
    }

    #[test]
    fn there_are_so_many_and_the_idlest_goes() {
        let (mut sessions, now) = (Sessions::default(), Instant::now());
        let keys: Vec<_> =
            (0..=MOST as u64).map(|n| sessions.begin(now + Duration::from_secs(n)).unwrap()).collect();
        let held: Vec<_> = keys.iter().map(|key| sessions.touch(key, now)).collect();
        assert!(!held[0] && held[1..].iter().all(|held| *held));
    }

    #[test]
    fn what_is_no_key_is_none() {
        for text in ["", "x", &"g".repeat(64), &"a".repeat(63), &"a".repeat(65), &"ä".repeat(32)] {
            assert_eq!(Key::of(text), None, "{text}");
        }
    }
}
