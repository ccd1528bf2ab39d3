//! Takes that are given away: piece by piece, with the medium left to the writer for as long as it was read.
//!
//! Runs on: web, web-files (what reads).
mod zip;

use super::answer::{self, Answer};
use super::app::{App, aside};
use super::body::{Body, Bytes};
use super::range::{Wanted, wanted};
use super::route::Asked;
use super::takes::{Opened, Part};
use crate::hal::linux::forget;
use crc32fast::Hasher;
use hyper::header::{IF_NONE_MATCH, IF_RANGE, RANGE};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::time::sleep;

/// Bytes that are read at once; a download holds three times that.
const STEP: u64 = 128 * 1_024;
/// A read that took no longer came from memory, and cost the medium nothing.
const FROM_MEMORY: Duration = Duration::from_millis(1);
/// Longest rest between two reads.
const LONGEST_REST: Duration = Duration::from_millis(500);

/// Nobody takes it any more, or it cannot be read.
struct Gone;

/// Where a download goes; its drop ends it.
struct Pipe {
    app: Arc<App>,
    to: mpsc::Sender<io::Result<Bytes>>,
    _seat: OwnedSemaphorePermit,
}

/// A pipe and its other end; none where too many run.
fn pipe(app: &Arc<App>) -> Result<(Pipe, mpsc::Receiver<io::Result<Bytes>>), Box<Answer>> {
    let seat = app.downloads.clone().try_acquire_owned();
    let seat =
        seat.map_err(|_| Box::new(answer::refused(503, "too many downloads run already: wait for one")))?;
    let (to, from) = mpsc::channel(1);
    Ok((Pipe { app: app.clone(), to, _seat: seat }, from))
}

impl Pipe {
    async fn bytes(&self, bytes: impl Into<Bytes>) -> Result<(), Gone> {
        self.to.send(Ok(bytes.into())).await.map_err(|_| Gone)
    }

    /// Breaks it off: the other end sees that it is not whole.
    async fn fail(&self, error: io::Error) -> Gone {
        tracing::warn!("web: a download broke off: {error}");
        let _ = self.to.send(Err(error)).await;
        Gone
    }

    /// Bytes `from..to` of a file, added to `sum`.
    async fn file(
        &self,
        opened: Opened,
        (mut from, to): (u64, u64),
        mut sum: Hasher,
    ) -> Result<Hasher, Gone> {
        let (file, head) = (Arc::new(opened.file), Bytes::from(opened.head));
        while from < to {
            let known = head.len() as u64;
            let bytes = match from < known {
                true => head.slice(from as usize..to.min(known) as usize),
                false => self.step(&file, (from, to.min(from + STEP))).await?,
            };
            sum.update(&bytes);
            from += bytes.len() as u64;
            self.bytes(bytes).await?;
        }
        Ok(sum)
    }

    /// One read; one at a time of all downloads.
    async fn step(&self, file: &Arc<File>, (from, to): (u64, u64)) -> Result<Bytes, Gone> {
        let file = file.clone();
        let read = move || {
            let begun = Instant::now();
            let mut bytes = vec![0; (to - from) as usize];
            file.read_exact_at(&mut bytes, from)?;
            forget(&file, from, to - from);
            Ok::<_, io::Error>((bytes, begun.elapsed()))
        };
        match aside(&self.app.reading, read).await {
            Ok(Ok((bytes, took))) => {
                if took > FROM_MEMORY {
                    sleep(took.min(LONGEST_REST)).await;
                }
                Ok(bytes.into())
            }
            Ok(Err(error)) => Err(self.fail(error).await),
            Err(_) => Err(self.fail(io::ErrorKind::TimedOut.into()).await),
        }
    }
}

/// `GET /takes/NAME/FILE`.
pub(super) async fn file(app: &Arc<App>, asked: &Asked, name: &str, file: &str) -> Answer {
    let (shelf, names) = (app.shelf.clone(), (name.to_owned(), file.to_owned()));
    let opened = match aside(&app.looking, move || shelf.file(&names.0, &names.1)).await {
        Ok(Ok(Some(opened))) => opened,
        Ok(Ok(None)) => return answer::refused(404, "no such file"),
        Ok(Err(error)) => return answer::refused(503, &format!("the file cannot be read: {error}")),
        Err(_) => return answer::refused(503, "the medium does not answer"),
    };
    let (length, tag) = (opened.bytes, format!("\"{}\"", opened.version));
    let known = asked.header(IF_NONE_MATCH.as_str()).unwrap_or_default();
    if known.split(',').any(|known| known.trim() == tag) {
        return answer::with(304, &[("etag", &tag)], Body::Whole(None));
    }
    let same = asked.header(IF_RANGE.as_str()).is_none_or(|known| known == tag);
    let mut answer = match wanted(asked.header(RANGE.as_str()).filter(|_| same), length) {
        Wanted::Whole => part(app, 200, opened, (0, length)),
        Wanted::Part(first, last) => part(app, 206, opened, (first, last + 1)),
        Wanted::Nothing => {
            let mut refusal = answer::refused(416, &format!("the file has {length} bytes"));
            answer::add(&mut refusal, "content-range", &format!("bytes */{length}"));
            return refusal;
        }
    };
    if answer.status().is_success() {
        answer::add(&mut answer, "content-type", kind(file));
        answer::add(&mut answer, "etag", &tag);
        if asked.query("download") == Some("1") {
            answer::add(&mut answer, "content-disposition", &attachment(&format!("{name}_{file}")));
        }
    }
    answer
}

/// Bytes `first..end` of a file.
fn part(app: &Arc<App>, status: u16, opened: Opened, (first, end): (u64, u64)) -> Answer {
    let (pipe, from) = match pipe(app) {
        Ok(pipe) => pipe,
        Err(refusal) => return *refusal,
    };
    let length = opened.bytes;
    tokio::spawn(async move { pipe.file(opened, (first, end), Hasher::new()).await.is_ok() });
    let headers = [("accept-ranges", "bytes"), ("cache-control", "private, no-cache")];
    let mut answer = answer::with(status, &headers, Body::pieces(from, end - first));
    if status == 206 {
        let range = format!("bytes {first}-{}/{length}", end.saturating_sub(1));
        answer::add(&mut answer, "content-range", &range);
    }
    answer
}

fn kind(file: &str) -> &'static str {
    match file.rsplit_once('.').map(|(_, end)| end) {
        Some("wav") => "audio/wav",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    }
}

/// A name for the browser to save it under (RFC 6266), whatever letters it has (RFC 8187).
fn attachment(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let ascii: String = name.chars().map(|c| if plain(c) { c } else { '_' }).collect();
    let encoded = name.bytes().map(|byte| match char::from(byte) {
        c if plain(c) => c.to_string(),
        _ => format!("%{byte:02X}"),
    });
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{}", encoded.collect::<String>())
}

/// `GET /takes/NAME.zip`.
pub(super) async fn archive(app: &Arc<App>, name: &str) -> Answer {
    let (shelf, take) = (app.shelf.clone(), name.to_owned());
    let parts = match aside(&app.looking, move || shelf.files(&take)).await {
        Ok(Ok(Some(parts))) => parts,
        Ok(Ok(None)) => return answer::refused(404, "no such take"),
        Ok(Err(error)) => return answer::refused(503, &format!("the take cannot be read: {error}")),
        Err(_) => return answer::refused(503, "the medium does not answer"),
    };
    let (pipe, from) = match pipe(app) {
        Ok(pipe) => pipe,
        Err(refusal) => return *refusal,
    };
    let names = parts.iter().map(|part| (format!("{name}/{}", part.name), part.opened.bytes));
    let archive = zip::Archive::new(name, names);
    let length = archive.length();
    tokio::spawn(async move { pack(&pipe, archive, parts).await.is_ok() });
    let headers = [("content-type", "application/zip"), ("cache-control", "private, no-cache")];
    let mut answer = answer::with(200, &headers, Body::pieces(from, length));
    answer::add(&mut answer, "content-disposition", &attachment(&format!("{name}.zip")));
    answer
}

/// File after file, each with its checksum behind it, and the list of all at the end.
async fn pack(pipe: &Pipe, mut archive: zip::Archive, parts: Vec<Part>) -> Result<(), Gone> {
    for (at, part) in parts.into_iter().enumerate() {
        pipe.bytes(archive.head(at)).await?;
        let bytes = part.opened.bytes;
        let sum = pipe.file(part.opened, (0, bytes), Hasher::new()).await?;
        pipe.bytes(archive.tail(at, sum.finalize())).await?;
    }
    pipe.bytes(archive.end()).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_saved_with_all_their_letters() {
        assert_eq!(attachment("a_1.wav"), "attachment; filename=\"a_1.wav\"; filename*=UTF-8''a_1.wav");
        assert_eq!(attachment("ü\".zip"), "attachment; filename=\"__.zip\"; filename*=UTF-8''%C3%BC%22.zip");
    }
}
