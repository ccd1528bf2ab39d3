//! The writers of all media. Each has a thread, a pool and orders of its own; what befalls one, no other notices.
//!
//! Runs on: main (`start`), supervisor.
use super::error::RecordError;
use super::settings::RecordSettings;
use super::state::At;
use super::status::{Phase, RecordCommand, RecordEvent, RecordStatus};
use super::writer::{Environment, Writer};
use std::iter;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};
use vestry_rt::block::BlockSink;

/// How long a writer may stand still at the end once another one has everything: a medium that hangs may do so for good.
const PATIENCE: Duration = Duration::from_secs(1);
/// Between two looks at the end.
const LOOK: Duration = Duration::from_millis(2);

/// What a medium is recorded to with: settings, the writer's end of its pool, and the way to it.
pub type Medium = (RecordSettings, BlockSink, Environment);

/// One writer a medium, in their order.
pub struct Writers(Vec<Writer>);

impl Writers {
    /// Starts a writer for each medium and waits until one of these is found fit. Others are looked at again every 5 s.
    ///
    /// Errors: no medium is fit; each says why. Nothing is left behind then.
    pub fn start(media: Vec<Medium>) -> Result<Self, RecordError> {
        let (tell, told) = channel();
        let start = |(place, (settings, sink, world)): (usize, Medium)| {
            let tell = tell.clone();
            Writer::start(settings, sink, world, move |fit| drop(tell.send((place, fit))))
        };
        let writers = Self(media.into_iter().enumerate().map(start).collect::<Result<_, _>>()?);
        drop(tell);
        match first_fit(&told) {
            Ok(()) => Ok(writers),
            Err(error) => {
                writers.stop(At::Now);
                Err(error)
            }
        }
    }

    /// Sends a command to every writer.
    pub fn send(&self, command: &RecordCommand) {
        self.0.iter().for_each(|writer| writer.send(command.clone()));
    }

    /// Has the writer of a medium, by its place, protect a take, or no longer, as [`Writer::protect`] says.
    pub fn protect(&self, medium: usize, take: &str, on: bool) {
        self.0.iter().skip(medium).take(1).for_each(|writer| writer.protect(Some(take.into()), on));
    }

    /// The next event of any writer, with the medium's place.
    pub fn event(&self) -> Option<(usize, RecordEvent)> {
        self.0.iter().enumerate().find_map(|(place, writer)| Some((place, writer.event()?)))
    }

    /// Each writer at a glance.
    pub fn status(&self) -> Vec<RecordStatus> {
        self.0.iter().map(Writer::status).collect()
    }

    /// Whether every writer's thread is there.
    pub fn are_running(&self) -> bool {
        self.0.iter().all(Writer::is_running)
    }

    /// Closes all takes at `at`, or at the last frame there is, and waits until the writers have ended. One that stands
    /// still for a second though another has ended well is left behind: its take is repaired at the next start.
    pub fn stop(self, at: At) -> Vec<(RecordStatus, Vec<RecordEvent>)> {
        self.0.iter().for_each(|writer| writer.stop(at));
        self.await_end();
        let end = |writer: Writer| {
            if !writer.is_running() {
                return writer.join();
            }
            let (mut status, events) = (writer.status(), iter::from_fn(|| writer.event()).collect());
            status.fault = Some("the medium does not answer; its take is repaired at the next start".into());
            (status, events)
        };
        self.0.into_iter().map(end).collect()
    }

    fn await_end(&self) {
        let mut came_to = Vec::new();
        let mut since = Instant::now();
        while self.0.iter().any(Writer::is_running) {
            let status = self.status();
            let now: Vec<_> = status.iter().map(|status| (status.phase, status.blocks_done)).collect();
            if now != came_to {
                (came_to, since) = (now, Instant::now());
            }
            let well = |status: &RecordStatus| status.phase == Phase::Ended && status.fault.is_none();
            if status.iter().any(well) && since.elapsed() >= PATIENCE {
                return;
            }
            std::thread::sleep(LOOK);
        }
    }
}

/// Waits until a medium is fit, or none is.
fn first_fit(told: &Receiver<(usize, Result<(), RecordError>)>) -> Result<(), RecordError> {
    let mut unfit = Vec::new();
    for (place, fit) in told {
        match fit {
            Ok(()) => return Ok(()),
            Err(error) => unfit.push((place, error)),
        }
    }
    unfit.sort_by_key(|(place, _)| *place);
    let mut errors = unfit.into_iter().map(|(_, error)| error);
    match (errors.next(), errors.next()) {
        (Some(first), Some(second)) => Err(RecordError::NoMedium(format!("{first}; {second}"))),
        (Some(only), None) => Err(only),
        (None, _) => Err(RecordError::Thread(std::io::ErrorKind::Other.into())),
    }
}
