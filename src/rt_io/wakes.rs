//! How late a thread wakes up that is set up as the rt thread is: by a timer, once a period.
//!
//! Runs on: main (`measure`), rt (the measured loop, on a thread of its own).
use super::clock;
use super::sched::{self, Grant, Grants, Realtime};
use std::thread::Builder;

/// As the rt thread has it.
const STACK: usize = 512 * 1024;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// From one deadline to the next, in ns; at least 1.
    pub period_ns: u64,
    /// How many.
    pub periods: usize,
}

/// Wakes up at every deadline of `pace`, and tells how late each time, in ns, and what the system granted. A deadline that has
/// passed already is late by the whole of it, as a period in the card's ring is. Blocks meanwhile.
///
/// # Errors
/// The system has no thread to give.
pub fn measure(realtime: Realtime, pace: Pace) -> std::io::Result<(Grants, Vec<u32>)> {
    let wake = move |late: &mut [u32]| {
        let mut deadline = clock::now_ns();
        for late in late {
            deadline += pace.period_ns.max(1);
            clock::sleep_until_ns(deadline);
            *late = u32::try_from(clock::now_ns().saturating_sub(deadline)).unwrap_or(u32::MAX);
        }
    };
    let (grants, late, ()) = on_a_thread(realtime, pace.periods, wake)?;
    Ok((grants, late))
}

/// Has `job` fill in `count` numbers on a thread that is set up as the rt thread is.
///
/// # Errors
/// The system has no thread to give.
pub(super) fn on_a_thread<T: Send + 'static>(
    realtime: Realtime,
    count: usize,
    job: impl FnOnce(&mut [u32]) -> T + Send + 'static,
) -> std::io::Result<(Grants, Vec<u32>, T)> {
    let memory = if realtime.lock_memory { sched::lock_memory() } else { Grant::NotAsked };
    // Written once, so that every page of it is there.
    let mut late = vec![1_u32; count];
    let thread = Builder::new().name("rt".into()).stack_size(STACK).spawn(move || {
        let grants = sched::enter(realtime, memory);
        let outcome = job(&mut late);
        (grants, late, outcome)
    })?;
    thread.join().map_err(|_| std::io::Error::other("the measuring thread panicked"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_deadline_is_waited_for_and_none_is_early() {
        let realtime = Realtime { core: None, priority: 10, lock_memory: false };
        let begun = clock::now_ns();
        let (grants, late) = measure(realtime, Pace { period_ns: 500_000, periods: 40 }).unwrap();
        assert!(clock::now_ns() - begun >= 20_000_000);
        assert_eq!((late.len(), grants.memory, grants.core), (40, Grant::NotAsked, Grant::NotAsked));
    }
}
