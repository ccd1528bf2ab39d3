//! Where log lines go: to standard error, or to the panel while a screen is in use. The last 100 are kept.
//!
//! Runs on: supervisor (others only write lines; never rt).
use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tracing_subscriber::fmt::MakeWriter;

/// Lines kept.
pub const KEPT: usize = 100;

/// The sink; clones are the same sink.
#[derive(Clone, Debug, Default)]
pub struct LogSink {
    lines: Arc<Mutex<Lines>>,
}

#[derive(Debug, Default)]
struct Lines {
    kept: VecDeque<String>,
    /// Lines written since the screen took over, at most those kept.
    held: usize,
    on_screen: bool,
}

impl LogSink {
    fn lock(&self) -> MutexGuard<'_, Lines> {
        // A line that panicked half-way is no reason to lose the others.
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The last lines, oldest first.
    pub fn lines(&self) -> Vec<String> {
        self.lock().kept.iter().cloned().collect()
    }

    /// Says whether a screen shows the lines. Going back, those it held reach standard error after all.
    pub fn on_screen(&self, on_screen: bool) {
        let mut lines = self.lock();
        lines.on_screen = on_screen;
        if !on_screen {
            lines.take_held().iter().for_each(|line| to_stderr(line));
        }
    }

    fn line(&self, line: &str) {
        let mut lines = self.lock();
        if lines.on_screen {
            lines.held = (lines.held + 1).min(KEPT);
        } else {
            to_stderr(line);
        }
        if lines.kept.len() == KEPT {
            lines.kept.pop_front();
        }
        lines.kept.push_back(line.to_owned());
    }
}

impl Lines {
    /// What a screen alone has shown.
    fn take_held(&mut self) -> Vec<String> {
        let first = self.kept.len().saturating_sub(std::mem::take(&mut self.held));
        self.kept.iter().skip(first).cloned().collect()
    }
}

/// A closed standard error is no reason to stop recording.
fn to_stderr(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Takes one event's text.
#[derive(Debug)]
pub struct LineWriter(LogSink);

impl Write for LineWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        String::from_utf8_lossy(bytes).lines().for_each(|line| self.0.line(line));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for LogSink {
    type Writer = LineWriter;

    fn make_writer(&'a self) -> LineWriter {
        LineWriter(self.clone())
    }
}

/// Sends the process's log lines of `level` and above to a new sink. The first call counts; a later one gets a sink
/// that nothing writes to.
pub fn start(level: tracing::Level) -> LogSink {
    let sink = LogSink::default();
    let log =
        tracing_subscriber::fmt().with_max_level(level).with_target(false).with_ansi(false).without_time();
    let _ = log.with_writer(sink.clone()).try_init();
    sink
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_become_lines_and_the_last_hundred_are_kept() {
        let sink = LogSink::default();
        sink.on_screen(true);
        let log =
            tracing_subscriber::fmt().with_ansi(false).without_time().with_writer(sink.clone()).finish();
        tracing::subscriber::with_default(log, || {
            for number in 0..KEPT + 20 {
                tracing::warn!("line {number}");
            }
        });
        let lines = sink.lines();
        assert_eq!(lines.len(), KEPT);
        assert!(lines[0].contains("WARN") && lines[0].ends_with("line 20"), "{}", lines[0]);
        assert!(lines[KEPT - 1].ends_with("line 119"));
        assert_eq!(sink.lock().take_held(), lines);
        assert!(sink.lock().take_held().is_empty(), "each line once");
    }
}
