//! The last samples of one input, for whoever wants to look at them: a ring that the rt thread overwrites.
use crate::CHUNK;
use crate::sync::{AtomicU32, AtomicU64, Ordering, fence};
use core::array;

/// Samples the ring holds: a window of 80 ms at 192 kHz, rounded up to a power of two, and as much again in which to
/// copy it.
pub const SCOPE_RING: usize = 32_768;

/// Most samples of one `note`; few where every interleaving is tried.
const MOST: usize = if cfg!(loom) { 1 } else { CHUNK };

/// Written on the rt thread, read anywhere; neither side ever waits.
#[derive(Debug)]
pub struct Scope<const N: usize = SCOPE_RING> {
    samples: [AtomicU32; N],
    written: AtomicU64,
}

impl<const N: usize> Scope<N> {
    /// Empty.
    pub fn new() -> Self {
        Self { samples: array::from_fn(|_| AtomicU32::new(0)), written: AtomicU64::new(0) }
    }

    /// Adds at most `CHUNK` samples (more are left out); on the rt thread.
    pub fn note(&self, samples: &[f32]) {
        let written = self.written.load(Ordering::Relaxed);
        // Whoever meets one of the new samples sees at least this count after it.
        fence(Ordering::Release);
        for (sample, at) in samples.iter().take(MOST).zip(written..) {
            if let Some(place) = self.samples.get((at % N as u64) as usize) {
                place.store(sample.to_bits(), Ordering::Relaxed);
            }
        }
        self.written.store(written.wrapping_add(samples.len().min(MOST) as u64), Ordering::Release);
    }

    /// Copies the newest samples, oldest first. False if there are not as many yet, or if the writer went once round
    /// meanwhile: then `window` holds nothing of use.
    pub fn latest(&self, window: &mut [f32]) -> bool {
        let end = self.written.load(Ordering::Acquire);
        let Some(start) = end.checked_sub(window.len() as u64) else { return false };
        for (sample, at) in window.iter_mut().zip(start..) {
            let place = self.samples.get((at % N as u64) as usize);
            *sample = place.map_or(0.0, |place| f32::from_bits(place.load(Ordering::Relaxed)));
        }
        fence(Ordering::Acquire);
        let reached = self.written.load(Ordering::Relaxed).saturating_add(MOST as u64);
        reached <= start.saturating_add(N as u64)
    }
}

impl<const N: usize> Default for Scope<N> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::vec::Vec;

    #[test]
    fn the_newest_samples_come_in_order() {
        let scope = Scope::<512>::new();
        let mut window = [0.0; 200];
        assert!(!scope.latest(&mut window), "too few yet");
        for start in [0_u16, 100, 200, 300, 400, 500, 600] {
            let samples: Vec<f32> = (start..start + 100).map(f32::from).collect();
            scope.note(&samples);
        }
        assert!(scope.latest(&mut window));
        assert!(window.iter().zip(500_u16..).all(|(sample, expected)| *sample == f32::from(expected)));
        assert!(!scope.latest(&mut [0.0; 400]), "as much as the writer may be about to overwrite");
    }
}

#[cfg(all(test, loom))]
mod loom_tests {
    use super::*;

    /// In every interleaving a window that is given out holds neighbours.
    #[test]
    fn loom_a_window_is_whole() {
        loom::model(|| {
            let scope = loom::sync::Arc::new(Scope::<3>::new());
            scope.note(&[1.0]);
            scope.note(&[2.0]);
            let writing = loom::sync::Arc::clone(&scope);
            let thread = loom::thread::spawn(move || {
                writing.note(&[3.0]);
                writing.note(&[4.0]);
            });
            let mut window = [0.0; 2];
            if scope.latest(&mut window) {
                assert!(window[0] >= 1.0 && window[1] == window[0] + 1.0, "{window:?}");
            }
            thread.join().expect("writer");
        });
    }
}
