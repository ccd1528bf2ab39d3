//! What somebody asks for, and who that is.
//!
//! Runs on: supervisor.
use crate::telemetry::request::Wish;
use crate::telemetry::{Control, Located, mqtt, to_controls};
use crate::web;

/// Wishes that belong together, and who waits for the answer.
pub struct Asked {
    /// At least one.
    pub controls: Vec<Control>,
    pub(super) reply: Reply,
}

/// Who waits for an answer.
pub(super) enum Reply {
    /// Somebody at the broker.
    Broker(mqtt::Reply),
    /// Somebody at the page.
    Page(PageReply),
}

/// Somebody at the page, and what the answer has to bear.
pub(super) struct PageReply {
    pub id: Option<String>,
    pub to: web::Reply,
}

impl PageReply {
    /// As the broker would be told.
    pub fn say(self, controls: &[Control], outcome: Result<Vec<Located>, String>) {
        let done = outcome.is_ok();
        let told = outcome.as_deref().map_err(String::as_str);
        self.to.say(done, to_controls(self.id.as_deref(), controls, told));
    }
}

impl Asked {
    /// By the page.
    pub(super) fn by_page(wish: Wish, to: web::Reply) -> Self {
        Self { controls: wish.controls, reply: Reply::Page(PageReply { id: wish.id, to }) }
    }
}

impl From<mqtt::Request> for Asked {
    fn from(request: mqtt::Request) -> Self {
        Self { controls: request.controls, reply: Reply::Broker(request.reply) }
    }
}
