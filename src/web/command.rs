//! Commands: handed on as they are, answered as the box answers.
//!
//! Runs on: web.
use super::answer::{self, Answer};
use super::app::App;
use super::route::Asked;
use super::shared::{Reply, Request};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::timeout;

/// How long an answer is waited for: a scene is answered once it is on its medium.
const PATIENCE: Duration = Duration::from_secs(30);

/// `POST /api/command`.
pub(super) async fn command(app: &App, asked: &Asked) -> Answer {
    let (sender, receiver) = oneshot::channel();
    if !app.shared.ask(Request { payload: asked.body.to_vec(), reply: Reply(sender) }) {
        return answer::refused(503, "busy: too many requests are waiting");
    }
    match timeout(PATIENCE, receiver).await {
        Ok(Ok((true, json))) => answer::text(200, json),
        Ok(Ok((false, json))) => answer::text(422, json),
        Ok(Err(_)) => answer::refused(503, "the box is ending"),
        Err(_) => answer::refused(504, "the box has not answered yet; it may still do it"),
    }
}
