//! The monitor page: an HTTP server that shows the box, takes commands and gives takes away, and never holds up anything else.
//!
//! State, health, meters, events and answers are JSON text that others have made; takes come through [`Shelf`].
//!
//! Runs on: supervisor (the handle), web (everything below), web-files (what reads a medium or hashes a password).
mod answer;
mod app;
mod auth;
mod body;
mod command;
mod live;
mod overview;
mod page;
mod path;
mod range;
mod route;
mod seats;
mod send;
mod settings;
mod shared;
mod sign_in;
mod stall;
mod takes;
mod thread;
mod tls;

pub use settings::{WebError, WebSettings};
pub use shared::{Reply, Request};
pub use takes::{DeliveryLine, GapLine, MarkerLine, Opened, Part, Shelf, TakeLine, TakeWhole, TrackLine};

use shared::Shared;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Duration;

/// How long [`Web::stop`] waits for the thread.
const GOODBYE: Duration = Duration::from_millis(500);

/// The handle. Every call returns at once, whoever looks at the page.
pub struct Web {
    shared: Arc<Shared>,
    /// Closed when the thread has ended.
    ended: Receiver<()>,
}

impl Web {
    /// Reads the files that `settings` name and starts the thread, which listens as soon as the address is there. `stand_back` has a
    /// thread give way to others.
    ///
    /// # Errors
    /// A certificate or key that cannot be used, or no thread; never an address that is taken.
    pub fn spawn(settings: WebSettings, shelf: Arc<dyn Shelf>, stand_back: fn()) -> Result<Self, WebError> {
        let shared = Arc::new(Shared::default());
        let ended = thread::spawn(settings, shared.clone(), shelf, stand_back)?;
        Ok(Self { shared, ended })
    }

    /// The next request. Each is answered through its [`Reply`].
    pub fn request(&mut self) -> Option<Request> {
        self.shared.next()
    }

    /// Whether anybody looks at the page: only then reports are of use.
    pub fn watched(&self) -> bool {
        self.shared.live.watched()
    }

    /// The state as JSON, and again when it has changed.
    pub fn state(&self, json: String) {
        self.shared.live.state(json);
    }

    /// The health as JSON.
    pub fn health(&self, json: String) {
        self.shared.live.health(json);
    }

    /// The meters as JSON.
    pub fn meters(&self, json: String) {
        self.shared.live.meters(json);
    }

    /// An event as JSON. Who is too slow for it misses it.
    pub fn event(&self, json: String) {
        self.shared.live.event(json);
    }

    /// Forgets what was told: nobody looks, and who looks later is not to see what was.
    pub fn unwatched(&self) {
        self.shared.live.forget();
    }

    /// The code that is to be shown to who stands before the box, such as "123 456".
    pub fn code(&self) -> Option<String> {
        self.shared.code()
    }

    /// Shows it no more, until somebody asks again; it counts all the same.
    pub fn hide_code(&self) {
        self.shared.show_code(None);
    }

    /// Ends it; waits 500 ms for that at most.
    pub fn stop(self) {
        self.shared.end();
        // An error says that the thread is gone, or that it takes too long: it ends with the process then.
        let _ = self.ended.recv_timeout(GOODBYE);
    }
}

impl Drop for Web {
    fn drop(&mut self) {
        self.shared.end();
    }
}
