//! The thread that reads ahead, and the handle that says of what.
//!
//! The stream that has least ahead is read first. All of them together hold no more bytes than they are allowed; one that finds
//! no room waits, and its voices fade when they have nothing left.
//!
//! Runs on: supervisor; what is below `Reader` runs on streams.
use super::cutter::{Cutter, Parts};
use std::collections::BTreeMap;
use std::io;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread;
use vestry_rt::voice::PARTS_AHEAD;

/// Parts of a stream that may be made and not yet played out: those that its voice can have, and one that is under way to it.
pub const DEPTH: usize = PARTS_AHEAD + 2;

/// One stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId(u64);

/// What opens a source; it may wait for a medium.
pub type Opening = Box<dyn FnOnce() -> Result<Cutter, String> + Send>;

/// What the thread tells.
#[derive(Debug)]
pub enum News {
    /// The next part of a stream.
    Parts(StreamId, Parts),
    /// A stream ends too early: its file is gone, say, or its medium failed.
    Fault {
        /// Which.
        stream: StreamId,
        /// Why.
        why: String,
        /// The last part was told; else none was and none comes.
        goes_on: bool,
    },
}

enum Command {
    Open { id: StreamId, opening: Opening, known: usize },
    Spent(StreamId),
    Close(StreamId),
    Allow(usize),
}

/// The handle. When it is dropped, the thread ends after the part that it makes.
#[derive(Debug)]
pub struct Streams {
    commands: Sender<Command>,
    news: Receiver<News>,
    opened: u64,
}

impl Streams {
    /// Starts the thread.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start() -> io::Result<Self> {
        let ((commands, asked), (tell, news)) = (channel(), channel());
        let reader = Reader { asked, tell, streams: BTreeMap::new(), most_bytes: 0 };
        thread::Builder::new().name("streams".into()).spawn(move || reader.run())?;
        Ok(Self { commands, news, opened: 0 })
    }

    /// Parts that were made and not handed back take at most so many bytes, 0 at first, but that every stream may have one.
    pub fn allow(&self, most_bytes: usize) {
        self.tell(Command::Allow(most_bytes));
    }

    /// Reads a source from its start, but for its first `known` parts, which somebody has.
    pub fn open(&mut self, opening: Opening, known: usize) -> StreamId {
        self.opened += 1;
        let id = StreamId(self.opened);
        self.tell(Command::Open { id, opening, known });
        id
    }

    /// A part has been played out, so that there may be another.
    pub fn spent(&self, id: StreamId) {
        self.tell(Command::Spent(id));
    }

    /// Nobody plays it any more.
    pub fn close(&self, id: StreamId) {
        self.tell(Command::Close(id));
    }

    /// What is new, if anything.
    pub fn news(&self) -> Option<News> {
        self.news.try_recv().ok()
    }

    fn tell(&self, command: Command) {
        // The thread ends only after this handle.
        let _ended = self.commands.send(command);
    }
}

/// What the thread has.
struct Reader {
    asked: Receiver<Command>,
    tell: Sender<News>,
    streams: BTreeMap<StreamId, Stream>,
    most_bytes: usize,
}

/// One that somebody plays.
struct Stream {
    cutter: Cutter,
    /// Parts at its start that somebody has.
    known: usize,
    /// Parts that are there and not played out; those that were known among them.
    held: usize,
    /// Its last part is made.
    is_over: bool,
}

impl Stream {
    /// Bytes of the parts that it made.
    fn bytes(&self) -> usize {
        self.held.saturating_sub(self.known) * self.cutter.bytes()
    }
}

impl Reader {
    fn run(mut self) {
        loop {
            let next = self.next();
            let command = if next.is_some() {
                self.asked.try_recv()
            } else {
                self.asked.recv().map_err(|_| TryRecvError::Disconnected)
            };
            match command {
                Ok(command) => self.carry_out(command),
                Err(TryRecvError::Disconnected) => return,
                Err(TryRecvError::Empty) => {
                    if next.is_some_and(|id| self.read(id).is_err()) {
                        return;
                    }
                }
            }
        }
    }

    /// The stream that is to be read next: of those that there is room for the one with least ahead.
    fn next(&self) -> Option<StreamId> {
        let used: usize = self.streams.values().map(Stream::bytes).sum();
        let may = |stream: &Stream| {
            !stream.is_over
                && stream.held < DEPTH
                && (stream.held == 0 || used + stream.cutter.bytes() <= self.most_bytes)
        };
        let open = self.streams.iter().filter(|(_, stream)| may(stream));
        open.min_by_key(|(_, stream)| stream.held).map(|(id, _)| *id)
    }

    fn carry_out(&mut self, command: Command) {
        match command {
            Command::Open { id, opening, known } => self.open(id, opening, known),
            Command::Spent(id) => {
                if let Some(stream) = self.streams.get_mut(&id) {
                    stream.held = stream.held.saturating_sub(1);
                    stream.known = stream.known.saturating_sub(1);
                }
            }
            Command::Close(id) => drop(self.streams.remove(&id)),
            Command::Allow(bytes) => self.most_bytes = bytes,
        }
    }

    fn open(&mut self, id: StreamId, opening: Opening, known: usize) {
        match opening() {
            Ok(mut cutter) => {
                // What is decoded and stretched from the start goes on without a seam.
                for _ in 0..known {
                    cutter.next_parts();
                }
                self.streams.insert(id, Stream { cutter, known, held: known, is_over: false });
            }
            // Nobody listens any more: then nobody misses it.
            Err(why) => drop(self.tell.send(News::Fault { stream: id, why, goes_on: false })),
        }
    }

    /// Makes a part. An error: nobody listens any more.
    fn read(&mut self, id: StreamId) -> Result<(), ()> {
        let Some(stream) = self.streams.get_mut(&id) else { return Ok(()) };
        let parts = stream.cutter.next_parts();
        stream.held += 1;
        let fault = stream.cutter.take_fault();
        stream.is_over = parts.as_ref().is_none_or(|parts| parts.is_last);
        if let Some(parts) = parts {
            self.tell.send(News::Parts(id, parts)).map_err(drop)?;
        }
        let told = fault.map(|why| News::Fault { stream: id, why: why.to_string(), goes_on: true });
        told.map_or(Ok(()), |fault| self.tell.send(fault).map_err(drop))
    }
}
