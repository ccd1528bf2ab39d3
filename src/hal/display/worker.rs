//! The display's own thread: a stuck bus can hold a transfer for seconds, and nobody else has to wait for it.
//!
//! Runs on: display; the handle by the supervisor.
use super::{DisplaySettings, Frame, Panel};
use embedded_hal::i2c::I2c;
use linux_embedded_hal::I2cdev;
use std::fmt;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

/// First pause after a failure: one spark costs no more than that. It doubles up to `LONGEST`.
const SHORTEST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(10);
/// Everything is sent again so often: a display that was replaced between two pictures, or whose memory a spark has
/// changed, is right again by then.
const RENEW: Duration = Duration::from_secs(10);
/// All memory is locked, stacks too.
const STACK: usize = 256 * 1024;
/// How long the end waits for a stuck bus.
const PATIENCE: Duration = Duration::from_millis(500);

/// How the display does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DisplayStatus {
    /// The last transfer went well; false until the first one.
    pub answers: bool,
    /// Why it does not answer.
    pub fault: Option<String>,
    /// Bytes on the bus so far, with addresses.
    pub bytes: u64,
    /// Pictures shown so far.
    pub frames: u64,
}

/// A display that is kept up to date; dropping it darkens the panel.
#[derive(Debug)]
pub struct Display {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

/// What both sides see. Held for a copy only.
#[derive(Debug, Default)]
struct Shared {
    slot: Mutex<Slot>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Slot {
    /// The latest picture, until the thread takes it.
    frame: Option<Frame>,
    stopping: bool,
    ended: bool,
    status: DisplayStatus,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Slot> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Display {
    /// Starts the thread; whether there is a display turns out there, again and again. Never waits for the bus.
    ///
    /// # Errors
    /// The system has no thread to give.
    pub fn spawn(settings: DisplaySettings) -> io::Result<Self> {
        let path = settings.bus.clone();
        Self::start(settings, move || I2cdev::new(&path))
    }

    fn start<I, E>(
        settings: DisplaySettings,
        open: impl FnMut() -> Result<I, E> + Send + 'static,
    ) -> io::Result<Self>
    where
        I: I2c,
        I::Error: fmt::Display,
        E: fmt::Display,
    {
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        let thread = Builder::new().name("display".into()).stack_size(STACK).spawn(move || {
            Worker { settings, open, shared: &theirs, panel: None, last: None, renewed: Instant::now() }
                .run();
            theirs.lock().ended = true;
            theirs.changed.notify_all();
        })?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Shows a picture as soon as the bus has time; a later one takes its place until then. Never waits.
    pub fn show(&self, frame: Frame) {
        self.shared.lock().frame = Some(frame);
        self.shared.changed.notify_all();
    }

    /// How the display does.
    pub fn status(&self) -> DisplayStatus {
        self.shared.lock().status.clone()
    }

    /// Darkens the panel and ends the thread; waits for a stuck bus for at most half a second.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        let mut slot = self.shared.lock();
        slot.stopping = true;
        self.shared.changed.notify_all();
        let wait = self.shared.changed.wait_timeout_while(slot, PATIENCE, |slot| !slot.ended);
        let ended = wait.unwrap_or_else(PoisonError::into_inner).0.ended;
        if let Some(thread) = self.thread.take()
            && ended
            && thread.join().is_err()
        {
            tracing::error!("the display thread panicked");
        }
    }
}

/// The thread's side.
struct Worker<'a, I, O> {
    settings: DisplaySettings,
    open: O,
    shared: &'a Shared,
    panel: Option<Panel<I>>,
    /// The last picture taken.
    last: Option<Frame>,
    /// When everything was last sent.
    renewed: Instant,
}

impl<I, E, O> Worker<'_, I, O>
where
    I: I2c,
    I::Error: fmt::Display,
    E: fmt::Display,
    O: FnMut() -> Result<I, E>,
{
    fn run(mut self) {
        let mut pause = SHORTEST;
        while self.take() {
            match self.show() {
                Ok(bytes) => {
                    pause = SHORTEST;
                    self.answers(bytes);
                }
                Err(fault) => {
                    self.panel = None;
                    self.fails(fault);
                    if !self.rest(pause) {
                        break;
                    }
                    pause = (pause * 2).min(LONGEST);
                }
            }
        }
        if let Some(panel) = &mut self.panel {
            // Nobody is left to be told.
            let _ = panel.off();
        }
    }

    /// Waits for a picture, or until everything is due again; false at the end.
    fn take(&mut self) -> bool {
        let failing = self.panel.is_none() && self.last.is_some();
        let due = if failing { Duration::ZERO } else { RENEW.saturating_sub(self.renewed.elapsed()) };
        let slot = self.shared.lock();
        let idle = |slot: &mut Slot| slot.frame.is_none() && !slot.stopping;
        let wait = self.shared.changed.wait_timeout_while(slot, due, idle);
        let mut slot = wait.unwrap_or_else(PoisonError::into_inner).0;
        if let Some(frame) = slot.frame.take() {
            self.last = Some(frame);
        }
        !slot.stopping
    }

    /// Waits after a failure, whatever is to be shown; false at the end.
    fn rest(&self, pause: Duration) -> bool {
        let wait = self.shared.changed.wait_timeout_while(self.shared.lock(), pause, |slot| !slot.stopping);
        !wait.unwrap_or_else(PoisonError::into_inner).0.stopping
    }

    fn show(&mut self) -> Result<usize, String> {
        if self.panel.is_none() {
            let bus = (self.open)().map_err(|error| error.to_string())?;
            self.panel = Some(Panel::new(bus, &self.settings));
        }
        let (Some(panel), Some(frame)) = (&mut self.panel, &self.last) else {
            self.renewed = Instant::now();
            return Ok(0);
        };
        if self.renewed.elapsed() >= RENEW {
            panel.forget();
            self.renewed = Instant::now();
        }
        panel.show(frame).map_err(|error| error.to_string())
    }

    fn answers(&mut self, bytes: usize) {
        if self.last.is_none() {
            return;
        }
        let mut slot = self.shared.lock();
        slot.status.bytes += bytes as u64;
        slot.status.frames += 1;
        slot.status.fault = None;
        if !std::mem::replace(&mut slot.status.answers, true) {
            drop(slot);
            tracing::info!("display on {} answers", self.settings.bus.display());
        }
    }

    fn fails(&self, fault: String) {
        let DisplaySettings { bus, address, .. } = &self.settings;
        let fault = format!("display at {address:#04x} on {}: {fault}", bus.display());
        let mut slot = self.shared.lock();
        slot.status.answers = false;
        let known = slot.status.fault.as_ref() == Some(&fault);
        slot.status.fault = Some(fault.clone());
        drop(slot);
        if !known {
            tracing::warn!("{fault}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Controller;
    use super::super::model::{Broken, Chip, Model};
    use super::*;
    use embedded_graphics::Pixel;
    use embedded_graphics::draw_target::DrawTarget;
    use embedded_graphics::geometry::Point;
    use embedded_graphics::pixelcolor::BinaryColor;
    use embedded_hal::i2c::{ErrorType, Operation};
    use std::sync::mpsc;
    use std::thread;

    /// A line to a display that is shared with the test; waits for `go` before each transfer where there is one.
    struct Line {
        model: Arc<Mutex<Model>>,
        go: Option<mpsc::Receiver<()>>,
    }

    impl ErrorType for Line {
        type Error = Broken;
    }

    impl I2c for Line {
        fn transaction(&mut self, address: u8, operations: &mut [Operation<'_>]) -> Result<(), Broken> {
            // An error is the other end's: it lets everything go.
            let _ = self.go.as_ref().map(mpsc::Receiver::recv);
            self.model.lock().unwrap().transaction(address, operations)
        }
    }

    fn settings() -> DisplaySettings {
        let (bus, controller) = ("/dev/i2c-1".into(), Controller::Ssd1306);
        DisplaySettings { bus, address: 0x3c, controller, height: 64, flip: false, contrast: 9 }
    }

    fn model() -> Arc<Mutex<Model>> {
        Arc::new(Mutex::new(Model::new(Chip::Ssd1306, false)))
    }

    fn dotted(x: i32) -> Frame {
        let mut frame = Frame::new(64);
        frame.draw_iter([Pixel(Point::new(x, 9), BinaryColor::On)]).unwrap();
        frame
    }

    fn until(display: &Display, wanted: impl Fn(&DisplayStatus) -> bool) {
        while !wanted(&display.status()) {
            thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn an_absent_display_is_tried_again_and_the_latest_picture_shown() {
        let (model, mut tries) = (model(), 0);
        let theirs = Arc::clone(&model);
        let open = move || {
            tries += 1;
            let line = Line { model: Arc::clone(&theirs), go: None };
            if tries == 1 { Err("no such bus") } else { Ok(line) }
        };
        let display = Display::start(settings(), open).unwrap();
        display.show(dotted(1));
        until(&display, |status| status.fault.is_some());
        assert_eq!(display.status().fault.as_deref(), Some("display at 0x3c on /dev/i2c-1: no such bus"));
        display.show(dotted(2));
        until(&display, |status| status.answers);
        let status = display.status();
        assert_eq!((status.fault, status.frames), (None, 1));
        assert_eq!(status.bytes, model.lock().unwrap().bytes as u64);
        assert!(model.lock().unwrap().shows(&dotted(2)));
        display.stop();
        assert!(!model.lock().unwrap().on, "dark at the end");
    }

    #[test]
    fn a_transfer_that_fails_is_tried_again() {
        let model = model();
        let theirs = Arc::clone(&model);
        let open = move || Ok::<_, Broken>(Line { model: Arc::clone(&theirs), go: None });
        let display = Display::start(settings(), open).unwrap();
        model.lock().unwrap().fails_in = Some(30);
        display.show(dotted(3));
        until(&display, |status| status.fault.is_some());
        *model.lock().unwrap() = Model::new(Chip::Ssd1306, true);
        until(&display, |status| status.answers);
        assert!(model.lock().unwrap().shows(&dotted(3)));
    }

    #[test]
    fn a_stuck_bus_holds_up_nobody_and_the_latest_picture_wins() {
        let model = model();
        let (go, gone) = mpsc::channel();
        let mut line = Some(Line { model: Arc::clone(&model), go: Some(gone) });
        let display = Display::start(settings(), move || line.take().ok_or("taken")).unwrap();
        for x in 0..100 {
            // None of these would come back if it waited for the bus.
            display.show(dotted(x));
        }
        assert_eq!(display.status(), DisplayStatus::default());
        drop(go);
        until(&display, |status| status.answers && model.lock().unwrap().shows(&dotted(99)));
        assert!(display.status().frames <= 2, "those between were never sent");
    }
}
