//! The page itself, which is part of the program.
//!
//! Runs on: web.
use super::answer::{self, Answer};
use super::body::{Body, Bytes};

/// Path, kind and content.
const FILES: [(&str, &str, &[u8]); 4] = [
    ("", "text/html; charset=utf-8", include_bytes!("page/index.html")),
    ("page.css", "text/css; charset=utf-8", include_bytes!("page/page.css")),
    ("page.js", "text/javascript; charset=utf-8", include_bytes!("page/page.js")),
    ("icon.svg", "image/svg+xml", include_bytes!("page/icon.svg")),
];

/// The file of that name; none where there is none.
pub(super) fn file(name: &str) -> Option<Answer> {
    let (_, kind, content) = FILES.iter().find(|(path, ..)| *path == name)?;
    // Asked for anew each time: after an update an old script would meet a new box.
    let headers = [("content-type", *kind), ("cache-control", "no-cache")];
    Some(answer::with(200, &headers, Body::of(Bytes::from_static(content))))
}
