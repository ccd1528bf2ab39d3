//! What crosses the boundary for the playback voices, and the end of it that whoever plays them holds.
//!
//! Runs on: main.
use heapless::spsc::{Consumer, Producer, Queue};
use std::sync::OnceLock;
use vestry_rt::sinc::SincTable;
use vestry_rt::voice::{PARTS_AHEAD, VOICES, VoiceOrder, VoiceReport};
use vestry_rt::voices::VoiceLinks;

/// Orders that may wait for the next period, and one: every voice started and fed.
const ORDER_QUEUE: usize = VOICES * (1 + PARTS_AHEAD) + 1;
/// Reports that may wait for the player, and one: all that voices can have, and one for each voice while they are taken.
const REPORT_QUEUE: usize = VOICES * (2 + PARTS_AHEAD) + 1;

/// The player's end of the voices. All of its calls return at once.
pub struct PlayersEnd {
    orders: Producer<'static, VoiceOrder>,
    reports: Consumer<'static, VoiceReport>,
}

impl PlayersEnd {
    /// Orders that there is room for now: what is to begin together is sent only if all of it fits.
    pub fn room(&self) -> usize {
        self.orders.capacity() - self.orders.len()
    }

    /// Sends an order; gives it back, with its clip, if the queue is full.
    #[expect(clippy::result_large_err, reason = "as any queue does, it gives back what it was given")]
    pub fn order(&mut self, order: VoiceOrder) -> Result<(), VoiceOrder> {
        self.orders.enqueue(order)
    }

    /// The oldest report not yet taken. While none are taken, starts wait in the end.
    pub fn report(&mut self) -> Option<VoiceReport> {
        self.reports.dequeue()
    }
}

/// Both ends. Leaks what they share; the filters' table is made once.
pub fn voices() -> (VoiceLinks, PlayersEnd) {
    static TABLE: OnceLock<SincTable> = OnceLock::new();
    let (give, orders) = Box::leak(Box::new(Queue::<VoiceOrder, ORDER_QUEUE>::new())).split();
    let (reports, take) = Box::leak(Box::new(Queue::<VoiceReport, REPORT_QUEUE>::new())).split();
    let links = VoiceLinks { orders, reports, table: TABLE.get_or_init(SincTable::new) };
    (links, PlayersEnd { orders: give, reports: take })
}
