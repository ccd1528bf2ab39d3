//! Latest value wins: a triple buffer of plain words between one writer and one reader.
//!
//! Neither side ever waits. The writer fills the slot nobody looks at and swaps it for the one in the middle; the
//! reader swaps its own for the middle one when that is fresh.
use crate::sync::{AtomicU8, AtomicU32, Ordering};
use core::array;

const FRESH: u8 = 0b100;
const INDEX: u8 = 0b011;

/// The three slots of `N` words.
#[derive(Debug)]
pub struct Latest<const N: usize> {
    slots: [[AtomicU32; N]; 3],
    /// Index of the slot in the middle, with `FRESH` set until the reader takes it.
    middle: AtomicU8,
}

impl<const N: usize> Latest<N> {
    /// All words 0, nothing fresh.
    pub fn new() -> Self {
        let slot = |_| array::from_fn(|_| AtomicU32::new(0));
        Self { slots: array::from_fn(slot), middle: AtomicU8::new(1) }
    }

    /// The two halves.
    pub fn split(&mut self) -> (LatestWriter<'_, N>, LatestReader<'_, N>) {
        self.middle.store(1, Ordering::Relaxed);
        let shared = &*self;
        (LatestWriter { shared, back: 0 }, LatestReader { shared, front: 2 })
    }
}

impl<const N: usize> Default for Latest<N> {
    fn default() -> Self {
        Self::new()
    }
}

/// The writing half. On the rt thread.
#[derive(Debug)]
pub struct LatestWriter<'a, const N: usize> {
    shared: &'a Latest<N>,
    back: u8,
}

impl<const N: usize> LatestWriter<'_, N> {
    /// True if the reader took what was published last (or nothing ever was).
    pub fn is_read(&self) -> bool {
        self.shared.middle.load(Ordering::Relaxed) & FRESH == 0
    }

    /// Publishes `words`; missing ones keep an older value.
    pub fn publish(&mut self, words: impl Iterator<Item = u32>) {
        let Some(slot) = self.shared.slots.get(usize::from(self.back)) else { return };
        let mut cells = slot.iter();
        // From within: iterators that are chained go through much faster so.
        words.for_each(|word| {
            if let Some(cell) = cells.next() {
                cell.store(word, Ordering::Relaxed);
            }
        });
        self.back = self.shared.middle.swap(self.back | FRESH, Ordering::AcqRel) & INDEX;
    }
}

/// The reading half. On any other thread.
#[derive(Debug)]
pub struct LatestReader<'a, const N: usize> {
    shared: &'a Latest<N>,
    front: u8,
}

impl<const N: usize> LatestReader<'_, N> {
    /// The newest words, and whether they are news since the last call.
    pub fn read(&mut self) -> ([u32; N], bool) {
        let fresh = self.shared.middle.load(Ordering::Relaxed) & FRESH != 0;
        if fresh {
            self.front = self.shared.middle.swap(self.front, Ordering::AcqRel) & INDEX;
        }
        let slot = self.shared.slots.get(usize::from(self.front));
        let word =
            |at: usize| slot.and_then(|slot| slot.get(at)).map_or(0, |word| word.load(Ordering::Relaxed));
        (array::from_fn(word), fresh)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn the_reader_sees_the_newest_and_the_writer_learns_of_it() {
        let mut latest = Latest::<2>::new();
        let (mut writer, mut reader) = latest.split();
        assert_eq!(reader.read(), ([0, 0], false));
        assert!(writer.is_read(), "nothing was published");
        writer.publish([1, 2].into_iter());
        writer.publish([3, 4].into_iter());
        assert!(!writer.is_read());
        assert_eq!(reader.read(), ([3, 4], true));
        assert!(writer.is_read());
        assert_eq!(reader.read(), ([3, 4], false));
        writer.publish([5, 6].into_iter());
        assert_eq!(reader.read(), ([5, 6], true));
    }
}

#[cfg(all(test, loom))]
mod loom_tests {
    use super::*;

    /// In every interleaving what is read was published whole, is never older than before, and is the last in the end.
    #[test]
    fn loom_no_torn_and_no_older_value() {
        loom::model(|| {
            let latest: &'static mut Latest<2> = std::boxed::Box::leak(std::boxed::Box::new(Latest::new()));
            let (mut writer, mut reader) = latest.split();
            let thread = loom::thread::spawn(move || {
                for value in 1..=3 {
                    writer.publish([value, value + 100].into_iter());
                }
            });
            let mut last = 0;
            for _ in 0..2 {
                let ([value, twin], fresh) = reader.read();
                assert!(value >= last, "{value} after {last}");
                assert!(!fresh || twin == value + 100, "torn: {value} {twin}");
                last = value;
            }
            thread.join().expect("writer");
            assert_eq!(reader.read().0, [3, 103]);
        });
    }
}
