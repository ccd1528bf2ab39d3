//! A USB sound interface that is plugged for as long as its process lives: the far end of the kernel's virtual host
//! controller (USB/IP), over a socket instead of a network.
//!
//! Its signal (`signal.rs`) is numbered by CLOCK_MONOTONIC and so goes on while it is unplugged. Transfers are answered when
//! their time has come; a kernel that is late finds what has piled up, so that a busy emulator makes no gaps.
use super::device::{self, CHANNELS, Control, FRAMES, PACKET, RATE};
use super::wire::{self, Request, STALLED, Submit, TAKEN_BACK};
use crate::fill;
use std::collections::VecDeque;
use std::io::{self, BufReader, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use vestry::rt::sample::SampleFormat;
use vestry::rt_io::clock::{now_ns, ns_to_frames};

const CONTROLLER: &str = "/sys/devices/platform/vhci_hcd.0/attach";
/// Ports of the controller's high-speed hub.
const PORTS: u32 = 15;
/// Bus and device number of the far end, and high speed.
const DEVICE: (u32, u32) = (1 << 16 | 2, 3);
/// Between two looks at what is due: a third of what the kernel's driver keeps in flight.
const TURN: Duration = Duration::from_millis(6);

/// The connection.
struct Line {
    answers: Mutex<UnixStream>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    pending: VecDeque<Submit>,
    /// Number of the next frame; none before the first transfer of a stream.
    next: Option<u32>,
    closed: bool,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Plugs the interface and serves it until the kernel lets go.
pub fn serve() {
    let ended = attach().and_then(|stream| {
        let answers = Mutex::new(stream.try_clone()?);
        let line = Line { answers, state: Mutex::default(), changed: Condvar::new() };
        std::thread::scope(|threads| {
            threads.spawn(|| line.pace());
            let ended = line.listen(stream);
            lock(&line.state).closed = true;
            line.changed.notify_all();
            ended
        })
    });
    println!("usb: {ended:?}");
}

/// Hands one end of a socket to the kernel.
fn attach() -> io::Result<UnixStream> {
    let (ours, theirs) = UnixStream::pair()?;
    let (socket, (device, speed)) = (theirs.as_raw_fd(), DEVICE);
    // A port is busy for a while after an unplug.
    let mut refused = io::Error::from(io::ErrorKind::NotFound);
    for port in 0..PORTS {
        match std::fs::write(CONTROLLER, format!("{port} {socket} {device} {speed}")) {
            Ok(()) => return Ok(ours),
            Err(error) => refused = error,
        }
    }
    Err(refused)
}

/// Number of the frame that is recorded now.
fn number() -> u32 {
    ns_to_frames(now_ns(), u64::from(RATE)) as u32 + 1
}

impl Line {
    fn listen(&self, stream: UnixStream) -> io::Result<()> {
        let mut requests = BufReader::new(stream);
        loop {
            match wire::read_request(&mut requests)? {
                Request::Submit(submit) if submit.endpoint == 0 => self.control(&submit)?,
                Request::Submit(submit) => {
                    lock(&self.state).pending.push_back(submit);
                    self.changed.notify_all();
                }
                Request::Unlink { seqnum, victim } => self.unlink(seqnum, victim)?,
            }
        }
    }

    fn control(&self, submit: &Submit) -> io::Result<()> {
        let (status, data) = match device::control(submit.setup) {
            Control::Data(data) => (0, data),
            Control::Stall => (STALLED, Vec::new()),
            Control::Streaming => {
                lock(&self.state).next = None;
                (0, Vec::new())
            }
        };
        wire::answer(&mut *lock(&self.answers), submit, status, &data)
    }

    fn unlink(&self, seqnum: u32, victim: u32) -> io::Result<()> {
        // Both locks, so that the answer to the victim cannot come after this one.
        let mut answers = lock(&self.answers);
        let mut state = lock(&self.state);
        let before = state.pending.len();
        state.pending.retain(|submit| submit.seqnum != victim);
        let status = if state.pending.len() < before { TAKEN_BACK } else { 0 };
        wire::answer_unlink(&mut *answers, seqnum, status)
    }

    /// Answers the stream's transfers when they have been recorded, several at once.
    fn pace(&self) -> io::Result<()> {
        let mut state = lock(&self.state);
        while !state.closed {
            if state.pending.is_empty() {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            drop(state);
            std::thread::sleep(TURN);
            self.answer_due()?;
            state = lock(&self.state);
        }
        Ok(())
    }

    fn answer_due(&self) -> io::Result<()> {
        let mut answers = lock(&self.answers);
        let mut state = lock(&self.state);
        let now = number();
        let mut next = *state.next.get_or_insert(now);
        let mut bytes = Vec::new();
        while let Some(submit) = state.pending.pop_front() {
            let frames = (submit.packets.len() * FRAMES) as u32;
            if now < next + frames {
                state.pending.push_front(submit);
                break;
            }
            let mut data = vec![0; submit.packets.len() * PACKET];
            next = fill(&mut data, SampleFormat::S24_3, CHANNELS, next);
            wire::answer_packets(&mut bytes, &submit, next / FRAMES as u32, PACKET, &data)?;
        }
        state.next = Some(next);
        drop(state);
        answers.write_all(&bytes)
    }
}
