//! Buttons and lamps on GPIO lines, each line a request of its own: so an error names its line, and lines may lie on
//! different chips.
//!
//! Runs on: supervisor (opened on main).
use super::line::{GpioError, LineSettings};
use super::wait::now;
use gpiocdev::line::{EdgeDetection, EdgeKind, EventClock, Value};
use gpiocdev::{Error, Request};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

/// Edges that the kernel keeps for each line until they are read; then it forgets the oldest.
const KEPT: u32 = 256;
/// Edges of one line that are read in one go: a line that never rests must not keep the loop from its other work.
const AT_ONCE: usize = 64;
/// Between two looks at the level of a line that rests, or at a chip that was lost.
const CHECK: Duration = Duration::from_secs(1);

/// A button went down or up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// As given to [`Buttons::open`].
    pub id: u8,
    /// Pressed now.
    pub down: bool,
    /// When: the kernel's time stamp, on CLOCK_MONOTONIC as [`now`] reads it.
    pub at: Duration,
}

/// A button's line cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct OpenError {
    /// Which, as given to [`Buttons::open`].
    pub id: u8,
    /// Why.
    pub error: GpioError,
}

/// Every button of the panel.
#[derive(Debug)]
pub struct Buttons {
    inputs: Vec<Input>,
    /// Edges of some lines that came after what was read of another.
    later: Vec<Edge>,
}

#[derive(Debug)]
struct Input {
    settings: LineSettings,
    /// `None` while its chip is gone.
    request: Option<Request>,
    /// The last edge that was told.
    last: Edge,
    /// Edges came since the level was looked at last.
    moved: bool,
    checked: Duration,
    /// The last edge that was read, if more of them may wait.
    behind: Option<Duration>,
}

impl Buttons {
    /// Opens the lines; each button has an `id` of the caller's choice.
    ///
    /// # Errors
    /// A line is not there, in use, forbidden, or refuses its settings.
    pub fn open(lines: &[(u8, LineSettings)]) -> Result<Self, OpenError> {
        let inputs = lines.iter().map(|(id, settings)| {
            let (settings, checked) = (settings.clone(), now());
            let last = Edge { id: *id, down: false, at: checked };
            let mut input = Input { settings, request: None, last, moved: false, checked, behind: None };
            input.open().map_err(|error| OpenError { id: *id, error })?;
            Ok(input)
        });
        Ok(Self { inputs: inputs.collect::<Result<_, _>>()?, later: Vec::new() })
    }

    /// Buttons that are down, as far as read: right after [`open`](Self::open) those that nobody pressed since.
    pub fn down(&self) -> impl Iterator<Item = u8> {
        self.inputs.iter().filter(|input| input.last.down).map(|input| input.last.id)
    }

    /// Buttons whose chip is gone.
    pub fn lost(&self) -> usize {
        self.inputs.iter().filter(|input| input.request.is_none()).count()
    }

    /// Edges since the last call, in the order of their time stamps. Never waits. A button whose chip goes away counts as
    /// let go, which is logged once; it is back when its chip is.
    pub fn edges(&mut self) -> Vec<Edge> {
        let mut edges = std::mem::take(&mut self.later);
        edges.extend(self.inputs.iter_mut().flat_map(Input::edges));
        self.later = in_order(&mut edges, self.read_until());
        edges
    }

    /// Up to when every edge was told, if some may wait that came before now: what was meant after that, nobody knows yet.
    pub fn read_until(&self) -> Option<Duration> {
        self.inputs.iter().filter_map(|input| input.behind).min()
    }

    /// What to wait for until there are edges.
    pub fn fds(&self) -> Vec<BorrowedFd<'_>> {
        self.inputs.iter().filter_map(|input| Some(input.request.as_ref()?.as_fd())).collect()
    }
}

impl Input {
    fn open(&mut self) -> Result<(), GpioError> {
        let request = self.settings.request(|line| {
            line.as_input().with_edge_detection(EdgeDetection::BothEdges);
            line.with_event_clock(EventClock::Monotonic).with_kernel_event_buffer_size(KEPT);
        })?;
        let refused =
            |error: Error| GpioError::Refused { line: self.settings.line.clone(), reason: error.to_string() };
        self.last.down = request.lone_value().map_err(refused)? == Value::Active;
        self.request = Some(request);
        Ok(())
    }

    fn edges(&mut self) -> Vec<Edge> {
        let Some(request) = &self.request else {
            self.look_for_it();
            return Vec::new();
        };
        let mut edges = Vec::new();
        let read = pending(request, self.last.id, &mut edges);
        let moves = !edges.is_empty();
        self.behind = edges.last().filter(|_| edges.len() >= AT_ONCE).map(|edge| edge.at);
        self.last = edges.last().copied().unwrap_or(self.last);
        let checked = read.and_then(|()| self.check(moves));
        self.moved = moves;
        match checked {
            Ok(edge) => edges.extend(edge),
            Err(error) => edges.extend(self.lose(&error)),
        }
        edges
    }

    /// Looks whether the line is as the last edge said: the kernel reads the level after it stamped the time, and of edges
    /// that come faster than it serves them the last may be missing. After edges twice, else now and then.
    fn check(&mut self, moves: bool) -> Result<Option<Edge>, Error> {
        let now = now();
        let moved = moves || self.moved;
        let Some(request) = self.request.as_ref().filter(|_| moved || now - self.checked >= CHECK) else {
            return Ok(None);
        };
        self.checked = now;
        let down = request.lone_value()? == Value::Active;
        // It may have changed this very moment: then its edge waits to be read.
        if down == self.last.down || request.has_edge_event()? {
            return Ok(None);
        }
        // What came with the last edge was wrong; without one there is no better time than now.
        self.last = Edge { down, at: if moved { self.last.at } else { now }, ..self.last };
        Ok(Some(self.last))
    }

    fn lose(&mut self, error: &Error) -> Option<Edge> {
        tracing::warn!("GPIO line {} fails, its button does nothing: {error}", self.settings.line);
        (self.request, self.behind) = (None, None);
        let was_down = self.last.down;
        self.last = Edge { down: false, at: now(), ..self.last };
        was_down.then_some(self.last)
    }

    fn look_for_it(&mut self) {
        let at = now();
        if at - self.checked < CHECK {
            return;
        }
        self.checked = at;
        if self.open().is_ok() {
            tracing::info!("GPIO line {} is back", self.settings.line);
        }
    }
}

/// Sorts edges by time; those after `until` are given back.
fn in_order(edges: &mut Vec<Edge>, until: Option<Duration>) -> Vec<Edge> {
    edges.sort_by_key(|edge| (edge.at, edge.id));
    until.map_or_else(Vec::new, |until| edges.split_off(edges.partition_point(|edge| edge.at <= until)))
}

/// Reads the edges that wait.
fn pending(request: &Request, id: u8, edges: &mut Vec<Edge>) -> Result<(), Error> {
    while edges.len() < AT_ONCE && request.has_edge_event()? {
        let event = request.read_edge_event()?;
        let at = Duration::from_nanos(event.timestamp_ns);
        edges.push(Edge { id, down: event.kind == EdgeKind::Rising, at });
    }
    Ok(())
}

/// A lamp, dark at first. Dropping it makes it dark again.
#[derive(Debug)]
pub struct Lamp {
    settings: LineSettings,
    request: Request,
    lit: bool,
    /// The line fails; told once.
    failing: bool,
}

impl Lamp {
    /// Opens its line.
    ///
    /// # Errors
    /// The line is not there, in use, forbidden, or refuses its settings.
    pub fn open(settings: LineSettings) -> Result<Self, GpioError> {
        let request = settings.request(|line| {
            line.as_output(Value::Inactive);
        })?;
        Ok(Self { settings, request, lit: false, failing: false })
    }

    /// Lights it or makes it dark; touches the line only if that is a change.
    pub fn set(&mut self, lit: bool) {
        if lit == self.lit {
            return;
        }
        let result = self.request.set_lone_value(if lit { Value::Active } else { Value::Inactive });
        match result {
            Ok(()) => (self.lit, self.failing) = (lit, false),
            Err(error) if !self.failing => {
                self.failing = true;
                tracing::warn!("the lamp on GPIO line {} fails: {error}", self.settings.line);
            }
            Err(_) => {}
        }
    }
}

impl Drop for Lamp {
    fn drop(&mut self) {
        self.set(false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_after_a_line_that_was_not_read_to_its_end_waits() {
        let edge = |id, ms| Edge { id, down: true, at: Duration::from_millis(ms) };
        let mut edges = vec![edge(0, 3), edge(0, 9), edge(1, 1), edge(1, 5)];
        let later = in_order(&mut edges, Some(Duration::from_millis(5)));
        assert_eq!((edges, later), (vec![edge(1, 1), edge(0, 3), edge(1, 5)], vec![edge(0, 9)]));
        let mut edges = vec![edge(1, 7), edge(0, 7)];
        assert_eq!(in_order(&mut edges, None), []);
        assert_eq!(edges, [edge(0, 7), edge(1, 7)]);
    }
}
