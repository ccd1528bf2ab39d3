//! From a request to its answer: what there is, who may, and from where.
//!
//! All is JSON but the page and the files. What changes anything is a POST with the header `X-Vestry-Token`, which the session tells. A
//! refusal has a status of 4xx or 5xx and `{"reason": "..."}`; 429 says in `Retry-After` when to come again.
//!
//! | request | session | gives |
//! |---|---|---|
//! | GET `/`, `/page.css`, `/page.js`, `/icon.svg` | | the page |
//! | GET `/api/session` | | who the box is, who is signed in, the token |
//! | POST `/api/code` | | 204; the box shows a code for 5 minutes |
//! | POST `/api/password` `{"code", "password"}` | | 204 and the cookie |
//! | POST `/api/sign_in` `{"password"}`, `/api/sign_out` | no, yes | 204 and the cookie, or without it |
//! | GET `/api/live` | yes | Server-Sent Events `state`, `health`, `meters`, `event`: what the topics of MQTT carry |
//! | POST `/api/command`, as on the topic `command` | yes | 200 or 422, as on the topic `response` |
//! | GET `/api/takes`, `/api/takes/NAME` | yes | the takes, newest first; all of one |
//! | GET `/api/takes/NAME/overview/FILE?points=800` | yes | `{"points": [[min, max], ...]}`, -1..1, over all channels |
//! | GET `/takes/NAME/FILE`, `?download=1` | yes | the file, or a range of it |
//! | GET `/takes/NAME.zip` | yes | the whole folder |
//!
//! Runs on: web.
use super::answer::{self, Answer};
use super::app::{App, aside};
use super::auth::Key;
use super::body::Bytes;
use super::sign_in::{self, COOKIE};
use super::{command, live, overview, page, path, send};
use hyper::body::{Body as _, Incoming};
use hyper::header::{ALLOW, CONTENT_TYPE, COOKIE as COOKIES, HOST, HeaderMap, HeaderValue, ORIGIN};
use hyper::{Method, Request};
use serde::de::DeserializeOwned;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::time::timeout;

/// Largest body, in bytes: more than any command has.
const MAX_BODY: usize = 64 * 1024;
/// How long a body may take.
const BODY_TIME: Duration = Duration::from_secs(10);

/// A request that is to be carried out.
pub(super) struct Asked {
    pub from: IpAddr,
    pub headers: HeaderMap,
    pub query: Option<String>,
    pub body: Bytes,
}

impl Asked {
    /// The body as what it should be. A refusal is boxed, as it is large.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Box<Answer>> {
        serde_json::from_slice(&self.body).map_err(|error| Box::new(answer::refused(400, &error.to_string())))
    }

    /// A value of the query.
    pub fn query(&self, name: &str) -> Option<&str> {
        path::query(self.query.as_deref(), name)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// Answers a request from that address.
pub(super) async fn answer(app: Arc<App>, from: IpAddr, request: Request<Incoming>) -> Answer {
    let (head, body) = request.into_parts();
    let host = text(&head.headers, HOST).or(head.uri.authority().map(|authority| authority.as_str()));
    let Some(host) = host.filter(|host| path::is_own(host, &app.settings.names)) else {
        return answer::refused(421, "this box has another name; web.names tells it names of the internet");
    };
    if text(&head.headers, ORIGIN).is_some_and(|origin| !path::is_from(origin, host)) {
        return answer::refused(403, "the request comes from another page");
    }
    let Some(pieces) = path::pieces(head.uri.path()) else { return answer::refused(404, "no such page") };
    let key = text(&head.headers, COOKIES).and_then(|all| Key::of(path::cookie(all, COOKIE)?));
    let query = head.uri.query().map(str::to_owned);
    let mut asked = Asked { from, headers: head.headers, query, body: Bytes::new() };
    let pieces: Vec<_> = pieces.iter().map(String::as_str).collect();
    match head.method {
        Method::GET | Method::HEAD => get(&app, &asked, key, &pieces).await,
        Method::POST => match whole(body).await {
            Ok(body) => {
                asked.body = body;
                post(&app, &asked, key, &pieces).await
            }
            Err(refusal) => *refusal,
        },
        _ => {
            let mut refusal = answer::refused(405, "only GET, HEAD and POST are understood");
            refusal.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD, POST"));
            refusal
        }
    }
}

fn text(headers: &HeaderMap, name: hyper::header::HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// The session that a request belongs to.
fn signed_in(app: &App, key: Option<Key>) -> Result<Key, Box<Answer>> {
    let refused = || match app.password.is_set() {
        true => Box::new(answer::refused(401, "sign in first")),
        false => Box::new(answer::refused(401, "the box has no password yet: ask for a code and set one")),
    };
    let key = key.ok_or_else(refused)?;
    if app.sessions().touch(&key, Instant::now()) { Ok(key) } else { Err(refused()) }
}

async fn get(app: &Arc<App>, asked: &Asked, key: Option<Key>, pieces: &[&str]) -> Answer {
    match pieces {
        [] => return page::file("").unwrap_or_else(nothing),
        ["api", "session"] => return sign_in::session(app, key.as_ref()),
        [name] if *name != "takes" => return page::file(name).unwrap_or_else(nothing),
        _ => {}
    }
    let key = match signed_in(app, key) {
        Ok(key) => key,
        Err(refusal) => return *refusal,
    };
    match pieces {
        ["api", "live"] => live::start(app, key),
        ["api", "takes"] => takes(app).await,
        ["api", "takes", name] => take(app, name).await,
        ["api", "takes", name, "overview", file] => overview::overview(app, asked, name, file).await,
        ["takes", name, file] => send::file(app, asked, name, file).await,
        ["takes", archive] => match archive.strip_suffix(".zip") {
            Some(name) => send::archive(app, name).await,
            None => nothing(),
        },
        _ => nothing(),
    }
}

async fn post(app: &Arc<App>, asked: &Asked, key: Option<Key>, pieces: &[&str]) -> Answer {
    let json = asked.header(CONTENT_TYPE.as_str()).and_then(|kind| kind.split(';').next());
    if !asked.body.is_empty() && json.is_none_or(|kind| !kind.trim().eq_ignore_ascii_case("application/json"))
    {
        return answer::refused(415, "a body needs Content-Type: application/json");
    }
    match pieces {
        ["api", "code"] => return sign_in::code(app, asked.from),
        ["api", "password"] => return sign_in::password(app, asked).await,
        ["api", "sign_in"] => return sign_in::sign_in(app, asked).await,
        _ => {}
    }
    let key = match signed_in(app, key) {
        Ok(key) => key,
        Err(refusal) => return *refusal,
    };
    let token = asked.header("x-vestry-token").unwrap_or_default();
    if !app.sessions().proves(&key, token, Instant::now()) {
        return answer::refused(403, "X-Vestry-Token is missing or not that of the session");
    }
    match pieces {
        ["api", "command"] => command::command(app, asked).await,
        ["api", "sign_out"] => sign_in::sign_out(app, &key),
        _ => nothing(),
    }
}

fn nothing() -> Answer {
    answer::refused(404, "no such page")
}

async fn takes(app: &Arc<App>) -> Answer {
    let shelf = app.shelf.clone();
    match aside(&app.looking, move || shelf.takes()).await {
        Ok(Ok(takes)) => answer::json(&takes),
        Ok(Err(reason)) => answer::refused(503, &reason),
        Err(_) => answer::refused(500, "the takes could not be listed; see the log"),
    }
}

async fn take(app: &Arc<App>, name: &str) -> Answer {
    let (shelf, name) = (app.shelf.clone(), name.to_owned());
    match aside(&app.looking, move || shelf.take(&name)).await {
        Ok(Some(take)) => answer::json(&take),
        Ok(None) => answer::refused(404, "no such take"),
        Err(_) => answer::refused(500, "the take could not be read; see the log"),
    }
}

/// All of a body, or why not.
async fn whole(body: Incoming) -> Result<Bytes, Box<Answer>> {
    let large = || Box::new(answer::refused(413, &format!("a body has {MAX_BODY} bytes at most")));
    if body.size_hint().lower() > MAX_BODY as u64 {
        return Err(large());
    }
    match timeout(BODY_TIME, gather(body)).await {
        Ok(Some(bytes)) if bytes.len() <= MAX_BODY => Ok(bytes.into()),
        Ok(Some(_)) => Err(large()),
        Ok(None) => Err(Box::new(answer::refused(400, "the body broke off"))),
        Err(_) => Err(Box::new(answer::refused(408, "the body took too long"))),
    }
}

/// Its bytes, up to the first that are too many; none where it broke off.
async fn gather(mut body: Incoming) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    while let Some(frame) = std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        if let Ok(data) = frame.ok()?.into_data() {
            bytes.extend_from_slice(&data);
        }
        if bytes.len() > MAX_BODY {
            break;
        }
    }
    Some(bytes)
}
