//! How well the kernel's clock is kept, told by a process that may ask the kernel to one that may not: the firmware's service has
//! `ProtectClock=`, which forbids to ask as it forbids to set.
//!
//! Runs on: main (tells), writer, supervisor (hear).
use crate::hal::Signals;
use crate::record::clock::{Clock, SystemClock};
use crate::rt_io::discipline::{Kept, kept};
use std::fs;
use std::io::{self, Error};
use std::path::Path;
use std::time::Duration;

/// Where it is told.
pub const FILE: &str = "/run/vestry-clock/kept";
/// Between two times that it is told.
const EVERY: Duration = Duration::from_secs(5);
/// What was told longer ago is not believed: who told it may be dead.
const BELIEVED: Duration = Duration::from_secs(20);
/// By so much may a clock that nobody looks at be more wrong, in us a second: what the kernel itself adds (adjtimex(2)).
const DRIFT_US_S: u64 = 500;
/// Between two looks at whether it is to end.
const PATIENCE: Duration = Duration::from_millis(200);

/// Tells it in a file until a signal ends it.
///
/// # Errors
/// The kernel or the file refuses.
pub fn tell(path: &Path) -> io::Result<()> {
    let signals = Signals::catch()?;
    let mut told = None;
    while !signals.caught() {
        let now = SystemClock.uptime().unwrap_or_default();
        if told.is_none_or(|told| now.saturating_sub(told) >= EVERY) {
            let kept = kept().ok_or_else(|| Error::other("the kernel does not tell this process"))?;
            write(path, kept, now)?;
            told = Some(now);
        }
        std::thread::sleep(PATIENCE);
    }
    // Nobody vouches for it from now on.
    fs::remove_file(path)
}

/// At once or not at all.
fn write(path: &Path, kept: Kept, now: Duration) -> io::Result<()> {
    let new = path.with_extension("new");
    fs::write(&new, format!("{} {} {}\n", now.as_millis(), kept.synchronised, kept.max_error_us))?;
    fs::rename(new, path)
}

/// What was told last; none where nobody did of late. `now` is time since the system started.
pub fn hear(path: &Path, now: Duration) -> Option<Kept> {
    let text = fs::read_to_string(path).ok()?;
    let mut words = text.split_whitespace();
    let told = Duration::from_millis(words.next()?.parse().ok()?);
    let synchronised = words.next()?.parse().ok()?;
    let max_error_us: u64 = words.next()?.parse().ok()?;
    let age = now.checked_sub(told).filter(|age| *age <= BELIEVED)?;
    Some(Kept { synchronised, max_error_us: max_error_us.saturating_add(age.as_secs() * DRIFT_US_S) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_heard_for_a_while_and_grows_worse_with_time() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("kept");
        let (at, kept) = (Duration::from_secs(100), Kept { synchronised: true, max_error_us: 350 });
        assert_eq!(hear(&path, at), None);
        write(&path, kept, at).unwrap();
        assert_eq!(hear(&path, at), Some(kept));
        let later = at + Duration::from_secs(4);
        assert_eq!(hear(&path, later), Some(Kept { max_error_us: 2_350, ..kept }));
        assert_eq!(hear(&path, at + BELIEVED + Duration::from_secs(1)), None, "who told it is dead");
        assert_eq!(hear(&path, at - Duration::from_secs(1)), None, "of another start of the system");
        for nonsense in ["", "100000 true", "100000 perhaps 3", "x true 3"] {
            fs::write(&path, nonsense).unwrap();
            assert_eq!(hear(&path, at), None, "{nonsense}");
        }
    }
}
