//! Answers with the headers that all of them have.
//!
//! Runs on: web.
use super::body::Body;
use hyper::header::{HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use serde::Serialize;

/// What a request gets.
pub(super) type Answer = Response<Body>;

/// Nothing but the box's own files, in no frame of others, no script inside the page.
const POLICY: &str = "default-src 'self'; media-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; \
                      frame-ancestors 'none'";

/// On every answer.
const ALWAYS: [(&str, &str); 5] = [
    ("content-security-policy", POLICY),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-resource-policy", "same-origin"),
];

/// An answer with these headers. A value that no header can have is left out.
pub(super) fn with(status: u16, headers: &[(&str, &str)], body: Body) -> Answer {
    let mut answer = Response::new(body);
    *answer.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in ALWAYS.iter().chain(headers) {
        add(&mut answer, name, value);
    }
    answer
}

/// One more header, or another value for one.
pub(super) fn add(answer: &mut Answer, name: &str, value: &str) {
    if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value)) {
        answer.headers_mut().insert(name, value);
    }
}

/// JSON that is made already.
pub(super) fn text(status: u16, json: String) -> Answer {
    let headers = [("content-type", "application/json"), ("cache-control", "no-store")];
    with(status, &headers, Body::of(json))
}

/// A value as JSON.
pub(super) fn json(value: &impl Serialize) -> Answer {
    match serde_json::to_string(value) {
        Ok(json) => text(200, json),
        Err(error) => refused(500, &format!("no JSON: {error}")),
    }
}

/// Done, and nothing to say.
pub(super) fn done() -> Answer {
    with(204, &[("cache-control", "no-store")], Body::Whole(None))
}

/// `{"reason": "..."}`.
pub(super) fn refused(status: u16, reason: &str) -> Answer {
    text(status, serde_json::json!({ "reason": reason }).to_string())
}

/// Too often: when to come again, in whole seconds.
pub(super) fn too_often(wait: std::time::Duration) -> Answer {
    let seconds = wait.as_secs() + 1;
    let mut answer = refused(429, &format!("too often: try again in {seconds} s"));
    add(&mut answer, "retry-after", &seconds.to_string());
    answer
}
