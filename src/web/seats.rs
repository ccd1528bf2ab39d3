//! Connections that there may be at once: bounded in all, and from each address.
//!
//! Runs on: web.
use super::shared::lock;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

/// Connections at once; each costs some 50 KB and a file descriptor.
const MOST: usize = 64;
/// From one address: a browser opens six, and somebody may have two of them.
const MOST_EACH: usize = 16;

/// Who is connected.
#[derive(Clone, Debug, Default)]
pub(super) struct Seats(Arc<Mutex<Vec<IpAddr>>>);

/// A connection; its drop makes room.
pub(super) struct Seat(Seats, IpAddr);

impl Seats {
    /// None where there is no room.
    pub fn take(&self, who: IpAddr) -> Option<Seat> {
        let mut taken = lock(&self.0);
        let own = taken.iter().filter(|other| **other == who).count();
        if taken.len() >= MOST || own >= MOST_EACH {
            return None;
        }
        taken.push(who);
        Some(Seat(self.clone(), who))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = lock(&self.0.0);
        if let Some(at) = taken.iter().position(|other| *other == self.1) {
            taken.swap_remove(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_takes_all_seats() {
        let seats = Seats::default();
        let from = |last: u8| IpAddr::from([10, 0, 0, last]);
        let mut held: Vec<_> = (0..MOST_EACH).map(|_| seats.take(from(1)).unwrap()).collect();
        assert!(seats.take(from(1)).is_none());
        held.extend((0..MOST - MOST_EACH).map(|n| seats.take(from(2 + (n / MOST_EACH) as u8)).unwrap()));
        assert!(seats.take(from(9)).is_none());
        held.truncate(1);
        assert!(seats.take(from(1)).is_some() && seats.take(from(9)).is_some());
    }
}
