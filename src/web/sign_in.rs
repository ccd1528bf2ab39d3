//! In and out: codes, the password, sessions.
//!
//! Runs on: web.
use super::answer::{self, Answer};
use super::app::{App, aside};
use super::auth::{Key, LENGTHS, LIFE, LONGEST, Tried};
use super::route::Asked;
use super::shared::{lock, spaced};
use hyper::header::{HeaderValue, SET_COOKIE};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

/// Name of the cookie.
pub(super) const COOKIE: &str = "vestry";

/// Who the box is, and who asks.
#[derive(Serialize)]
struct Session<'a> {
    #[serde(rename = "box")]
    id: &'a str,
    version: &'a str,
    has_password: bool,
    signed_in: bool,
    token: Option<String>,
}

/// `GET /api/session`.
pub(super) fn session(app: &App, key: Option<&Key>) -> Answer {
    let token = key.and_then(|key| app.sessions().token(key, Instant::now()));
    answer::json(&Session {
        id: &app.settings.id,
        version: &app.settings.version,
        has_password: app.password.is_set(),
        signed_in: token.is_some(),
        token,
    })
}

/// `POST /api/code`: has one shown on the box.
pub(super) fn code(app: &App, from: IpAddr) -> Answer {
    let now = Instant::now();
    if let Err(wait) = lock(&app.limits.codes).count(from, now) {
        return answer::too_often(wait);
    }
    let mut code = app.code();
    let shown = code.is_shown(now);
    match code.show(now) {
        Ok((digits, until)) => {
            if !shown {
                tracing::warn!(
                    "web: code {} for a new password, asked for by {from}; it counts for {} min",
                    spaced(&digits),
                    LIFE.as_secs() / 60
                );
            }
            app.shared.show_code(Some((digits, until)));
            answer::done()
        }
        Err(error) => answer::refused(500, &error.to_string()),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewPassword {
    code: String,
    password: String,
}

/// `POST /api/password`: who has the code sets the password, which ends all sessions but a new one.
pub(super) async fn password(app: &Arc<App>, asked: &Asked) -> Answer {
    let new: NewPassword = match asked.read() {
        Ok(new) => new,
        Err(refusal) => return *refusal,
    };
    let count = new.password.chars().count();
    if !LENGTHS.contains(&count) {
        let (least, most) = (LENGTHS.start(), LENGTHS.end());
        return answer::refused(400, &format!("a password has {least} to {most} characters, not {count}"));
    }
    let now = Instant::now();
    if let Err(wait) = lock(&app.limits.guesses).count(asked.from, now) {
        return answer::too_often(wait);
    }
    let tried = app.code().try_one(&new.code, now);
    if matches!(tried, Tried::Right | Tried::Void) {
        app.shared.show_code(None);
    }
    match tried {
        Tried::Right => {}
        Tried::Wrong => return answer::refused(403, "that is not the code on the box"),
        Tried::Void => return answer::refused(403, "that was wrong too often: ask for a new code"),
        Tried::None => return answer::refused(403, "the box shows no code: ask for one"),
    }
    let password = app.password.clone();
    match aside(&app.hashing, move || password.set(&new.password)).await {
        Ok(Ok(())) => {
            tracing::info!("web: {} has set the password", asked.from);
            app.sessions().end_all();
            begin(app)
        }
        Ok(Err(error)) => {
            let path = app.settings.password_file.display();
            tracing::error!("web.password_file: {path}: {error}");
            answer::refused(500, &format!("{path} cannot be written: {error}"))
        }
        Err(_) => answer::refused(500, "the password could not be hashed; see the log"),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignIn {
    password: String,
}

/// `POST /api/sign_in`.
pub(super) async fn sign_in(app: &Arc<App>, asked: &Asked) -> Answer {
    let typed: SignIn = match asked.read() {
        Ok(typed) => typed,
        Err(refusal) => return *refusal,
    };
    if !app.password.is_set() {
        return answer::refused(403, "the box has no password yet: ask for a code and set one");
    }
    if let Err(wait) = lock(&app.limits.sign_ins).count(asked.from, Instant::now()) {
        return answer::too_often(wait);
    }
    let password = app.password.clone();
    let fits = LENGTHS.contains(&typed.password.chars().count());
    match aside(&app.hashing, move || fits && password.is(&typed.password)).await {
        Ok(true) => {
            lock(&app.limits.sign_ins).forgive(asked.from);
            begin(app)
        }
        Ok(false) => {
            tracing::warn!("web: wrong password from {}", asked.from);
            answer::refused(403, "that is not the password")
        }
        Err(_) => answer::refused(500, "the password could not be checked; see the log"),
    }
}

/// `POST /api/sign_out`.
pub(super) fn sign_out(app: &App, key: &Key) -> Answer {
    app.sessions().end(key);
    baked(app, "", 0)
}

/// A new session.
fn begin(app: &App) -> Answer {
    match app.sessions().begin(Instant::now()) {
        Ok(key) => baked(app, key.text(), LONGEST.as_secs()),
        Err(error) => answer::refused(500, &error.to_string()),
    }
}

/// Done, with the cookie.
fn baked(app: &App, value: &str, seconds: u64) -> Answer {
    let secure = if app.settings.tls.is_some() { "; Secure" } else { "" };
    let cookie = format!("{COOKIE}={value}; HttpOnly; SameSite=Strict; Path=/; Max-Age={seconds}{secure}");
    let mut answer = answer::done();
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        answer.headers_mut().insert(SET_COOKIE, cookie);
    }
    answer
}
