//! The terminal as screen and keys, or one line a second where standard output is none.
//!
//! Runs on: supervisor.
use super::log::LogSink;
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::buffer::Buffer;
use ratatui::crossterm::cursor::Show;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::layout::Rect;
use std::io::{self, IsTerminal, Stdout, Write};
use std::panic;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Between two status lines where there is no screen.
const LINE_EVERY: Duration = Duration::from_secs(1);

/// A key, as far as the panel can want it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// A character as typed, shift included.
    Char(char),
    /// Ctrl-C.
    Interrupt,
}

/// The terminal does not do as it is told.
#[derive(Debug, thiserror::Error)]
#[error("the terminal fails: {0}; redirect the output for plain status lines")]
pub struct ScreenError(#[from] io::Error);

/// Where the box shows its state.
#[derive(Debug)]
pub enum Screen {
    /// A terminal, full screen, with keys. Dropping it gives the terminal back.
    Full(FullScreen),
    /// A file or a pipe: status lines, no keys.
    Plain(PlainLines),
}

impl Screen {
    /// Takes the terminal over if standard input and output are one, else prepares for lines.
    ///
    /// # Errors
    /// A terminal that refuses raw mode or the alternate screen.
    pub fn open(log: &LogSink) -> Result<Self, ScreenError> {
        if io::stdout().is_terminal() && io::stdin().is_terminal() {
            Ok(Self::Full(FullScreen::open(log)?))
        } else {
            Ok(Self::Plain(PlainLines::default()))
        }
    }

    /// The next key already typed, if any; never waits.
    ///
    /// # Errors
    /// A terminal that is gone.
    pub fn key(&mut self) -> Result<Option<Key>, ScreenError> {
        match self {
            Self::Full(_) => typed(),
            Self::Plain(_) => Ok(None),
        }
    }

    /// Shows the state: `draw` paints a screen, `line` makes a status line where there is none and one is due.
    ///
    /// # Errors
    /// A terminal or output that is gone.
    pub fn show(
        &mut self,
        draw: impl FnOnce(Rect, &mut Buffer),
        line: impl FnOnce() -> String,
    ) -> Result<(), ScreenError> {
        match self {
            Self::Full(screen) => {
                screen.terminal.draw(|frame| draw(frame.area(), frame.buffer_mut())).map(drop)?;
            }
            Self::Plain(lines) => lines.show(Instant::now(), line)?,
        }
        Ok(())
    }
}

/// The terminal in raw mode and on its alternate screen.
#[derive(Debug)]
pub struct FullScreen {
    terminal: Terminal<CrosstermBackend<Stdout>>,
    log: LogSink,
}

/// Whether the terminal is ours; whoever gives it back first, the drop or a panic, does so once.
static TAKEN: AtomicBool = AtomicBool::new(false);

impl FullScreen {
    fn open(log: &LogSink) -> Result<Self, ScreenError> {
        restore_on_panic();
        enable_raw_mode()?;
        TAKEN.store(true, Ordering::SeqCst);
        let opened = execute!(io::stdout(), EnterAlternateScreen)
            .and_then(|()| Terminal::new(CrosstermBackend::new(io::stdout())));
        match opened {
            Ok(terminal) => {
                log.on_screen(true);
                Ok(Self { terminal, log: log.clone() })
            }
            Err(error) => {
                give_back();
                Err(error.into())
            }
        }
    }
}

impl Drop for FullScreen {
    fn drop(&mut self) {
        give_back();
        self.log.on_screen(false);
    }
}

/// Gives the terminal back. Errors are of no use to anybody any more.
fn give_back() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        let _ = execute!(io::stdout(), LeaveAlternateScreen, Show);
        let _ = disable_raw_mode();
    }
}

/// Has a panic of any thread give the terminal back before its message is printed.
fn restore_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            give_back();
            before(info);
        }));
    });
}

fn typed() -> Result<Option<Key>, ScreenError> {
    while event::poll(Duration::ZERO)? {
        if let Event::Key(pressed) = event::read()?
            && let Some(key) = key_of(pressed)
        {
            return Ok(Some(key));
        }
    }
    Ok(None)
}

fn key_of(event: KeyEvent) -> Option<Key> {
    let control = event.modifiers.contains(KeyModifiers::CONTROL);
    match event.code {
        _ if event.kind == KeyEventKind::Release => None,
        KeyCode::Char('c') if control => Some(Key::Interrupt),
        KeyCode::Char(key) if !control => Some(Key::Char(key)),
        _ => None,
    }
}

/// Status lines on standard output, one a second.
#[derive(Debug, Default)]
pub struct PlainLines {
    last: Option<Instant>,
}

impl PlainLines {
    fn show(&mut self, now: Instant, line: impl FnOnce() -> String) -> io::Result<()> {
        if !self.due(now) {
            return Ok(());
        }
        writeln!(io::stdout(), "{}", line())
    }

    /// Whether a line is due, and counts it as shown.
    fn due(&mut self, now: Instant) -> bool {
        let due = self.last.is_none_or(|last| now.duration_since(last) >= LINE_EVERY);
        if due {
            self.last = Some(now);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_apart() {
        let key = |code, modifiers| key_of(KeyEvent::new(code, modifiers));
        assert_eq!(key(KeyCode::Char('r'), KeyModifiers::NONE), Some(Key::Char('r')));
        assert_eq!(key(KeyCode::Char('R'), KeyModifiers::SHIFT), Some(Key::Char('R')));
        assert_eq!(key(KeyCode::Char('c'), KeyModifiers::CONTROL), Some(Key::Interrupt));
        assert_eq!(key(KeyCode::Char('r'), KeyModifiers::CONTROL), None);
        assert_eq!(key(KeyCode::Enter, KeyModifiers::NONE), None);
        let up = KeyEvent::new_with_kind(KeyCode::Char('r'), KeyModifiers::NONE, KeyEventKind::Release);
        assert_eq!(key_of(up), None);
    }

    #[test]
    fn a_line_is_due_once_a_second() {
        let (mut lines, start) = (PlainLines::default(), Instant::now());
        let due = [0, 50, 999, 1_000, 1_050, 2_000].map(|ms| lines.due(start + Duration::from_millis(ms)));
        assert_eq!(due, [true, false, false, true, false, true]);
    }
}
