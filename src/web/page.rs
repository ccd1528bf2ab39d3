//! The page itself, which is part of the program.
//!
//! Runs on: web.
use super::answer::{self, Answer};
use super::body::{Body, Bytes};

/// What a script is served as.
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// Path, kind and content.
const FILES: [(&str, &str, &[u8]); 17] = [
    ("", "text/html; charset=utf-8", include_bytes!("page/index.html")),
    ("page.css", "text/css; charset=utf-8", include_bytes!("page/page.css")),
    ("icon.svg", "image/svg+xml", include_bytes!("page/icon.svg")),
    ("page.js", SCRIPT, include_bytes!("page/page.js")),
    ("control.js", SCRIPT, include_bytes!("page/control.js")),
    ("dom.js", SCRIPT, include_bytes!("page/dom.js")),
    ("head.js", SCRIPT, include_bytes!("page/head.js")),
    ("health.js", SCRIPT, include_bytes!("page/health.js")),
    ("levels.js", SCRIPT, include_bytes!("page/levels.js")),
    ("mixer.js", SCRIPT, include_bytes!("page/mixer.js")),
    ("net.js", SCRIPT, include_bytes!("page/net.js")),
    ("schedule.js", SCRIPT, include_bytes!("page/schedule.js")),
    ("sign.js", SCRIPT, include_bytes!("page/sign.js")),
    ("take.js", SCRIPT, include_bytes!("page/take.js")),
    ("takes.js", SCRIPT, include_bytes!("page/takes.js")),
    ("wave.js", SCRIPT, include_bytes!("page/wave.js")),
    ("words.js", SCRIPT, include_bytes!("page/words.js")),
];

/// The file of that name; none where there is none.
pub(super) fn file(name: &str) -> Option<Answer> {
    let (_, kind, content) = FILES.iter().find(|(path, ..)| *path == name)?;
    // Asked for anew each time: after an update an old script would meet a new box.
    let headers = [("content-type", *kind), ("cache-control", "no-cache")];
    Some(answer::with(200, &headers, Body::of(Bytes::from_static(content))))
}
