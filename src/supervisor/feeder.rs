//! Orders on their way to the voices, and parts of streams on theirs: what is read ahead goes to the voice that plays it.
//!
//! Runs on: supervisor.
use crate::play::stream::thread::{News, Opening, StreamId, Streams};
use crate::rt_io::players_end::PlayersEnd;
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::sync::Arc;
use vestry_rt::clip::Clip;
use vestry_rt::voice::{PARTS_AHEAD, VOICES, VoiceOrder, VoiceReport, VoiceSettings};

/// Orders that may wait for room; whoever finds more has to ask again.
const MOST_WAITING: usize = 1_024;
/// Parts that a stream has before it is begun with.
const BEGINS_WITH: usize = 2;

/// What is to be known of voices.
#[derive(Debug)]
pub enum Told {
    /// One is free again.
    Ended(u8),
    /// One could not take its clip, and is free.
    Refused(u8),
    /// One began so many frames late.
    Late(u8, u64),
    /// What one plays ends too early, and why. One that `goes_on` has more to play before that, and ends by itself; another has
    /// to be stopped.
    Fault {
        /// Which.
        voice: u8,
        /// Why.
        why: String,
        /// There is more to play.
        goes_on: bool,
    },
}

/// One voice of a stream.
#[derive(Debug)]
struct Fed {
    stream: StreamId,
    /// Which of the stream's voices it is.
    lane: usize,
    /// Parts that it has not been given.
    queue: VecDeque<Arc<Clip>>,
    /// Parts that it has.
    given: usize,
}

/// A stream that is read ahead and not begun with.
#[derive(Debug, Default)]
struct Prepared {
    /// For each of its voices.
    queues: Vec<VecDeque<Arc<Clip>>>,
    is_whole: bool,
    fault: Option<String>,
}

/// How far a stream is that is to be begun with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// It is being read.
    Reading,
    /// It can begin.
    Ready,
    /// It cannot, and why.
    Failed(String),
}

/// The voices' orders, and their streams.
pub struct Feeder {
    end: PlayersEnd,
    waiting: VecDeque<VoiceOrder>,
    streams: Streams,
    fed: [Option<Fed>; VOICES],
    prepared: BTreeMap<StreamId, Prepared>,
}

impl Feeder {
    /// Nothing plays.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(end: PlayersEnd) -> io::Result<Self> {
        let streams = Streams::start()?;
        let fed = [const { None }; VOICES];
        Ok(Self { end, waiting: VecDeque::new(), streams, fed, prepared: BTreeMap::new() })
    }

    /// Whether so many orders wait that there is no use in more.
    pub fn is_full(&self) -> bool {
        self.waiting.len() > MOST_WAITING
    }

    /// What streams may take of memory, in bytes.
    pub fn allow(&self, most_bytes: usize) {
        self.streams.allow(most_bytes);
    }

    /// Has an order wait for its turn; it goes out with [`turn`](Self::turn) or [`send`](Self::send).
    pub fn order(&mut self, order: VoiceOrder) {
        self.waiting.push_back(order);
    }

    /// Starts a free voice with the parts of a stream that are there, and has the rest read.
    pub fn start_stream(
        &mut self,
        voice: u8,
        head: &[Arc<Clip>],
        (settings, at): (VoiceSettings, u64),
        opening: Opening,
    ) {
        let mut queue: VecDeque<_> = head.iter().cloned().collect();
        let Some(clip) = queue.pop_front() else { return };
        self.order(VoiceOrder::Start { voice, clip, settings, at });
        if let Some(place) = self.fed.get_mut(usize::from(voice)) {
            let stream = self.streams.open(opening, head.len());
            *place = Some(Fed { stream, lane: 0, queue, given: 1 });
        }
    }

    /// Has a stream read ahead that is begun with later.
    pub fn prepare(&mut self, opening: Opening) -> StreamId {
        let stream = self.streams.open(opening, 0);
        self.prepared.insert(stream, Prepared::default());
        stream
    }

    /// How far it is.
    pub fn readiness(&self, stream: StreamId) -> Readiness {
        let Some(prepared) = self.prepared.get(&stream) else { return Readiness::Reading };
        let parts = prepared.queues.first().map_or(0, VecDeque::len);
        match &prepared.fault {
            Some(why) if parts == 0 => Readiness::Failed(why.clone()),
            _ if parts >= BEGINS_WITH || prepared.is_whole => Readiness::Ready,
            _ => Readiness::Reading,
        }
    }

    /// Begins with it, on free voices, on an absolute frame; one voice for each that its parts are for.
    pub fn begin(&mut self, stream: StreamId, voices: Vec<(u8, VoiceSettings)>, at: u64) {
        let Some(prepared) = self.prepared.remove(&stream) else { return };
        for (lane, ((voice, settings), mut queue)) in voices.into_iter().zip(prepared.queues).enumerate() {
            let Some(clip) = queue.pop_front() else { continue };
            self.order(VoiceOrder::Start { voice, clip, settings, at });
            if let Some(place) = self.fed.get_mut(usize::from(voice)) {
                *place = Some(Fed { stream, lane, queue, given: 1 });
            }
        }
    }

    /// Lets one go that was not begun with.
    pub fn forget(&mut self, stream: StreamId) {
        if self.prepared.remove(&stream).is_some() {
            self.streams.close(stream);
        }
    }

    /// Hears what voices and streams tell, and sends what waits. Often enough that parts go on in time: five times a second and
    /// more.
    pub fn turn(&mut self) -> Vec<Told> {
        let mut told = Vec::new();
        while let Some(report) = self.end.report() {
            // Clips are let go here, where memory may be freed.
            match report {
                VoiceReport::Spent { voice, .. } => self.spent(voice),
                VoiceReport::Ended { voice, .. } => {
                    self.ended(voice);
                    told.push(Told::Ended(voice));
                }
                VoiceReport::Refused { voice, .. } => {
                    self.ended(voice);
                    told.push(Told::Refused(voice));
                }
                VoiceReport::Late { voice, frames } => told.push(Told::Late(voice, frames)),
            }
        }
        while let Some(news) = self.streams.news() {
            match news {
                News::Parts(stream, parts) => self.take(stream, parts.clips, parts.is_last),
                News::Fault { stream, why, goes_on } => {
                    told.extend(self.fault(stream, &why).map(|voice| Told::Fault {
                        voice,
                        why: why.clone(),
                        goes_on,
                    }));
                }
            }
        }
        self.send();
        told
    }

    /// Sends what waits, as far as there is room, and to each voice of a stream the parts that it has room for.
    pub fn send(&mut self) {
        for (voice, fed) in (0..).zip(&mut self.fed) {
            let Some(fed) = fed else { continue };
            while fed.given <= PARTS_AHEAD
                && let Some(part) = fed.queue.pop_front()
            {
                fed.given += 1;
                self.waiting.push_back(VoiceOrder::Feed { voice, part });
            }
        }
        while let Some(order) = self.waiting.pop_front() {
            if let Err(order) = self.end.order(order) {
                self.waiting.push_front(order);
                return;
            }
        }
    }

    /// A voice has played a part out. Those of one stream play in step: the first one tells for all.
    fn spent(&mut self, voice: u8) {
        let Some(Some(fed)) = self.fed.get_mut(usize::from(voice)) else { return };
        fed.given = fed.given.saturating_sub(1);
        if fed.lane == 0 {
            self.streams.spent(fed.stream);
        }
    }

    fn ended(&mut self, voice: u8) {
        let Some(fed) = self.fed.get_mut(usize::from(voice)).and_then(Option::take) else { return };
        if !self.fed.iter().flatten().any(|other| other.stream == fed.stream) {
            self.streams.close(fed.stream);
        }
    }

    fn take(&mut self, stream: StreamId, clips: Vec<Arc<Clip>>, is_last: bool) {
        if let Some(prepared) = self.prepared.get_mut(&stream) {
            prepared.is_whole |= is_last;
            prepared.queues.resize_with(clips.len(), VecDeque::new);
            prepared.queues.iter_mut().zip(clips).for_each(|(queue, clip)| queue.push_back(clip));
            return;
        }
        for fed in self.fed.iter_mut().flatten().filter(|fed| fed.stream == stream) {
            fed.queue.extend(clips.get(fed.lane).cloned());
        }
    }

    /// The voices that this is for.
    fn fault(&mut self, stream: StreamId, why: &str) -> impl Iterator<Item = u8> {
        if let Some(prepared) = self.prepared.get_mut(&stream) {
            prepared.fault = Some(why.to_owned());
        }
        let is_fed = move |fed: &Option<Fed>| fed.as_ref().is_some_and(|fed| fed.stream == stream);
        (0..).zip(&self.fed).filter(move |(_, fed)| is_fed(fed)).map(|(voice, _)| voice)
    }
}
